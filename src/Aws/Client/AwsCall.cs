using System.Buffers;
using System.Collections.Immutable;
using System.Text;
using System.Text.Json;

namespace Lambent.Aws;

/// <summary>One request to another server that speaks for a service.</summary>
/// <param name="Service">One of <see cref="AwsServices.Names"/>.</param>
/// <param name="Method">Of HTTP.</param>
/// <param name="Path">Below the service's address, with its query, escaped; it begins with a slash.</param>
public sealed record AwsCall(string Service, HttpMethod Method, string Path)
{
    private const string Form = "application/x-www-form-urlencoded; charset=utf-8";

    /// <summary>What is sent.</summary>
    public ReadOnlyMemory<byte> Body { get; init; }

    /// <summary>Of the body; null if there is none.</summary>
    public string? ContentType { get; init; }

    /// <summary>Further headers, such as <c>X-Amz-Target</c>; they are signed.</summary>
    public ImmutableArray<KeyValuePair<string, string>> Headers { get; init; } = [];

    /// <summary>The region to sign for; null: that of the client.</summary>
    public string? Region { get; init; }

    /// <summary>Who asks; null: the client's own key.</summary>
    public AccessKey? Key { get; init; }

    /// <summary>The answer may take this long. Default 10 seconds.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Bytes of the answer that are read. Default 1 MiB.</summary>
    public int AnswerAtMost { get; init; } = 1_048_576;

    /// <summary>The Query protocol, of IAM, STS, SNS and SQS.</summary>
    /// <param name="service">One of <see cref="AwsServices.Names"/>.</param>
    /// <param name="version">Of the API, for example <c>2010-05-08</c>.</param>
    /// <param name="action">The operation.</param>
    /// <param name="parameters">Its members as the protocol names them.</param>
    public static AwsCall Query(string service, string version, string action, params IEnumerable<KeyValuePair<string, string>> parameters)
    {
        var all = parameters.Prepend(new("Version", version)).Prepend(new("Action", action));
        var form = string.Join('&', all.Select(p => $"{Uri.EscapeDataString(p.Key)}={Uri.EscapeDataString(p.Value)}"));
        return new AwsCall(service, HttpMethod.Post, "/") { Body = Encoding.UTF8.GetBytes(form), ContentType = Form };
    }

    /// <summary>The JSON protocol, of EventBridge, CloudWatch Logs, Kinesis and DynamoDB.</summary>
    /// <param name="service">One of <see cref="AwsServices.Names"/>.</param>
    /// <param name="version">Of the protocol, <c>1.0</c> or <c>1.1</c>.</param>
    /// <param name="target">The operation, for example <c>AWSEvents.PutEvents</c>.</param>
    /// <param name="write">Writes the members of its input.</param>
    public static AwsCall Json(string service, string version, string target, Action<Utf8JsonWriter> write)
    {
        ArgumentNullException.ThrowIfNull(write);
        var body = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(body))
        {
            json.WriteStartObject();
            write(json);
            json.WriteEndObject();
        }

        return new(service, HttpMethod.Post, "/")
        {
            Body = body.WrittenMemory, ContentType = $"application/x-amz-json-{version}", Headers = [new("X-Amz-Target", target)],
        };
    }
}
