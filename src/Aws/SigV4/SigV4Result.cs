namespace Lambent.Aws;

/// <summary>What a <see cref="SigV4Verifier"/> found: the caller, or why there is none.</summary>
public abstract record SigV4Result
{
    private SigV4Result()
    {
    }

    /// <summary>The request was signed with this key, for this service, and nothing signed was changed.</summary>
    public sealed record Verified(AccessKey Key, string Service) : SigV4Result;

    /// <summary>The request must be answered with this error.</summary>
    public sealed record Refused(AwsError Error) : SigV4Result;
}
