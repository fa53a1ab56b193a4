using System.Text.Json.Nodes;
using Lambent.Aws.Policies;
using Lambent.Contracts;
using Shouldly;
using Xunit;

namespace Lambent.ControlPlane.Tests;

/// <summary>Policies of functions, in AWS's words and forms.</summary>
public class PolicyTests
{
    private const string Arn = "arn:aws:lambda:us-east-1:123456789012:function:f";

    [Theory]
    [InlineData("""{"Principal":"s3.amazonaws.com"}""", """{"Principal":{"Service":"s3.amazonaws.com"},"Action":"lambda:InvokeFunction","Resource":"ARN"}""")]
    [InlineData("""{"Principal":"*"}""", """{"Principal":"*","Action":"lambda:InvokeFunction","Resource":"ARN"}""")]
    [InlineData("""{"Principal":"999999999999"}""", """{"Principal":{"AWS":"arn:aws:iam::999999999999:root"},"Action":"lambda:InvokeFunction","Resource":"ARN"}""")]
    [InlineData("""{"Principal":"arn:aws:iam::999999999999:role/r.x"}""", """{"Principal":{"AWS":"arn:aws:iam::999999999999:role/r.x"},"Action":"lambda:InvokeFunction","Resource":"ARN"}""")]
    [InlineData("""{"Principal":"sns.amazonaws.com","SourceArn":"arn:aws:sns:us-east-1:123456789012:t","SourceAccount":"123456789012"}""",
        """{"Principal":{"Service":"sns.amazonaws.com"},"Action":"lambda:InvokeFunction","Resource":"ARN","Condition":{"StringEquals":{"AWS:SourceAccount":"123456789012"},"ArnLike":{"AWS:SourceArn":"arn:aws:sns:us-east-1:123456789012:t"}}}""")]
    [InlineData("""{"Principal":"*","FunctionUrlAuthType":"NONE"}""",
        """{"Principal":"*","Action":"lambda:InvokeFunction","Resource":"ARN","Condition":{"StringEquals":{"lambda:FunctionUrlAuthType":"NONE"}}}""")]
    [InlineData("""{"Principal":"*","PrincipalOrgID":"o-1234567890"}""",
        """{"Principal":"*","Action":"lambda:InvokeFunction","Resource":"ARN","Condition":{"StringEquals":{"aws:PrincipalOrgID":"o-1234567890"}}}""")]
    [InlineData("""{"Principal":"alexa-appkit.amazon.com","EventSourceToken":"t-1"}""",
        """{"Principal":{"Service":"alexa-appkit.amazon.com"},"Action":"lambda:InvokeFunction","Resource":"ARN","Condition":{"StringEquals":{"lambda:EventSourceToken":"t-1"}}}""")]
    public async Task A_statement_has_the_form_of_AWS(string given, string expected)
    {
        await using var plane = await TestPlane.StartAsync();
        await plane.CreateReadyAsync("f");
        var answer = await AddAsync(plane, "f", "s1", given);
        answer.Status.ShouldBe(201, answer.Text);
        var statement = $$"""{"Sid":"s1","Effect":"Allow",{{expected[1..]}}""".Replace("\"ARN\"", $"\"{Arn}\"", StringComparison.Ordinal);
        ((string?)answer.Json["Statement"]).ShouldBe(statement);
        var policy = (await plane.SendAsync("GET", $"{TestPlane.Functions}/f/policy")).Json;
        ((string?)policy["Policy"]).ShouldBe($$"""{"Version":"2012-10-17","Id":"default","Statement":[{{statement}}]}""");
        ((string?)policy["RevisionId"]).ShouldBe((string?)(await plane.GetAsync("f"))["RevisionId"]);
    }

