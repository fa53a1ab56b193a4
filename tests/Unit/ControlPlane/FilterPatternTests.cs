using Lambent.ControlPlane.EventSources;
using Shouldly;
using Xunit;

namespace Lambent.ControlPlane.Tests;

/// <summary>Which texts are patterns of events.</summary>
public class FilterPatternTests
{
    [Theory]
    [InlineData("""{"a":["b",1,null,true]}""")]
    [InlineData("""{"body":{"a":{"b":["c"]},"d":[{"exists":false}]}}""")]
    [InlineData("""{"a":[{"numeric":[">",0,"<=",5]}],"b":[{"numeric":["=",1]}]}""")]
    [InlineData("""{"a":[{"prefix":"x"},{"suffix":"y"},{"equals-ignore-case":"z"},{"prefix":{"equals-ignore-case":"w"}}]}""")]
    [InlineData("""{"a":[{"anything-but":["x",2]},{"anything-but":"y"},{"anything-but":{"prefix":"z"}}]}""")]
    [InlineData("""{"$or":[{"a":["b"]},{"c":["d"]}]}""")]
    public void An_object_with_lists_of_what_may_be_is_a_pattern(string text) => FilterPatterns.IsPattern(text).ShouldBeTrue();

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("simple string")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{"a":[{"\ud800":1}]}""")]
    [InlineData("""{"a":[{"numeric":["\ud800",1]}]}""")]
    [InlineData("""{"a":"b"}""")]
    [InlineData("""{"a":[]}""")]
    [InlineData("""{"a":{}}""")]
    [InlineData("""{"a":{"b":"c"}}""")]
    [InlineData("""{"a":[["b"]]}""")]
    [InlineData("""{"a":[{"nothing-known":"b"}]}""")]
    [InlineData("""{"a":[{"prefix":"b","suffix":"c"}]}""")]
    [InlineData("""{"a":[{"exists":"yes"}]}""")]
    [InlineData("""{"a":[{"numeric":[">"]}]}""")]
    [InlineData("""{"a":[{"numeric":["~",1]}]}""")]
    [InlineData("""{"a":[{"anything-but":[]}]}""")]
    [InlineData("""{"$or":[{"a":["b"]}]}""")]
    public void Anything_else_is_none(string? text) => FilterPatterns.IsPattern(text).ShouldBeFalse();
}
