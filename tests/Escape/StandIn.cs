using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Lambent.Support;

namespace Lambent.Escape;

/// <summary>
/// A network beside the host, for the length of a test: a machine on the internet (192.0.2.77, RFC 5737) that a function may
/// reach, and a link-local one (169.254.77.77), where clouds have their metadata service, that it may not. Both serve on port 80.
/// </summary>
internal sealed class StandIn : IAsyncDisposable
{
    internal const string Internet = "192.0.2.77", LinkLocal = "169.254.77.77";
    internal const int Port = 80;

    private readonly string name = $"esc{Environment.ProcessId.ToString(CultureInfo.InvariantCulture)}";
    private Process? server;

    internal static async Task<StandIn> StartAsync()
    {
        var standIn = new StandIn();
        try
        {
            await standIn.BuildAsync();
            return standIn;
        }
        catch
        {
            await standIn.DisposeAsync();
            throw;
        }
    }

    internal static async Task<bool> IsReachedFromTheHostAsync(string address)
    {
        using var client = new TcpClient();
        try
        {
            await client.ConnectAsync(IPAddress.Parse(address), Port, new CancellationTokenSource(TimeSpan.FromSeconds(2)).Token);
            return true;
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException)
        {
            return false;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (server is not null)
        {
            server.Kill();
            await server.WaitForExitAsync();
            server.Dispose();
        }

        await IpAsync("link", "delete", name);
        await IpAsync("netns", "delete", name);
    }

    private async Task BuildAsync()
    {
        await IpAsync("netns", "add", name);
        await IpAsync("link", "add", name, "type", "veth", "peer", "name", "eth0", "netns", name);
        await IpAsync("addr", "add", "192.0.2.76/32", "dev", name);
        await IpAsync("link", "set", name, "up");
        await File.WriteAllTextAsync($"/proc/sys/net/ipv4/conf/{name}/forwarding", "1"); // its answers are for a sandbox
        foreach (var address in (string[])[Internet, LinkLocal])
        {
            await IpAsync("-netns", name, "addr", "add", $"{address}/32", "dev", "eth0");
            await IpAsync("route", "add", address, "dev", name);
        }

        await IpAsync("-netns", name, "link", "set", "eth0", "up");
        await IpAsync("-netns", name, "route", "add", "default", "dev", "eth0");
        server = Process.Start(new ProcessStartInfo(
            "ip", ["netns", "exec", name, "/usr/bin/python3", "-m", "http.server", Port.ToString(CultureInfo.InvariantCulture), "--directory", "/proc/self/fdinfo"])
        {
            RedirectStandardError = true, RedirectStandardOutput = true,
        })!;
        await Wait.UntilAsync(() => IsReachedFromTheHostAsync(Internet), TimeSpan.FromSeconds(20));
    }

    private static async Task IpAsync(params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo("ip", arguments) { RedirectStandardError = true })!;
        await process.WaitForExitAsync();
    }
}
