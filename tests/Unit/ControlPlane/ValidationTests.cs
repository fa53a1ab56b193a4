using System.Text.Json.Nodes;
using Lambent.Contracts;
using Shouldly;
using Xunit;

namespace Lambent.ControlPlane.Tests;

/// <summary>What is refused, in AWS's words.</summary>
public class ValidationTests
{
    private const string Validation = "ValidationException", Invalid = "InvalidParameterValueException";

    private const string RolePattern =
        @"Member must satisfy regular expression pattern: arn:(aws[a-zA-Z-]*)?:iam::\d{12}:role/?[a-zA-Z_0-9+=,.@\-_/]+";

    public static TheoryData<string, string, string> ModelErrors => new()
    {
        { "Role", "\"r1\"", $"Value 'r1' at 'role' failed to satisfy constraint: {RolePattern}" },
        { "Role", "null", "Value null at 'role' failed to satisfy constraint: Member must not be null" },
        { "MemorySize", "64", "Value '64' at 'memorySize' failed to satisfy constraint: Member must have value greater than or equal to 128" },
        { "MemorySize", "10241", "Value '10241' at 'memorySize' failed to satisfy constraint: Member must have value less than or equal to 10240" },
        { "Timeout", "0", "Value '0' at 'timeout' failed to satisfy constraint: Member must have value greater than or equal to 1" },
        { "Timeout", "901", "Value '901' at 'timeout' failed to satisfy constraint: Member must have value less than or equal to 900" },
        { "Handler", "\"a b\"", @"Value 'a b' at 'handler' failed to satisfy constraint: Member must satisfy regular expression pattern: [^\s]+" },
        {
            "Architectures", """["x86_64","arm64"]""",
            "Value '[x86_64, arm64]' at 'architectures' failed to satisfy constraint: Member must have length less than or equal to 1"
        },
        {
            "Architectures", """["X86_64"]""",
            "Value '[X86_64]' at 'architectures' failed to satisfy constraint: Member must satisfy constraint: "
            + "[Member must satisfy enum value set: [x86_64, arm64], Member must not be null]"
        },
        {
            "SnapStart", """{"ApplyOn":"x"}""",
            "Value 'x' at 'snapStart.applyOn' failed to satisfy constraint: Member must satisfy enum value set: [PublishedVersions, None]"
        },
        {
            "EphemeralStorage", """{"Size":511}""",
            "Value '511' at 'ephemeralStorage.size' failed to satisfy constraint: Member must have value greater than or equal to 512"
        },
        {
            "Environment", """{"Variables":{"1BAD":"x"}}""",
            "Value at 'environment.variables' failed to satisfy constraint: Map keys must satisfy constraint: "
            + "[Member must satisfy regular expression pattern: [a-zA-Z]([a-zA-Z0-9_])+]"
        },
        {
            "VpcConfig", """{"SubnetIds":["subnet-0a","elsewhere"],"SecurityGroupIds":["sg-0A"]}""",
            "Value '[subnet-0a, elsewhere]' at 'vpcConfig.subnetIds' failed to satisfy constraint: Member must satisfy constraint: "
            + "[Member must have length less than or equal to 1024, Member must have length greater than or equal to 0, "
            + "Member must satisfy regular expression pattern: subnet-[0-9a-z]*, Member must not be null]"
        },
        {
            "VpcConfig", """{"SubnetIds":["subnet-0a"],"SecurityGroupIds":["guards"]}""",
            "Value '[guards]' at 'vpcConfig.securityGroupIds' failed to satisfy constraint: Member must satisfy constraint: "
            + "[Member must have length less than or equal to 1024, Member must have length greater than or equal to 0, "
            + "Member must satisfy regular expression pattern: sg-[0-9a-zA-Z]*, Member must not be null]"
        },
        {
            "Layers", """["nonsense"]""",
            "Value '[nonsense]' at 'layers' failed to satisfy constraint: Member must satisfy constraint: [Member must have length less "
            + "than or equal to 140, Member must have length greater than or equal to 1, Member must satisfy regular expression pattern: "
            + @"(arn:[a-zA-Z0-9-]+:lambda:[a-z]{2}((-gov)|(-iso(b?)))?-[a-z]+-\d{1}:\d{12}:layer:[a-zA-Z0-9-_]+:[0-9]+)|"
            + "(arn:[a-zA-Z0-9-]+:lambda:::awslayer:[a-zA-Z0-9-_]+), Member must not be null]"
        },
        { "PackageType", "\"Tar\"", "Value 'Tar' at 'packageType' failed to satisfy constraint: Member must satisfy enum value set: [Zip, Image]" },
    };

    [Theory]
    [MemberData(nameof(ModelErrors))]
    public async Task A_value_against_the_model_is_a_ValidationException(string member, string value, string failure)
    {
        await using var plane = await TestPlane.StartAsync();
        var answer = await plane.CreateAsync("f", body => body[member] = JsonNode.Parse(value));
        answer.Status.ShouldBe(400);
        answer.ErrorType.ShouldBe(Validation);
        answer.Json.AsObject().Select(p => p.Key).ShouldBe(["message"]);
        answer.Message.ShouldBe("1 validation error detected: " + failure);
    }

