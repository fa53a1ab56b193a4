using Lambent.Contracts;
using Shouldly;
using Xunit;

namespace Lambent.ControlPlane.Tests;

/// <summary>How events are treated, by qualifier: kept, published, refused in the words recorded on AWS.</summary>
public class EventInvokeTests
{
    private const string Config = "/2019-09-25/functions/f/event-invoke-config", Arn = "arn:aws:lambda:us-east-1:123456789012:function:f";

    [Fact]
    public async Task Put_forgets_what_was_said_before_and_update_keeps_it()
    {
        var first = await StartAsync();
        var put = await first.SendAsync("PUT", Config, """{"MaximumRetryAttempts":2,"MaximumEventAgeInSeconds":60}""");
        put.Text.ShouldBe($$$$"""{"LastModified":1768212672.345,"FunctionArn":"{{{{Arn}}}}:$LATEST","MaximumRetryAttempts":2,"MaximumEventAgeInSeconds":60,"DestinationConfig":{"OnSuccess":{"Destination":null},"OnFailure":{"Destination":null}}}""");
        await first.SendAsync("POST", Config, """{"MaximumRetryAttempts":0}""");
        await using var plane = await first.RestartAsync();
        plane.Catalog.All.Single(e => e.Arn.Name == "f").EventInvoke["$LATEST"].ShouldBe(new EventInvokeSettings(0, 60, null, null));
        await plane.SendAsync("PUT", Config, """{"DestinationConfig":{"OnFailure":{"Destination":"arn:aws:sqs:us-east-1:123456789012:q"}}}""");
        plane.Catalog.All.Single(e => e.Arn.Name == "f").EventInvoke["$LATEST"]
            .ShouldBe(new EventInvokeSettings(null, null, null, "arn:aws:sqs:us-east-1:123456789012:q"));
        var get = await plane.SendAsync("GET", Config);
        get.Json["DestinationConfig"]!["OnFailure"]!["Destination"]!.ToString().ShouldBe("arn:aws:sqs:us-east-1:123456789012:q");
        (await plane.SendAsync("DELETE", Config)).Status.ShouldBe(204);
        plane.Catalog.All.Single(e => e.Arn.Name == "f").EventInvoke.ShouldBeEmpty();
        var gone = await plane.SendAsync("DELETE", Config);
        (gone.Status, gone.Message).ShouldBe((404, $"The function {Arn}:$LATEST doesn't have an EventInvokeConfig"));
    }

    [Fact]
    public async Task Every_qualifier_has_its_own_and_lists_have_them_all()
    {
        await using var plane = await StartAsync();
        foreach (var target in new[] { Config, $"{Config}?Qualifier=1", "/2019-09-25/functions/f:live/event-invoke-config" })
        {
            (await plane.SendAsync("PUT", target, """{"MaximumRetryAttempts":1}""")).Status.ShouldBe(200);
        }

        var listed = (await plane.SendAsync("GET", $"{Config}/list?MaxItems=50")).Json["FunctionEventInvokeConfigs"]!.AsArray();
        listed.Select(c => c!["FunctionArn"]!.ToString()).ShouldBe([$"{Arn}:$LATEST", $"{Arn}:1", $"{Arn}:live"]);
        (await plane.SendAsync("GET", $"{Config}/list?MaxItems=51")).ErrorType.ShouldBe("ValidationException");
        await plane.SendAsync("DELETE", $"{TestPlane.Functions}/f/aliases/live");
        plane.Catalog.All.Single(e => e.Arn.Name == "f").EventInvoke.Keys.ShouldBe(["$LATEST", "1"], ignoreOrder: true);
    }

