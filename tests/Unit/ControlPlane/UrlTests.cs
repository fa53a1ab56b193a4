using System.Text.Json.Nodes;
using Lambent.Contracts;
using Shouldly;
using Xunit;

namespace Lambent.ControlPlane.Tests;

/// <summary>Configurations of function URLs: what AWS answers, and what the road gets.</summary>
public class UrlTests
{
    private const string Functions = "/2021-10-31/functions", Arn = "arn:aws:lambda:us-east-1:123456789012:function:f";

    [Fact]
    public async Task A_URL_is_made_changed_published_listed_and_deleted()
    {
        var first = await TestPlane.StartAsync();
        await first.CreateReadyAsync("f", f => f["Publish"] = true);
        await first.SendAsync("POST", $"{TestPlane.Functions}/f/aliases", """{"Name":"live","FunctionVersion":"1"}""");
        var made = await first.SendAsync("POST", $"{Functions}/f/url", """{"AuthType":"NONE"}""");
        made.Status.ShouldBe(201, made.Text);
        made.Json.AsObject().Select(m => m.Key).ShouldBe(["FunctionUrl", "FunctionArn", "AuthType", "CreationTime"]);
        ((string?)made.Json["FunctionUrl"])!.ShouldMatch("^http://[a-z0-9]{32}[.]lambda-url[.]us-east-1[.]localhost:9400/$");
        ((string?)made.Json["CreationTime"]).ShouldBe("2026-01-12T10:11:12.345000Z");
        (await first.SendAsync("POST", $"{Functions}/f/url", """{"AuthType":"NONE"}""")).Message.ShouldBe(
            $"Failed to create function url config for [functionArn = {Arn}]. Error message:  FunctionUrlConfig exists for this Lambda function");
        (await first.SendAsync("POST", $"{Functions}/f/url?Qualifier=live", """{"AuthType":"AWS_IAM","InvokeMode":"RESPONSE_STREAM"}""")).Status.ShouldBe(201);

        const string cors = """{"AllowMethods":["GET"],"AllowOrigins":["*"],"MaxAge":300}""";
        var updated = await first.SendAsync("PUT", $"{Functions}/f/url", $$"""{"Cors":{{cors}}}""");
        (updated.Status, updated.Json["Cors"]!.ToJsonString()).ShouldBe((200, cors));
        updated.Json["FunctionUrl"]!.ToString().ShouldBe(made.Json["FunctionUrl"]!.ToString());
        updated.Json.AsObject().ShouldNotContainKey("InvokeMode");
        (await first.SendAsync("PUT", $"{Functions}/f/url?Qualifier=live", "{}")).Json["InvokeMode"]!.ToString().ShouldBe("RESPONSE_STREAM");

        await using var second = await first.RestartAsync();
        var list = (await second.SendAsync("GET", $"{Functions}/f/urls")).Json["FunctionUrlConfigs"]!.AsArray();
        list.Select(u => $"{u!["FunctionArn"]} {u["AuthType"]} {u["InvokeMode"]}").ShouldBe(
            [$"{Arn} NONE BUFFERED", $"{Arn}:live AWS_IAM RESPONSE_STREAM"]);
        var urls = second.Catalog.Find(new FunctionArn("us-east-1", TestPlane.Account, "f"))!.Urls;
        urls["$LATEST"].Cors!.AllowMethods.ShouldBe(["GET"]);
        urls["live"].Id.Length.ShouldBe(32);

        (await second.SendAsync("DELETE", $"{Functions}/f/url")).Status.ShouldBe(204);
        (await second.SendAsync("DELETE", $"{Functions}/f/url")).Message.ShouldBe("The resource you requested does not exist.");
        (await second.SendAsync("DELETE", $"{TestPlane.Functions}/f/aliases/live")).Status.ShouldBe(204);
        second.Catalog.Find(new FunctionArn("us-east-1", TestPlane.Account, "f"))!.Urls.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("POST", "none/url", 404, "Function does not exist")]
    [InlineData("POST", "f/url?Qualifier=none", 404, "Function does not exist")]
    [InlineData("PUT", "none/url", 404, "Function does not exist")]
    [InlineData("PUT", "f/url", 404, "The resource you requested does not exist.")]
    [InlineData("GET", "none/url", 404, "The resource you requested does not exist.")]
    [InlineData("GET", "f/url", 404, "The resource you requested does not exist.")]
    [InlineData("DELETE", "none/url", 404, "The resource you requested does not exist.")]
    [InlineData("GET", "none/urls", 404, "Function does not exist")]
    [InlineData("POST", "f:a/url?Qualifier=b", 400, "The derived qualifier from the function name does not match the specified qualifier.")]
    [InlineData("GET", "f/url?Qualifier=1", 400, @"1 validation error detected: Value '1' at 'qualifier' failed to satisfy constraint: Member must satisfy regular expression pattern: ((?!^\d+$)^[0-9a-zA-Z-_]+$)")]
    [InlineData("POST", "f/url?Qualifier=$LATEST", 400, @"1 validation error detected: Value '$LATEST' at 'qualifier' failed to satisfy constraint: Member must satisfy regular expression pattern: ((?!^\d+$)^[0-9a-zA-Z-_]+$)")]
    public async Task What_is_not_there_or_wrong_is_said_as_AWS_says_it(string method, string target, int status, string message)
    {
        await using var plane = await TestPlane.StartAsync();
        await plane.CreateReadyAsync("f");
        var answer = await plane.SendAsync(method, $"{Functions}/{target}", method is "POST" or "PUT" ? """{"AuthType":"NONE"}""" : null);
        (answer.Status, answer.Message).ShouldBe((status, message));
    }

    [Theory]
    [InlineData("""{"AuthType":"NONE","InvokeMode":"UNKNOWN"}""", "Value 'UNKNOWN' at 'invokeMode' failed to satisfy constraint: Member must satisfy enum value set: [RESPONSE_STREAM, BUFFERED]")]
    [InlineData("""{}""", "Value null at 'authType' failed to satisfy constraint: Member must not be null")]
    [InlineData("""{"AuthType":"NONE","Cors":{"MaxAge":86401}}""", "Value '86401' at 'cors.maxAge' failed to satisfy constraint: Member must have value less than or equal to 86400")]
    [InlineData("""{"AuthType":"NONE","Cors":{"AllowMethods":["OPTIONS"]}}""", "Value '[OPTIONS]' at 'cors.allowMethods' failed to satisfy constraint: Member must satisfy constraint: [Member must have length less than or equal to 6, Member must have length greater than or equal to 0, Member must satisfy regular expression pattern: .*, Member must not be null]")]
    public async Task What_no_URL_may_have_is_refused(string body, string message)
    {
        await using var plane = await TestPlane.StartAsync();
        await plane.CreateReadyAsync("f");
        (await plane.SendAsync("POST", $"{Functions}/f/url", body)).Message.ShouldBe($"1 validation error detected: {message}");
    }

    [Fact]
    public async Task The_suffix_of_the_host_can_be_set()
    {
        await using var plane = await TestPlane.StartAsync(new ControlPlaneOptions { FunctionUrlSuffix = "example.org:8080" });
        await plane.CreateReadyAsync("f");
        var made = (await plane.SendAsync("POST", $"{Functions}/f/url", """{"AuthType":"NONE"}""")).Json;
        ((string?)made["FunctionUrl"])!.ShouldEndWith(".lambda-url.us-east-1.example.org:8080/");
    }
}
