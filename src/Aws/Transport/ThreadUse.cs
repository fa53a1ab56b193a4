using System.Runtime.InteropServices;

namespace Lambent.Aws.Transport;

/// <summary>What a thread has used.</summary>
/// <param name="CpuTime">Processor time.</param>
/// <param name="Sleeps">How often it gave up its processor to wait for something. That others took it does not count.</param>
internal readonly partial record struct ThreadUse(TimeSpan CpuTime, long Sleeps)
{
    private const int OfThread = 1, ThreadCpuTime = 3; // RUSAGE_THREAD, CLOCK_THREAD_CPUTIME_ID

    /// <summary>Of the thread that calls it.</summary>
    /// <remarks>The time is the clock's: getrusage(2) knows it as of the last tick, up to ten milliseconds ago.</remarks>
    internal static unsafe ThreadUse Now()
    {
        Rusage usage;
        Timespec time;
        _ = GetRusage(OfThread, &usage);
        _ = ClockGetTime(ThreadCpuTime, &time);
        return new ThreadUse(TimeSpan.FromSeconds(time.Seconds) + TimeSpan.FromTicks(time.Nanoseconds / TimeSpan.NanosecondsPerTick), usage.VoluntarySwitches);
    }

    [LibraryImport("libc", EntryPoint = "clock_gettime")]
    private static unsafe partial int ClockGetTime(int clock, Timespec* time);

    [LibraryImport("libc", EntryPoint = "getrusage")]
    private static unsafe partial int GetRusage(int who, Rusage* usage);

    [StructLayout(LayoutKind.Sequential)]
    private struct Timespec
    {
        public nint Seconds, Nanoseconds;
    }

    [StructLayout(LayoutKind.Sequential)]
    private unsafe struct Rusage
    {
        public fixed long Others[16];
        public nint VoluntarySwitches, InvoluntarySwitches;
    }
}
