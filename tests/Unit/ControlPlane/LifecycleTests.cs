using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Lambent.ControlPlane.Functions.Model;
using Shouldly;
using Xunit;

namespace Lambent.ControlPlane.Tests;

/// <summary>Pending → Active and InProgress → Successful, also across a restart.</summary>
public class LifecycleTests
{
    private const string Code = $"{TestPlane.Functions}/f/code", Configuration = $"{TestPlane.Functions}/f/configuration";

    [Fact]
    public async Task A_function_is_pending_until_its_code_is_ready()
    {
        await using var plane = await TestPlane.StartAsync();
        plane.Preparation.Close();
        await plane.CreateAsync("f");
        (await plane.GetAsync("f"))["State"]!.ToString().ShouldBe("Pending");
        plane.Snapshot("f")!.State.ShouldBe("Pending");
        var update = await plane.SendAsync("PUT", Configuration, """{"Timeout":5}""");
        (update.Status, update.ErrorType).ShouldBe((409, "ResourceConflictException"));
        update.Message!.ShouldEndWith("is currently in the following state: 'Pending'. StateReasonCode: 'Creating'");

        plane.Preparation.Open();
        await plane.Plane.Lifecycle.IdleAsync();
        (await plane.GetAsync("f"))["State"]!.ToString().ShouldBe("Active");
        plane.Snapshot("f")!.State.ShouldBe("Active");
    }

    [Fact]
    public async Task What_was_before_an_update_serves_until_the_update_is_ready()
    {
        await using var plane = await TestPlane.StartAsync();
        await plane.CreateReadyAsync("f");
        var before = plane.Snapshot("f")!;
        plane.Preparation.Close();
        var updated = await plane.SendAsync("PUT", Code, $$"""{"ZipFile":"{{TestPlane.Zip(("index.py", "x = 2"))}}"}""");
        (updated.Json["State"]!.ToString(), updated.Json["LastUpdateStatus"]!.ToString()).ShouldBe(("Active", "InProgress"));
        updated.Json["LastUpdateStatusReason"]!.ToString().ShouldBe("The function is being created.");
        updated.Json["LastUpdateStatusReasonCode"]!.ToString().ShouldBe("Creating");
        plane.Snapshot("f").ShouldBe(before with { Environment = plane.Snapshot("f")!.Environment });

        var second = await plane.SendAsync("PUT", Configuration, """{"Timeout":5}""");
        second.Status.ShouldBe(409);
        second.Message.ShouldBe(
            "The operation cannot be performed at this time. An update is in progress for resource: "
            + "arn:aws:lambda:us-east-1:123456789012:function:f");

        plane.Preparation.Open();
        await plane.Plane.Lifecycle.IdleAsync();
        var after = await plane.GetAsync("f");
        after["LastUpdateStatus"]!.ToString().ShouldBe("Successful");
        after["RevisionId"]!.ToString().ShouldNotBe(updated.Json["RevisionId"]!.ToString());
        plane.Snapshot("f")!.CodeSha256Hex.ShouldNotBe(before.CodeSha256Hex);
        plane.Snapshot("f")!.Revision.ShouldNotBe(before.Revision);
        plane.StoredPackages.ShouldBe([plane.Snapshot("f")!.CodeSha256Hex]);
    }

    [Fact]
    public async Task After_an_update_that_fails_the_one_before_serves_on()
    {
        await using var plane = await TestPlane.StartAsync();
        await plane.CreateReadyAsync("f");
        var before = plane.Snapshot("f")!;
        plane.Preparation.Failure = new InvalidDataException("The package is broken.");
        await plane.SendAsync("PUT", Code, $$"""{"ZipFile":"{{TestPlane.Zip(("index.py", "x = 2"))}}"}""");
        await plane.Plane.Lifecycle.IdleAsync();
        var failed = await plane.GetAsync("f");
        (failed["State"]!.ToString(), failed["LastUpdateStatus"]!.ToString()).ShouldBe(("Active", "Failed"));
        failed["LastUpdateStatusReasonCode"]!.ToString().ShouldBe("InvalidZipFileException");
        failed["LastUpdateStatusReason"]!.ToString().ShouldBe("The package is broken.");
        plane.Snapshot("f")!.Key.ShouldBe(before.Key);

        plane.Preparation.Failure = null;
        await plane.SendAsync("PUT", Configuration, """{"Timeout":5}""");
        await plane.Plane.Lifecycle.IdleAsync();
        (await plane.GetAsync("f"))["LastUpdateStatus"]!.ToString().ShouldBe("Successful");
        plane.Snapshot("f")!.CodeSha256Hex.ShouldNotBe(before.CodeSha256Hex);
    }

