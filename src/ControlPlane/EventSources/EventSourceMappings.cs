using Lambent.Aws;
using Lambent.Contracts;
using Lambent.ControlPlane.Functions;
using Lambent.ControlPlane.Policies;
using Lambent.ControlPlane.Tags;
using Lambent.ControlPlane.Validation;
using Lambent.ControlPlane.Wire;
using Microsoft.AspNetCore.Http;

namespace Lambent.ControlPlane.EventSources;

/// <summary>
/// Mappings of queues and streams to functions: kept and answered, not polled yet.
/// https://docs.aws.amazon.com/lambda/latest/api/API_CreateEventSourceMapping.html (Get, List, Update, Delete)
/// </summary>
internal static class EventSourceMappings
{
    public static async Task<Result<EventSourceMapping>> CreateAsync(LambdaControlPlane plane, HttpContext context)
    {
        var request = AwsRequest.Of(context);
        if (!RequestJson.Read(request.Body, ControlPlaneJson.Wire.EventSourceRequest).Is(out var create, out var error))
        {
            return error;
        }

        var (kind, uuid) = (SourceKind.Of(create), plane.Surroundings.NewId());
        var settings = kind.WithDefaults(uuid, create) with { FunctionName = null, Enabled = null, Tags = null };
        error = ModelErrors.Of([Member.Required(create.FunctionName, "functionName"), .. EventSourceRules.CheckModel(create)])
            ?? EventSourceRules.Check(kind, create, settings)
            ?? EventSourceRules.CheckNew(kind, create)
            ?? TagRecord.Check(create.Tags);
        if (error is not null)
        {
            return error;
        }

        if (!FindFunction(plane, request, create.FunctionName!).Is(out var function, out error))
        {
            return error;
        }

        if (await plane.SourceLookup.CheckAsync(kind, create.EventSourceArn) is { } missing)
        {
            return missing;
        }

        var record = new EventSourceRecord
        {
            Account = request.Caller.AccountId,
            Uuid = uuid,
            FunctionArn = function.ToString(),
            Enabled = create.Enabled ?? true,
            LastModified = plane.Surroundings.Clock.GetUtcNow(),
            Settings = settings,
            Tags = create.Tags,
        };

        // The check is within the change: of two that come at once, one is refused.
        var made = await plane.EventSources.ChangeAsync(record.Account, record.Uuid, _ =>
            plane.EventSources.After(record.Account, null).FirstOrDefault(other => IsSame(other, record)) is { } same
                ? EventSourceRules.AlreadyExists(kind, settings, function.Name, record.FunctionArn, same.Uuid)
                : record);

        // Recorded on AWS: a queue that is not to be polled needs no preparation.
        return made.Select(r => r.Answer(plane.Options.Region, kind.IsQueue && !r.Enabled ? null : "Creating"));
    }

    public static Result<EventSourceMapping> Get(LambdaControlPlane plane, HttpContext context) =>
        plane.EventSources.Find(AwsRequest.Of(context).Caller.AccountId, UuidOf(context)) is { } found
            ? found.Answer(plane.Options.Region)
            : ResourcePolicy.NoSuchResource();

    public static async Task<Result<EventSourceMapping>> UpdateAsync(LambdaControlPlane plane, HttpContext context)
    {
        var request = AwsRequest.Of(context);
        if (!RequestJson.Read(request.Body, ControlPlaneJson.Wire.EventSourceRequest).Is(out var update, out var error))
        {
            return error;
        }

        update = update.Changeable();
        error = ModelErrors.Of(EventSourceRules.CheckModel(update));
        if (error is not null)
        {
            return error;
        }

        FunctionArn? function = null;
        if (update.FunctionName is not null && !FindFunction(plane, request, update.FunctionName).Is(out function, out error))
        {
            return error;
        }

        var now = plane.Surroundings.Clock.GetUtcNow();
        bool? wasEnabled = null;
        var changed = await plane.EventSources.ChangeAsync(request.Caller.AccountId, UuidOf(context), before =>
        {
            if (before is null)
            {
                return ResourcePolicy.NoSuchResource();
            }

            wasEnabled = before.Enabled;
            var after = before.With(update, function?.ToString() ?? before.FunctionArn, now);
            return EventSourceRules.Check(SourceKind.Of(after.Settings), update, after.Settings) is { } refused ? refused : after;
        });
        return changed.Select(after => after.Answer(
            plane.Options.Region, after.Enabled == wasEnabled ? "Updating" : after.Enabled ? "Enabling" : "Disabling"));
    }

    public static async Task<Result<EventSourceMapping>> DeleteAsync(LambdaControlPlane plane, HttpContext context)
    {
        EventSourceRecord? deleted = null;
        var error = await plane.EventSources.RemoveAsync(AwsRequest.Of(context).Caller.AccountId, UuidOf(context), before =>
            (deleted = before) is null ? ResourcePolicy.NoSuchResource() : null);
        return error is null ? deleted!.Answer(plane.Options.Region, "Deleting") : error;
    }

    public static Result<ListEventSourceMappingsResponse> List(LambdaControlPlane plane, HttpContext context)
    {
        if (!Paging.Read(context.Request.Query, []).Is(out var paging, out var error))
        {
            return error;
        }

        var request = AwsRequest.Of(context);
        string? source = context.Request.Query["EventSourceArn"], name = context.Request.Query["FunctionName"];
        var home = new FunctionArn(plane.Options.Region, request.Caller.AccountId, "");
        var function = name is null ? null : FunctionArn.Parse(name, home)?.ToString() ?? "";
        var found = plane.EventSources.After(request.Caller.AccountId, paging.After)
            .Where(m => (source is null || m.Settings.EventSourceArn == source) && (function is null || m.FunctionArn == function));
        var (page, next) = paging.Cut(found, m => m.Uuid);
        return new ListEventSourceMappingsResponse(next, [.. page.Select(m => m.Answer(plane.Options.Region))]);
    }

    private static Result<FunctionArn> FindFunction(LambdaControlPlane plane, AwsRequest request, string name)
    {
        var arn = FunctionArn.Parse(name, new FunctionArn(plane.Options.Region, request.Caller.AccountId, ""));
        return arn is not null && arn.Region == plane.Options.Region && arn.Account == request.Caller.AccountId
            && FunctionReference.Find(plane, arn).Is(out _, out _)
                ? arn
                : FunctionErrors.Invalid("Function does not exist");
    }

    /// <summary>The same source for the same function: Lambda has it once.</summary>
    private static bool IsSame(EventSourceRecord one, EventSourceRecord other) =>
        one.FunctionArn == other.FunctionArn
        && EventSourceRules.Addresses(one.Settings).Intersect(EventSourceRules.Addresses(other.Settings)).Any()
        && (one.Settings.Topics ?? []).SequenceEqual(other.Settings.Topics ?? [])
        && (one.Settings.Queues ?? []).SequenceEqual(other.Settings.Queues ?? []);

    private static string UuidOf(HttpContext context) => (string)context.Request.RouteValues["UUID"]!;
}
