using System.Text;
using Lambent.Storage.Logs;
using Shouldly;

namespace Lambent.Storage.Tests;

/// <summary>The files of the log, and what is read back from them.</summary>
public sealed class LogStoreTests : IAsyncDisposable
{
    private static readonly DateTimeOffset Start = new(2026, 11, 21, 8, 27, 40, 123, TimeSpan.Zero);

    private readonly string folder = Directory.CreateTempSubdirectory("lambent-logs-").FullName;
    private readonly ManualClock clock = new(Start);
    private LogStore store;

    public LogStoreTests() => store = new LogStore(folder, megabytesAtMost: 1, clock);

    public async ValueTask DisposeAsync()
    {
        await store.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public void A_file_is_to_be_read_by_people()
    {
        var stream = (LogStream)store.Open("/aws/lambda/f", "2026/11/21/[$LATEST]ab");
        stream.TryAppend(Start, "START\n"u8);
        stream.TryAppend(Start, "two\nlines"u8);
        stream.TryAppend(Start.ToUnixTimeMilliseconds(), Start.ToUnixTimeMilliseconds() + 5, "later\n"u8);
        _ = stream.Read(0, 0).ToList(); // who reads has what waits written out
        File.ReadAllText(stream.FilePath).ShouldBe(
            "# 2026-11-21T08:27:40.123Z 2026%2F11%2F21%2F%5B%24LATEST%5Dab\n" +
            "2026-11-21T08:27:40.123Z START\n2026-11-21T08:27:40.123Z\ttwo\n\tlines\n2026-11-21T08:27:40.123Z+5 later\n");
    }

    [Fact]
    public void A_stream_has_64_MiB_on_disk_whatever_its_lines_are()
    {
        var stream = (LogStream)store.Open("g", "s");
        var message = Encoding.UTF8.GetBytes(new string('\n', 10_000)); // each is two bytes in the file
        while (stream.TryAppend(Start, message))
        {
            stream.WriteOut();
        }

        new FileInfo(stream.FilePath).Length.ShouldBeInRange(63 << 20, (64 << 20) + (2 * message.Length));
    }

    /// <summary>Whatever the messages: tabs, newlines at either end, what looks like another event.</summary>
    [Fact]
    public async Task Messages_come_back_as_they_went_in_also_after_a_restart()
    {
        var random = new Random(20261121);
        string[] parts = ["\n", "\t", "a", "\r", "2026-11-21T08:27:40.123Z x", "# ", " ", "żółć", "", new string('x', 70_000)];
        List<(long, long, string)> expected = [];
        var stream = (LogStream)store.Open("g", "s");
        for (var n = 0; n < 400; n++)
        {
            var message = string.Concat(Enumerable.Range(0, random.Next(1, 5)).Select(_ => parts[random.Next(parts.Length - (n % 40 == 0 ? 0 : 1))]));
            var time = Start.ToUnixTimeMilliseconds() + random.Next(-1000, 1000);
            var ingestion = random.Next(2) == 0 ? time : time + random.Next(100_000);
            while (!stream.TryAppend(time, ingestion, Encoding.UTF8.GetBytes(message)))
            {
                _ = stream.Read(0, 0).ToList(); // writes out what waits
            }

            expected.Add((time, ingestion, message));
        }

        Check(stream);
        await store.DisposeAsync();
        store = new LogStore(folder, megabytesAtMost: 1, clock);
        var again = store.Find("g")!.Find("s")!;
        Check(again);
        again.Learn();
        again.FirstEventTime.ShouldBe(expected.Min(e => e.Item1));
        again.LastEventTime.ShouldBe(expected.Max(e => e.Item1));
        again.CreationTime.ShouldBe(stream.CreationTime);

        void Check(LogStream read) => read.Read(long.MinValue, long.MaxValue).Select(e => (e.Time, e.Ingestion, e.Message)).ShouldBe(expected);
    }

    [Fact]
    public async Task Groups_streams_and_long_names_are_there_after_a_restart()
    {
        var name = "2026/[1]" + new string('é', 300);
        store.TryCreate(new LogGroupSettings("own/group", 5, 7)).ShouldBeTrue();
        store.TryCreate(new LogGroupSettings("own/group", 5)).ShouldBeFalse();
        store.Find("own/group")!.TryCreate(name, Start).ShouldBeTrue();
        store.Open("/aws/lambda/f", "s").TryAppend(Start, "x"u8).ShouldBeTrue();
        await store.DisposeAsync();
        store = new LogStore(folder, megabytesAtMost: 1, clock);
        store.Groups().Select(g => (g.Settings.Name, g.Settings.RetentionInDays)).ShouldBe([("/aws/lambda/f", null), ("own/group", 7)]);
        store.Find("own/group")!.Streams().Single().Name.ShouldBe(name);
        store.Find("own/group")!.TryCreate(name, Start).ShouldBeFalse();
    }

    [Fact]
    public void A_group_and_a_stream_appear_with_the_first_event_and_again_after_their_deletion()
    {
        var stream = store.Open("g", "s");
        store.Groups().ShouldBeEmpty();
        stream.TryAppend(Start, "1"u8);
        store.Find("g")!.Streams().Single().Name.ShouldBe("s");
        store.Delete("g").ShouldBeTrue();
        store.Groups().ShouldBeEmpty();
        stream.TryAppend(Start, "2"u8);
        store.Find("g")!.Find("s")!.Read(long.MinValue, long.MaxValue).Select(e => e.Message).ShouldBe(["2"]);
    }

    [Fact]
    public void The_oldest_streams_go_while_there_is_too_much_and_never_one_that_is_written()
    {
        for (var n = 0; n < 4; n++)
        {
            Fill($"s{n}", age: TimeSpan.FromHours(4 - n));
        }

        store.Retain();
        store.Find("g")!.Streams().Select(s => s.Name).ShouldBe(["s2", "s3"], "two of 400 KB are below 1 MB");
        Fill("s2", age: TimeSpan.Zero);
        Fill("s4", age: TimeSpan.Zero);
        store.Retain();
        store.Find("g")!.Streams().Select(s => s.Name).ShouldBe(["s2", "s4"]);
    }

    [Fact]
    public void Streams_older_than_their_group_keeps_them_go()
    {
        store.TryCreate(new LogGroupSettings("g", 0, RetentionInDays: 3));
        Fill("old", TimeSpan.FromDays(3.1), 10);
        Fill("young", TimeSpan.FromDays(2.9), 10);
        store.Retain();
        store.Find("g")!.Streams().Select(s => s.Name).ShouldBe(["young"]);
        store.OldestKept(store.Find("g")!).ShouldBe(Start.AddDays(-3).ToUnixTimeMilliseconds());
    }

    [Fact]
    public void Files_of_an_older_Lambent_can_be_read()
    {
        var group = Directory.CreateDirectory(Path.Combine(folder, "old")).FullName;
        File.WriteAllText(Path.Combine(group, "s%2F1.log"), "START x\nhello\nEND x");
        using var other = new Disposing(new LogStore(folder, 1, clock));
        other.Store.Find("old")!.Find("s/1")!.Read(long.MinValue, long.MaxValue).Select(e => e.Message).ShouldBe(["START x\n", "hello\n", "END x\n"]);
    }

    private void Fill(string name, TimeSpan age, int bytes = 400_000)
    {
        var stream = (LogStream)store.Open("g", name);
        stream.TryAppend(Start - age, new byte[bytes]).ShouldBeTrue();
        _ = stream.Read(0, 0).ToList();
        File.SetLastWriteTimeUtc(stream.FilePath, (Start - age).UtcDateTime);
    }

    private sealed class ManualClock(DateTimeOffset now) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => now;
    }

    private sealed class Disposing(LogStore store) : IDisposable
    {
        internal LogStore Store => store;

        public void Dispose() => store.DisposeAsync().AsTask().GetAwaiter().GetResult();
    }
}
