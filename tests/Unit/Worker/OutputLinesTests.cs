using System.Buffers.Binary;
using System.Text;
using Lambent.Worker.Logs;
using Shouldly;

namespace Lambent.Worker.Tests;

/// <summary>Lines and AWS's frames, mixed in one pipe and cut at any byte.</summary>
public sealed class OutputLinesTests
{
    private readonly OutputLines lines = new();
    private readonly List<(byte[] Message, bool IsFramed)> events = [];
    private readonly List<DateTimeOffset?> times = [];

    /// <summary>Whatever the cuts: each frame is one event, lines keep their order, and no byte is lost.</summary>
    [Fact]
    public void Frames_and_lines_come_out_as_they_went_in_however_they_are_cut()
    {
        var random = new Random(20261121);
        for (var run = 0; run < 2000; run++)
        {
            var pipe = new MemoryStream();
            List<(byte[], bool)> expected = [];
            for (var count = random.Next(1, 8); count > 0; count--)
            {
                var message = Message(random);
                var isFramed = random.Next(2) == 0;
                message = isFramed ? message : [.. message.Where(b => b is not (byte)'\n'), (byte)'\n'];
                pipe.Write(isFramed ? Frame(random, message) : message);
                if (message.Length > 0)
                {
                    expected.Add((message, isFramed));
                }
            }

            Feed(pipe.ToArray(), random);
            lines.Flush(Take);
            Text(events).ShouldBe(Text(expected), $"run {run}");
            events.Clear();
        }
    }

    [Theory]
    [InlineData(new byte[] { 0xa5 })]
    [InlineData(new byte[] { 0xa5, 0x5a })]
    [InlineData(new byte[] { 0xa5, 0x5a, 0x01, 0x03 })]
    [InlineData(new byte[] { 0xa5, 0x5a, 0x00, 0x00 })]
    [InlineData(new byte[] { 0xa5, 0x5a, 0x00, 0x23, 0, 0, 0, 1 })]
    [InlineData(new byte[] { 0xa5, 0xa5, 0x5a, 0xa5 })]
    public void What_only_looks_like_a_frame_is_text(byte[] bytes)
    {
        foreach (var b in (byte[])[(byte)'x', .. bytes, (byte)'y', (byte)'\n'])
        {
            lines.Feed([b], Take);
        }

        Text(events).ShouldBe(Text([([(byte)'x', .. bytes, (byte)'y', (byte)'\n'], false)]));
    }

    [Fact]
    public void Frames_of_kinds_2_and_3_say_when_they_were_and_nothing_else_does()
    {
        var time = new DateTimeOffset(2026, 11, 21, 8, 27, 40, 123, TimeSpan.Zero);
        var micros = new byte[8];
        foreach (var (kind, stamp) in ((byte, ulong)[])[(1, 0), (2, (ulong)(time - DateTimeOffset.UnixEpoch).TotalMicroseconds), (3, 0), (2, ulong.MaxValue)])
        {
            BinaryPrimitives.WriteUInt64BigEndian(micros, stamp);
            lines.Feed([0xa5, 0x5a, 0, kind, 0, 0, 0, 1, .. kind == 1 ? [] : micros, (byte)'x'], Take);
        }

        lines.Feed("line\n"u8, Take);
        times.ShouldBe([null, time, DateTimeOffset.UnixEpoch, null, null]);
    }

    [Fact]
    public void A_frame_inside_of_a_line_does_not_end_it()
    {
        lines.Feed("plain"u8, Take);
        lines.Feed(Frame(new Random(1), "framed"u8.ToArray()), Take);
        lines.Feed(" goes on\n"u8, Take);
        events.Select(e => Encoding.UTF8.GetString(e.Message)).ShouldBe(["framed", "plain goes on\n"]);
    }

    [Fact]
    public void A_length_that_lies_takes_no_memory()
    {
        lines.Feed([0xa5, 0x5a, 0x00, 0x03, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0, 0, 0, 0, 0], Take);
        for (var i = 0; i < 64; i++)
        {
            lines.Feed(new byte[32 * 1024], Take);
        }

        events.Count.ShouldBe(8);
        events.ShouldAllBe(e => e.Message.Length == OutputLines.MaxEventBytes);
    }

    [Fact]
    public void A_line_without_end_becomes_several_events()
    {
        lines.Feed(new byte[OutputLines.MaxEventBytes + 1], Take);
        lines.Feed("\n"u8, Take);
        events.Select(e => e.Message.Length).ShouldBe([OutputLines.MaxEventBytes, 2]);
    }

    private static byte[] Message(Random random)
    {
        var bytes = new byte[random.Next(5) == 0 ? random.Next(5000) : random.Next(30)];
        random.NextBytes(bytes);
        if (random.Next(2) == 0)
        {
            bytes.AsSpan().Replace((byte)0x5a, (byte)0xa5); // many that look like a beginning, none that is one
        }

        return bytes.AsSpan().IndexOf((ReadOnlySpan<byte>)[0xa5, 0x5a]) >= 0 ? [] : bytes;
    }

    private static byte[] Frame(Random random, byte[] message)
    {
        var kind = (byte)random.Next(1, 4);
        var header = new byte[kind == 1 ? 8 : 16];
        BinaryPrimitives.WriteUInt32BigEndian(header, 0xa55a0000u + kind + (uint)(4 * random.Next(7)));
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), message.Length);
        return [.. header, .. message];
    }

    private static string[] Text(IEnumerable<(byte[] Message, bool IsFramed)> from) =>
        [.. from.Select(e => $"{(e.IsFramed ? "frame" : "line")} {Convert.ToHexString(e.Message)}")];

    private void Feed(byte[] all, Random random)
    {
        for (var at = 0; at < all.Length;)
        {
            var count = Math.Min(all.Length - at, random.Next(3) == 0 ? 1 : random.Next(1, 200));
            lines.Feed(all.AsSpan(at, count), Take);
            at += count;
        }
    }

    private void Take(ReadOnlySpan<byte> message, bool isFramed, DateTimeOffset? time)
    {
        events.Add((message.ToArray(), isFramed));
        times.Add(time);
    }
}
