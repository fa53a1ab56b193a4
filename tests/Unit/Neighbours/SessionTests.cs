using Lambent.Aws;
using Lambent.Aws.Policies;
using Lambent.Neighbours.Sts;
using Microsoft.Extensions.Primitives;
using Shouldly;

namespace Lambent.Neighbours.Tests;

/// <summary>Temporary credentials: whom they are given, what they hold, when they end.</summary>
public sealed class SessionTests : IDisposable
{
    private const string RoleArn = "arn:aws:iam::123456789012:role/r";

    private readonly AccessFixture access = new();

    public void Dispose() => access.Dispose();

    [Fact]
    public async Task A_token_opens_after_a_restart_for_its_own_key_and_nobody_elses()
    {
        var session = new KeySession { RoleArn = RoleArn, Policies = ["{}"], SourceIdentity = "ada" };
        var key = access.Tokens.Issue("123456789012", "arn:aws:sts::123456789012:assumed-role/r/s", "AROAX:s", access.Clock.Now.AddHours(1), session);
        await access.ReopenAsync();

        access.Tokens.TryOpen(key.AccessKeyId, key.SessionToken!, out var opened).ShouldBeTrue();
        (opened.SecretAccessKey, opened.PrincipalArn, opened.Expires).ShouldBe((key.SecretAccessKey, key.PrincipalArn, key.Expires));
        opened.Session!.SourceIdentity.ShouldBe("ada");
        access.Tokens.TryOpen("ASIAOTHER", key.SessionToken!, out _).ShouldBeFalse();
        new SessionTokens(new byte[SessionTokens.KeyBytes]).TryOpen(key.AccessKeyId, key.SessionToken!, out _).ShouldBeFalse();
    }

    [Fact]
    public void A_token_that_was_altered_anywhere_opens_nothing()
    {
        var key = access.Tokens.Issue("123456789012", "arn", "id", access.Clock.Now.AddHours(1), new KeySession());
        var token = Convert.FromBase64String(key.SessionToken!);
        for (var i = 0; i < token.Length; i++)
        {
            var altered = token.ToArray();
            altered[i] ^= 1;
            access.Tokens.TryOpen(key.AccessKeyId, Convert.ToBase64String(altered), out _).ShouldBeFalse($"byte {i}");
        }

        foreach (var nothing in (string[])["", "x", "AAAA", new string('A', 100_000), Convert.ToBase64String(token.AsSpan(0, 20))])
        {
            access.Tokens.TryOpen(key.AccessKeyId, nothing, out _).ShouldBeFalse();
        }
    }

    [Fact]
    public async Task A_role_is_given_to_whom_its_trust_policy_lets_in()
    {
        var ada = await access.UserAsync("ada");
        await RoleAsync("""{"AWS":"arn:aws:iam::123456789012:user/ada"}""", ",\"Condition\":{\"StringEquals\":{\"sts:ExternalId\":\"open sesame\"}}");
        Assume(ada, null).Error.ShouldBe(Denied(ada));
        Assume(ada, "wrong").Error.ShouldBe(Denied(ada));
        var given = Assume(ada, "open sesame");
        AccessFixture.Text(given, "Arn").ShouldBe("arn:aws:sts::123456789012:assumed-role/r/session");
        access.Tokens.TryOpen(AccessFixture.Text(given, "AccessKeyId"), AccessFixture.Text(given, "SessionToken"), out var key).ShouldBeTrue();
        key.Expires.ShouldBe(access.Clock.Now.AddHours(1));
        Assume(await access.UserAsync("eve"), "open sesame").Error!.Type.ShouldBe("AccessDenied");
        Assume(AccessFixture.Root, "open sesame").Error!.Message.ShouldBe("Roles may not be assumed by root accounts.");
    }

    [Fact]
    public async Task Trust_in_an_account_leaves_it_to_the_accounts_own_policies()
    {
        var ada = await access.UserAsync("ada");
        await RoleAsync("""{"AWS":"123456789012"}""");
        Assume(ada, null).Error.ShouldBe(Denied(ada));
        await access.RightAsync("PutUserPolicy", new { UserName = "ada", PolicyName = "p", PolicyDocument = Allow("sts:AssumeRole", RoleArn) });
        Assume(ada, null).Error.ShouldBeNull();
    }

