using System.Globalization;
using System.Text;
using System.Xml;
using System.Xml.Linq;
using Lambent.Aws;
using Lambent.Contracts;

namespace Lambent.Neighbours.Sts;

/// <summary>
/// The roles of functions, from other servers: real AWS or a stand-in. What no other server is named for stays with Lambent's own.
/// </summary>
/// <param name="others"><c>iam</c>: GetRole says whether a role is there and trusts Lambda. <c>sts</c>: AssumeRole makes credentials.</param>
/// <param name="own">Lambent's own.</param>
public sealed class RemoteRoles(AwsClient others, IExecutionRoles own) : IExecutionRoles
{
    private const string Iam = "iam", Sts = "sts", IamVersion = "2010-05-08", StsVersion = "2011-06-15";

    /// <inheritdoc/>
    public async Task<bool> CanBeAssumedAsync(string account, string roleArn, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(roleArn);
        if (others.Find(Iam) is null)
        {
            return await own.CanBeAssumedAsync(account, roleArn, cancellation);
        }

        var name = roleArn[(roleArn.LastIndexOf('/') + 1)..];
        var reply = await AskAsync(AwsCall.Query(Iam, IamVersion, "GetRole", KeyValuePair.Create("RoleName", name)), cancellation);
        if (reply is { IsSuccess: false, Error.Code: not "NoSuchEntity" })
        {
            throw new ExecutionRoleException($"IAM at {others.Find(Iam)} does not show the role {roleArn}: {Told(reply)}");
        }

        var answer = reply.IsSuccess ? Read(reply) : null;
        return Text(answer, "Arn") == roleArn
            && Text(answer, "AssumeRolePolicyDocument") is { } trust
            && ExecutionRoles.Trusts(Uri.UnescapeDataString(trust), account, roleArn);
    }

    /// <inheritdoc/>
    public async Task<RoleCredentials> AssumeAsync(FunctionSnapshot function, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(function);
        if (others.Find(Sts) is not { } sts)
        {
            return await own.AssumeAsync(function, cancellation);
        }

        var call = AwsCall.Query(
            Sts, StsVersion, "AssumeRole", KeyValuePair.Create("RoleArn", function.Role), KeyValuePair.Create("RoleSessionName", function.Arn.Name));
        var reply = await AskAsync(call, cancellation);
        var answer = reply.IsSuccess ? Read(reply) : null;
        return Text(answer, "AccessKeyId") is { } id && Text(answer, "SecretAccessKey") is { } secret && Text(answer, "SessionToken") is { } token
            && DateTimeOffset.TryParse(Text(answer, "Expiration"), CultureInfo.InvariantCulture, out var expires)
            ? new RoleCredentials(id, secret, token, expires)
            : throw new ExecutionRoleException($"STS at {sts} does not let the role {function.Role} be assumed: {Told(reply)}");
    }

    private async Task<AwsReply> AskAsync(AwsCall call, CancellationToken cancellation)
    {
        try
        {
            return await others.SendAsync(call, cancellation);
        }
        catch (AwsUnreachableException e)
        {
            throw new ExecutionRoleException(e.Message);
        }
    }

    private static string Told(AwsReply reply) => $"{reply.Error.Code} {reply.Error.Message}";

    private static XElement? Read(AwsReply reply)
    {
        try
        {
            return XElement.Parse(Encoding.UTF8.GetString(reply.Body.Span));
        }
        catch (XmlException)
        {
            return null;
        }
    }

    private static string? Text(XElement? answer, string name) => answer?.Descendants().FirstOrDefault(e => e.Name.LocalName == name)?.Value;
}
