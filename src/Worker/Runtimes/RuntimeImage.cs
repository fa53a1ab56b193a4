namespace Lambent.Worker.Runtimes;

/// <summary>What a sandbox is stocked with: an interpreter of the host and our bootstrap, or nothing for custom runtimes.</summary>
public sealed record RuntimeImage
{
    /// <summary>Names the image and its root folder, for example <c>python3.11</c>.</summary>
    public required string Key { get; init; }

    /// <summary><c>python</c>, <c>nodejs</c> or <c>provided</c>.</summary>
    public required string Language { get; init; }

    /// <summary>Full version, for example <c>3.11.2</c>; empty for custom runtimes.</summary>
    public string Version { get; init; } = "";

    /// <summary>The interpreter on the host; null for custom runtimes.</summary>
    public string? Interpreter { get; init; }

    /// <summary>Our bootstrap on the host; becomes <c>/var/runtime</c>.</summary>
    public string? BootstrapFolder { get; init; }

    /// <summary>The bootstrap's file in that folder.</summary>
    public string? BootstrapFile { get; init; }

    /// <summary>Links at <c>/var/lang/bin</c>: name and target.</summary>
    public IReadOnlyList<(string Name, string Target)> LangBin { get; init; } = [];

    /// <summary>True if the interpreter is started before the function is known.</summary>
    public bool IsStocked => Interpreter is not null;

    /// <summary>True if the interpreter is below <c>/usr/local</c>, which is hidden otherwise.</summary>
    public bool ExposesUsrLocal => Interpreter?.StartsWith("/usr/local/", StringComparison.Ordinal) ?? false;
}
