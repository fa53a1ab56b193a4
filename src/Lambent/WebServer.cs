using Lambent.Aws.Transport;
using Lambent.Worker.AwsApi;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Logging.Console;

namespace Lambent;

/// <summary>The one HTTP server of the AWS APIs, on loopback, and in every sandbox for its function.</summary>
internal static class WebServer
{
    internal static WebApplication Create(int port, FunctionConnections functions)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddRoutingCore();
        builder.Logging.AddSimpleConsole(console => console.SingleLine = true);
        builder.Services.Configure<ConsoleLoggerOptions>(console => console.LogToStandardErrorThreshold = LogLevel.Trace);
        builder.Logging.SetMinimumLevel(LogLevel.Warning);
        builder.Logging.AddFilter("Microsoft.Extensions.Hosting", LogLevel.None); // a failed start is said once, in Program.cs
        builder.Logging.AddFilter("Microsoft.AspNetCore.Hosting.Diagnostics", LogLevel.None); // else each request gets an activity and a scope, for nothing that is said
        builder.Services.AddSingleton<IConnectionListenerFactory, EpollTransport>();
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = null; // FrontDoor counts, to answer as AWS does
            kestrel.Listen(System.Net.IPAddress.Loopback, port);
            kestrel.Listen(functions.EndPoint);
        });
        builder.Services.AddSingleton<IConnectionListenerFactory>(functions);
        return builder.Build();
    }
}
