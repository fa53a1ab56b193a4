namespace Lambent.Contracts;

/// <summary>Where log events are kept, by account, group and stream as in CloudWatch Logs.</summary>
public interface ILogStore
{
    /// <summary>A stream of a group. Both appear with the first event, as on AWS.</summary>
    ILogStream Open(string account, string group, string stream);
}

/// <summary>One stream of events.</summary>
public interface ILogStream
{
    /// <summary>Takes one event; never waits for a disk. False if too much waits already: then the event is lost.</summary>
    /// <param name="time">When it arrived.</param>
    /// <param name="message">As written, with its newline if it had one.</param>
    bool TryAppend(DateTimeOffset time, ReadOnlySpan<byte> message);
}
