using System.Text.Json.Nodes;
using Lambent.ControlPlane.Access;
using Microsoft.AspNetCore.Routing;
using Shouldly;

namespace Lambent.ControlPlane.Tests;

/// <summary>Who may do what: actions, resources and condition keys as AWS's service authorization reference has them.</summary>
public sealed class AccessTests
{
    private const string User = $"arn:aws:iam::{TestPlane.Account}:user/ann", Other = "999999999999";
    private const string F = $"arn:aws:lambda:us-east-1:{TestPlane.Account}:function:f";

    [Fact]
    public async Task Every_operation_says_what_it_needs()
    {
        await using var plane = await TestPlane.StartAsync();
        var without = plane.Endpoints.Where(e => e.Metadata.GetMetadata<AccessRule>() is null).Select(e => e.RoutePattern.RawText);
        without.ShouldBe([ControlPlaneEndpoints.CodePath + "/{Sha256}"]);
        plane.Endpoints.SelectMany(e => e.Metadata.GetOrderedMetadata<AccessRule>()).Select(r => r.Action).Distinct().Count().ShouldBeGreaterThan(60);
    }

    [Fact]
    public async Task Who_has_no_policy_may_do_nothing_and_reads_why()
    {
        await using var plane = await TestPlane.StartAsync();
        await plane.CreateReadyAsync("f");
        var refused = await SendAsync(plane, "GET", $"{TestPlane.Functions}/f");
        (refused.Status, refused.ErrorType).ShouldBe((403, "AccessDeniedException"));
        refused.Text.ShouldBe(
            $$"""{"Message":"User: {{User}} is not authorized to perform: lambda:GetFunction on resource: {{F}} because no identity-based policy allows the lambda:GetFunction action"}""");
        (await SendAsync(plane, "GET", TestPlane.Functions)).Message.ShouldBe(
            $"User: {User} is not authorized to perform: lambda:ListFunctions on resource: * because no identity-based policy allows the lambda:ListFunctions action");
    }

    [Fact]
    public async Task A_function_that_is_not_there_is_none_of_a_strangers_business()
    {
        await using var plane = await TestPlane.StartAsync();
        (await SendAsync(plane, "GET", $"{TestPlane.Functions}/none")).Status.ShouldBe(403);
        plane.Principals.Give(User, """{"Effect":"Allow","Action":"lambda:Get*","Resource":"*"}""");
        (await SendAsync(plane, "GET", $"{TestPlane.Functions}/none")).Status.ShouldBe(404);
    }

    [Theory]
    [InlineData("GET", "/2015-03-31/functions/f", "lambda:GetFunction", F)]
    [InlineData("GET", "/2015-03-31/functions/f?Qualifier=1", "lambda:GetFunction", F + ":1")]
    [InlineData("GET", "/2015-03-31/functions/f:1/configuration", "lambda:GetFunctionConfiguration", F + ":1")]
    [InlineData("DELETE", "/2015-03-31/functions/f?Qualifier=1", "lambda:DeleteFunction", F + ":1")]
    [InlineData("PUT", "/2015-03-31/functions/f/code", "lambda:UpdateFunctionCode", F)]
    [InlineData("GET", "/2015-03-31/functions/f/aliases/a", "lambda:GetAlias", F)]
    [InlineData("GET", "/2015-03-31/functions/f/policy?Qualifier=a", "lambda:GetPolicy", F + ":a")]
    [InlineData("GET", "/2021-10-31/functions/f/url?Qualifier=a", "lambda:GetFunctionUrlConfig", F + ":a")]
    [InlineData("GET", "/2019-09-30/functions/f/provisioned-concurrency?List=ALL", "lambda:ListProvisionedConcurrencyConfigs", F)]
    [InlineData("GET", "/2018-10-31/layers/l/versions/1", "lambda:GetLayerVersion", "arn:aws:lambda:us-east-1:123456789012:layer:l:1")]
    [InlineData("GET", "/2018-10-31/layers?find=LayerVersion&Arn=arn:aws:lambda:us-east-1:123456789012:layer:l:1", "lambda:GetLayerVersion", "arn:aws:lambda:us-east-1:123456789012:layer:l:1")]
    [InlineData("GET", "/2018-10-31/layers", "lambda:ListLayers", "*")]
    [InlineData("GET", "/2017-03-31/tags/" + F, "lambda:ListTags", F)]
    [InlineData("GET", "/2015-03-31/event-source-mappings/u", "lambda:GetEventSourceMapping", "arn:aws:lambda:us-east-1:123456789012:event-source-mapping:u")]
    [InlineData("GET", "/2015-03-31/event-source-mappings", "lambda:ListEventSourceMappings", "*")]
    public async Task An_operation_is_an_action_on_a_resource(string method, string target, string action, string resource)
    {
        await using var plane = await TestPlane.StartAsync();
        (await SendAsync(plane, method, target)).Message.ShouldStartWith($"User: {User} is not authorized to perform: {action} on resource: {resource} because");
        plane.Principals.Give(User, $$"""{"Effect":"Allow","Action":"{{action}}","Resource":"{{resource}}"}""");
        (await SendAsync(plane, method, target)).Status.ShouldNotBe(403);
        plane.Principals.Give(User, $$"""[{"Effect":"Allow","Action":"*","Resource":"*"},{"Effect":"Deny","Action":"{{action}}","Resource":"{{resource}}"}]""");
        (await SendAsync(plane, method, target)).Message.ShouldEndWith("with an explicit deny in an identity-based policy");
    }

