using Lambent.Contracts;
using Lambent.Support;
using Lambent.Worker.Drivers;
using Lambent.Worker.Drivers.Oci;
using Shouldly;

namespace Lambent.DriverKit;

/// <summary>Starts at once, on a worker that may stock more than it always does.</summary>
public sealed class Bursts
{
    private const int AtOnce = 5;

    [Fact]
    public async Task A_second_burst_finds_an_interpreter_for_each_start()
    {
        await using var kit = new Learning();
        await kit.InitializeAsync();
        var function = await kit.FunctionAsync("python3.12", "app.handler", "app.py", "def handler(e, c):\n    return e\n");
        var always = kit.Catalog.Images.Count;
        await Wait.UntilAsync(() => kit.Worker.StockCount == always);

        (await BurstAsync(kit, function)).ShouldContain(false);
        if (HasMemory)
        {
            await Wait.UntilAsync(() => kit.Worker.StockCount == always + AtOnce - 1, TimeSpan.FromMinutes(2));
        }

        (await BurstAsync(kit, function)).ShouldAllBe(fromStock => fromStock || !HasMemory);
    }

    /// <summary>With less than three eighths of the machine's memory available no more are stocked; half leaves room for what else runs.</summary>
    private static bool HasMemory { get; } = GC.GetGCMemoryInfo() is var memory && memory.MemoryLoadBytes < memory.TotalAvailableMemoryBytes / 2;

    /// <summary>Whether each was from stock. Every one answers.</summary>
    private static async Task<bool[]> BurstAsync(WorkerFixture kit, FunctionSnapshot function)
    {
        var started = await Task.WhenAll(Enumerable.Range(0, AtOnce).Select(_ => kit.StartAsync(function)));
        var answers = await Task.WhenAll(started.Select(s => kit.RunAsync(s.Id, function, "7")));
        answers.ShouldAllBe(a => a.SandboxSurvives);
        foreach (var (id, _) in started)
        {
            kit.Worker.End(id);
        }

        return [.. started.Select(s => s.Outcome.ShouldBeOfType<StartOutcome.Started>().FromStock)];
    }

    private sealed class Learning : WorkerFixture
    {
        public override bool IsIsolated => true;

        protected override int? StockMemoryMb => null;

        protected override ISandboxDriver MakeDriver(string folder) =>
            new OciDriver(folder, Repository.PathOf("artifacts/guest/lambent-init"), "crun");
    }
}
