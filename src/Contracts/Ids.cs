namespace Lambent.Contracts;

/// <summary>Names one sandbox on one worker, for ever: never used again.</summary>
public sealed record SandboxId(string Value)
{
    /// <inheritdoc/>
    public override string ToString() => Value;
}

/// <summary>Names one registration of a worker. A worker that registers again gets a new one.</summary>
public sealed record WorkerId(string Value)
{
    /// <inheritdoc/>
    public override string ToString() => Value;
}

/// <summary>
/// What a sandbox is made for: one revision of one function version. New code or configuration is a new revision, so a
/// sandbox of the old one never answers for it.
/// </summary>
/// <param name="FunctionArn">The qualified ARN, with the version (<c>…:function:NAME:$LATEST</c>).</param>
/// <param name="Revision">Changes with every change of code or configuration.</param>
public sealed record VersionKey(string FunctionArn, string Revision)
{
    /// <inheritdoc/>
    public override string ToString() => $"{FunctionArn}@{Revision}";
}
