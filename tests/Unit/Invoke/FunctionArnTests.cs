using Lambent.Contracts;
using Shouldly;

namespace Lambent.Invoke.Tests;

public sealed class FunctionArnTests
{
    private const string NameLetters = "abcXYZ019-_", Garbage = "arn:aws:lambda:function:us-east-1:123456789012:$LATEST-_aZ09 \n\t/é\u0000😀";
    private static readonly FunctionArn Home = new("us-east-1", "123456789012", "home");

    [Theory]
    [InlineData("f", "us-east-1", "123456789012", "f", null)]
    [InlineData("f:7", "us-east-1", "123456789012", "f", "7")]
    [InlineData("f:$LATEST", "us-east-1", "123456789012", "f", "$LATEST")]
    [InlineData("function:f", "us-east-1", "123456789012", "f", null)]
    [InlineData("210987654321:function:f", "us-east-1", "210987654321", "f", null)]
    [InlineData("210987654321:function:f:alias", "us-east-1", "210987654321", "f", "alias")]
    [InlineData("arn:aws:lambda:eu-west-2:210987654321:function:f:1", "eu-west-2", "210987654321", "f", "1")]
    [InlineData("arn:aws:lambda:us-gov-west-1:210987654321:function:f", "us-gov-west-1", "210987654321", "f", null)]
    [InlineData("arn:aws-iso-b:lambda:us-isob-east-1:210987654321:function:f", "us-isob-east-1", "210987654321", "f", null)]
    [InlineData("f.g:$LATEST.PUBLISHED", "us-east-1", "123456789012", "f.g", "$LATEST.PUBLISHED")]
    public void All_forms_of_a_name_are_read(string text, string region, string account, string name, string? qualifier) =>
        FunctionArn.Parse(text, Home).ShouldBe(new FunctionArn(region, account, name, qualifier));

    [Theory]
    [InlineData("")]
    [InlineData("a b")]
    [InlineData("f:")]
    [InlineData(":f")]
    [InlineData("f:$OLDEST")]
    [InlineData("f:1.2")]
    [InlineData("arn:aws:lambda:us-east-\u0661:123456789012:function:f")]
    [InlineData("f\n")]
    [InlineData("f:1:2")]
    [InlineData("é")]
    [InlineData("arn:aws:s3:::bucket")]
    public void What_is_no_name_is_none(string text) => FunctionArn.Parse(text, Home).ShouldBeNull();

    [Fact]
    public void Names_and_qualifiers_have_their_lengths()
    {
        string name = new('n', FunctionArn.MaxNamespacedNameLength), qualifier = new('q', FunctionArn.MaxQualifierLength);
        FunctionArn.Parse($"arn:aws:lambda:us-gov-west-1:210987654321:function:{name}:{qualifier}", Home).ShouldNotBeNull();
        FunctionArn.Parse($"{name}n", Home).ShouldBeNull();
        FunctionArn.Parse($"{name}:{qualifier}q", Home).ShouldBeNull();
    }

    /// <summary>The event queue writes an ARN down and reads it again: what it cannot read, it can never run.</summary>
    [Fact]
    public void Every_arn_that_can_be_written_can_be_read()
    {
        var random = new Random(20260101);
        for (var i = 0; i < 5_000; i++)
        {
            var arn = new FunctionArn(
                random.Next(2) == 0 ? "us-gov-west-1" : "ap-northeast-3", Text(random, "0123456789", 12), Text(random, NameLetters, random.Next(1, 65)),
                random.Next(4) switch { 0 => null, 1 => "$LATEST", _ => Text(random, NameLetters, random.Next(1, 129)) });
            FunctionArn.Parse(arn.ToString(), Home).ShouldBe(arn, arn.ToString());
        }
    }

    [Fact]
    public void Garbage_never_throws_and_what_is_read_is_read_again()
    {
        var random = new Random(20260102);
        for (var i = 0; i < 20_000; i++)
        {
            var start = random.Next(Garbage.Length);
            var text = random.Next(2) == 0 ? Text(random, Garbage, random.Next(0, 300)) : Garbage[start..random.Next(start, Garbage.Length)];
            if (FunctionArn.Parse(text, Home) is { } arn)
            {
                FunctionArn.Parse(arn.ToString(), Home).ShouldBe(arn, text);
            }
        }
    }

    private static string Text(Random random, string letters, int length) =>
        string.Create(length, random, (span, r) =>
        {
            for (var i = 0; i < span.Length; i++)
            {
                span[i] = letters[r.Next(letters.Length)];
            }
        });
}
