using Lambent.Worker.AwsApi;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Lambent.DriverKit;

/// <summary>Stands in for the AWS APIs that functions call: answers with what it was asked, and from where.</summary>
internal sealed class FunctionServer : IAsyncDisposable
{
    private readonly WebApplication application;

    private FunctionServer(WebApplication application) => this.application = application;

    internal FunctionConnections Connections { get; private init; } = null!;

    public ValueTask DisposeAsync() => application.DisposeAsync();

    internal static async Task<FunctionServer> StartAsync()
    {
        var connections = new FunctionConnections();
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(connections.EndPoint));
        builder.Services.AddSingleton<IConnectionListenerFactory>(connections);
        var application = builder.Build();
        application.Run(context => context.Response.WriteAsync($"{context.Request.Path} from {context.Connection.RemoteIpAddress}"));
        await application.StartAsync();
        return new FunctionServer(application) { Connections = connections };
    }
}
