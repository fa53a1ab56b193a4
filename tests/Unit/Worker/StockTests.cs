using Lambent.Contracts;
using Lambent.Worker.Runtimes;
using Lambent.Worker.SandboxLife;
using Lambent.Worker.Stock;
using Microsoft.Extensions.Logging.Abstractions;
using Shouldly;

namespace Lambent.Unit.Worker;

/// <summary>How many empty sandboxes are kept: a few, and more where more were wanted at once.</summary>
public sealed class StockTests
{
    private const int MbEach = 20;

    private static readonly RuntimeImage Python = new() { Key = "python3.11", Language = "python" };
    private static readonly RuntimeImage Nodejs = new() { Key = "nodejs20", Language = "nodejs" };

    private readonly Clock clock = new();
    private int made, starting;
    private (long, long) memory = (100, 100);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public void What_is_wanted_within_ten_seconds_is_wanted_at_once()
    {
        var demand = new StockDemand(clock);
        demand.Peak.ShouldBe(0);
        for (var i = 0; i < 10; i++)
        {
            demand.Want();
            clock.Pass(TimeSpan.FromMilliseconds(2500)); // four in ten seconds
        }

        demand.Peak.ShouldBe(4);
    }

    [Fact]
    public void A_burst_is_remembered_for_half_an_hour_and_forgotten_after_an_hour()
    {
        var demand = new StockDemand(clock);
        clock.Pass(TimeSpan.FromMinutes(29));
        Want(demand, 7);
        clock.Pass(TimeSpan.FromMinutes(30));
        demand.Peak.ShouldBe(7);
        Want(demand, 3);
        clock.Pass(TimeSpan.FromMinutes(30));
        demand.Peak.ShouldBe(3);
        clock.Pass(TimeSpan.FromHours(2));
        demand.Peak.ShouldBe(0);
    }

    [Theory]
    [InlineData(100, 50, true)]
    [InlineData(38, 50, true)]
    [InlineData(37, 50, false)]
    [InlineData(25, 50, false)]
    [InlineData(24, 0, false)]
    public void Room_is_what_is_set_aside_while_the_machine_has_memory(long available, int most, bool mayMake) =>
        new StockRoom(50 * MbEach, () => (100, available)).Now.ShouldBe((most, mayMake));

    [Fact]
    public void The_memory_of_this_machine_is_read()
    {
        var (total, available) = StockRoom.OfThisMachine();
        available.ShouldBeInRange(1, total);
    }

    [Fact]
    public async Task A_few_are_kept_and_after_a_burst_as_many_as_it_wanted()
    {
        await using var keeper = Keeper(perImage: 2, room: 100);
        await UntilAsync(() => keeper.Count == 4);

        Burst(keeper, Python, 10);

        await UntilAsync(() => keeper.Count == 12);
        await StaysAsync(() => keeper.Count == 12);
    }

    [Fact]
    public async Task Without_a_stock_none_is_made_whatever_is_wanted()
    {
        await using var keeper = Keeper(perImage: 0, room: 100);

        Burst(keeper, Python, 10);

        await StaysAsync(() => made == 0);
    }

    [Fact]
    public async Task Where_there_is_not_room_for_all_each_image_has_its_part()
    {
        await using var keeper = Keeper(perImage: 2, room: 9);
        await UntilAsync(() => keeper.Count == 4);
        Burst(keeper, Python, 2 + 20);
        Burst(keeper, Nodejs, 2 + 10);

        await UntilAsync(() => keeper.Count == 4 + 6 + 3);
        await StaysAsync(() => keeper.Count == 4 + 6 + 3);

        keeper.CountOf(Nodejs).ShouldBe(2 + 3);
    }

    [Fact]
    public async Task While_somebody_waits_for_a_start_only_the_few_are_made()
    {
        await using var keeper = Keeper(perImage: 2, room: 100);
        await UntilAsync(() => keeper.Count == 4);
        Volatile.Write(ref starting, 1);
        Burst(keeper, Python, 10);
        await UntilAsync(() => keeper.Count == 4);
        await StaysAsync(() => keeper.Count == 4);

        Volatile.Write(ref starting, 0);

        await UntilAsync(() => keeper.Count == 12);
    }

    [Fact]
    public async Task With_little_memory_no_more_are_made_and_none_is_ended()
    {
        await using var keeper = Keeper(perImage: 2, room: 100);
        await UntilAsync(() => keeper.Count == 4);
        Burst(keeper, Python, 10);
        await UntilAsync(() => keeper.Count == 12);

        memory = (100, 30);
        Burst(keeper, Nodejs, 10);

        await UntilAsync(() => keeper.Count == 12); // the two that it took are made again
        await StaysAsync(() => keeper.CountOf(Python) == 10 && keeper.CountOf(Nodejs) == 2);
    }

    [Fact]
    public async Task What_there_is_no_memory_for_any_more_is_ended()
    {
        await using var keeper = Keeper(perImage: 2, room: 100);
        await UntilAsync(() => keeper.Count == 4);
        Burst(keeper, Python, 10);
        await UntilAsync(() => keeper.Count == 12);

        memory = (100, 20);
        keeper.TryTake(Nodejs).ShouldNotBeNull(); // whoever takes one makes it look

        await UntilAsync(() => keeper.Count == 4);
    }

    private static void Want(StockDemand demand, int times)
    {
        for (var i = 0; i < times; i++)
        {
            demand.Want();
        }
    }

    private static void Burst(StockKeeper keeper, RuntimeImage image, int starts)
    {
        for (var i = 0; i < starts; i++)
        {
            keeper.TryTake(image);
        }
    }

    private StockKeeper Keeper(int perImage, int room)
    {
        var keeper = new StockKeeper(
            [Python, Nodejs], perImage, new StockRoom(room * MbEach, () => memory), MakeAsync, () => Volatile.Read(ref starting), clock, NullLogger.Instance)
        {
            WhileWarming = TimeSpan.FromMilliseconds(1),
        };
        keeper.Start();
        return keeper;
    }

    private Task<Sandbox> MakeAsync(RuntimeImage image, CancellationToken cancellation)
    {
        Interlocked.Increment(ref made);
        return Task.FromResult(new Sandbox(new SandboxId(Guid.NewGuid().ToString("n")), image, TimeSpan.Zero, TimeProvider.System, _ => { }, (_, _) => { }));
    }

    private static async Task UntilAsync(Func<bool> holds)
    {
        while (!holds())
        {
            await Task.Delay(10, Cancellation);
        }
    }

    /// <summary>For several looks of the keeper.</summary>
    private static async Task StaysAsync(Func<bool> holds)
    {
        await Task.Delay(300, Cancellation);
        holds().ShouldBeTrue();
    }

    /// <summary>Stands until it is moved; timers run all the same.</summary>
    private sealed class Clock : TimeProvider
    {
        private long now;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => now;

        internal void Pass(TimeSpan time) => now += time.Ticks;
    }
}
