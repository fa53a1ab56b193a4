using System.Globalization;
using Lambent.ControlPlane.Functions.Model;

namespace Lambent.ControlPlane.Functions.Versions;

/// <summary>Versions in the order of AWS's lists: <c>$LATEST</c>, then by number.</summary>
internal static class VersionOrder
{
    /// <summary>The place of a version; what is none comes last.</summary>
    public static long Of(string version) => version == FunctionErrors.Latest ? 0
        : long.TryParse(version, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : long.MaxValue;

    /// <summary>The function and its versions.</summary>
    public static IEnumerable<FunctionRecord> All(LambdaControlPlane plane, FunctionRecord latest) =>
        plane.Store.Versions.Of(latest.Key()).Values.OrderBy(v => Of(v.Version)).Prepend(latest);

    /// <summary>True for the number of a version, also of one that is not there.</summary>
    public static bool IsNumber(string qualifier) => qualifier.Length > 0 && qualifier.All(char.IsAsciiDigit);
}
