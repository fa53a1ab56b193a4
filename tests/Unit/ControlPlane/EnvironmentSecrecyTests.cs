using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Dapper;
using Lambent.ControlPlane.Functions.Model;
using Lambent.ControlPlane.Secrets;
using Microsoft.Data.Sqlite;
using Shouldly;

namespace Lambent.ControlPlane.Tests;

/// <summary>Values of environments are not readable in what is stored.</summary>
public sealed class EnvironmentSecrecyTests
{
    private const string Secret = "correct-horse-battery-staple", Second = "another-value-of-no-ones-business";
    private const string KmsKey = "arn:aws:kms:us-east-1:123456789012:key/0a1b2c3d-0000-4000-8000-000000000000";

    [Fact]
    public async Task No_file_holds_a_plain_value_and_the_function_has_it_after_a_restart()
    {
        var first = await TestPlane.StartAsync();
        await first.CreateReadyAsync("f", f => (f["Environment"], f["KMSKeyArn"]) = (Variables(Secret), KmsKey));
        (await first.SendAsync("POST", $"{TestPlane.Functions}/f/versions", "{}")).Status.ShouldBe(201);
        await first.Plane.Lifecycle.IdleAsync();
        first.Preparation.Close();
        await first.SendAsync("PUT", $"{TestPlane.Functions}/f/configuration", new JsonObject { ["Environment"] = Variables(Second) }.ToJsonString());
        FilesWith(first, Secret).ShouldBeEmpty();
        FilesWith(first, Second).ShouldBeEmpty();
        FilesWith(first, KmsKey).ShouldNotBeEmpty(); // the search finds what is there

        await using var second = await first.RestartAsync();
        await second.Plane.Lifecycle.IdleAsync();
        var latest = await second.GetAsync("f");
        ((string?)latest["Environment"]!["Variables"]!["TOKEN"], (string?)latest["KMSKeyArn"]).ShouldBe((Second, KmsKey));
        var version = (await second.SendAsync("GET", $"{TestPlane.Functions}/f/configuration?Qualifier=1")).Json;
        ((string?)version["Environment"]!["Variables"]!["TOKEN"]).ShouldBe(Secret);
        second.Snapshot("f")!.Environment["TOKEN"].ShouldBe(Second);
        FilesWith(second, Secret).ShouldBeEmpty();
        File.GetUnixFileMode(Path.Combine(second.Folder, "environment-key")).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }

    [Fact]
    public async Task What_a_former_version_stored_readably_is_sealed_at_the_next_start_and_nothing_of_it_is_left()
    {
        var first = await TestPlane.StartAsync();
        await first.CreateReadyAsync("f", f => f["Environment"] = Variables(Secret));
        (await first.SendAsync("POST", $"{TestPlane.Functions}/f/versions", "{}")).Status.ShouldBe(201);
        await first.Plane.Lifecycle.IdleAsync();
        var key = new FunctionKey(TestPlane.Account, "f");
        var (latest, version) = (first.Plane.Store.Index.Find(key)!, first.Plane.Store.Versions.Find(key, "1")!);
        await using (var database = new SqliteConnection($"Data Source={Path.Combine(first.Folder, "lambent.db")};Pooling=False"))
        {
            await database.OpenAsync();
            await database.ExecuteAsync("UPDATE functions SET record = @Json", new { Json = Json(latest) });
            await database.ExecuteAsync("UPDATE function_parts SET record = @Json WHERE kind = 'version'", new { Json = Json(version) });
        }

        FilesWith(first, Secret).ShouldNotBeEmpty();
        await using var second = await first.RestartAsync();
        FilesWith(second, Secret).ShouldBeEmpty();
        ((string?)(await second.GetAsync("f"))["Environment"]!["Variables"]!["TOKEN"]).ShouldBe(Secret);
        second.Plane.Store.Versions.Find(key, "1")!.Definition.Variables!["TOKEN"].ShouldBe(Secret);
    }

    [Fact]
    public async Task With_another_key_the_start_fails_and_says_why()
    {
        var first = await TestPlane.StartAsync();
        await first.CreateReadyAsync("f", f => f["Environment"] = Variables(Secret));
        await File.WriteAllBytesAsync(Path.Combine(first.Folder, "environment-key"), RandomNumberGenerator.GetBytes(32));
        var thrown = await Should.ThrowAsync<CryptographicException>(() => first.RestartAfterCrashAsync());
        thrown.Message.ShouldBe(
            "The environment of the function f cannot be decrypted: the key in the data folder is not the one that it was encrypted with.");
        thrown.ToString().ShouldNotContain(Secret);
        await first.DisposeAsync();
    }

    [Fact]
    public void What_is_sealed_opens_for_its_own_function_and_key_alone_and_only_whole()
    {
        var key = new EnvironmentKey(RandomNumberGenerator.GetBytes(32));
        var variables = new Dictionary<string, string> { ["TOKEN"] = Secret };
        var text = key.Seal(variables, TestPlane.Account, "f", null);
        key.Open(text, TestPlane.Account, "f", null).ShouldBe(variables);
        key.Seal(variables, TestPlane.Account, "f", null).ShouldNotBe(text);
        Should.Throw<CryptographicException>(() => key.Open(text, TestPlane.Account, "g", null));
        Should.Throw<CryptographicException>(() => key.Open(text, "999999999999", "f", null));
        Should.Throw<CryptographicException>(() => key.Open(text, TestPlane.Account, "f", KmsKey));
        var bytes = Convert.FromBase64String(text);
        for (var i = 0; i < bytes.Length; i++)
        {
            bytes[i] ^= 1;
            Should.Throw<CryptographicException>(() => key.Open(Convert.ToBase64String(bytes), TestPlane.Account, "f", null));
            bytes[i] ^= 1;
        }

        Should.Throw<CryptographicException>(() => key.Open(Convert.ToBase64String(bytes[..40]), TestPlane.Account, "f", null));
    }

    private static JsonObject Variables(string value) => new() { ["Variables"] = new JsonObject { ["TOKEN"] = value } };

    private static string Json(FunctionRecord record) => JsonSerializer.Serialize(record, ControlPlaneJson.Wire.FunctionRecord);

    private static IEnumerable<string> FilesWith(TestPlane plane, string text) =>
        Directory.GetFiles(plane.Folder, "*", SearchOption.AllDirectories)
            .Where(f => File.ReadAllBytes(f).AsSpan().IndexOf(Encoding.UTF8.GetBytes(text)) >= 0);
}
