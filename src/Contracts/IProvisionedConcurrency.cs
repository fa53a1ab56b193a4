namespace Lambent.Contracts;

/// <summary>
/// Who keeps environments initialised tells how many there are. What is wanted stands in
/// <see cref="FunctionEntry.ProvisionedConcurrency"/>; the control plane asks here for each answer.
/// Source: "ProvisionedConcurrencyConfigListItem", Lambda API Reference.
/// </summary>
public interface IProvisionedConcurrency
{
    /// <summary>How far what is wanted has come.</summary>
    /// <param name="qualified">With the version or alias that it was asked for.</param>
    ProvisionedConcurrencyStatus StatusOf(FunctionArn qualified);
}

/// <summary>How far environments are that shall be kept initialised.</summary>
/// <param name="Available">Those that are initialised.</param>
/// <param name="Allocated">Those that are initialised or on their way.</param>
/// <param name="Status"><c>IN_PROGRESS</c>, <c>READY</c> or <c>FAILED</c>.</param>
/// <param name="StatusReason">For <c>FAILED</c>, why; else null.</param>
public readonly record struct ProvisionedConcurrencyStatus(int Available, int Allocated, string Status, string? StatusReason = null);
