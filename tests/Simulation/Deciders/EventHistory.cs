using Lambent.Contracts;
using Lambent.Invoke.EventInvoke;

namespace Lambent.Simulation.Deciders;

/// <summary>What happened to one event, and what its next run must be: AWS's rules, written down a second time.</summary>
internal sealed class EventHistory(string id, DateTimeOffset accepted)
{
    private static readonly TimeSpan SixHours = TimeSpan.FromHours(6);

    private readonly DateTimeOffset acceptedAt = accepted;
    private DateTimeOffset due = accepted;
    private int errors, deferrals, runs;
    private bool running, crashed;
    private string? end;

    internal void Runs(DateTimeOffset now)
    {
        Check(end is null, $"runs after its end ({end})");
        Check(!running, "runs twice at once");
        Check(now == due || (runs > 0 && now > due && crashed), $"runs at {now:O}, it was due at {due:O}");
        (running, crashed) = (true, false);
        runs++;
    }

    internal void Settled(InvokeOutcome outcome, EventFate fate, DateTimeOffset now)
    {
        running = false;
        TimeSpan? wait = outcome switch
        {
            InvokeOutcome.Succeeded => null,
            InvokeOutcome.FunctionError => ++errors <= 2 ? TimeSpan.FromMinutes(errors) : null,
            _ => TimeSpan.FromSeconds(Math.Min(300, Math.Pow(2, deferrals++))),
        };
        end = outcome is InvokeOutcome.Succeeded ? "done"
            : wait is null ? "RetriesExhausted"
            : now + wait - acceptedAt > SixHours ? "EventAgeExceeded"
            : null;
        due = now + (wait ?? TimeSpan.Zero);
        var told = fate switch
        {
            EventFate.Done => "done",
            EventFate.GivenUp givenUp => givenUp.Condition,
            _ => null,
        };
        Check(told == end, $"ended with {told ?? "another run"}, not {end ?? "another run"}, after {errors} errors and {deferrals} deferrals");
        Check(fate is not EventFate.Again again || again.Due == due, $"is due at {(fate as EventFate.Again)?.Due:O}, not {due:O}");
    }

    /// <summary>Everything that was under way is gone; what is on disk is due again.</summary>
    internal void Crashed(DateTimeOffset dueOnDisk)
    {
        Check(dueOnDisk == due, $"is on disk as due at {dueOnDisk:O}, not {due:O}");
        (running, crashed) = (false, true);
    }

    internal void CheckEnd() => Check(end is not null, $"has no end after {runs} runs");

    private void Check(bool holds, string otherwise)
    {
        if (!holds)
        {
            throw new BrokenInvariantException($"Event {id} {otherwise}");
        }
    }
}
