using Lambent.Aws;

namespace Lambent.ControlPlane;

/// <summary>What every part of the control plane needs of its surroundings.</summary>
/// <param name="Region">The region of all ARNs.</param>
/// <param name="Clock">The time.</param>
/// <param name="Random">The chance that identifiers are made of; used by one thread at a time.</param>
internal sealed record Surroundings(string Region, TimeProvider Clock, Random Random)
{
    private readonly Lock drawing = new();

    /// <summary>A new UUID.</summary>
    public string NewId()
    {
        lock (drawing)
        {
            return AwsRequestId.New(Random);
        }
    }
}
