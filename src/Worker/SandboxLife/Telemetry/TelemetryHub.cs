using System.Buffers;
using System.Collections.Immutable;
using System.Text.Json;
using Lambent.Worker.Drivers;
using Lambent.Worker.Logs;

namespace Lambent.Worker.SandboxLife.Telemetry;

/// <summary>
/// The Telemetry API's part of one generation: it turns what the platform, the function and its extensions say into records,
/// and gives them to those who subscribed. Costs nothing while nobody has.
/// </summary>
internal sealed class TelemetryHub(Sandbox sandbox, TimeProvider clock) : IAsyncDisposable
{
    private readonly Lock gate = new();
    private ImmutableDictionary<string, TelemetrySubscriber> subscribers = ImmutableDictionary<string, TelemetrySubscriber>.Empty;
    private bool isClosed;

    /// <summary>Subscribes an extension, in place of what it subscribed to before. False once the Init phase is over.</summary>
    internal bool TrySubscribe(Extension extension, TelemetrySubscription to)
    {
        bool again;
        lock (gate)
        {
            if (isClosed)
            {
                return false;
            }

            again = subscribers.ContainsKey(extension.Name);
            if (subscribers.IsEmpty)
            {
                sandbox.Log.PlatformSpoke += OnPlatform;
                sandbox.Log.ProcessWrote += OnWritten;
            }

            subscribers = subscribers.SetItem(extension.Name, new TelemetrySubscriber(sandbox.Driver, to, clock));
        }

        sandbox.Log.Emit(new PlatformEvent.TelemetrySubscription(
            extension.Name, again ? "Already subscribed" : "Subscribed", [.. to.Types!], to.ByLogsApi));
        return true;
    }

    /// <summary>The runtime has initialised: nobody subscribes any more.</summary>
    internal void Close()
    {
        lock (gate)
        {
            isClosed = true;
        }
    }

    /// <summary>Sends what waits.</summary>
    internal Task FlushAsync() => Task.WhenAll(subscribers.Values.Select(s => s.FlushAsync()));

    /// <summary>The processes are gone, and with them whoever listened.</summary>
    public async ValueTask DisposeAsync()
    {
        sandbox.Log.PlatformSpoke -= OnPlatform;
        sandbox.Log.ProcessWrote -= OnWritten;
        foreach (var subscriber in subscribers.Values)
        {
            await subscriber.DisposeAsync();
        }
    }

    private void OnPlatform(PlatformEvent said)
    {
        foreach (var subscriber in subscribers.Values.Where(s => s.Wants("platform")))
        {
            if (!subscriber.ByLogsApi)
            {
                subscriber.Add(said.ToJson());
            }
            else if (said.Type is not ("platform.initStart" or "platform.initRuntimeDone" or "platform.initReport"))
            {
                subscriber.Add(said.ToJson());
                if (said is PlatformEvent.RuntimeDone done)
                {
                    subscriber.Add(Record(said.Time, "platform.end", json =>
                    {
                        json.WriteStartObject();
                        json.WriteString("requestId", done.RequestId);
                        json.WriteEndObject();
                    }));
                }
            }
        }
    }

    private void OnWritten(DateTimeOffset time, string process, string message)
    {
        var type = process == SandboxProcess.Runtime ? "function" : "extension";
        var record = ReadOnlyMemory<byte>.Empty;
        foreach (var subscriber in subscribers.Values.Where(s => s.Wants(type)))
        {
            record = record.IsEmpty ? Record(time, type, json => json.WriteStringValue(message)) : record;
            subscriber.Add(record);
        }
    }

    private static ReadOnlyMemory<byte> Record(DateTimeOffset time, string type, Action<Utf8JsonWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using var json = new Utf8JsonWriter(buffer);
        json.WriteStartObject();
        json.WriteString("time", time.UtcDateTime.ToString(PlatformEvent.TimeFormat, System.Globalization.CultureInfo.InvariantCulture));
        json.WriteString("type", type);
        json.WritePropertyName("record");
        write(json);
        json.WriteEndObject();
        json.Flush();
        return buffer.WrittenMemory;
    }
}
