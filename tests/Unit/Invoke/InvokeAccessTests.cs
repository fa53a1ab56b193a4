using System.Collections.Immutable;
using Lambent.Aws;
using Lambent.Aws.Policies;
using Lambent.Contracts;
using Lambent.Invoke.Frontend;
using Lambent.Invoke.Telemetry;
using Microsoft.AspNetCore.Http;
using Shouldly;

namespace Lambent.Invoke.Tests;

/// <summary>Who may invoke through the API, by the policies of the caller and of the function.</summary>
public sealed class InvokeAccessTests
{
    private const string Home = "123456789012", Other = "999999999999", User = $"arn:aws:iam::{Home}:user/ann", Stranger = $"arn:aws:iam::{Other}:user/bob";
    private const string F = $"arn:aws:lambda:us-east-1:{Home}:function:f";

    [Fact]
    public void A_root_invokes_at_home_without_any_policy() => Read($"arn:aws:iam::{Home}:root").ShouldBeNull();

    [Fact]
    public void Who_has_no_policy_reads_why()
    {
        Read(User)!.Message.ShouldBe(
            $"User: {User} is not authorized to perform: lambda:InvokeFunction on resource: {F} because no identity-based policy allows the lambda:InvokeFunction action");
        Read(User, name: "none")!.Status.ShouldBe(403);
        Read(User, qualifier: "live")!.Message.ShouldContain($"on resource: {F}:live because");
    }

    [Theory]
    [InlineData(F, null, true)]
    [InlineData(F, "live", false)]
    [InlineData(F + ":*", "live", true)]
    [InlineData(F + ":*", null, false)]
    [InlineData(F + ":live", "live", true)]
    public void An_identity_policy_names_the_function_or_one_of_its_versions(string resource, string? qualifier, bool isAllowed) =>
        (Read(User, identity: Allow("lambda:InvokeFunction", resource), qualifier: qualifier) is null).ShouldBe(isAllowed);

    [Fact]
    public void Between_accounts_both_must_allow()
    {
        const string permission = $$"""{"Sid":"s","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::{{Other}}:root"},"Action":"lambda:InvokeFunction","Resource":"{{F}}"}""";
        var mine = Allow("lambda:*", "*");
        Read(Stranger, name: F, identity: mine)!.Message.ShouldEndWith("because no resource-based policy allows the lambda:InvokeFunction action");
        Read(Stranger, name: F, permission: permission)!.Message.ShouldEndWith("because no identity-based policy allows the lambda:InvokeFunction action");
        Read(Stranger, name: F, identity: mine, permission: permission).ShouldBeNull();
        Read($"arn:aws:iam::{Other}:root", name: F, permission: permission).ShouldBeNull();
        Read(Stranger, name: $"{F}:live", identity: mine, permission: permission)!.Status.ShouldBe(403);
    }

    [Fact]
    public void A_permission_for_urls_alone_does_not_open_the_api() => Read(Stranger, name: F, identity: Allow("lambda:*", "*"), permission: $$$"""
        {"Sid":"s","Effect":"Allow","Principal":"*","Action":"lambda:InvokeFunction","Resource":"{{{F}}}","Condition":{"Bool":{"lambda:InvokedViaFunctionUrl":"true"} } }
        """)!.Status.ShouldBe(403);

    [Fact]
    public void The_root_of_the_account_costs_no_memory()
    {
        var access = Authorizer.KnowingNobody("us-east-1", TimeProvider.System);
        var request = new AwsRequest("id", KeyOf($"arn:aws:iam::{Home}:root"), default);
        var (target, catalog) = (Samples.Arn, new FunctionCatalog());
        InvokeAccess.Refuse(access, request, target, catalog).ShouldBeNull();
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1000; i++)
        {
            InvokeAccess.Refuse(access, request, target, catalog);
        }

        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBe(0);
    }

    private static Policy Allow(string action, string resource) =>
        Parse($$"""{"Effect":"Allow","Action":"{{action}}","Resource":"{{resource}}"}""", PolicyKind.Inline);

    private static Policy Parse(string statement, PolicyKind kind) =>
        Policy.TryParse($$"""{"Version":"2012-10-17","Statement":{{statement}}}""", kind, out var policy, out var fault) ? policy : throw new ArgumentException(fault);

    private static AccessKey KeyOf(string principal) => new("AKIATEST", "secret", principal.Split(':')[4], principal, "AIDATEST");

    private static AwsError? Read(string principal, string name = "f", Policy? identity = null, string? permission = null, string? qualifier = null)
    {
        using var telemetry = new RoadTelemetry(TimeProvider.System);
        var catalog = new FunctionCatalog();
        var entry = FunctionEntry.Of(Samples.Function());
        catalog.Publish(entry with
        {
            Aliases = entry.Aliases.Add("live", new AliasRoute("$LATEST")),
            Policies = permission is null ? entry.Policies : ImmutableDictionary<string, string>.Empty
                .Add("$LATEST", $$"""{"Version":"2012-10-17","Statement":[{{permission}}]}"""),
        });
        var context = new DefaultHttpContext();
        context.Request.RouteValues["FunctionName"] = name;
        context.Request.QueryString = qualifier is null ? default : new QueryString($"?Qualifier={qualifier}");
        var access = new Authorizer(new OnePrincipal(identity), "us-east-1", TimeProvider.System);
        return InvokeCall.Read(
            context, new AwsRequest("id", KeyOf(principal), default), "us-east-1", catalog, access, Limits.OfAws, () => 1, telemetry, TimeProvider.System,
            InvocationType.RequestResponse).Error;
    }

    private sealed class OnePrincipal(Policy? policy) : IPrincipalPolicies
    {
        public PrincipalPolicies Of(in AccessKey caller) => policy is null ? PrincipalPolicies.None : new PrincipalPolicies { Identity = [policy] };
    }
}
