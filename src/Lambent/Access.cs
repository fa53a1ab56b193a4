using Lambent.Aws;
using Lambent.Aws.Policies;
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

    /// <param name="options">The settings.</param>
    /// <param name="root">The first account's own key.</param>
    /// <param name="database">Opened, with the tables of <see cref="IamStore"/>.</param>
    /// <param name="clock">Time.</param>
    internal Access(LambentOptions options, RootKey root, Database database, TimeProvider clock)
    {
        var store = new IamStore(database);
        store.Load();
        var tokens = SessionTokens.OfFile(Path.Combine(options.DataFolder, "session-key"));
        Keys = new KnownKeys(root.ToAccessKey(), store, tokens);
        Principals = new IamPrincipals(store);
        Authorizer = new Authorizer(Principals, options.Region, clock);
        uses = new KeyUses(clock, options.Region);
        iam = new IamApi(store, Principals, uses, clock);
        sts = new StsApi(store, Principals, Keys, tokens, clock);
    }

    /// <summary>Every key that may sign.</summary>
    internal IAccessKeys Keys { get; }

    /// <summary>The policies of who signs.</summary>
    internal IamPrincipals Principals { get; }

    /// <summary>Asks policies for everything but IAM and STS, which ask them themselves.</summary>
    internal Authorizer Authorizer { get; }

    /// <summary>Notes that a key was verified.</summary>
    internal void Used(AccessKey key, string service) => uses.Note(key, service);

    /// <summary>Answers a request of the query protocol.</summary>
    internal Task HandleAsync(HttpContext context) =>
        AwsRequest.Of(context).Service == IamApi.Service ? iam.HandleAsync(context) : sts.HandleAsync(context);
}
