using System.Reflection;
using System.Text;
using Lambent.Aws;
using Shouldly;

namespace Lambent.Invoke.Tests;

/// <summary>Texts recorded from AWS in November 2025; the parser behind them is Jackson.</summary>
public sealed class PayloadCheckTests
{
    private const string Head = "Could not parse request body into json: Could not parse payload into json: ";

    /// <summary>The check is internal to Invoke, which is no friend of this project.</summary>
    private static readonly Check Error = typeof(InvokePath).Assembly.GetType("Lambent.Invoke.Frontend.PayloadCheck", throwOnError: true)!
        .GetMethod("Error", BindingFlags.NonPublic | BindingFlags.Static)!.CreateDelegate<Check>();

    private delegate AwsError? Check(ReadOnlySpan<byte> payload);

    [Theory]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("null")]
    [InlineData(" \"text\"\n")]
    [InlineData("[1,2.5e3,true,{\"é\":\"😀\\u00e9\"}]")]
    public void Json_and_nothing_are_taken(string text) => Error(Encoding.UTF8.GetBytes(text)).ShouldBeNull();

    [Fact]
    public void A_bad_first_byte_is_named()
    {
        var error = Error([0x99])!;
        error.Message.ShouldBe(
            $"{Head}Unexpected character ((CTRL-CHAR, code 153)): expected a valid value (JSON String, Number, Array, Object or token 'null', 'true' or 'false'){At(1, 1)}");
        (error.Status, error.Type, error.MessageName).ShouldBe((400, "InvalidRequestContentException", "message"));
        error.Members.ShouldBe([new AwsErrorMember("Type", "User")]);
    }

    [Fact]
    public void Bad_UTF8_is_named_with_the_place_behind_it() =>
        Error([(byte)'"', 0x87, (byte)'"'])!.Message.ShouldBe($"{Head}Invalid UTF-8 start byte 0x87{At(1, 3)}");

    [Fact]
    public void Bad_UTF8_behind_a_token_comes_before_the_token() =>
        Error([(byte)'n', 0x87, (byte)'r', 0x9e])!.Message.ShouldBe($"{Head}Invalid UTF-8 start byte 0x87{At(1, 3)}");

    [Fact]
    public void Bad_UTF8_is_found_behind_good() =>
        Error([.. "{\n \"é\": \""u8, 0x87, .. "\"}"u8])!.Message.ShouldStartWith($"{Head}Invalid UTF-8 start byte 0x87\n at [Source");

    [Theory]
    [InlineData("foo", "Unrecognized token 'foo': was expecting (JSON String, Number, Array, Object or token 'null', 'true' or 'false')")]
    [InlineData("[truth]", "Unrecognized token 'truth': was expecting (JSON String, Number, Array, Object or token 'null', 'true' or 'false')")]
    [InlineData("[1,,2]", "Unexpected character (',' (code 44)): expected a valid value (JSON String, Number, Array, Object or token 'null', 'true' or 'false')")]
    public void What_is_wrong_is_said_in_the_words_of_Jackson(string text, string words) =>
        Error(Encoding.UTF8.GetBytes(text))!.Message.ShouldStartWith(Head + words);

    [Theory]
    [InlineData("{")]
    [InlineData("[1")]
    [InlineData("{\"a\":")]
    [InlineData("{\"a\":\"b")]
    [InlineData("   ")]
    public void What_is_cut_off_is_refused(string text) => Error(Encoding.UTF8.GetBytes(text)).ShouldNotBeNull().Message.ShouldStartWith(Head + "Unexpected end-of-input");

    [Fact]
    public void The_line_is_counted() => Error("{\n\n  x"u8)!.Message.ShouldContain("line: 3, column: ");

    [Fact]
    public void Nesting_has_its_limit()
    {
        Error(Nested(1000)).ShouldBeNull();
        Error(Nested(1001)).ShouldNotBeNull();
        Error(Nested(1_000_000)).ShouldNotBeNull();
    }

    [Fact]
    public void Nothing_that_is_sent_makes_it_throw()
    {
        var random = new Random(20260101);
        var good = Encoding.UTF8.GetBytes("{\"a\":[1,-2.5e3,true,false,null,\"é😀\\n\\u00e9\"],\n\"b\":{\"c\":{}}}");
        for (var i = 0; i < 50_000; i++)
        {
            var bytes = good.ToList();
            for (var edits = random.Next(1, 6); edits > 0; edits--)
            {
                var at = random.Next(bytes.Count);
                switch (random.Next(3))
                {
                    case 0:
                        bytes[at] = (byte)random.Next(256);
                        break;
                    case 1:
                        bytes.Insert(at, (byte)random.Next(256));
                        break;
                    default:
                        bytes.RemoveRange(at, Math.Min(random.Next(1, 20), bytes.Count - at - 1));
                        break;
                }
            }

            var payload = bytes.ToArray();
            Should.NotThrow(() => Error(payload), Convert.ToHexString(payload));
        }
    }

    private static byte[] Nested(int depth) => [.. Enumerable.Repeat((byte)'[', depth), .. Enumerable.Repeat((byte)']', depth)];

    private static string At(int line, int column) =>
        $"\n at [Source: REDACTED (`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION` disabled); line: {line}, column: {column}]";
}
