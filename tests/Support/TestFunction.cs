using System.Text.Json.Nodes;

namespace Lambent.Support;

/// <summary>A function to be created.</summary>
/// <param name="Name">Of the function.</param>
/// <param name="Files">Path and text of each file of its package.</param>
public sealed record TestFunction(string Name, params (string Path, string Text)[] Files)
{
    /// <summary>As CreateFunction takes it.</summary>
    public string Runtime { get; init; } = "python3.12";

    /// <summary>As CreateFunction takes it.</summary>
    public string Handler { get; init; } = "app.handler";

    /// <summary>Seconds.</summary>
    public int Timeout { get; init; } = 30;

    /// <summary>Of its sandbox.</summary>
    public int MemoryMb { get; init; } = 512;

    /// <summary>Its variables.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

    internal string ToCreateRequest() => new JsonObject
    {
        ["FunctionName"] = Name,
        [nameof(Runtime)] = Runtime,
        [nameof(Handler)] = Handler,
        ["Role"] = "arn:aws:iam::000000000000:role/r",
        [nameof(Timeout)] = Timeout,
        ["MemorySize"] = MemoryMb,
        [nameof(Environment)] = new JsonObject { ["Variables"] = new JsonObject(Environment.Select(v => KeyValuePair.Create(v.Key, (JsonNode?)v.Value))) },
        ["Code"] = new JsonObject { ["ZipFile"] = Convert.ToBase64String(Package.Zip(Files)) },
    }.ToJsonString();
}