    [Fact]
    public async Task An_operator_may_allow_longer_timeouts_than_AWS()
    {
        await using var plane = await TestPlane.StartAsync(new ControlPlaneOptions { Limits = new Limits { MaxTimeoutSeconds = 5_400 } });
        (await plane.CreateReadyAsync("long", body => body["Timeout"] = 5_400)).Json["Timeout"]!.GetValue<int>().ShouldBe(5_400);
        (await plane.SendAsync("PUT", $"{TestPlane.Functions}/long/configuration", """{"Timeout":5401}""")).Message.ShouldBe(
            "1 validation error detected: Value '5401' at 'timeout' failed to satisfy constraint: Member must have value less than or equal to 5400");
    }

    [Fact]
    public async Task All_failures_of_the_model_come_together()
    {
        await using var plane = await TestPlane.StartAsync();
        var answer = await plane.CreateAsync("f", body =>
        {
            body["Role"] = "r1";
            body["Timeout"] = 0;
            body["Runtime"] = "nope";
        });
        answer.Message.ShouldBe(
            $"2 validation errors detected: Value 'r1' at 'role' failed to satisfy constraint: {RolePattern}; "
            + "Value '0' at 'timeout' failed to satisfy constraint: Member must have value greater than or equal to 1");
    }

    public static TheoryData<string, string, string> ValueErrors => new()
    {
        {
            "Runtime", "\"python3.7\"",
            "The runtime parameter of python3.7 is no longer supported for creating or updating AWS Lambda functions. We recommend you "
            + "use a supported runtime while creating or updating functions."
        },
        { "Runtime", "null", "Runtime and Handler are mandatory parameters for functions created with deployment packages." },
        { "Handler", "null", "Runtime and Handler are mandatory parameters for functions created with deployment packages." },
        { "Code", "{}", "Please provide a source for function code." },
        { "Code", """{"ZipFile":"dGhpcyBpcyBubyB6aXA="}""", "Could not unzip uploaded file. Please check your file, then try to upload again." },
        { "Code", """{"ZipFile":"UEsFBgAAAAAAAAAAAAAAAAAAAAAAAA=="}""", "Uploaded file must be a non-empty zip" },
        { "Code", """{"S3Bucket":"bucket","S3Key":"key"}""", "Code from S3 (S3Bucket, S3Key) needs an S3 server: start Lambent with --endpoint s3=URL, or give the code as ZipFile." },
        { "SnapStart", """{"ApplyOn":"PublishedVersions"}""", "" },
        {
            "Environment", """{"Variables":{"AWS_REGION":"mine","FINE":"1","AWS_SESSION_TOKEN":"x"}}""",
            "Lambda was unable to configure your environment variables because the environment variables you have provided contains "
            + "reserved keys that are currently not supported for modification. Reserved keys used in this request: AWS_REGION, "
            + "AWS_SESSION_TOKEN"
        },
        {
            "Layers", """["arn:aws:lambda:us-east-1:123456789012:layer:mine:1"]""",
            "Layer version arn:aws:lambda:us-east-1:123456789012:layer:mine:1 does not exist."
        },
        {
            "Layers", """["arn:aws:lambda:us-east-1:123456789012:layer:mine:1","arn:aws:lambda:us-east-1:123456789012:layer:mine:2"]""",
            "Two different versions of the same layer are not allowed to be referenced in the same function. "
            + "arn:aws:lambda:us-east-1:123456789012:layer:mine:1 and arn:aws:lambda:us-east-1:123456789012:layer:mine:2 are versions of "
            + "the same layer."
        },
    };

    [Theory]
    [MemberData(nameof(ValueErrors))]
    public async Task A_value_that_Lambda_refuses_is_an_InvalidParameterValueException(string member, string value, string message)
    {
        await using var plane = await TestPlane.StartAsync();
        var answer = await plane.CreateAsync("f", body => body[member] = JsonNode.Parse(value));
        if (message.Length == 0)
        {
            answer.Status.ShouldBe(201);
            return;
        }

        answer.Status.ShouldBe(400);
        answer.ErrorType.ShouldBe(Invalid);
        answer.Text.ShouldStartWith("""{"Type":"User","message":""");
        answer.Message.ShouldBe(message);
        (await plane.SendAsync("GET", $"{TestPlane.Functions}/f")).Status.ShouldBe(404);
    }

    [Fact]
    public async Task An_unknown_runtime_is_told_all_known_ones()
    {
        await using var plane = await TestPlane.StartAsync();
        var answer = await plane.CreateAsync("f", body => body["Runtime"] = "nope");
        answer.Message.ShouldStartWith(
            "Value nope at 'runtime' failed to satisfy constraint: Member must satisfy enum value set: [nodejs20.x, python3.14, ");
        answer.Message.ShouldEndWith("] or be a valid ARN");
    }

