using System.Buffers;
using System.Text;
using Shouldly;
using Xunit;

namespace Lambent.Aws.Tests;

/// <summary>Against the vectors that AWS's own decoders are tested with (botocore, <c>tests/unit/test_eventstream.py</c>).</summary>
public sealed class EventStreamTests
{
    private const int Seed = 20260101;

    [Theory]
    [InlineData("", "", "0000001000000000" + "05c248eb" + "7d98c8ff")]
    [InlineData("", "{'foo':'bar'}", "0000001d00000000" + "fd528c5a" + "7b27666f6f273a27626172277d" + "c3653936")]
    [InlineData("content-type=application/json", "{'foo':'bar'}",
        "0000003d00000020" + "07fd8396" + "0c636f6e74656e742d74797065070010" + "6170706c69636174696f6e2f6a736f6e" + "7b27666f6f273a27626172277d" + "8d9c08b1")]
    [InlineData(":message-type=error&:error-code=code&:error-message=message", "",
        "0000005200000042" + "bf23637e" + "0d3a6d6573736167652d747970650700056572726f72" + "0b3a6572726f722d636f6465070004636f6465"
        + "0e3a6572726f722d6d6573736167650700076d657373616765" + "6b6cea3d")]
    public void The_published_messages_are_written_byte_for_byte(string headers, string payload, string hex)
    {
        var pairs = headers.Split('&', StringSplitOptions.RemoveEmptyEntries).Select(h => h.Split('=')).Select(h => (h[0], h[1])).ToArray();
        Convert.ToHexStringLower(Encode(pairs, Encoding.UTF8.GetBytes(payload))).ShouldBe(hex);
        EventStreamReader.ReadAll(Convert.FromHexString(hex)).ShouldHaveSingleItem().Headers.ShouldBe(pairs);
    }

    [Theory]
    [InlineData("0000003dff00010207fd83960c636f6e74656e742d747970650700106170706c69636174696f6e2f6a736f6e7b27666f6f273a27626172277d8d9c08b1")]
    [InlineData("0000003d0000002007fd83960c636f6e74656e742b747970650700106170706c69636174696f6e2f6a736f6e7b27666f6f273a27626172277d8d9c08b1")]
    [InlineData("0100001d00000000fd528c5a7b27666f6f273a27626172277dc3653936")]
    [InlineData("0000001d00000000fd528c5a7b27666f6f273a27626172278dc3653936")]
    public void The_reader_of_these_tests_refuses_the_published_broken_messages(string hex) =>
        Should.Throw<InvalidDataException>(() => EventStreamReader.ReadAll(Convert.FromHexString(hex)));

    [Fact]
    public void Whatever_is_written_is_read_again_in_its_order()
    {
        var random = new Random(Seed);
        for (var run = 0; run < 100; run++)
        {
            var buffer = new ArrayBufferWriter<byte>();
            var messages = Enumerable.Range(0, random.Next(1, 5)).Select(_ => (Headers: Headers(random), Payload: Bytes(random))).ToList();
            foreach (var (headers, payload) in messages)
            {
                EventStreamMessage.Write(buffer, EventStreamMessage.EncodeHeaders(headers), payload);
            }

            var read = EventStreamReader.ReadAll(buffer.WrittenSpan);
            read.Count.ShouldBe(messages.Count);
            foreach (var (was, now) in messages.Zip(read))
            {
                now.Headers.ShouldBe(was.Headers);
                now.Payload.ShouldBe(was.Payload);
            }
        }
    }

    [Fact]
    public void An_event_has_the_three_headers_of_AWS() => EventStreamReader
        .ReadAll(Message(EventStreamMessage.EventHeaders("PayloadChunk", "application/octet-stream"), [1])).Single().Headers
        .ShouldBe([(":event-type", "PayloadChunk"), (":content-type", "application/octet-stream"), (":message-type", "event")]);

    [Fact]
    public void What_has_no_encoding_is_refused()
    {
        Should.Throw<ArgumentException>(() => EventStreamMessage.EncodeHeaders((new string('n', 256), "v")));
        Should.Throw<ArgumentException>(() => EventStreamMessage.EncodeHeaders(("n", new string('v', 32_768))));
        Should.Throw<ArgumentException>(() => EventStreamMessage.EncodeHeaders(("", "v")));
    }

    private static byte[] Encode((string, string)[] headers, byte[] payload) => Message(EventStreamMessage.EncodeHeaders(headers), payload);

    private static byte[] Message(byte[] headers, byte[] payload)
    {
        var buffer = new ArrayBufferWriter<byte>();
        EventStreamMessage.Write(buffer, headers, payload);
        return buffer.WrittenSpan.ToArray();
    }

    private static (string, string)[] Headers(Random random) =>
        [.. Enumerable.Range(0, random.Next(5)).Select(i => ($"{i}{Text(random, 60)}", Text(random, 3000)))];

    private static string Text(Random random, int most) => new([.. Enumerable.Range(0, random.Next(most)).Select(_ => "aZ09-é字 \n\"".ElementAt(random.Next(10)))]);

    private static byte[] Bytes(Random random)
    {
        var bytes = new byte[random.Next(5_000)];
        random.NextBytes(bytes);
        return bytes;
    }
}
