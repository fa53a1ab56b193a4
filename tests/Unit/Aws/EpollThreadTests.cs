using System.Collections.Concurrent;
using System.IO.Pipelines;
using System.IO.Pipes;
using Lambent.Aws.Transport;
using Shouldly;

namespace Lambent.Unit.Aws;

/// <summary>Rounds of an epoll thread, and the output that is held until their end.</summary>
public sealed class EpollThreadTests : IDisposable
{
    private EpollThread thread = new("under test", busyPoll: default, longestRound: TimeSpan.FromHours(1));
    private readonly ConcurrentQueue<string> log = new();
    private readonly List<AnonymousPipeServerStream> pipes = [];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        thread.Dispose();
        pipes.ForEach(p => p.Dispose());
    }

    [Fact]
    public async Task What_is_put_off_is_done_when_all_that_were_ready_together_are_handled()
    {
        await RoundAsync(name =>
        {
            var isPutOff = EpollThread.AtEndOfRound(() => log.Enqueue($"end of {name}"));
            log.Enqueue(isPutOff ? name : $"{name} at once");
        });

        log.ToArray()[..2].Order().ShouldBe(["a", "b"]);
        log.ToArray()[2..].Order().ShouldBe(["end of a", "end of b"]);
    }

    [Fact]
    public async Task What_is_ready_alone_puts_nothing_off()
    {
        var isPutOff = true;

        await HandleAsync(() => isPutOff = EpollThread.AtEndOfRound(() => { }));

        isPutOff.ShouldBeFalse();
    }

    [Fact]
    public void Other_threads_put_nothing_off() => EpollThread.AtEndOfRound(() => { }).ShouldBeFalse();

    [Fact]
    public async Task What_a_round_writes_leaves_at_its_end_in_one_piece()
    {
        var pipe = new Pipe(new System.IO.Pipelines.PipeOptions(readerScheduler: PipeScheduler.Inline, writerScheduler: PipeScheduler.Inline, useSynchronizationContext: false));
        var sending = SendAllAsync(pipe.Reader);

        await RoundAsync(_ => Write(new byte[10]));
        log.ShouldBe(["sent 20"]);

        await HandleAsync(() =>
        {
            Write(new byte[5]);
            log.Enqueue("handled");
        });
        log.ShouldBe(["sent 20", "sent 5", "handled"]);

        await pipe.Writer.CompleteAsync();
        await sending;

        void Write(byte[] bytes) => _ = pipe.Writer.WriteAsync(bytes, Cancellation).AsTask();
    }

    [Fact]
    public async Task A_round_that_takes_too_long_puts_nothing_off_any_more()
    {
        thread.Dispose();
        thread = new EpollThread("under test", busyPoll: default, longestRound: TimeSpan.Zero);

        await RoundAsync(name =>
        {
            log.Enqueue(name);
            EpollThread.AtEndOfRound(() => log.Enqueue($"end of {name}"));
        });

        log.Count.ShouldBe(4);
        log.ToArray()[1].ShouldBe($"end of {log.First()}");
    }

    private async Task SendAllAsync(PipeReader output)
    {
        var held = new HeldOutput(output);
        while (await output.ReadAsync(Cancellation) is { IsCompleted: false } read)
        {
            var isHeld = held.ShouldHold(read);
            output.AdvanceTo(isHeld ? read.Buffer.Start : read.Buffer.End, read.Buffer.End);
            if (!isHeld)
            {
                log.Enqueue($"sent {read.Buffer.Length}");
            }
        }
    }

    /// <summary>Has "a" and "b" handled in one round, and waits for its end.</summary>
    private async Task RoundAsync(Action<string> handle)
    {
        var (begun, bothReady) = (Signal(), Signal());
        var (a, b) = (Watch(() => handle("a")), Watch(() => handle("b")));
        var first = Watch(() =>
        {
            begun.SetResult();
            bothReady.Task.Wait(Cancellation);
        });
        first.WriteByte(1);
        await begun.Task.WaitAsync(Cancellation);
        a.WriteByte(1);
        b.WriteByte(1);
        bothReady.SetResult(); // the thread finds a and b when the first returns
        await HandleAsync(() => { });
        await HandleAsync(() => { }); // the first may have come with a and b; then theirs is over now
    }

    /// <summary>Has something handled by the thread, and waits for it.</summary>
    private async Task HandleAsync(Action handle)
    {
        var handled = Signal();
        Watch(() =>
        {
            handle();
            handled.SetResult();
        }).WriteByte(1);
        await handled.Task.WaitAsync(Cancellation);
    }

    /// <summary>Returns what makes the thread call <paramref name="handle"/>, once.</summary>
    private AnonymousPipeServerStream Watch(Action handle)
    {
        var pipe = new AnonymousPipeServerStream(PipeDirection.Out);
        pipes.Add(pipe);
        var fd = (int)pipe.ClientSafePipeHandle.DangerousGetHandle();
        thread.Watch(fd, EpollEvents.Readable, _ =>
        {
            thread.Forget(fd);
            handle();
        });
        return pipe;
    }

    private static TaskCompletionSource Signal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
