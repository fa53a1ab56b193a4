namespace Lambent.ControlPlane.Rates;

/// <summary>
/// Requests of one account in a second. 0 (the default) is no limit. AWS allows 100, 15 and 15.
/// https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html#api-requests
/// </summary>
public sealed record RequestRates
{
    /// <summary>GetFunction.</summary>
    public int GetFunction { get; init; }

    /// <summary>GetPolicy.</summary>
    public int GetPolicy { get; init; }

    /// <summary>All other operations of the control plane together: not invokes.</summary>
    public int Others { get; init; }
}
