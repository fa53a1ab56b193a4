using Lambent.Aws;
using Lambent.Contracts;
using Lambent.ControlPlane.Rates;

namespace Lambent;

/// <summary>How one Lambent runs.</summary>
internal sealed record LambentOptions
{
    /// <summary>Loopback port; 0 takes a free one. Default 9400.</summary>
    public int Port { get; init; } = 9400;

    /// <summary>Everything that is kept. Default <c>~/.lambent</c>.</summary>
    public required string DataFolder { get; init; }

    /// <summary><c>oci</c> (default) or <c>process</c>.</summary>
    public string Isolation { get; init; } = "oci";

    /// <summary>Refuse a runtime that this machine has not in exactly its version.</summary>
    public bool StrictRuntimes { get; init; }

    /// <summary>Refuse a function whose role is not there.</summary>
    public bool StrictRoles { get; init; }

    /// <summary>The region that clients sign for.</summary>
    public string Region { get; init; } = "us-east-1";

    /// <summary>Empty sandboxes kept ready for each runtime, at least.</summary>
    public int StockPerRuntime { get; init; } = 2;

    /// <summary>MB for more of them where more were wanted at once; null is the worker's default, an eighth of <see cref="MemoryMb"/>.</summary>
    public int? StockMemoryMb { get; init; }

    /// <summary>AWS's limits, or what the operator has set instead.</summary>
    public Limits Limits { get; init; } = Limits.OfAws;

    /// <summary>Answer <c>/metrics</c> and <c>/healthz</c> to other machines too.</summary>
    public bool OpenMetrics { get; init; }

    /// <summary>Where metrics and traces are sent, in OTLP over HTTP; null sends none.</summary>
    public Uri? OtlpEndpoint { get; init; }

    /// <summary>Where other servers speak for services, by name of <see cref="AwsServices.Names"/>.</summary>
    public IReadOnlyDictionary<string, Uri> Endpoints { get; init; } = new Dictionary<string, Uri>();

    /// <summary>How fast an account may call the control plane. Default: as fast as it can.</summary>
    public RequestRates RequestRates { get; init; } = new();

    /// <summary>MB for all sandboxes together; null is the worker's default, four fifths of the machine's memory.</summary>
    public int? MemoryMb { get; init; }

    /// <summary>MB of logs that are kept; the oldest streams go first. Default 1,024.</summary>
    public int LogSizeMb { get; init; } = 1024;

    /// <summary>The OCI runtime, <c>crun</c> or <c>runc</c>; null takes what is there.</summary>
    public string? OciRuntime { get; init; }

    /// <summary>The folder of a default installation.</summary>
    public static string DefaultDataFolder =>
        Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".lambent");
}
