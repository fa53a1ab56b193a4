using System.Text.Json;
using Lambent.Worker.SandboxLife;
using Microsoft.AspNetCore.Http;

namespace Lambent.Worker.RuntimeApi.Extensions;

/// <summary>
/// The Extensions API, <c>/2020-01-01/extension/…</c>. Checks in the order of AWS's emulator, whose texts these are (RIE,
/// <c>rapi/handler/agent*.go</c>). Source: "Using the Lambda Extensions API to create extensions", Lambda Developer Guide.
/// </summary>
internal static class ExtensionEndpoints
{
    internal const string IdentifierHeader = "Lambda-Extension-Identifier";

    private const string NameHeader = "Lambda-Extension-Name", FeatureHeader = "Lambda-Extension-Accept-Feature";
    private const string ErrorTypeHeader = "Lambda-Extension-Function-Error-Type";
    private const int MaxRegistrationBytes = 64 * 1024;

    internal static Task HandleAsync(HttpContext context, Generation generation, string operation, bool isPost) => (operation, isPost) switch
    {
        ("register", true) => RegisterAsync(context, generation),
        ("event/next", false) => NextAsync(context, generation),
        ("init/error", true) => ErrorAsync(context, generation, ExtensionState.InitError),
        ("exit/error", true) => ErrorAsync(context, generation, ExtensionState.ExitError),
        _ => RuntimeApiAnswer.NotFoundAsync(context),
    };

    /// <summary>The extension that a request names, or why it names none.</summary>
    internal static (Extension? Extension, ExtensionRefusal? Refusal) Identify(HttpContext context, Generation generation)
    {
        var identifier = context.Request.Headers[IdentifierHeader].ToString();
        return identifier.Length == 0 ? (null, new("Extension.MissingExtensionIdentifier", $"Missing {IdentifierHeader} header"))
            : !Guid.TryParse(identifier, out var id) ? (null, new("Extension.InvalidExtensionIdentifier", $"Invalid {IdentifierHeader}"))
            : generation.Extensions.Find(id.ToString()) is { } found ? (found, null)
            : (null, new("Extension.UnknownExtensionIdentifier", $"Unknown extension {id}"));
    }

    private static async Task RegisterAsync(HttpContext context, Generation generation)
    {
        var name = context.Request.Headers[NameHeader].ToString();
        if (name.Length == 0)
        {
            await RuntimeApiAnswer.RefusedAsync(context, new("Extension.InvalidExtensionName", "Empty extension name"));
            return;
        }

        var (registration, problem) = await ReadAsync(context);
        if (registration is null)
        {
            await RuntimeApiAnswer.RefusedAsync(context, new("InvalidRequestFormat", problem!));
            return;
        }

        var (extension, refusal) = generation.Extensions.Register(name, registration.Events ?? []);
        if (extension is null)
        {
            await RuntimeApiAnswer.RefusedAsync(context, refusal!);
            return;
        }

        var function = generation.Sandbox.Function!;
        var wantsAccount = context.Request.Headers[FeatureHeader].ToString().Split(',', StringSplitOptions.TrimEntries).Contains("accountId");
        context.Response.Headers[IdentifierHeader] = extension.Identifier;
        await RuntimeApiAnswer.WriteAsync(context, 200, JsonSerializer.SerializeToUtf8Bytes(
            new ExtensionRegistered(function.Arn.Name, function.Arn.Qualifier!, function.Handler, wantsAccount ? function.Arn.Account : null),
            ExtensionJson.Default.ExtensionRegistered));
    }

    private static async Task<(ExtensionRegistration? Registration, string? Problem)> ReadAsync(HttpContext context)
    {
        try
        {
            var body = await RuntimeApiBody.ReadAsync(context, MaxRegistrationBytes);
            var registration = body is null ? null : JsonSerializer.Deserialize(body, ExtensionJson.Default.ExtensionRegistration);
            return registration is null ? (null, "unexpected end of JSON input")
                : registration.ConfigurationKeys?.Count > 0 ? (null, "configurationKeys are deprecated; use environment variables instead")
                : (registration, null);
        }
        catch (Exception e) when (e is JsonException or TruncatedBodyException)
        {
            return (null, e.Message);
        }
    }

    private static async Task NextAsync(HttpContext context, Generation generation)
    {
        var (extension, refusal) = Identify(context, generation);
        if (extension is not null)
        {
            (var offered, refusal) = await generation.Extensions.NextAsync(extension, context.RequestAborted);
            if (offered is not null)
            {
                generation.Requests.GiveBack(context.Request);
                context.Response.Headers["Lambda-Extension-Event-Identifier"] = offered.Id;
                await RuntimeApiAnswer.WriteAsync(context, 200, offered.Body);
                return;
            }
        }

        await RuntimeApiAnswer.RefusedAsync(context, refusal!);
    }

    private static async Task ErrorAsync(HttpContext context, Generation generation, ExtensionState to)
    {
        var (extension, refusal) = Identify(context, generation);
        var type = context.Request.Headers[ErrorTypeHeader].ToString();
        if (extension is not null)
        {
            refusal = type.Length == 0
                ? new("Extension.MissingHeader", $"{ErrorTypeHeader} not found")
                : generation.Extensions.Fail(extension, to, type);
        }

        if (refusal is not null)
        {
            await RuntimeApiAnswer.RefusedAsync(context, refusal);
            return;
        }

        generation.Sandbox.ExtensionFailed();
        await RuntimeApiAnswer.AcceptedAsync(context);
    }
}
