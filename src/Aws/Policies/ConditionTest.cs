using System.Collections.Frozen;
using System.Globalization;
using System.Net;

namespace Lambent.Aws.Policies;

/// <summary>What one operator does with two values. Negated operators do the same; who asks turns it round.</summary>
/// <param name="Compare">A value of the request, one of the policy.</param>
/// <param name="IsNegated">The answer is to be turned round.</param>
/// <param name="Takes">Whether a policy may have this value.</param>
internal sealed record ConditionTest(Func<string, PolicyPattern, RequestContext, bool> Compare, bool IsNegated, Func<string, bool> Takes)
{
    private static readonly FrozenDictionary<string, ConditionTest> Tests = Texts().Concat(Numbers()).Concat(Dates()).Concat(Others())
        .ToFrozenDictionary(t => t.Name, t => t.Test);

    /// <summary>Null if AWS has none of this name.</summary>
    internal static ConditionTest? Named(string name) => Tests.GetValueOrDefault(name);

    private static IEnumerable<(string Name, ConditionTest Test)> Texts()
    {
        var equals = Resolved((given, value) => given == value);
        var ignoringCase = Resolved((given, value) => given.Equals(value, StringComparison.OrdinalIgnoreCase));
        return
        [
            .. Both("StringEquals", "StringNotEquals", equals, Anything),
            .. Both("StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase", ignoringCase, Anything),
            .. Both("StringLike", "StringNotLike", Like(GlobStyle.Text), Anything),
            .. Both("ArnEquals", "ArnNotEquals", Like(GlobStyle.Arn), Anything),
            .. Both("ArnLike", "ArnNotLike", Like(GlobStyle.Arn), Anything),
        ];
    }

    private static IEnumerable<(string Name, ConditionTest Test)> Numbers() =>
        Ordered("Numeric", text => decimal.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? number : null);

    private static IEnumerable<(string Name, ConditionTest Test)> Dates() => Ordered("Date", PolicyDate.Read);

    private static IEnumerable<(string Name, ConditionTest Test)> Others() =>
    [
        ("Bool", new(Resolved((given, value) => given.Equals(value, StringComparison.OrdinalIgnoreCase)), false, IsBool)),
        ("BinaryEquals", new(Resolved((given, value) => given == value), false, IsBase64)),
        .. Both("IpAddress", "NotIpAddress", Resolved(IsWithin), text => NetworkOf(text) is not null),
    ];

    private static IEnumerable<(string Name, ConditionTest Test)> Both(
        string name, string negated, Func<string, PolicyPattern, RequestContext, bool> compare, Func<string, bool> takes) =>
        [(name, new(compare, false, takes)), (negated, new(compare, true, takes))];

    private static IEnumerable<(string Name, ConditionTest Test)> Ordered(string kind, Func<string, decimal?> read)
    {
        return
        [
            .. Both($"{kind}Equals", $"{kind}NotEquals", Compared(order => order == 0), text => read(text) is not null),
            ($"{kind}LessThan", With(order => order < 0)),
            ($"{kind}LessThanEquals", With(order => order <= 0)),
            ($"{kind}GreaterThan", With(order => order > 0)),
            ($"{kind}GreaterThanEquals", With(order => order >= 0)),
        ];

        Func<string, PolicyPattern, RequestContext, bool> Compared(Func<int, bool> holds) => Resolved((given, value) =>
            read(given) is { } one && read(value) is { } other && holds(one.CompareTo(other)));

        ConditionTest With(Func<int, bool> holds) => new(Compared(holds), false, text => read(text) is not null);
    }

    private static Func<string, PolicyPattern, RequestContext, bool> Like(GlobStyle style) =>
        (given, value, context) => value.Matches(given, context, style);

    private static Func<string, PolicyPattern, RequestContext, bool> Resolved(Func<string, string, bool> compare) =>
        (given, value, context) => value.Resolve(context) is { } text && compare(given, text);

    private static bool Anything(string text) => true;

    private static bool IsBool(string text) => bool.TryParse(text, out _);

    private static bool IsBase64(string text) => Convert.TryFromBase64String(text, new byte[text.Length], out _);

    private static bool IsWithin(string given, string network) =>
        IPAddress.TryParse(given, out var address) && NetworkOf(network) is { } range && range.Contains(Plain(address));

    private static IPAddress Plain(IPAddress address) => address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;

    /// <summary>A range (<c>203.0.113.0/24</c>, whatever the bits beyond it) or one address.</summary>
    private static IPNetwork? NetworkOf(string text)
    {
        var slash = text.IndexOf('/', StringComparison.Ordinal);
        if (!IPAddress.TryParse(slash < 0 ? text : text.AsSpan(0, slash), out var address))
        {
            return null;
        }

        var bytes = address.GetAddressBytes();
        var bits = bytes.Length * 8;
        var length = bits;
        if (slash >= 0 && (!int.TryParse(text.AsSpan(slash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out length) || length > bits))
        {
            return null;
        }

        for (var bit = length; bit < bits; bit++)
        {
            bytes[bit / 8] &= (byte)~(0x80 >> (bit % 8));
        }

        return new IPNetwork(new IPAddress(bytes), length);
    }
}

/// <summary>Dates of conditions: ISO 8601 as W3C profiles it, or seconds since 1970.</summary>
internal static class PolicyDate
{
    private static readonly string[] Forms =
    [
        "yyyy-MM-dd'T'HH:mm:ssK", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK", "yyyy-MM-dd'T'HH:mmK", "yyyy-MM-dd", "yyyy-MM", "yyyy",
        "yyyyMMdd'T'HHmmssK",
    ];

    /// <summary>Seconds since 1970; null if the text is no date. Four digits are a year.</summary>
    internal static decimal? Read(string text)
    {
        if (DateTimeOffset.TryParseExact(
            text, Forms, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var date))
        {
            return (decimal)(date - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerSecond;
        }

        return decimal.TryParse(text, NumberStyles.AllowDecimalPoint | NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var seconds)
            ? seconds : null;
    }
}
