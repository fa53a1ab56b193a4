using Lambent.Worker.Logs;

namespace Lambent.Worker.SandboxLife;

/// <summary>Where an extension is in its conversation with the Extensions API. Names as AWS's own emulator prints them.</summary>
internal enum ExtensionState
{
    Started,
    Registered,
    Ready,
    Running,
    InitError,
    ExitError,
    Exited,
}

/// <summary>One extension: a process of its own (external, from <c>/opt/extensions</c>), or a part of the runtime's (internal).</summary>
internal sealed class Extension(string name, bool isExternal)
{
    internal const string Invoke = "INVOKE", Shutdown = "SHUTDOWN";

    internal string Name => name;

    internal bool IsExternal => isExternal;

    internal string Identifier { get; } = Guid.NewGuid().ToString();

    internal ExtensionState State { get; set; } = ExtensionState.Started;

    internal IReadOnlyCollection<string> Events { get; set; } = [];

    internal ExtensionEvent? Offered { get; set; }

    internal TaskCompletionSource? Arrival { get; set; }
}

/// <summary>What <c>GET /extension/event/next</c> answers.</summary>
/// <param name="Id">The value of <c>Lambda-Extension-Event-Identifier</c>.</param>
/// <param name="Body">The JSON.</param>
internal sealed record ExtensionEvent(string Id, byte[] Body);

/// <summary>Why the extensions ended an Init phase or an invoke.</summary>
/// <param name="Type"><c>Extension.Crash</c>, <c>Extension.InitError</c>, <c>Extension.ExitError</c> or <c>Extension.LaunchError</c>.</param>
/// <param name="Message">For the error message.</param>
internal sealed record ExtensionFailure(string Type, string Message);

/// <summary>An answer of the Extensions API that refuses: 403, with this type and message.</summary>
internal sealed record ExtensionRefusal(string Type, string Message);

/// <summary>
/// The Extensions API's state for one generation of a sandbox's processes. Rules and texts from AWS's emulator (RIE,
/// <c>core/externalagent.go</c>, <c>rapi/handler/agentregister.go</c>). No I/O.
/// </summary>
internal sealed class ExtensionSet
{
    private const int MostExtensions = 10;
    private const string NotAllowed = "State transition is not allowed";

    private readonly Lock gate = new();
    private readonly List<Extension> extensions;
    private readonly TaskCompletionSource registered = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<ExtensionFailure> failure = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private TaskCompletionSource? allReady;
    private bool isRegistrationClosed;
    private volatile bool any;

    internal ExtensionSet(IEnumerable<string> external)
    {
        extensions = [.. external.Select(name => new Extension(name, isExternal: true))];
        any = extensions.Count > 0;
        CheckRegistered();
    }

    /// <summary>Completes when every external extension has registered: only then the runtime starts.</summary>
    internal Task Registered => registered.Task;

    /// <summary>Completes with the first failure of any extension.</summary>
    internal Task<ExtensionFailure> Failure => failure.Task;

    /// <summary>How long their shutdown may take: nothing without extensions, 500 ms with internal ones, 2,000 ms with external ones.</summary>
    internal TimeSpan ShutdownBudget
    {
        get
        {
            lock (gate)
            {
                return TimeSpan.FromMilliseconds(extensions.Exists(e => e.IsExternal) ? 2000 : extensions.Count > 0 ? 500 : 0);
            }
        }
    }

    /// <summary>True once any is there: they take part in every phase.</summary>
    internal bool Any => any;

    /// <summary>All that have registered, as the log tells of them.</summary>
    internal IReadOnlyList<PlatformEvent.Extension> Told
    {
        get
        {
            lock (gate)
            {
                return [.. extensions.Select(e => new PlatformEvent.Extension(e.Name, e.State.ToString(), [.. e.Events]))];
            }
        }
    }

    /// <summary>The external ones, and whether each is to hear of the shutdown.</summary>
    internal IReadOnlyList<(string Name, bool WantsShutdown)> External
    {
        get
        {
            lock (gate)
            {
                return [.. extensions.Where(e => e.IsExternal).Select(e => (e.Name, e.Events.Contains(Extension.Shutdown)))];
            }
        }
    }

