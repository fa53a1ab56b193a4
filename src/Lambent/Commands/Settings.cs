using System.CommandLine;
using Lambent.Aws;
using Lambent.Contracts;
using Lambent.ControlPlane.Rates;
using Lambent.Keys;

namespace Lambent.Commands;

/// <summary>The options that commands share, each once.</summary>
internal sealed class Settings
{
    private readonly Option<int> port = new("--port") { Description = "Loopback port; 0 takes a free one.", DefaultValueFactory = _ => 9400 };

    private readonly Option<string> data = DataOption();

    private readonly Option<string> isolation = new("--isolation")
    {
        Description = "oci: a container for each sandbox. process: plain processes, no isolation; only for code of your own.",
        DefaultValueFactory = _ => "oci",
    };

    private readonly Option<bool> strict = new("--strict-runtimes")
    {
        Description = "Refuse a runtime that this machine has not in exactly its version, instead of using the nearest.",
    };

    private readonly Option<bool> strictRoles = new("--strict-roles")
    {
        Description = "Refuse a function whose role is not there, as AWS does. Without it, only a role that is there must let Lambda in.",
    };

    private readonly Option<string> region = new("--region") { Description = "The region that clients sign for.", DefaultValueFactory = _ => "us-east-1" };

    private readonly Option<int> stock = new("--stock")
    {
        Description = "Empty sandboxes kept ready for each runtime, at least; 0 keeps none.",
        DefaultValueFactory = _ => 2,
    };

    private readonly Option<int?> stockMemory = new("--stock-memory-mb")
    {
        Description = "MB for more of them, 20 each, where more were wanted within ten seconds in the last half hour; an eighth of --memory-mb if not given. "
            + "0 keeps to --stock.",
    };

    private readonly Option<int?> memory = new("--memory-mb")
    {
        Description = "MB that all sandboxes may have together, by the memory of their functions; four fifths of the machine's if not given. "
            + "Functions seldom use all that they may, so more than the machine has is allowed.",
    };

    private readonly Option<int> concurrency = new("--account-concurrency", "--concurrency")
    {
        Description = "Concurrent invokes of the account.",
        DefaultValueFactory = _ => Limits.OfAws.AccountConcurrency,
    };

    private readonly Option<int> timeout = new("--max-timeout")
    {
        Description = "Longest timeout of a function, in seconds. More than 900 goes beyond AWS.",
        DefaultValueFactory = _ => Limits.OfAws.MaxTimeoutSeconds,
    };

    private readonly Option<int> payload = new("--max-payload-mb")
    {
        Description = "Largest payload of an invoke and of its answer, in MB. More than 6 goes beyond AWS.",
        DefaultValueFactory = _ => Limits.OfAws.MaxPayloadMb,
    };

    private readonly Option<int> eventPayload = new("--max-event-payload-mb")
    {
        Description = "Largest payload of an event, in MB. More than 1 goes beyond AWS.",
        DefaultValueFactory = _ => Limits.OfAws.MaxEventPayloadMb,
    };

    private readonly Option<int> controlRate = new("--control-rate")
    {
        Description = "Requests of an account to the control plane in a second, besides GetFunction and GetPolicy; 0 is no limit. AWS: 15.",
    };

    private readonly Option<int> getFunctionRate = new("--get-function-rate") { Description = "GetFunction in a second, for each account; 0 is no limit. AWS: 100." };

    private readonly Option<int> getPolicyRate = new("--get-policy-rate") { Description = "GetPolicy in a second, for each account; 0 is no limit. AWS: 15." };

    private readonly Option<string[]> endpoint = new("--endpoint")
    {
        Description = $"NAME=URL, for each service that another server speaks for: {string.Join(", ", AwsServices.Names)}. Requests are signed with "
            + "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY of this process, else with Lambent's own key.",
        DefaultValueFactory = _ => [],
    };

    private readonly Option<int> logSize = new("--log-size-mb") { Description = "MB of logs that are kept; the oldest streams go first.", DefaultValueFactory = _ => 1024 };

    private readonly Option<string?> runtime = new("--oci-runtime") { Description = "crun or runc; the first that is installed if not given." };

    private readonly Option<bool> openMetrics = new("--open-metrics")
    {
        Description = "Answer /metrics and /healthz to other machines too, not on loopback only.",
    };

    private readonly Option<string?> otlp = new("--otlp")
    {
        Description = "Send metrics and traces to this OTLP/HTTP collector, for example http://127.0.0.1:4318. If not given: OTEL_EXPORTER_OTLP_ENDPOINT.",
    };

