using System.Globalization;

namespace Lambent.Aws;

/// <summary>The ISO 8601 basic form in which SigV4 writes a time in UTC: <c>20150830T123600Z</c>.</summary>
internal static class AmzDate
{
    public const int Length = 16;
    public const int DayLength = 8;
    private const string Basic = "yyyyMMdd'T'HHmmss'Z'";
    private const DateTimeStyles Utc = DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal;

    /// <summary>The last one that was read: requests of one second have the same.</summary>
    private static volatile Read? read;

    public static string Format(DateTimeOffset time) => time.UtcDateTime.ToString(Basic, CultureInfo.InvariantCulture);

    public static bool TryParse(ReadOnlySpan<char> text, out DateTimeOffset time)
    {
        if (read is { } last && text.SequenceEqual(last.Text))
        {
            time = last.Time;
            return true;
        }

        var isTime = DateTimeOffset.TryParseExact(text, Basic, CultureInfo.InvariantCulture, Utc, out time);
        read = isTime ? new Read(text.ToString(), time) : read;
        return isTime;
    }

    /// <summary>The form of an HTTP <c>Date</c> header.</summary>
    public static bool TryParseHttp(ReadOnlySpan<char> text, out DateTimeOffset time) =>
        DateTimeOffset.TryParseExact(text, "r", CultureInfo.InvariantCulture, Utc, out time);

    private sealed record Read(string Text, DateTimeOffset Time);
}
