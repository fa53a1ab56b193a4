using Lambent.Contracts;

namespace Lambent.ControlPlane.Concurrency;

/// <summary>Says the truth where nobody keeps environments initialised.</summary>
internal sealed class NothingProvisioned : IProvisionedConcurrency
{
    public ProvisionedConcurrencyStatus StatusOf(FunctionArn qualified) =>
        new(0, 0, "FAILED", "This server keeps no environments initialised.");
}
