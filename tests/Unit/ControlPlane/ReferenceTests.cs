using Shouldly;
using Xunit;

namespace Lambent.ControlPlane.Tests;

/// <summary>Names, partial ARNs, ARNs and qualifiers.</summary>
public class ReferenceTests
{
    private const string Arn = "arn:aws:lambda:us-east-1:123456789012:function:f";

    [Theory]
    [InlineData("f", Arn)]
    [InlineData("function:f", Arn)]
    [InlineData("123456789012:function:f", Arn)]
    [InlineData(Arn, Arn)]
    [InlineData("f:$LATEST", Arn + ":$LATEST")]
    [InlineData("f?Qualifier=$LATEST", Arn + ":$LATEST")]
    [InlineData(Arn + ":$LATEST?Qualifier=$LATEST", Arn + ":$LATEST")]
    public async Task Every_form_of_a_name_finds_the_function(string form, string arn)
    {
        await using var plane = await TestPlane.StartAsync();
        await plane.CreateReadyAsync("f");
        var answer = await plane.SendAsync("GET", $"{TestPlane.Functions}/{form.Replace("?", "/configuration?", StringComparison.Ordinal)}"
            + (form.Contains('?', StringComparison.Ordinal) ? "" : "/configuration"));
        ((string?)answer.Json["FunctionArn"]).ShouldBe(arn, answer.Text);
    }

    [Theory]
    [InlineData("GET", "g", 404, "ResourceNotFoundException", "Function not found: arn:aws:lambda:us-east-1:123456789012:function:g")]
    [InlineData("GET", "g?Qualifier=$LATEST", 404, "ResourceNotFoundException", "Function not found: arn:aws:lambda:us-east-1:123456789012:function:g:$LATEST")]
    [InlineData("GET", "f?Qualifier=7", 404, "ResourceNotFoundException", "Function not found: " + Arn + ":7")]
    [InlineData("GET", "f:live", 404, "ResourceNotFoundException", "Function not found: " + Arn + ":live")]
    [InlineData("DELETE", "f:live", 400, "InvalidParameterValueException", "Deletion of aliases is not currently supported.")]
    [InlineData("DELETE", "f:-1", 400, "InvalidParameterValueException", "Deletion of aliases is not currently supported.")]
    [InlineData("DELETE", "g?Qualifier=$latest", 404, "ResourceNotFoundException", "Function not found: arn:aws:lambda:us-east-1:123456789012:function:g")]
    [InlineData("DELETE", "g?Qualifier=7", 404, "ResourceNotFoundException", "Function not found: arn:aws:lambda:us-east-1:123456789012:function:g")]
    [InlineData("DELETE", "g", 404, "ResourceNotFoundException", "Function not found: arn:aws:lambda:us-east-1:123456789012:function:g")]
    [InlineData("DELETE", "g?Qualifier=$LATEST", 400, "InvalidParameterValueException", "$LATEST version cannot be deleted without deleting the function.")]
    [InlineData("GET", "f:$LATEST?Qualifier=7", 400, "InvalidParameterValueException", "The derived qualifier from the function name does not match the specified qualifier.")]
    [InlineData("GET", "arn:aws:lambda:eu-west-1:123456789012:function:f", 404, "ResourceNotFoundException", "Functions from 'eu-west-1' are not reachable in this region ('us-east-1')")]
    [InlineData("GET", "arn:aws:lambda:us-east-1:999999999999:function:f", 403, "AccessDeniedException", null)]
    [InlineData("GET", "name.with.dots", 404, "ResourceNotFoundException", "Function not found: arn:aws:lambda:us-east-1:123456789012:function:name.with.dots")]
    [InlineData("GET", "function:dots.too:$LATEST.PUBLISHED", 404, "ResourceNotFoundException", "Function not found: arn:aws:lambda:us-east-1:123456789012:function:dots.too:$LATEST.PUBLISHED")]
    [InlineData("GET", "arn:aws-iso-f:lambda:us-isof-south-1:123456789012:function:f", 404, "ResourceNotFoundException", "Functions from 'us-isof-south-1' are not reachable in this region ('us-east-1')")]
    public async Task A_name_that_means_nothing_is_refused(string method, string form, int status, string type, string? message)
    {
        await using var plane = await TestPlane.StartAsync();
        await plane.CreateReadyAsync("f");
        var answer = await plane.SendAsync(method, $"{TestPlane.Functions}/{form}");
        (answer.Status, answer.ErrorType, answer.Message).ShouldBe((status, type, message));
        (await plane.GetAsync("f"))["State"]!.ToString().ShouldBe("Active");
    }

    [Theory]
    [InlineData("invalid:function:name")]
    [InlineData("bad name")]
    [InlineData("é")]
    public async Task A_name_against_the_model_prints_the_pattern(string name)
    {
        await using var plane = await TestPlane.StartAsync();
        var expected = $"1 validation error detected: Value '{name}' at 'functionName' failed to satisfy constraint: Member must satisfy "
            + @"regular expression pattern: (arn:(aws[a-zA-Z-]*)?:lambda:)?([a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}:)?(\d{12}:)?";
        (await plane.SendAsync("GET", $"{TestPlane.Functions}/{Uri.EscapeDataString(name)}")).Message.ShouldStartWith(expected);
        (await plane.CreateAsync(name)).Message.ShouldStartWith(expected);
    }

    [Fact]
    public async Task A_bare_name_of_65_letters_is_refused_by_Lambda_itself()
    {
        await using var plane = await TestPlane.StartAsync();
        var name = new string('a', 65);
        var answer = await plane.CreateAsync(name);
        answer.ErrorType.ShouldBe("InvalidParameterValueException");
        answer.Message.ShouldBe(
            $"1 validation error detected: Value '{name}' at 'functionName' failed to satisfy constraint: Member must have length less "
            + "than or equal to 64");
    }

    [Theory]
    [InlineData("GET")]
    [InlineData("DELETE")]
    [InlineData("PUT", "/configuration")]
    public async Task Who_asks_for_such_a_name_hears_that_it_is_not_there(string method, string path = "")
    {
        await using var plane = await TestPlane.StartAsync();
        var name = new string('a', 65);
        (await plane.SendAsync(method, $"{TestPlane.Functions}/{name}{path}", method == "PUT" ? "{}" : null)).Message.ShouldBe(
            $"Function not found: arn:aws:lambda:us-east-1:123456789012:function:{name}");
    }

    [Fact]
    public async Task A_function_cannot_be_created_with_a_qualifier()
    {
        await using var plane = await TestPlane.StartAsync();
        (await plane.CreateAsync("f:live")).ErrorType.ShouldBe("ValidationException");
        (await plane.CreateAsync(Arn)).Status.ShouldBe(201);
    }

    [Fact]
    public async Task Accounts_do_not_see_each_other()
    {
        await using var plane = await TestPlane.StartAsync();
        (await plane.CreateAsync("f")).Status.ShouldBe(201);
        (await plane.SendAsync("GET", $"{TestPlane.Functions}/f", account: "999999999999")).Status.ShouldBe(404);
        (await plane.CreateAsync("f", account: "999999999999")).Status.ShouldBe(201);
        var list = await plane.SendAsync("GET", TestPlane.Functions, account: "999999999999");
        list.Json["Functions"]!.AsArray().Count.ShouldBe(1);
    }
}