    [Theory]
    [InlineData("""{"Principal":"s3.amazonaws.com"}""", "s3.amazonaws.com", null, null, true)]
    [InlineData("""{"Principal":"s3.amazonaws.com"}""", "sns.amazonaws.com", null, null, false)]
    [InlineData("""{"Principal":"s3.amazonaws.com","SourceArn":"arn:aws:s3:::bucket"}""", "s3.amazonaws.com", "arn:aws:s3:::bucket", null, true)]
    [InlineData("""{"Principal":"s3.amazonaws.com","SourceArn":"arn:aws:s3:::bucket"}""", "s3.amazonaws.com", "arn:aws:s3:::other", null, false)]
    [InlineData("""{"Principal":"s3.amazonaws.com","SourceArn":"arn:aws:s3:::buck*"}""", "s3.amazonaws.com", "arn:aws:s3:::bucket", null, true)]
    [InlineData("""{"Principal":"s3.amazonaws.com","SourceArn":"arn:aws:s3:::bucket"}""", "s3.amazonaws.com", null, null, false)]
    [InlineData("""{"Principal":"s3.amazonaws.com","SourceAccount":"123456789012"}""", "s3.amazonaws.com", null, "123456789012", true)]
    [InlineData("""{"Principal":"s3.amazonaws.com","SourceAccount":"123456789012"}""", "s3.amazonaws.com", null, "999999999999", false)]
    [InlineData("""{"Principal":"123456789012"}""", "s3.amazonaws.com", null, null, false)]
    public async Task What_is_published_lets_in_the_service_that_was_named(string given, string service, string? sourceArn, string? account, bool isAllowed)
    {
        await using var plane = await TestPlane.StartAsync();
        await plane.CreateReadyAsync("f");
        (await AddAsync(plane, "f", "s1", given)).Status.ShouldBe(201);
        var policy = ParsedPolicies.Of(plane.Catalog.Find(new FunctionArn("us-east-1", TestPlane.Account, "f"))!.Policies["$LATEST"]);
        var context = new RequestContext().With("aws:SourceArn", sourceArn).With("aws:SourceAccount", account);
        var request = new AccessRequest(Principal.OfService(service), "lambda:InvokeFunction", Arn, context);
        AccessEvaluation.Decide(request, PrincipalPolicies.None, policy).IsAllowed.ShouldBe(isAllowed);
    }

    [Theory]
    [InlineData("POST", "none/policy", "Function not found: arn:aws:lambda:us-east-1:123456789012:function:none")]
    [InlineData("POST", "f/policy?Qualifier=42", $"Function not found: {Arn}:42")]
    [InlineData("POST", "f/policy?Qualifier=no-alias", $"Cannot find alias arn: {Arn}:no-alias")]
    [InlineData("POST", "f/policy?Qualifier=valid-with-$-but", $"Function not found: {Arn}:valid-with-$-but")]
    [InlineData("POST", "f/policy?Qualifier=$LATEST", "We currently do not support adding policies for $LATEST.")]
    [InlineData("POST", "f:1/policy?Qualifier=2", "The derived qualifier from the function name does not match the specified qualifier.")]
    [InlineData("GET", "none/policy", "Function not found: arn:aws:lambda:us-east-1:123456789012:function:none")]
    [InlineData("GET", "f/policy", "The resource you requested does not exist.")]
    [InlineData("GET", "f/policy?Qualifier=42", "The resource you requested does not exist.")]
    [InlineData("DELETE", "none/policy/s", "No policy found for: arn:aws:lambda:us-east-1:123456789012:function:none")]
    [InlineData("DELETE", "f/policy/s", "No policy is associated with the given resource.")]
    [InlineData("DELETE", "f/policy/s?Qualifier=no-alias", $"Cannot find alias arn: {Arn}:no-alias")]
    public async Task What_is_not_there_is_said_as_AWS_says_it(string method, string target, string message)
    {
        await using var plane = await TestPlane.StartAsync();
        await plane.CreateReadyAsync("f");
        var body = method == "POST" ? """{"StatementId":"s","Action":"lambda:InvokeFunction","Principal":"*"}""" : null;
        (await plane.SendAsync(method, $"{TestPlane.Functions}/{target}", body)).Message.ShouldBe(message);
    }

