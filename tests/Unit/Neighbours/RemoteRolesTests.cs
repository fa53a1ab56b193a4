using Lambent.Aws;
using Lambent.Aws.Tests;
using Lambent.Contracts;
using Lambent.Neighbours.Sts;
using Shouldly;

namespace Lambent.Neighbours.Tests;

/// <summary>Roles of another server: what is asked there, and what its answers mean.</summary>
public sealed class RemoteRolesTests : IAsyncLifetime
{
    private const string RoleArn = "arn:aws:iam::123456789012:role/r";
    private const string Trust = """{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"SERVICE.amazonaws.com"},"Action":"sts:AssumeRole"}]}""";

    private static readonly FunctionSnapshot Function = new()
    {
        Arn = new FunctionArn("us-east-1", "123456789012", "f", "$LATEST"), Revision = "1", Runtime = "python3.12", Handler = "a.b",
        CodeSha256Hex = "00", LogGroup = "g", State = "Active", Role = RoleArn,
    };

    private readonly AccessFixture access = new();
    private StandInServer server = null!;

    public async ValueTask InitializeAsync() => server = await StandInServer.StartAsync(access.Clock);

    public async ValueTask DisposeAsync()
    {
        await server.DisposeAsync();
        access.Dispose();
    }

    [Theory]
    [InlineData(200, "lambda", RoleArn, true)]
    [InlineData(200, "ec2", RoleArn, false)]
    [InlineData(200, "lambda", "arn:aws:iam::123456789012:role/other/r", false)]
    [InlineData(404, "lambda", RoleArn, false)]
    public async Task Whether_a_role_is_there_is_asked_of_the_other_IAM(int status, string service, string arn, bool can)
    {
        var trust = Uri.EscapeDataString(Trust.Replace("SERVICE", service));
        server.Answer = _ => (status, status == 200
            ? $"<GetRoleResponse><GetRoleResult><Role><Arn>{arn}</Arn><AssumeRolePolicyDocument>{trust}</AssumeRolePolicyDocument></Role></GetRoleResult></GetRoleResponse>"
            : "<ErrorResponse><Error><Code>NoSuchEntity</Code><Message>none</Message></Error></ErrorResponse>");
        using var client = server.Client("iam");
        (await Roles(client).CanBeAssumedAsync("123456789012", RoleArn, default)).ShouldBe(can);
        var asked = server.Asked.ShouldHaveSingleItem();
        (asked.Form("Action"), asked.Form("Version"), asked.Form("RoleName")).ShouldBe(("GetRole", "2010-05-08", "r"));
        (asked.Service, asked.Region).ShouldBe(("iam", "us-east-1"));
    }

    [Fact]
    public async Task Credentials_come_from_the_other_STS()
    {
        server.Answer = _ => (200,
            "<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>ASIA1</AccessKeyId><SecretAccessKey>s</SecretAccessKey>"
            + "<SessionToken>t</SessionToken><Expiration>2026-11-21T13:00:00Z</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>");
        using var client = server.Client("sts");
        (await Roles(client).AssumeAsync(Function, default)).ShouldBe(new RoleCredentials("ASIA1", "s", "t", new DateTimeOffset(2026, 11, 21, 13, 0, 0, TimeSpan.Zero)));
        var asked = server.Asked.ShouldHaveSingleItem();
        (asked.Form("Action"), asked.Form("Version"), asked.Form("RoleArn"), asked.Form("RoleSessionName")).ShouldBe(("AssumeRole", "2011-06-15", RoleArn, "f"));
    }

    [Fact]
    public async Task Refusals_and_silence_are_told()
    {
        server.Answer = _ => (403, "<ErrorResponse><Error><Code>AccessDenied</Code><Message>not you</Message></Error></ErrorResponse>");
        using var client = server.Client("iam", "sts");
        (await Should.ThrowAsync<ExecutionRoleException>(() => Roles(client).AssumeAsync(Function, default))).Message.ShouldEndWith("AccessDenied not you");
        (await Should.ThrowAsync<ExecutionRoleException>(() => Roles(client).CanBeAssumedAsync("123456789012", RoleArn, default))).Message.ShouldEndWith("AccessDenied not you");
        await server.DisposeAsync();
        (await Should.ThrowAsync<ExecutionRoleException>(() => Roles(client).AssumeAsync(Function, default))).Message.ShouldContain("does not answer");
    }

    [Fact]
    public async Task What_no_other_server_speaks_for_stays_with_our_own()
    {
        using var client = server.Client("s3");
        (await Roles(client).CanBeAssumedAsync("123456789012", RoleArn, default)).ShouldBeFalse();
        (await Roles(client).AssumeAsync(Function, default)).AccessKeyId.ShouldStartWith("ASIA");
        server.Asked.ShouldBeEmpty();
    }

    private RemoteRoles Roles(AwsClient client) => new(
        client, new ExecutionRoles(access.Store, access.Tokens, isStrict: true, TimeSpan.FromHours(14), access.Clock));
}
