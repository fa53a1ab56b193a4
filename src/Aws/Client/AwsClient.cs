using System.Diagnostics.CodeAnalysis;
using System.Net.Http.Headers;
using System.Security.Cryptography;

namespace Lambent.Aws;

/// <summary>Asks the servers that speak for neighbour services, each request signed with Signature Version 4. One for a process.</summary>
/// <param name="endpoints">By name of <see cref="AwsServices.Names"/>; a path is kept as a prefix.</param>
/// <param name="key">What is signed with, unless a call brings its own key.</param>
/// <param name="region">What is signed for, unless a call says another; IAM is always signed for us-east-1.</param>
/// <param name="clock">The time.</param>
public sealed class AwsClient(IReadOnlyDictionary<string, Uri> endpoints, AccessKey key, string region, TimeProvider clock) : IDisposable
{
    private const int BufferBytes = 81_920;

    /// <summary>IAM is one for all regions. Source: "AWS Identity and Access Management endpoints and quotas", AWS General Reference.</summary>
    private const string RegionOfIam = "us-east-1";

    /// <summary>A server may move to another address.</summary>
    private static readonly TimeSpan ConnectionLife = TimeSpan.FromMinutes(2);

    /// <summary>Made at the first call: most run without neighbours.</summary>
    private readonly Lazy<HttpClient> http = new(() => new HttpClient(
        new SocketsHttpHandler { AllowAutoRedirect = false, UseProxy = false, PooledConnectionLifetime = ConnectionLife })
    {
        Timeout = Timeout.InfiniteTimeSpan, // each call has its own
    });

    /// <summary>Where a service is; null if nobody speaks for it.</summary>
    public Uri? Find(string service) => endpoints.GetValueOrDefault(service);

    /// <summary>Sends a request and reads the answer, whatever its status.</summary>
    /// <exception cref="AwsUnreachableException">There is no answer: no server is named, or it does not answer in time.</exception>
    public async Task<AwsReply> SendAsync(AwsCall call, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(call);
        var endpoint = Find(call.Service) ?? throw new AwsUnreachableException($"no server for {call.Service} is named (--endpoint {call.Service}=URL)");
        using var patience = new CancellationTokenSource(call.Patience, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellation);
        try
        {
            using var request = Sign(call, new Uri(endpoint.ToString().TrimEnd('/') + call.Path));
            using var answer = await http.Value.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, either.Token);
            await using var body = await answer.Content.ReadAsStreamAsync(either.Token);
            var (bytes, isCut) = await ReadAsync(body, call.AnswerAtMost, either.Token);
            return new AwsReply((int)answer.StatusCode, bytes, isCut);
        }
        catch (Exception e) when (e is HttpRequestException or IOException || (e is OperationCanceledException && !cancellation.IsCancellationRequested))
        {
            throw new AwsUnreachableException($"{call.Service} at {endpoint.GetLeftPart(UriPartial.Authority)} does not answer: {e.Message}", e);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (http.IsValueCreated)
        {
            http.Value.Dispose();
        }
    }

    private HttpRequestMessage Sign(AwsCall call, Uri address)
    {
        var request = new HttpRequestMessage(call.Method, address);
        foreach (var (name, value) in call.Headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        if (call.ContentType is not null)
        {
            request.Content = new ReadOnlyMemoryContent(call.Body);
            request.Content.Headers.ContentType = MediaTypeHeaderValue.Parse(call.ContentType);
        }

        if (call.Service == AmzSigning.S3)
        {
            request.Headers.Add("X-Amz-Content-Sha256", Convert.ToHexStringLower(SHA256.HashData(call.Body.Span)));
        }

        new SigV4Signer(call.Key ?? key, clock, call.Region ?? (call.Service == "iam" ? RegionOfIam : region)).Sign(request, call.Service, call.Body.Span);
        return request;
    }

    private static async Task<(ReadOnlyMemory<byte> Bytes, bool IsCut)> ReadAsync(Stream body, int most, CancellationToken cancellation)
    {
        using var all = new MemoryStream();
        var buffer = new byte[BufferBytes];
        for (var count = await body.ReadAsync(buffer, cancellation); count > 0; count = await body.ReadAsync(buffer, cancellation))
        {
            all.Write(buffer, 0, count);
            if (all.Length > most)
            {
                return (all.GetBuffer().AsMemory(0, most), true);
            }
        }

        return (all.GetBuffer().AsMemory(0, (int)all.Length), false);
    }
}

/// <summary>Another server gave no answer; the message says which and why, without secrets.</summary>
[SuppressMessage("Design", "CA1032", Justification = "Only the client makes it.")]
public sealed class AwsUnreachableException : Exception
{
    internal AwsUnreachableException(string message, Exception? cause = null)
        : base(message, cause)
    {
    }
}