    [Fact]
    public async Task A_version_that_is_made_ready_is_not_kept_from_it_by_its_provisioned_concurrency()
    {
        await using var plane = await TestPlane.StartAsync();
        plane.Preparation.Close();
        await plane.CreateAsync("f", body => body["Publish"] = true);
        var put = await plane.SendAsync("PUT", "/2019-09-30/functions/f/provisioned-concurrency?Qualifier=1", """{"ProvisionedConcurrentExecutions":1}""");
        put.Status.ShouldBe(202, put.Text);
        plane.Preparation.Open();
        await plane.Plane.Lifecycle.IdleAsync();

        var version = await plane.SendAsync("GET", "/2015-03-31/functions/f/configuration?Qualifier=1", null);
        version.Json["State"]!.ToString().ShouldBe("Active");
    }

    [Fact]
    public async Task A_fault_of_the_worker_does_not_leave_a_function_pending()
    {
        await using var plane = await TestPlane.StartAsync(preparation: new Preparation { Failure = new IOException("disk full") });
        await plane.CreateReadyAsync("f");
        var failed = await plane.GetAsync("f");
        (failed["State"]!.ToString(), failed["StateReasonCode"]!.ToString()).ShouldBe(("Failed", "InternalError"));
    }

    [Fact]
    public async Task A_runtime_that_is_not_here_fails_the_function_and_says_what_to_install()
    {
        await using var plane = await TestPlane.StartAsync(runtimes: new FakeRuntimes { Missing = { "nodejs22.x" } });
        await plane.CreateReadyAsync("f", body => body["Runtime"] = "nodejs22.x");
        var failed = await plane.GetAsync("f");
        (failed["State"]!.ToString(), failed["StateReasonCode"]!.ToString()).ShouldBe(("Failed", "InvalidRuntime"));
        failed["StateReason"]!.ToString().ShouldContain("apt-get install nodejs");
        failed["RuntimeVersionConfig"].ShouldBeNull();
        plane.Snapshot("f")!.State.ShouldBe("Failed");

        await plane.SendAsync("PUT", Configuration, """{"Runtime":"python3.12"}""");
        await plane.Plane.Lifecycle.IdleAsync();
        (await plane.GetAsync("f"))["State"]!.ToString().ShouldBe("Active");
    }

    [Fact]
    public async Task Another_version_serves_and_is_named_unless_that_is_forbidden()
    {
        var runtimes = new FakeRuntimes { Nearest = { ["python3.12"] = "python3.11.2" } };
        await using var plane = await TestPlane.StartAsync(runtimes: runtimes);
        var created = await plane.CreateReadyAsync("f");
        created.Json["RuntimeVersionConfig"]!["RuntimeVersionArn"]!.ToString().ShouldBe("arn:aws:lambda:us-east-1::runtime:python3.11.2");

        await using var strict = await TestPlane.StartAsync(new ControlPlaneOptions { StrictRuntimes = true }, runtimes);
        var refused = await strict.CreateAsync("f");
        (refused.Status, refused.ErrorType).ShouldBe((400, "InvalidParameterValueException"));
        refused.Message!.ShouldContain("python3.11.2");
        (await strict.CreateAsync("f", body => body["Runtime"] = "python3.13")).Status.ShouldBe(201);
    }

    [Fact]
    public async Task A_creation_and_an_update_that_a_crash_interrupted_are_finished_after_it()
    {
        var dead = await TestPlane.StartAsync();
        await dead.CreateReadyAsync("f");
        var before = dead.Snapshot("f")!;
        dead.Preparation.Close();
        await dead.SendAsync("PUT", Configuration, """{"Timeout":77}""");
        await dead.CreateAsync("g");

        await using var alive = await dead.RestartAfterCrashAsync(new FakeRuntimes());
        await alive.Plane.Lifecycle.IdleAsync();
        var updated = await alive.GetAsync("f");
        (updated["LastUpdateStatus"]!.ToString(), updated["Timeout"]!.GetValue<int>()).ShouldBe(("Successful", 77));
        alive.Snapshot("f")!.Revision.ShouldNotBe(before.Revision);
        (await alive.GetAsync("g"))["State"]!.ToString().ShouldBe("Active");
    }

    [Fact]
    public async Task Until_an_interrupted_update_is_finished_the_one_before_serves_after_the_crash_too()
    {
        var dead = await TestPlane.StartAsync();
        await dead.CreateReadyAsync("f");
        var before = dead.Snapshot("f")!;
        dead.Preparation.Close();
        await dead.SendAsync("PUT", Configuration, """{"Timeout":77}""");

        await using var alive = await dead.RestartAfterCrashAsync(new FakeRuntimes { Missing = { "python3.12" } });
        await alive.Plane.Lifecycle.IdleAsync();
        (await alive.GetAsync("f"))["LastUpdateStatus"]!.ToString().ShouldBe("Failed");
        alive.Snapshot("f")!.Key.ShouldBe(before.Key);
    }