    [Fact]
    public async Task Statements_come_and_go_with_the_revision_of_their_resource()
    {
        var first = await TestPlane.StartAsync();
        await first.CreateReadyAsync("f", f => f["Publish"] = true);
        (await first.SendAsync("POST", $"{TestPlane.Functions}/f/aliases", """{"Name":"live","FunctionVersion":"1"}""")).Status.ShouldBe(201);
        foreach (var name in (string[])["f", "f:1", "f:live"])
        {
            (await AddAsync(first, name, "a", """{"Principal":"*"}""")).Status.ShouldBe(201);
            (await AddAsync(first, name, "a", """{"Principal":"*"}""")).Message.ShouldBe(
                "The statement id (a) provided already exists. Please provide a new statement id, or remove the existing statement.");
            (await AddAsync(first, name, "b", """{"Principal":"*","RevisionId":"wrong"}""")).Message.ShouldBe(
                "The Revision Id provided does not match the latest Revision Id. Call the GetPolicy API to retrieve the latest Revision Id");
        }

        await using var second = await first.RestartAsync();
        foreach (var name in (string[])["f", "f:1", "f:live"])
        {
            var policy = (await second.SendAsync("GET", $"{TestPlane.Functions}/{name}/policy")).Json;
            ((string?)policy["Policy"])!.ShouldContain($"function:{name}\"");
            (await second.SendAsync("DELETE", $"{TestPlane.Functions}/{name}/policy/x")).Message.ShouldBe("Statement x is not found in resource policy.");
            (await second.SendAsync("DELETE", $"{TestPlane.Functions}/{name}/policy/a?RevisionId=wrong")).Message.ShouldBe(
                "The Revision Id provided does not match the latest Revision Id. Call the GetFunction/GetAlias API to retrieve the latest Revision Id");
            (await second.SendAsync("DELETE", $"{TestPlane.Functions}/{name}/policy/a?RevisionId={policy["RevisionId"]}")).Status.ShouldBe(204);
            (await second.SendAsync("GET", $"{TestPlane.Functions}/{name}/policy")).Status.ShouldBe(404);
        }
    }

    [Theory]
    [InlineData("""{"StatementId":"example.com","Action":"lambda:InvokeFunction","Principal":"*"}""",
        "1 validation error detected: Value 'example.com' at 'statementId' failed to satisfy constraint: Member must satisfy regular expression pattern: ([a-zA-Z0-9-_]+)")]
    [InlineData("""{"StatementId":"s","Action":"lambda:InvokeFunction","Principal":"invalid"}""",
        "The provided principal was invalid. Please check the principal and try again.")]
    [InlineData("""{"StatementId":"s","Action":"lambda:InvokeFunction","Principal":"invalid.nonaws.com"}""",
        "The provided principal was invalid. Please check the principal and try again.")]
    public async Task What_no_statement_may_have_is_refused(string body, string message)
    {
        await using var plane = await TestPlane.StartAsync();
        await plane.CreateReadyAsync("f");
        (await plane.SendAsync("POST", $"{TestPlane.Functions}/f/policy", body)).Message.ShouldBe(message);
    }

    [Fact]
    public async Task A_policy_has_a_largest_size()
    {
        await using var plane = await TestPlane.StartAsync();
        await plane.CreateReadyAsync("f");
        Answer answer;
        var added = 0;
        do
        {
            answer = await AddAsync(plane, "f", $"s{added++}", """{"Principal":"*"}""");
        }
        while (answer.Status == 201 && added < 1_000);
        (answer.Status, answer.ErrorType).ShouldBe((400, "PolicyLengthExceededException"));
        ((string?)(await plane.SendAsync("GET", $"{TestPlane.Functions}/f/policy")).Json["Policy"])!.Length.ShouldBeLessThanOrEqualTo(20_480);
    }

    private static Task<Answer> AddAsync(TestPlane plane, string name, string id, string given)
    {
        var body = JsonNode.Parse(given)!;
        (body["StatementId"], body["Action"]) = (id, "lambda:InvokeFunction");
        return plane.SendAsync("POST", $"{TestPlane.Functions}/{name}/policy", body.ToJsonString());
    }
}
