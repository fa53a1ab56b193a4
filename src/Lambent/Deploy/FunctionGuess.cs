using System.Text.Json;
using System.Text.RegularExpressions;
using Lambent.Keys;

namespace Lambent.Deploy;

/// <summary>What a folder's files tell of the function in them.</summary>
/// <param name="Runtime">The runtime to run it on.</param>
/// <param name="Handler">As that runtime names handlers.</param>
internal sealed partial record FunctionGuess(string Runtime, string Handler)
{
    private const string Custom = "provided.al2023", Python = "python3.13", Nodejs = "nodejs22.x";

    private static readonly string[] PythonFiles = ["app.py", "lambda_function.py", "main.py", "handler.py", "index.py"];

    private static readonly string[] NodejsFiles = ["index.mjs", "index.js", "index.cjs", "app.mjs", "app.js", "app.cjs", "handler.mjs", "handler.js"];

    private static readonly string[] HandlerNames = ["lambda_handler", "handler", "main"];

    /// <summary>Looks for a <c>bootstrap</c>, then for Node.js (by <c>package.json</c> or a known name), then for Python.</summary>
    /// <param name="folder">The function's folder.</param>
    /// <param name="runtime">As the user said; null guesses.</param>
    /// <param name="handler">As the user said; null guesses.</param>
    /// <exception cref="StartException">The files do not tell; the message names the option that does.</exception>
    internal static FunctionGuess Of(string folder, string? runtime, string? handler)
    {
        if (runtime is not null && handler is not null)
        {
            return new(runtime, handler);
        }

        List<FunctionGuess> guesses = [.. OfBootstrap(folder), .. OfNodejs(folder), .. OfPython(folder)];
        var fitting = guesses.FirstOrDefault(g => runtime is null || LanguageOf(runtime) == LanguageOf(g.Runtime));
        return (runtime, handler, fitting) switch
        {
            (null, null, null) => throw new StartException(
                $"{folder} does not tell what it is. A function has a bootstrap, or {string.Join(", ", NodejsFiles[..3])} that exports a handler, "
                + $"or {string.Join(", ", PythonFiles[..3])} with a def handler. Else say it: --runtime {Python} --handler FILE.FUNCTION."),
            (null, not null, null) => throw new StartException($"{folder} does not tell its runtime: say --runtime, for example --runtime {Python}."),
            (not null, null, null) => throw new StartException($"{folder} does not tell its handler for {runtime}: say --handler FILE.FUNCTION."),
            _ => new(runtime ?? fitting!.Runtime, handler ?? fitting!.Handler),
        };
    }

    private static string LanguageOf(string runtime) => new([.. runtime.TakeWhile(char.IsAsciiLetter)]);

    private static IEnumerable<FunctionGuess> OfBootstrap(string folder)
    {
        if (File.Exists(Path.Combine(folder, "bootstrap")))
        {
            yield return new(Custom, "bootstrap");
        }
    }

    private static IEnumerable<FunctionGuess> OfNodejs(string folder)
    {
        foreach (var file in MainOf(folder).Concat(NodejsFiles))
        {
            if (TextOf(folder, file) is { } text && NodejsExport().Match(text) is { Success: true } export)
            {
                yield return new(Nodejs, $"{Path.ChangeExtension(file, null)}.{export.Groups["name"].Value}");
            }
        }
    }

    private static IEnumerable<FunctionGuess> OfPython(string folder)
    {
        foreach (var file in PythonFiles)
        {
            var text = TextOf(folder, file) ?? "";
            var names = PythonFunction().Matches(text).Select(m => m.Groups["name"].Value).ToHashSet(StringComparer.Ordinal);
            if (HandlerNames.FirstOrDefault(names.Contains) is { } name)
            {
                yield return new(Python, $"{Path.ChangeExtension(file, null)}.{name}");
            }
        }
    }

    /// <summary>The entry point that <c>package.json</c> names. https://docs.npmjs.com/cli/configuring-npm/package-json#main</summary>
    private static IEnumerable<string> MainOf(string folder)
    {
        if (TextOf(folder, "package.json") is not { } text)
        {
            yield break;
        }

        string? main;
        try
        {
            using var json = JsonDocument.Parse(text);
            main = json.RootElement.ValueKind == JsonValueKind.Object && json.RootElement.TryGetProperty("main", out var named)
                && named.ValueKind == JsonValueKind.String ? named.GetString() : null;
        }
        catch (JsonException e)
        {
            throw new StartException($"{Path.Combine(folder, "package.json")} is not JSON: {e.Message}");
        }

        if (main is not null)
        {
            var file = main.StartsWith("./", StringComparison.Ordinal) ? main[2..] : main;
            yield return Path.HasExtension(file) ? file : $"{file}.js";
        }
    }

    private static string? TextOf(string folder, string file) =>
        File.Exists(Path.Combine(folder, file)) ? File.ReadAllText(Path.Combine(folder, file)) : null;

    [GeneratedRegex(
        @"^\s*(export\s+(const|let|var|(async\s+)?function\*?)\s+(?<name>handler|lambda_handler)\b|(module\.)?exports\.(?<name>handler|lambda_handler)\s*=|"
        + @"export\s*\{[^}]*\b(?<name>handler)\b[^}]*\}|module\.exports\s*=\s*\{[^}]*\b(?<name>handler)\b)",
        RegexOptions.Multiline | RegexOptions.ExplicitCapture)]
    private static partial Regex NodejsExport();

    [GeneratedRegex(@"^(async\s+)?def\s+(?<name>\w+)\s*\(|^(?<name>handler|lambda_handler)\s*=", RegexOptions.Multiline | RegexOptions.ExplicitCapture)]
    private static partial Regex PythonFunction();
}
