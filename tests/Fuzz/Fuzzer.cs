using System.Globalization;
using Lambent.Support;

[assembly: CollectionBehavior(DisableTestParallelization = true)] // memory is counted for the whole process

namespace Lambent.Fuzz;

/// <summary>
/// Feeds a parser its corpus (<c>corpus/NAME/*</c>) and then mutations of it. Input N of a seed is always the same, whatever ran
/// before; the seed is 1, or <c>LAMBENT_SEED</c>. What breaks a parser once belongs into its corpus.
/// </summary>
internal sealed class Fuzzer(string name)
{
    /// <summary>Far more than any input takes, and far less than a hang.</summary>
    private static readonly TimeSpan Hang = TimeSpan.FromSeconds(20);

    /// <summary>Allocated for one input of at most 64 KB. A package may unzip to 250 MB, but never into memory.</summary>
    private const long BytesAtMost = 64L << 20;

    private static readonly int Seed =
        int.TryParse(Environment.GetEnvironmentVariable("LAMBENT_SEED"), CultureInfo.InvariantCulture, out var number) ? number : 1;

    private static string Corpus => Repository.PathOf("tests/Fuzz/corpus");

    /// <summary>Tries the corpus and so many mutations; fails with all that is needed to see the failure again.</summary>
    internal async Task RunAsync(int inputs, Func<byte[], Task> attempt)
    {
        var corpus = Directory.EnumerateFiles(Path.Combine(Corpus, name)).Order(StringComparer.Ordinal).Select(File.ReadAllBytes).ToList();
        foreach (var input in corpus)
        {
            await TryAsync("the corpus", input, attempt);
        }

        var mutator = new Mutator(corpus);
        for (var n = 0; n < inputs; n++)
        {
            await TryAsync($"seed {Seed}, input {n}", mutator.Next(new Random(unchecked((Seed * 1_000_003) + n))), attempt);
        }
    }

    /// <summary>The same for a parser that does not wait for anything.</summary>
    internal Task RunAsync(int inputs, Action<byte[]> attempt) => RunAsync(inputs, input => Task.Run(() => attempt(input)));

    private async Task TryAsync(string which, byte[] input, Func<byte[], Task> attempt)
    {
        var before = GC.GetTotalAllocatedBytes();
        try
        {
            await attempt(input).WaitAsync(Hang);
            var allocated = GC.GetTotalAllocatedBytes() - before;
            if (allocated > BytesAtMost)
            {
                throw new InvalidOperationException($"{allocated >> 20} MB were allocated for {input.Length} bytes.");
            }
        }
#pragma warning disable CA1031 // Whatever broke, the input belongs to the message.
        catch (Exception e)
#pragma warning restore CA1031
        {
            throw new InvalidOperationException(
                $"{name} broke with {which}. Again: ./test Fuzz --seed {Seed}. The input in hexadecimal, for a file in tests/Fuzz/corpus/{name}:\n{Convert.ToHexStringLower(input)}\n{e.Message}", e);
        }
    }
}
