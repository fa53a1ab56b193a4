using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Lambent.Aws;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Primitives;

namespace Lambent.Neighbours.Query;

/// <summary>
/// A request of AWS's query protocol: <c>Action</c>, <c>Version</c> and parameters such as <c>Tags.member.1.Key</c>, in the form of a
/// POST or the query of a GET. What a parameter violates is collected: an operation reads all it needs, then asks for
/// <see cref="Fault"/> once. https://smithy.io/2.0/aws/protocols/aws-query-protocol.html
/// </summary>
internal sealed partial class QueryRequest(AwsRequest signed, IReadOnlyDictionary<string, StringValues> parameters)
{
    private readonly List<string> violations = [];
    private AwsError? fault;

    /// <summary>The authenticated request that carried it.</summary>
    internal AwsRequest Signed => signed;

    internal AccessKey Caller => signed.Caller;

    /// <summary>The operation; null if none is named.</summary>
    internal string? Action => Value("Action");

    internal string? Version => Value("Version");

    /// <summary>What is wrong with the parameters that were read; null if nothing is.</summary>
    internal AwsError? Fault => violations.Count > 0
        ? QueryErrors.Validation($"{violations.Count} validation error{(violations.Count > 1 ? "s" : "")} detected: {string.Join("; ", violations)}")
        : fault;

    internal static QueryRequest Of(HttpContext context)
    {
        var signed = AwsRequest.Of(context);
        var http = context.Request;
        var parameters = HttpMethods.IsGet(http.Method) ? QueryHelpers.ParseQuery(http.QueryString.Value)
            : http.HasFormContentType ? QueryHelpers.ParseQuery(Encoding.UTF8.GetString(signed.Body.Span))
            : [];
        return new QueryRequest(signed, parameters);
    }

    /// <summary>A parameter as it came; of parameters that come twice, AWS takes the first.</summary>
    internal string? Value(string name) => parameters.TryGetValue(name, out var values) ? values[0] : null;

    /// <summary>A text of so many characters that must be given. Empty if it is not, and <see cref="Fault"/> says so.</summary>
    internal string Required(string name, int most, int least = 1)
    {
        if (Value(name) is not { } text)
        {
            violations.Add($"Value null at '{Lower(name)}' failed to satisfy constraint: Member must not be null");
            return "";
        }

        return Within(name, text, most, least);
    }

    /// <summary>The same, of a text that may be left out.</summary>
    internal string? Optional(string name, int most, int least = 1) =>
        Value(name) is { } text ? Within(name, text, most, least) : null;

    /// <summary>A name of IAM. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html</summary>
    internal string Name(string name, int most) => Named(name, Required(name, most));

    /// <summary>A name of IAM that may be left out.</summary>
    internal string? OptionalName(string name, int most) => Optional(name, most) is { } text ? Named(name, text) : null;

    internal int Number(string name, int least, int most, int usual)
    {
        if (Value(name) is not { } text)
        {
            return usual;
        }

        if (!int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number))
        {
            Refuse(new AwsError(400, "MalformedInput", $"{text} is not a valid integer"));
            return usual;
        }

        if (number < least || number > most)
        {
            violations.Add($"Value '{number}' at '{Lower(name)}' failed to satisfy constraint: Member must have value "
                + (number < least ? $"greater than or equal to {least}" : $"less than or equal to {most}"));
        }

        return number;
    }

    /// <summary>One of a few words; null if it is not given.</summary>
    internal string? Choice(string name, params string[] words)
    {
        var text = Value(name);
        if (text is not null && !words.Contains(text))
        {
            violations.Add($"Value '{text}' at '{Lower(name)}' failed to satisfy constraint: Member must satisfy enum value set: [{string.Join(", ", words)}]");
        }

        return text;
    }

    internal bool Flag(string name) => string.Equals(Value(name), "true", StringComparison.OrdinalIgnoreCase);

    /// <summary>The texts of <c>NAME.member.1</c> and so on.</summary>
    internal List<string> List(string name)
    {
        List<string> found = [];
        while (Value($"{name}.member.{found.Count + 1}") is { } text)
        {
            found.Add(text);
        }

        return found;
    }

    /// <summary>How many <c>NAME.member.N.MEMBER</c> there are.</summary>
    internal int Count(string name, string member)
    {
        var count = 0;
        while (Value($"{name}.member.{count + 1}.{member}") is not null)
        {
            count++;
        }

        return count;
    }

    /// <summary>An error of the operation's own reading; the first stays.</summary>
    internal void Refuse(AwsError error) => fault ??= error;

    /// <summary>A violation in the words of the model.</summary>
    internal void Violates(string violation) => violations.Add(violation);

    private string Within(string name, string text, int most, int least)
    {
        if (text.Length < least || text.Length > most)
        {
            violations.Add($"Value '{text}' at '{Lower(name)}' failed to satisfy constraint: Member must have length "
                + (text.Length < least ? $"greater than or equal to {least}" : $"less than or equal to {most}"));
        }

        return text;
    }

    private string Named(string name, string text)
    {
        if (text.Length > 0 && !NameLetters().IsMatch(text))
        {
            Refuse(QueryErrors.Validation(
                $"The specified value for {Lower(name)} is invalid. It must contain only alphanumeric characters and/or the following: +=,.@_-"));
        }

        return text;
    }

    private static string Lower(string name) => char.ToLowerInvariant(name[0]) + name[1..];

    [GeneratedRegex(@"\A[A-Za-z0-9_+=,.@-]+\z")]
    private static partial Regex NameLetters();
}
