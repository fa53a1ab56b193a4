using Lambent.Contracts;
using Lambent.ControlPlane.Functions.Model;
using Microsoft.Data.Sqlite;

namespace Lambent.ControlPlane.Functions.Parts;

/// <summary>
/// A resource that belongs to functions: aliases, versions, concurrency, URLs, policies… It adds to what the catalog has of a
/// function, and goes with it. <see cref="FunctionPart{T}"/> is one with rows of its own; most resources need no other.
/// </summary>
/// <remarks>
/// Registered with <see cref="FunctionStore.Add"/> before <see cref="FunctionStore.LoadAsync"/>. The store calls a part one at a
/// time. A part that has changed in memory calls <see cref="FunctionStore.Republish"/>.
/// </remarks>
internal interface IFunctionPart
{
    /// <summary>Reads what is stored, before all else.</summary>
    void Load(SqliteConnection connection);

    /// <summary>The entry with what this part has of the function; the entry itself if that is nothing.</summary>
    FunctionEntry Apply(FunctionKey function, FunctionEntry entry);

    /// <summary>
    /// Deletes rows within the transaction that deletes their function, or the alias or version <paramref name="qualifier"/> of it.
    /// </summary>
    void Delete(SqliteConnection connection, FunctionKey function, string? qualifier);

    /// <summary>The transaction is durable: what it deleted is no more. Called once for each <see cref="Delete"/> that was.</summary>
    void Forget(FunctionKey function, string? qualifier);

    /// <summary>Lets readers see what changed. The catalog has it by now.</summary>
    void Show();
}
