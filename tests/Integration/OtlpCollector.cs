using System.Collections.Concurrent;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Lambent.Integration;

/// <summary>A collector of OTLP over HTTP in protobuf: keeps the spans and the names of metrics that it is sent.</summary>
internal sealed class OtlpCollector : IAsyncDisposable
{
    private readonly WebApplication app;

    private OtlpCollector(WebApplication app) => this.app = app;

    internal string Url => app.Urls.First();

    internal ConcurrentQueue<OtlpSpan> Spans { get; } = [];

    internal ConcurrentDictionary<string, string> UnitsOfMetrics { get; } = [];

    internal static async Task<OtlpCollector> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        var app = builder.Build();
        app.Urls.Add("http://127.0.0.1:0");
        var collector = new OtlpCollector(app);
        app.MapPost("/v1/traces", context => ReadAsync(context, collector.AddSpan, 1, 2, 2));
        app.MapPost("/v1/metrics", context => ReadAsync(context, collector.AddMetric, 1, 2, 2));
        await app.StartAsync();
        return collector;
    }

    public ValueTask DisposeAsync() => app.DisposeAsync();

    private void AddSpan(ReadOnlyMemory<byte> span) => Spans.Enqueue(new OtlpSpan(
        Encoding.UTF8.GetString(Field(span, 5)), Convert.ToHexStringLower(Field(span, 1)), Convert.ToHexStringLower(Field(span, 2)),
        Convert.ToHexStringLower(Field(span, 4))));

    private void AddMetric(ReadOnlyMemory<byte> metric) =>
        UnitsOfMetrics[Encoding.UTF8.GetString(Field(metric, 1))] = Encoding.UTF8.GetString(Field(metric, 3));

    /// <summary>Goes down the path of fields (resource, scope, item) of an export request.</summary>
    private static async Task ReadAsync(HttpContext context, Action<ReadOnlyMemory<byte>> item, params int[] path)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body);
        context.Response.StatusCode = context.Request.ContentType == "application/x-protobuf" ? 200 : 415;
        IEnumerable<ReadOnlyMemory<byte>> level = [body.ToArray()];
        foreach (var field in path)
        {
            level = [.. level.SelectMany(m => Fields(m).Where(f => f.Number == field).Select(f => f.Bytes))];
        }

        foreach (var found in level)
        {
            item(found);
        }
    }

    private static ReadOnlySpan<byte> Field(ReadOnlyMemory<byte> message, int number) => Fields(message).FirstOrDefault(f => f.Number == number).Bytes.Span;

    /// <summary>The fields of a protobuf message; those that are numbers have no bytes here.</summary>
    private static List<(int Number, ReadOnlyMemory<byte> Bytes)> Fields(ReadOnlyMemory<byte> message)
    {
        List<(int, ReadOnlyMemory<byte>)> fields = [];
        for (var at = 0; at < message.Length;)
        {
            var tag = Varint(message.Span, ref at);
            var kind = tag & 7;
            var number = kind is 0 or 2 ? Varint(message.Span, ref at) : 0;
            var length = kind switch { 0 => 0, 1 => 8, 2 => (int)number, 5 => 4, _ => throw new InvalidDataException("not protobuf") };
            fields.Add(((int)(tag >> 3), kind == 2 ? message.Slice(at, length) : default));
            at += length;
        }

        return fields;
    }

    private static ulong Varint(ReadOnlySpan<byte> bytes, ref int at)
    {
        var value = 0UL;
        for (var shift = 0; ; shift += 7)
        {
            var next = bytes[at++];
            value |= (ulong)(next & 0x7f) << shift;
            if (next < 0x80)
            {
                return value;
            }
        }
    }
}

/// <summary>A span as it came over the wire, ids in hexadecimal.</summary>
internal sealed record OtlpSpan(string Name, string TraceId, string SpanId, string ParentSpanId);
