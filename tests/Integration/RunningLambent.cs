using System.Diagnostics;
using System.IO.Compression;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json.Nodes;
using Lambent.Aws;

namespace Lambent.Integration;

/// <summary>The published program as a child process, on a data folder that outlives it.</summary>
internal sealed partial class RunningLambent : IDisposable
{
    private readonly Process process;
    private readonly HttpClient http;
    private readonly SigV4Signer signer;
    private readonly Uri endpoint;

    private RunningLambent(Process process, Uri endpoint, AccessKey key)
    {
        (this.process, this.endpoint) = (process, endpoint);
        http = new HttpClient { Timeout = TimeSpan.FromMinutes(3) };
        signer = new SigV4Signer(key, TimeProvider.System, "us-east-1");
    }

    internal static string Repository { get; } = FindRepository();

    internal static async Task<RunningLambent> StartAsync(string data)
    {
        File.Delete(Path.Combine(data, "endpoint.json"));
        var program = Directory.GetFiles(Path.Combine(Repository, "artifacts/publish/Lambent"), "lambent", SearchOption.AllDirectories).Single();
        var process = Process.Start(new ProcessStartInfo(program, ["up", "--port", "0", "--data", data]) { RedirectStandardOutput = true })!;
        _ = process.StandardOutput.ReadToEndAsync();
        await Eventually(() => File.Exists(Path.Combine(data, "endpoint.json")) || process.HasExited);
        var running = JsonNode.Parse(await File.ReadAllTextAsync(Path.Combine(data, "endpoint.json")))!;
        var key = JsonNode.Parse(await File.ReadAllTextAsync(Path.Combine(data, "root-access-key.json")))!;
        return new RunningLambent(process, new Uri((string)running["endpoint"]!), new AccessKey(
            (string)key["AccessKeyId"]!, (string)key["SecretAccessKey"]!, (string)key["AccountId"]!, "", ""));
    }

    /// <summary>kill -9: the process gets no word in.</summary>
    internal void KillHard()
    {
        _ = Kill(process.Id, 9);
        process.WaitForExit();
    }

    /// <summary>Ctrl-C; returns the exit code.</summary>
    internal async Task<int> InterruptAsync()
    {
        _ = Kill(process.Id, 2);
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(3));
        await process.WaitForExitAsync(limit.Token);
        return process.ExitCode;
    }

    internal async Task DeployAsync(string name, string code)
    {
        var body = new JsonObject
        {
            ["FunctionName"] = name,
            ["Runtime"] = "python3.12",
            ["Handler"] = "app.handler",
            ["Role"] = "arn:aws:iam::000000000000:role/r",
            ["Timeout"] = 30,
            ["MemorySize"] = 512,
            ["Code"] = new JsonObject { ["ZipFile"] = Convert.ToBase64String(Zip(code)) },
        };
        (await SendAsync(HttpMethod.Post, "/2015-03-31/functions", body.ToJsonString())).Status.ShouldBeSuccess();
    }

    internal async Task WaitUntilActiveAsync(string name)
    {
        string? state = null;
        await EventuallyAsync(async () =>
        {
            var (status, body) = await SendAsync(HttpMethod.Get, $"/2015-03-31/functions/{name}/configuration", "");
            status.ShouldBeSuccess();
            state = (string)JsonNode.Parse(body)!["State"]!;
            return state == "Active";
        });
    }

    internal Task<(int Status, string Body)> InvokeAsync(string name, string payload, string type = "RequestResponse") =>
        SendAsync(HttpMethod.Post, $"/2015-03-31/functions/{name}/invocations", payload, type);

    internal async Task<(int Status, string Body)> SendAsync(HttpMethod method, string path, string body, string? invocationType = null)
    {
        using var request = new HttpRequestMessage(method, new Uri(endpoint, path));
        var bytes = Encoding.UTF8.GetBytes(body);
        request.Content = bytes.Length == 0 ? null : new ByteArrayContent(bytes);
        if (invocationType is not null)
        {
            request.Headers.Add("X-Amz-Invocation-Type", invocationType);
        }

        signer.Sign(request, "lambda", bytes);
        using var answer = await http.SendAsync(request);
        return ((int)answer.StatusCode, await answer.Content.ReadAsStringAsync());
    }

    internal async Task<byte[]> DownloadAsync(string url) => await http.GetByteArrayAsync(new Uri(url));

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

    internal static Task Eventually(Func<bool> condition) => EventuallyAsync(() => Task.FromResult(condition()));

    internal static async Task EventuallyAsync(Func<Task<bool>> condition)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(3));
        while (!await condition())
        {
            await Task.Delay(20, limit.Token);
        }
    }

    private static byte[] Zip(string code)
    {
        using var stream = new MemoryStream();
        using (var zip = new ZipArchive(stream, ZipArchiveMode.Create))
        {
            using var writer = new StreamWriter(zip.CreateEntry("app.py").Open());
            writer.Write(code);
        }

        return stream.ToArray();
    }

    private static string FindRepository()
    {
        var at = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(at.FullName, "Lambent.slnx")))
        {
            at = at.Parent ?? throw new InvalidOperationException("not in the repository");
        }

        return at.FullName;
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Kill(int pid, int signal);
}

internal static class StatusAssertions
{
    internal static void ShouldBeSuccess(this int status) => Shouldly.ShouldBeTestExtensions.ShouldBeInRange(status, 200, 299);
}