    [Fact]
    public async Task Whoever_creates_a_function_must_be_allowed_to_pass_its_role_and_to_set_its_tags()
    {
        await using var plane = await TestPlane.StartAsync();
        const string create = """{"Effect":"Allow","Action":"lambda:CreateFunction","Resource":"*"}""";
        const string pass = """{"Effect":"Allow","Action":"iam:PassRole","Resource":"*","Condition":{"StringEquals":{"iam:PassedToService":"lambda.amazonaws.com"}}}""";
        plane.Principals.Give(User, create);
        (await CreateAsync()).Message.ShouldBe(
            $"User: {User} is not authorized to perform: iam:PassRole on resource: {TestPlane.Role} because no identity-based policy allows the iam:PassRole action");
        plane.Principals.Give(User, $"[{create},{pass}]");
        (await CreateAsync(f => f["Tags"] = new JsonObject { ["team"] = "a" })).Text.ShouldContain("lambda:TagResource");
        (await CreateAsync()).Status.ShouldBe(201);

        Task<Answer> CreateAsync(Action<JsonObject>? change = null) => SendAsync(plane, "POST", TestPlane.Functions, TestPlane.Creation("f", change));
    }

    [Theory]
    [InlineData("""{"ForAnyValue:StringEquals":{"lambda:Layer":"arn:aws:lambda:us-east-1:123456789012:layer:l:1"}}""")]
    [InlineData("""{"StringEquals":{"aws:RequestTag/team":"a"}}""")]
    [InlineData("""{"ForAllValues:StringEquals":{"aws:TagKeys":["team"]},"Null":{"aws:TagKeys":"false"}}""")]
    [InlineData("""{"StringEquals":{"aws:username":"ann","aws:RequestedRegion":"us-east-1","aws:PrincipalAccount":"123456789012"}}""")]
    [InlineData("""{"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::*:user/a*"},"Bool":{"aws:SecureTransport":"false"},"DateLessThan":{"aws:CurrentTime":"2027-01-01"}}""")]
    public async Task Policies_may_ask_for_what_a_request_says(string condition)
    {
        await using var plane = await TestPlane.StartAsync();
        await plane.SendAsync("POST", "/2018-10-31/layers/l/versions", $$$"""{"Content":{"ZipFile":"{{{TestPlane.Zip(("x", "1"))}}}"}}""");
        const string rest = """{"Effect":"Allow","Action":["iam:PassRole","lambda:TagResource","lambda:GetLayerVersion"],"Resource":"*"}""";
        plane.Principals.Give(User, $$"""[{{rest}},{"Effect":"Allow","Action":"lambda:CreateFunction","Resource":"*","Condition":{{condition}}}]""");
        (await CreateAsync("l", "team")).Status.ShouldBe(201);
        plane.Principals.Give(User, $$"""[{{rest}},{"Effect":"Allow","Action":"lambda:*","Resource":"*"},{"Effect":"Deny","Action":"lambda:CreateFunction","Resource":"*","Condition":{{condition}}}]""");
        (await CreateAsync("l", "team")).Status.ShouldBe(403);

        Task<Answer> CreateAsync(string layer, string tag) => SendAsync(plane, "POST", TestPlane.Functions, TestPlane.Creation("f", f =>
        {
            f["Layers"] = new JsonArray($"arn:aws:lambda:us-east-1:{TestPlane.Account}:layer:{layer}:1");
            f["Tags"] = new JsonObject { [tag] = "a" };
        }));
    }

    [Fact]
    public async Task Policies_may_ask_for_the_tags_of_a_function()
    {
        await using var plane = await TestPlane.StartAsync();
        await plane.CreateReadyAsync("f", f => f["Tags"] = new JsonObject { ["team"] = "a" });
        await plane.CreateReadyAsync("g");
        plane.Principals.Give(User, """{"Effect":"Allow","Action":"lambda:GetFunction","Resource":"*","Condition":{"StringEquals":{"aws:ResourceTag/team":"a"}}}""");
        (await SendAsync(plane, "GET", $"{TestPlane.Functions}/f")).Status.ShouldBe(200);
        (await SendAsync(plane, "GET", $"{TestPlane.Functions}/g")).Status.ShouldBe(403);
    }

    [Fact]
    public async Task A_policy_of_the_function_lets_another_account_in_for_what_it_says()
    {
        await using var plane = await TestPlane.StartAsync();
        await plane.CreateReadyAsync("f");
        (await GetAsync()).Text.ShouldBe("""{"Message":null}""");
        (await plane.SendAsync("POST", $"{TestPlane.Functions}/f/policy",
            $$"""{"StatementId":"s","Action":"lambda:GetFunctionConfiguration","Principal":"{{Other}}"}""")).Status.ShouldBe(201);
        (await GetAsync()).Json["FunctionArn"]!.ToString().ShouldBe(F);
        (await plane.SendAsync("DELETE", $"{TestPlane.Functions}/{F}", account: Other)).Status.ShouldBe(403);
        (await plane.SendAsync("DELETE", $"{TestPlane.Functions}/f/policy/s")).Status.ShouldBe(204);
        (await GetAsync()).Status.ShouldBe(403);

        Task<Answer> GetAsync() => plane.SendAsync("GET", $"{TestPlane.Functions}/{F}/configuration", account: Other);
    }

    [Fact]
    public async Task A_body_that_cannot_be_read_is_refused_before_policies_are_asked_about_it()
    {
        await using var plane = await TestPlane.StartAsync();
        plane.Principals.Give(User, """{"Effect":"Allow","Action":"*","Resource":"*"}""");
        var refused = await SendAsync(plane, "POST", TestPlane.Functions, """{"FunctionName":"f","Layers":"l"}""");
        (refused.Status, refused.ErrorType).ShouldBe((400, "SerializationException"));
    }

    private static Task<Answer> SendAsync(TestPlane plane, string method, string target, string? body = null) =>
        plane.SendAsync(method, target, body, principal: User);
}
