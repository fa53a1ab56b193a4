using System.Text.Json.Nodes;
using Lambent.Contracts;
using Shouldly;
using Xunit;

namespace Lambent.ControlPlane.Tests;

/// <summary>Tags, recursion, runtime management, code signing and event source mappings, in AWS's words.</summary>
public class ResourceTests
{
    private const string Arn = "arn:aws:lambda:us-east-1:123456789012:function:f", TagsOf = "/2017-03-31/tags";
    private const string Mappings = "/2015-03-31/event-source-mappings", Queue = "arn:aws:sqs:us-east-1:123456789012:q";
    private const string Configs = "/2020-04-22/code-signing-configs";

    [Fact]
    public async Task Tags_of_a_function_are_set_and_taken_away_and_last()
    {
        var first = await TestPlane.StartAsync();
        await first.CreateReadyAsync("f", f => f["Tags"] = new JsonObject { ["a"] = "1" });
        (await first.SendAsync("POST", $"{TagsOf}/{Arn}", """{"Tags":{"b":"2","a":"3"}}""")).Status.ShouldBe(204);
        (await first.SendAsync("DELETE", $"{TagsOf}/{Arn}?tagKeys=a&tagKeys=none")).Status.ShouldBe(204);
        await using var second = await first.RestartAsync();
        (await second.SendAsync("GET", $"{TagsOf}/{Arn}")).Text.ShouldBe("""{"Tags":{"b":"2"}}""");
        (await second.SendAsync("GET", $"{TestPlane.Functions}/f")).Json["Tags"]!.ToJsonString().ShouldBe("""{"b":"2"}""");
        await second.SendAsync("DELETE", $"{TagsOf}/{Arn}?tagKeys=b");
        (await second.SendAsync("GET", $"{TagsOf}/{Arn}")).Text.ShouldBe("""{"Tags":{}}""");
        (await second.SendAsync("GET", $"{TestPlane.Functions}/f")).Json["Tags"].ShouldBeNull();

        var many = new JsonObject([.. Enumerable.Range(0, 51).Select(i => KeyValuePair.Create($"k{i}", (JsonNode?)"v"))]);
        (await second.SendAsync("POST", $"{TagsOf}/{Arn}", new JsonObject { ["Tags"] = many }.ToJsonString())).Message.ShouldBe(
            "Number of tags exceeds resource tag limit.");
    }

    [Fact]
    public async Task Tags_change_the_revision_of_a_function_and_no_tags_are_refused()
    {
        await using var plane = await TestPlane.StartAsync();
        await plane.CreateReadyAsync("f");
        var seen = new HashSet<string> { await RevisionAsync() };
        (await plane.SendAsync("POST", $"{TagsOf}/{Arn}", """{"Tags":{}}""")).Message.ShouldBe("An error occurred and the request cannot be processed.");
        seen.Add(await RevisionAsync()).ShouldBeFalse();
        await plane.SendAsync("POST", $"{TagsOf}/{Arn}", """{"Tags":{"a":"b"}}""");
        seen.Add(await RevisionAsync()).ShouldBeTrue();
        await plane.SendAsync("DELETE", $"{TagsOf}/{Arn}?tagKeys=a");
        seen.Add(await RevisionAsync()).ShouldBeTrue();

        async Task<string> RevisionAsync() =>
            (await plane.SendAsync("GET", $"{TestPlane.Functions}/f")).Json["Configuration"]!["RevisionId"]!.ToString();
    }

