using Lambent.Neighbours.Logs;
using Shouldly;

namespace Lambent.Neighbours.Tests;

/// <summary>Examples of "Filter pattern syntax for metric filters, subscription filters, filter log events" in AWS's guide.</summary>
public sealed class FilterPatternTests
{
    private const string Apache = """127.0.0.1 Prod frank [10/Oct/2000:13:25:15 -0700] "GET /index.html HTTP/1.0" 404 1534""";
    private const string Plain = "INFO 09/25/2014 12:00:00 GET /service/resource/67 1200";
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
    [InlineData("{ $.eventType = %Trail$% }", Json, true)]
    [InlineData("{ $.eventType = %^Trail% }", Json, false)]
    [InlineData("{ $.eventType != %Trail% }", Json, false)]
    [InlineData("%AUTHORIZED%", "[ERROR 401] UNAUTHORIZED REQUEST", true)]
    [InlineData("%^AUTHORIZED%", "[ERROR 401] UNAUTHORIZED REQUEST", false)]
    [InlineData("%[Ee]rror|[Ff]ail%", "it FAILED", false)]
    [InlineData("%[Ee]rror|[Ff]ail%", "Fail", true)]
    [InlineData("%\\d{1,3}\\.\\d{1,3}%", "at 127.0", true)]
    [InlineData("100%", "at 100%", true)]
    [InlineData("[ip, user, username, timestamp, request, status_code, bytes]", Apache, true)]
    [InlineData("[ip, user, username, timestamp, request, status_code, bytes, more]", Apache, false)]
    [InlineData("[ip, user, username, timestamp, request =*.html*, status_code = 4*, bytes]", Apache, true)]
    [InlineData("[ip, user, username, timestamp, request =*.html*, status_code = 5*, bytes]", Apache, false)]
    [InlineData("[ip=%127\\.0\\.0\\.[1-9]%, user, username, timestamp, request =*.html*, status_code = 4*, bytes]", Apache, true)]
    [InlineData("[..., status_code = 404 || status_code = 410, bytes]", Apache, true)]
    [InlineData("[..., status_code < 404, bytes]", Apache, false)]
    [InlineData("[..., request, status_code != 404, bytes]", Apache, false)]
    [InlineData("[..., bytes > 1000]", Apache, true)]
    [InlineData("[ip = 127.*, ..., bytes >= 1534]", Apache, true)]
    [InlineData("[ip, server = Prod, ...]", Apache, true)]
    [InlineData("[w1=INFO, w2]", Plain, true)]
    [InlineData("[w1=ERROR, w2]", Plain, false)]
    [InlineData("[w1=ERROR || w1=%NF%, w2]", Plain, true)]
    [InlineData("[w1!=ERROR && w1!=WARNING, w2]", Plain, true)]
    [InlineData("[w1!=ERROR&&w1!=INFO, w2]", Plain, false)]
    [InlineData("[logLevel, date, time, method, url=%/service/resource/[0-9]+$%, response_time]", Plain, true)]
    [InlineData("[logLevel, date, time, method, url=%/service/resource/[0-9]+/part/[0-9]+$%, response_time]", Plain, false)]
    [InlineData("[w1 = \"a b\", w2]", "\"a b\" c", true)]
    [InlineData("[w1, w2]", "one", false)]
    public void A_pattern_matches_what_AWS_says(string pattern, string message, bool matches) => FilterPattern.Parse(pattern)!(message).ShouldBe(matches);

    [Theory]
    [InlineData("\"no end")]
    [InlineData("-")]
    [InlineData("{ $.a }")]
    [InlineData("{ $.a = }")]
    [InlineData("{ $.a = 1")]
    [InlineData("{ $.a = 1 } x")]
    [InlineData("{ $.a[ = 1 }")]
    [InlineData("{ $.a['b")]
    [InlineData("[]")]
    [InlineData("[ip, user")]
    [InlineData("[ip user]")]
    [InlineData("[ip, ]")]
    [InlineData("[..., ip, ...]")]
    [InlineData("[ip = ]")]
    [InlineData("[ip = 1 && user = 2]")]
    [InlineData("[ip > x]")]
    [InlineData("[ip] x")]
    [InlineData("[a = %x%, b = %y%, c = %z%]")]
    [InlineData("%something!%")]
    [InlineData("%(a)%")]
    [InlineData("%[a%")]
    [InlineData("{ $.a > %x% }")]
    public void What_is_no_pattern_is_refused(string pattern) => FilterPattern.Parse(pattern).ShouldBeNull();

    /// <summary>No pattern of a client may throw, whatever it is.</summary>
    [Fact]
    public void No_pattern_throws()
    {
        var random = new Random(20261121);
        string[] parts = ["{", "}", "(", ")", "$", ".a", "[0]", "=", "!=", "<", "\"", "\\", "*", "?", "-", " ", "&&", "||", "IS", "NULL", "NOT", "EXISTS", "1", "x", "'", "%", "[", "]", ",", "...", "a{9,999}"];
        for (var run = 0; run < 100_000; run++)
        {
            var pattern = (random.Next(3) switch { 0 => "{ $.a", 1 => "[x", _ => "" }) + string.Concat(Enumerable.Range(0, random.Next(12)).Select(_ => parts[random.Next(parts.Length)]));
            FilterPattern.Parse(pattern)?.Invoke("""{"a":[1,"x"]}""");
        }

        FilterPattern.Parse(new string('(', 1024).Insert(0, "{")).ShouldBeNull();
    }
}