    /// <summary>Registers an extension: one that the platform started, or a new internal one.</summary>
    internal (Extension? Extension, ExtensionRefusal? Refusal) Register(string name, IReadOnlyCollection<string> events)
    {
        lock (gate)
        {
            var known = extensions.Find(e => e.Name == name);
            var refused = events.FirstOrDefault(e => e != Extension.Invoke && (e != Extension.Shutdown || known is not { IsExternal: true }));
            if (refused is not null)
            {
                return (null, new("Extension.InvalidEventType", refused == Extension.Shutdown
                    ? $"{refused}: ShutdownEventNotSupportedForInternalExtension" : $"{refused}: ErrorInvalidEventType"));
            }

            if (known is { IsExternal: true })
            {
                if (known.State != ExtensionState.Started)
                {
                    return (null, Forbidden(known, ExtensionState.Registered, known.Name));
                }
            }
            else if (RefuseInternal(known) is { } refusal)
            {
                return (null, refusal);
            }
            else
            {
                extensions.Add(known = new Extension(name, isExternal: false));
                any = true;
            }

            (known.State, known.Events) = (ExtensionState.Registered, events);
            CheckRegistered();
            return (known, null);
        }
    }

    /// <summary>The runtime has initialised: nobody registers any more.</summary>
    internal void CloseRegistration()
    {
        lock (gate)
        {
            isRegistrationClosed = true;
        }
    }

    /// <summary>The extension of an identifier, or null.</summary>
    internal Extension? Find(string identifier)
    {
        lock (gate)
        {
            return extensions.Find(e => e.Identifier == identifier);
        }
    }

    /// <summary>The extension is done with what it had, and waits for its next event.</summary>
    internal async Task<(ExtensionEvent? Event, ExtensionRefusal? Refusal)> NextAsync(Extension extension, CancellationToken cancellation)
    {
        while (true)
        {
            Task waiting;
            lock (gate)
            {
                if (extension.State is not (ExtensionState.Registered or ExtensionState.Running or ExtensionState.Ready))
                {
                    return (null, Forbidden(extension, ExtensionState.Ready, extension.Identifier));
                }

                if (extension.Offered is { } offered)
                {
                    (extension.Offered, extension.State) = (null, ExtensionState.Running);
                    return (offered, null);
                }

                extension.State = ExtensionState.Ready;
                extension.Arrival ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                waiting = extension.Arrival.Task;
                CheckReady();
            }

            await waiting.WaitAsync(cancellation);
        }
    }

    /// <summary>Completes when every extension that takes part waits for its next event.</summary>
    internal Task WhenReady()
    {
        lock (gate)
        {
            allReady = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            CheckReady();
            return allReady.Task;
        }
    }

    /// <summary>Gives an event to those who asked for its kind.</summary>
    internal void Offer(string kind, Func<byte[]> body)
    {
        lock (gate)
        {
            foreach (var extension in extensions.Where(e => e.Events.Contains(kind) && e.State is ExtensionState.Ready or ExtensionState.Running))
            {
                extension.Offered = new ExtensionEvent(Guid.NewGuid().ToString(), body());
                extension.State = ExtensionState.Running; // not ready again before it has taken and finished this
                extension.Arrival?.TrySetResult();
                extension.Arrival = null;
            }
        }
    }

    /// <summary>The extension reports that it cannot go on. Null if its state allows that.</summary>
    internal ExtensionRefusal? Fail(Extension extension, ExtensionState to, string errorType)
    {
        lock (gate)
        {
            var allowed = to == ExtensionState.InitError
                ? extension.State is ExtensionState.Registered
                : extension.State is not (ExtensionState.Started or ExtensionState.InitError or ExtensionState.ExitError or ExtensionState.Exited);
            if (!allowed)
            {
                return Forbidden(extension, to == ExtensionState.ExitError ? ExtensionState.Exited : to, extension.Identifier);
            }

            extension.State = to;
        }

        failure.TrySetResult(new($"Extension.{to}", errorType));
        return null;
    }

    /// <summary>The process of an external extension has ended, which it must not before the shutdown.</summary>
    internal void Exited(string name, string how)
    {
        lock (gate)
        {
            if (extensions.Find(e => e.Name == name) is { } extension)
            {
                extension.State = ExtensionState.Exited;
            }
        }

        failure.TrySetResult(new("Extension.Crash", how));
    }

    private ExtensionRefusal? RefuseInternal(Extension? known) =>
        isRegistrationClosed ? new("Extension.RegistrationClosed", "Extension registration closed already")
        : known is not null ? new("Extension.InvalidExtensionState", "Extension with this name already registered")
        : extensions.Count >= MostExtensions ? new("Extension.TooManyExtensions", $"Extension limit ({MostExtensions}) reached")
        : null;

    private void CheckRegistered()
    {
        if (extensions.TrueForAll(e => e.State != ExtensionState.Started))
        {
            registered.TrySetResult();
        }
    }

    private void CheckReady()
    {
        if (extensions.TrueForAll(e => e.State == ExtensionState.Ready))
        {
            allReady?.TrySetResult();
        }
    }

    private static ExtensionRefusal Forbidden(Extension extension, ExtensionState to, string who) => new(
        "Extension.InvalidExtensionState", $"State transition from {extension.State} to {to} failed for extension {who}. Error: {NotAllowed}");
}
