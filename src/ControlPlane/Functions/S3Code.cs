using Lambent.Aws;
using Lambent.ControlPlane.Functions.Model;
using Lambent.ControlPlane.Functions.Rules;
using Lambent.ControlPlane.Wire;

namespace Lambent.ControlPlane.Functions;

/// <summary>
/// Fetches packages from the S3 server that the options name, path style, as the caller's deployment tool left
/// them there. https://docs.aws.amazon.com/lambda/latest/api/API_FunctionCode.html
/// </summary>
internal sealed class S3Code(AwsClient? neighbours)
{
    /// <summary>Nobody waits for longer than this for a package.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>True if there is a server to ask.</summary>
    public bool IsThere => neighbours?.Find("s3") is not null;

    /// <summary>The zip of a request: what it carries, or what the server has for it.</summary>
    public async Task<Result<byte[]>> ZipOfAsync(FunctionCode code) => code.ZipFile is { } carried ? carried : await FetchAsync(code);

    private async Task<Result<byte[]>> FetchAsync(FunctionCode code)
    {
        if (code.S3Key!.Split('/').Any(s => s is "." or ".."))
        {
            return Refused("NoSuchKey", "The specified key does not exist."); // an address cannot name it
        }

        try
        {
            var answer = await neighbours!.SendAsync(new AwsCall("s3", HttpMethod.Get, PathOf(code)) { Patience = Patience, AnswerAtMost = (int)PackageRules.MaxUnzippedBytes });
            return !answer.IsSuccess ? Refused(code, answer)
                : answer.IsCut ? FunctionErrors.Invalid($"Unzipped size must be smaller than {PackageRules.MaxUnzippedBytes} bytes")
                : answer.Body.ToArray();
        }
        catch (AwsUnreachableException e)
        {
            return AwsError.Service(e.Message);
        }
    }

    private static string PathOf(FunctionCode code)
    {
        var path = string.Join('/', code.S3Key!.Split('/').Select(Uri.EscapeDataString));
        var version = code.S3ObjectVersion is { } v ? $"?versionId={Uri.EscapeDataString(v)}" : "";
        return $"/{code.S3Bucket}/{path}{version}";
    }

    private static AwsError Refused(FunctionCode code, AwsReply answer)
    {
        var (error, message) = answer.Error;
        return error is "AccessDenied" or "InvalidAccessKeyId" or "SignatureDoesNotMatch"
            ? AwsError.User(
                403, "AccessDeniedException",
                "Your access has been denied by S3, please make sure your request credentials have permission to GetObject for "
                + $"{code.S3Bucket}/{code.S3Key}. S3 Error Code: {error}. S3 Error Message: {message}")
            : Refused(error, message);
    }

    private static AwsError Refused(string error, string message) =>
        FunctionErrors.Invalid($"Error occurred while GetObject. S3 Error Code: {error}. S3 Error Message: {message}");
}
