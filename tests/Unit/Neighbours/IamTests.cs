using Lambent.Aws;
using Lambent.Neighbours.Iam.Model;
using Microsoft.Extensions.Primitives;
using Shouldly;

namespace Lambent.Neighbours.Tests;

/// <summary>What IAM keeps, refuses and forgets.</summary>
public sealed class IamTests : IDisposable
{
    private const string Trust = """{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}]}""";
    private const string Basic = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole";

    private readonly AccessFixture access = new();

    public void Dispose() => access.Dispose();

    [Fact]
    public async Task What_was_accepted_is_there_after_a_restart()
    {
        var key = await access.UserAsync("ada");
        await access.RightAsync("CreateGroup", new { GroupName = "staff", Path = "/a/" });
        await access.RightAsync("AddUserToGroup", new { GroupName = "staff", UserName = "ada" });
        await access.RightAsync("CreateRole", new { RoleName = "runner", AssumeRolePolicyDocument = Trust, Description = "runs", MaxSessionDuration = 7200 });
        await access.RightAsync("AttachRolePolicy", new { RoleName = "runner", PolicyArn = Basic });
        await access.RightAsync("PutUserPolicy", new { UserName = "ada", PolicyName = "own", PolicyDocument = Allow("lambda:*") });
        await access.RightAsync("CreatePolicy", new { PolicyName = "p", PolicyDocument = Allow("s3:*") });
        var before = await DumpAsync();

        await access.ReopenAsync();

        (await DumpAsync()).ShouldBe(before);
        access.Store.TryFindKey(key.AccessKeyId, out var again).ShouldBeTrue();
        again.ShouldBe(key);
    }

    [Fact]
    public async Task A_key_works_while_it_is_active_and_no_longer()
    {
        var key = await access.UserAsync("ada");
        await access.RightAsync("UpdateAccessKey", new { UserName = "ada", key.AccessKeyId, Status = "Inactive" });
        access.Store.TryFindKey(key.AccessKeyId, out _).ShouldBeFalse();
        await access.RightAsync("UpdateAccessKey", new { UserName = "ada", key.AccessKeyId, Status = "Active" });
        access.Store.TryFindKey(key.AccessKeyId, out _).ShouldBeTrue();
        await access.RightAsync("UpdateUser", new { UserName = "ada", NewUserName = "eve" });
        access.Store.TryFindKey(key.AccessKeyId, out var renamed).ShouldBeTrue();
        renamed.PrincipalArn.ShouldBe("arn:aws:iam::123456789012:user/eve");
        await access.RightAsync("DeleteAccessKey", new { UserName = "eve", key.AccessKeyId });
        access.Store.TryFindKey(key.AccessKeyId, out _).ShouldBeFalse();
        await access.RightAsync("DeleteUser", new { UserName = "eve" });
        await access.ReopenAsync();
        (await access.IamAsync("GetUser", new { UserName = "eve" })).Error!.Type.ShouldBe("NoSuchEntity");
    }

    [Fact]
    public async Task What_is_in_use_is_not_deleted()
    {
        await access.RightAsync("CreateUser", new { UserName = "ada" });
        await access.RightAsync("CreateGroup", new { GroupName = "staff" });
        await access.RightAsync("AddUserToGroup", new { GroupName = "staff", UserName = "ada" });
        var made = await access.RightAsync("CreatePolicy", new { PolicyName = "p", PolicyDocument = Allow("s3:*") });
        var arn = AccessFixture.Text(made, "Arn");
        await access.RightAsync("AttachUserPolicy", new { UserName = "ada", PolicyArn = arn });
        await access.RightAsync("CreatePolicyVersion", new { PolicyArn = arn, PolicyDocument = Allow("s3:Get*"), SetAsDefault = "true" });

        await ConflictAsync("DeleteGroup", new { GroupName = "staff" }, "Cannot delete entity, must remove users from group first.");
        await ConflictAsync("DeleteUser", new { UserName = "ada" }, "Cannot delete entity, must detach all policies first.");
        await ConflictAsync("DeletePolicy", new { PolicyArn = arn }, "Cannot delete a policy attached to entities.");
        await ConflictAsync("DeletePolicyVersion", new { PolicyArn = arn, VersionId = "v2" }, "Cannot delete the default version of a policy.");
        await access.RightAsync("DetachUserPolicy", new { UserName = "ada", PolicyArn = arn });
        await ConflictAsync("DeletePolicy", new { PolicyArn = arn }, "This policy has more than one version. Before you delete a policy, you must delete the policy's versions. The default version is deleted with the policy.");
        await access.RightAsync("DeletePolicyVersion", new { PolicyArn = arn, VersionId = "v1" });
        await access.RightAsync("DeletePolicy", new { PolicyArn = arn });
        await ConflictAsync("DeleteUser", new { UserName = "ada" }, "Cannot delete entity, must remove users from group first.");
        await access.RightAsync("RemoveUserFromGroup", new { GroupName = "staff", UserName = "ada" });
        await access.RightAsync("DeleteUser", new { UserName = "ada" });
        await access.RightAsync("DeleteGroup", new { GroupName = "staff" });
    }

