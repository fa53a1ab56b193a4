namespace Lambent.Worker.SandboxLife;

/// <summary>The life of a sandbox: <c>Stocked → Specialising → Initialising → Idle ⇄ Busy → Draining → Dead</c>.</summary>
public enum SandboxState
{
    /// <summary>Empty, waiting for a function.</summary>
    Stocked,

    /// <summary>Gets code, limits and environment.</summary>
    Specialising,

    /// <summary>Runs the Init phase.</summary>
    Initialising,

    /// <summary>Waits for an event.</summary>
    Idle,

    /// <summary>Runs one event.</summary>
    Busy,

    /// <summary>Is being ended.</summary>
    Draining,

    /// <summary>Holds nothing any more.</summary>
    Dead,
}

/// <summary>Which step may follow which. Everything that is not named is forbidden.</summary>
public static class SandboxTransitions
{
    /// <summary>True if the table has it.</summary>
    public static bool Allows(SandboxState from, SandboxState to) => (from, to) switch
    {
        (SandboxState.Stocked, SandboxState.Specialising) => true,
        (SandboxState.Specialising, SandboxState.Initialising) => true,
        (SandboxState.Initialising, SandboxState.Idle) => true,
        (SandboxState.Idle, SandboxState.Busy) => true,
        (SandboxState.Busy, SandboxState.Idle) => true,
        (SandboxState.Draining, SandboxState.Dead) => true,
        (not SandboxState.Draining and not SandboxState.Dead, SandboxState.Draining) => true,
        _ => false,
    };
}
