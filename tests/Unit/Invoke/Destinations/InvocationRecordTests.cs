using System.Text;
using Lambent.Contracts;
using Lambent.Invoke.EventInvoke;
using Lambent.Invoke.EventInvoke.Destinations;
using Shouldly;

namespace Lambent.Invoke.Tests;

/// <summary>The record of an ended event, to the letter; the samples are those of the Lambda Developer Guide.</summary>
public sealed class InvocationRecordTests
{
    private static readonly DateTimeOffset At = new(2019, 11, 14, 18, 16, 5, 568, TimeSpan.Zero);

    [Fact]
    public void A_failure_has_the_form_of_AWS() => Text(Ended(
        new EventFate.GivenUp("RetriesExhausted"),
        new InvokeOutcome.FunctionError("Unhandled", """{"errorMessage": "RequestId: e4b46cbf Process exited before completing request"}"""u8.ToArray()), attempts: 2))
        .ShouldBe(
            """{"version":"1.0","timestamp":"2019-11-14T18:16:05.568Z","requestContext":{"requestId":"e4b46cbf","functionArn":"arn:aws:lambda:us-east-1:123456789012:function:f:$LATEST","condition":"RetriesExhausted","approximateInvokeCount":3}"""
            + ""","requestPayload":{"ORDER_IDS":[1, 2]},"responseContext":{"statusCode":200,"executedVersion":"$LATEST","functionError":"Unhandled"}"""
            + ""","responsePayload":{"errorMessage": "RequestId: e4b46cbf Process exited before completing request"}}""");

    [Fact]
    public void A_success_has_no_error() => Text(Ended(new EventFate.Done(), new InvokeOutcome.Succeeded("[1]"u8.ToArray())))
        .ShouldEndWith("""condition":"Success","approximateInvokeCount":1},"requestPayload":{"ORDER_IDS":[1, 2]},"responseContext":{"statusCode":200,"executedVersion":"$LATEST"},"responsePayload":[1]}""");

    [Theory]
    [InlineData("ZeroReservedConcurrency")]
    [InlineData("EventAgeExceeded")]
    public void What_did_not_run_has_no_response(string condition) => Text(Ended(new EventFate.GivenUp(condition), null, attempts: 1))
        .ShouldEndWith($$$"""condition":"{{{condition}}}","approximateInvokeCount":1},"requestPayload":{"ORDER_IDS":[1, 2]}}""");

    [Theory]
    [InlineData("", "null")]
    [InlineData("no json", "\"no json\"")]
    [InlineData("{", "\"{\"")]
    public void An_answer_that_is_no_JSON_is_a_string(string answer, string written) =>
        Text(Ended(new EventFate.Done(), new InvokeOutcome.Succeeded(Encoding.UTF8.GetBytes(answer)))).ShouldEndWith($"\"responsePayload\":{written}}}");

    [Fact]
    public void Without_payloads_the_rest_stays()
    {
        var ended = Ended(new EventFate.Done(), new InvokeOutcome.Succeeded("1"u8.ToArray()));
        Encoding.UTF8.GetString(InvocationRecord.Write(ended, withPayloads: false).Span).ShouldEndWith("""},"responseContext":{"statusCode":200,"executedVersion":"$LATEST"}}""");
    }

    [Fact]
    public void An_object_is_named_by_function_and_time() => InvocationRecord.ObjectKey(Ended(new EventFate.Done(), null), "uuid")
        .ShouldBe("aws/lambda/async/f/2019/11/14/2019-11-14T18.16.05-uuid");

    [Fact]
    public void A_dead_letter_has_three_attributes()
    {
        var failed = new InvokeOutcome.FunctionError("Unhandled", Encoding.UTF8.GetBytes($$"""{"errorMessage":"{{new string('ä', 1_000)}}"}"""));
        InvocationRecord.DeadLetterAttributes(Ended(new EventFate.GivenUp("RetriesExhausted"), failed)).ShouldBe(
            [("RequestID", "String", "e4b46cbf"), ("ErrorCode", "Number", "200"), ("ErrorMessage", "String", new string('ä', 512))]);
        InvocationRecord.DeadLetterAttributes(Ended(new EventFate.GivenUp(EventFate.GivenUp.NoConcurrency), null)).Skip(1)
            .ShouldBe([("ErrorCode", "Number", "429"), ("ErrorMessage", "String", "Rate Exceeded.")]);
        InvocationRecord.DeadLetterAttributes(Ended(new EventFate.GivenUp(EventFate.GivenUp.Recursion), null))[1].Value.ShouldBe("400");
    }

    [Fact]
    public void Who_hears_of_it_depends_on_qualifier_and_condition()
    {
        var entry = Samples.Entry(deadLetters: "arn:aws:sqs:us-east-1:123456789012:dead") with
        {
            EventInvoke = System.Collections.Immutable.ImmutableDictionary<string, EventInvokeSettings>.Empty
                .Add(FunctionEntry.Latest, new(null, null, "arn:success", "arn:failure"))
                .Add("live", new(null, null, null, "arn:live")),
            Aliases = System.Collections.Immutable.ImmutableDictionary<string, AliasRoute>.Empty.Add("live", new AliasRoute(FunctionEntry.Latest)),
        };
        var (done, failed) = (new EventAttempt(new EventFate.Done()), new EventAttempt(new EventFate.GivenUp("EventAgeExceeded")));
        Targets(null, done).ShouldBe([new DeliveryTarget("arn:success", false)]);
        Targets(null, failed).ShouldBe([new("arn:failure", false), new("arn:aws:sqs:us-east-1:123456789012:dead", true)]);
        Targets("$LATEST", failed).ShouldBe([new("arn:failure", false), new("arn:aws:sqs:us-east-1:123456789012:dead", true)]);
        Targets("live", done).ShouldBeEmpty();
        Targets("live", failed).ShouldBe([new("arn:live", false), new("arn:aws:sqs:us-east-1:123456789012:dead", true)]);
        EventEnding.Of(Event(null), failed, null, At).Targets.ShouldBeEmpty();

        IEnumerable<DeliveryTarget> Targets(string? qualifier, EventAttempt attempt) => EventEnding.Of(Event(qualifier), attempt, entry, At).Targets;
    }

    [Fact]
    public void A_delivery_is_tried_ten_times_in_eight_and_a_half_minutes()
    {
        var waits = Enumerable.Range(1, 9).Select(n => DeliveryPolicy.WaitAfter(n)!.Value.TotalSeconds).ToArray();
        waits.ShouldBe([1, 2, 4, 8, 16, 32, 64, 128, 256]);
        DeliveryPolicy.WaitAfter(10).ShouldBeNull();
    }

    private static QueuedEvent Event(string? qualifier, int attempts = 0) =>
        new("e4b46cbf", Samples.Arn with { Qualifier = qualifier }, """{"ORDER_IDS":[1, 2]}"""u8.ToArray(), null, "Root=1", At, attempts);

    private static QueuedEvent Ended(EventFate fate, InvokeOutcome? outcome, int attempts = 0)
    {
        var queued = Event(null, attempts);
        return queued with { Ending = EventEnding.Of(queued, new EventAttempt(fate, Samples.Function(), outcome), null, At) };
    }

    private static string Text(QueuedEvent ended) => Encoding.UTF8.GetString(InvocationRecord.Write(ended).Span);
}
