using System.IO.Pipelines;
using System.Net;
using Lambent.Aws;
using Lambent.Aws.Tests;
using Lambent.Contracts;
using Lambent.Worker.AwsApi;
using Microsoft.AspNetCore.Http;
using Shouldly;

namespace Lambent.Tests;

/// <summary>What a caller may make the server hold in memory before it has shown that it may do anything.</summary>
public sealed class FrontDoorTests : IAsyncDisposable
{
    private const int Large = 70_000_000, FitAtOnce = 3; // 256 MiB for all functions together

    private static readonly DateTimeOffset Now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly FrontDoor door = new(new SigV4Verifier(new TestKeys(), new FixedClock(Now), "us-east-1"), Limits.OfAws, (_, _) => { }, new FixedClock(Now));

    public ValueTask DisposeAsync() => door.DisposeAsync();

    [Fact]
    public async Task Functions_that_send_much_at_once_are_told_so_and_have_room_again_afterwards()
    {
        using var leave = new CancellationTokenSource();
        var underWay = Enumerable.Range(0, FitAtOnce).Select(_ => SendAsync(FunctionConnections.Sandbox, leave.Token)).ToList();
        (await SendAsync(FunctionConnections.Sandbox, leave.Token)).ShouldBe(429);

        await leave.CancelAsync();
        foreach (var one in underWay)
        {
            await Should.ThrowAsync<OperationCanceledException>(one);
        }

        using var again = new CancellationTokenSource();
        var last = SendAsync(FunctionConnections.Sandbox, again.Token);
        last.IsCompleted.ShouldBeFalse();
        await again.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(last);
    }

    [Fact]
    public async Task They_leave_room_for_everyone_else()
    {
        using var leave = new CancellationTokenSource();
        var underWay = Enumerable.Range(0, FitAtOnce).Select(_ => SendAsync(FunctionConnections.Sandbox, leave.Token)).ToList();
        underWay.Add(SendAsync(IPAddress.Loopback, leave.Token));
        underWay.ShouldAllBe(t => !t.IsCompleted);
        await leave.CancelAsync();
        await Task.WhenAll(underWay).ShouldThrowAsync<OperationCanceledException>();
    }

    /// <summary>A caller with a key that is known, who says what it will send, and sends nothing.</summary>
    private async Task<int> SendAsync(IPAddress from, CancellationToken leaves)
    {
        var wire = Wire.Of("POST", "/2015-03-31/functions");
        var context = wire.Request.HttpContext;
        wire.Request.ContentLength = Large;
        wire.Request.Body = new Pipe().Reader.AsStream();
        wire.Request.Headers["X-Amz-Date"] = "20260101T000000Z";
        wire.Request.Headers.Authorization = "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260101/us-east-1/lambda/aws4_request, "
            + $"SignedHeaders=host;x-amz-date, Signature={new string('0', 64)}";
        context.Connection.RemoteIpAddress = from;
        context.RequestAborted = leaves;
        context.Response.Body = new MemoryStream();
        await door.InvokeAsync(context, _ => Task.CompletedTask);
        return context.Response.StatusCode;
    }
}
