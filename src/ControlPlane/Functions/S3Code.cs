using System.Text;
using System.Xml;
using System.Xml.Linq;
using Lambent.Aws;
using Lambent.ControlPlane.Functions.Model;
using Lambent.ControlPlane.Functions.Rules;
using Lambent.ControlPlane.Wire;

namespace Lambent.ControlPlane.Functions;

/// <summary>
/// Fetches packages from the S3 server that the options name, path style and presigned, as the caller's deployment tool left
/// them there. https://docs.aws.amazon.com/lambda/latest/api/API_FunctionCode.html
/// </summary>
internal sealed class S3Code(S3Server? server, string region, TimeProvider clock) : IDisposable
{
    private const int MaxErrorBytes = 64 * 1024, BufferBytes = 81_920;

    /// <summary>Nobody waits for longer than this for a package.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly HttpClient http = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseProxy = false }) { Timeout = Patience };

    /// <summary>True if there is a server to ask.</summary>
    public bool IsThere => server is not null;

    /// <summary>The zip of a request: what it carries, or what the server has for it.</summary>
    public async Task<Result<byte[]>> ZipOfAsync(FunctionCode code) => code.ZipFile is { } carried ? carried : await FetchAsync(code);

    /// <inheritdoc/>
    public void Dispose() => http.Dispose();

    private async Task<Result<byte[]>> FetchAsync(FunctionCode code)
    {
        if (code.S3Key!.Split('/').Any(s => s is "." or ".."))
        {
            return Refused("NoSuchKey", "The specified key does not exist."); // an address cannot name it
        }

        var signed = new SigV4Signer(server!.Key, clock, region).Presign("GET", AddressOf(code), "s3", Patience);
        try
        {
            using var answer = await http.GetAsync(signed, HttpCompletionOption.ResponseHeadersRead);
            await using var body = await answer.Content.ReadAsStreamAsync();
            if (answer.IsSuccessStatusCode)
            {
                return await ReadAsync(body, PackageRules.MaxUnzippedBytes) is { } zip
                    ? zip
                    : FunctionErrors.Invalid($"Unzipped size must be smaller than {PackageRules.MaxUnzippedBytes} bytes");
            }

            return Refused(code, await ReadAsync(body, MaxErrorBytes) ?? [], $"{(int)answer.StatusCode}");
        }
        catch (Exception e) when (e is HttpRequestException or IOException or OperationCanceledException)
        {
            return new AwsError(500, "ServiceException", $"S3 at {server.Endpoint} does not answer: {e.Message}") { MessageName = "Message" }
                .With("Type", "Service");
        }
    }

    private Uri AddressOf(FunctionCode code)
    {
        var path = string.Join('/', code.S3Key!.Split('/').Select(Uri.EscapeDataString));
        var version = code.S3ObjectVersion is { } v ? $"?versionId={Uri.EscapeDataString(v)}" : "";
        return new Uri($"{server!.Endpoint.ToString().TrimEnd('/')}/{code.S3Bucket}/{path}{version}");
    }

    /// <summary>All bytes; null if they are too many.</summary>
    private static async Task<byte[]?> ReadAsync(Stream body, long most)
    {
        using var all = new MemoryStream();
        var buffer = new byte[BufferBytes];
        for (var count = await body.ReadAsync(buffer); count > 0; count = await body.ReadAsync(buffer))
        {
            all.Write(buffer, 0, count);
            if (all.Length > most)
            {
                return null;
            }
        }

        return all.ToArray();
    }

    private static AwsError Refused(FunctionCode code, byte[] body, string status)
    {
        var (error, message) = Explain(body) ?? (status, "");
        return error is "AccessDenied" or "InvalidAccessKeyId" or "SignatureDoesNotMatch"
            ? AwsError.User(
                403, "AccessDeniedException",
                "Your access has been denied by S3, please make sure your request credentials have permission to GetObject for "
                + $"{code.S3Bucket}/{code.S3Key}. S3 Error Code: {error}. S3 Error Message: {message}")
            : Refused(error, message);
    }

    private static AwsError Refused(string error, string message) =>
        FunctionErrors.Invalid($"Error occurred while GetObject. S3 Error Code: {error}. S3 Error Message: {message}");

    private static (string Code, string Message)? Explain(byte[] body)
    {
        try
        {
            var error = XDocument.Parse(Encoding.UTF8.GetString(body)).Root;
            return error?.Name.LocalName == "Error"
                ? (error.Elements().FirstOrDefault(e => e.Name.LocalName == "Code")?.Value ?? "",
                    error.Elements().FirstOrDefault(e => e.Name.LocalName == "Message")?.Value ?? "")
                : null;
        }
        catch (XmlException)
        {
            return null;
        }
    }
}
