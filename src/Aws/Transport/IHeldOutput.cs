namespace Lambent.Aws.Transport;

/// <summary>A feature of connections that <see cref="EpollThreads"/> serve.</summary>
public interface IHeldOutput
{
    /// <summary>
    /// What has been written in answer to input that is being handled just now, and is not sent yet, waits until more is written. For a
    /// client that has sent its next request already, and so does not wait for the answer to the one before. Without effect otherwise.
    /// </summary>
    void HoldUntilMore();
}
