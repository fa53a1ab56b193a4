using System.Collections.Concurrent;
using Lambent.Contracts;
using Lambent.ControlPlane.Functions.Model;
using Microsoft.Extensions.Logging;

namespace Lambent.ControlPlane.Functions;

/// <summary>
/// Takes functions out of Pending and InProgress, in the background and durably: 1. is there an interpreter, 2. make the code
/// ready, 3. write the new state. A step that a crash interrupts begins again at the next start.
/// </summary>
/// <param name="store">Where the states are.</param>
/// <param name="runtimes">Tells which runtimes this machine has.</param>
/// <param name="prepare">
/// Makes the code ready to run. It may run again for the same snapshot. Throws <see cref="InvalidDataException"/> for a package
/// that cannot be unpacked.
/// </param>
/// <param name="context">Region, clock and identifiers.</param>
/// <param name="log">For what is not the user's fault.</param>
internal sealed partial class FunctionLifecycle(
    FunctionStore store, IRuntimeDirectory runtimes, Func<FunctionSnapshot, CancellationToken, Task> prepare,
    Surroundings context, ILogger log) : IAsyncDisposable
{
    /// <summary>Unpacking is bound by disk and processor: more at once would only make each of them later.</summary>
    private const int StepsAtOnce = 8;

    /// <summary>How long a clean stop waits for steps before it leaves them to the next start.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly ConcurrentDictionary<Task, byte> steps = new();
    private readonly SemaphoreSlim gate = new(StepsAtOnce);
    private readonly CancellationTokenSource stopping = new();

    /// <summary>Starts the step of every function that was left under way.</summary>
    public void Resume()
    {
        foreach (var record in store.Index.All.Concat(store.Versions.All.Values.SelectMany(v => v.Values)))
        {
            Begin(record);
        }
    }

    /// <summary>Starts the step that this record waits for, if any.</summary>
    public void Begin(FunctionRecord record)
    {
        if (!record.IsUnderWay())
        {
            return;
        }

        var step = Task.Run(() => StepAsync(record));
        steps.TryAdd(step, 0);
        _ = step.ContinueWith(done => steps.TryRemove(done, out _), TaskScheduler.Default);
    }

    /// <summary>Waits until no step is under way.</summary>
    public async Task IdleAsync()
    {
        while (!steps.IsEmpty)
        {
            await Task.WhenAll(steps.Keys);
            await Task.Yield();
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        try
        {
            await IdleAsync().WaitAsync(Patience, context.Clock);
        }
        catch (TimeoutException)
        {
            await stopping.CancelAsync();
            await IdleAsync();
        }

        stopping.Dispose();
        gate.Dispose();
    }

    private async Task StepAsync(FunctionRecord record)
    {
        try
        {
            await gate.WaitAsync(stopping.Token);
            try
            {
                var failure = await PrepareAsync(record);
                var revisionId = context.NewId();
                var after = failure is null ? record.Prepared(revisionId) : record.NotPrepared(failure, revisionId);

                // False if the function or version was deleted meanwhile: nothing is owed any more.
                await store.TryReplaceAsync(record, after);
            }
            finally
            {
                gate.Release();
            }
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // The record still says what is owed; the next start resumes it.
        }
#pragma warning disable CA1031 // Nobody awaits a step: what it could not write, the operator hears and the next start resumes.
        catch (Exception e)
#pragma warning restore CA1031
        {
            Log.NotWritten(log, record.Name, e);
        }
    }

    private async Task<PreparationFailure?> PrepareAsync(FunctionRecord record)
    {
        if (record.Definition.ImageUri is not null)
        {
            return null; // kept, and not run yet
        }

        var wanted = FunctionPublication.Wanted(record, context.Region);
        if (runtimes.Match(wanted.Runtime) is null)
        {
            return new("InvalidRuntime", Rules.RuntimeRules.Missing(wanted.Runtime));
        }

        try
        {
            await prepare(wanted, stopping.Token);
            return null;
        }
        catch (InvalidDataException e)
        {
            return new("InvalidZipFileException", e.Message);
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            throw;
        }
#pragma warning disable CA1031 // Whatever else keeps the worker from preparing must not leave the function Pending for ever.
        catch (Exception e)
#pragma warning restore CA1031
        {
            Log.NotPrepared(log, record.Name, e);
            return new("InternalError", "The function's code could not be made ready. The server's log has the reason.");
        }
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Error, Message = "The code of {Function} could not be made ready.")]
        public static partial void NotPrepared(ILogger logger, string function, Exception error);

        [LoggerMessage(Level = LogLevel.Error, Message = "The state of {Function} could not be written.")]
        public static partial void NotWritten(ILogger logger, string function, Exception error);
    }
}
