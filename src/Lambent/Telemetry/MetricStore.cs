using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace Lambent.Telemetry;

/// <summary>
/// What one meter has measured since the start, for <c>GET /metrics</c>: listens to its instruments and adds up. Recording
/// allocates only for a series that is new.
/// </summary>
internal sealed class MetricStore : IDisposable
{
    private readonly MeterListener listener = new();
    private readonly Lock reading = new();
    private readonly ConcurrentQueue<MetricFamily> families = [];

    internal MetricStore(Meter meter)
    {
        listener.InstrumentPublished = (instrument, l) =>
        {
            if (instrument.Meter == meter)
            {
                var family = new MetricFamily(instrument);
                families.Enqueue(family);
                l.EnableMeasurementEvents(instrument, family);
            }
        };
        listener.SetMeasurementEventCallback<long>((_, value, tags, family) => ((MetricFamily)family!).Record(value, tags));
        listener.SetMeasurementEventCallback<int>((_, value, tags, family) => ((MetricFamily)family!).Record(value, tags));
        listener.SetMeasurementEventCallback<double>((_, value, tags, family) => ((MetricFamily)family!).Record(value, tags));
        listener.Start();
    }

    /// <summary>Everything in Prometheus's text format, gauges asked anew.</summary>
    internal string ToText()
    {
        lock (reading)
        {
            foreach (var gauge in families.Where(f => f.Kind == MetricKind.Gauge))
            {
                gauge.Clear(); // what is not measured again is no more
            }

            listener.RecordObservableInstruments();
            var text = new PrometheusText();
            foreach (var family in families.OrderBy(f => f.Name, StringComparer.Ordinal))
            {
                text.Write(family);
            }

            return text.ToString();
        }
    }

    public void Dispose() => listener.Dispose();
}
