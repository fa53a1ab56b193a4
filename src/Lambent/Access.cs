using Lambent.Aws;
using Lambent.Aws.Policies;
using Lambent.Contracts;
using Lambent.Invoke.WorkerClient;
using Lambent.Keys;
using Lambent.Neighbours.Iam;
using Lambent.Neighbours.Sts;
using Lambent.Storage;

namespace Lambent;

/// <summary>Who may do what: keys, IAM and STS, put together.</summary>
internal sealed class Access
{
    private readonly IamApi iam;
    private readonly StsApi sts;
    private readonly KeyUses uses;
    private readonly AccountKeys others;
    private readonly string first;

    /// <param name="options">The settings.</param>
    /// <param name="root">The first account's own key.</param>
    /// <param name="database">Opened, with the tables of <see cref="IamStore"/>.</param>
    /// <param name="neighbours">Other servers that speak for services.</param>
    /// <param name="clock">Time.</param>
    internal Access(LambentOptions options, RootKey root, Database database, AwsClient neighbours, TimeProvider clock)
    {
        var store = new IamStore(database);
        store.Load();
        var tokens = SessionTokens.OfFile(Path.Combine(options.DataFolder, "session-key"));
        first = root.AccountId;
        others = new AccountKeys(options.DataFolder);
        Keys = new KnownKeys(root.ToAccessKey(), store, others, tokens);
        Principals = new IamPrincipals(store);
        Authorizer = new Authorizer(Principals, options.Region, clock);
        uses = new KeyUses(clock, options.Region);
        var own = new ExecutionRoles(store, tokens, options.StrictRoles, WorkerLeases.Lease, clock);
        Roles = neighbours.Find("iam") is null && neighbours.Find("sts") is null ? own : new RemoteRoles(neighbours, own);
        iam = new IamApi(store, Authorizer, uses, clock);
        sts = new StsApi(store, Authorizer, Keys, tokens, clock);
    }

    /// <summary>Every key that may sign.</summary>
    internal IAccessKeys Keys { get; }

    /// <summary>All accounts, twelve digits each.</summary>
    internal IEnumerable<string> Accounts => others.Ids.Append(first).Distinct();

    /// <summary>The policies of who signs.</summary>
    internal IamPrincipals Principals { get; }

    /// <summary>Asks policies for everything but IAM and STS, which ask them themselves.</summary>
    internal Authorizer Authorizer { get; }

    /// <summary>The roles that functions run as.</summary>
    internal IExecutionRoles Roles { get; }

    /// <summary>Notes that a key was verified.</summary>
    internal void Used(AccessKey key, string service) => uses.Note(key, service);

    /// <summary>Answers a request of the query protocol.</summary>
    internal Task HandleAsync(HttpContext context) =>
        AwsRequest.Of(context).Service == IamApi.Service ? iam.HandleAsync(context) : sts.HandleAsync(context);
}
