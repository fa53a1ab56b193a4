using Lambent.Neighbours.Logs;
using Shouldly;

namespace Lambent.Neighbours.Tests;

/// <summary>Examples of "Filter pattern syntax for metric filters, subscription filters, filter log events" in AWS's guide.</summary>
public sealed class FilterPatternTests
{
    private const string Json = """{"eventType":"UpdateTrail","sourceIPAddress":"111.111.111.111","arrayKey":["value","another value"],"objectList":[{"name":"a","id":1},{"name":"b","id":2}],"SomeObject":null,"flag":true,"errorCode":404}""";

    [Theory]
    [InlineData("", "anything", true)]
    [InlineData("ERROR", "[ERROR 400] BAD REQUEST", true)]
    [InlineData("ERROR", "[error 400]", false)]
    [InlineData("ERROR ARGUMENTS", "[ERROR 419] MISSING ARGUMENTS", true)]
    [InlineData("ERROR ARGUMENTS", "[ERROR 401] UNAUTHORIZED REQUEST", false)]
    [InlineData("?ERROR ?ARGUMENTS", "MISSING ARGUMENTS", true)]
    [InlineData("?ERROR ?ARGUMENTS", "fine", false)]
    [InlineData("ERROR -ARGUMENTS", "[ERROR 419] MISSING ARGUMENTS", false)]
    [InlineData("ERROR -ARGUMENTS", "[ERROR 401] UNAUTHORIZED REQUEST", true)]
    [InlineData("\"INTERNAL SERVER ERROR\"", "[ERROR 500] INTERNAL SERVER ERROR", true)]
    [InlineData("\"INTERNAL SERVER ERROR\"", "INTERNAL ERROR", false)]
    [InlineData("-\"a b\" ?x", "y a b x", false)]
    [InlineData("\"a \\\"b\\\"\"", "say a \"b\" now", true)]
    [InlineData("{ $.eventType = \"UpdateTrail\" }", Json, true)]
    [InlineData("{ $.sourceIPAddress != 123.123.* }", Json, true)]
    [InlineData("{ $.sourceIPAddress = 111.111.* }", Json, true)]
    [InlineData("{ $.arrayKey[0] = \"value\" }", Json, true)]
    [InlineData("{ $.objectList[1].id = 2 }", Json, true)]
    [InlineData("{ $.objectList[1].id >= 2.5 }", Json, false)]
    [InlineData("{ $.SomeObject IS NULL }", Json, true)]
    [InlineData("{ $.SomeOtherObject NOT EXISTS }", Json, true)]
    [InlineData("{ $.flag IS TRUE }", Json, true)]
    [InlineData("{ $.flag IS FALSE }", Json, false)]
    [InlineData("{ ($.errorCode = 404) && ($.eventType = \"x\" || $.arrayKey[1] = \"another*\") }", Json, true)]
    [InlineData("{ $.errorCode < 400 || $.errorCode > 404 }", Json, false)]
    [InlineData("{ $.errorCode = 404 }", "errorCode 404", false)]
    public void A_pattern_matches_what_AWS_says(string pattern, string message, bool matches) => FilterPattern.Parse(pattern)!(message).ShouldBe(matches);

    [Theory]
    [InlineData("\"no end")]
    [InlineData("-")]
    [InlineData("{ $.a }")]
    [InlineData("{ $.a = }")]
    [InlineData("{ $.a = 1")]
    [InlineData("{ $.a = 1 } x")]
    [InlineData("{ $.a[ = 1 }")]
    [InlineData("[ip, user]")]
    public void What_is_no_pattern_is_refused(string pattern) => FilterPattern.Parse(pattern).ShouldBeNull();

    /// <summary>No pattern of a client may throw, whatever it is.</summary>
    [Fact]
    public void No_pattern_throws()
    {
        var random = new Random(20261121);
        string[] parts = ["{", "}", "(", ")", "$", ".a", "[0]", "=", "!=", "<", "\"", "\\", "*", "?", "-", " ", "&&", "||", "IS", "NULL", "NOT", "EXISTS", "1", "x", "'"];
        for (var run = 0; run < 100_000; run++)
        {
            var pattern = (random.Next(2) == 0 ? "{ $.a" : "") + string.Concat(Enumerable.Range(0, random.Next(12)).Select(_ => parts[random.Next(parts.Length)]));
            FilterPattern.Parse(pattern)?.Invoke("""{"a":[1,"x"]}""");
        }

        FilterPattern.Parse(new string('(', 1024).Insert(0, "{")).ShouldBeNull();
    }
}
