using System.Collections.Immutable;

namespace Lambent.Aws;

/// <summary>
/// The neighbour services that another server may speak for: real AWS, or a stand-in. Each name is that of the service in
/// Signature Version 4.
/// </summary>
public static class AwsServices
{
    /// <summary>All of them, in the order in which people are told.</summary>
    public static readonly ImmutableArray<string> Names = ["s3", "iam", "sts", "sqs", "sns", "events", "logs", "kinesis", "dynamodb"];

    /// <summary>Reads <c>NAME=URL</c>; null if the name is unknown, or the URL is not an absolute one of http or https.</summary>
    public static (string Service, Uri Address)? Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return text.Split('=', 2) is [var service, var address] && Names.Contains(service)
            && Uri.TryCreate(address, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https"
                ? (service, uri)
                : null;
    }
}
