using Lambent.Contracts;

namespace Lambent.Worker.SandboxLife;

/// <summary>
/// The caller's end of an answer that is handed on while the function still writes it. Disposing closes it: a delivery under
/// way is broken off, none begins any more, and the caller hears nothing after that but the outcome.
/// </summary>
internal sealed class AnswerStream(IResponseStream to) : IAsyncDisposable
{
    private readonly Lock gate = new();
    private readonly CancellationTokenSource over = new();
    private Task delivery = Task.CompletedTask;
    private bool closed;

    /// <summary>Runs the delivery of the one answer.</summary>
    /// <exception cref="OperationCanceledException">The event ended before the answer did.</exception>
    internal async Task<T> DeliverAsync<T>(Func<IResponseStream, CancellationToken, Task<T>> deliver)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (gate)
        {
            if (closed)
            {
                throw new OperationCanceledException("The event has ended.");
            }

            delivery = done.Task;
        }

        try
        {
            return await deliver(to, over.Token);
        }
        finally
        {
            done.SetResult();
        }
    }

    public async ValueTask DisposeAsync()
    {
        lock (gate)
        {
            closed = true;
        }

        await over.CancelAsync();
        await delivery;
        over.Dispose();
    }
}