    [Fact]
    public async Task A_session_may_what_its_role_may_within_what_was_passed()
    {
        var ada = await access.UserAsync("ada");
        await RoleAsync("""{"AWS":"arn:aws:iam::123456789012:user/ada"}""");
        await access.RightAsync("PutRolePolicy", new { RoleName = "r", PolicyName = "p", PolicyDocument = Allow("iam:*") });
        var whole = Open(Assume(ada, null));
        var limited = Open(access.CallSts("AssumeRole", new { RoleArn, RoleSessionName = "session", Policy = Allow("iam:ListUsers") }, ada));

        await access.RightAsync("ListRoles", new { }, whole);
        await access.RightAsync("ListUsers", new { }, limited);
        (await access.IamAsync("ListRoles", new { }, limited)).Error!.Message.ShouldEndWith("because no session policy allows the iam:ListRoles action");

        // Who deletes a role ends what its sessions may, even if it is made again.
        await access.RightAsync("DeleteRolePolicy", new { RoleName = "r", PolicyName = "p" });
        await access.RightAsync("DeleteRole", new { RoleName = "r" });
        await RoleAsync("""{"AWS":"arn:aws:iam::123456789012:user/ada"}""");
        await access.RightAsync("PutRolePolicy", new { RoleName = "r", PolicyName = "p", PolicyDocument = Allow("iam:*") });
        (await access.IamAsync("ListRoles", new { }, whole)).Error!.Type.ShouldBe("AccessDenied");
    }

    [Fact]
    public async Task A_session_stays_limited_when_the_policy_that_limits_it_is_gone()
    {
        var ada = await access.UserAsync("ada");
        await RoleAsync("""{"AWS":"arn:aws:iam::123456789012:user/ada"}""");
        await access.RightAsync("PutRolePolicy", new { RoleName = "r", PolicyName = "p", PolicyDocument = Allow("iam:*") });
        var arn = AccessFixture.Text(await access.RightAsync("CreatePolicy", new { PolicyName = "limit", PolicyDocument = Allow("iam:ListUsers") }), "Arn");
        var limited = Open(access.CallSts("AssumeRole", new Dictionary<string, StringValues>
        {
            ["RoleArn"] = RoleArn, ["RoleSessionName"] = "session", ["PolicyArns.member.1.arn"] = arn,
        }, ada));
        await access.RightAsync("ListUsers", new { }, limited);
        await access.RightAsync("DeletePolicy", new { PolicyArn = arn });
        (await access.IamAsync("ListUsers", new { }, limited)).Error!.Type.ShouldBe("AccessDenied");
    }

    [Fact]
    public async Task A_session_is_as_long_as_the_role_allows_and_a_chained_one_an_hour()
    {
        var ada = await access.UserAsync("ada");
        await RoleAsync("""{"AWS":"*"}""");
        access.CallSts("AssumeRole", new { RoleArn, RoleSessionName = "session", DurationSeconds = 3601 }, ada).Error!.Message
            .ShouldBe("The requested DurationSeconds exceeds the MaxSessionDuration set for this role.");
        access.CallSts("AssumeRole", new { RoleArn, RoleSessionName = "session", DurationSeconds = 899 }, ada).Error!.Message
            .ShouldBe("1 validation error detected: Value '899' at 'durationSeconds' failed to satisfy constraint: Member must have value greater than or equal to 900");
        await access.RightAsync("UpdateRole", new { RoleName = "r", MaxSessionDuration = 43_200 });
        var longest = Open(access.CallSts("AssumeRole", new { RoleArn, RoleSessionName = "session", DurationSeconds = 43_200 }, ada));
        longest.Expires.ShouldBe(access.Clock.Now.AddHours(12));
        access.CallSts("AssumeRole", new { RoleArn, RoleSessionName = "next", DurationSeconds = 3601 }, longest).Error!.Message
            .ShouldBe("The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.");
    }

    [Fact]
    public async Task The_session_of_a_user_is_the_user()
    {
        var ada = await access.UserAsync("ada");
        var session = Open(access.CallSts("GetSessionToken", new { }, ada));
        session.PrincipalArn.ShouldBe(ada.PrincipalArn);
        session.Expires.ShouldBe(access.Clock.Now.AddHours(12));
        await access.RightAsync("AttachUserPolicy", new { UserName = "ada", PolicyArn = "arn:aws:iam::aws:policy/AdministratorAccess" });
        access.Principals.Of(session).Identity.ShouldHaveSingleItem();
        access.CallSts("GetSessionToken", new { }, session).Error!.Type.ShouldBe("AccessDenied");
        (await access.IamAsync("ListUsers", new { }, session)).Error!.Type.ShouldBe("InvalidClientTokenId");
        access.Principals.Of(session with { AccessKeyId = "ASIAX", PrincipalId = "AIDAX" }).ShouldBe(PrincipalPolicies.None);
    }

