using System.Globalization;
using System.Text;

namespace Lambent.Telemetry;

/// <summary>
/// Prometheus's text format, version 0.0.4: <c># HELP</c>, <c># TYPE</c>, then the samples; the label <c>le</c> comes last.
/// Source: "Exposition formats", Prometheus documentation.
/// </summary>
internal sealed class PrometheusText
{
    internal const string ContentType = "text/plain; version=0.0.4; charset=utf-8";

    private readonly StringBuilder text = new();

    /// <summary>An instrument and all its series. One that has measured nothing is left out.</summary>
    internal void Write(MetricFamily family)
    {
        var lines = family.Series
            .Select(s => (Labels: Labels(s.Key.ToArray()), s.Value))
            .OrderBy(s => s.Labels, StringComparer.Ordinal).ToList();
        if (lines.Count == 0)
        {
            return;
        }

        text.Append("# HELP ").Append(family.Name).Append(' ').Append(Escape(family.Help, quotes: false)).Append('\n');
        text.Append("# TYPE ").Append(family.Name).Append(' ').Append(family.Kind.ToString().ToLowerInvariant()).Append('\n');
        foreach (var (labels, series) in lines)
        {
            if (family.Kind == MetricKind.Histogram)
            {
                WriteHistogram(family, labels, series);
            }
            else
            {
                Sample(family.Name, labels, series.Value);
            }
        }
    }

    public override string ToString() => text.ToString();

    /// <summary>A number as Go reads it.</summary>
    internal static string Number(double value) => value switch
    {
        double.PositiveInfinity => "+Inf",
        double.NegativeInfinity => "-Inf",
        _ => value.ToString("R", CultureInfo.InvariantCulture),
    };

    private void WriteHistogram(MetricFamily family, string labels, MetricSeries series)
    {
        var (sum, upTo) = series.Histogram();
        var comma = labels.Length == 0 ? "" : ",";
        for (var i = 0; i < upTo.Length; i++)
        {
            var end = i < family.Bounds.Count ? family.Bounds[i] : double.PositiveInfinity;
            Sample($"{family.Name}_bucket", $"{labels}{comma}le=\"{Number(end)}\"", upTo[i]);
        }

        Sample($"{family.Name}_sum", labels, sum);
        Sample($"{family.Name}_count", labels, upTo[^1]);
    }

    private void Sample(string name, string labels, double value)
    {
        text.Append(name);
        if (labels.Length > 0)
        {
            text.Append('{').Append(labels).Append('}');
        }

        text.Append(' ').Append(Number(value)).Append('\n');
    }

    private static string Labels(IEnumerable<KeyValuePair<string, object?>> tags)
    {
        var labels = new StringBuilder();
        foreach (var (name, value) in tags)
        {
            labels.Append(labels.Length == 0 ? "" : ",").Append(LabelName(name)).Append("=\"")
                .Append(Escape(Convert.ToString(value, CultureInfo.InvariantCulture) ?? "", quotes: true)).Append('"');
        }

        return labels.ToString();
    }

    private static string LabelName(string name)
    {
        var allowed = string.Concat(name.Select(c => char.IsAsciiLetterOrDigit(c) ? c : '_'));
        return allowed.Length == 0 || char.IsAsciiDigit(allowed[0]) ? $"_{allowed}" : allowed;
    }

    private static string Escape(string value, bool quotes)
    {
        var escaped = value.Replace("\\", @"\\", StringComparison.Ordinal).Replace("\n", @"\n", StringComparison.Ordinal);
        return quotes ? escaped.Replace("\"", "\\\"", StringComparison.Ordinal) : escaped;
    }
}
