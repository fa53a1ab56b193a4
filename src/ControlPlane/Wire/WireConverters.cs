using System.Text.Json;
using System.Text.Json.Serialization;

namespace Lambent.ControlPlane.Wire;

/// <summary>A member of the request has another JSON type than the API's model says. The message is the client's.</summary>
internal sealed class WireTypeException(string message) : JsonException(message)
{
    /// <summary>What AWS says of this token where it wanted the type.</summary>
    public static WireTypeException Of(JsonTokenType token, string wanted) => new(token switch
    {
        JsonTokenType.StartObject => "Start of structure or map found where not expected.",
        JsonTokenType.StartArray => "Start of list found where not expected",
        JsonTokenType.Number => $"NUMBER_VALUE can not be converted to {wanted}",
        JsonTokenType.String => $"STRING_VALUE can not be converted to {wanted}",
        JsonTokenType.True => $"TRUE_VALUE can not be converted to {wanted}",
        JsonTokenType.False => $"FALSE_VALUE can not be converted to {wanted}",
        _ => "Unexpected field type",
    });
}

/// <summary>Text, and nothing that could be made into text.</summary>
internal sealed class WireString : JsonConverter<string>
{
    public override string? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType == JsonTokenType.String ? reader.GetString() : throw WireTypeException.Of(reader.TokenType, "a String");

    public override void Write(Utf8JsonWriter writer, string value, JsonSerializerOptions options) =>
        writer.WriteStringValue(value);

    public override string ReadAsPropertyName(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.GetString()!;

    public override void WriteAsPropertyName(Utf8JsonWriter writer, string value, JsonSerializerOptions options) =>
        writer.WritePropertyName(value);
}

/// <summary>A whole number of 32 bits.</summary>
internal sealed class WireInteger : JsonConverter<int>
{
    public override int Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType == JsonTokenType.Number && reader.TryGetInt32(out var number)
            ? number
            : throw WireTypeException.Of(reader.TokenType, "an Integer");

    public override void Write(Utf8JsonWriter writer, int value, JsonSerializerOptions options) => writer.WriteNumberValue(value);
}

/// <summary>A number, also one with a fraction.</summary>
internal sealed class WireDouble : JsonConverter<double>
{
    public override double Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType == JsonTokenType.Number && reader.TryGetDouble(out var number) && double.IsFinite(number)
            ? number
            : throw WireTypeException.Of(reader.TokenType, "a Double");

    public override void Write(Utf8JsonWriter writer, double value, JsonSerializerOptions options) => writer.WriteNumberValue(value);
}

/// <summary><c>true</c> or <c>false</c>.</summary>
internal sealed class WireBoolean : JsonConverter<bool>
{
    public override bool Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType is JsonTokenType.True or JsonTokenType.False
            ? reader.GetBoolean()
            : throw WireTypeException.Of(reader.TokenType, "a Boolean");

    public override void Write(Utf8JsonWriter writer, bool value, JsonSerializerOptions options) =>
        writer.WriteBooleanValue(value);
}
