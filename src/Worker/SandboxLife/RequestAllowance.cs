using Lambent.Worker.RuntimeApi;

namespace Lambent.Worker.SandboxLife;

/// <summary>
/// How many requests a sandbox may make of the Runtime API: 256 at once, then 256 a second; the others wait for their turn. What is of
/// an event (its delivery, its answer) is given back, so that no function that does its work comes near it, at any rate. AWS
/// has no such limit in its documentation; there each sandbox has an API of its own.
/// </summary>
/// <remarks>Without it sixty connections that ask for what is not there cost the neighbours twenty times their latency.</remarks>
internal sealed class RequestAllowance(TimeProvider clock)
{
    private const int AtOnce = 256, PerSecond = 256;

    private readonly Lock gate = new();
    private readonly Bandwidth requests = new(AtOnce, PerSecond, clock);

    /// <summary>Counts one, and says how long it waits.</summary>
    internal TimeSpan Take()
    {
        lock (gate)
        {
            return requests.Take(1);
        }
    }

    /// <summary>One was of an event.</summary>
    internal void GiveBack()
    {
        lock (gate)
        {
            requests.Take(-1);
        }
    }
}
