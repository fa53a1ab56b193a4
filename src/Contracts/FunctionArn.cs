using System.Text.RegularExpressions;

namespace Lambent.Contracts;

/// <summary>
/// The name of a function, version or alias: <c>arn:aws:lambda:REGION:ACCOUNT:function:NAME[:QUALIFIER]</c>.
/// Source: "Lambda resource types and conditions", Lambda Developer Guide.
/// </summary>
/// <param name="Region">For example <c>us-east-1</c>.</param>
/// <param name="Account">Twelve digits.</param>
/// <param name="Name">1 to 64 of letters, digits, <c>-</c> and <c>_</c>; what a caller names and is not there may be longer and have dots.</param>
/// <param name="Qualifier">A version number, an alias, <c>$LATEST</c>, or null for an unqualified ARN.</param>
public sealed partial record FunctionArn(string Region, string Account, string Name, string? Qualifier = null)
{
    /// <summary>AWS's own pattern of the function that is changed or created (the model of the Lambda API; printed in errors as recorded on AWS).</summary>
    public const string NamePattern = Before + @"([a-zA-Z0-9-_]+)(:(\$LATEST|[a-zA-Z0-9-_]+))?";

    /// <summary>The same where a version or alias may be meant.</summary>
    public const string NamespacedNamePattern = Before + @"([a-zA-Z0-9-_\.]+)(:(\$LATEST(\.PUBLISHED)?|[a-zA-Z0-9-_]+))?";

    /// <summary>The same where neither may be named.</summary>
    public const string UnqualifiedNamePattern = Before + "([a-zA-Z0-9-_]+)";

    /// <summary>AWS's own pattern of <c>Qualifier</c>.</summary>
    public const string QualifierPattern = @"\$(LATEST(\.PUBLISHED)?)|[a-zA-Z0-9-_$]+";

    /// <summary>The longest <c>FunctionName</c> where a version or alias may be meant, and the longest <c>Qualifier</c>.</summary>
    public const int MaxNamespacedNameLength = 256, MaxQualifierLength = 128;

    /// <summary>What AWS creates.</summary>
    public const int MaxNameLength = 64;

    private const string Before = @"(arn:(aws[a-zA-Z-]*)?:lambda:)?([a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}:)?(\d{12}:)?(function:)?";

    /// <summary>The longest form: a full ARN with the longest name and qualifier that a request may have.</summary>
    private const int MaxLength = 450;

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
    /// <returns>Null if the text has not AWS's form, <see cref="NamespacedNamePattern"/>.</returns>
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

    /// <summary>True if the whole text is what <see cref="QualifierPattern"/> allows.</summary>
    public static bool IsQualifier(string text) =>
        text == "$LATEST.PUBLISHED" || (text.Length > 0 && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '$'));

    private static bool IsPlainName(string text) =>
        text.Length is > 0 and <= MaxNameLength && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_');

    private static string Or(Group group, string otherwise) => group.Success ? group.Value : otherwise;

    [GeneratedRegex(
        @"^(arn:(aws[a-zA-Z-]*)?:lambda:)?((?<region>[a-z]{2}(-gov|-iso[a-z]?)?-[a-z]+-[0-9]):)?((?<account>[0-9]{12}):)?(function:)?" +
        @"(?<name>[a-zA-Z0-9-_.]{1,256})(:(?<qualifier>\$LATEST(\.PUBLISHED)?|[a-zA-Z0-9-_]{1,128}))?\z", RegexOptions.ExplicitCapture)]
    private static partial Regex Shape();
}
