using FsCheck;
using FsCheck.Fluent;
using Shouldly;

namespace Lambent.Aws.Policies.Tests;

/// <summary>Wildcards against a model that tries everything.</summary>
public sealed class GlobTests
{
    private static readonly Gen<string> Texts = from letters in Gen.Elements('a', 'B', 'b', ':').ListOf()
                                                select new string([.. letters.Take(12)]);

    private static readonly Gen<string> Patterns = from letters in Gen.Elements('a', 'b', ':', '*', '?').ListOf()
                                                   select new string([.. letters.Take(10)]);

    private static readonly RequestContext Nothing = new();

    [Fact]
    public void Wildcards_match_what_a_naive_model_matches() => Prop.ForAll(
        Arb.From(Texts), Arb.From(Patterns), (text, pattern) => Matches(pattern, text, GlobStyle.Text) == Naive(pattern, text)).Hold();

    [Fact]
    public void Actions_have_no_case() => Prop.ForAll(
        Arb.From(Texts), Arb.From(Patterns),
        (text, pattern) => Matches(pattern, text, GlobStyle.IgnoringCase) == Naive(pattern, text.ToLowerInvariant())).Hold();

    [Fact]
    public void What_fits_by_components_fits_as_a_whole() => Prop.ForAll(
        Arb.From(Texts), Arb.From(Patterns),
        (text, pattern) => (!Matches(pattern, text, GlobStyle.Arn) || Matches(pattern, text, GlobStyle.Resource))
            && (!Matches(pattern, text, GlobStyle.Resource) || Naive(pattern, text))).Hold();

    [Fact]
    public void What_a_variable_stands_for_is_no_wildcard() => Prop.ForAll(
        Arb.From(Patterns), Arb.From(Texts), (value, text) =>
            new PolicyPattern("${aws:username}", true).Matches(text, new RequestContext().With("aws:username", value), GlobStyle.Text) == (text == value))
        .Hold();

    [Theory]
    [InlineData("arn:aws:lambda:*:1:function:f", "arn:aws:lambda:us-east-1:1:function:f", true)]
    [InlineData("arn:aws:lambda:us-*-1:1:function:f", "arn:aws:lambda:us-east-1:1:function:f", true)]
    [InlineData("arn:aws:lambda:*", "arn:aws:lambda:us-east-1:1:function:f", true)]
    [InlineData("arn:aws:lambda:us*1:function:f", "arn:aws:lambda:us-east-1:1:function:f", false)]
    [InlineData("arn:aws:lambda:us-east-1:1:function:f*", "arn:aws:lambda:us-east-1:1:function:f:PROD", true)]
    [InlineData("arn:aws:lambda:us-east-1:1:function:*:PROD", "arn:aws:lambda:us-east-1:1:function:f:PROD", true)]
    [InlineData("arn:aws:lambda:us-east-1:1:function:f", "arn:aws:lambda:us-east-1:1:function:f:PROD", false)]
    [InlineData("arn:aws:s3:::b/*/x?", "arn:aws:s3:::b/c:d/e/x1", true)]
    [InlineData("*", "arn:aws:s3:::b", true)]
    public void A_wildcard_of_a_resource_stays_in_its_component_unless_it_ends_it(string pattern, string arn, bool fits) =>
        Matches(pattern, arn, GlobStyle.Resource).ShouldBe(fits);

    [Theory]
    [InlineData("arn:aws:lambda:*:1:function:f", "arn:aws:lambda:us-east-1:1:function:f", true)]
    [InlineData("arn:aws:s3:*:bucket", "arn:aws:s3:::bucket", false)]
    [InlineData("arn:aws:s3:::*", "arn:aws:s3:::bucket", true)]
    [InlineData("arn:aws:s3:::b*", "arn:aws:s3:::bucket:x", true)]
    [InlineData("*", "arn:aws:s3:::bucket", true)]
    public void ArnLike_compares_component_by_component(string pattern, string arn, bool fits) => Matches(pattern, arn, GlobStyle.Arn).ShouldBe(fits);

    [Fact]
    public void A_long_pattern_of_wildcards_takes_no_longer_than_both_lengths_say() =>
        Matches(string.Concat(Enumerable.Repeat("*a", 1000)), new string('a', 2000) + "b", GlobStyle.Text).ShouldBeFalse();

    private static bool Matches(string pattern, string text, GlobStyle style) => new PolicyPattern(pattern, true).Matches(text, Nothing, style);

    private static bool Naive(string pattern, string text) => pattern.Length == 0 ? text.Length == 0
        : pattern[0] == '*' ? Enumerable.Range(0, text.Length + 1).Any(i => Naive(pattern[1..], text[i..]))
        : text.Length > 0 && (pattern[0] == '?' || pattern[0] == text[0]) && Naive(pattern[1..], text[1..]);
}
