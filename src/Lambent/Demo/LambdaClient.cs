using System.IO.Compression;
using System.Text.Json.Nodes;
using Lambent.Aws;

namespace Lambent.Demo;

/// <summary>The few calls of the Lambda API that the demo makes, over the wire and signed like every client's.</summary>
internal sealed class LambdaClient(Uri endpoint, AccessKey key, string region) : IDisposable
{
    private const string Functions = "/2015-03-31/functions";

    private static readonly TimeSpan BetweenPolls = TimeSpan.FromMilliseconds(20);

    private readonly HttpClient http = new() { BaseAddress = endpoint };
    private readonly SigV4Signer signer = new(key, TimeProvider.System, region);

    /// <summary>Creates a function of a folder's files and waits until it is active.</summary>
    internal async Task DeployAsync(string name, string runtime, string handler, string folder)
    {
        var body = new JsonObject
        {
            ["FunctionName"] = name,
            ["Runtime"] = runtime,
            ["Handler"] = handler,
            ["Role"] = $"arn:aws:iam::{key.AccountId}:role/demo",
            ["MemorySize"] = 1769,
            ["Code"] = new JsonObject { ["ZipFile"] = Convert.ToBase64String(Zip(folder)) },
        };
        using (await SendAsync(HttpMethod.Post, Functions, body.ToJsonString()))
        {
        }

        while (await StateAsync(name) == "Pending")
        {
            await Task.Delay(BetweenPolls, TimeProvider.System);
        }
    }

    /// <summary>Invokes and returns the whole answer.</summary>
    internal Task<HttpResponseMessage> InvokeAsync(string name, string payload, params (string Name, string Value)[] headers) =>
        SendAsync(HttpMethod.Post, $"{Functions}/{name}/invocations", payload, headers);

    public void Dispose() => http.Dispose();

    private async Task<string> StateAsync(string name)
    {
        using var answer = await SendAsync(HttpMethod.Get, $"{Functions}/{name}/configuration", "");
        return (string)JsonNode.Parse(await answer.Content.ReadAsStringAsync())!["State"]!;
    }

    private async Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, string body, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(method, new Uri(endpoint, path));
        var bytes = System.Text.Encoding.UTF8.GetBytes(body);
        request.Content = bytes.Length == 0 ? null : new ByteArrayContent(bytes);
        foreach (var (name, value) in headers)
        {
            request.Headers.Add(name, value);
        }

        signer.Sign(request, "lambda", bytes);
        var answer = await http.SendAsync(request);
        if (!answer.IsSuccessStatusCode)
        {
            throw new Keys.StartException($"{method} {path} was answered {(int)answer.StatusCode}: {await answer.Content.ReadAsStringAsync()}");
        }

        return answer;
    }

    private static byte[] Zip(string folder)
    {
        using var stream = new MemoryStream();
        ZipFile.CreateFromDirectory(folder, stream);
        return stream.ToArray();
    }
}