    [Theory]
    [InlineData("CreateUser", "UserName", "a b", "ValidationError", "The specified value for userName is invalid. It must contain only alphanumeric characters and/or the following: +=,.@_-")]
    [InlineData("CreateUser", "Other", "x", "ValidationError", "1 validation error detected: Value null at 'userName' failed to satisfy constraint: Member must not be null")]
    [InlineData("GetRole", "RoleName", "none", "NoSuchEntity", "The role with name none cannot be found.")]
    [InlineData("GetUser", "UserName", "none", "NoSuchEntity", "The user with name none cannot be found.")]
    [InlineData("GetGroup", "GroupName", "none", "NoSuchEntity", "The group with name none cannot be found.")]
    [InlineData("GetPolicy", "PolicyArn", "arn:aws:iam::123456789012:policy/none", "NoSuchEntity", "Policy arn:aws:iam::123456789012:policy/none was not found.")]
    [InlineData("CreateRole", "RoleName", "r", "ValidationError", "1 validation error detected: Value null at 'assumeRolePolicyDocument' failed to satisfy constraint: Member must not be null")]
    [InlineData("NoSuchThing", "X", "x", "InvalidAction", "Could not find operation NoSuchThing for version 2010-05-08")]
    public async Task What_is_wrong_is_told_in_IAMs_words(string action, string name, string value, string type, string message)
    {
        var error = (await access.IamAsync(action, new Dictionary<string, StringValues> { [name] = value })).Error;
        error!.Type.ShouldBe(type);
        error.Message.ShouldBe(message);
    }

    [Fact]
    public async Task Names_are_not_distinguished_by_case()
    {
        await access.RightAsync("CreateUser", new { UserName = "Ada" });
        var error = (await access.IamAsync("CreateUser", new { UserName = "ADA" })).Error;
        error.ShouldBe(new AwsError(409, "EntityAlreadyExists", "User with name ADA already exists."));
        await access.RightAsync("UpdateUser", new { UserName = "Ada", NewUserName = "ada" });
        await access.ReopenAsync();
        AccessFixture.Texts(await access.RightAsync("ListUsers", new { }), "UserName").ShouldBe(["ada"]);
    }

    [Fact]
    public async Task Pages_together_are_the_whole()
    {
        for (var i = 0; i < 25; i++)
        {
            await access.RightAsync("CreateUser", new { UserName = $"user{i:d2}" });
        }

        List<string> seen = [];
        string? marker = null;
        do
        {
            var parameters = new Dictionary<string, StringValues> { ["MaxItems"] = "7" };
            if (marker is not null)
            {
                parameters["Marker"] = marker;
            }

            var page = await access.RightAsync("ListUsers", parameters);
            seen.AddRange(AccessFixture.Texts(page, "UserName"));
            marker = AccessFixture.Texts(page, "Marker").FirstOrDefault();
            AccessFixture.Text(page, "IsTruncated").ShouldBe(marker is null ? "false" : "true");
        }
        while (marker is not null);
        seen.ShouldBe(Enumerable.Range(0, 25).Select(i => $"user{i:d2}"));
    }

    [Fact]
    public async Task Quotas_hold()
    {
        await access.UserAsync("ada");
        await access.RightAsync("CreateAccessKey", new { UserName = "ada" });
        (await access.IamAsync("CreateAccessKey", new { UserName = "ada" })).Error.ShouldBe(new AwsError(409, "LimitExceeded", "Cannot exceed quota for AccessKeysPerUser: 2"));
        var document = Allow(new string('x', 2100).Insert(0, "s3:"));
        (await access.IamAsync("PutUserPolicy", new { UserName = "ada", PolicyName = "p", PolicyDocument = document })).Error
            .ShouldBe(new AwsError(409, "LimitExceeded", "Maximum policy size of 2048 bytes exceeded for user ada"));
        var arn = AccessFixture.Text(await access.RightAsync("CreatePolicy", new { PolicyName = "p", PolicyDocument = Allow("s3:*") }), "Arn");
        for (var i = 0; i < 4; i++)
        {
            await access.RightAsync("CreatePolicyVersion", new { PolicyArn = arn, PolicyDocument = Allow("s3:*") });
        }

        (await access.IamAsync("CreatePolicyVersion", new { PolicyArn = arn, PolicyDocument = Allow("s3:*") })).Error!.Type.ShouldBe("LimitExceeded");
    }

