using System.Runtime.InteropServices;

namespace Lambent.Aws.Transport;

/// <summary>What a thread has used, by getrusage(2).</summary>
/// <param name="CpuTime">Processor time.</param>
/// <param name="Sleeps">How often it gave up its processor to wait for something. That others took it does not count.</param>
internal readonly partial record struct ThreadUse(TimeSpan CpuTime, long Sleeps)
{
    private const int OfThread = 1; // RUSAGE_THREAD

    /// <summary>Of the thread that calls it.</summary>
    internal static unsafe ThreadUse Now()
    {
        Rusage usage;
        _ = GetRusage(OfThread, &usage);
        return new ThreadUse(usage.User.Span + usage.System.Span, usage.VoluntarySwitches);
    }

    [LibraryImport("libc", EntryPoint = "getrusage")]
    private static unsafe partial int GetRusage(int who, Rusage* usage);

    [StructLayout(LayoutKind.Sequential)]
    private struct Timeval
    {
        public nint Seconds, Microseconds;

        public readonly TimeSpan Span => TimeSpan.FromSeconds(Seconds) + TimeSpan.FromMicroseconds(Microseconds);
    }

    [StructLayout(LayoutKind.Sequential)]
    private unsafe struct Rusage
    {
        public Timeval User, System;
        public fixed long Others[12];
        public nint VoluntarySwitches, InvoluntarySwitches;
    }
}
