using Lambent.Aws;
using Lambent.Aws.Policies;
using Lambent.Neighbours.Iam;
using Lambent.Neighbours.Query;
using Lambent.Neighbours.Sts;
using Lambent.Storage;
using Microsoft.Extensions.Primitives;
using Shouldly;

namespace Lambent.Neighbours.Tests;

/// <summary>IAM and STS over a folder of their own, as one process or as one after the other.</summary>
internal sealed class AccessFixture : IDisposable
{
    internal const string Account = "123456789012";

    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("lambent-unit-");
    private Database database = null!;

    internal AccessFixture() => Open();

    internal TestClock Clock { get; } = new();

    internal IamStore Store { get; private set; } = null!;

    internal IamPrincipals Principals { get; private set; } = null!;

    internal SessionTokens Tokens { get; private set; } = null!;

    internal IamApi Iam { get; private set; } = null!;

    internal StsApi Sts { get; private set; } = null!;

    internal static AccessKey Root { get; } = new("AKIAROOT", "secret", Account, $"arn:aws:iam::{Account}:root", Account);

    public void Dispose()
    {
        database.DisposeAsync().AsTask().GetAwaiter().GetResult();
        folder.Delete(recursive: true);
    }

    /// <summary>What a restart leaves.</summary>
    internal async Task ReopenAsync()
    {
        await database.DisposeAsync();
        Open();
    }

    /// <summary>Calls IAM as somebody, the root if nobody is named.</summary>
    internal Task<QueryReply> IamAsync(string action, object parameters, AccessKey? caller = null) =>
        Iam.AnswerAsync(RequestOf(action, "2010-05-08", parameters, caller ?? Root));

    /// <summary>The same, of a call that must be right.</summary>
    internal async Task<QueryReply> RightAsync(string action, object parameters, AccessKey? caller = null)
    {
        var reply = await IamAsync(action, parameters, caller);
        reply.Error.ShouldBeNull($"{action}");
        return reply;
    }

    internal QueryReply CallSts(string action, object parameters, AccessKey? caller = null) =>
        Sts.Answer(RequestOf(action, "2011-06-15", parameters, caller ?? Root))!.Value;

    /// <summary>A user with a key.</summary>
    internal async Task<AccessKey> UserAsync(string name)
    {
        await RightAsync("CreateUser", new { UserName = name });
        var made = await RightAsync("CreateAccessKey", new { UserName = name });
        Store.TryFindKey(Text(made, "AccessKeyId"), out var key).ShouldBeTrue();
        return key;
    }

    /// <summary>The text of the first element of this name.</summary>
    internal static string Text(QueryReply reply, string name)
    {
        reply.Error.ShouldBeNull();
        return Texts(reply, name).First();
    }

    internal static IEnumerable<string> Texts(QueryReply reply, string name) =>
        reply.Result!.SelectMany(e => e.DescendantsAndSelf(name)).Select(e => e.Value);

    private static QueryRequest RequestOf(string action, string version, object parameters, AccessKey caller)
    {
        var values = parameters as Dictionary<string, StringValues>
            ?? parameters.GetType().GetProperties().ToDictionary(p => p.Name, p => new StringValues($"{p.GetValue(parameters)}"));
        values["Action"] = action;
        values["Version"] = version;
        return new QueryRequest(new AwsRequest("id", caller, default), values);
    }

    private void Open()
    {
        database = Database.Open(Path.Combine(folder.FullName, "lambent.db"), IamStore.Migrations);
        Store = new IamStore(database);
        Store.Load();
        Principals = new IamPrincipals(Store);
        Tokens = SessionTokens.OfFile(Path.Combine(folder.FullName, "session-key"));
        var authorizer = new Authorizer(Principals, "us-east-1", Clock);
        Iam = new IamApi(Store, authorizer, new KeyUses(Clock, "us-east-1"), Clock);
        Sts = new StsApi(Store, authorizer, new OnlyUsers(Store), Tokens, Clock);
    }

    internal sealed class TestClock : TimeProvider
    {
        internal DateTimeOffset Now { get; set; } = new(2026, 11, 21, 12, 0, 0, TimeSpan.Zero);

        public override DateTimeOffset GetUtcNow() => Now;
    }

    private sealed class OnlyUsers(IamStore store) : IAccessKeys
    {
        public bool TryFind(string accessKeyId, out AccessKey key) => store.TryFindKey(accessKeyId, out key);
    }
}
