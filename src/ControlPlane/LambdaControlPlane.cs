using Lambent.Aws.Policies;
using Lambent.Contracts;
using Lambent.ControlPlane.Aliases;
using Lambent.ControlPlane.CodeSigning;
using Lambent.ControlPlane.Concurrency;
using Lambent.ControlPlane.EventInvoke;
using Lambent.ControlPlane.EventSources;
using Lambent.ControlPlane.Functions;
using Lambent.ControlPlane.Functions.Model;
using Lambent.ControlPlane.Functions.Parts;
using Lambent.ControlPlane.Layers.Model;
using Lambent.ControlPlane.Policies;
using Lambent.ControlPlane.Settings;
using Lambent.ControlPlane.Storage;
using Lambent.ControlPlane.Tags;
using Lambent.ControlPlane.Urls;
using Lambent.Storage;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Lambent.ControlPlane;

/// <summary>
/// The management API of Lambda: keeps functions, makes them ready to run, and publishes them to the
/// <see cref="FunctionCatalog"/>. https://docs.aws.amazon.com/lambda/latest/api/API_Operations.html
/// </summary>
/// <remarks>
/// The host opens the database with <see cref="Migrations"/>, calls <see cref="StartAsync"/> once before the first request, and
/// disposes of it after the last one and before the database.
/// </remarks>
public sealed class LambdaControlPlane : IAsyncDisposable
{
    /// <summary>Puts the parts together; nothing is read or started yet.</summary>
    /// <param name="options">The settings.</param>
    /// <param name="database">Where records are; opened with <see cref="Migrations"/> among its migrations.</param>
    /// <param name="packages">Where deployment packages are.</param>
    /// <param name="catalog">What the road reads; nobody else writes to it.</param>
    /// <param name="runtimes">The interpreters of this machine.</param>
    /// <param name="prepare">
    /// Makes a snapshot's code ready to run, so that the first invoke need not. Called in the background, again after a
    /// restart if it had not returned; an <see cref="InvalidDataException"/> means that the package is at fault.
    /// </param>
    /// <param name="clock">The time.</param>
    /// <param name="random">The chance that identifiers are made of; no secret depends on it.</param>
    /// <param name="log">For what operators must know; nobody listens if null.</param>
    /// <param name="provisioned">Who keeps environments initialised; nobody does if null.</param>
    /// <param name="access">Who may do what; if null, only the roots of accounts may, and whom a resource's policy names.</param>
    public LambdaControlPlane(
        ControlPlaneOptions options, Database database, ICodePackages packages, FunctionCatalog catalog,
        IRuntimeDirectory runtimes, Func<FunctionSnapshot, CancellationToken, Task> prepare, TimeProvider clock, Random random,
        ILogger? log = null, IProvisionedConcurrency? provisioned = null, Authorizer? access = null)
    {
        Catalog = catalog;
        Access = access ?? Authorizer.KnowingNobody(options.Region, clock);
        Options = options;
        Runtimes = runtimes;
        Packages = packages;
        Surroundings = new Surroundings(options.Region, clock, random);
        Held = new HeldPackages(packages);
        Store = new FunctionStore(database, catalog, Held, options.Region);
        Aliases = Store.Add(AliasRecord.Part(Store));
        Reserved = Store.Add(ReservedConcurrency.Part(Store));
        Provisioned = Store.Add(ProvisionedRecord.Part(Store));
        EventInvoke = Store.Add(EventInvokeRecord.Part(Store));
        Policies = Store.Add(FunctionPolicies.Part(Store));
        Urls = Store.Add(UrlRecord.Part(Store));
        Tags = Store.Add(TagRecord.Part(Store));
        Recursion = Store.Add(FunctionChoice.Recursion(Store));
        RuntimeManagement = Store.Add(FunctionChoice.RuntimeManagement(Store));
        CodeSigningOf = Store.Add(FunctionChoice.CodeSigning(Store));
        Keeper = provisioned ?? new NothingProvisioned();
        Lifecycle = new FunctionLifecycle(Store, runtimes, prepare, Surroundings, log ?? NullLogger.Instance);
        Views = new FunctionViews(options.Region, runtimes);
        Links = new CodeLinks(options, clock);
        Sources = new S3Code(options.Neighbours);
        Layers = new Shelf<LayerRecord>(database, "layer", json => json.LayerRecord, (before, after) =>
        {
            Held.Hold(after?.Packages() ?? []);
            Held.Release(before?.Packages() ?? []);
        });
        CodeSigning = new Shelf<CodeSigningRecord>(database, "code-signing", json => json.CodeSigningRecord);
        SourceLookup = new SourceLookup(options.Neighbours);
        EventSources = new Shelf<EventSourceRecord>(database, "event-source", json => json.EventSourceRecord);
        Signatures = new CodeVerification(this, new SigningProfiles(options.SigningProfiles), log ?? NullLogger.Instance);
    }

    /// <summary>The tables of the control plane, in the order of their making: new ones are only ever added at the end.</summary>
    public static IReadOnlyList<string> Migrations { get; } = [.. FunctionStore.Migrations, .. Shelves.Migrations];

    internal ControlPlaneOptions Options { get; }

    internal FunctionCatalog Catalog { get; }

    internal Authorizer Access { get; }

    internal IRuntimeDirectory Runtimes { get; }

    internal ICodePackages Packages { get; }

    internal HeldPackages Held { get; }

    internal FunctionStore Store { get; }

    internal FunctionPart<AliasRecord> Aliases { get; }

    internal FunctionPart<ReservedConcurrency> Reserved { get; }

    internal FunctionPart<ProvisionedRecord> Provisioned { get; }

    internal FunctionPart<EventInvokeRecord> EventInvoke { get; }

    internal FunctionPart<ResourcePolicy> Policies { get; }

    internal FunctionPart<UrlRecord> Urls { get; }

    internal FunctionPart<TagRecord> Tags { get; }

    internal FunctionPart<FunctionChoice> Recursion { get; }

    internal FunctionPart<FunctionChoice> RuntimeManagement { get; }

    /// <summary>The ARN of the code signing configuration of each function that has one.</summary>
    internal FunctionPart<FunctionChoice> CodeSigningOf { get; }

    internal IProvisionedConcurrency Keeper { get; }

    internal Shelf<LayerRecord> Layers { get; }

    internal Shelf<CodeSigningRecord> CodeSigning { get; }

    internal Shelf<EventSourceRecord> EventSources { get; }

    internal SourceLookup SourceLookup { get; }

    internal CodeVerification Signatures { get; }

    internal FunctionLifecycle Lifecycle { get; }

    internal FunctionViews Views { get; }

    internal CodeLinks Links { get; }

    internal S3Code Sources { get; }

    internal Surroundings Surroundings { get; }

    /// <summary>Reads what is stored, publishes it, and resumes what a stop interrupted.</summary>
    /// <exception cref="System.Security.Cryptography.CryptographicException">The key of the environments is not the one that was there.</exception>
    public async Task StartAsync()
    {
        Layers.Load();
        CodeSigning.Load();
        EventSources.Load();
        await Store.LoadAsync();
        Lifecycle.Resume();
    }

    /// <summary>Finishes the background steps; those that take too long go on at the next start.</summary>
    public ValueTask DisposeAsync() => Lifecycle.DisposeAsync();
}
