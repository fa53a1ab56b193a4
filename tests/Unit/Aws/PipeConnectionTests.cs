using System.IO.Pipelines;
using System.IO.Pipes;
using System.Security.Cryptography;
using System.Text;
using Lambent.Aws.Transport;
using Microsoft.AspNetCore.Connections;
using Microsoft.Win32.SafeHandles;
using Shouldly;

namespace Lambent.Unit.Aws;

/// <summary>Two real pipes as a connection.</summary>
public sealed class PipeConnectionTests : IAsyncDisposable
{
    private readonly AnonymousPipeServerStream toServer = new(PipeDirection.Out), fromServer = new(PipeDirection.In);
    private readonly ConnectionContext connection;

    public PipeConnectionTests() => connection = EpollThreads.Serve(
        Taken(toServer.ClientSafePipeHandle), Taken(fromServer.ClientSafePipeHandle), new LongTurns(TimeProvider.System));

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        await connection.DisposeAsync();
        await toServer.DisposeAsync();
        await fromServer.DisposeAsync();
    }

    [Fact]
    public async Task What_is_written_is_read()
    {
        await toServer.WriteAsync("asked"u8.ToArray(), Cancellation);
        (await ReadAsync()).ShouldBe("asked");

        await connection.Transport.Output.WriteAsync("answered"u8.ToArray(), Cancellation);

        var answer = new byte[100];
        Encoding.ASCII.GetString(answer, 0, await fromServer.ReadAsync(answer, Cancellation)).ShouldBe("answered");
    }

    [Fact]
    public async Task More_than_a_pipe_holds_waits_for_its_reader_in_both_directions()
    {
        var much = RandomNumberGenerator.GetBytes(8_000_000);
        using var got = new MemoryStream();

        var sending = Task.Run(async () => await toServer.WriteAsync(much, Cancellation), Cancellation);
        var echoing = Task.Run(async () => await EchoAsync(much.Length), Cancellation);
        var buffer = new byte[10_000];
        while (got.Length < much.Length)
        {
            got.Write(buffer, 0, await fromServer.ReadAsync(buffer, Cancellation));
        }

        await Task.WhenAll(sending, echoing);
        got.ToArray().ShouldBe(much);
    }

    [Fact]
    public async Task The_end_of_the_writer_is_the_end_of_the_input()
    {
        await toServer.DisposeAsync();

        (await connection.Transport.Input.ReadAsync(Cancellation)).IsCompleted.ShouldBeTrue();
        await ClosedAsync();
    }

    [Fact]
    public async Task When_nobody_reads_any_more_the_connection_is_closed()
    {
        await fromServer.DisposeAsync();

        await connection.Transport.Output.WriteAsync("answered"u8.ToArray(), Cancellation);

        await ClosedAsync();
    }

    [Fact]
    public async Task A_reader_that_goes_while_the_pipe_is_full_lets_the_writer_go_on()
    {
        var writing = connection.Transport.Output.WriteAsync(new byte[1_000_000], Cancellation);
        writing.IsCompleted.ShouldBeFalse();

        await fromServer.DisposeAsync();

        await writing;
        await ClosedAsync();
    }

    [Fact]
    public async Task The_end_of_the_output_is_seen_once_everything_is_read()
    {
        await connection.Transport.Output.WriteAsync("last"u8.ToArray(), Cancellation);
        await connection.Transport.Output.CompleteAsync();

        using var reader = new StreamReader(fromServer, Encoding.ASCII);
        (await reader.ReadToEndAsync(Cancellation)).ShouldBe("last");
    }

    private static SafeFileHandle Taken(SafePipeHandle handle)
    {
        var taken = new SafeFileHandle(handle.DangerousGetHandle(), ownsHandle: true);
        handle.SetHandleAsInvalid();
        return taken;
    }

    private async Task<string> ReadAsync()
    {
        var read = await connection.Transport.Input.ReadAsync(Cancellation);
        var text = Encoding.ASCII.GetString(read.Buffer);
        connection.Transport.Input.AdvanceTo(read.Buffer.End);
        return text;
    }

    private async Task EchoAsync(int count)
    {
        while (count > 0)
        {
            var read = await connection.Transport.Input.ReadAsync(Cancellation);
            foreach (var part in read.Buffer)
            {
                await connection.Transport.Output.WriteAsync(part, Cancellation);
                count -= part.Length;
            }

            connection.Transport.Input.AdvanceTo(read.Buffer.End);
        }
    }

    private async Task ClosedAsync()
    {
        var closed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var told = connection.ConnectionClosed.Register(closed.SetResult);
        await closed.Task.WaitAsync(TimeSpan.FromMinutes(1), Cancellation);
    }
}
