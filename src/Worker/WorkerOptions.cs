using System.ComponentModel.DataAnnotations;
using Lambent.Contracts;

namespace Lambent.Worker;

/// <summary>How a worker uses its machine.</summary>
public sealed record WorkerOptions
{
    /// <summary>Memory for all sandboxes together, MB; the sum of their limits stays below. Default: four fifths of the machine.</summary>
    [Range(128, int.MaxValue)]
    public int MemoryMb { get; init; } = (int)(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / (1024 * 1024) * 4 / 5);

    /// <summary>Empty sandboxes kept ready for each runtime, at least. Default 2; 0 keeps none.</summary>
    [Range(0, 100)]
    public int StockPerRuntime { get; init; } = 2;

    /// <summary>Memory, MB, for more of them where more were wanted at once; 0 keeps to <see cref="StockPerRuntime"/>. Default: an eighth of <see cref="MemoryMb"/>.</summary>
    [Range(0, int.MaxValue)]
    public int? StockMemoryMb { get; init; }

    /// <summary>How long a sandbox rests before its processes are frozen. Default 50 ms.</summary>
    public TimeSpan FreezeAfter { get; init; } = TimeSpan.FromMilliseconds(50);

    /// <summary>Sandboxes that are made at the same time. Default: two for each processor.</summary>
    [Range(1, 1000)]
    public int StartsAtOnce { get; init; } = Environment.ProcessorCount * 2;

    /// <summary>Bytes of a streamed answer that go at any speed. Default 6 MiB, as on AWS; 32 KiB to 64 MiB.</summary>
    [Range(32 * 1024, 64 * 1024 * 1024)]
    public int StreamBurstBytes { get; init; } = 6 * 1024 * 1024;

    /// <summary>Bytes of a streamed answer in one second after that. Default 2 MiB, as on AWS; 32 KiB to 64 MiB.</summary>
    [Range(32 * 1024, 64 * 1024 * 1024)]
    public int StreamBytesPerSecond { get; init; } = 2 * 1024 * 1024;

    /// <summary>What a function may answer. Default: AWS's limits.</summary>
    public Limits Limits { get; init; } = Limits.OfAws;
}
