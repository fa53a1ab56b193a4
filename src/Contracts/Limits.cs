namespace Lambent.Contracts;

/// <summary>
/// The limits that an operator may set otherwise. Without a word of the operator each is AWS's, so that what runs here runs there.
/// Source: "Lambda quotas", Lambda Developer Guide.
/// </summary>
public sealed record Limits
{
    private const int Megabyte = 1024 * 1024;

    /// <summary>Those of AWS.</summary>
    public static readonly Limits OfAws = new();

    /// <summary>Concurrent invokes of one account. AWS gives a new account 1,000.</summary>
    public int AccountConcurrency { get; init; } = 1_000;

    /// <summary>The longest timeout that a function may have, in seconds. AWS: 900.</summary>
    public int MaxTimeoutSeconds { get; init; } = 900;

    /// <summary>The largest payload of a synchronous invoke and the largest buffered answer, in MB. AWS: 6.</summary>
    public int MaxPayloadMb { get; init; } = 6;

    /// <summary>The largest payload of an event, in MB. AWS: 1 since October 2025.</summary>
    public int MaxEventPayloadMb { get; init; } = 1;

    /// <summary>The largest request of a synchronous invoke.</summary>
    public int MaxRequestBytes => MaxPayloadMb * Megabyte;

    /// <summary>The largest event.</summary>
    public int MaxEventBytes => MaxEventPayloadMb * Megabyte;

    /// <summary>The largest buffered response: AWS allows 100 bytes more than for a request, as recorded in its error.</summary>
    public int MaxResponseBytes => MaxRequestBytes + 100;
}
