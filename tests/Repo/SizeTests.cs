using Shouldly;

namespace Lambent.Repo;

/// <summary>
/// A file is read in one go, a method seen on one screen. What is larger today stands in <c>size-ratchet.txt</c> with its
/// size, which may only fall; an entry that is no longer needed has to go.
/// </summary>
public sealed class SizeTests
{
    private const int FileLinesAtMost = 400;
    private const int FileLinesAtP95 = 250;
    private const int MethodLinesAtMost = 60;

    private static readonly string[] Sources = [".cs", ".c", ".h", ".py", ".mjs", ".js"];

    /// <summary>Allowed lines by what is too long: a path, or a path and the method's name.</summary>
    private static readonly Dictionary<string, int> Ratchet = Tree.Read("tests/Repo/size-ratchet.txt").Split('\n')
        .Where(l => l.Length > 0 && l[0] != '#')
        .ToDictionary(l => l[..l.LastIndexOf(' ')], l => int.Parse(l[(l.LastIndexOf(' ') + 1)..]));

    private static IEnumerable<string> SourceFiles => Tree.Under("src", Sources).Concat(Tree.Under("runtimes", Sources));

    [Fact]
    public void No_file_is_too_long() => TooLong(SourceFiles.Select(f => (f, Lines(f))), FileLinesAtMost).ShouldBeEmpty();

    [Fact]
    public void Nearly_all_files_are_short()
    {
        var lengths = SourceFiles.Select(Lines).Order().ToList();
        var p95 = lengths[(int)Math.Ceiling(lengths.Count * 0.95) - 1];
        p95.ShouldBeLessThanOrEqualTo(FileLinesAtP95);
    }

    [Fact]
    public void No_method_is_too_long()
    {
        var methods =
            from file in Tree.Under("src", ".cs")
            from member in CSharpText.Members(Tree.Read(file))
            select ($"{file} {Name(member.Head)}", member.Lines);
        TooLong(methods, MethodLinesAtMost).ShouldBeEmpty();
    }

    [Fact]
    public void The_ratchet_holds_nothing_that_is_gone()
    {
        var names = Tree.Under("src", ".cs").SelectMany(f => CSharpText.Members(Tree.Read(f)).Select(m => $"{f} {Name(m.Head)}"));
        Ratchet.Keys.Except(SourceFiles.Concat(names)).ShouldBeEmpty();
    }

    private static int Lines(string file) => Tree.Read(file).AsSpan().Count('\n');

    private static IEnumerable<string> TooLong(IEnumerable<(string What, int Lines)> things, int atMost) =>
        from thing in things
        let allowed = Ratchet.GetValueOrDefault(thing.What, atMost)
        where thing.Lines > allowed || (Ratchet.ContainsKey(thing.What) && thing.Lines < allowed)
        select thing.Lines > allowed
            ? $"{thing.What}: {thing.Lines} lines, at most {allowed}"
            : $"{thing.What}: {thing.Lines} lines now, lower its entry in size-ratchet.txt from {allowed} (or drop it at {atMost})";

    /// <summary>The name before the parameters, or the last word of a property.</summary>
    private static string Name(string head)
    {
        var end = head.IndexOf('(');
        var words = (end < 0 ? head : head[..end]).Split([' ', '\n', '.'], StringSplitOptions.RemoveEmptyEntries);
        return words.Length == 0 ? "top level" : words[^1];
    }
}
