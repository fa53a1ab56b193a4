using System.Text.Encodings.Web;
using System.Text.Json;
using Lambent.Worker.Drivers;

namespace Lambent.Worker.SandboxLife;

/// <summary>
/// What the platform says when a function cannot speak for itself. Bodies and wording as AWS gives them today; recorded
/// November 2025 (see <c>docs/decisions/0004-error-wording.md</c>).
/// </summary>
internal static class PlatformErrors
{
    internal const string Timedout = "Sandbox.Timedout";
    internal const string ExitError = "Runtime.ExitError";
    internal const string OutOfMemory = "Runtime.OutOfMemory";
    internal const string InvalidEntrypoint = "Runtime.InvalidEntrypoint";
    internal const string TruncatedResponse = "Runtime.TruncatedResponse";
    internal const string InvalidResponseMode = "Runtime.InvalidResponseModeHeader";
    internal const string ResponseSizeTooLarge = "Function.ResponseSizeTooLarge";

    private static readonly JsonWriterOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    internal static byte[] TaskTimedOut(string requestId, int timeoutMs) =>
        Body(Timedout, requestId, TimeoutWords(timeoutMs));

    internal static byte[] RuntimeExited(string requestId, ProcessExit exit) => Body(ExitError, requestId, ExitWords(exit));

    internal static byte[] Body(string type, string requestId, string message) =>
        Json(type, requestId.Length == 0 ? $"Error: {message}" : $"RequestId: {requestId} Error: {message}", typeFirst: true);

    internal static byte[] TooLarge(int maxBytes) =>
        Json(ResponseSizeTooLarge, $"Response payload size exceeded maximum allowed payload size ({maxBytes} bytes).", typeFirst: false);

    internal static string TimeoutWords(int timeoutMs) =>
        $"Task timed out after {(timeoutMs / 1000m).ToString("0.00", System.Globalization.CultureInfo.InvariantCulture)} seconds";

    internal static string ExitWords(ProcessExit exit) => exit is { Code: 0, Signal: 0 }
        ? "Runtime exited without providing a reason"
        : $"Runtime exited with error: {exit}";

    private static byte[] Json(string type, string message, bool typeFirst)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream, Plain))
        {
            json.WriteStartObject();
            if (typeFirst)
            {
                json.WriteString("errorType", type);
            }

            json.WriteString("errorMessage", message);
            if (!typeFirst)
            {
                json.WriteString("errorType", type);
            }

            json.WriteEndObject();
        }

        return stream.ToArray();
    }
}
