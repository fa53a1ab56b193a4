using System.Text.Json.Nodes;
using FsCheck;
using FsCheck.Fluent;
using Lambent.Aws.Policies.Tests;
using Lambent.Contracts;
using Shouldly;

namespace Lambent.ControlPlane.Tests;

/// <summary>What must hold of any name, and of any function that the API accepts.</summary>
public sealed class AcceptedPropertyTests
{
    private static readonly FunctionArn Home = new("us-east-1", TestPlane.Account, "home");

    private static readonly Gen<string> Letters =
        from letters in Gen.Elements('a', 'Z', '0', '9', '-', '_').NonEmptyListOf()
        select string.Concat(letters.Take(64));

    private static readonly Gen<FunctionArn> Arns =
        from region in Gen.Elements("us-east-1", "eu-central-1", "us-gov-west-1")
        from account in Gen.Elements(TestPlane.Account, "999999999999")
        from name in Letters
        from qualifier in Gen.OneOf(Letters.Select(l => (string?)l), Gen.Elements("$LATEST", "7", null))
        select new FunctionArn(region, account, name, qualifier);

    // Whatever is made of the pieces of names, in any order: most of it is no name.
    private static readonly Gen<string> Texts =
        from pieces in Gen.Elements(
            "arn:aws:lambda:", "arn:aws-cn:lambda:", "us-east-1:", "eu-west-1:", "123456789012:", "99999999999:", "function:", ":function", "f", "live", ":", ":7",
            ":$LATEST", "$LATEST", ".", "/", " ", "\n", "é", "function").NonEmptyListOf()
        select string.Concat(pieces);

    private static readonly Gen<string> Values =
        from pieces in Gen.Elements("a", "B", "0", " ", "\"", "'", "\\", "<&>", "\t", "\n", "é", "日本", "😀", "{}", "$HOME", "=", "%2F").ListOf()
        select string.Concat(pieces);

    private static readonly Gen<JsonObject> Settings =
        from description in Values
        from seconds in Gen.Choose(-1, 1000)
        from memory in Gen.Elements(64, 128, 129, 1024, 10_240, 10_241)
        from storage in Gen.Elements(511, 512, 2048, 10_240)
        from value in Values
        from tag in Gen.Elements("v", "a b", "é")
        from apart in Gen.Elements(true, false)
        select new JsonObject
        {
            ["Description"] = description,
            ["Timeout"] = seconds,
            ["MemorySize"] = memory,
            ["EphemeralStorage"] = new JsonObject { ["Size"] = storage },
            ["Environment"] = new JsonObject { ["Variables"] = apart ? new JsonObject { ["VALUE"] = value, ["Other_1"] = "" } : [] },
            ["Tags"] = new JsonObject { ["t"] = tag },
            ["Architectures"] = new JsonArray("x86_64"),
        };

    [Fact]
    public void An_ARN_says_itself_in_every_form() => Prop.ForAll(Arb.From(Arns), arn =>
    {
        var suffix = arn.Qualifier is null ? "" : $":{arn.Qualifier}";
        var home = arn with { Name = "home", Qualifier = null };
        return FunctionArn.Parse(arn.ToString(), Home) == arn
            && FunctionArn.Parse($"{arn.Account}:function:{arn.Name}{suffix}", home) == arn
            && FunctionArn.Parse($"function:{arn.Name}{suffix}", home) == arn
            && FunctionArn.Parse(arn.Name + suffix, home) == arn;
    }).Hold();

    [Fact]
    public void What_is_accepted_as_a_name_names_what_it_says() => Prop.ForAll(Arb.From(Texts), text =>
    {
        if (FunctionArn.Parse(text, Home) is not { } arn)
        {
            return true;
        }

        var said = text.Split(':');
        return text.EndsWith(arn.Qualifier is null ? arn.Name : $"{arn.Name}:{arn.Qualifier}", StringComparison.Ordinal)
            && (arn.Account == Home.Account || said.Contains(arn.Account))
            && (arn.Region == Home.Region || said.Contains(arn.Region))
            && said.All(part => part is "arn" or "aws" or "aws-cn" or "lambda" or "function"
                || part == arn.Region || part == arn.Account || part == arn.Name || part == arn.Qualifier)
            && FunctionArn.Parse(arn.ToString(), Home) == arn;
    }).Hold();

    [Fact]
    public void What_is_accepted_is_answered_survives_a_restart_and_is_on_exactly_one_page() => Check.One(
        Config.QuickThrowOnFailure.WithMaxTest(15).WithEndSize(12), Prop.ForAll(Arb.From(Settings.NonEmptyListOf()), Arb.From(Gen.Choose(1, 4)), (functions, page) =>
        {
            KeepsAsync([.. functions], page).GetAwaiter().GetResult();
            return true;
        }));

    private static async Task KeepsAsync(IReadOnlyList<JsonObject> functions, int pageSize)
    {
        var first = await TestPlane.StartAsync();
        var accepted = new Dictionary<string, string>();
        foreach (var settings in functions)
        {
            var name = $"f{accepted.Count}";
            var answer = await first.CreateAsync(name, body => settings.ToList().ForEach(s => body[s.Key] = s.Value?.DeepClone()));
            answer.Status.ShouldBeOneOf(201, 400);
            await first.Plane.Lifecycle.IdleAsync();
            if (answer.Status == 201)
            {
                accepted[name] = await SaidAsync(first, name, settings);
            }
        }

        await using var second = await first.RestartAsync();
        foreach (var (name, said) in accepted)
        {
            (await second.SendAsync("GET", $"{TestPlane.Functions}/{name}/configuration")).Text.ShouldBe(said);
        }

        (await NamesAsync(second, pageSize)).ShouldBe(accepted.Keys.Order(StringComparer.Ordinal));
    }

    private static async Task<string> SaidAsync(TestPlane plane, string name, JsonObject settings)
    {
        var found = await plane.SendAsync("GET", $"{TestPlane.Functions}/{name}/configuration");
        foreach (var (member, value) in settings.Where(s => s.Key is not ("Tags" or "Environment")))
        {
            JsonNode.DeepEquals(found.Json[member], value).ShouldBeTrue($"{member}: {found.Text}");
        }

        JsonNode.DeepEquals(found.Json["Environment"]?["Variables"] ?? new JsonObject(), settings["Environment"]!["Variables"]).ShouldBeTrue(found.Text);
        JsonNode.DeepEquals((await plane.SendAsync("GET", $"{TestPlane.Functions}/{name}")).Json["Tags"], settings["Tags"]).ShouldBeTrue();
        return found.Text;
    }

    private static async Task<List<string>> NamesAsync(TestPlane plane, int pageSize)
    {
        var names = new List<string>();
        string? marker = null;
        do
        {
            var page = await plane.SendAsync("GET", $"{TestPlane.Functions}?MaxItems={pageSize}{(marker is null ? "" : $"&Marker={Uri.EscapeDataString(marker)}")}");
            page.Status.ShouldBe(200, page.Text);
            var found = page.Json["Functions"]!.AsArray();
            found.Count.ShouldBeInRange(0, pageSize);
            names.AddRange(found.Select(f => (string)f!["FunctionName"]!));
            marker = (string?)page.Json["NextMarker"];
        }
        while (marker is not null);
        return names;
    }
}
