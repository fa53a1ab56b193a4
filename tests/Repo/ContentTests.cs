using System.Text.RegularExpressions;
using Shouldly;

namespace Lambent.Repo;

/// <summary>What may not stand in any file of the project.</summary>
public sealed partial class ContentTests
{
    /// <summary>Where packages come from is each machine's own setting. Written in pieces, so that this file is not found.</summary>
    private static readonly string[] RegistryHosts =
    [
        "registry." + "npmjs.org", "registry." + "yarnpkg.com", "api." + "nuget.org", "pypi." + "org", "files." + "pythonhosted.org",
        "deb." + "debian.org", "proxy." + "golang.org", "crates." + "io",
    ];

    [Fact]
    public void No_registry_is_named() =>
        Lines(Tree.TextFiles, line => RegistryHosts.Any(h => line.Contains(h, StringComparison.OrdinalIgnoreCase))).ShouldBeEmpty();

    [Fact]
    public void Lock_files_of_npm_hold_no_address() =>
        Lines(Tree.TextFiles.Where(f => f.EndsWith("package-lock.json", StringComparison.Ordinal)), line => line.Contains("\"resolved\"")).ShouldBeEmpty();

    [Fact]
    public void No_path_of_one_machine_is_named() =>
        Lines(Tree.TextFiles, MachinePath().IsMatch).ShouldBeEmpty();

    [Fact]
    public void No_test_is_switched_off()
    {
        var tests = Tree.Under("tests", ".cs", ".py", ".mjs").Where(f => !f.StartsWith("tests/Repo/", StringComparison.Ordinal));
        Lines(tests, SwitchedOff().IsMatch).ShouldBeEmpty();
    }

    /// <summary>
    /// The analyzer forbids these too (eng/BannedSymbols.txt); a suppression of it has to be seen here. Only the composition
    /// root makes the source of chance that the others are given.
    /// </summary>
    [Fact]
    public void Time_and_chance_are_passed_in()
    {
        var broken =
            from file in Tree.Under("src", ".cs")
            let code = CSharpText.WithoutCommentsAndStrings(Tree.Read(file)).Split('\n')
            from line in Enumerable.Range(0, code.Length)
            where Ambient().IsMatch(code[line]) || (NewRandom().IsMatch(code[line]) && !file.StartsWith("src/Lambent/", StringComparison.Ordinal))
            select $"{file}:{line + 1}: {code[line].Trim()}";
        broken.ShouldBeEmpty();
    }

    private static IEnumerable<string> Lines(IEnumerable<string> files, Func<string, bool> isWrong) =>
        from file in files
        let lines = Tree.Read(file).Split('\n')
        from line in Enumerable.Range(0, lines.Length)
        where isWrong(lines[line])
        select $"{file}:{line + 1}: {lines[line].Trim()[..Math.Min(120, lines[line].Trim().Length)]}";

    [GeneratedRegex(@"(?<![\w.\-*}])/(wo[r]k|ro[o]t)/")]
    private static partial Regex MachinePath();

    [GeneratedRegex(@"\bSkip\s*=|\bAssert\.Skip|@unittest\.skip\b|\b(test|it|describe)\.(skip|todo|only)\b|\b(skip|todo|only): true")]
    private static partial Regex SwitchedOff();

    [GeneratedRegex(@"\bDateTime(Offset)?\.(UtcNow|Now|Today)\b|\bRandom\.Shared\b|\bThread\.Sleep\b|pragma warning disable RS0030")]
    private static partial Regex Ambient();

    [GeneratedRegex(@"\bnew Random\(\)")]
    private static partial Regex NewRandom();
}
