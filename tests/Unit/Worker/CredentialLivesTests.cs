using Lambent.Contracts;
using Lambent.Invoke.Tests;
using Lambent.Worker.SandboxLife;
using Shouldly;

namespace Lambent.Worker.Tests;

/// <summary>No event begins in a sandbox whose credentials it could outlive.</summary>
public sealed class CredentialLivesTests : TimeProvider
{
    private static readonly SandboxId One = new("one"), Other = new("other");

    private DateTimeOffset now = new(2026, 11, 21, 12, 0, 0, TimeSpan.Zero);

    public override DateTimeOffset GetUtcNow() => now;

    [Fact]
    public void The_last_event_begins_a_timeout_and_a_minute_before_the_end()
    {
        var lives = new CredentialLives(this);
        var begin = now;
        lives.Begin(One, Samples.Function() with { TimeoutMs = 900_000 }, now.AddHours(1));
        lives.Begin(Other, Samples.Function(), DateTimeOffset.MaxValue);

        now = begin.AddMinutes(44).AddTicks(-1);
        lives.IsOver(One).ShouldBeFalse();
        lives.Over.ShouldBeEmpty();
        now = begin.AddMinutes(44);
        lives.IsOver(One).ShouldBeTrue();
        lives.Over.ShouldBe([One]);
        lives.End(One);
        lives.Over.ShouldBeEmpty();
        now = begin.AddYears(100);
        lives.IsOver(Other).ShouldBeFalse();
    }
}
