using Lambent.Worker.SandboxLife;
using Microsoft.AspNetCore.Http;

namespace Lambent.Worker.RuntimeApi;

/// <summary>How answers of runtimes are taken.</summary>
/// <param name="MaxResponseBytes">The most that a buffered answer may have.</param>
/// <param name="BurstBytes">As <see cref="WorkerOptions.StreamBurstBytes"/>.</param>
/// <param name="BytesPerSecond">As <see cref="WorkerOptions.StreamBytesPerSecond"/>.</param>
/// <param name="Clock">The time that they are measured by.</param>
internal sealed record AnswerRules(int MaxResponseBytes, long BurstBytes, long BytesPerSecond, TimeProvider Clock)
{
    /// <summary>200 MiB, since July 2025. Source: "Lambda quotas", streamed responses.</summary>
    internal const int MaxStreamedBytes = 200 * 1024 * 1024;

    /// <summary>A runtime whose answer breaks off has mostly died; its exit, which says why, is waited for so long.</summary>
    internal static readonly TimeSpan ExitGrace = TimeSpan.FromSeconds(1);
}

/// <summary>A runtime's answer as it was read.</summary>
/// <param name="End">What it means for the event.</param>
/// <param name="ReplyAsync">What the runtime hears.</param>
internal readonly record struct RuntimeAnswer(InvocationEnd End, Func<HttpContext, Task> ReplyAsync)
{
    internal static RuntimeAnswer Accepted(InvocationEnd end) => new(end, RuntimeApiAnswer.AcceptedAsync);

    internal static RuntimeAnswer TooLarge(int limit) =>
        new(new InvocationEnd.Error(PlatformErrors.ResponseSizeTooLarge, PlatformErrors.TooLarge(limit)), async context =>
        {
            await RuntimeApiAnswer.TooLargeAsync(context, limit);
            if (context.Request.ContentLength is null)
            {
                await context.Response.CompleteAsync();
                context.Abort(); // a body that may have no end is not read to it
            }
        });
}
