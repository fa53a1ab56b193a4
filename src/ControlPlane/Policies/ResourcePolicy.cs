using System.Text.Json;
using System.Text.Json.Serialization;
using Lambent.Aws;
using Lambent.ControlPlane.Functions;
using Lambent.ControlPlane.Wire;

namespace Lambent.ControlPlane.Policies;

/// <summary>
/// Who else may use a resource: a function, a version, an alias or a layer version. Stored, and answered as
/// <see cref="PolicyDocument"/>. https://docs.aws.amazon.com/lambda/latest/dg/access-control-resource-based.html
/// </summary>
/// <param name="RevisionId">A UUID that changes with every statement.</param>
/// <param name="Statements">In the order of their making.</param>
internal sealed record ResourcePolicy(string RevisionId, IReadOnlyList<PolicyStatement> Statements)
{
    /// <summary>20 KB. Source: "Lambda quotas", resource-based policy.</summary>
    private const int MaxBytes = 20_480;

    /// <summary>The policy with one more statement.</summary>
    /// <param name="policy">Null if the resource has none yet.</param>
    /// <param name="statement">Its <c>Sid</c> must be new.</param>
    /// <param name="revisionId">Of the policy that is made.</param>
    public static Result<ResourcePolicy> With(ResourcePolicy? policy, PolicyStatement statement, string revisionId)
    {
        if (policy?.Statements.Any(s => s.Sid == statement.Sid) == true)
        {
            return FunctionErrors.Conflict(
                $"The statement id ({statement.Sid}) provided already exists. Please provide a new statement id, or remove the existing statement.");
        }

        var after = new ResourcePolicy(revisionId, [.. policy?.Statements ?? [], statement]);
        var length = System.Text.Encoding.UTF8.GetByteCount(after.Text());
        return length <= MaxBytes
            ? after
            : AwsError.User(400, "PolicyLengthExceededException", $"The final policy size ({length}) is bigger than the limit ({MaxBytes}).");
    }

    /// <summary>The policy without the statement; one without any statement is no policy any more.</summary>
    public Result<ResourcePolicy> Without(string statementId, string revisionId) => Statements.Any(s => s.Sid == statementId)
        ? new ResourcePolicy(revisionId, [.. Statements.Where(s => s.Sid != statementId)])
        : FunctionErrors.NotFound($"Statement {statementId} is not found in resource policy.");

    /// <summary>The document that the API answers, as text within JSON.</summary>
    public string Text() => JsonSerializer.Serialize(new PolicyDocument(Statements), ControlPlaneJson.Wire.PolicyDocument);

    /// <summary>404 where there is no policy to answer or change.</summary>
    public static AwsError None(string message = "No policy is associated with the given resource.") => FunctionErrors.NotFound(message);

    /// <summary>404 for a resource that has none.</summary>
    public static AwsError NoSuchResource() => FunctionErrors.NotFound("The resource you requested does not exist.");
}

/// <summary>A policy as AWS writes it, members in this order.</summary>
internal sealed record PolicyDocument(IReadOnlyList<PolicyStatement> Statement)
{
    [JsonPropertyOrder(-2)]
    public string Version { get; } = "2012-10-17";

    [JsonPropertyOrder(-1)]
    public string Id { get; } = "default";
}

/// <summary>One statement as AWS writes it, members in this order.</summary>
internal sealed record PolicyStatement
{
    public required string Sid { get; init; }

    public string Effect { get; init; } = "Allow";

    public required PolicyPrincipal Principal { get; init; }

    public required string Action { get; init; }

    public required string Resource { get; init; }

    /// <summary>By operator, then by key; null if there is none.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyDictionary<string, IReadOnlyDictionary<string, string>>? Condition { get; init; }

    /// <summary>As text, which is how the API answers it.</summary>
    public string Text() => JsonSerializer.Serialize(this, ControlPlaneJson.Wire.PolicyStatement);
}

/// <summary>Who: everybody (<c>"*"</c>), or one of a kind (<c>{"Service": "s3.amazonaws.com"}</c>, <c>{"AWS": ARN}</c>).</summary>
/// <param name="Kind">Null for everybody.</param>
/// <param name="Value">The service or ARN; <c>*</c> for everybody.</param>
[JsonConverter(typeof(PolicyPrincipalConverter))]
internal sealed record PolicyPrincipal(string? Kind, string Value)
{
    public static PolicyPrincipal Everybody { get; } = new(null, "*");

    /// <summary>The account as a whole: what AWS makes of twelve digits.</summary>
    public static PolicyPrincipal OfAccount(string account) => new("AWS", $"arn:aws:iam::{account}:root");
}

/// <summary>Text for everybody, else an object of one member.</summary>
internal sealed class PolicyPrincipalConverter : JsonConverter<PolicyPrincipal>
{
    public override PolicyPrincipal? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType == JsonTokenType.String)
        {
            return new PolicyPrincipal(null, reader.GetString()!);
        }

        reader.Read();
        var kind = reader.GetString()!;
        reader.Read();
        var value = reader.GetString()!;
        reader.Read();
        return new PolicyPrincipal(kind, value);
    }

    public override void Write(Utf8JsonWriter writer, PolicyPrincipal value, JsonSerializerOptions options)
    {
        if (value.Kind is null)
        {
            writer.WriteStringValue(value.Value);
            return;
        }

        writer.WriteStartObject();
        writer.WriteString(value.Kind, value.Value);
        writer.WriteEndObject();
    }
}
