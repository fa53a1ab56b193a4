using Lambent.Aws;
using Lambent.Aws.Policies;
using Lambent.Contracts;
using Lambent.Invoke.EventInvoke;
using Lambent.Invoke.EventInvoke.Pollers;
using Lambent.Invoke.EventInvoke.Queue;
using Lambent.Invoke.Frontend;
using Lambent.Invoke.Telemetry;
using Lambent.Invoke.Tracing;
using Lambent.Storage;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging.Abstractions;
using Shouldly;

namespace Lambent.Invoke.Tests;

/// <summary>A function that calls itself is stopped, whichever way it does.</summary>
public sealed class RecursionTests : IDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("lambent-unit-");
    private readonly RoadTelemetry telemetry = new(TimeProvider.System);
    private readonly FunctionCatalog catalog = new();

    public RecursionTests() => catalog.Publish(FunctionEntry.Of(Samples.Function()));

    public void Dispose()
    {
        telemetry.Dispose();
        folder.Delete(recursive: true);
    }

    [Fact]
    public void The_seventeenth_call_is_refused_with_the_error_of_AWS()
    {
        var header = "";
        for (var run = 1; run <= Lineage.RunsAtMost; run++)
        {
            var (call, none) = Read(header);
            none.ShouldBeNull();
            header = call!.TraceId;
        }

        var error = Read(header).Error.ShouldNotBeNull();
        (error.Status, error.Type, error.MessageName).ShouldBe((400, "RecursiveInvocationException", "Message"));
        error.Members.ShouldBe([new AwsErrorMember("Type", "User")]);
    }

    [Fact]
    public void A_function_that_may_call_itself_goes_on()
    {
        catalog.Publish(FunctionEntry.Of(Samples.Function()) with { AllowsRecursion = true });
        Read(Looped()).Error.ShouldBeNull();
    }

    [Fact]
    public void An_event_is_accepted_and_not_counted_yet()
    {
        var (call, error) = Read(Looped(), "Event");
        error.ShouldBeNull();
        call!.TraceId.ShouldBe(Looped());
    }

    [Fact]
    public async Task An_event_of_the_loop_leaves_the_queue_without_a_run()
    {
        await using var database = Database.Open(Path.Combine(folder.FullName, "events.db"), EventStore.Migrations);
        var queue = new EventQueue(new EventStore(database), TimeProvider.System);
        var ran = new TaskCompletionSource<InvokeRequest>();
        var poller = new EventPoller(
            queue, catalog, request =>
            {
                ran.TrySetResult(request);
                return Task.FromResult<InvokeOutcome>(new InvokeOutcome.Succeeded(default));
            },
            (_, _) => throw new InvalidOperationException("There are no destinations."), () => 1, telemetry, TimeProvider.System, NullLogger<EventPoller>.Instance);
        await queue.AcceptAsync(Event("loop", Looped()));
        await queue.AcceptAsync(Event("free", "Root=1-5759e988-bd862e3fe1be46a994272793"));
        poller.Start();

        var request = await ran.Task.WaitAsync(TimeSpan.FromSeconds(30));
        await poller.DisposeAsync();

        request.RequestId.ShouldBe("free", "the event of the loop came first, and did not run");
        request.TraceId.ShouldContain("Lineage=1:");
        var reopened = new EventQueue(new EventStore(database), TimeProvider.System);
        reopened.Waiting.ShouldBe(0);
    }

    private static string Looped()
    {
        var header = "Root=1-5759e988-bd862e3fe1be46a994272793";
        for (var run = 1; run <= Lineage.RunsAtMost; run++)
        {
            header = Lineage.Add(header, Samples.Arn).TraceHeader;
        }

        return header;
    }

    private static QueuedEvent Event(string id, string header) => new(
        id, Samples.Arn, "{}"u8.ToArray(), null, header, TimeProvider.System.GetUtcNow() - TimeSpan.FromSeconds(id == "loop" ? 2 : 1));

    private (InvokeCall? Call, AwsError? Error) Read(string header, string type = "RequestResponse")
    {
        var context = new DefaultHttpContext();
        context.Request.RouteValues["FunctionName"] = "f";
        context.Request.Headers["X-Amz-Invocation-Type"] = type;
        context.Request.Headers["X-Amzn-Trace-Id"] = header;
        var caller = new AccessKey("AKIATEST", "secret", Samples.Arn.Account, $"arn:aws:iam::{Samples.Arn.Account}:root", Samples.Arn.Account);
        return InvokeCall.Read(
            context, new AwsRequest("id", caller, default), Samples.Arn.Region, catalog, Authorizer.KnowingNobody(Samples.Arn.Region, TimeProvider.System), Limits.OfAws, () => 1, telemetry, TimeProvider.System, InvocationType.Event, InvocationType.RequestResponse);
    }
}
