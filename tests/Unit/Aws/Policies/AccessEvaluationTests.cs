using Shouldly;

namespace Lambent.Aws.Policies.Tests;

/// <summary>The evaluation logic, case by case as AWS's pages have it.</summary>
public sealed class AccessEvaluationTests
{
    private const string Itself = $$"""{"AWS":"arn:aws:iam::{{Ask.Account}}:user/u"}""", Home = $$"""{"AWS":"{{Ask.Account}}"}""";
    private const string Role = $$"""{"AWS":"arn:aws:iam::{{Ask.Account}}:role/r"}""", Stranger = $$"""{"AWS":"arn:aws:iam::{{Ask.Other}}:root"}""";
    private const string OneSession = $$"""{"AWS":"arn:aws:sts::{{Ask.Account}}:assumed-role/r/s"}""";

    private static readonly Principal Root = Principal.OfArn($"arn:aws:iam::{Ask.Account}:root");
    private static readonly Policy Invoke = Ask.Allow(Ask.Invoke), Nothing = Ask.Allow("s3:*");

    [Fact]
    public void Within_an_account_either_side_is_enough()
    {
        Ask.Decide(Ask.User, Ask.With(Invoke)).IsAllowed.ShouldBeTrue();
        Ask.Decide(Ask.User, PrincipalPolicies.None, Ask.Lets(Itself)).IsAllowed.ShouldBeTrue();
        Ask.Decide(Ask.User, PrincipalPolicies.None, Ask.Lets("\"*\"")).IsAllowed.ShouldBeTrue();
        Ask.Decide(Ask.User, PrincipalPolicies.None).ShouldBe(new(Verdict.ImplicitDeny, PolicySource.IdentityBased));
    }

    [Fact]
    public void Naming_the_account_leaves_it_to_the_account()
    {
        Ask.Decide(Ask.User, PrincipalPolicies.None, Ask.Lets(Home)).ShouldBe(new(Verdict.ImplicitDeny, PolicySource.IdentityBased));
        Ask.Decide(Ask.User, Ask.With(Invoke), Ask.Lets(Home)).IsAllowed.ShouldBeTrue();
    }

    [Fact]
    public void Between_accounts_both_must_allow()
    {
        Ask.Decide(Ask.Stranger, Ask.With(Invoke)).ShouldBe(new(Verdict.ImplicitDeny, PolicySource.ResourceBased));
        Ask.Decide(Ask.Stranger, PrincipalPolicies.None, Ask.Lets(Stranger)).ShouldBe(new(Verdict.ImplicitDeny, PolicySource.IdentityBased));
        Ask.Decide(Ask.Stranger, PrincipalPolicies.None, Ask.Lets("\"*\"")).ShouldBe(new(Verdict.ImplicitDeny, PolicySource.IdentityBased));
        Ask.Decide(Ask.Stranger, Ask.With(Invoke), Ask.Lets(Stranger)).IsAllowed.ShouldBeTrue();
        Ask.Decide(Ask.Stranger, Ask.With(Invoke), Ask.Lets(Itself)).IsAllowed.ShouldBeFalse();
    }

    [Fact]
    public void A_root_may_all_at_home_and_only_what_is_given_abroad()
    {
        var strange = Principal.OfArn($"arn:aws:iam::{Ask.Other}:root");
        Ask.Decide(Root, PrincipalPolicies.None).IsAllowed.ShouldBeTrue();
        Ask.Decide(strange, PrincipalPolicies.None).ShouldBe(new(Verdict.ImplicitDeny, PolicySource.ResourceBased));
        Ask.Decide(strange, PrincipalPolicies.None, Ask.Lets(Stranger)).IsAllowed.ShouldBeTrue();
        Ask.Decide(Root, PrincipalPolicies.None, Ask.Lets("\"*\"", "Deny")).ShouldBe(new(Verdict.ExplicitDeny, PolicySource.ResourceBased));
    }

    [Fact]
    public void An_explicit_deny_anywhere_ends_it()
    {
        var deny = Ask.Deny("lambda:*");
        Ask.Decide(Ask.User, Ask.With(Invoke, deny), Ask.Lets(Itself)).ShouldBe(new(Verdict.ExplicitDeny, PolicySource.IdentityBased));
        Ask.Decide(Ask.User, Ask.With(Invoke) with { Boundary = deny }).ShouldBe(new(Verdict.ExplicitDeny, PolicySource.PermissionsBoundary));
        Ask.Decide(Ask.Session, Ask.With(Invoke) with { Session = [deny] }).ShouldBe(new(Verdict.ExplicitDeny, PolicySource.Session));
        Ask.Decide(Ask.User, Ask.With(Invoke), Ask.Lets(Home, "Deny")).ShouldBe(new(Verdict.ExplicitDeny, PolicySource.ResourceBased));
    }

    [Fact]
    public void Boundary_and_session_limit_what_the_identity_may()
    {
        Ask.Decide(Ask.User, Ask.With(Invoke) with { Boundary = Nothing }).ShouldBe(new(Verdict.ImplicitDeny, PolicySource.PermissionsBoundary));
        Ask.Decide(Ask.User, Ask.With(Nothing) with { Boundary = Invoke }).ShouldBe(new(Verdict.ImplicitDeny, PolicySource.IdentityBased));
        Ask.Decide(Ask.Session, Ask.With(Invoke) with { Session = [Nothing] }).ShouldBe(new(Verdict.ImplicitDeny, PolicySource.Session));
        Ask.Decide(Ask.Session, Ask.With(Invoke) with { Session = [Nothing, Invoke], Boundary = Invoke }).IsAllowed.ShouldBeTrue();
    }

