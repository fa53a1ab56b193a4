using System.Collections.Concurrent;
using System.Text;
using System.Text.Json.Nodes;
using Lambent.Aws.Tests;
using Lambent.Contracts;
using Lambent.Neighbours.Logs;
using Microsoft.Extensions.Logging.Abstractions;
using Shouldly;

namespace Lambent.Neighbours.Tests;

/// <summary>Logs that another server gets too: PutLogEvents, and what comes before it.</summary>
public sealed class RemoteLogsTests : IAsyncLifetime, ILogStore
{
    private static readonly DateTimeOffset Then = new(2026, 11, 21, 12, 0, 0, TimeSpan.Zero);

    private readonly ConcurrentQueue<string> own = new();
    private StandInServer server = null!;

    public async ValueTask InitializeAsync() => server = await StandInServer.StartAsync(TimeProvider.System);

    public ValueTask DisposeAsync() => server.DisposeAsync();

    public ILogStream Open(string account, string group, string stream) => new OwnStream(own);

    [Fact]
    public async Task Group_and_stream_are_made_when_they_are_not_there_and_events_keep_their_order()
    {
        var there = false;
        server.Answer = asked =>
        {
            there |= asked.Headers["X-Amz-Target"].ToString().EndsWith("CreateLogStream", StringComparison.Ordinal);
            return there || !Target(asked).EndsWith("PutLogEvents", StringComparison.Ordinal)
                ? (200, "{}")
                : (400, """{"__type":"ResourceNotFoundException","message":"The specified log group does not exist."}""");
        };
        await LogAsync(stream =>
        {
            stream.TryAppend(Then, "one\n"u8).ShouldBeTrue();
            stream.TryAppend(Then.AddMilliseconds(2), "three\n"u8).ShouldBeTrue();
            stream.TryAppend(Then.AddMilliseconds(1), "two ä\n"u8).ShouldBeTrue();
        });
        own.ShouldBe(["one\n", "three\n", "two ä\n"]);
        server.Asked.Select(Target).ShouldBe(
            ["Logs_20140328.PutLogEvents", "Logs_20140328.CreateLogGroup", "Logs_20140328.CreateLogStream", "Logs_20140328.PutLogEvents"]);
        var put = JsonNode.Parse(server.Asked[^1].Body)!;
        ((string?)put["logGroupName"], (string?)put["logStreamName"]).ShouldBe(("g", "s"));
        put["logEvents"]!.AsArray().Select(e => ((long)e!["timestamp"]! - Then.ToUnixTimeMilliseconds(), (string?)e["message"]))
            .ShouldBe([(0, "one\n"), (1, "two ä\n"), (2, "three\n")]);
    }

    [Fact]
    public async Task A_server_that_is_busy_is_asked_again()
    {
        var times = 0;
        server.Answer = _ => ++times == 1 ? (503, "{}") : (200, "{}");
        await LogAsync(stream => stream.TryAppend(Then, "x"u8));
        server.Asked.Count.ShouldBe(2);
    }

    [Fact]
    public async Task Bytes_that_are_no_text_count_as_what_they_become()
    {
        server.Answer = _ => (200, "{}");
        await LogAsync(stream =>
        {
            for (var i = 0; i < 4; i++)
            {
                stream.TryAppend(Then, Enumerable.Repeat((byte)0xff, 200_000).ToArray());
            }
        });
        server.Asked.Count.ShouldBe(4);
    }

    [Fact]
    public async Task Events_of_two_days_are_not_put_together()
    {
        server.Answer = _ => (200, "{}");
        await LogAsync(stream =>
        {
            stream.TryAppend(Then, "x"u8);
            stream.TryAppend(Then.AddHours(25), "y"u8);
        });
        server.Asked.Count.ShouldBe(2);
    }

    [Fact]
    public async Task What_is_more_than_one_call_takes_goes_in_several()
    {
        server.Answer = _ => (200, "{}");
        await LogAsync(stream =>
        {
            for (var i = 0; i < 10_001; i++)
            {
                stream.TryAppend(Then, "x"u8);
            }

            stream.TryAppend(Then, new byte[600_000]);
            stream.TryAppend(Then, new byte[600_000]);
        });
        server.Asked.Sum(a => JsonNode.Parse(a.Body)!["logEvents"]!.AsArray().Count).ShouldBe(10_003);
        server.Asked.Count.ShouldBeGreaterThanOrEqualTo(3);
    }

    [Fact]
    public async Task An_event_that_the_server_refuses_is_not_tried_for_ever()
    {
        server.Answer = _ => (400, """{"__type":"InvalidParameterException","message":"no"}""");
        await LogAsync(stream => stream.TryAppend(Then, "x"u8));
        server.Asked.Count.ShouldBe(1);
    }

    private async Task LogAsync(Action<ILogStream> write)
    {
        using var client = server.Client("logs");
        await using var logs = new RemoteLogs(this, client, TimeProvider.System, NullLogger<RemoteLogs>.Instance);
        write(logs.Open("123456789012", "g", "s"));
    }

    private static string Target(Asked asked) => asked.Headers["X-Amz-Target"].ToString();

    private sealed class OwnStream(ConcurrentQueue<string> own) : ILogStream
    {
        public bool TryAppend(DateTimeOffset time, ReadOnlySpan<byte> message)
        {
            own.Enqueue(Encoding.UTF8.GetString(message));
            return true;
        }
    }
}
