using System.Net;
using System.Text;
using Lambent.Aws;
using Lambent.Contracts;
using Lambent.Neighbours.Sts;
using Shouldly;

namespace Lambent.Neighbours.Tests;

/// <summary>Roles of another server: what is asked there, and what its answers mean.</summary>
public sealed class RemoteRolesTests : IDisposable
{
    private const string RoleArn = "arn:aws:iam::123456789012:role/r";
    private const string Trust = """{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"SERVICE.amazonaws.com"},"Action":"sts:AssumeRole"}]}""";

    private static readonly FunctionSnapshot Function = new()
    {
        Arn = new FunctionArn("us-east-1", "123456789012", "f", "$LATEST"), Revision = "1", Runtime = "python3.12", Handler = "a.b",
        CodeSha256Hex = "00", LogGroup = "g", State = "Active", Role = RoleArn,
    };

    private readonly HttpListener server = new();
    private readonly Uri address;
    private readonly AccessFixture access = new();

    public RemoteRolesTests()
    {
        for (var attempt = 0; ; attempt++)
        {
            address = new Uri($"http://127.0.0.1:{Random.Shared.Next(20_000, 60_000)}/");
            server.Prefixes.Clear();
            server.Prefixes.Add(address.ToString());
            try
            {
                server.Start();
                return;
            }
            catch (HttpListenerException) when (attempt < 20)
            {
                // Somebody else has that port.
            }
        }
    }

    public void Dispose()
    {
        server.Close();
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
        var asked = AnswerAsync(status, status == 200
            ? $"<GetRoleResponse><GetRoleResult><Role><Arn>{arn}</Arn><AssumeRolePolicyDocument>{trust}</AssumeRolePolicyDocument></Role></GetRoleResult></GetRoleResponse>"
            : "<ErrorResponse><Error><Code>NoSuchEntity</Code><Message>none</Message></Error></ErrorResponse>");
        using var roles = Roles(iam: address);
        (await roles.CanBeAssumedAsync("123456789012", RoleArn, default)).ShouldBe(can);
        var (form, authorization) = await asked;
        form.ShouldBe("Action=GetRole&Version=2010-05-08&RoleName=r");
        authorization.ShouldStartWith("AWS4-HMAC-SHA256 Credential=AKIAROOT/");
        authorization.ShouldContain("/us-east-1/iam/aws4_request");
    }

    [Fact]
    public async Task Credentials_come_from_the_other_STS()
    {
        var asked = AnswerAsync(200,
            "<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>ASIA1</AccessKeyId><SecretAccessKey>s</SecretAccessKey>"
            + "<SessionToken>t</SessionToken><Expiration>2026-11-21T13:00:00Z</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>");
        using var roles = Roles(sts: address);
        (await roles.AssumeAsync(Function, default)).ShouldBe(new RoleCredentials("ASIA1", "s", "t", new DateTimeOffset(2026, 11, 21, 13, 0, 0, TimeSpan.Zero)));
        (await asked).Form.ShouldBe($"Action=AssumeRole&Version=2011-06-15&RoleArn={Uri.EscapeDataString(RoleArn)}&RoleSessionName=f");
    }

    [Fact]
    public async Task A_refusal_and_silence_are_told()
    {
        _ = AnswerAsync(403, "<ErrorResponse><Error><Code>AccessDenied</Code><Message>not you</Message></Error></ErrorResponse>");
        using var roles = Roles(sts: address);
        (await Should.ThrowAsync<ExecutionRoleException>(() => roles.AssumeAsync(Function, default))).Message.ShouldEndWith("AccessDenied not you");
        server.Stop();
        (await Should.ThrowAsync<ExecutionRoleException>(() => roles.AssumeAsync(Function, default))).Message.ShouldContain("does not answer");
    }

    private RemoteRoles Roles(Uri? iam = null, Uri? sts = null) => new(
        iam, sts, AccessFixture.Root, "eu-west-1",
        new ExecutionRoles(access.Store, access.Tokens, isStrict: true, TimeSpan.FromHours(14), access.Clock), access.Clock);

    private async Task<(string Form, string Authorization)> AnswerAsync(int status, string xml)
    {
        var context = await server.GetContextAsync();
        using var reader = new StreamReader(context.Request.InputStream);
        var form = await reader.ReadToEndAsync();
        context.Response.StatusCode = status;
        await context.Response.OutputStream.WriteAsync(Encoding.UTF8.GetBytes(xml));
        context.Response.Close();
        return (form, context.Request.Headers["Authorization"]!);
    }
}