    internal Settings()
    {
        port.Validators.Add(r => CheckRange(r, 0, 65535));
        isolation.Validators.Add(r => Check(r, r.GetValue(isolation) is "oci" or "process", "--isolation takes oci or process."));
        stock.Validators.Add(r => CheckRange(r, 0, 100));
        stockMemory.Validators.Add(r => CheckRange(r, 0, 100_000_000));
        memory.Validators.Add(r => CheckRange(r, 128, 100_000_000));
        concurrency.Validators.Add(r => CheckRange(r, 1, 100_000));
        endpoint.Validators.Add(r => Check(
            r, r.Tokens.All(t => AwsServices.Parse(t.Value) is not null),
            $"--endpoint takes NAME=URL: one of {string.Join(", ", AwsServices.Names)}, and an absolute http or https URL."));
        timeout.Validators.Add(r => CheckRange(r, 1, 1_000_000));
        payload.Validators.Add(r => CheckRange(r, 1, 1_000)); // held in memory whole, several times
        eventPayload.Validators.Add(r => CheckRange(r, 1, 500)); // a row of the database
        foreach (var rate in (Option[])[controlRate, getFunctionRate, getPolicyRate])
        {
            rate.Validators.Add(r => CheckRange(r, 0, 1_000_000));
        }

        otlp.Validators.Add(r => Check(r, r.GetValue(otlp) is not { } url || IsHttp(url), "--otlp takes an http or https URL."));
        logSize.Validators.Add(r => CheckRange(r, 1, 1_000_000));
        runtime.Validators.Add(r => Check(r, r.GetValue(runtime) is null or "crun" or "runc", "--oci-runtime takes crun or runc."));
    }

    internal static Option<string> DataOption() => new("--data")
    {
        Description = "Folder of everything that is kept.",
        DefaultValueFactory = _ => LambentOptions.DefaultDataFolder,
    };

    /// <summary>Read by the launcher, which sets the machine up; here it only must not be an error.</summary>
    internal static Option<bool> YesOption() => new("--yes") { Description = "Install what is missing without asking." };

    internal void AddTo(Command command)
    {
        foreach (var option in (Option[])[port, data, isolation, strict, strictRoles, region, stock, stockMemory, memory, concurrency, timeout, payload, eventPayload, controlRate, getFunctionRate, getPolicyRate, endpoint, logSize, openMetrics, otlp, runtime, YesOption()])
        {
            command.Options.Add(option);
        }
    }

    internal LambentOptions Read(ParseResult parsed) => new()
    {
        Port = parsed.GetValue(port),
        DataFolder = Path.GetFullPath(parsed.GetValue(data)!),
        Isolation = parsed.GetValue(isolation)!,
        StrictRuntimes = parsed.GetValue(strict),
        StrictRoles = parsed.GetValue(strictRoles),
        Region = parsed.GetValue(region)!,
        StockPerRuntime = parsed.GetValue(stock),
        StockMemoryMb = parsed.GetValue(stockMemory),
        MemoryMb = parsed.GetValue(memory),
        Endpoints = Endpoints(parsed.GetValue(endpoint)!),
        Limits = new Limits
        {
            AccountConcurrency = parsed.GetValue(concurrency),
            MaxTimeoutSeconds = parsed.GetValue(timeout),
            MaxPayloadMb = parsed.GetValue(payload),
            MaxEventPayloadMb = parsed.GetValue(eventPayload),
        },
        RequestRates = new RequestRates
        {
            Others = parsed.GetValue(controlRate),
            GetFunction = parsed.GetValue(getFunctionRate),
            GetPolicy = parsed.GetValue(getPolicyRate),
        },
        OpenMetrics = parsed.GetValue(openMetrics),
        OtlpEndpoint = Collector(parsed.GetValue(otlp)),
        LogSizeMb = parsed.GetValue(logSize),
        OciRuntime = parsed.GetValue(runtime),
    };

    /// <summary>The option, else OpenTelemetry's own variable.</summary>
    private static Uri? Collector(string? given)
    {
        const string Variable = "OTEL_EXPORTER_OTLP_ENDPOINT";
        var url = given ?? Environment.GetEnvironmentVariable(Variable);
        return string.IsNullOrEmpty(url) ? null
            : IsHttp(url) ? new Uri(url)
            : throw new StartException($"{Variable} takes an http or https URL, but is '{url}'.");
    }

    private static bool IsHttp(string url) => Uri.TryCreate(url, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https";

    /// <summary>Of a service that is named twice, the last counts.</summary>
    private static Dictionary<string, Uri> Endpoints(string[] given) => given
        .Select(text => AwsServices.Parse(text)!.Value)
        .GroupBy(e => e.Service)
        .ToDictionary(e => e.Key, e => e.Last().Address);

    private static void CheckRange(System.CommandLine.Parsing.OptionResult result, int least, int most)
    {
        var given = result.Tokens.Count > 0 ? result.Tokens[0].Value : null;
        Check(
            result, given is null || (int.TryParse(given, out var number) && number >= least && number <= most),
            $"{result.Option.Name} takes {least} to {most}, but is '{given}'.");
    }

    private static void Check(System.CommandLine.Parsing.OptionResult result, bool holds, string message)
    {
        if (!holds)
        {
            result.AddError(message);
        }
    }
}
