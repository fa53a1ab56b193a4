using System.Diagnostics.Metrics;
using Lambent.Invoke.EventInvoke.Queue;
using Lambent.Worker;

namespace Lambent.Telemetry;

/// <summary>What is so at the moment that somebody asks; costs nothing in between.</summary>
internal static class HostGauges
{
    internal static void Register(Meter meter, Func<int> running, Func<int> unreserved, LocalWorker worker, EventQueue events)
    {
        meter.CreateObservableGauge("ConcurrentExecutions", running, null, "Events that functions handle now.");
        meter.CreateObservableGauge(
            "UnreservedConcurrentExecutions", unreserved, null,
            "Events that functions without reserved concurrency handle now.");
        meter.CreateObservableGauge("SandboxCount", () => States(worker), null, "Sandboxes of functions, by state.");
        meter.CreateObservableGauge("StockCount", () => worker.StockCount, null, "Empty sandboxes that wait.");
        meter.CreateObservableGauge("QueueDepth", () => events.Waiting, null, "Events that wait for their time or their turn.");
    }

    private static IEnumerable<Measurement<int>> States(LocalWorker worker) =>
        worker.SandboxStates.Select(s => new Measurement<int>(s.Count, new KeyValuePair<string, object?>("state", s.State)));
}
