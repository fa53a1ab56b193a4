using System.Text.RegularExpressions;

namespace Lambent.ControlPlane.Validation;

/// <summary>A pattern of the API's model: its text is printed in errors, and the whole value must match it.</summary>
internal sealed class Pattern
{
    private readonly Regex regex;
    private readonly Regex? unless;

    /// <param name="text">As AWS prints it, in Java's dialect.</param>
    public Pattern(string text)
        : this(text, text, null)
    {
    }

    /// <summary>A pattern that looks ahead, which cannot be matched without backtracking, said in two that can.</summary>
    /// <param name="text">As AWS prints it.</param>
    /// <param name="form">What a value must match.</param>
    /// <param name="unless">What it must not match.</param>
    public Pattern(string text, string form, string? unless)
    {
        Text = text;
        regex = Compile(form);
        this.unless = unless is null ? null : Compile(unless);
    }

    /// <summary>The text of the pattern.</summary>
    public string Text { get; }

    /// <summary>True if the whole value has this form.</summary>
    public bool Matches(string value) => regex.IsMatch(value) && unless?.IsMatch(value) != true;

    // Java's \d knows ASCII digits only. Without backtracking no value can make the match slow.
    private static Regex Compile(string pattern) => new(
        $@"\A(?:{pattern.Replace(@"\d", "[0-9]", StringComparison.Ordinal)})\z",
        RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);
}
