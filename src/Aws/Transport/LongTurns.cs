using System.Collections.Concurrent;
using System.Runtime.InteropServices;

namespace Lambent.Aws.Transport;

/// <summary>
/// Where connections whose turns take long take the next one: on the pool, one at a time for all connections that share it, and after each
/// the others rest three times as long as it took. So whoever sends what is dear to read (a body in chunks of one byte) has a quarter of one
/// processor for it, over however many connections.
/// </summary>
/// <param name="clock">Time.</param>
public sealed partial class LongTurns(TimeProvider clock)
{
    /// <summary>Longer holds up the other connections of a thread.</summary>
    internal static readonly TimeSpan Limit = TimeSpan.FromMilliseconds(1);

    private const int RestFactor = 3, ThreadCpuTime = 3; // CLOCK_THREAD_CPUTIME_ID

    private readonly ConcurrentQueue<Action> waiting = new();
    private int isRunning;

    /// <summary>True while a turn is under way or its rest: a connection that is new then is no better than those before.</summary>
    internal bool IsBusy => Volatile.Read(ref isRunning) != 0;

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
                var began = CpuTime();
                turn();
                var took = CpuTime() - began; // of this thread: that others took the processor is not the sender's doing
                if (took > Limit)
                {
                    await Task.Delay(took * RestFactor, clock);
                }
            }

            Interlocked.Exchange(ref isRunning, 0); // a full fence: who has added one just now either sees this or is seen below
        }
        while (!waiting.IsEmpty && Interlocked.Exchange(ref isRunning, 1) == 0);
    }

    internal static unsafe TimeSpan CpuTime()
    {
        Timespec time;
        _ = ClockGetTime(ThreadCpuTime, &time);
        return TimeSpan.FromSeconds(time.Seconds) + TimeSpan.FromTicks(time.Nanoseconds / TimeSpan.NanosecondsPerTick);
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct Timespec
    {
        public nint Seconds;
        public nint Nanoseconds;
    }

    [LibraryImport("libc", EntryPoint = "clock_gettime")]
    private static unsafe partial int ClockGetTime(int clock, Timespec* time);
}
