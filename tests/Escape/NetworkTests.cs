using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using Shouldly;

namespace Lambent.Escape;

/// <summary>Whom a function can speak to: the internet, and nobody on this machine.</summary>
public sealed class NetworkTests(Machine machine) : HostileTest(machine)
{
    [Fact]
    public async Task Neither_Lambent_nor_a_service_of_the_host_is_reached_by_any_address_of_the_host()
    {
        using var loopback = Listen(IPAddress.Loopback);
        using var everywhere = Listen(IPAddress.IPv6Any);
        int[] ports = [Machine.Lambent.Endpoint.Port, PortOf(loopback), PortOf(everywhere), 22];
        List<string> hosts = ["127.0.0.1", "127.0.0.2", "0.0.0.0", "::1", "::ffff:127.0.0.1", await GatewayAsync(), .. HostAddresses()];
        hosts.Count.ShouldBeGreaterThan(6);
        (await ReachesFromHereAsync("127.0.0.1", PortOf(loopback))).ShouldBeTrue();
        (await ReachesFromHereAsync(HostAddresses()[0], PortOf(everywhere))).ShouldBeTrue();

        (await TryAsync("connect_all", hosts.SelectMany(h => ports.Select(p => (object[])[h, p])))).ShouldBe("open: []");
        loopback.Pending().ShouldBeTrue("the host's own try");
        await loopback.AcceptTcpClientAsync();
        loopback.Pending().ShouldBeFalse("and no other");
    }

    [Fact]
    public async Task The_hosts_loopback_is_not_reached_by_way_of_the_wire()
    {
        using var loopback = Listen(IPAddress.Loopback);

        (await TryAsync("connect", "127.0.0.1", PortOf(loopback), "eth0")).ShouldBeOneOf("denied ETIMEDOUT", "denied EINVAL", "denied ENETUNREACH", "denied EHOSTUNREACH");
        loopback.Pending().ShouldBeFalse();
    }

    [Fact]
    public async Task No_datagram_reaches_the_host()
    {
        using var socket = new UdpClient(new IPEndPoint(IPAddress.Any, 0));
        var port = ((IPEndPoint)socket.Client.LocalEndPoint!).Port;
        string[] hosts = [await GatewayAsync(), "255.255.255.255", "224.0.0.1", .. HostAddresses()];

        await TryAsync("send_datagrams", hosts.Select(h => (object[])[h, port]));

        using var sender = new UdpClient();
        await sender.SendAsync("from the host"u8.ToArray(), new IPEndPoint(IPAddress.Loopback, port));
        (await socket.ReceiveAsync()).Buffer.ShouldBe("from the host"u8.ToArray()); // the first that came
    }

    [Theory]
    [InlineData("169.254.169.254")] // EC2's metadata, and that of other clouds
    [InlineData("fd00:ec2::254")]
    [InlineData("169.254.170.2")] // credentials of ECS
    [InlineData("169.254.169.253")] // Amazon's DNS
    public async Task The_metadata_service_of_a_cloud_is_not_reached(string address) =>
        (await TryAsync("connect", address, 80)).ShouldBeOneOf("denied ETIMEDOUT", "denied ENETUNREACH", "denied EHOSTUNREACH", "denied EADDRNOTAVAIL");

    [Fact]
    public async Task A_link_local_machine_beside_the_host_is_not_reached_and_one_on_the_internet_is()
    {
        await using var standIn = await StandIn.StartAsync();
        (await StandIn.IsReachedFromTheHostAsync(StandIn.LinkLocal)).ShouldBeTrue();

        (await TryAsync("connect", StandIn.Internet, StandIn.Port)).ShouldBe("open: connected");
        (await TryAsync("connect", StandIn.LinkLocal, StandIn.Port)).ShouldBe("denied ETIMEDOUT");
    }

    [Fact]
    public async Task Another_sandbox_is_not_reached()
    {
        const int Port = 7777;
        var address = (await Machine.TryAsync("victim", "listen", Port))["open: ".Length..];
        (await Machine.TryAsync("victim", "connect", address, Port)).ShouldBe("open: connected");

        (await TryAsync("connect", address, Port)).ShouldBe("denied ETIMEDOUT");
        (await TryAsync("connect", address, 9001)).ShouldBe("denied ETIMEDOUT"); // its Runtime API
        (await TryAsync("connect", address, 80)).ShouldBe("denied ETIMEDOUT"); // its way to the AWS APIs
    }

    [Fact]
    public async Task A_socket_of_the_host_without_a_file_is_not_reached()
    {
        var name = $"lambent-escape-{Environment.ProcessId}";
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Bind(new UnixDomainSocketEndPoint($"\0{name}"));
        socket.Listen();

        (await TryAsync("connect_unix", $"@{name}")).ShouldBe("denied ECONNREFUSED");
    }

    private static TcpListener Listen(IPAddress address)
    {
        var listener = new TcpListener(address, 0);
        if (address.AddressFamily == AddressFamily.InterNetworkV6)
        {
            listener.Server.DualMode = true;
        }

        listener.Start();
        return listener;
    }

    private static int PortOf(TcpListener listener) => ((IPEndPoint)listener.LocalEndpoint).Port;

    private static async Task<bool> ReachesFromHereAsync(string host, int port)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Parse(host), port);
        return client.Connected;
    }

    private static List<string> HostAddresses() =>
    [
        .. NetworkInterface.GetAllNetworkInterfaces().SelectMany(i => i.GetIPProperties().UnicastAddresses)
            .Where(a => a.Address.AddressFamily == AddressFamily.InterNetwork && !IPAddress.IsLoopback(a.Address))
            .Select(a => a.Address.ToString()).Distinct(),
    ];

    private async Task<string> GatewayAsync() => (await TryAsync("gateway"))["open: ".Length..];
}
