using System.Globalization;
using Lambent.Contracts;

namespace Lambent.Simulation.WholeRoad;

/// <content>What clients, operators and accidents do.</content>
internal sealed partial class World
{
    private void Act()
    {
        var arn = functions[shape.Next(functions.Count)];
        switch (shape.Next(24))
        {
            case < 10:
                Burst(arn);
                break;
            case < 13:
                Change(arn);
                break;
            case < 18:
                Configure(arn);
                break;
            case 18 when !weather.IsCalm:
                life?.Machines[0].LoseSome(silently: world.Chance(0.5), share: 0.4);
                break;
            case 19 when !weather.IsCalm:
                Pause();
                break;
            case 20 when !weather.IsCalm && life is not null:
                Kill();
                break;
            case 21 when !weather.IsCalm && life is { } mine:
                world.Tell("another scheduler takes the journal");
                mine.LoseJournal();
                outside.After(world.Between(0, 20_000), () => KillIf(mine));
                break;
            case 22 when world.Chance(0.2):
                world.Tell("many hours pass");
                world.Run(() => false, TimeSpan.FromHours(15));
                break;
        }
    }

    private void KillIf(Life it)
    {
        if (life == it)
        {
            Kill();
        }
    }

    private void Burst(FunctionArn arn)
    {
        var (spread, asEvent) = (world.Between(0, weather.SlowestMs), world.Chance(0.25));
        for (var i = shape.Next(1, world.Chance(0.2) ? 40 : 8); i > 0; i--)
        {
            var target = arn with { Qualifier = shape.Next(4) switch { 0 => "live", 1 => "1", _ => "$LATEST" } };
            coming++;
            outside.After(spread * shape.NextDouble(), () =>
            {
                coming--;
                Send(target, asEvent);
            });
        }
    }

    private void Change(FunctionArn arn)
    {
        var entry = catalog.Find(arn);
        if (entry is null)
        {
            Create(arn);
        }
        else if (world.Chance(0.15))
        {
            world.Tell($"{arn.Name} is deleted");
            events.Deleted.Add(arn.Unqualified);
            Do(() => catalog.Remove(arn));
        }
        else if (world.Chance(0.5))
        {
            world.Tell($"{arn.Name} gets new code");
            Publish(entry with { Versions = entry.Versions.SetItem("$LATEST", Snapshot(arn, "$LATEST")) });
        }
        else
        {
            var version = (entry.Versions.Count).ToString(CultureInfo.InvariantCulture);
            world.Tell($"{arn.Name} gets version {version}, and the alias leads there");
            Publish(entry with
            {
                Versions = entry.Versions.Add(version, Snapshot(arn, version)),
                Aliases = entry.Aliases.SetItem("live", new AliasRoute(version, world.Chance(0.5) ? "1" : null, 0.5)),
            });
        }
    }

    private void Configure(FunctionArn arn)
    {
        if (catalog.Find(arn) is not { } entry)
        {
            return;
        }

        var next = shape.Next(4) switch
        {
            0 => entry with { ReservedConcurrency = null },
            1 => entry with { ReservedConcurrency = shape.Next(0, 8) },
            2 => entry with { ProvisionedConcurrency = entry.ProvisionedConcurrency.Clear() },
            _ => entry with { ProvisionedConcurrency = entry.ProvisionedConcurrency.Clear().Add(world.Chance(0.5) ? "live" : "1", shape.Next(1, 6)) },
        };
        var provisioned = next.ProvisionedConcurrency.Values.Sum();
        var others = catalog.All.Where(e => e.Arn.Account == arn.Account && e.Arn != entry.Arn)
            .Sum(e => e.ReservedConcurrency ?? e.ProvisionedConcurrency.Values.Sum());
        if (provisioned <= (next.ReservedConcurrency ?? accountLimit) && others + (next.ReservedConcurrency ?? provisioned) < accountLimit)
        {
            world.Tell($"{arn.Name} has {next.ReservedConcurrency?.ToString(CultureInfo.InvariantCulture) ?? "nothing"} reserved, {provisioned} provisioned");
            if (next.ReservedConcurrency == 0)
            {
                events.SwitchedOff.Add(arn.Unqualified);
            }

            Publish(next);
        }
    }

    private void Pause()
    {
        if (life?.Frontends[^1] is { Number: > 0, Place.IsPaused: false } frontend)
        {
            var time = world.Between(100, 200_000);
            world.Tell($"frontend {frontend.Number} stands still for {time}");
            (frontend.HasPaused, frontend.Place.IsPaused, weather.SomethingPaused, events.MayBeLate) = (true, true, true, true);
            outside.After(time, () => frontend.Place.IsPaused = false);
        }
    }

    private void Create(FunctionArn arn)
    {
        var entry = FunctionEntry.Of(Snapshot(arn, "$LATEST"));
        Publish(entry with
        {
            Versions = entry.Versions.Add("1", Snapshot(arn, "1")), Aliases = entry.Aliases.Add("live", new AliasRoute("1")),
        });
    }

    private void Publish(FunctionEntry entry) => Do(() => catalog.Publish(entry));

    /// <summary>The control plane is a part of the process.</summary>
    private void Do(Action change)
    {
        if (life is { } mine)
        {
            mine.Core.Enter(change);
        }
        else
        {
            change();
        }
    }
}
