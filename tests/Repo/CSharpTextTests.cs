using Shouldly;

namespace Lambent.Repo;

/// <summary>The measure is measured: a counter that sees nothing would find nothing too long.</summary>
public sealed class CSharpTextTests
{
    [Theory]
    [InlineData("a // b\nc", "a     \nc")]
    [InlineData("a /* { */ b", "a         b")]
    [InlineData("x = \"{\"; y", "x =    ; y")]
    [InlineData("x = \"\\\"{\"; y", "x =      ; y")]
    [InlineData("x = @\"\\\"; y", "x =     ; y")]
    [InlineData("x = @\"\"\"{\"; y", "x =       ; y")]
    [InlineData("x = '{'; y", "x =    ; y")]
    [InlineData("x = '\\''; y", "x =     ; y")]
    [InlineData("x = $\"{{ {a[\"}\"]} }}\"; y", "x =       a[   ]     ; y")]
    [InlineData("x = \"\"\"{ \" }\"\"\"; y", "x =            ; y")]
    [InlineData("x = $$\"\"\"{ {{a}} }\"\"\"; y", "x =          a       ; y")]
    public void Comments_and_strings_are_blanked(string text, string code) =>
        CSharpText.WithoutCommentsAndStrings(text).ShouldBe(code);

    [Fact]
    public void Members_are_found_with_their_length()
    {
        const string Text = """
            namespace A;
            public sealed class B(int c)
            {
                private readonly int d = c;
                internal int E { get; set; }
                /// <summary>Not counted.</summary>
                public int F(
                    int g)
                {
                    if (g > 0) { return 1; }
                    return 0;
                }
                private record H(int I)
                {
                    public void J() { }
                }
            }
            """;
        var members = CSharpText.Members(Text);
        members.Select(m => (m.Head.Split('\n')[0].Trim(), m.Line, m.Lines)).ShouldBe(
            [("internal int E", 5, 1), ("public int F(", 7, 6), ("public void J()", 15, 1)]);
    }
}
