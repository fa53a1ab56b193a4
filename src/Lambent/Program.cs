using System.CommandLine;
using Lambent.Commands;
using Lambent.Keys;
using Spectre.Console;

if (Console.IsOutputRedirected)
{
    // Colour and boxes are for terminals; a file or a pipe gets plain text, unwrapped.
    AnsiConsole.Profile.Capabilities.Ansi = false;
    AnsiConsole.Profile.Capabilities.ColorSystem = ColorSystem.NoColors;
    AnsiConsole.Profile.Width = 200;
}

var root = new RootCommand(
    """
    Lambent: AWS Lambda on your own machine. Real, isolated, fast.

      ./lambent demo                      see it work: three functions deployed and invoked, then gone
      ./lambent up                        start it on 127.0.0.1:9400
      eval "$(./lambent env)"             point the AWS CLI and SDKs of this shell at it
      ./lambent deploy FOLDER             make a function of a folder
      aws lambda list-functions
    """)
{
    UpCommand.Create(),
    EnvCommand.Create(),
    AccountCommand.Create(),
    DeployCommand.Create(),
    SignCommand.Create(),
    DemoCommand.Create(),
};

try
{
    return await root.Parse(args).InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null });
}
catch (StartException e)
{
    AnsiConsole.Console.Profile.Out = new AnsiConsoleOutput(Console.Error);
    AnsiConsole.Profile.Width = Console.IsErrorRedirected ? int.MaxValue : AnsiConsole.Profile.Width; // a sentence stays one line
    AnsiConsole.MarkupLineInterpolated($"[red]lambent:[/] {e.Message}");
    return 2;
}
catch (IOException e) when (e.InnerException is Microsoft.AspNetCore.Connections.AddressInUseException)
{
    await Console.Error.WriteLineAsync($"lambent: {e.Message} Choose another with --port N, or --port 0 for a free one.");
    return 2;
}
