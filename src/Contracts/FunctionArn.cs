using System.Text.RegularExpressions;

namespace Lambent.Contracts;

/// <summary>
/// The name of a function, version or alias: <c>arn:aws:lambda:REGION:ACCOUNT:function:NAME[:QUALIFIER]</c>.
/// Source: "Lambda resource types and conditions", Lambda Developer Guide.
/// </summary>
/// <param name="Region">For example <c>us-east-1</c>.</param>
/// <param name="Account">Twelve digits.</param>
/// <param name="Name">1 to 64 of letters, digits, <c>-</c> and <c>_</c>.</param>
/// <param name="Qualifier">A version number, an alias, <c>$LATEST</c>, or null for an unqualified ARN.</param>
public sealed partial record FunctionArn(string Region, string Account, string Name, string? Qualifier = null)
{
    /// <summary>AWS's own pattern of <c>FunctionName</c> where a qualifier is allowed (the model of the Lambda API).</summary>
    public const string NamePattern =
        @"(arn:(aws[a-zA-Z-]*)?:lambda:)?([a-z]{2}(-gov)?-[a-z]+-\d{1}:)?(\d{12}:)?(function:)?([a-zA-Z0-9-_]+)(:(\$LATEST|[a-zA-Z0-9-_]+))?";

    /// <summary>The longest form: a full ARN with a name of 64 and an alias of 128 letters.</summary>
    private const int MaxLength = 300;

    /// <inheritdoc/>
    public override string ToString() => Qualifier is null ? Unqualified : $"{Unqualified}:{Qualifier}";

    /// <summary>The same, with <c>$LATEST</c> where there is no qualifier.</summary>
    public FunctionArn Qualified => Qualifier is null ? this with { Qualifier = FunctionEntry.Latest } : this;

    /// <summary>The ARN without its qualifier.</summary>
    public string Unqualified => $"arn:aws:lambda:{Region}:{Account}:function:{Name}";

    /// <summary>
    /// Reads what the API calls a <c>FunctionName</c>: a name, a partial ARN (<c>123456789012:function:NAME</c>) or a full ARN,
    /// each with or without a qualifier. What is left out comes from <paramref name="home"/>.
    /// </summary>
    /// <returns>Null if the text has not AWS's form.</returns>
    public static FunctionArn? Parse(string text, FunctionArn home)
    {
        if (text.Length > MaxLength)
        {
            return null;
        }

        if (IsPlainName(text))
        {
            return home with { Name = text, Qualifier = null };
        }

        var match = Shape().Match(text);
        return match.Success
            ? new FunctionArn(
                Or(match.Groups["region"], home.Region),
                Or(match.Groups["account"], home.Account),
                match.Groups["name"].Value,
                match.Groups["qualifier"].Success ? match.Groups["qualifier"].Value : null)
            : null;
    }

    private static bool IsPlainName(string text) =>
        text.Length is > 0 and <= 64 && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_');

    private static string Or(Group group, string otherwise) => group.Success ? group.Value : otherwise;

    [GeneratedRegex(
        @"^(arn:(aws[a-zA-Z-]*)?:lambda:)?((?<region>[a-z]{2}(-gov)?-[a-z]+-\d):)?((?<account>\d{12}):)?(function:)?" +
        @"(?<name>[a-zA-Z0-9-_]{1,64})(:(?<qualifier>\$LATEST|[a-zA-Z0-9-_]{1,128}))?\z", RegexOptions.ExplicitCapture)]
    private static partial Regex Shape();
}
