using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http;

namespace Lambent.Worker.RuntimeApi;

/// <summary>The header <c>Lambda-Runtime-Function-Error-Type</c>, by AWS's own rule (RIE, <c>fatalerror.go</c>).</summary>
internal static partial class FunctionErrorType
{
    internal static string Of(HttpRequest request)
    {
        var text = request.Headers["Lambda-Runtime-Function-Error-Type"].ToString();
        return Known().IsMatch(text) ? text
            : text.StartsWith("Function.", StringComparison.Ordinal) ? "Function.Unknown"
            : "Runtime.Unknown";
    }

    [GeneratedRegex(@"(Runtime|Function)\.[A-Z][a-zA-Z]+", RegexOptions.ExplicitCapture)]
    private static partial Regex Known();
}
