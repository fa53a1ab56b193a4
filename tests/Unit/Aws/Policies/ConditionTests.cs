using Shouldly;

namespace Lambent.Aws.Policies.Tests;

/// <summary>Each operator as AWS documents it.</summary>
public sealed class ConditionTests
{
    private static RequestContext Context => new RequestContext()
        .With("aws:username", "ann")
        .With("aws:SourceIp", "203.0.113.7")
        .With("aws:SourceArn", "arn:aws:s3:::bucket")
        .With("aws:CurrentTime", "2026-01-01T12:00:00Z")
        .With("aws:EpochTime", "1767268800")
        .With("aws:SecureTransport", "true")
        .With("s3:max-keys", "10")
        .With("key:bytes", "QmFzZTY0")
        .With("aws:TagKeys", ["team", "cost"])
        .With("aws:PrincipalTag/Team", "blue");

    [Theory]
    [InlineData("""{"StringEquals":{"aws:username":"ann"}}""", true)]
    [InlineData("""{"StringEquals":{"AWS:UserName":["bob","ann"]}}""", true)]
    [InlineData("""{"StringEquals":{"aws:username":"Ann"}}""", false)]
    [InlineData("""{"StringEquals":{"aws:username":"a*"}}""", false)]
    [InlineData("""{"StringEquals":{"aws:username":"ann","aws:SourceIp":"1.1.1.1"}}""", false)]
    [InlineData("""{"StringNotEquals":{"aws:username":["bob","ann"]}}""", false)]
    [InlineData("""{"StringNotEquals":{"aws:username":"bob"}}""", true)]
    [InlineData("""{"StringEqualsIgnoreCase":{"aws:username":"ANN"}}""", true)]
    [InlineData("""{"StringNotEqualsIgnoreCase":{"aws:username":"ANN"}}""", false)]
    [InlineData("""{"StringLike":{"aws:username":"a?n*"}}""", true)]
    [InlineData("""{"StringNotLike":{"aws:username":"a*"}}""", false)]
    [InlineData("""{"StringEquals":{"aws:username":"${aws:username}"}}""", true)]
    [InlineData("""{"StringEquals":{"aws:username":"${aws:nothing, 'ann'}"}}""", true)]
    [InlineData("""{"StringEquals":{"aws:username":"${aws:nothing}"}}""", false)]
    [InlineData("""{"StringEquals":{"aws:PrincipalTag/team":"blue"}}""", true)]
    [InlineData("""{"NumericEquals":{"s3:max-keys":"10.0"}}""", true)]
    [InlineData("""{"NumericNotEquals":{"s3:max-keys":10}}""", false)]
    [InlineData("""{"NumericLessThan":{"s3:max-keys":10}}""", false)]
    [InlineData("""{"NumericLessThanEquals":{"s3:max-keys":10}}""", true)]
    [InlineData("""{"NumericGreaterThan":{"s3:max-keys":9.5}}""", true)]
    [InlineData("""{"NumericGreaterThanEquals":{"s3:max-keys":"11"}}""", false)]
    [InlineData("""{"DateGreaterThan":{"aws:CurrentTime":"2025-12-31"}}""", true)]
    [InlineData("""{"DateLessThan":{"aws:CurrentTime":"2026-01-01T12:00:00Z"}}""", false)]
    [InlineData("""{"DateLessThanEquals":{"aws:CurrentTime":"2026-01-01T14:00:00+02:00"}}""", true)]
    [InlineData("""{"DateEquals":{"aws:EpochTime":"2026-01-01T12:00:00Z"}}""", true)]
    [InlineData("""{"DateNotEquals":{"aws:CurrentTime":"1767268800"}}""", false)]
    [InlineData("""{"Bool":{"aws:SecureTransport":true}}""", true)]
    [InlineData("""{"Bool":{"aws:SecureTransport":"False"}}""", false)]
    [InlineData("""{"BinaryEquals":{"key:bytes":"QmFzZTY0"}}""", true)]
    [InlineData("""{"IpAddress":{"aws:SourceIp":"203.0.113.0/24"}}""", true)]
    [InlineData("""{"IpAddress":{"aws:SourceIp":["10.0.0.0/8","203.0.113.7"]}}""", true)]
    [InlineData("""{"IpAddress":{"aws:SourceIp":"203.0.112.0/24"}}""", false)]
    [InlineData("""{"IpAddress":{"aws:SourceIp":"2001:db8::/32"}}""", false)]
    [InlineData("""{"NotIpAddress":{"aws:SourceIp":"203.0.113.0/24"}}""", false)]
    [InlineData("""{"ArnLike":{"aws:SourceArn":"arn:aws:s3:::buck*"}}""", true)]
    [InlineData("""{"ArnEquals":{"aws:SourceArn":"arn:*:s3:::bucket"}}""", true)]
    [InlineData("""{"ArnNotLike":{"aws:SourceArn":"arn:aws:s3:::buck*"}}""", false)]
    [InlineData("""{"ArnNotEquals":{"aws:SourceArn":"arn:aws:s3:::other"}}""", true)]
    [InlineData("""{"Null":{"aws:username":"false"}}""", true)]
    [InlineData("""{"Null":{"aws:username":true}}""", false)]
    [InlineData("""{"Null":{"aws:nothing":true}}""", true)]
    public void A_value_that_is_there_is_compared(string condition, bool isMet) => IsMet(condition).ShouldBe(isMet);

    [Theory]
    [InlineData("StringEquals", false)]
    [InlineData("StringNotEquals", true)]
    [InlineData("ArnNotLike", true)]
    [InlineData("StringEqualsIfExists", true)]
    [InlineData("ForAllValues:StringEquals", true)]
    [InlineData("ForAnyValue:StringEquals", false)]
    [InlineData("ForAnyValue:StringNotEquals", false)]
    [InlineData("ForAnyValue:StringEqualsIfExists", true)]
    public void A_key_that_is_not_there_meets_what_forbids(string name, bool isMet) =>
        IsMet($$$"""{"{{{name}}}":{"aws:nothing":"x"}}""").ShouldBe(isMet);

    [Theory]
    [InlineData("""{"ForAllValues:StringEquals":{"aws:TagKeys":["team","cost","more"]}}""", true)]
    [InlineData("""{"ForAllValues:StringEquals":{"aws:TagKeys":["team"]}}""", false)]
    [InlineData("""{"ForAnyValue:StringEquals":{"aws:TagKeys":["team"]}}""", true)]
    [InlineData("""{"ForAnyValue:StringEquals":{"aws:TagKeys":["other"]}}""", false)]
    [InlineData("""{"ForAllValues:StringNotEquals":{"aws:TagKeys":["other"]}}""", true)]
    [InlineData("""{"ForAllValues:StringNotEquals":{"aws:TagKeys":["cost"]}}""", false)]
    [InlineData("""{"ForAnyValue:StringNotEquals":{"aws:TagKeys":["cost"]}}""", true)]
    [InlineData("""{"ForAnyValue:StringLike":{"aws:TagKeys":["c*"]}}""", true)]
    public void Of_several_values_all_or_any_must_fit(string condition, bool isMet) => IsMet(condition).ShouldBe(isMet);

    private static bool IsMet(string condition) => Ask.Decide(Ask.User, Ask.With(Ask.When(condition)), context: Context).IsAllowed;
}
