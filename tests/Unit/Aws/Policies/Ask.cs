using FsCheck;
using Shouldly;

namespace Lambent.Aws.Policies.Tests;

/// <summary>Policies and questions in few words.</summary>
internal static class Ask
{
    internal const string Account = "111111111111", Other = "222222222222";
    internal const string Function = $"arn:aws:lambda:us-east-1:{Account}:function:f";
    internal const string Invoke = "lambda:InvokeFunction";

    internal static readonly Principal User = Principal.OfArn($"arn:aws:iam::{Account}:user/u");
    internal static readonly Principal Session = Principal.OfArn($"arn:aws:sts::{Account}:assumed-role/r/s");
    internal static readonly Principal Stranger = Principal.OfArn($"arn:aws:iam::{Other}:user/u");

    /// <summary>Fails with the smallest counterexample, if there is one among many tries.</summary>
    internal static void Hold(this Property property) => Check.One(Config.QuickThrowOnFailure.WithMaxTest(1000).WithEndSize(20), property);

    internal static Policy Policy(string statements, PolicyKind kind = PolicyKind.Inline)
    {
        Lambent.Aws.Policies.Policy.TryParse($$"""{"Version":"2012-10-17","Statement":{{statements}}}""", kind, out var policy, out var fault)
            .ShouldBeTrue(fault);
        return policy!;
    }

    internal static Policy Allow(string action, string resource = "*") =>
        Policy($$"""{"Effect":"Allow","Action":"{{action}}","Resource":"{{resource}}"}""");

    internal static Policy Deny(string action) => Policy($$"""{"Effect":"Deny","Action":"{{action}}","Resource":"*"}""");

    internal static Policy Lets(string principal, string effect = "Allow") => Policy(
        $$"""{"Effect":"{{effect}}","Principal":{{principal}},"Action":"lambda:*","Resource":"{{Function}}"}""", PolicyKind.Resource);

    internal static Policy When(string condition) =>
        Policy($$"""{"Effect":"Allow","Action":"*","Resource":"*","Condition":{{condition}}}""");

    internal static AccessRequest Request(Principal who, RequestContext? context = null, string action = Invoke) =>
        new(who, action, Function, context ?? new RequestContext());

    internal static PrincipalPolicies With(params Policy[] policies) => new() { Identity = [.. policies] };

    internal static AccessDecision Decide(Principal who, PrincipalPolicies identity, Policy? resource = null, RequestContext? context = null) =>
        AccessEvaluation.Decide(Request(who, context), identity, resource);
}
