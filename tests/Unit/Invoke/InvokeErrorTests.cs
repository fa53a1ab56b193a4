using Lambent.Contracts;
using Lambent.Invoke.Frontend;
using Shouldly;

namespace Lambent.Invoke.Tests;

/// <summary>What the model refuses of an invoke's function name and qualifier, all at once.</summary>
public sealed class InvokeErrorTests
{
    [Theory]
    [InlineData("f", "")]
    [InlineData("f", "$LATEST")]
    [InlineData("f", "$latest")]
    [InlineData("f.g", "$LATEST.PUBLISHED")]
    public void What_the_model_allows_is_no_error(string name, string qualifier) => InvokeErrors.AgainstModel(name, true, qualifier).ShouldBeNull();

    [Theory]
    [InlineData("a!")]
    [InlineData("1.2")]
    public void A_qualifier_has_the_form_of_a_version_or_an_alias(string qualifier)
    {
        var error = InvokeErrors.AgainstModel("f", true, qualifier)!;
        (error.Status, error.Type).ShouldBe((400, "ValidationException"));
        error.Message.ShouldBe(
            $"1 validation error detected: Value '{qualifier}' at 'qualifier' failed to satisfy constraint: "
            + $"Member must satisfy regular expression pattern: {FunctionArn.QualifierPattern}");
    }

    [Fact]
    public void All_failures_come_together()
    {
        string name = new('!', 257), qualifier = new('q', 129);
        InvokeErrors.AgainstModel(name, false, qualifier)!.Message.ShouldBe(
            $"3 validation errors detected: Value '{qualifier}' at 'qualifier' failed to satisfy constraint: Member must have length less than or equal to 128; "
            + $"Value '{name}' at 'functionName' failed to satisfy constraint: Member must have length less than or equal to 256; "
            + $"Value '{name}' at 'functionName' failed to satisfy constraint: Member must satisfy regular expression pattern: {FunctionArn.NamespacedNamePattern}");
    }
}
