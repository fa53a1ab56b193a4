using System.Globalization;

namespace Lambent.ControlPlane.Wire;

/// <summary>A moment as Lambda writes it: <c>2026-01-12T10:11:12.345+0000</c>.</summary>
internal static class LambdaTime
{
    /// <summary>The text of a moment.</summary>
    public static string Text(DateTimeOffset moment) =>
        moment.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'+0000'", CultureInfo.InvariantCulture);
}
