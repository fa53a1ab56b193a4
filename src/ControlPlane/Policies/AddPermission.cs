using Lambent.Aws;
using Lambent.ControlPlane.Functions;
using Lambent.ControlPlane.Validation;
using Lambent.ControlPlane.Wire;
using Microsoft.AspNetCore.Http;

namespace Lambent.ControlPlane.Policies;

/// <summary>
/// Lets a service or an account use a function, version or alias: 1. the model, 2. the resource, 3. the principal, 4. the statement,
/// 5. the revision. https://docs.aws.amazon.com/lambda/latest/api/API_AddPermission.html
/// </summary>
internal static class AddPermission
{
    private static readonly Pattern StatementId = new("([a-zA-Z0-9-_]+)");

    private static readonly Pattern Action = new("(lambda:[*]|lambda:[a-zA-Z]+|[*])");

    private static readonly Pattern Principal = new(@"[^\s]+");

    private static readonly Pattern Arn = new(@"arn:(aws[a-zA-Z0-9-]*):([a-zA-Z0-9\-])+:([a-z]{2}(-gov)?-[a-z]+-\d{1})?:(\d{12})?:(.*)");

    private static readonly Pattern Account = new(@"\d{12}");

    private static readonly Pattern Token = new(@"[a-zA-Z0-9._\-]+");

    private static readonly Pattern Organization = new("o-[a-z0-9]{10,32}");

    // Alexa's are services of amazon.com; services may also name themselves within China.
    private static readonly string[] ServiceHosts = [".amazonaws.com", ".amazonaws.com.cn", ".amazon.com"];

    public static async Task<Result<AddPermissionResponse>> RunAsync(LambdaControlPlane plane, HttpContext context)
    {
        if (!RequestJson.Read(AwsRequest.Of(context).Body, ControlPlaneJson.Wire.AddPermissionRequest).Is(out var add, out var error))
        {
            return error;
        }

        error = ModelErrors.Of(CheckModel(add));
        if (error is not null)
        {
            return error;
        }

        if (!FunctionReference.OfReader(plane, context).Is(out var arn, out error))
        {
            return error;
        }

        if (arn.Qualifier == FunctionErrors.Latest)
        {
            return FunctionErrors.Invalid("We currently do not support adding policies for $LATEST.");
        }

        using var turn = await plane.Store.TurnAsync(arn.Key());
        if (FunctionPolicies.RevisionOf(plane, arn) is null)
        {
            return FunctionPolicies.NotFound(arn);
        }

        if (!PrincipalOf(add.Principal!).Is(out var principal, out error))
        {
            return error;
        }

        var statement = new PolicyStatement
        {
            Sid = add.StatementId!,
            Principal = principal,
            Action = add.Action!,
            Resource = arn.ToString(),
            Condition = ConditionOf(add),
        };
        var before = plane.Policies.Find(arn.Key(), arn.Qualifier ?? FunctionErrors.Latest);
        if (!ResourcePolicy.With(before, statement, plane.Surroundings.NewId()).Is(out var policy, out error))
        {
            return error;
        }

        if (!FunctionPolicies.IsLatest(plane, arn, add.RevisionId))
        {
            return FunctionErrors.StaleRevision("GetPolicy");
        }

        await FunctionPolicies.WriteAsync(plane, arn, policy);
        return new AddPermissionResponse(statement.Text());
    }

    private static IEnumerable<string?> CheckModel(AddPermissionRequest add) =>
    [
        Member.Required(add.StatementId, "statementId"),
        Member.LengthAtMost(add.StatementId, "statementId", 100),
        Member.Matching(add.StatementId, "statementId", StatementId),
        Member.Required(add.Action, "action"),
        Member.Matching(add.Action, "action", Action),
        Member.Required(add.Principal, "principal"),
        Member.Matching(add.Principal, "principal", Principal),
        Member.Matching(add.SourceArn, "sourceArn", Arn),
        Member.Matching(add.SourceAccount, "sourceAccount", Account),
        Member.LengthAtMost(add.EventSourceToken, "eventSourceToken", 256),
        Member.Matching(add.EventSourceToken, "eventSourceToken", Token),
        Member.Matching(add.PrincipalOrgID, "principalOrgID", Organization),
        Member.OneOf(add.FunctionUrlAuthType, "functionUrlAuthType", "NONE", "AWS_IAM"),
    ];

    /// <summary>
    /// A service is named as a host of AWS; an account is twelve digits; anything else of AWS is an ARN. Which services there are is
    /// not asked: AWS refuses those that it has not, as it was recorded to refuse hosts that are not its own.
    /// </summary>
    private static Result<PolicyPrincipal> PrincipalOf(string principal) => principal switch
    {
        "*" => PolicyPrincipal.Everybody,
        _ when principal.StartsWith("arn:", StringComparison.Ordinal) => new PolicyPrincipal("AWS", principal),
        _ when Account.Matches(principal) => PolicyPrincipal.OfAccount(principal),
        _ when ServiceHosts.Any(h => principal.EndsWith(h, StringComparison.Ordinal)) => new PolicyPrincipal("Service", principal),
        _ => FunctionErrors.Invalid("The provided principal was invalid. Please check the principal and try again."),
    };

    private static IReadOnlyDictionary<string, IReadOnlyDictionary<string, string>>? ConditionOf(AddPermissionRequest add) => PolicyConditions.Of(
        ("StringEquals", "lambda:FunctionUrlAuthType", add.FunctionUrlAuthType),
        ("StringEquals", "aws:PrincipalOrgID", add.PrincipalOrgID),
        ("StringEquals", "AWS:SourceAccount", add.SourceAccount),
        ("StringEquals", "lambda:EventSourceToken", add.EventSourceToken),
        ("ArnLike", "AWS:SourceArn", add.SourceArn),
        ("Bool", "lambda:InvokedViaFunctionUrl", add.InvokedViaFunctionUrl switch { null => null, true => "true", false => "false" }));
}
