using System.Text.RegularExpressions;
using Shouldly;

namespace Lambent.Repo;

/// <summary>A command that a document tells the reader to type is one that the program knows, with its options.</summary>
public sealed partial class CommandTests
{
    private static readonly string[] ShellBlocks = ["console", "sh", "bash", "shell"];

    /// <summary>Help texts by command line: <c>""</c> is the program's own.</summary>
    private static readonly Dictionary<string, string> Helps = [];

    [Fact]
    public void The_program_has_its_main_commands() => new[] { "demo", "up", "env" }.ShouldBeSubsetOf(Commands(Help("")));

    [Theory]
    [InlineData("README.md")]
    [InlineData("CONTRIBUTING.md")]
    [InlineData("tests/Conformance/README.md")]
    public void Commands_in_a_document_exist(string document)
    {
        File.Exists(Tree.Full(document)).ShouldBeTrue($"{document} is not there");
        var typed = Typed(Tree.Read(document)).ToList();
        typed.ShouldNotBeEmpty($"{document} shows no command");
        typed.SelectMany(Unknown).ShouldBeEmpty(document);
    }

    [Theory]
    [InlineData("./lambent up --prot 1", "--prot")]
    [InlineData("./lambent upp", "upp")]
    [InlineData("./test --sead 1", "--sead")]
    public void A_wrong_command_would_be_seen(string line, string unknown) =>
        Typed($"```sh\n{line}\n```").SelectMany(Unknown).ShouldHaveSingleItem().ShouldContain(unknown);

    /// <summary>Calls of our programs in blocks of shell, and in blocks that are indented.</summary>
    private static IEnumerable<(string Program, string[] Words)> Typed(string document)
    {
        var fenced = Block().Matches(document).Where(b => ShellBlocks.Contains(b.Groups["language"].Value)).Select(b => b.Groups["text"].Value);
        var indented = Block().Replace(document, "").Split('\n').Where(l => l.StartsWith("    ", StringComparison.Ordinal));
        return from line in fenced.SelectMany(b => b.Replace("\\\n", " ").Split('\n')).Concat(indented)
               from call in Call().Matches(line.Split(" #")[0])
               select (call.Groups["program"].Value, call.Groups["words"].Value.Split(' ', StringSplitOptions.RemoveEmptyEntries));
    }

    private static IEnumerable<string> Unknown((string Program, string[] Words) typed)
    {
        var (program, words) = typed;
        var shown = $"./{program} {string.Join(' ', words)}";
        if (program == "test")
        {
            return words.Where(w => w.StartsWith('-') && !Options(TestHelp()).Contains(w.Split('=')[0])).Select(w => $"{shown}: no option {w}");
        }

        var command = words.FirstOrDefault(w => !w.StartsWith('-')) ?? "";
        if (command.Length > 0 && !Commands(Help("")).Contains(command))
        {
            return [$"{shown}: no command {command}"];
        }

        var known = Options(Help(command)).Concat(Options(Help(""))).ToHashSet();
        return words.Where(w => w.StartsWith('-') && !known.Contains(w.Split('=')[0])).Select(w => $"{shown}: no option {w}");
    }

    private static string Help(string command)
    {
        lock (Helps)
        {
            return Helps.TryGetValue(command, out var known) ? known
                : Helps[command] = Tree.Run(Program(), [.. command.Split(' ', StringSplitOptions.RemoveEmptyEntries), "--help"]);
        }
    }

    private static string TestHelp() => Tree.Run(Tree.Full("test"), "--help");

    private static string Program()
    {
        var published = new DirectoryInfo(Tree.Full("artifacts/publish/Lambent"));
        var found = published.Exists ? published.EnumerateFiles("lambent", SearchOption.AllDirectories).OrderByDescending(f => f.LastWriteTimeUtc).FirstOrDefault() : null;
        return found.ShouldNotBeNull("Lambent is not built: run eng/build.sh").FullName;
    }

    private static HashSet<string> Commands(string help) =>
        [.. CommandName().Matches(CommandSection().Match(help).Groups["text"].Value).Select(m => m.Groups["name"].Value)];

    private static HashSet<string> Options(string help) => [.. Option().Matches(help).Select(m => m.Value)];

    [GeneratedRegex(@"^```(?<language>\w*)\n(?<text>.*?)^```\s*$", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Block();

    [GeneratedRegex(@"(?<![\w/])\./(?<program>lambent|test)(?=[\s)""']|$)(?<words>[^|&;<>()""'#]*)")]
    private static partial Regex Call();

    [GeneratedRegex(@"^Commands:\s*\n(?<text>(^([ \t].*)?\n?)+?)(?=^\S|\z)", RegexOptions.Multiline)]
    private static partial Regex CommandSection();

    [GeneratedRegex(@"^  (?<name>[a-z][a-z-]*)", RegexOptions.Multiline)]
    private static partial Regex CommandName();

    [GeneratedRegex(@"(?<![\w-])--?[a-z][a-z-]*")]
    private static partial Regex Option();
}
