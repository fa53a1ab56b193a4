using System.IO.Compression;
using Lambent.Deploy;
using Lambent.Keys;
using Shouldly;
using Xunit;

namespace Lambent.Tests;

/// <summary>What <c>lambent deploy</c> makes of a folder.</summary>
public sealed class DeployTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("lambent-deploy-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Theory]
    [InlineData("app.py", "def handler(event, context):\n    pass", "python3.13", "app.handler")]
    [InlineData("lambda_function.py", "import os\nasync def other(): pass\ndef lambda_handler(event, context):\n    pass", "python3.13", "lambda_function.lambda_handler")]
    [InlineData("main.py", "def main(event, context): pass", "python3.13", "main.main")]
    [InlineData("index.mjs", "import x from 'y';\nexport const handler = async () => 1;", "nodejs22.x", "index.handler")]
    [InlineData("index.mjs", "export async function handler(event) {}", "nodejs22.x", "index.handler")]
    [InlineData("index.mjs", "const handler = 1;\nexport { handler };", "nodejs22.x", "index.handler")]
    [InlineData("app.js", "exports.handler = async () => 1;", "nodejs22.x", "app.handler")]
    [InlineData("index.cjs", "module.exports = { handler: async () => 1 };", "nodejs22.x", "index.handler")]
    [InlineData("bootstrap", "#!/bin/sh", "provided.al2023", "bootstrap")]
    public void A_folder_tells_its_runtime_and_handler(string file, string content, string runtime, string handler)
    {
        Write(file, content);

        FunctionGuess.Of(folder, null, null).ShouldBe(new FunctionGuess(runtime, handler));
    }

    [Fact]
    public void The_main_of_a_package_comes_before_known_names()
    {
        Write("package.json", """{"name": "x", "main": "./dist/fn"}""");
        Write("index.js", "exports.handler = 1;");
        Write("dist/fn.js", "exports.handler = 1;");

        FunctionGuess.Of(folder, null, null).Handler.ShouldBe("dist/fn.handler");
    }

    [Fact]
    public void What_is_said_is_not_guessed()
    {
        Write("app.py", "def handler(e, c): pass");
        Write("index.mjs", "export const handler = 1;");

        FunctionGuess.Of(folder, "python3.12", null).ShouldBe(new FunctionGuess("python3.12", "app.handler"));
        FunctionGuess.Of(folder, null, "x.y").ShouldBe(new FunctionGuess("nodejs22.x", "x.y"));
        FunctionGuess.Of(folder, "java21", "x.Y").ShouldBe(new FunctionGuess("java21", "x.Y"));
    }

    [Theory]
    [InlineData(null, null, "--runtime python3.13 --handler FILE.FUNCTION")]
    [InlineData("python3.12", null, "say --handler")]
    [InlineData(null, "a.b", "say --runtime")]
    public void What_cannot_be_told_names_the_option(string? runtime, string? handler, string said)
    {
        Write("app.py", "def helper(): pass");

        Should.Throw<StartException>(() => FunctionGuess.Of(folder, runtime, handler)).Message.ShouldContain(said);
    }

    [Fact]
    public void The_package_is_the_same_whenever_it_is_made()
    {
        Write("app.py", "x = 1");
        Write("lib/b.py", "x = 2");
        var before = FolderPackage.Of(folder);
        foreach (var file in Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories))
        {
            File.SetLastWriteTimeUtc(file, new DateTime(2031, 1, 1, 0, 0, 0, DateTimeKind.Utc));
        }

        FolderPackage.Of(folder).CodeSha256.ShouldBe(before.CodeSha256);
        Write("app.py", "x = 3");
        FolderPackage.Of(folder).CodeSha256.ShouldNotBe(before.CodeSha256);
    }

    [Fact]
    public void Executables_stay_so_links_stay_links_and_rubbish_is_left_out()
    {
        Write("bootstrap", "#!/bin/sh");
        File.SetUnixFileMode(Path.Combine(folder, "bootstrap"), UnixFileMode.UserRead | UnixFileMode.UserExecute);
        Write("lib/x.js", "1");
        File.CreateSymbolicLink(Path.Combine(folder, "lib/y.js"), "x.js");
        Write(".git/config", "");
        Write("a/__pycache__/z.pyc", "");
        Write("node_modules/.cache/c", "");
        Write("node_modules/p/index.js", "");

        using var zip = new ZipArchive(new MemoryStream(FolderPackage.Of(folder).Zip));

        zip.Entries.Select(e => (e.FullName, Mode: Convert.ToString(e.ExternalAttributes >> 16 & 0xFFFF, 8))).ShouldBe(
            [("bootstrap", "100755"), ("lib/x.js", "100644"), ("lib/y.js", "120777"), ("node_modules/p/index.js", "100644")]);
        using var link = new StreamReader(zip.GetEntry("lib/y.js")!.Open());
        link.ReadToEnd().ShouldBe("x.js");
    }

    [Theory]
    [InlineData("/etc/passwd")]
    [InlineData("../elsewhere")]
    public void A_link_out_of_the_folder_is_refused(string target)
    {
        File.CreateSymbolicLink(Path.Combine(folder, "app.py"), target);

        Should.Throw<StartException>(() => FolderPackage.Of(folder)).Message.ShouldContain(target);
    }

    [Fact]
    public void An_empty_folder_is_refused() =>
        Should.Throw<StartException>(() => FolderPackage.Of(folder)).Message.ShouldBe($"There are no files in {folder}.");

    private void Write(string file, string content)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(folder, file))!);
        File.WriteAllText(Path.Combine(folder, file), content);
    }
}