    [Fact]
    public async Task Somebody_elses_execution_role_gives_a_function_nothing()
    {
        await RoleAsync("""{"Service":"lambda.amazonaws.com"}""");
        await access.RightAsync("AttachRolePolicy", new { RoleName = "r", PolicyArn = "arn:aws:iam::aws:policy/AdministratorAccess" });
        var roles = new ExecutionRoles(access.Store, access.Tokens, isStrict: false, TimeSpan.FromHours(14), access.Clock);

        var own = Open(await roles.AssumeAsync(Function("123456789012"), default));
        own.PrincipalArn.ShouldBe("arn:aws:sts::123456789012:assumed-role/r/f");
        own.Expires.ShouldBe(access.Clock.Now.AddHours(14).AddSeconds(3));
        access.Principals.Of(own).Identity.ShouldHaveSingleItem();

        var others = Open(await roles.AssumeAsync(Function("111122223333"), default));
        others.AccountId.ShouldBe("111122223333");
        others.PrincipalArn.ShouldBe("arn:aws:sts::111122223333:assumed-role/123456789012.r/f");
        access.Principals.Of(others).Identity.ShouldBeEmpty();
    }

    [Fact]
    public async Task Lambda_takes_a_role_that_trusts_it_and_a_role_that_is_not_there_unless_that_is_forbidden()
    {
        await RoleAsync("""{"Service":"lambda.amazonaws.com"}""");
        await access.RightAsync("CreateRole", new { RoleName = "other", AssumeRolePolicyDocument = Trust("""{"Service":"ec2.amazonaws.com"}""") });
        foreach (var isStrict in (bool[])[false, true])
        {
            var roles = new ExecutionRoles(access.Store, access.Tokens, isStrict, TimeSpan.FromHours(14), access.Clock);
            (await roles.CanBeAssumedAsync("123456789012", RoleArn, default)).ShouldBeTrue();
            (await roles.CanBeAssumedAsync("123456789012", "arn:aws:iam::123456789012:role/other", default)).ShouldBeFalse();
            (await roles.CanBeAssumedAsync("123456789012", "arn:aws:iam::123456789012:role/none", default)).ShouldBe(!isStrict);
            (await roles.CanBeAssumedAsync("111122223333", RoleArn, default)).ShouldBe(!isStrict);
        }
    }

    private static Contracts.FunctionSnapshot Function(string account) => new()
    {
        Arn = new Contracts.FunctionArn("us-east-1", account, "f", "$LATEST"), Revision = "1", Runtime = "python3.12", Handler = "a.b",
        CodeSha256Hex = "00", LogGroup = "g", State = "Active", Role = RoleArn,
    };

    private static string Trust(string principal, string condition = "") =>
        $$"""{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{{principal}},"Action":"sts:AssumeRole"{{condition}}}]}""";

    private static string Allow(string action, string resource = "*") =>
        $$"""{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"{{action}}","Resource":"{{resource}}"}]}""";

    private static AwsError Denied(AccessKey caller) =>
        new(403, "AccessDenied", $"User: {caller.PrincipalArn} is not authorized to perform: sts:AssumeRole on resource: {RoleArn}");

    private Task RoleAsync(string principal, string condition = "") =>
        access.RightAsync("CreateRole", new { RoleName = "r", AssumeRolePolicyDocument = Trust(principal, condition) });

    private Query.QueryReply Assume(AccessKey caller, string? externalId) => externalId is null
        ? access.CallSts("AssumeRole", new { RoleArn, RoleSessionName = "session" }, caller)
        : access.CallSts("AssumeRole", new { RoleArn, RoleSessionName = "session", ExternalId = externalId }, caller);

    private AccessKey Open(Query.QueryReply reply)
    {
        access.Tokens.TryOpen(AccessFixture.Text(reply, "AccessKeyId"), AccessFixture.Text(reply, "SessionToken"), out var key).ShouldBeTrue();
        return key;
    }

    private AccessKey Open(Contracts.RoleCredentials credentials)
    {
        access.Tokens.TryOpen(credentials.AccessKeyId, credentials.SessionToken, out var key).ShouldBeTrue();
        return key;
    }
}
