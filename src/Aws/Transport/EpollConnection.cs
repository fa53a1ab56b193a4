using System.Diagnostics;
using System.IO.Pipelines;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;

namespace Lambent.Aws.Transport;

/// <summary>
/// A socket as Kestrel's transport, served by an <see cref="EpollThread"/>: what comes is handled on that thread, as far as it gets
/// without waiting, and what is written is sent by its writer, or a little later (<see cref="HeldOutput"/>). Nobody keeps the
/// thread: a socket that has more to read waits for its next turn.
/// </summary>
internal sealed class EpollConnection : DefaultConnectionContext, IHeldOutput
{
    /// <summary>Read in one turn; after one that was filled as much as the second, so that large bodies need fewer turns.</summary>
    private const int TurnBytes = 4096, LongTurnBytes = 32 * 1024;

    /// <summary>So many turns are measured after one that took long: whoever takes a short one in between is not forgotten at once.</summary>
    private const int MeasuredTurns = 8;

    /// <summary>So much is read ahead of the server, and written ahead of the client, before either has to wait. Those of Kestrel's own transport.</summary>
    private const int ReadAheadBytes = 1024 * 1024, WriteAheadBytes = 64 * 1024;

    private static readonly PipeOptions InputOptions = Inline(ReadAheadBytes), OutputOptions = Inline(WriteAheadBytes);

    private readonly Socket socket;
    private readonly EpollThread thread;
    private readonly LongTurns longTurns;
    private readonly int fd;
    private readonly PipeWriter input;
    private readonly PipeReader output;
    private readonly HeldOutput held;
    private readonly CancellationTokenSource closed = new();
    private readonly TaskCompletionSource whenClosed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock gate = new();
    private readonly Task sending;
    private EpollEvents wanted;
    private TaskCompletionSource? room;
    private Exception? inputError;
    private bool isInputOver, isInTurn, isAborted, takesLong;
    private int turn = TurnBytes, turnsToMeasure;

    /// <summary>Takes over a connected socket. Nothing is read before <see cref="Start"/>.</summary>
    internal EpollConnection(Socket socket, EpollThread thread, LongTurns longTurns)
        : base(Guid.NewGuid().ToString("n"))
    {
        (this.socket, this.thread, this.longTurns) = (socket, thread, longTurns);
        (takesLong, turnsToMeasure) = longTurns.IsBusy ? (true, MeasuredTurns) : (false, 0);
        socket.Blocking = false;
        fd = (int)socket.Handle;
        (LocalEndPoint, RemoteEndPoint) = (socket.LocalEndPoint, socket.RemoteEndPoint);
        var (fromClient, toClient) = (new Pipe(InputOptions), new Pipe(OutputOptions));
        (input, output) = (fromClient.Writer, toClient.Reader);
        Transport = new Duplex(fromClient.Reader, toClient.Writer);
        ConnectionClosed = closed.Token;
        Features.Set<IHeldOutput>(this);
        held = new HeldOutput(output);
        sending = SendAllAsync();
    }

    /// <summary>Begins to read.</summary>
    internal void Start() => Want(EpollEvents.Readable, true);

    /// <inheritdoc/>
    public override void Abort(ConnectionAbortedException abortReason)
    {
        lock (gate)
        {
            isAborted = true;
        }

        EndInput(abortReason);
        output.CancelPendingRead();
        MakeRoom();
    }

    /// <inheritdoc/>
    public override async ValueTask DisposeAsync()
    {
        await Transport.Input.CompleteAsync();
        await Transport.Output.CompleteAsync();
        await sending; // what was written is sent, unless the connection was aborted
        EndInput(null);
        await whenClosed.Task;
        lock (gate)
        {
            if (isAborted)
            {
                socket.Close(timeout: 0); // a reset: the client sees that this is no proper end
            }

            socket.Dispose();
        }

        closed.Dispose();
        await base.DisposeAsync();
    }

    private bool IsReading
    {
        get
        {
            lock (gate)
            {
                return (wanted & EpollEvents.Readable) != 0;
            }
        }
    }

    private void OnReady(EpollEvents events)
    {
        if ((events & ~EpollEvents.Readable) != 0)
        {
            MakeRoom();
        }

        if ((events & ~EpollEvents.Writable) == 0 || !IsReading)
        {
            return;
        }

        if (takesLong)
        {
            Want(EpollEvents.Readable, false);
            longTurns.Add(TakeTurn);
        }
        else
        {
            TakeTurn();
        }
    }

    /// <summary>
    /// A turn that took long by the clock may only have been waiting for a processor. So those after it are measured by what their thread
    /// has used: to read that for every turn would cost a thirtieth of a warm invoke.
    /// </summary>
    private void TakeTurn()
    {
        var isMeasured = turnsToMeasure > 0;
        var (began, before) = (Stopwatch.GetTimestamp(), isMeasured ? ThreadUse.Now() : default);
        Receive();
        var isLong = Stopwatch.GetElapsedTime(began) > LongTurns.Limit;
        takesLong = isLong && isMeasured && LongTurns.IsLong(before, ThreadUse.Now());
        turnsToMeasure = isLong ? MeasuredTurns : Math.Max(0, turnsToMeasure - 1);
    }

