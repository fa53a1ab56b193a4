using System.Text;
using System.Text.Json;
using System.Xml;
using System.Xml.Linq;

namespace Lambent.Aws;

/// <summary>What another server answered.</summary>
/// <param name="Status">Of HTTP.</param>
/// <param name="Body">As much of it as the caller wanted.</param>
/// <param name="IsCut">True if there was more.</param>
public sealed record AwsReply(int Status, ReadOnlyMemory<byte> Body, bool IsCut = false)
{
    /// <summary>True for 2xx.</summary>
    public bool IsSuccess => Status is >= 200 and < 300;

    /// <summary>
    /// The error's code, without its namespace, and its message, from XML or JSON; for a body that is neither, the status and
    /// nothing.
    /// </summary>
    public (string Code, string Message) Error => OfXml() ?? OfJson() ?? ($"{Status}", "");

    private (string Code, string Message)? OfXml()
    {
        try
        {
            var error = XDocument.Parse(Encoding.UTF8.GetString(Body.Span)).Root?.DescendantsAndSelf().FirstOrDefault(e => e.Name.LocalName == "Error");
            return error is null ? null : (Text(error, "Code"), Text(error, "Message"));
        }
        catch (XmlException)
        {
            return null;
        }
    }

    private (string Code, string Message)? OfJson()
    {
        try
        {
            using var json = JsonDocument.Parse(Body);
            var type = Text(json.RootElement, "__type");
            return type is null ? null : (type[(type.IndexOf('#') + 1)..], Text(json.RootElement, "message") ?? Text(json.RootElement, "Message") ?? "");
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException) // no JSON, or text that is none: half a surrogate pair
        {
            return null;
        }
    }

    private static string Text(XElement parent, string name) => parent.Elements().FirstOrDefault(e => e.Name.LocalName == name)?.Value ?? "";

    private static string? Text(JsonElement parent, string name) =>
        parent.ValueKind == JsonValueKind.Object && parent.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String
            ? value.GetString()
            : null;
}