    [Fact]
    public async Task What_runs_has_a_new_revision_only_when_it_changes()
    {
        await using var plane = await TestPlane.StartAsync();
        await plane.CreateReadyAsync("f");
        var revisions = new List<string> { plane.Snapshot("f")!.Revision };
        foreach (var change in new[] { """{"Description":"other"}""", """{"Timeout":9}""", """{"Environment":{"Variables":{"AA":"1"}}}""" })
        {
            (await plane.SendAsync("PUT", Configuration, change)).Status.ShouldBe(200);
            await plane.Plane.Lifecycle.IdleAsync();
            revisions.Add(plane.Snapshot("f")!.Revision);
        }

        revisions[1].ShouldBe(revisions[0]);
        revisions.Distinct().Count().ShouldBe(3);
        await plane.SendAsync("DELETE", $"{TestPlane.Functions}/f");
        plane.Snapshot("f").ShouldBeNull();
        await plane.CreateReadyAsync("f");
        plane.Snapshot("f")!.Revision.ShouldNotBe(revisions[0]);
    }

    [Fact]
    public async Task A_function_that_is_deleted_while_pending_stays_deleted()
    {
        await using var plane = await TestPlane.StartAsync();
        plane.Preparation.Close();
        await plane.CreateAsync("f");
        (await plane.SendAsync("DELETE", $"{TestPlane.Functions}/f")).Status.ShouldBe(204);
        plane.Preparation.Open();
        await plane.Plane.Lifecycle.IdleAsync();
        (await plane.SendAsync("GET", Configuration)).Status.ShouldBe(404);
        plane.Snapshot("f").ShouldBeNull();
        plane.StoredPackages.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_stale_revision_is_refused_and_the_right_one_is_not()
    {
        await using var plane = await TestPlane.StartAsync();
        await plane.CreateReadyAsync("f");
        var current = (await plane.GetAsync("f"))["RevisionId"]!.ToString();
        var stale = await plane.SendAsync("PUT", Configuration, """{"Timeout":4,"RevisionId":"00000000-0000-0000-0000-000000000000"}""");
        (stale.Status, stale.ErrorType).ShouldBe((412, "PreconditionFailedException"));
        stale.Message.ShouldBe(
            "The Revision Id provided does not match the latest Revision Id. Call the GetFunction/GetAlias API to retrieve the latest Revision Id");
        (await plane.SendAsync("PUT", Configuration, new JsonObject { ["RevisionId"] = current }.ToJsonString())).Status.ShouldBe(200);
    }

    [Fact]
    public async Task A_dry_run_changes_nothing()
    {
        await using var plane = await TestPlane.StartAsync();
        await plane.CreateReadyAsync("f");
        var before = await plane.GetAsync("f");
        var dry = await plane.SendAsync("PUT", Code, $$"""{"ZipFile":"{{TestPlane.Zip(("other.py", "x = 2"))}}","DryRun":true}""");
        dry.Status.ShouldBe(200);
        JsonNode.DeepEquals(await plane.GetAsync("f"), before).ShouldBeTrue();
        plane.StoredPackages.Count.ShouldBe(1);
    }

    [Fact]
    public async Task What_readers_see_as_active_can_be_invoked_since_the_catalog_has_every_change_before_them()
    {
        await using var plane = await TestPlane.StartAsync();
        var seen = new ConcurrentQueue<(string Published, string? Read)>();
        var versions = new ConcurrentQueue<(string Published, string? Read)>();
        plane.Catalog.Changed += (_, after) =>
        {
            var key = new FunctionKey(TestPlane.Account, "f");
            seen.Enqueue((after!.Resolve(null, 1)!.State, plane.Plane.Store.Index.Find(key)?.State));
            if (after.Resolve("1", 1) is { } version)
            {
                versions.Enqueue((version.State, plane.Plane.Store.Versions.Find(key, "1")?.State));
            }
        };
        await plane.CreateReadyAsync("f");
        seen.ShouldBe([("Pending", null), ("Active", "Pending")]);
        (await plane.SendAsync("POST", $"{TestPlane.Functions}/f/versions", "{}")).Status.ShouldBe(201);
        await plane.Plane.Lifecycle.IdleAsync();
        versions.ShouldBe([("Active", null)]);
    }
}