    /// <summary>The server goes on with what came before this returns.</summary>
    private void Receive()
    {
        int count;
        SocketError error;
        lock (gate)
        {
            if (isInputOver)
            {
                return;
            }

            var memory = input.GetMemory(turn);
            count = socket.Receive(memory.Span, SocketFlags.None, out error);
            turn = count == memory.Length ? LongTurnBytes : TurnBytes;
            isInTurn = count > 0;
        }

        if (count > 0)
        {
            held.BeginTurn();
            input.Advance(count);
            Pass(input.FlushAsync());
        }
        else if (error == SocketError.WouldBlock)
        {
            Want(EpollEvents.Readable, true);
        }
        else
        {
            EndInput(error == SocketError.Success ? null : new ConnectionResetException(error.ToString()));
        }
    }

    /// <summary>The end of a turn. Last of all the next one may begin, on another thread than this.</summary>
    private void Pass(ValueTask<FlushResult> flush)
    {
        bool isOver;
        lock (gate)
        {
            isInTurn = false;
            isOver = isInputOver;
        }

        held.EndTurn();
        if (isOver)
        {
            Close();
        }

        if (flush.IsCompletedSuccessfully)
        {
            Want(EpollEvents.Readable, !flush.Result.IsCompleted); // completed: the server takes no more
        }
        else
        {
            Want(EpollEvents.Readable, false);
            _ = GoOnAsync(flush);
        }
    }

    /// <summary>Reads on when the server has taken what there is.</summary>
    private async Task GoOnAsync(ValueTask<FlushResult> flush) => Want(EpollEvents.Readable, !(await flush).IsCompleted);

    /// <summary>Nothing more is read: it was the end, or nobody wants it.</summary>
    private void EndInput(Exception? error)
    {
        lock (gate)
        {
            if (isInputOver)
            {
                return;
            }

            (isInputOver, inputError) = (true, error);
            Want(EpollEvents.Readable, false);
            if (isInTurn)
            {
                return; // the turn closes it at its end
            }
        }

        Close();
    }

    /// <summary>Tells the server, and whoever else listens for it.</summary>
    private void Close()
    {
        input.Complete(inputError);
        ThreadPool.UnsafeQueueUserWorkItem(
            static connection =>
            {
                try
                {
                    connection.closed.Cancel();
                }
                catch (AggregateException)
                {
                    // What a listener to the end throws is the listener's; the connection is closed all the same, as in Kestrel's own transport.
                }

                connection.whenClosed.SetResult();
            },
            this,
            preferLocal: false);
    }

    /// <inheritdoc/>
    void IHeldOutput.HoldUntilMore() => held.HoldUntilMore();

    private async Task SendAllAsync()
    {
        ReadResult read;
        do
        {
            read = await output.ReadAsync();
            if (!isAborted && held.ShouldHold(read))
            {
                output.AdvanceTo(read.Buffer.Start, read.Buffer.End); // read again together with what comes next, or when the turn is over
                continue;
            }

            foreach (var segment in read.Buffer)
            {
                await SendAsync(segment);
            }

            output.AdvanceTo(read.Buffer.End);
        }
        while (!read.IsCompleted && !isAborted);

        await output.CompleteAsync();
        EndSending();
    }

    private async ValueTask SendAsync(ReadOnlyMemory<byte> bytes)
    {
        while (bytes.Length > 0 && !isAborted)
        {
            var sent = socket.Send(bytes.Span, SocketFlags.None, out var error);
            if (error == SocketError.WouldBlock)
            {
                await RoomAsync();
            }
            else if (error != SocketError.Success)
            {
                Abort(new ConnectionAbortedException(error.ToString()));
            }
            else
            {
                bytes = bytes[sent..];
            }
        }
    }

    /// <summary>The client is told that nothing more comes.</summary>
    private void EndSending()
    {
        try
        {
            if (!isAborted)
            {
                socket.Shutdown(SocketShutdown.Send);
            }
        }
        catch (SocketException)
        {
            // It has gone already.
        }
    }

    /// <summary>Waits until the socket takes more.</summary>
    private Task RoomAsync()
    {
        lock (gate)
        {
            if (isAborted)
            {
                return Task.CompletedTask;
            }

            room = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously); // a slow client's rest is the pool's
            Want(EpollEvents.Writable, true);
            return room.Task;
        }
    }

    private void MakeRoom()
    {
        lock (gate)
        {
            Want(EpollEvents.Writable, false);
            room?.TrySetResult();
        }
    }

    private void Want(EpollEvents events, bool isWanted)
    {
        lock (gate)
        {
            var before = wanted;
            wanted = isWanted ? wanted | events : wanted & ~events;
            wanted = isInputOver ? wanted & ~EpollEvents.Readable : wanted;
            if (wanted == before)
            {
                return;
            }

            if (wanted == EpollEvents.None)
            {
                thread.Forget(fd); // else a client that has gone would be told of again and again
            }
            else if (before == EpollEvents.None)
            {
                thread.Watch(fd, wanted, OnReady);
            }
            else
            {
                thread.Change(fd, wanted);
            }
        }
    }

    private static PipeOptions Inline(int pauseAt) => new(
        readerScheduler: PipeScheduler.Inline, writerScheduler: PipeScheduler.Inline, pauseWriterThreshold: pauseAt, resumeWriterThreshold: pauseAt / 2,
        useSynchronizationContext: false);

    private sealed record Duplex(PipeReader Input, PipeWriter Output) : IDuplexPipe;
}
