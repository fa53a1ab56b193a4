using System.Globalization;

namespace Lambent.Worker.Stock;

/// <summary>How many sandboxes may be stocked beyond the few that always are: by what is set aside for them, and by what the machine really has left.</summary>
/// <param name="mostMb">What they may take together.</param>
/// <param name="memory">The machine's memory, and how much of it is available, in the same unit.</param>
internal sealed class StockRoom(int mostMb, Func<(long Total, long Available)> memory)
{
    /// <summary>An interpreter with its common modules, as the memory that is its own: 17.4 MiB for Python 3.11, 17.9 MiB for Node.js 20.</summary>
    private const int MbEach = 20;

    /// <summary>With less available none is kept, with a little more none is made: else what is ended for want of memory would be made again.</summary>
    private const double EndBelow = 0.25, MakeAbove = 0.375;

    /// <summary>How many there may be, and whether more may be made now.</summary>
    internal (int Most, bool MayMake) Now
    {
        get
        {
            var (total, available) = memory();
            var share = (double)available / total;
            return (share < EndBelow ? 0 : mostMb / MbEach, share >= MakeAbove);
        }
    }

    /// <summary>What <c>/proc/meminfo</c> says, in KiB. Nothing is available of what cannot be read.</summary>
    internal static (long Total, long Available) OfThisMachine()
    {
        try
        {
            var lines = File.ReadLines("/proc/meminfo").ToLookup(l => l.Split(':')[0], StringComparer.Ordinal);
            return (Kib(lines["MemTotal"].Single()), Kib(lines["MemAvailable"].Single()));
        }
        catch (Exception e) when (e is IOException or InvalidOperationException)
        {
            return (1, 0);
        }
    }

    private static long Kib(string line) => long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);
}
