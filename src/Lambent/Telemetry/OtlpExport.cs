using System.Runtime.CompilerServices;
using Lambent.Invoke.Telemetry;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace Lambent.Telemetry;

/// <summary>
/// Sends metrics and spans in OTLP over HTTP, if the operator says where to. The only place that knows OpenTelemetry: its assemblies
/// are loaded with the first call, so a start without OTLP does not pay for them. Intervals, headers and the sampler come from
/// OpenTelemetry's own environment variables.
/// </summary>
internal sealed class OtlpExport : IDisposable
{
    private readonly TracerProvider traces;
    private readonly MeterProvider metrics;

    private OtlpExport(TracerProvider traces, MeterProvider metrics) => (this.traces, this.metrics) = (traces, metrics);

    /// <summary>Begins to send.</summary>
    /// <param name="endpoint">The collector's base address, for example <c>http://127.0.0.1:4318</c>.</param>
    /// <param name="region">An attribute of all that is sent.</param>
    [MethodImpl(MethodImplOptions.NoInlining)]
    internal static IDisposable Start(Uri endpoint, string region)
    {
        var resource = ResourceBuilder.CreateDefault()
            .AddService("lambent", serviceVersion: typeof(OtlpExport).Assembly.GetName().Version?.ToString(3))
            .AddAttributes([new("cloud.region", region)])
            .AddEnvironmentVariableDetector();
        return new OtlpExport(
            Sdk.CreateTracerProviderBuilder().SetResourceBuilder(resource).AddSource(RoadTelemetry.Name)
                .AddOtlpExporter(o => Set(o, endpoint, "v1/traces")).Build(),
            Sdk.CreateMeterProviderBuilder().SetResourceBuilder(resource).AddMeter(RoadTelemetry.Name)
                .AddOtlpExporter(o => Set(o, endpoint, "v1/metrics")).Build());
    }

    /// <summary>Sends what is left, within the exporter's own time limit.</summary>
    public void Dispose()
    {
        traces.Dispose();
        metrics.Dispose();
    }

    private static void Set(OtlpExporterOptions options, Uri endpoint, string path)
    {
        options.Protocol = OtlpExportProtocol.HttpProtobuf;
        options.Endpoint = new Uri($"{endpoint.ToString().TrimEnd('/')}/{path}");
    }
}
