using Lambent.Contracts;
using Lambent.Worker.RuntimeApi;
using Lambent.Worker.SandboxLife;
using Microsoft.AspNetCore.Http;
using Shouldly;

namespace Lambent.Worker.Tests;

public sealed class StreamedAnswerTests
{
    private const int Mebi = 1024 * 1024;

    [Theory]
    [InlineData(0, true)]
    [InlineData(1, false)]
    public async Task After_200_MiB_it_is_cut_off(int more, bool fits)
    {
        var taker = new Counter();
        var context = new DefaultHttpContext();
        context.Request.Body = new Zeros(AnswerRules.MaxStreamedBytes + more);

        var answer = await StreamedAnswer.CopyAsync(context, taker, new AnswerRules(int.MaxValue, int.MaxValue, int.MaxValue, TimeProvider.System), CancellationToken.None);

        taker.Bytes.ShouldBe(AnswerRules.MaxStreamedBytes);
        taker.Largest.ShouldBeLessThanOrEqualTo(64 * 1024);
        if (fits)
        {
            answer.End.ShouldBeOfType<InvocationEnd.Response>();
        }
        else
        {
            var error = answer.End.ShouldBeOfType<InvocationEnd.Error>();
            error.Type.ShouldBe("Function.ResponseSizeTooLarge");
            System.Text.Encoding.UTF8.GetString(error.Payload.Span).ShouldBe(
                """{"errorMessage":"Response payload size exceeded maximum allowed payload size (209715200 bytes).","errorType":"Function.ResponseSizeTooLarge"}""");
        }
    }

    [Fact]
    public void After_a_burst_so_many_bytes_go_each_second()
    {
        var clock = new Ticker();
        var bucket = new Bandwidth(6 * Mebi, 2 * Mebi, clock);
        bucket.Take(6 * Mebi).ShouldBe(TimeSpan.Zero);
        bucket.Take(Mebi).ShouldBe(TimeSpan.FromSeconds(0.5));
        clock.Seconds = 0.5;
        bucket.Take(2 * Mebi).ShouldBe(TimeSpan.FromSeconds(1));
        clock.Seconds = 100;
        bucket.Take((6 * Mebi) + 1).ShouldBeInRange(TimeSpan.FromTicks(1), TimeSpan.FromMilliseconds(1)); // saved up to the burst, no more
    }

    [Fact]
    public async Task An_answer_that_is_closed_delivers_nothing_any_more()
    {
        var stream = new AnswerStream(new Counter());
        var began = new TaskCompletionSource();
        var delivery = stream.DeliverAsync<int>(async (_, over) =>
        {
            began.SetResult();
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, over);
            return 0;
        });
        await began.Task;
        await stream.DisposeAsync();
        delivery.IsCompleted.ShouldBeTrue();
        await Should.ThrowAsync<OperationCanceledException>(delivery);
        await Should.ThrowAsync<OperationCanceledException>(stream.DeliverAsync<int>((_, _) => throw new InvalidOperationException()));
    }

    private sealed class Ticker : TimeProvider
    {
        internal double Seconds { get; set; }

        public override long TimestampFrequency => 1_000_000;

        public override long GetTimestamp() => (long)(Seconds * 1_000_000);
    }

    private sealed class Counter : IResponseStream
    {
        internal long Bytes { get; private set; }

        internal int Largest { get; private set; }

        public ValueTask BeginAsync(string contentType, CancellationToken cancellation) => ValueTask.CompletedTask;

        public ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellation)
        {
            (Bytes, Largest) = (Bytes + bytes.Length, Math.Max(Largest, bytes.Length));
            return ValueTask.CompletedTask;
        }
    }

    private sealed class Zeros(long left) : Stream
    {
        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override int Read(byte[] buffer, int offset, int count)
        {
            var read = (int)Math.Min(left, count);
            left -= read;
            return read;
        }

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
