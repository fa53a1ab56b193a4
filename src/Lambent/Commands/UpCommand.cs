using System.CommandLine;
using System.Diagnostics;
using System.Runtime.InteropServices;
using Lambent.Worker.Drivers.Processes;
using Spectre.Console;

namespace Lambent.Commands;

/// <summary><c>lambent up</c>: the whole system in one process, until Ctrl-C.</summary>
internal static class UpCommand
{
    internal static Command Create()
    {
        var settings = new Settings();
        var command = new Command(
            "up",
            """
            Start Lambent on this machine.

              ./lambent up                          127.0.0.1:9400, data in ~/.lambent
              ./lambent up --port 0 --data /tmp/x   a free port, a throw-away folder
              ./lambent up --isolation process      without containers: only for code of your own
            """);
        settings.AddTo(command);
        command.SetAction((parsed, cancellation) => RunAsync(settings.Read(parsed), cancellation));
        return command;
    }

    private static async Task<int> RunAsync(LambentOptions options, CancellationToken cancellation)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
        var host = await LambentHost.StartAsync(options, stop.Token);
        try
        {
            Welcome(host);
            await WhenStopped(stop.Token);
            AnsiConsole.MarkupLine("[grey]Stopping: what runs is finished first.[/]");
        }
        finally
        {
            EndpointFile.Remove(options.DataFolder);
            await host.DisposeAsync();
        }

        return 0;

        void Stop(PosixSignalContext signal)
        {
            signal.Cancel = !stop.IsCancellationRequested; // a second signal ends the process at once
            stop.Cancel();
        }
    }

    private static void Welcome(LambentHost host)
    {
        var now = TimeProvider.System.GetUtcNow().UtcDateTime;
        var sinceStart = now - Process.GetCurrentProcess().StartTime.ToUniversalTime();
        var options = host.Options;
        AnsiConsole.MarkupLineInterpolated($"[bold]Lambent[/] is ready at [bold]{host.Endpoint.ToString().TrimEnd('/')}[/] after {sinceStart.TotalMilliseconds:0} ms. Data: {options.DataFolder}");
        AnsiConsole.MarkupLineInterpolated($"Functions run on {string.Join(", ", host.Runtimes.Images.Where(i => i.IsStocked).Select(i => i.Language + i.Version))} and custom runtimes, account {host.Key.AccountId}, region {options.Region}.");
        if (options.Isolation == "process")
        {
            AnsiConsole.MarkupLineInterpolated($"[yellow]Not isolated:[/] {ProcessDriver.GivesUp}.");
        }

        var data = options.DataFolder == LambentOptions.DefaultDataFolder ? "" : $" --data {options.DataFolder}";
        AnsiConsole.WriteLine();
        AnsiConsole.WriteLine("In another shell:");
        AnsiConsole.WriteLine($"  eval \"$(./lambent env{data})\"");
        AnsiConsole.WriteLine("  aws lambda list-functions");
        AnsiConsole.WriteLine();
        AnsiConsole.MarkupLine("[grey]Ctrl-C stops it.[/]");
    }

    private static async Task WhenStopped(CancellationToken stop)
    {
        try
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, stop);
        }
        catch (OperationCanceledException)
        {
            // That is what was waited for.
        }
    }
}