    [Theory]
    [InlineData(4096 - 9, 201)]
    [InlineData(4096 - 8, 400)]
    public async Task The_environment_may_have_4096_bytes_of_JSON(int length, int status)
    {
        await using var plane = await TestPlane.StartAsync();
        var value = new string('x', length);
        var answer = await plane.CreateAsync(
            "f", body => body["Environment"] = new JsonObject { ["Variables"] = new JsonObject { ["KK"] = value } });
        answer.Status.ShouldBe(status);
        if (status == 400)
        {
            answer.Message.ShouldBe(
                "Lambda was unable to configure your environment variables because the environment variables you have provided exceeded "
                + $$"""the 4KB limit. String measured: {"KK":"{{value}}"}""");
        }
    }

    [Theory]
    [InlineData("{", "Could not parse request body into json.")]
    [InlineData("[]", "Unexpected field type")]
    [InlineData("null", "Unexpected field type")]
    [InlineData("""{"Runtime":3}""", "NUMBER_VALUE can not be converted to a String")]
    [InlineData("""{"Runtime":{}}""", "Start of structure or map found where not expected.")]
    [InlineData("""{"Timeout":"3"}""", "STRING_VALUE can not be converted to an Integer")]
    [InlineData("""{"Environment":{"Variables":{"KK":true}}}""", "TRUE_VALUE can not be converted to a String")]
    [InlineData("""{"VpcConfig":"x"}""", "Unexpected field type")]
    [InlineData("""{"Code":{"ZipFile":"%%%"}}""", "Unexpected field type")]
    public async Task Another_JSON_type_is_a_SerializationException(string body, string message)
    {
        await using var plane = await TestPlane.StartAsync();
        var answer = await plane.SendAsync("POST", TestPlane.Functions, body);
        answer.Status.ShouldBe(400);
        answer.ErrorType.ShouldBe("SerializationException");
        answer.Message.ShouldBe(message);
    }

    [Fact]
    public async Task A_damaged_request_is_refused_or_accepted_but_never_a_fault()
    {
        await using var plane = await TestPlane.StartAsync();
        var random = new Random(5);
        string[] pieces =
        [
            "null", "{}", "[]", "[null]", "1", "-1", "1e99", "true", "\"\"", "{\"Variables\":{\"AA\":null}}", "\"@@\"", "[{}]",
            "{\"Variables\":{\"@@\":\"@@\"}}",
        ];
        string[] members =
        [
            "FunctionName", "Runtime", "Role", "Handler", "Code", "Description", "Timeout", "MemorySize", "Publish", "VpcConfig",
            "PackageType", "DeadLetterConfig", "Environment", "KMSKeyArn", "TracingConfig", "Tags", "Layers", "FileSystemConfigs",
            "ImageConfig", "Architectures", "EphemeralStorage", "SnapStart", "LoggingConfig",
        ];
        for (var i = 0; i < 2_000; i++)
        {
            var body = JsonNode.Parse(TestPlane.Creation($"f{i}"))!.AsObject();
            for (var j = random.Next(1, 4); j > 0; j--)
            {
                body[members[random.Next(members.Length)]] = JsonNode.Parse(pieces[random.Next(pieces.Length)]);
            }

            // Half a surrogate pair: legal JSON, but no text.
            var text = body.ToJsonString().Replace("@@", @"\ud800", StringComparison.Ordinal);
            if (random.Next(3) == 0)
            {
                text = text.Remove(random.Next(text.Length), 1);
            }

            var created = await plane.SendAsync("POST", TestPlane.Functions, text);
            created.Status.ShouldBeOneOf(201, 400, 403, 404, 409);
            var updated = await plane.SendAsync("PUT", $"{TestPlane.Functions}/f{i}/configuration", text);
            updated.Status.ShouldBeOneOf(200, 400, 403, 404, 409);
        }
    }

    [Fact]
    public async Task Members_that_nobody_knows_are_ignored()
    {
        await using var plane = await TestPlane.StartAsync();
        (await plane.CreateAsync("f", body => body["FromTheFuture"] = new JsonObject { ["A"] = 1 })).Status.ShouldBe(201);
    }

    [Fact]
    public async Task A_request_over_the_limit_of_the_front_door_is_413()
    {
        await using var plane = await TestPlane.StartAsync();
        var answer = await plane.SendAsync("POST", TestPlane.Functions, new string(' ', 70_167_212));
        answer.Status.ShouldBe(413);
        answer.ErrorType.ShouldBe("RequestEntityTooLargeException");
        answer.Message.ShouldBe("Request must be smaller than 70167211 bytes for the CreateFunction operation");
    }

    [Fact]
    public async Task A_zip_over_50_MB_is_413()
    {
        await using var plane = await TestPlane.StartAsync();
        var zip = Convert.ToBase64String(new byte[52_428_801]);
        var answer = await plane.SendAsync("POST", TestPlane.Functions, """{"Code":{"ZipFile":"ZIP"}}""".Replace("ZIP", zip, StringComparison.Ordinal));
        answer.Status.ShouldBe(413);
        answer.Message.ShouldBe("Zipped size must be smaller than 52428800 bytes");
    }
}
