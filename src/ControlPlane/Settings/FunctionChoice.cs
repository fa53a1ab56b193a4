using Lambent.ControlPlane.Functions;
using Lambent.ControlPlane.Functions.Parts;

namespace Lambent.ControlPlane.Settings;

/// <summary>One thing that is chosen for a function or version apart from its configuration.</summary>
/// <param name="Value">What was chosen: <c>Allow</c>, <c>Manual</c>, the ARN of a code signing configuration.</param>
/// <param name="RuntimeVersionArn">With <c>Manual</c>: which.</param>
internal sealed record FunctionChoice(string Value, string? RuntimeVersionArn = null)
{
    /// <summary>Whether functions may call themselves in a loop.</summary>
    public static FunctionPart<FunctionChoice> Recursion(FunctionStore store) => new(
        store, "recursion", json => json.FunctionChoice,
        (entry, found) => entry with { AllowsRecursion = found.GetValueOrDefault(FunctionErrors.Latest)?.Value == RecursionConfig.Allow });

    /// <summary>When functions get another version of their runtime, by qualifier. Kept and answered: a host has the versions it has.</summary>
    public static FunctionPart<FunctionChoice> RuntimeManagement(FunctionStore store) =>
        new(store, "runtime-management", json => json.FunctionChoice, (entry, _) => entry);

    /// <summary>Which code signing configuration functions have.</summary>
    public static FunctionPart<FunctionChoice> CodeSigning(FunctionStore store) =>
        new(store, "code-signing", json => json.FunctionChoice, (entry, _) => entry);
}
