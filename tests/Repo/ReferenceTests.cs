using System.Text.RegularExpressions;
using System.Xml.Linq;
using Shouldly;

namespace Lambent.Repo;

/// <summary>The direction of references, as the design has it: roles never know each other, and no arrow goes back.</summary>
public sealed partial class ReferenceTests
{
    /// <summary>What each project under src may reference.</summary>
    private static readonly Dictionary<string, string[]> Allowed = new()
    {
        ["Contracts"] = [],
        ["Aws"] = ["Contracts"],
        ["Storage"] = ["Contracts"],
        ["Invoke"] = ["Contracts", "Aws", "Storage"],
        ["Worker"] = ["Contracts", "Aws", "Storage"],
        ["ControlPlane"] = ["Contracts", "Aws", "Storage"],
        ["Neighbours"] = ["Contracts", "Aws", "Storage"],
        ["Console"] = ["Contracts", "Aws", "Storage"],
        ["Lambent"] = ["Contracts", "Aws", "Storage", "Invoke", "Worker", "ControlPlane", "Neighbours", "Console"],
    };

    /// <summary>Inside Invoke: entrances, then Counting and Assignment, then Placement, then WorkerClient.</summary>
    private static readonly Dictionary<string, string[]> Forbidden = new()
    {
        ["Counting"] = ["Frontend", "EventInvoke", "EventSources"],
        ["Assignment"] = ["Frontend", "EventInvoke", "EventSources"],
        ["Placement"] = ["Frontend", "EventInvoke", "EventSources", "Assignment"],
        ["WorkerClient"] = ["Frontend", "EventInvoke", "EventSources", "Assignment"],
    };

    public static TheoryData<string> Projects => [.. Tree.Under("src", ".csproj")];

    public static TheoryData<string> InvokeFolders => [.. Forbidden.Keys];

    [Theory]
    [MemberData(nameof(Projects))]
    public void A_project_references_only_what_is_below_it(string project)
    {
        var name = Path.GetFileNameWithoutExtension(project);
        Allowed.ShouldContainKey(name, "a new project needs its line in ReferenceTests.Allowed");
        var references = XDocument.Parse(Tree.Read(project)).Descendants("ProjectReference")
            .Select(r => Path.GetFileNameWithoutExtension(r.Attribute("Include")!.Value.Replace('\\', '/')));

        references.Except(Allowed[name]).ShouldBeEmpty($"{name} must not reference these");
    }

    [Theory]
    [MemberData(nameof(InvokeFolders))]
    public void A_stage_of_the_road_does_not_know_the_stages_before_it(string folder)
    {
        var above = Forbidden[folder];
        var types = above.ToDictionary(
            a => a,
            a => Tree.Under($"src/Invoke/{a}", ".cs").SelectMany(f => TypeName().Matches(Code(f)).Select(m => m.Groups["name"].Value)).ToHashSet());
        var files = Tree.Under($"src/Invoke/{folder}", ".cs").ToList();
        files.ShouldNotBeEmpty();

        var broken =
            from file in files
            let words = Word().Matches(Code(file)).Select(m => m.Value).ToHashSet()
            from a in above
            where words.Contains(a) || types[a].Overlaps(words)
            select $"{file} mentions {a}: {string.Join(", ", types[a].Append(a).Intersect(words))}";
        broken.ShouldBeEmpty();
    }

    private static string Code(string file) => CSharpText.WithoutCommentsAndStrings(Tree.Read(file));

    [GeneratedRegex(@"\b(class|struct|record|interface|enum)\s+(struct\s+|class\s+)?(?<name>\w+)")]
    private static partial Regex TypeName();

    [GeneratedRegex(@"\w+")]
    private static partial Regex Word();
}