    [Theory]
    [InlineData("GET", Arn + ":1", "Tags on function aliases and versions are not supported. Please specify a function ARN.")]
    [InlineData("POST", Arn + ":$LATEST", "Tags on function aliases and versions are not supported. Please specify a function ARN.")]
    [InlineData("POST", Arn + "x", "Function not found: " + Arn + "x")]
    [InlineData("DELETE", Arn, "1 validation error detected: Value null at 'tagKeys' failed to satisfy constraint: Member must not be null")]
    [InlineData("GET", "arn:aws:lambda:us-east-1:123456789012:event-source-mapping:00000000-0000-0000-0000-000000000000",
        "Event source mapping not found: arn:aws:lambda:us-east-1:123456789012:event-source-mapping:00000000-0000-0000-0000-000000000000")]
    [InlineData("GET", "arn:aws:lambda:us-east-1:123456789012:capacity-provider:c",
        "Capacity provider not found: arn:aws:lambda:us-east-1:123456789012:capacity-provider:c")]
    public async Task What_has_no_tags_is_said_as_AWS_says_it(string method, string resource, string message)
    {
        await using var plane = await TestPlane.StartAsync();
        await plane.CreateReadyAsync("f");
        (await plane.SendAsync(method, $"{TagsOf}/{resource}", method == "POST" ? """{"Tags":{"a":"b"}}""" : null)).Message.ShouldBe(message);
    }

    [Fact]
    public async Task Recursion_is_kept_and_published()
    {
        const string path = "/2024-08-31/functions/f/recursion-config";
        await using var plane = await TestPlane.StartAsync();
        (await plane.SendAsync("PUT", path, """{"RecursiveLoop":"Allow"}""")).Message.ShouldBe($"Function not found: {Arn}");
        await plane.CreateReadyAsync("f");
        (await plane.SendAsync("GET", path)).Text.ShouldBe("""{"RecursiveLoop":"Terminate"}""");
        (await plane.SendAsync("PUT", path, """{"RecursiveLoop":"InvalidValue"}""")).Message.ShouldBe(
            "1 validation error detected: Value 'InvalidValue' at 'recursiveLoop' failed to satisfy constraint: Member must satisfy enum value set: [Terminate, Allow]");
        (await plane.SendAsync("PUT", path, """{"RecursiveLoop":"Allow"}""")).Text.ShouldBe("""{"RecursiveLoop":"Allow"}""");
        plane.Catalog.Find(new FunctionArn("us-east-1", TestPlane.Account, "f"))!.AllowsRecursion.ShouldBeTrue();
        await plane.SendAsync("PUT", path, """{"RecursiveLoop":"Terminate"}""");
        plane.Catalog.Find(new FunctionArn("us-east-1", TestPlane.Account, "f"))!.AllowsRecursion.ShouldBeFalse();
    }

    [Theory]
    [InlineData("GET")]
    [InlineData("PUT")]
    public async Task Recursion_is_of_a_function_never_of_a_version(string method)
    {
        await using var plane = await TestPlane.StartAsync();
        await plane.CreateReadyAsync("f");
        var answer = await plane.SendAsync(method, "/2024-08-31/functions/f:1/recursion-config", method == "PUT" ? """{"RecursiveLoop":"Allow"}""" : null);
        answer.Message.ShouldBe(
            "1 validation error detected: Value 'f:1' at 'functionName' failed to satisfy constraint: Member must satisfy regular expression pattern: "
            + FunctionArn.UnqualifiedNamePattern);
    }

    [Fact]
    public async Task Runtime_management_is_kept_for_each_version()
    {
        const string path = "/2021-07-20/functions/f/runtime-management-config";
        await using var plane = await TestPlane.StartAsync();
        await plane.CreateReadyAsync("f");
        (await plane.SendAsync("GET", path)).Text.ShouldBe($$"""{"UpdateRuntimeOn":"Auto","RuntimeVersionArn":null,"FunctionArn":"{{Arn}}:$LATEST"}""");
        (await plane.SendAsync("PUT", path, """{"UpdateRuntimeOn":"FunctionUpdate"}""")).Status.ShouldBe(200);
        ((string?)(await plane.SendAsync("GET", path)).Json["UpdateRuntimeOn"]).ShouldBe("FunctionUpdate");
        (await plane.SendAsync("PUT", path, """{"UpdateRuntimeOn":"Manual"}""")).Status.ShouldBe(400);
        (await plane.SendAsync("GET", $"{path}?Qualifier=9")).Message.ShouldBe($"Function not found: {Arn}:9");
    }