    [Theory]
    [InlineData("PUT", "f", "{}", "InvalidParameterValueException", "You must specify at least one of error handling or destination setting.")]
    [InlineData("PUT", "nobody", """{"MaximumRetryAttempts":1}""", "ResourceNotFoundException", "The function doesn't exist.")]
    [InlineData("POST", "nobody", """{"MaximumRetryAttempts":1}""", "ResourceNotFoundException", "The function doesn't exist.")]
    [InlineData("PUT", "f:dead", """{"MaximumRetryAttempts":1}""", "ResourceNotFoundException", "The function doesn't exist.")]
    [InlineData("POST", "f:live", """{"MaximumRetryAttempts":1}""", "ResourceNotFoundException", "The function " + Arn + ":live doesn't have an EventInvokeConfig")]
    [InlineData("GET", "f:live", null, "ResourceNotFoundException", "The function " + Arn + ":live doesn't have an EventInvokeConfig")]
    [InlineData("PUT", "f", """{"MaximumRetryAttempts":3}""", "ValidationException", "1 validation error detected: Value '3' at 'maximumRetryAttempts' failed to satisfy constraint: Member must have value less than or equal to 2")]
    [InlineData("PUT", "f", """{"MaximumEventAgeInSeconds":59}""", "ValidationException", "1 validation error detected: Value '59' at 'maximumEventAgeInSeconds' failed to satisfy constraint: Member must have value greater than or equal to 60")]
    [InlineData("PUT", "f", """{"DestinationConfig":{"OnSuccess":{"Destination":"arn:aws:lambda:us-east-1:123456789012:function:doesnotexist"}}}""", "InvalidParameterValueException", "The destination ARN arn:aws:lambda:us-east-1:123456789012:function:doesnotexist is invalid.")]
    [InlineData("PUT", "f", """{"DestinationConfig":{"OnSuccess":{"Destination":"arn:aws:lambda:us-east-1:123456789012:function:f"}}}""", "InvalidParameterValueException", "You can't specify the function as a destination for itself.")]
    [InlineData("PUT", "f", """{"DestinationConfig":{"OnSuccess":{"Destination":"arn:aws:iam:us-east-1:123456789012:function:f"}}}""", "InvalidParameterValueException", "The provided destination config DestinationConfig(onSuccess=OnSuccess(destination=arn:aws:iam:us-east-1:123456789012:function:f), onFailure=null) is invalid.")]
    [InlineData("PUT", "f", """{"DestinationConfig":{"OnFailure":{"Destination":"arn:aws:_-/!lambda"}}}""", "ValidationException", @"1 validation error detected: Value 'arn:aws:_-/!lambda' at 'destinationConfig.onFailure.destination' failed to satisfy constraint: Member must satisfy regular expression pattern: ^$|arn:(aws[a-zA-Z0-9-]*):([a-zA-Z0-9\-])+:([a-z]{2}((-gov)|(-iso(b?)))?-[a-z]+-\d{1})?:(\d{12})?:(.*)")]
    public async Task What_cannot_be_is_refused(string method, string function, string? body, string type, string message)
    {
        await using var plane = await StartAsync();
        var answer = await plane.SendAsync(method, $"/2019-09-25/functions/{function}/event-invoke-config", body);
        (answer.ErrorType, answer.Message).ShouldBe((type, message));
    }

    [Theory]
    [InlineData("""{"DestinationConfig":{"OnSuccess":{}}}""")]
    [InlineData("""{"DestinationConfig":{"OnFailure":{"Destination":""}}}""")]
    [InlineData("""{"DestinationConfig":{"OnSuccess":{"Destination":"arn:aws:lambda:us-east-1:123456789012:function:g"}}}""")]
    public async Task A_destination_may_be_empty_or_another_function(string body)
    {
        await using var plane = await StartAsync();
        (await plane.SendAsync("PUT", Config, body)).Status.ShouldBe(200);
    }

    private static async Task<TestPlane> StartAsync()
    {
        var plane = await TestPlane.StartAsync();
        await plane.CreateReadyAsync("f", body => body["Publish"] = true);
        await plane.CreateReadyAsync("g");
        await plane.SendAsync("POST", $"{TestPlane.Functions}/f/aliases", """{"Name":"live","FunctionVersion":"1"}""");
        return plane;
    }
}