    [Fact]
    public void A_resource_that_names_a_user_or_session_asks_for_no_boundary_but_one_that_names_a_role_does()
    {
        var bound = new PrincipalPolicies { Boundary = Nothing };
        Ask.Decide(Ask.User, bound, Ask.Lets(Itself)).IsAllowed.ShouldBeTrue();
        Ask.Decide(Ask.Session, bound, Ask.Lets(OneSession)).IsAllowed.ShouldBeTrue();
        Ask.Decide(Ask.Session, bound, Ask.Lets(Role)).IsAllowed.ShouldBeFalse();
        Ask.Decide(Ask.Session, PrincipalPolicies.None, Ask.Lets(Role)).IsAllowed.ShouldBeTrue();
    }

    [Fact]
    public void Services_and_strangers_have_only_the_policy_of_the_resource()
    {
        var s3 = Principal.OfService("s3.amazonaws.com");
        Ask.Decide(s3, PrincipalPolicies.None, Ask.Lets("""{"Service":"s3.amazonaws.com"}""")).IsAllowed.ShouldBeTrue();
        Ask.Decide(s3, PrincipalPolicies.None, Ask.Lets("""{"AWS":"*"}""")).IsAllowed.ShouldBeFalse();
        Ask.Decide(s3, PrincipalPolicies.None).ShouldBe(new(Verdict.ImplicitDeny, PolicySource.ResourceBased));
        Ask.Decide(Principal.Nobody, PrincipalPolicies.None, Ask.Lets("\"*\"")).IsAllowed.ShouldBeTrue();
        Ask.Decide(Principal.Nobody, PrincipalPolicies.None, Ask.Lets(Home)).IsAllowed.ShouldBeFalse();
    }

    [Theory]
    [InlineData($"\"arn:aws:iam::{Ask.Account}:user/u\"", false)]
    [InlineData($"[\"arn:aws:iam::{Ask.Account}:user/u\",\"{Ask.Account}\"]", true)]
    public void A_denial_of_all_others_spares_whom_it_names_with_the_account(string spared, bool isAllowed)
    {
        var policy = Ask.Policy(
            $$$"""{"Effect":"Deny","NotPrincipal":{"AWS":{{{spared}}}},"Action":"lambda:*","Resource":"*"}""", PolicyKind.Resource);
        Ask.Decide(Ask.User, Ask.With(Invoke), policy).IsAllowed.ShouldBe(isAllowed);
    }

    [Fact]
    public void A_trust_policy_must_name_even_those_of_the_same_account()
    {
        var trust = Ask.Policy($$"""{"Effect":"Allow","Principal":{{Home}},"Action":"sts:AssumeRole"}""", PolicyKind.Trust);
        var request = new AccessRequest(Ask.User, "sts:AssumeRole", $"arn:aws:iam::{Ask.Account}:role/r", new RequestContext());
        AccessEvaluation.Decide(request, Ask.With(Ask.Allow("sts:*")), trust, mustBeNamed: true).IsAllowed.ShouldBeTrue();
        AccessEvaluation.Decide(request, Ask.With(Invoke), trust, mustBeNamed: true).IsAllowed.ShouldBeFalse();
        AccessEvaluation.Decide(request, Ask.With(Ask.Allow("sts:*")), null, mustBeNamed: true)
            .ShouldBe(new(Verdict.ImplicitDeny, PolicySource.ResourceBased));
    }

    [Theory]
    [InlineData(Verdict.ImplicitDeny, PolicySource.IdentityBased, "because no identity-based policy allows the lambda:InvokeFunction action")]
    [InlineData(Verdict.ImplicitDeny, PolicySource.ResourceBased, "because no resource-based policy allows the lambda:InvokeFunction action")]
    [InlineData(Verdict.ImplicitDeny, PolicySource.PermissionsBoundary, "because no permissions boundary allows the lambda:InvokeFunction action")]
    [InlineData(Verdict.ImplicitDeny, PolicySource.Session, "because no session policy allows the lambda:InvokeFunction action")]
    [InlineData(Verdict.ExplicitDeny, PolicySource.IdentityBased, "with an explicit deny in an identity-based policy")]
    [InlineData(Verdict.ExplicitDeny, PolicySource.ResourceBased, "with an explicit deny in a resource-based policy")]
    [InlineData(Verdict.ExplicitDeny, PolicySource.PermissionsBoundary, "with an explicit deny in a permissions boundary")]
    [InlineData(Verdict.ExplicitDeny, PolicySource.Session, "with an explicit deny in a session policy")]
    public void Who_is_refused_reads_why(Verdict verdict, PolicySource source, string reason) =>
        new AccessDecision(verdict, source).Message(Ask.User.Arn, Ask.Invoke, Ask.Function).ShouldBe(
            $"User: arn:aws:iam::{Ask.Account}:user/u is not authorized to perform: lambda:InvokeFunction on resource: {Ask.Function} {reason}");

    [Fact]
    public void Variables_belong_to_the_current_version()
    {
        var context = new RequestContext().With("aws:username", "f");
        Ask.Decide(Ask.User, Ask.With(Ask.Allow("*", "arn:aws:lambda:*:*:function:${aws:username}")), context: context).IsAllowed.ShouldBeTrue();
        Policy.TryParse(
            """{"Statement":{"Effect":"Allow","Action":"*","Resource":"arn:aws:lambda:*:*:function:${aws:username}"}}""", PolicyKind.Inline, out var old, out _);
        Ask.Decide(Ask.User, Ask.With(old!), context: context).IsAllowed.ShouldBeFalse();
    }
}
