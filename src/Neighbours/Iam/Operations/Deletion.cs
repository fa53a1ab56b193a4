using Lambent.Aws;
using Lambent.Neighbours.Iam.Model;

namespace Lambent.Neighbours.Iam.Operations;

/// <summary>What must be gone before an identity can be.</summary>
internal static class Deletion
{
    internal static AwsError? Obstacle(IamIdentity identity) =>
        !identity.Attached.IsEmpty ? IamErrors.Conflict("Cannot delete entity, must detach all policies first.")
        : !identity.Inline.IsEmpty ? IamErrors.Conflict("Cannot delete entity, must delete policies first.")
        : null;
}
