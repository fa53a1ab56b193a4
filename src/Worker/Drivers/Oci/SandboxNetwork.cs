using System.Globalization;
using System.Net;

namespace Lambent.Worker.Drivers.Oci;

/// <summary>
/// A wire (veth) from each sandbox to the host, with NAT out and nothing in: by nftables no sandbox reaches another, the
/// host itself, or link-local addresses such as a cloud's metadata service. Addresses are of 100.64.0.0/10 (RFC 6598).
/// </summary>
internal sealed class SandboxNetwork
{
    /// <summary>4,096 addresses an instance: 1,024 instances on one machine.</summary>
    private const int AddressesPerInstance = 4096;

    private const uint Instances = 1024;

    private const uint SharedSpace = (100u << 24) | (64u << 16);

    private readonly string table;
    private readonly string prefix;
    private readonly uint first;
    private readonly List<string> switchedOn = [];

    /// <param name="instance">Four hexadecimal digits that tell this Lambent from others on the machine.</param>
    internal SandboxNetwork(string instance)
    {
        table = $"lambent_{instance}";
        prefix = $"lb{instance}";
        InstanceNumber = uint.Parse(instance, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
        first = SharedSpace + (InstanceNumber % Instances * AddressesPerInstance);
    }

    /// <summary>Sandboxes that fit: the first addresses are the net and the gateway.</summary>
    internal const int Slots = AddressesPerInstance - 3;

    internal uint InstanceNumber { get; }

    internal uint Gateway => first + 1;

    internal uint AddressOf(int slot) => first + 2 + (uint)slot;

    /// <summary>Sets up the rules that all sandboxes share; those of an earlier process are replaced.</summary>
    internal void Start()
    {
        RemoveWires();
        var subnet = $"{Dotted(first)}/20";
        Command.RunWithInput($$"""
            {{WithoutTable}}
            table inet {{table}} {
                chain input { type filter hook input priority -10; policy accept;
                    iifname "{{prefix}}*" drop
                }
                chain forward { type filter hook forward priority -10; policy accept;
                    iifname "{{prefix}}*" oifname "lb*" drop
                    iifname "{{prefix}}*" ip saddr != {{subnet}} drop
                    iifname "{{prefix}}*" ip daddr { 169.254.0.0/16, 100.64.0.0/10, 127.0.0.0/8 } drop
                    iifname "{{prefix}}*" meta nfproto ipv6 drop
                    oifname "{{prefix}}*" ct state established,related accept
                    oifname "{{prefix}}*" drop
                }
                chain postrouting { type nat hook postrouting priority srcnat; policy accept;
                    ip saddr {{subnet}} oifname != "lb*" masquerade
                }
            }
            """, "nft", "-f", "-");
        ForwardFromUplink();
    }

    /// <summary>Removes the rules and every wire that is left.</summary>
    internal void Stop()
    {
        Command.RunWithInput(WithoutTable, "nft", "-f", "-");
        RemoveWires();
    }

    /// <summary>Deletes the table, whether it is there or not.</summary>
    private string WithoutTable => $"table inet {table} {{ }}\ndelete table inet {table}\n";

    private void RemoveWires()
    {
        foreach (var link in Directory.EnumerateDirectories("/sys/class/net", $"{prefix}*").Select(Path.GetFileName))
        {
            Remove(link!);
        }
    }

    /// <summary>Lays the wire into the network namespace of a process; its end there is <c>eth0</c>.</summary>
    internal async Task ConnectAsync(int slot, int pid, CancellationToken cancellation)
    {
        var name = NameOf(slot);
        await Command.RunAsync("ip", ["-batch", "-"], $"""
            link add {name} type veth peer name eth0 netns {pid}
            link set {name} addrgenmode none
            addr add {Dotted(Gateway)}/32 dev {name}
            link set {name} up
            route add {Dotted(AddressOf(slot))}/32 dev {name}

            """, cancellation);
        Forward(name);
    }

    /// <summary>Takes the wire away; nothing if it went with its namespace.</summary>
    internal void Disconnect(int slot)
    {
        var name = NameOf(slot);
        if (Directory.Exists($"/sys/class/net/{name}"))
        {
            Remove(name);
        }
    }

    private static void Remove(string name)
    {
        try
        {
            Command.Run("ip", "link", "delete", name);
        }
        catch (SandboxFailedException) when (!Directory.Exists($"/sys/class/net/{name}"))
        {
            // It went with its namespace in between.
        }
    }

    /// <summary>Forwarding is switched on per interface, never for the whole machine.</summary>
    private void ForwardFromUplink()
    {
        var routes = File.ReadLines("/proc/net/route").Skip(1).Select(l => l.Split('\t'));
        foreach (var uplink in routes.Where(r => r.Length > 1 && r[1] == "00000000").Select(r => r[0]).Distinct())
        {
            var setting = ForwardingOf(uplink);
            if (File.Exists(setting) && File.ReadAllText(setting).Trim() == "0")
            {
                switchedOn.Add(setting);
                Forward(uplink);
            }
        }
    }

    /// <summary>Switches off again what <see cref="Start"/> switched on, unless another Lambent still runs.</summary>
    internal void RestoreForwarding()
    {
        if (!Directory.EnumerateDirectories("/run/lambent").Any())
        {
            switchedOn.ForEach(setting => File.WriteAllText(setting, "0"));
        }
    }

    private static string ForwardingOf(string link) => $"/proc/sys/net/ipv4/conf/{link}/forwarding";

    private static void Forward(string name)
    {
        var setting = ForwardingOf(name);
        if (File.Exists(setting))
        {
            File.WriteAllText(setting, "1");
        }
    }

    private string NameOf(int slot) => $"{prefix}{slot.ToString("x3", CultureInfo.InvariantCulture)}";

    private static string Dotted(uint address) => new IPAddress(IPAddress.HostToNetworkOrder((int)address) & 0xffffffffL).ToString();
}
