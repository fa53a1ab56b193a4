using System.Collections.Concurrent;

namespace Lambent.Aws.Transport;

/// <summary>
/// Where connections whose turns take long take the next one: on the pool, one at a time for all connections that share it, and after each
/// the others rest three times as long as it took. So whoever sends what is dear to read (a body in chunks of one byte) has a quarter of one
/// processor for it, over however many connections.
/// </summary>
/// <param name="clock">Time.</param>
public sealed class LongTurns(TimeProvider clock)
{
    /// <summary>Longer holds up the other connections of a thread.</summary>
    internal static readonly TimeSpan Limit = TimeSpan.FromMilliseconds(1);

    private const int RestFactor = 3;

    private readonly ConcurrentQueue<Action> waiting = new();
    private int isRunning;

    /// <summary>True while a turn is under way or its rest: a connection that is new then is no better than those before.</summary>
    internal bool IsBusy => Volatile.Read(ref isRunning) != 0;

    /// <summary>True if a thread was busy for long in between, or waited for something: a lock, the disk. That others took its processor is not its turn's doing.</summary>
    internal static bool IsLong(ThreadUse before, ThreadUse after) => after.CpuTime - before.CpuTime > Limit || after.Sleeps > before.Sleeps;

    /// <summary>Runs the turn when it is its time.</summary>
    internal void Add(Action turn)
    {
        waiting.Enqueue(turn);
        if (Interlocked.Exchange(ref isRunning, 1) == 0)
        {
            _ = Task.Run(RunAsync);
        }
    }

    private async Task RunAsync()
    {
        do
        {
            while (waiting.TryDequeue(out var turn))
            {
                var before = ThreadUse.Now();
                turn();
                var took = ThreadUse.Now().CpuTime - before.CpuTime; // of this thread: that others took the processor is not the sender's doing
                if (took > Limit)
                {
                    await Task.Delay(took * RestFactor, clock);
                }
            }

            Interlocked.Exchange(ref isRunning, 0); // a full fence: who has added one just now either sees this or is seen below
        }
        while (!waiting.IsEmpty && Interlocked.Exchange(ref isRunning, 1) == 0);
    }
}
