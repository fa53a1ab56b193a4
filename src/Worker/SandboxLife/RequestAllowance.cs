using Lambent.Worker.RuntimeApi;
using Microsoft.AspNetCore.Http;

namespace Lambent.Worker.SandboxLife;

/// <summary>
/// How many requests a sandbox may make of the Runtime API: 256 at once, then 256 a second; the others wait for their turn. What is of an event
/// (the question for it, its answer, an extension's share) does not count, so that no function that does its work comes near it, at any rate. AWS has no such
/// limit in its documentation; there each sandbox has an API of its own.
/// </summary>
/// <remarks>
/// Without it sixty connections that ask for what is not there cost the neighbours twenty times their latency. A body in chunks, which may be of one byte,
/// counts as all that is allowed in a second.
/// </remarks>
internal sealed class RequestAllowance(TimeProvider clock)
{
    private const int AtOnce = 256, PerSecond = 256;

    private readonly Lock gate = new();
    private readonly Bandwidth requests = new(AtOnce, PerSecond, clock);

    /// <summary>Counts one, and says how long it waits.</summary>
    internal TimeSpan Take(HttpRequest request)
    {
        lock (gate)
        {
            return requests.Take(CostOf(request));
        }
    }

    /// <summary>It was of an event after all.</summary>
    internal void GiveBack(HttpRequest request)
    {
        lock (gate)
        {
            requests.Take(-CostOf(request));
        }
    }

    private static int CostOf(HttpRequest request) => request.Headers.TransferEncoding.Count > 0 ? PerSecond : 1;
}
