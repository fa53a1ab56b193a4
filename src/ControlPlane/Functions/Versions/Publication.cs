using Lambent.ControlPlane.Functions.Model;

namespace Lambent.ControlPlane.Functions.Versions;

/// <summary>
/// What publishing adds. "Lambda doesn't publish a version if the function's configuration and code haven't changed since the
/// last version." https://docs.aws.amazon.com/lambda/latest/api/API_PublishVersion.html
/// </summary>
internal static class Publication
{
    /// <summary>The last version, if it was published from exactly this definition; else null. In the function's turn.</summary>
    public static FunctionRecord? Unchanged(LambdaControlPlane plane, FunctionRecord latest)
    {
        var last = plane.Store.Versions.Of(latest.Key()).Values.MaxBy(v => VersionOrder.Of(v.Version));
        return last?.PublishedFrom == latest.Definition.Fingerprint() ? last : null;
    }

    /// <summary>A new version, not stored yet. In the function's turn.</summary>
    public static FunctionRecord Next(LambdaControlPlane plane, FunctionRecord latest, string? description = null) =>
        latest.Published(plane.Store.NextVersion(latest.Key()), description, plane.Surroundings.NewId());
}
