using Lambent.Aws;
using Lambent.Contracts;

namespace Lambent.ControlPlane;

/// <summary>The settings of the control plane.</summary>
public sealed record ControlPlaneOptions
{
    /// <summary>The region of every ARN. Default <c>us-east-1</c>.</summary>
    public string Region { get; init; } = "us-east-1";

    /// <summary>What settings are checked against, and what GetAccountSettings answers. Default: AWS's limits.</summary>
    public Limits Limits { get; init; } = Limits.OfAws;

    /// <summary>
    /// Where clients reach this server, for <c>Code.Location</c>; asked for each answer, so it may become known after the
    /// start. Null (the default) means the address by which the request came.
    /// </summary>
    public Func<Uri>? PublicEndpoint { get; init; }

    /// <summary>
    /// Asks the other servers, such as that of <c>s3</c> for packages that a request names by <c>S3Bucket</c> and <c>S3Key</c>. Null
    /// (the default): there are none. Its owner disposes of it.
    /// </summary>
    public AwsClient? Neighbours { get; init; }

    /// <summary>Says whether Lambda may run a function as a role; null (the default) asks nobody, and takes what looks like an ARN.</summary>
    public IExecutionRoles? Roles { get; init; }

    /// <summary>
    /// The folder of trusted signing profiles, <c>ACCOUNT/PROFILE/VERSION.pem</c>; it need not be there. Null (the default) trusts
    /// nobody's signature.
    /// </summary>
    public string? SigningProfiles { get; init; }

    /// <summary>
    /// What the host of a function URL ends in, after <c>ID.lambda-url.REGION.</c>, with its port. Null (the default) means
    /// <c>localhost</c> and the port by which the request came: names below localhost lead to this machine (RFC 6761).
    /// </summary>
    public string? FunctionUrlSuffix { get; init; }

    /// <summary>
    /// True refuses a runtime that this host cannot serve with exactly its version; false (the default) serves it with the
    /// nearest of the same language.
    /// </summary>
    public bool StrictRuntimes { get; init; }
}
