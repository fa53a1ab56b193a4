using System.IO.Pipelines;

namespace Lambent.Aws.Transport;

/// <summary>
/// When the bytes that were written to a connection leave: at the end of the turn in which they were written, so that two answers are one packet
/// and wake their reader once; and if the thread found several sockets ready, when all have had their turns. So the processes
/// that wait are woken together, and a processor that was woken for one of them is not asleep again before the next.
/// </summary>
internal sealed class HeldOutput
{
    /// <summary>More is not held back: held bytes do not count as written ahead, and a reader that takes nothing must stop its server.</summary>
    private const int BytesAtMost = 16 * 1024;

    private readonly PipeReader output;
    private readonly Action endRound;
    private readonly Lock gate = new();
    private bool isInTurn, isInRound, isHeld, isHeldUntilMore;

    /// <param name="output">What is written. Its reader asks <see cref="ShouldHold"/> first.</param>
    internal HeldOutput(PipeReader output)
    {
        this.output = output;
        endRound = EndRound;
    }

    /// <summary>Input is being handled from now on.</summary>
    internal void BeginTurn()
    {
        lock (gate)
        {
            isInTurn = true;
        }
    }

    /// <summary>The server has handled the input, or goes on with it on other threads.</summary>
    internal void EndTurn() => End(ref isInTurn);

    /// <inheritdoc cref="IHeldOutput.HoldUntilMore"/>
    internal void HoldUntilMore()
    {
        lock (gate)
        {
            isHeldUntilMore = isHeld && isInTurn;
        }
    }

    /// <summary>True: the bytes are to be read again, together with what comes next, or when they are let go.</summary>
    internal bool ShouldHold(ReadResult read)
    {
        lock (gate)
        {
            var mayHold = read.Buffer.Length <= BytesAtMost && !read.IsCompleted;
            isInRound = isInRound || (mayHold && EpollThread.AtEndOfRound(endRound));
            isHeldUntilMore = false;
            return isHeld = mayHold && (isInTurn || isInRound);
        }
    }

    private void EndRound() => End(ref isInRound);

    /// <summary>Lets the bytes go, if nothing else holds them.</summary>
    private void End(ref bool what)
    {
        bool isToSend;
        lock (gate)
        {
            what = false;
            isToSend = isHeld && !isHeldUntilMore && !isInTurn && !isInRound;
        }

        if (isToSend)
        {
            output.CancelPendingRead();
        }
    }
}
