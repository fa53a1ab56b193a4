using System.Collections.Immutable;
using System.Net;
using System.Text;
using Lambent.Aws;
using Lambent.Aws.Policies;
using Lambent.Aws.Tests;
using Lambent.Contracts;
using Lambent.Invoke.Frontend.Urls;
using Lambent.Invoke.Telemetry;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Lambent.Invoke.Tests;

/// <summary>A function with one URL, and a road that answers as the test says.</summary>
internal sealed class UrlFixture
{
    internal const string Id = "2cxn22odiwguak4feg4jtt7cwm0ziblr";
    internal const string Host = $"{Id}.lambda-url.us-east-1.on.aws";

    internal static readonly DateTimeOffset Now = DateTimeOffset.FromUnixTimeMilliseconds(1783711146671);

    private readonly RoadTelemetry telemetry = new(TimeProvider.System);
    private readonly UrlEndpoint endpoint;

    internal UrlFixture(string authType = "NONE", string mode = "BUFFERED", FunctionUrlCors? cors = null, string? policy = null)
    {
        var urls = new UrlIndex(Catalog);
        Entry = FunctionEntry.Of(Samples.Function()) with
        {
            Policies = ImmutableDictionary<string, string>.Empty.Add("$LATEST", policy ?? Permission("*", authType)),
            Urls = ImmutableDictionary<string, FunctionUrlSettings>.Empty.Add("$LATEST", new FunctionUrlSettings(Id, authType, mode, cors)),
        };
        Catalog.Publish(Entry);
        endpoint = new UrlEndpoint(
            Catalog, urls, Authorizer.KnowingNobody("us-east-1", new FixedClock(Now)), Limits.OfAws, InvokeAsync, new SigV4Verifier(new TestKeys(), new FixedClock(Now), "us-east-1"), () => 1, telemetry,
            new FixedClock(Now));
    }

    internal FunctionCatalog Catalog { get; } = new();

    internal FunctionEntry Entry { get; }

    /// <summary>What reached the road.</summary>
    internal InvokeRequest? Invoked { get; private set; }

    internal Func<InvokeRequest, Task<InvokeOutcome>> Road { get; set; } = _ => Answer("null");

    /// <summary>What AddPermission makes for a URL.</summary>
    internal static string Permission(string principal, string authType, string action = "lambda:InvokeFunctionUrl", string effect = "Allow") => $$$"""
        {"Version":"2012-10-17","Id":"default","Statement":[{"Sid":"url","Effect":"{{{effect}}}","Principal":{"AWS":"{{{principal}}}"},
        "Action":"{{{action}}}","Resource":"{{{Samples.Arn.Unqualified}}}","Condition":{"StringEquals":{"lambda:FunctionUrlAuthType":"{{{authType}}}"} } }]}
        """;

    internal static Task<InvokeOutcome> Answer(string json) => Task.FromResult<InvokeOutcome>(new InvokeOutcome.Succeeded(Encoding.UTF8.GetBytes(json)));

    internal static HttpContext Request(string method, string target, string? body = null, string host = Host, params ReadOnlySpan<(string Name, string Value)> headers)
    {
        var context = new DefaultHttpContext();
        var request = context.Request;
        (request.Method, request.Scheme, request.Protocol) = (method, "http", "HTTP/1.1");
        request.HttpContext.Features.Get<IHttpRequestFeature>()!.RawTarget = target;
        request.Headers.Host = host;
        foreach (var (name, value) in headers)
        {
            request.Headers.Append(name, value);
        }

        if (body is not null)
        {
            request.Body = new MemoryStream(Encoding.UTF8.GetBytes(body));
            request.ContentLength = request.Body.Length;
        }

        context.Connection.RemoteIpAddress = IPAddress.Parse("68.8.83.18");
        context.Connection.LocalPort = 9400;
        context.Response.Body = new MemoryStream();
        return context;
    }

    internal async Task<(int Status, IHeaderDictionary Headers, string Body)> SendAsync(HttpContext context)
    {
        await endpoint.HandleAsync(context);
        await context.Response.BodyWriter.FlushAsync(TestContext.Current.CancellationToken);
        return (context.Response.StatusCode, context.Response.Headers, Encoding.UTF8.GetString(((MemoryStream)context.Response.Body).ToArray()));
    }

    internal Task<(int Status, IHeaderDictionary Headers, string Body)> GetAsync(string target = "/", params ReadOnlySpan<(string Name, string Value)> headers) =>
        SendAsync(Request("GET", target, headers: headers));

    private Task<InvokeOutcome> InvokeAsync(InvokeRequest request)
    {
        Invoked = request;
        return Road(request);
    }
}
