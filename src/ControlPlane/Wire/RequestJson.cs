using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Lambent.Aws;

namespace Lambent.ControlPlane.Wire;

/// <summary>
/// Reads the JSON body of a request. Members that the operation does not know are ignored; what is no JSON or has a member of
/// a wrong type is a <c>SerializationException</c>, worded as AWS's JSON services word it.
/// </summary>
internal static class RequestJson
{
    private static readonly byte[] NoMembers = "{}"u8.ToArray();

    /// <summary>An empty body is an object without members.</summary>
    public static Result<T> Read<T>(ReadOnlyMemory<byte> body, JsonTypeInfo<T> type)
        where T : class
    {
        var json = body.IsEmpty ? NoMembers : body.Span;
        try
        {
            return JsonSerializer.Deserialize(json, type) is { } value ? value : Malformed("Unexpected field type");
        }
        catch (WireTypeException e)
        {
            return Malformed(e.Message);
        }
        catch (JsonException)
        {
            return Malformed(Explain(json));
        }
    }

    /// <summary>The error of a parameter that has not the type of the API's model.</summary>
    public static AwsError Malformed(string message) => new(400, "SerializationException", message);

    private static string Explain(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json);
        try
        {
            while (reader.Read())
            {
                // Only whether it is JSON matters here.
            }

            return "Unexpected field type";
        }
        catch (JsonException)
        {
            return "Could not parse request body into json.";
        }
    }
}
