using System.Globalization;
using System.Text;
using Lambent.Aws;

namespace Lambent.Neighbours.Logs;

/// <summary>Tokens of pages: the place where the next one begins, so that the server keeps nothing.</summary>
internal static class LogsPaging
{
    internal static string Token(string position) => Convert.ToBase64String(Encoding.UTF8.GetBytes("p" + position));

    /// <summary>The place in a token, empty for none; null if it is not one of ours.</summary>
    internal static string? Position(string? token)
    {
        if (token is null)
        {
            return "";
        }

        var bytes = new byte[token.Length];
        return Convert.TryFromBase64String(token, bytes, out var count) && count > 0 && bytes[0] == 'p'
            ? Encoding.UTF8.GetString(bytes, 1, count - 1)
            : null;
    }

    internal static AwsError LimitError(long limit, int most) => LogsErrors.Constraint(
        limit.ToString(CultureInfo.InvariantCulture), "limit",
        limit < 1 ? "have value greater than or equal to 1" : $"have value less than or equal to {most}");
}
