using System.Net.Sockets;
using Lambent.Aws.Transport;
using Lambent.Worker.Drivers.Oci;
using Shouldly;

namespace Lambent.Fuzz;

/// <summary>
/// What a sandbox that has been taken over could say to the worker instead of <c>lambent-init</c>. It is read on the thread that
/// serves all sandboxes: an exception there would be the end of the program.
/// </summary>
public sealed class GuestChannelTests
{
    [Fact]
    public async Task Whatever_a_guest_says_the_channel_reads_on_or_closes()
    {
        using var pump = new EpollThread("descriptor pump");
        var name = new UnixDomainSocketEndPoint($"\0lambent-fuzz-{Environment.ProcessId}");
        using var listener = new Socket(AddressFamily.Unix, SocketType.Seqpacket, ProtocolType.Unspecified);
        listener.Bind(name);
        listener.Listen();

        await new Fuzzer("guest").RunAsync(3_000, async input =>
        {
            using var guest = new Socket(AddressFamily.Unix, SocketType.Seqpacket, ProtocolType.Unspecified);
            await guest.ConnectAsync(name);
            var closed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            using var channel = new GuestChannel(await listener.AcceptAsync(), pump) { Closed = closed.SetResult, ChildExited = (_, _) => { } };
            var hello = channel.HelloAsync();

            guest.Send("H"u8);
            (await hello).Error.ShouldBeNull();
            var call = channel.NetworkAsync(1, 2);
            guest.Send(input.Length == 0 ? "O"u8 : input);
            guest.Dispose();

            await closed.Task;
            await Should.NotThrowAsync(async () =>
            {
                try
                {
                    await call;
                }
                catch (Worker.Drivers.SandboxFailedException)
                {
                    // The documented end of a call.
                }
            });
        });
    }
}
