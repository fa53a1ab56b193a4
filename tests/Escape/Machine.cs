using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Lambent.Escape;
using Lambent.Support;
using Shouldly;

[assembly: AssemblyFixture(typeof(Machine))]
[assembly: CollectionBehavior(DisableTestParallelization = true)] // what one test floods must not be another's failure

namespace Lambent.Escape;

/// <summary>One running Lambent on crun for all tests, with a neighbour whose answers are watched.</summary>
public sealed class Machine : IAsyncLifetime
{
    /// <summary>Answers twice what it was given, and logs it.</summary>
    private const string NeighbourCode = "def handler(event, context):\n    print('asked', event['n'], 'end')\n    return event['n'] * 2\n";

    private const int BaselineAsks = 20, LeastAsks = 3;

    private static readonly TimeSpan BetweenAsks = TimeSpan.FromMilliseconds(10);

    private readonly HashSet<string> deployed = [];
    private int asked;

    /// <summary>The folder with everything that Lambent keeps.</summary>
    public string Data { get; } = Directory.CreateTempSubdirectory("lambent-escape-").FullName;

    /// <summary>The program under test.</summary>
    public RunningLambent Lambent { get; private set; } = null!;

    /// <summary>The text of a file of <c>tests/Escape/hostile</c>.</summary>
    public static string Hostile(string file) => File.ReadAllText(PathOfHostile(file));

    /// <summary>Its path.</summary>
    public static string PathOfHostile(string file) => Repository.PathOf($"tests/Escape/hostile/{file}");

    /// <inheritdoc/>
    public async ValueTask InitializeAsync()
    {
        Lambent = await RunningLambent.StartAsync(Data, "--oci-runtime", "crun");
        await DeployAsync(new TestFunction("neighbour", ("app.py", NeighbourCode)));
        var attempts = ("app.py", Hostile("attempts.py"));
        await DeployAsync(new TestFunction("hostile", attempts) { MemoryMb = 1024 });
        await DeployAsync(new TestFunction("victim", attempts));
        await AskNeighbourAsync();
    }

    /// <summary>Creates a function and waits until it can be invoked.</summary>
    public async Task DeployAsync(TestFunction function)
    {
        await Lambent.DeployAsync(function);
        await Lambent.WaitUntilActiveAsync(function.Name);
    }

    /// <summary>The same, unless an earlier test has done it.</summary>
    public Task DeployOnceAsync(TestFunction function) => deployed.Add(function.Name) ? DeployAsync(function) : Task.CompletedTask;

    /// <summary>Lets <c>attempts.py</c> try something: <c>denied ERRNO</c> or <c>open: WHAT</c>.</summary>
    public async Task<string> TryAsync(string function, string attempt, params object?[] with)
    {
        var (status, body) = await Lambent.InvokeAsync(function, JsonSerializer.Serialize(new Dictionary<string, object> { ["attempt"] = attempt, ["with"] = with }));
        status.ShouldBe(200, body);
        using var answer = JsonDocument.Parse(body);
        return answer.RootElement.TryGetProperty("denied", out var errno) ? $"denied {errno.GetString()}"
            : answer.RootElement.TryGetProperty("open", out var what) ? $"open: {(what.ValueKind == JsonValueKind.String ? what.GetString() : what.GetRawText())}"
            : throw new InvalidOperationException($"{attempt}: {body}");
    }

    /// <summary>One invoke of the neighbour, whose answer must be right. How long it took.</summary>
    public async Task<TimeSpan> AskNeighbourAsync()
    {
        var n = Interlocked.Increment(ref asked);
        var began = Stopwatch.GetTimestamp();
        (await Lambent.InvokeAsync("neighbour", $$"""{"n":{{n}}}""")).ShouldBe((200, $"{n * 2}"));
        return Stopwatch.GetElapsedTime(began);
    }

    /// <summary>
    /// Does something hostile while the neighbour is asked again and again: every answer must be right. How much slower it was is
    /// said, not asserted: the machine has other users.
    /// </summary>
    public async Task BesideNeighbourAsync(ITestOutputHelper output, string what, Func<Task> hostile)
    {
        List<TimeSpan> before = [], beside = [];
        using var next = new PeriodicTimer(BetweenAsks);
        while (before.Count < BaselineAsks)
        {
            before.Add(await AskNeighbourAsync());
            await next.WaitForNextTickAsync();
        }

        var flood = hostile();
        while (!flood.IsCompleted || beside.Count < LeastAsks)
        {
            beside.Add(await AskNeighbourAsync());
            await next.WaitForNextTickAsync();
        }

        await flood;
        var (usual, then, worst) = (Median(before), Median(beside), beside.Max().TotalMilliseconds);
        output.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{what}: the neighbour answered {beside.Count} of {beside.Count} right; median {usual:0.0} ms before, {then:0.0} ms beside it: {then / usual:0.0} times; worst {worst:0} ms"));
    }

    private static double Median(List<TimeSpan> times) => times.Order().ElementAt(times.Count / 2).TotalMilliseconds;

    /// <summary>How many invokes the neighbour has answered.</summary>
    public int NeighbourAnswers => Volatile.Read(ref asked);

    /// <summary>Ends it; nothing may be left on the host.</summary>
    public async ValueTask DisposeAsync()
    {
        try
        {
            (await Lambent.InterruptAsync()).ShouldBe(0);
            Leftovers.Of(Data).ShouldBeEmpty();
        }
        finally
        {
            Lambent.Dispose();
            Directory.Delete(Data, recursive: true);
        }
    }
}

/// <summary>A test with hostile code. After each the host still serves, and a neighbour answers right.</summary>
public abstract class HostileTest(Machine machine) : IAsyncLifetime
{
    /// <summary>What is attacked.</summary>
    protected Machine Machine => machine;

    /// <inheritdoc/>
    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await machine.AskNeighbourAsync();
        GC.SuppressFinalize(this);
    }

    /// <summary>Lets the hostile function try something.</summary>
    protected Task<string> TryAsync(string attempt, params object?[] with) => machine.TryAsync("hostile", attempt, with);
}
