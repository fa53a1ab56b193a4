using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Text.Json;

namespace Lambent.Aws.Policies;

/// <summary>
/// Reads policy documents and says what is wrong with them in IAM's words and IAM's order: 1. the grammar, 2. the version,
/// 3. what older parsers refuse, 4. names, actions, resources and principals.
/// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
/// </summary>
internal static class PolicyReader
{
    private const string OldVersion = "2008-10-17";
    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false };
    private static readonly string[] Members = ["Version", "Id", "Statement"];

    private static readonly string[] StatementMembers =
        ["Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource", "Condition"];

    internal static bool TryRead(
        string text, PolicyKind kind, [NotNullWhen(true)] out Policy? policy, [NotNullWhen(false)] out string? fault)
    {
        ArgumentNullException.ThrowIfNull(text);
        policy = null;
        try
        {
            using var json = JsonDocument.Parse(text, Strict);
            policy = ReadPolicy(json.RootElement);
            fault = PolicyRules.Check(policy, HasVersion(json.RootElement), kind);
        }
        catch (Exception e) when (e is JsonException or GrammarException or InvalidOperationException) // the last: half of a surrogate pair
        {
            fault = (e as GrammarException)?.Message ?? PolicyRules.Syntax;
        }

        policy = fault is null ? policy : null;
        return fault is null && policy is not null;
    }

    private static bool HasVersion(JsonElement root) => root.TryGetProperty("Version", out _);

    private static Policy ReadPolicy(JsonElement root)
    {
        CheckMembers(root, Members);
        var version = TextOf(root, "Version") ?? OldVersion;
        Require(version is Policy.CurrentVersion or OldVersion && root.TryGetProperty("Statement", out _));
        var statements = OneOrMany(root.GetProperty("Statement"));
        Require(statements.Count > 0);
        return new Policy
        {
            Version = version,
            Id = TextOf(root, "Id"),
            Statements = [.. statements.Select(s => ReadStatement(s, version == Policy.CurrentVersion))],
        };
    }

    private static Statement ReadStatement(JsonElement statement, bool hasVariables)
    {
        CheckMembers(statement, StatementMembers);
        var (action, isNotAction) = Either(statement, "Action", "NotAction");
        var (resource, isNotResource) = Either(statement, "Resource", "NotResource");
        var (who, isNotPrincipal) = Either(statement, "Principal", "NotPrincipal");
        var effect = TextOf(statement, "Effect");
        Require(effect is not null && (effect.Equals("Allow", StringComparison.OrdinalIgnoreCase) || effect.Equals("Deny", StringComparison.OrdinalIgnoreCase)));
        return new Statement
        {
            Sid = TextOf(statement, "Sid"),
            IsDeny = effect switch { "Deny" => true, "Allow" => false, _ => throw new GrammarException(PolicyRules.Legacy) },
            Principal = who is { } p ? new PrincipalElement(isNotPrincipal, ReadPrincipals(p)) : null,
            Actions = [.. Texts(action).Select(t => new PolicyPattern(t, hasVariables: false, GlobStyle.IgnoringCase))],
            IsNotAction = isNotAction,
            Resources = [.. Texts(resource).Select(t => new PolicyPattern(t, hasVariables, GlobStyle.Resource))],
            IsNotResource = isNotResource,
            Conditions = statement.TryGetProperty("Condition", out var conditions) ? ReadConditions(conditions, hasVariables) : [],
        };
    }

    private static ImmutableArray<PrincipalName> ReadPrincipals(JsonElement element)
    {
        if (element.ValueKind == JsonValueKind.String)
        {
            Require(element.GetString() == PrincipalName.Everybody, "Invalid principal in policy");
            return [new PrincipalName(PrincipalName.Everybody, PrincipalName.Everybody)];
        }

        Require(element.ValueKind == JsonValueKind.Object);
        return [.. element.EnumerateObject().SelectMany(kind => Texts(kind.Value).Select(value => new PrincipalName(kind.Name, value)))];
    }

    private static ImmutableArray<Condition> ReadConditions(JsonElement element, bool hasVariables)
    {
        Require(element.ValueKind == JsonValueKind.Object);
        var conditions = ImmutableArray.CreateBuilder<Condition>();
        foreach (var test in element.EnumerateObject())
        {
            Require(test.Value.ValueKind == JsonValueKind.Object);
            var how = ConditionOperator.Parse(test.Name);
            Require(how is not null || !test.Value.EnumerateObject().Any());
            foreach (var key in test.Value.EnumerateObject())
            {
                Require(key.Name.Length > 0);
                conditions.Add(new Condition(how!, key.Name, [.. OneOrMany(key.Value).Select(v => ReadValue(v, hasVariables))]));
            }
        }

        return conditions.ToImmutable();
    }

    private static PolicyPattern ReadValue(JsonElement value, bool hasVariables) => new(
        value.ValueKind switch
        {
            JsonValueKind.String => value.GetString()!,
            JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False => value.GetRawText(),
            _ => throw new GrammarException(PolicyRules.Syntax),
        },
        hasVariables, GlobStyle.Text, GlobStyle.Arn);

    private static void CheckMembers(JsonElement element, string[] known) =>
        Require(element.ValueKind == JsonValueKind.Object && element.EnumerateObject().All(m => known.Contains(m.Name, StringComparer.Ordinal)));

    private static (JsonElement? Value, bool IsNegated) Either(JsonElement statement, string name, string negated)
    {
        var isThere = statement.TryGetProperty(name, out var value);
        var isNegated = statement.TryGetProperty(negated, out var other);
        Require(!(isThere && isNegated));
        return (isThere ? value : isNegated ? other : null, isNegated);
    }

    private static IEnumerable<string> Texts(JsonElement? element) => element is not { } some ? [] : OneOrMany(some).Select(item =>
        item.ValueKind == JsonValueKind.String ? item.GetString()! : throw new GrammarException(PolicyRules.Syntax));

    private static List<JsonElement> OneOrMany(JsonElement element) =>
        element.ValueKind == JsonValueKind.Array ? [.. element.EnumerateArray()] : [element];

    private static string? TextOf(JsonElement element, string name)
    {
        if (!element.TryGetProperty(name, out var value))
        {
            return null;
        }

        Require(value.ValueKind == JsonValueKind.String);
        return value.GetString();
    }

    private static void Require(bool holds, string fault = PolicyRules.Syntax)
    {
        if (!holds)
        {
            throw new GrammarException(fault);
        }
    }

    /// <summary>Ends the reading; never leaves this class.</summary>
    private sealed class GrammarException(string fault) : Exception(fault);
}