    [Fact]
    public async Task A_code_signing_configuration_has_a_life_and_its_functions()
    {
        const string publishers = """{"SigningProfileVersionArns":["arn:aws:signer:us-east-1:123456789012:/signing-profiles/p/v"]}""";
        const string ofFunction = "/2020-06-30/functions/f/code-signing-config";
        var first = await TestPlane.StartAsync();
        await first.CreateReadyAsync("f");
        (await first.SendAsync("GET", ofFunction)).Text.ShouldBe("""{"CodeSigningConfigArn":null,"FunctionName":null}""");
        var made = await first.SendAsync("POST", Configs, $$"""{"Description":"d","AllowedPublishers":{{publishers}}}""");
        made.Status.ShouldBe(201, made.Text);
        var config = made.Json["CodeSigningConfig"]!;
        config["CodeSigningPolicies"]!.ToJsonString().ShouldBe("""{"UntrustedArtifactOnDeployment":"Warn"}""");
        var arn = (string)config["CodeSigningConfigArn"]!;
        (await first.SendAsync("PUT", $"{Configs}/{arn}", """{"CodeSigningPolicies":{"UntrustedArtifactOnDeployment":"Enforce"}}""")).Status.ShouldBe(200);
        (await first.SendAsync("PUT", ofFunction, $$"""{"CodeSigningConfigArn":"{{arn}}"}""")).Text.ShouldBe(
            $$"""{"CodeSigningConfigArn":"{{arn}}","FunctionName":"f"}""");

        await using var second = await first.RestartAsync();
        (await second.SendAsync("GET", $"{Configs}/{arn}")).Text.ShouldContain("Enforce");
        (await second.SendAsync("GET", $"{Configs}/{arn}/functions")).Text.ShouldBe($$"""{"FunctionArns":["{{Arn}}"],"NextMarker":null}""");
        (await second.SendAsync("POST", $"{TagsOf}/{arn}", """{"Tags":{"a":"b"}}""")).Status.ShouldBe(204);
        (await second.SendAsync("GET", $"{TagsOf}/{arn}")).Text.ShouldBe("""{"Tags":{"a":"b"}}""");
        (await second.SendAsync("DELETE", $"{Configs}/{arn}")).Status.ShouldBe(409);
        (await second.SendAsync("DELETE", ofFunction)).Status.ShouldBe(204);
        (await second.SendAsync("DELETE", $"{Configs}/{arn}")).Status.ShouldBe(204);
        (await second.SendAsync("GET", $"{Configs}/{arn}")).Text.ShouldBe($$"""{"Message":"The Lambda code signing configuration {{arn}} can not be found."}""");
        var gone = await second.SendAsync("PUT", ofFunction, $$"""{"CodeSigningConfigArn":"{{arn}}"}""");
        (gone.ErrorType, gone.Message).ShouldBe((
            "CodeSigningConfigNotFoundException",
            $"The code signing configuration cannot be found. Check that the provided configuration is not deleted: {arn}."));
        (await second.SendAsync("GET", Configs)).Json["CodeSigningConfigs"]!.AsArray().ShouldBeEmpty();
    }

