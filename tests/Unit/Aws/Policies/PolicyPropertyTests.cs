using System.Collections.Immutable;
using FsCheck;
using FsCheck.Fluent;
using Shouldly;

namespace Lambent.Aws.Policies.Tests;

/// <summary>What must hold of any policies.</summary>
public sealed class PolicyPropertyTests
{
    private static readonly string[] Actions = ["lambda:InvokeFunction", "lambda:GetFunction", "s3:GetObject"];
    private static readonly string[] Resources = [Ask.Function, $"{Ask.Function}:1", "arn:aws:s3:::b/k"];

    private static readonly Gen<Statement> Statements =
        from deny in Gen.Frequency((3, Gen.Constant(false)), (1, Gen.Constant(true)))
        from not in Gen.Elements(true, false)
        from action in Gen.Elements("*", "lambda:*", "lambda:Get*", "s3:?etObject", "lambda:InvokeFunction")
        from resource in Gen.Elements("*", Ask.Function, $"{Ask.Function}:*", "arn:aws:s3:::*")
        from user in Gen.Elements("ann", "bob", null)
        select Ask.Policy($$"""
            {"Effect":"{{(deny ? "Deny" : "Allow")}}","{{(not ? "NotAction" : "Action")}}":"{{action}}","Resource":"{{resource}}"
            {{(user is null ? "" : $$$""","Condition":{"StringEquals":{"aws:username":"{{{user}}}"}}""")}}}
            """).Statements[0];

    private static readonly Gen<ImmutableArray<Statement>> Lists = from list in Statements.NonEmptyListOf() select list.ToImmutableArray();

    private static readonly Gen<AccessRequest> Requests =
        from action in Gen.Elements(Actions)
        from resource in Gen.Elements(Resources)
        from user in Gen.Elements("ann", "bob")
        select new AccessRequest(Ask.User, action, resource, new RequestContext().With("aws:username", user));

    [Fact]
    public void A_deny_that_applies_always_wins() => Prop.ForAll(Arb.From(Lists), Arb.From(Requests), (list, request) =>
        Verdict(list, request) == Policies.Verdict.ExplicitDeny == list.Any(s => s.IsDeny && s.AppliesTo(request))).Hold();

    [Fact]
    public void The_order_of_statements_means_nothing() => Prop.ForAll(
        Arb.From(Lists), Arb.From(Requests), (list, request) =>
            Verdict(list, request) == Verdict([.. list.Reverse()], request)).Hold();

    [Fact]
    public void How_statements_are_spread_over_policies_means_nothing() => Prop.ForAll(
        Arb.From(Lists), Arb.From(Requests), (list, request) =>
            AccessEvaluation.Decide(request, Ask.With([.. list.Select(s => Of([s]))]), null).Verdict == Verdict(list, request))
        .Hold();

    [Fact]
    public void An_allow_more_takes_nothing_away() => Prop.ForAll(
        Arb.From(Lists), Arb.From(Statements), Arb.From(Requests), (list, more, request) =>
            Verdict(list, request) != Policies.Verdict.Allow || Verdict([.. list, more with { IsDeny = false }], request) == Policies.Verdict.Allow)
        .Hold();

    [Fact]
    public void A_deny_more_gives_nothing() => Prop.ForAll(
        Arb.From(Lists), Arb.From(Statements), Arb.From(Requests), (list, more, request) =>
            Verdict(list, request) == Policies.Verdict.Allow || Verdict([.. list, more with { IsDeny = true }], request) != Policies.Verdict.Allow)
        .Hold();

    [Fact]
    public void NotAction_is_all_but_the_action() => Prop.ForAll(
        Arb.From(Statements), Arb.From(Requests), (statement, request) =>
        {
            var plain = statement with { Conditions = [], Resources = [] };
            return plain.AppliesTo(request) != (plain with { IsNotAction = !plain.IsNotAction }).AppliesTo(request);
        }).Hold();

    [Fact]
    public void A_boundary_only_takes_away() => Prop.ForAll(
        Arb.From(Lists), Arb.From(Lists), Arb.From(Requests), (list, boundary, request) =>
        {
            var bound = AccessEvaluation.Decide(request, Ask.With(Of(list)) with { Boundary = Of(boundary) }, null);
            return bound.IsAllowed == (Verdict(list, request) == Policies.Verdict.Allow && Verdict(boundary, request) == Policies.Verdict.Allow);
        }).Hold();

    [Fact]
    public void No_text_makes_the_reader_throw()
    {
        var random = new Random(20260101);
        const string Text = """{"Version":"2012-10-17","Statement":[{"Sid":"a","Effect":"Allow","Principal":{"AWS":"*"},"Action":["s3:*"],"Resource":"arn:aws:s3:::${aws:username}/*","Condition":{"ForAnyValue:StringLike":{"aws:x":["a",1,true]}}}]}""";
        for (var i = 0; i < 20_000; i++)
        {
            var letters = Text.ToCharArray();
            for (var edits = random.Next(1, 5); edits > 0; edits--)
            {
                letters[random.Next(letters.Length)] = Text[random.Next(Text.Length)];
            }

            var ok = Policy.TryParse(new string(letters), (PolicyKind)random.Next(4), out var policy, out var fault);
            (policy is not null).ShouldBe(ok);
            (fault is null).ShouldBe(ok);
        }
    }

    private static Policy Of(ImmutableArray<Statement> statements) => new() { Version = Policy.CurrentVersion, Statements = statements };

    private static Verdict Verdict(ImmutableArray<Statement> statements, AccessRequest request) =>
        AccessEvaluation.Decide(request, Ask.With(Of(statements)), null).Verdict;
}
