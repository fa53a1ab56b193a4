using System.Diagnostics.CodeAnalysis;
using Lambent.Aws;

namespace Lambent.ControlPlane.Wire;

/// <summary>What a step came to: a value, or the error that the client is to get. Exactly one of the two.</summary>
internal readonly struct Result<T>
    where T : class
{
    private readonly T? value;
    private readonly AwsError? error;

    private Result(T? value, AwsError? error) => (this.value, this.error) = (value, error);

    public static implicit operator Result<T>(T value) => new(value, null);

    public static implicit operator Result<T>(AwsError error) => new(null, error);

    /// <summary>True with the value, or false with the error.</summary>
    public bool Is([NotNullWhen(true)] out T? value, [NotNullWhen(false)] out AwsError? error)
    {
        value = this.value;
        error = this.error;
        return value is not null;
    }

    /// <summary>The same result with its value made into another.</summary>
    public Result<TOther> Select<TOther>(Func<T, TOther> make)
        where TOther : class => value is null ? error! : make(value);
}
