using System.Net;
using Lambent.Telemetry;
using Microsoft.AspNetCore.Http;
using Shouldly;

namespace Lambent.Tests;

public sealed class OperatorEndpointTests
{
    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("::1")]
    [InlineData("::ffff:127.0.0.1")]
    public async Task Metrics_are_there_for_this_machine(string from)
    {
        var (status, body) = await GetAsync("/metrics", from);
        status.ShouldBe(200);
        body.ShouldBe("the metrics");
    }

    [Fact]
    public async Task Health_is_200_and_while_stopping_503()
    {
        (await GetAsync("/healthz")).ShouldBe((200, "ready\n"));
        (await GetAsync("/healthz", isStopping: true)).ShouldBe((503, "stopping\n"));
    }

    [Theory]
    [InlineData("/metrics", "192.0.2.1", "127.0.0.1", "GET")]
    [InlineData("/healthz", "192.0.2.1", "127.0.0.1", "GET")]
    [InlineData("/metrics", "127.0.0.1", "abc.lambda-url.us-east-1.localhost", "GET")]
    [InlineData("/metrics", "127.0.0.1", "127.0.0.1", "POST")]
    [InlineData("/metrics/x", "127.0.0.1", "127.0.0.1", "GET")]
    [InlineData("/2015-03-31/functions/metrics", "127.0.0.1", "127.0.0.1", "GET")]
    public async Task Everything_else_goes_on(string path, string from, string host, string method) =>
        (await GetAsync(path, from, host, method)).Status.ShouldBe(299);

    [Fact]
    public async Task A_setting_opens_them() => (await GetAsync("/metrics", "192.0.2.1", isOpen: true)).Status.ShouldBe(200);

    private static async Task<(int Status, string Body)> GetAsync(
        string path, string from = "127.0.0.1", string host = "127.0.0.1", string method = "GET", bool isStopping = false, bool isOpen = false)
    {
        var context = new DefaultHttpContext();
        context.Request.Path = path;
        context.Request.Method = method;
        context.Request.Host = new HostString(host, 9400);
        context.Connection.RemoteIpAddress = IPAddress.Parse(from);
        using var body = new MemoryStream();
        context.Response.Body = body;
        await new OperatorEndpoints(() => "the metrics", () => isStopping, isOpen).InvokeAsync(context, next =>
        {
            next.Response.StatusCode = 299;
            return Task.CompletedTask;
        });
        return (context.Response.StatusCode, System.Text.Encoding.UTF8.GetString(body.ToArray()));
    }
}
