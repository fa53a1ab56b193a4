using System.Text.Json;

namespace Lambent.ControlPlane.EventSources;

/// <summary>
/// Which texts are patterns of events: objects whose leaves are lists of what a value may be. What they match, only a poller
/// asks. https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html#filtering-syntax
/// </summary>
internal static class FilterPatterns
{
    private const string Or = "$or";

    private static readonly string[] Comparisons = ["=", "<", "<=", ">", ">="];

    /// <summary>True for a pattern.</summary>
    public static bool IsPattern(string? text)
    {
        try
        {
            return text is not null && IsObject(JsonSerializer.Deserialize(text, ControlPlaneJson.Default.JsonElement));
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // The latter for half a surrogate pair, which is JSON but no text.
            return false;
        }
    }

    // A member is a list of alternatives for its value, or an object of members again. An object without members matches nothing.
    private static bool IsObject(JsonElement value) =>
        value.ValueKind == JsonValueKind.Object
        && value.EnumerateObject().Any()
        && value.EnumerateObject().All(m => m.Value.ValueKind == JsonValueKind.Object ? IsObject(m.Value) : IsList(m));

    private static bool IsList(JsonProperty member) =>
        member.Value.ValueKind == JsonValueKind.Array
        && member.Value.GetArrayLength() > 0
        && (member.Value.EnumerateArray().All(IsAlternative)
            || (member.Name == Or && member.Value.GetArrayLength() > 1 && member.Value.EnumerateArray().All(IsObject)));

    private static bool IsAlternative(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Array => false,
        JsonValueKind.Object => value.EnumerateObject().ToArray() is [var only] && IsMatcher(only.Name, only.Value),
        _ => true,
    };

    private static bool IsMatcher(string name, JsonElement of) => name switch
    {
        "prefix" or "suffix" => IsText(of) || IsIgnoringCase(of),
        "equals-ignore-case" or "wildcard" or "cidr" => IsText(of),
        "exists" => of.ValueKind is JsonValueKind.True or JsonValueKind.False,
        "numeric" => IsRange(of),
        "anything-but" => IsScalar(of) || IsScalars(of) || IsExcept(of),
        _ => false,
    };

    private static bool IsIgnoringCase(JsonElement value) =>
        value.ValueKind == JsonValueKind.Object && value.EnumerateObject().ToArray() is [{ Name: "equals-ignore-case" } only] && IsText(only.Value);

    private static bool IsExcept(JsonElement value) =>
        value.ValueKind == JsonValueKind.Object
        && value.EnumerateObject().ToArray() is [{ Name: "prefix" or "suffix" or "equals-ignore-case" or "wildcard" } only]
        && (IsText(only.Value) || IsScalars(only.Value));

    // One comparison with its number, or two of them.
    private static bool IsRange(JsonElement value) =>
        value.ValueKind == JsonValueKind.Array
        && value.GetArrayLength() is 2 or 4
        && value.EnumerateArray().Chunk(2).All(c =>
            IsText(c[0]) && Comparisons.Contains(c[0].GetString()) && c[1].ValueKind == JsonValueKind.Number);

    private static bool IsText(JsonElement value) => value.ValueKind == JsonValueKind.String;

    private static bool IsScalar(JsonElement value) => value.ValueKind is JsonValueKind.String or JsonValueKind.Number;

    private static bool IsScalars(JsonElement value) =>
        value.ValueKind == JsonValueKind.Array && value.GetArrayLength() > 0 && value.EnumerateArray().All(IsScalar);
}
