using Lambent.Worker.SandboxLife;
using Shouldly;

namespace Lambent.Worker.Tests;

public sealed class SandboxTransitionsTests
{
    private static readonly HashSet<(SandboxState, SandboxState)> Allowed =
    [
        (SandboxState.Stocked, SandboxState.Specialising), (SandboxState.Specialising, SandboxState.Initialising),
        (SandboxState.Initialising, SandboxState.Idle), (SandboxState.Idle, SandboxState.Busy), (SandboxState.Busy, SandboxState.Idle),
        (SandboxState.Stocked, SandboxState.Draining), (SandboxState.Specialising, SandboxState.Draining),
        (SandboxState.Initialising, SandboxState.Draining), (SandboxState.Idle, SandboxState.Draining),
        (SandboxState.Busy, SandboxState.Draining), (SandboxState.Draining, SandboxState.Dead),
    ];

    [Fact]
    public void The_table_allows_these_steps_and_no_other()
    {
        foreach (var from in Enum.GetValues<SandboxState>())
        {
            foreach (var to in Enum.GetValues<SandboxState>())
            {
                SandboxTransitions.Allows(from, to).ShouldBe(Allowed.Contains((from, to)), $"{from} to {to}");
            }
        }
    }
}
