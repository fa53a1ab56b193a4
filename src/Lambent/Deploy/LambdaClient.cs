using System.Text;
using System.Text.Json.Nodes;
using System.Xml.Linq;
using Lambent.Aws;
using Lambent.Keys;

namespace Lambent.Deploy;

/// <summary>A client of the public API, over the wire and signed like every other: what the demo and <c>lambent deploy</c> call.</summary>
/// <param name="endpoint">Where Lambent is.</param>
/// <param name="key">What requests are signed with.</param>
/// <param name="region">The region that is signed for.</param>
internal sealed class LambdaClient(Uri endpoint, AccessKey key, string region) : IDisposable
{
    internal const string Functions = "/2015-03-31/functions";

    private const int BetweenPollsMs = 20, MaxPolls = 15_000;

    private readonly HttpClient http = new() { Timeout = TimeSpan.FromMinutes(16) }; // a minute more than the longest invoke
    private readonly SigV4Signer signer = new(key, TimeProvider.System, region);

    /// <summary>What an operation answers.</summary>
    /// <exception cref="StartException">It failed; the message is the server's.</exception>
    internal async Task<JsonNode> CallAsync(HttpMethod method, string path, JsonObject? body = null) =>
        await TryCallAsync(method, path, body, null) ?? new JsonObject();

    /// <summary>The same, or null if the answer is the one error that is expected.</summary>
    /// <exception cref="StartException">It failed otherwise.</exception>
    internal async Task<JsonNode?> TryCallAsync(HttpMethod method, string path, JsonObject? body, string? expectedError)
    {
        using var answer = await SendAsync(method, path, "lambda", body?.ToJsonString() ?? "", "application/json");
        if (!answer.IsSuccessStatusCode && expectedError is not null && ErrorOf(answer) == expectedError)
        {
            return null;
        }

        var text = await CheckedAsync(answer, method, path);
        return text.Length == 0 ? new JsonObject() : JsonNode.Parse(text);
    }

    /// <summary>Waits until nothing is under way, and answers the function's configuration.</summary>
    /// <exception cref="StartException">It cannot run; the message is Lambda's reason.</exception>
    internal async Task<JsonNode> SettledAsync(string name)
    {
        for (var poll = 0; poll < MaxPolls; poll++)
        {
            var found = await CallAsync(HttpMethod.Get, $"{Functions}/{name}/configuration");
            switch ((string?)found["State"], (string?)found["LastUpdateStatus"])
            {
                case ("Failed", _):
                    throw new StartException($"{name} cannot run: {found["StateReason"]}");
                case (_, "Failed"):
                    throw new StartException($"The update of {name} failed: {found["LastUpdateStatusReason"]}");
                case ("Active", "Successful"):
                    return found;
                default:
                    await Task.Delay(TimeSpan.FromMilliseconds(BetweenPollsMs), TimeProvider.System);
                    break;
            }
        }

        throw new StartException($"{name} is not ready after {MaxPolls * BetweenPollsMs / 1000} s.");
    }

    /// <summary>Invokes and returns the whole answer.</summary>
    internal async Task<HttpResponseMessage> InvokeAsync(string name, string payload, params (string Name, string Value)[] headers)
    {
        var path = $"{Functions}/{name}/invocations";
        var answer = await SendAsync(HttpMethod.Post, path, "lambda", payload, null, headers);
        if (!answer.IsSuccessStatusCode)
        {
            await CheckedAsync(answer, HttpMethod.Post, path);
        }

        return answer;
    }

    /// <summary>The account that the key belongs to, as STS says.</summary>
    internal async Task<string> AccountAsync()
    {
        using var answer = await SendAsync(
            HttpMethod.Post, "/", "sts", "Action=GetCallerIdentity&Version=2011-06-15", "application/x-www-form-urlencoded");
        var xml = XDocument.Parse(await CheckedAsync(answer, HttpMethod.Post, "GetCallerIdentity"));
        return xml.Descendants().First(e => e.Name.LocalName == "Account").Value;
    }

    public void Dispose() => http.Dispose();

    private static string ErrorOf(HttpResponseMessage answer) =>
        answer.Headers.TryGetValues("x-amzn-ErrorType", out var types) ? types.First().Split(':')[0] : "";

    private static async Task<string> CheckedAsync(HttpResponseMessage answer, HttpMethod method, string path)
    {
        var text = await answer.Content.ReadAsStringAsync();
        return answer.IsSuccessStatusCode ? text
            : throw new StartException($"{method} {path} was answered {(int)answer.StatusCode} {ErrorOf(answer)}: {MessageOf(text)}");
    }

    private static string MessageOf(string text)
    {
        try
        {
            var json = JsonNode.Parse(text);
            return (string?)(json?["message"] ?? json?["Message"]) ?? text;
        }
        catch (System.Text.Json.JsonException)
        {
            return text;
        }
    }

    private async Task<HttpResponseMessage> SendAsync(
        HttpMethod method, string path, string service, string body, string? type, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(method, new Uri(endpoint, path));
        var bytes = Encoding.UTF8.GetBytes(body);
        request.Content = bytes.Length == 0 ? null : new ByteArrayContent(bytes);
        if (type is not null && request.Content is { } content)
        {
            content.Headers.ContentType = new(type);
        }

        foreach (var (name, value) in headers)
        {
            request.Headers.Add(name, value);
        }

        signer.Sign(request, service, bytes);
        try
        {
            return await http.SendAsync(request);
        }
        catch (HttpRequestException e)
        {
            throw new StartException($"No Lambent answers at {endpoint}: {e.Message} Start one with ./lambent up, or name it with --data or --endpoint.");
        }
    }
}
