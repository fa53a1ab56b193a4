using Lambent.ControlPlane.Functions.Model;

namespace Lambent.ControlPlane.Secrets;

/// <summary>Function records as they are stored: with the variables sealed, and in no other form.</summary>
internal static class SealedRecords
{
    /// <summary>The record as it goes to disk.</summary>
    public static FunctionRecord Sealed(this FunctionRecord record, EnvironmentKey key) => record with
    {
        Definition = Seal(record.Definition, record, key),
        Serving = record.Serving is { } serving ? Seal(serving, record, key) : null,
    };

    /// <summary>The record as it is used. One that a former version wrote has nothing to open.</summary>
    public static FunctionRecord Opened(this FunctionRecord record, EnvironmentKey key) => record with
    {
        Definition = Open(record.Definition, record, key),
        Serving = record.Serving is { } serving ? Open(serving, record, key) : null,
    };

    /// <summary>True for a stored record whose variables anybody can read.</summary>
    public static bool IsReadable(this FunctionRecord stored) =>
        stored.Definition.Variables?.Count > 0 || stored.Serving?.Variables?.Count > 0;

    private static FunctionDefinition Seal(FunctionDefinition definition, FunctionRecord record, EnvironmentKey key) =>
        definition.Variables is not { Count: > 0 } variables ? definition : definition with
        {
            Variables = null,
            SealedVariables = key.Seal(variables, record.Account, record.Name, definition.KmsKeyArn),
        };

    private static FunctionDefinition Open(FunctionDefinition definition, FunctionRecord record, EnvironmentKey key) =>
        definition.SealedVariables is not { } text ? definition : definition with
        {
            Variables = key.Open(text, record.Account, record.Name, definition.KmsKeyArn),
            SealedVariables = null,
        };
}
