namespace Lambent.Contracts;

/// <summary>
/// The stages of an invocation, in their order. The same words name the steps of <c>src/Invoke/README.md</c>, the spans,
/// the metric tags, the log scopes, the fault points of the simulator and the stage of an error.
/// </summary>
public enum InvokeStage
{
    /// <summary>The frontend reads, authenticates and resolves the request.</summary>
    Receive,

    /// <summary>Counting takes one unit of concurrency, or throttles.</summary>
    Count,

    /// <summary>Assignment finds an idle sandbox of exactly this version.</summary>
    Assign,

    /// <summary>Placement chooses the worker that gets a new sandbox.</summary>
    Place,

    /// <summary>The worker specialises a sandbox and runs the Init phase.</summary>
    Start,

    /// <summary>The payload goes to the runtime, the answer comes back.</summary>
    Run,

    /// <summary>The answer goes to the client; sandbox and count are given back.</summary>
    Reply,
}
