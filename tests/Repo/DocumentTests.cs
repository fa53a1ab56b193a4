using System.Text.RegularExpressions;
using Shouldly;

namespace Lambent.Repo;

/// <summary>The documents are there, and say what is true: links lead somewhere, decisions are numbered, commands exist.</summary>
public sealed partial class DocumentTests
{
    public static TheoryData<string> Documents => [.. Tree.Files.Where(f => f.EndsWith(".md", StringComparison.Ordinal))];

    [Theory]
    [InlineData("README.md")]
    [InlineData("SPECIFICATION.md")]
    [InlineData("CHANGELOG.md")]
    [InlineData("CONTRIBUTING.md")]
    [InlineData("LICENSE")]
    public void A_document_is_there(string file)
    {
        File.Exists(Tree.Full(file)).ShouldBeTrue(file);
        Tree.Read(file).Trim().ShouldNotBeEmpty();
    }

    [Theory]
    [MemberData(nameof(Documents))]
    public void Links_lead_somewhere(string document)
    {
        var broken =
            from match in Link().Matches(WithoutCode(Tree.Read(document)))
            let target = match.Groups["target"].Value
            where !Scheme().IsMatch(target)
            where !Exists(document, target)
            select target;
        broken.ShouldBeEmpty(document);
    }

    [Fact]
    public void Decisions_are_numbered_without_gaps()
    {
        var names = Tree.Under("docs/decisions", ".md").Select(f => Path.GetFileName(f)!).Where(f => f != "README.md").ToList();
        names.ShouldNotBeEmpty();
        names.ShouldAllBe(n => DecisionName().IsMatch(n));
        names.Select(n => int.Parse(n[..4])).ShouldBe(Enumerable.Range(1, names.Count));
    }

    private static bool Exists(string document, string target)
    {
        var parts = target.Split('#', 2);
        var folder = Path.GetDirectoryName(Tree.Full(document))!;
        var path = parts[0].Length == 0 ? Tree.Full(document) : Path.GetFullPath(Path.Combine(folder, Uri.UnescapeDataString(parts[0])));
        var isInside = path == Tree.Root || path.StartsWith(Tree.Root + "/", StringComparison.Ordinal);
        return isInside && (File.Exists(path) || Directory.Exists(path))
            && (parts.Length == 1 || !path.EndsWith(".md", StringComparison.Ordinal) || Anchors(File.ReadAllText(path)).Contains(parts[1]));
    }

    /// <summary>Headings as GitHub makes them anchors: lower case, without punctuation, spaces to dashes.</summary>
    private static HashSet<string> Anchors(string text) =>
        [.. Heading().Matches(WithoutCode(text, inline: false)).Select(m => NotInAnchor().Replace(m.Groups["text"].Value.Trim().ToLowerInvariant(), "").Replace(' ', '-'))];

    private static string WithoutCode(string text, bool inline = true)
    {
        var prose = Fence().Replace(text, "");
        return inline ? InlineCode().Replace(prose, "") : prose;
    }

    [GeneratedRegex(@"!?\[[^\]]*\]\(\s*(?<target>[^)\s]+)[^)]*\)|^\[[^\]]+\]:\s*(?<target>\S+)", RegexOptions.Multiline)]
    private static partial Regex Link();

    [GeneratedRegex("^(https?|mailto):")]
    private static partial Regex Scheme();

    [GeneratedRegex(@"^\d{4}-[a-z0-9]+(-[a-z0-9]+)*\.md$")]
    private static partial Regex DecisionName();

    [GeneratedRegex(@"^#+\s+(?<text>.+)$", RegexOptions.Multiline)]
    private static partial Regex Heading();

    [GeneratedRegex(@"[^\w\- ]")]
    private static partial Regex NotInAnchor();

    [GeneratedRegex(@"^(?<ticks>```+|~~~+).*?^\k<ticks>\s*$", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Fence();

    [GeneratedRegex("`[^`\n]+`")]
    private static partial Regex InlineCode();
}