    [Fact]
    public async Task A_mapping_has_AWSs_defaults_and_says_that_nothing_polls_it()
    {
        var first = await TestPlane.StartAsync();
        await first.CreateReadyAsync("f");
        var made = await first.SendAsync("POST", Mappings, $$"""{"FunctionName":"f","EventSourceArn":"{{Queue}}"}""");
        made.Status.ShouldBe(202, made.Text);
        (made.Json["State"]!.ToString(), (int)made.Json["BatchSize"]!, made.Json["FunctionArn"]!.ToString()).ShouldBe(("Creating", 10, Arn));
        made.Json["LastModified"]!.ToJsonString().ShouldBe("1768212672.345");
        var uuid = made.Json["UUID"]!.ToString();
        (await first.SendAsync("POST", Mappings, $$"""{"FunctionName":"f","EventSourceArn":"{{Queue}}"}""")).Message.ShouldBe(
            $"An event source mapping with SQS arn (\" {Queue} \") and function (\" f \") already exists. Please update or delete the existing mapping with UUID {uuid}");

        await using var second = await first.RestartAsync();
        var got = (await second.SendAsync("GET", $"{Mappings}/{uuid}")).Json;
        (got["State"]!.ToString(), got["StateTransitionReason"]!.ToString()).ShouldBe(
            ("Enabled", "Lambent keeps this mapping, but does not poll event sources yet."));
        var updated = await second.SendAsync("PUT", $"{Mappings}/{uuid}", """{"Enabled":false,"BatchSize":5}""");
        (updated.Status, updated.Json["State"]!.ToString()).ShouldBe((202, "Disabling"));
        got = (await second.SendAsync("GET", $"{Mappings}/{uuid}")).Json;
        (got["State"]!.ToString(), (int)got["BatchSize"]!).ShouldBe(("Disabled", 5));
        (await second.SendAsync("GET", $"{Mappings}?FunctionName=f")).Json["EventSourceMappings"]!.AsArray().Count.ShouldBe(1);
        (await second.SendAsync("GET", $"{Mappings}?EventSourceArn={Queue}x")).Json["EventSourceMappings"]!.AsArray().ShouldBeEmpty();
        var deleted = await second.SendAsync("DELETE", $"{Mappings}/{uuid}");
        (deleted.Status, deleted.Json["State"]!.ToString()).ShouldBe((202, "Deleting"));
        (await second.SendAsync("GET", $"{Mappings}/{uuid}")).Message.ShouldBe("The resource you requested does not exist.");
    }

    [Theory]
    [InlineData("""{"FunctionName":"f"}""", "Unrecognized event source.")]
    [InlineData("""{"FunctionName":"none","EventSourceArn":"arn:aws:sqs:us-east-1:123456789012:q"}""", "Function does not exist")]
    [InlineData("""{"FunctionName":"f","EventSourceArn":"arn:aws:kinesis:us-east-1:123456789012:stream/s"}""",
        "1 validation error detected: Value null at 'startingPosition' failed to satisfy constraint: Member must not be null.")]
    [InlineData("""{"FunctionName":"f","EventSourceArn":"arn:aws:kinesis:us-east-1:123456789012:stream/s","StartingPosition":"invalid"}""",
        "1 validation error detected: Value 'invalid' at 'startingPosition' failed to satisfy constraint: Member must satisfy enum value set: [LATEST, AT_TIMESTAMP, TRIM_HORIZON]")]
    [InlineData("""{"FunctionName":"f","EventSourceArn":"arn:aws:dynamodb:us-east-1:123456789012:table/t/stream/s","StartingPosition":"AT_TIMESTAMP"}""",
        "Unsupported starting position for arn type: arn:aws:dynamodb:us-east-1:123456789012:table/t/stream/s")]
    [InlineData("""{"FunctionName":"f","EventSourceArn":"arn:aws:sqs:us-east-1:123456789012:q","BatchSize":11}""",
        "Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than 10")]
    [InlineData("""{"FunctionName":"f","EventSourceArn":"arn:aws:sqs:us-east-1:123456789012:q","DestinationConfig":{"OnFailure":{}}}""",
        "Unsupported DestinationConfig parameter for given event source mapping type.")]
    [InlineData("""{"FunctionName":"f","EventSourceArn":"arn:aws:sqs:us-east-1:123456789012:q","FilterCriteria":{"Filters":[{"Pattern":"no"}]}}""",
        "Invalid filter pattern definition.")]
    [InlineData("""{"FunctionName":"f","SelfManagedEventSource":{"Endpoints":{"KAFKA_BOOTSTRAP_SERVERS":["kafka:1000"]}},"Topics":["topic"],"StartingPosition":"LATEST"}""",
        "Required 'sourceAccessConfigurations' parameter is missing.")]
    public async Task A_mapping_that_cannot_be_is_refused(string body, string message)
    {
        await using var plane = await TestPlane.StartAsync();
        await plane.CreateReadyAsync("f");
        (await plane.SendAsync("POST", Mappings, body)).Message.ShouldBe(message);
    }
}