    [Fact]
    public async Task Others_than_the_root_may_what_their_policies_say()
    {
        var ada = await access.UserAsync("ada");
        (await access.IamAsync("GetUser", new { UserName = "ada" }, ada)).Error.ShouldBe(new AwsError(
            403, "AccessDenied",
            "User: arn:aws:iam::123456789012:user/ada is not authorized to perform: iam:GetUser on resource: arn:aws:iam::123456789012:user/ada because no identity-based policy allows the iam:GetUser action"));
        await access.RightAsync("PutUserPolicy", new { UserName = "ada", PolicyName = "self", PolicyDocument = Allow("iam:Get*", "arn:aws:iam::123456789012:user/${aws:username}") });
        await access.RightAsync("GetUser", new { UserName = "ada" }, ada);
        (await access.IamAsync("GetUser", new { UserName = "eve" }, ada)).Error!.Message.ShouldBe(
            "User: arn:aws:iam::123456789012:user/ada is not authorized to perform: iam:GetUser on resource: user eve because no identity-based policy allows the iam:GetUser action");
        await access.RightAsync("DeleteUserPolicy", new { UserName = "ada", PolicyName = "self" });
        (await access.IamAsync("GetUser", new { UserName = "ada" }, ada)).Error!.Type.ShouldBe("AccessDenied");
    }

    [Fact]
    public async Task Accounts_do_not_see_each_other()
    {
        var other = AccessFixture.Root with { AccountId = "111122223333", PrincipalArn = "arn:aws:iam::111122223333:root", PrincipalId = "111122223333" };
        await access.RightAsync("CreateUser", new { UserName = "ada" });
        await access.RightAsync("CreateUser", new { UserName = "ada" }, other);
        await access.RightAsync("DeleteUser", new { UserName = "ada" }, other);
        await access.RightAsync("GetUser", new { UserName = "ada" });
        AccessFixture.Texts(await access.RightAsync("ListUsers", new { }, other), "UserName").ShouldBeEmpty();
    }

    [Fact]
    public async Task A_simulation_says_what_would_be()
    {
        await access.RightAsync("CreateUser", new { UserName = "ada" });
        await access.RightAsync("PutUserPolicy", new { UserName = "ada", PolicyName = "p", PolicyDocument = Allow("lambda:Get*") });
        var reply = await access.RightAsync("SimulatePrincipalPolicy", new Dictionary<string, StringValues>
        {
            ["PolicySourceArn"] = "arn:aws:iam::123456789012:user/ada",
            ["ActionNames.member.1"] = "lambda:GetFunction",
            ["ActionNames.member.2"] = "lambda:DeleteFunction",
        });
        AccessFixture.Texts(reply, "EvalDecision").ShouldBe(["allowed", "implicitDeny"]);
    }

    [Theory]
    [InlineData("000000000000")]
    [InlineData("123456789012")]
    [InlineData("999999999999")]
    public void A_key_tells_its_account(string account)
    {
        for (var i = 0; i < 1000; i++)
        {
            var id = IamIds.NewKeyId("ASIA", account);
            id.ShouldMatch("^ASIA[A-Z2-7]{16}$");
            IamIds.AccountOf(id).ShouldBe(account);
        }
    }

    /// <summary>The example that the finders of the form have published. https://medium.com/@TalBeerySec/a-short-note-on-aws-key-id-f88cc4317489</summary>
    [Fact]
    public void A_key_of_AWS_tells_its_account_too() => IamIds.AccountOf("ASIAQNZGKIQY56JQ7WML").ShouldBe("029608264753");

    private static string Allow(string action, string resource = "*") =>
        $$"""{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"{{action}}","Resource":"{{resource}}"}]}""";

    private async Task ConflictAsync(string action, object parameters, string message) =>
        (await access.IamAsync(action, parameters)).Error.ShouldBe(new AwsError(409, "DeleteConflict", message));

    private async Task<string> DumpAsync()
    {
        (string, object)[] reads =
        [
            ("GetUser", new { UserName = "ada" }), ("ListAccessKeys", new { UserName = "ada" }), ("GetGroup", new { GroupName = "staff" }),
            ("GetRole", new { RoleName = "runner" }), ("ListAttachedRolePolicies", new { RoleName = "runner" }),
            ("GetUserPolicy", new { UserName = "ada", PolicyName = "own" }), ("ListPolicies", new { Scope = "Local" }),
        ];
        var all = await Task.WhenAll(reads.Select(async r => string.Concat((await access.RightAsync(r.Item1, r.Item2)).Result!.Select(e => e.ToString()))));
        return string.Join('\n', all);
    }
}
