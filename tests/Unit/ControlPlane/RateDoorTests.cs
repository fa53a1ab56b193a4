using System.Text;
using Lambent.Aws;
using Lambent.ControlPlane.Rates;
using Microsoft.AspNetCore.Http;
using Shouldly;

namespace Lambent.ControlPlane.Tests;

/// <summary>Requests of the control plane in a second.</summary>
public sealed class RateDoorTests
{
    private const string Function = "/2015-03-31/functions/f";
    private readonly ManualClock clock = new();

    [Fact]
    public async Task An_account_has_its_requests_of_a_second_and_then_AWSs_429()
    {
        var door = new RateDoor(new RequestRates { Others = 15, GetFunction = 100 }, clock);
        (await PassedAsync(door, "GET", Function + "/configuration", 20)).ShouldBe(15);
        (await PassedAsync(door, "GET", "/2015-03-31/functions", 1)).ShouldBe(0);
        (await PassedAsync(door, "GET", "/2015-03-31/functions/", 1)).ShouldBe(0); // ListFunctions as SDKs write it
        (await PassedAsync(door, "GET", Function, 120)).ShouldBe(100);
        (await PassedAsync(door, "PUT", "/2017-10-31/functions/f/concurrency", 1, account: "999999999999")).ShouldBe(1);

        var (status, answer) = await SendAsync(door, "GET", "/2015-03-31/functions");
        (status, answer.Response.Headers["x-amzn-ErrorType"].ToString()).ShouldBe((429, "TooManyRequestsException"));
        answer.Response.Headers.RetryAfter.ToString().ShouldBe("1");
        Encoding.UTF8.GetString(((MemoryStream)answer.Response.Body).ToArray()).ShouldBe(
            """{"Reason":"CallerRateLimitExceeded","Type":"User","message":"Rate exceeded"}""");

        clock.Now += TimeSpan.FromMilliseconds(200);
        (await PassedAsync(door, "GET", Function + "/configuration", 20)).ShouldBe(3);
        clock.Now += TimeSpan.FromHours(1);
        (await PassedAsync(door, "GET", Function + "/configuration", 20)).ShouldBe(15);
    }

    [Theory]
    [InlineData("POST", Function + "/invocations")]
    [InlineData("POST", "/2021-11-15/functions/f/response-streaming-invocations")]
    [InlineData("POST", "/2014-11-13/functions/f/invoke-async")]
    [InlineData("POST", "/")]
    [InlineData("GET", Function)]
    public async Task Invokes_other_services_and_what_has_no_limit_are_never_held_back(string method, string path)
    {
        var door = new RateDoor(new RequestRates { Others = 1, GetPolicy = 1 }, clock);
        (await PassedAsync(door, method, path, 50)).ShouldBe(50);
    }

    [Fact]
    public async Task A_function_that_is_called_invocations_is_held_back_as_any_other()
    {
        var door = new RateDoor(new RequestRates { GetFunction = 1 }, clock);
        (await PassedAsync(door, "GET", "/2015-03-31/functions/invocations", 5)).ShouldBe(1);
    }

    [Fact]
    public async Task GetPolicy_has_a_limit_of_its_own_and_by_default_there_is_none()
    {
        var door = new RateDoor(new RequestRates { Others = 2, GetPolicy = 5 }, clock);
        (await PassedAsync(door, "GET", Function + "/policy", 9)).ShouldBe(5);
        (await PassedAsync(door, "POST", Function + "/policy", 9)).ShouldBe(2);
        (await PassedAsync(new RateDoor(new RequestRates(), clock), "GET", Function + "/policy", 200)).ShouldBe(200);
    }

    private static async Task<int> PassedAsync(RateDoor door, string method, string path, int count, string account = TestPlane.Account)
    {
        var passed = 0;
        for (var i = 0; i < count; i++)
        {
            passed += (await SendAsync(door, method, path, account)).Status == StatusCodes.Status200OK ? 1 : 0;
        }

        return passed;
    }

    private static async Task<(int Status, HttpContext Context)> SendAsync(RateDoor door, string method, string path, string account = TestPlane.Account)
    {
        var context = new DefaultHttpContext();
        (context.Request.Method, context.Request.Path) = (method, path);
        context.Response.Body = new MemoryStream();
        var caller = new AccessKey("AKIATEST", "secret", account, $"arn:aws:iam::{account}:root", account);
        context.Features.Set(new AwsRequest("00000000-0000-4000-8000-000000000000", caller, ReadOnlyMemory<byte>.Empty));
        await door.InvokeAsync(context, _ => Task.CompletedTask);
        return (context.Response.StatusCode, context);
    }
}
