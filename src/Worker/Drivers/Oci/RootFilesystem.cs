using Lambent.Worker.Runtimes;

namespace Lambent.Worker.Drivers.Oci;

/// <summary>
/// The read-only root of all sandboxes: folders and links only, with the host's <c>/usr</c> bound in. What an image adds is its
/// <c>/var</c>, mounted once it is known: our bootstrap at <c>/var/runtime</c>, the interpreter's links at <c>/var/lang</c>. Both
/// lie outside the data folder, where a sandbox's root user can reach them.
/// </summary>
internal static class RootFilesystem
{
    private static readonly string[] Folders =
    [
        "proc", "sys", "dev", "etc/ssl/certs", "etc/alternatives", "tmp", "opt", "run/lambent", "usr", "home", "root", "mnt", "var",
    ];

    private static readonly string[] FoldersOfVar = ["task", "runtime", "lang/bin", "lang/lib", "tmp", "lib"];

    private static readonly string[] CopiedFromHost = ["etc/ld.so.cache", "etc/ssl/openssl.cnf", "etc/protocols", "etc/services", "etc/mime.types"];

    internal static void Build(string root, string guestBinary)
    {
        foreach (var folder in Folders)
        {
            Directory.CreateDirectory(Path.Combine(root, folder));
        }

        LinkUsrMerged(root);
        WriteEtc(root);
        File.Copy(guestBinary, Path.Combine(root, "run/lambent/lambent-init"), overwrite: true);
        Executable(Path.Combine(root, "run/lambent/lambent-init"));
        File.WriteAllText(Path.Combine(root, "run/lambent/guest.sock"), "");
    }

    /// <summary>Builds <c>/var</c> of an image.</summary>
    internal static void BuildVar(string var, RuntimeImage image)
    {
        foreach (var folder in FoldersOfVar)
        {
            Directory.CreateDirectory(Path.Combine(var, folder));
        }

        foreach (var (name, target) in image.LangBin)
        {
            Link(Path.Combine(var, "lang/bin", name), target);
        }

        if (image.BootstrapFolder is not null)
        {
            CopyFolder(image.BootstrapFolder, Path.Combine(var, "runtime"));
        }
    }

    /// <summary>
    /// Compiles the bootstrap of a Python image to bytecode, which the interpreter cannot do for itself in a root that it
    /// cannot write: without, it compiles every module at every start. Until this is done they start more slowly, no more.
    /// </summary>
    internal static Task CompileAsync(string var, RuntimeImage image, CancellationToken cancellation) => image.Language != "python"
        ? Task.CompletedTask
        : Command.RunAsync(
            image.Interpreter!,
            ["-I", "-S", "-c", "import py_compile, sys\nfor file in sys.argv[1:]: py_compile.compile(file)",
                .. Directory.EnumerateFiles(Path.Combine(var, "runtime"), "*.py", SearchOption.AllDirectories)],
            "",
            cancellation);

    private static void LinkUsrMerged(string root)
    {
        foreach (var name in (string[])["bin", "sbin", "lib", "lib64", "lib32"])
        {
            if (Directory.Exists($"/usr/{name}"))
            {
                Link(Path.Combine(root, name), $"usr/{name}");
            }
        }
    }

    private static void WriteEtc(string root)
    {
        Write("etc/passwd", $"root:x:0:0:root:/root:/sbin/nologin\n{SandboxUser.Name}:x:{SandboxUser.Uid}:{SandboxUser.Gid}::/home/{SandboxUser.Name}:/sbin/nologin\n");
        Write("etc/group", $"root:x:0:\n{SandboxUser.Name}:x:{SandboxUser.Gid}:\n");
        Write("etc/hosts", "127.0.0.1 localhost sandbox.localdomain sandbox\n");
        Write("etc/nsswitch.conf", "passwd: files\ngroup: files\nhosts: files dns\n");
        Write("etc/resolv.conf", ResolvConf());
        Link(Path.Combine(root, "etc/localtime"), "/usr/share/zoneinfo/UTC");
        Link(Path.Combine(root, "etc/os-release"), "/usr/lib/os-release");
        foreach (var file in CopiedFromHost.Where(f => File.Exists($"/{f}")))
        {
            File.Copy($"/{file}", Path.Combine(root, file), overwrite: true);
        }

        void Write(string file, string text) => File.WriteAllText(Path.Combine(root, file), text);
    }

    /// <summary>The host's name servers, without those on its loopback: a sandbox has a loopback of its own.</summary>
    private static string ResolvConf()
    {
        var files = (string[])["/etc/resolv.conf", "/run/systemd/resolve/resolv.conf"];
        var lines = files.Where(File.Exists).SelectMany(File.ReadLines)
            .Where(l => l.StartsWith("nameserver ", StringComparison.Ordinal) && !l.Contains(" 127.", StringComparison.Ordinal) && !l.Contains("::1", StringComparison.Ordinal))
            .Distinct().Take(3);
        return string.Join('\n', lines) + "\n";
    }

    private static void Link(string path, string target)
    {
        if (File.Exists(path) || new FileInfo(path).LinkTarget is not null)
        {
            File.Delete(path);
        }

        File.CreateSymbolicLink(path, target);
    }

    private static void CopyFolder(string from, string to)
    {
        foreach (var file in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories).Where(f => !f.Contains("__pycache__", StringComparison.Ordinal)))
        {
            var copy = Path.Combine(to, Path.GetRelativePath(from, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy, overwrite: true);
            File.SetUnixFileMode(copy, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead);
        }
    }

    private static void Executable(string file) => File.SetUnixFileMode(file, (UnixFileMode)0b111_101_101);
}
