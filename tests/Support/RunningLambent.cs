using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json.Nodes;
using Lambent.Aws;
using Shouldly;

namespace Lambent.Support;

/// <summary>The published program as a child process, on a data folder that outlives it.</summary>
public sealed partial class RunningLambent : IDisposable
{
    private readonly Process process;
    private readonly HttpClient http;
    private readonly SigV4Signer signer;

    private RunningLambent(Process process, Uri endpoint, AccessKey key)
    {
        (this.process, Endpoint) = (process, endpoint);
        http = new HttpClient { Timeout = TimeSpan.FromMinutes(3) };
        signer = new SigV4Signer(key, TimeProvider.System, "us-east-1");
    }

    /// <summary>The program that <c>eng/build.sh</c> published.</summary>
    public static string Program =>
        Directory.GetFiles(Repository.PathOf("artifacts/publish/Lambent"), "lambent", SearchOption.AllDirectories).Single();

    /// <summary>Where it serves.</summary>
    public Uri Endpoint { get; }

    /// <summary>Its process.</summary>
    public int ProcessId => process.Id;

    /// <summary>What it holds in memory now.</summary>
    public int MemoryMb => int.Parse(
        File.ReadLines($"/proc/{ProcessId}/status").First(l => l.StartsWith("VmRSS:", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[1],
        CultureInfo.InvariantCulture) / 1024;

    /// <summary>Starts it on a free port, and returns when it serves.</summary>
    public static async Task<RunningLambent> StartAsync(string data, params string[] options)
    {
        var endpointFile = Path.Combine(data, "endpoint.json");
        File.Delete(endpointFile);
        var process = Process.Start(new ProcessStartInfo(Program, ["up", "--port", "0", "--data", data, .. options]) { RedirectStandardOutput = true })!;
        _ = process.StandardOutput.ReadToEndAsync();
        await Wait.UntilAsync(() => File.Exists(endpointFile) || process.HasExited);
        var running = JsonNode.Parse(await File.ReadAllTextAsync(endpointFile))!;
        var key = JsonNode.Parse(await File.ReadAllTextAsync(Path.Combine(data, "root-access-key.json")))!;
        return new RunningLambent(process, new Uri((string)running["endpoint"]!), new AccessKey(
            (string)key["AccessKeyId"]!, (string)key["SecretAccessKey"]!, (string)key["AccountId"]!, "", ""));
    }

    /// <summary>kill -9: the process gets no word in.</summary>
    public void KillHard()
    {
        _ = Kill(process.Id, 9);
        process.WaitForExit();
    }

    /// <summary>Ctrl-C; returns the exit code.</summary>
    public async Task<int> InterruptAsync()
    {
        _ = Kill(process.Id, 2);
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(3));
        await process.WaitForExitAsync(limit.Token);
        return process.ExitCode;
    }

    /// <summary>Creates a Python function of one file.</summary>
    public Task DeployAsync(string name, string code) => DeployAsync(new TestFunction(name, ("app.py", code)));

    /// <summary>Creates a function.</summary>
    public async Task DeployAsync(TestFunction function)
    {
        var (status, body) = await SendAsync(HttpMethod.Post, "/2015-03-31/functions", function.ToCreateRequest());
        status.ShouldBe(201, body);
    }

    /// <summary>Returns when the function can be invoked.</summary>
    public Task WaitUntilActiveAsync(string name) => Wait.UntilAsync(async () =>
    {
        var (status, body) = await SendAsync(HttpMethod.Get, $"/2015-03-31/functions/{name}/configuration", "");
        status.ShouldBe(200, body);
        return (string)JsonNode.Parse(body)!["State"]! == "Active";
    });

    /// <summary>Invokes a function, signed.</summary>
    public Task<(int Status, string Body)> InvokeAsync(string name, string payload, string type = "RequestResponse") =>
        SendAsync(HttpMethod.Post, $"/2015-03-31/functions/{name}/invocations", payload, type);

    /// <summary>Sends a signed request.</summary>
    public async Task<(int Status, string Body)> SendAsync(HttpMethod method, string path, string body, string? invocationType = null)
    {
        using var request = new HttpRequestMessage(method, new Uri(Endpoint, path));
        var bytes = Encoding.UTF8.GetBytes(body);
        if (invocationType is not null)
        {
            request.Headers.Add("X-Amz-Invocation-Type", invocationType);
        }

        using var answer = await SendAsync(request, bytes);
        return ((int)answer.StatusCode, await answer.Content.ReadAsStringAsync());
    }

    /// <summary>Signs a request with this body, and sends it.</summary>
    public Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, byte[] body)
    {
        request.Content = body.Length == 0 ? null : new ByteArrayContent(body);
        signer.Sign(request, "lambda", body);
        return http.SendAsync(request);
    }

    /// <summary>What a URL that needs no signature gives.</summary>
    public async Task<byte[]> DownloadAsync(string url) => await http.GetByteArrayAsync(new Uri(url));

    /// <summary>Stops it if it still runs.</summary>
    public void Dispose()
    {
        if (!process.HasExited)
        {
            _ = Kill(process.Id, 15);
            process.WaitForExit(TimeSpan.FromSeconds(30));
        }

        http.Dispose();
        process.Dispose();
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Kill(int pid, int signal);
}
