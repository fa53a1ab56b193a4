using System.Collections.Concurrent;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Lambent.Aws.Tests;

/// <summary>What a neighbour service was asked, in the order of arrival.</summary>
/// <param name="Service">Of the signature's scope.</param>
/// <param name="Region">Of the signature's scope.</param>
/// <param name="Method">Of HTTP.</param>
/// <param name="Target">Path and query as sent.</param>
/// <param name="Headers">All of them.</param>
/// <param name="Body">As text.</param>
internal sealed record Asked(string Service, string Region, string Method, string Target, IHeaderDictionary Headers, string Body)
{
    /// <summary>A parameter of the Query protocol.</summary>
    public string? Form(string name) => Body.Split('&').Select(p => p.Split('=', 2)).FirstOrDefault(p => p[0] == name) is [_, var value]
        ? Uri.UnescapeDataString(value)
        : null;
}

/// <summary>Stands in for any neighbour service: verifies the signature, keeps what it was asked, and answers as it is told.</summary>
internal sealed class StandInServer : IAsyncDisposable
{
    public static readonly AccessKey Key = new("AKIASTANDIN", "secret", "123456789012", "", "");

    private readonly WebApplication application;
    private readonly TimeProvider clock;
    private readonly ConcurrentQueue<Asked> asked = new();

    private StandInServer(WebApplication application, TimeProvider clock) => (this.application, this.clock) = (application, clock);

    /// <summary>Status and body of the next answers.</summary>
    public Func<Asked, (int Status, string Body)> Answer { get; set; } = _ => (200, "");

    public IReadOnlyList<Asked> Asked => [.. asked];

    public Uri Address => new(application.Urls.First());

    public static async Task<StandInServer> StartAsync(TimeProvider clock)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        var application = builder.Build();
        application.Urls.Add("http://127.0.0.1:0");
        var server = new StandInServer(application, clock);
        application.Run(server.HandleAsync);
        await application.StartAsync();
        return server;
    }

    /// <summary>A client for which this server speaks for the given services.</summary>
    public AwsClient Client(params string[] services) => Client(Key, services);

    public AwsClient Client(AccessKey key, params string[] services) =>
        new(services.ToDictionary(s => s, _ => Address), key, "us-east-1", clock);

    public ValueTask DisposeAsync() => application.DisposeAsync();

    private async Task HandleAsync(HttpContext context)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body);
        var scope = context.Request.Headers.Authorization.ToString().Split("Credential=")[1].Split(',')[0].Split('/');
        var (region, service) = (scope[2], scope[3]);
        if (new SigV4Verifier(new OneKey(), clock, region).Verify(context.Request, body.ToArray(), service) is SigV4Result.Refused refused)
        {
            await WriteAsync(context, 403, $"<ErrorResponse><Error><Code>SignatureDoesNotMatch</Code><Message>{refused}</Message></Error></ErrorResponse>");
            return;
        }

        var target = context.Features.Get<Microsoft.AspNetCore.Http.Features.IHttpRequestFeature>()!.RawTarget;
        var one = new Asked(service, region, context.Request.Method, target, Copy(context.Request.Headers), Encoding.UTF8.GetString(body.ToArray()));
        asked.Enqueue(one);
        var (status, text) = Answer(one);
        await WriteAsync(context, status, text);
    }

    /// <summary>Those of the request belong to the server, which uses them again.</summary>
    private static HeaderDictionary Copy(IHeaderDictionary headers) => new(new Dictionary<string, Microsoft.Extensions.Primitives.StringValues>(headers, StringComparer.OrdinalIgnoreCase));

    private static Task WriteAsync(HttpContext context, int status, string text)
    {
        context.Response.StatusCode = status;
        return context.Response.WriteAsync(text);
    }

    private sealed class OneKey : IAccessKeys
    {
        public bool TryFind(string accessKeyId, out AccessKey key)
        {
            key = Key;
            return accessKeyId == Key.AccessKeyId;
        }
    }
}
