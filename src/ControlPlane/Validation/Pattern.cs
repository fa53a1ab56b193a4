using System.Text.RegularExpressions;

namespace Lambent.ControlPlane.Validation;

/// <summary>A pattern of the API's model: its text is printed in errors, and the whole value must match it.</summary>
internal sealed class Pattern
{
    private readonly Regex regex;

    /// <param name="text">As AWS prints it, in Java's dialect.</param>
    public Pattern(string text)
    {
        Text = text;

        // Java's \d knows ASCII digits only. Without backtracking no value can make the match slow.
        var ascii = text.Replace(@"\d", "[0-9]", StringComparison.Ordinal);
        regex = new Regex($@"\A(?:{ascii})\z", RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);
    }

    /// <summary>The text of the pattern.</summary>
    public string Text { get; }

    /// <summary>True if the whole value has this form.</summary>
    public bool Matches(string value) => regex.IsMatch(value);
}
