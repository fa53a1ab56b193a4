using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Lambent.Storage.Logs;

/// <summary>A group of streams: a folder, with what is known of the group itself in <c>group.json</c>.</summary>
public sealed class LogGroup
{
    private readonly LogStore store;
    private readonly string folder;
    private readonly ConcurrentDictionary<string, LogStream> streams = new(StringComparer.Ordinal);
    private readonly Lock gate = new();
    private bool isListed;

    internal LogGroup(LogStore store, string folder, LogGroupSettings settings, bool isNew) =>
        (this.store, this.folder, Settings, isListed) = (store, folder, settings, isNew);

    /// <summary>Name, creation, retention and tags.</summary>
    public LogGroupSettings Settings { get; private set; }

    /// <summary>All streams, in the order of their names.</summary>
    public IReadOnlyList<LogStream> Streams()
    {
        ListFiles();
        return [.. streams.Values.OrderBy(s => s.Name, StringComparer.Ordinal)];
    }

    /// <summary>The stream of this name, or null.</summary>
    public LogStream? Find(string name)
    {
        ListFiles();
        return streams.GetValueOrDefault(name);
    }

    /// <summary>Makes an empty stream. False if there is one.</summary>
    public bool TryCreate(string name, DateTimeOffset now)
    {
        ListFiles();
        var made = new LogStream(store, Settings.Name, name, PathOf(name), now, isListed: true);
        if (!streams.TryAdd(name, made))
        {
            return false;
        }

        made.Create();
        return true;
    }

    /// <summary>Takes a stream with its events away. False if there is none.</summary>
    public bool Delete(string name)
    {
        ListFiles();
        var found = streams.TryRemove(name, out var stream);
        stream?.Delete();
        return found;
    }

    /// <summary>Keeps these settings.</summary>
    public void Change(Func<LogGroupSettings, LogGroupSettings> change)
    {
        lock (gate)
        {
            Settings = change(Settings);
            Save();
        }
    }

    internal string PathOf(string stream) => Path.Combine(folder, $"{LogNames.FileName(stream)}.log");

    internal void List(LogStream stream) => streams[stream.Name] = stream;

    /// <summary>As <see cref="Find"/>, but looks only at what is in memory: on the way to a sandbox nothing waits for a disk.</summary>
    internal LogStream? FindListed(string name) => streams.GetValueOrDefault(name);

    internal void Save()
    {
        Directory.CreateDirectory(folder);
        var aside = Path.Combine(folder, "group.json.new");
        File.WriteAllBytes(aside, JsonSerializer.SerializeToUtf8Bytes(Settings, LogGroupJson.Default.LogGroupSettings));
        File.Move(aside, Path.Combine(folder, "group.json"), overwrite: true);
    }

    internal void DeleteAll()
    {
        foreach (var stream in Streams())
        {
            Delete(stream.Name);
        }

        if (Directory.Exists(folder))
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    internal static LogGroup Load(LogStore store, string folder)
    {
        LogGroupSettings? settings = null;
        try
        {
            settings = JsonSerializer.Deserialize(File.ReadAllBytes(Path.Combine(folder, "group.json")), LogGroupJson.Default.LogGroupSettings);
        }
        catch (Exception e) when (e is FileNotFoundException or JsonException)
        {
            // A folder of an older Lambent, or one that somebody edited: its name says the most.
        }

        return new LogGroup(
            store, folder,
            settings ?? new LogGroupSettings(
                LogNames.Name(Path.GetFileName(folder)) ?? Path.GetFileName(folder), new DateTimeOffset(Directory.GetCreationTimeUtc(folder)).ToUnixTimeMilliseconds()),
            isNew: false);
    }

    /// <summary>The streams of earlier processes are looked up when somebody asks for streams.</summary>
    private void ListFiles()
    {
        lock (gate)
        {
            if (isListed)
            {
                return;
            }

            isListed = true;
            foreach (var path in Directory.Exists(folder) ? Directory.EnumerateFiles(folder, "*.log") : [])
            {
                var (name, created) = HeadOf(path);
                streams.TryAdd(name, new LogStream(store, Settings.Name, name, path, created, isListed: true));
            }
        }
    }

    private static (string Name, DateTimeOffset Created) HeadOf(string path)
    {
        var fileName = Path.GetFileNameWithoutExtension(path);
        var head = File.ReadLines(path).FirstOrDefault() is { } first && first.StartsWith("# ", StringComparison.Ordinal) ? first.Split(' ') : [];
        return head.Length == 3 && DateTimeOffset.TryParse(head[1], System.Globalization.CultureInfo.InvariantCulture, out var created)
            ? (Uri.UnescapeDataString(head[2]), created)
            : (LogNames.Name(fileName) ?? fileName, new DateTimeOffset(File.GetCreationTimeUtc(path)));
    }
}

/// <summary>What is known of a group besides its streams.</summary>
/// <param name="Name">For example <c>/aws/lambda/NAME</c>.</param>
/// <param name="CreationTime">Milliseconds since 1970.</param>
/// <param name="RetentionInDays">Null keeps events for ever.</param>
/// <param name="Tags">By key.</param>
public sealed record LogGroupSettings(
    string Name, long CreationTime, int? RetentionInDays = null, ImmutableSortedDictionary<string, string>? Tags = null);

[JsonSerializable(typeof(LogGroupSettings))]
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true)]
internal sealed partial class LogGroupJson : JsonSerializerContext;
