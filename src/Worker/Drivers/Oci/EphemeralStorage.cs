using System.Globalization;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Lambent.Worker.Drivers.Oci;

/// <summary>
/// <c>/tmp</c> of a sandbox: an ext4 image of exactly the configured size on a loop device, mounted detached. A tmpfs would
/// count against the function's memory, which on AWS it does not. The image file is unlinked at once and the device clears
/// itself, so a crash leaves nothing.
/// </summary>
internal sealed class EphemeralStorage(string folder)
{
    /// <summary>What a function has that asks for nothing. Source: "Configure ephemeral storage for Lambda functions".</summary>
    internal const int DefaultSizeMb = 512;

    private const nuint LoopGetFree = 0x4C82, LoopConfigure = 0x4C0A;
    private const uint AutoClear = 4;
    private const int BlockBytes = 4096, MegaByte = 1024 * 1024, LoopMajor = 7;
    private const int LoopConfigBytes = 304; // struct loop_config of linux/loop.h

    private readonly Dictionary<int, List<(long Offset, byte[] Data)>> templates = [];
    private readonly Lock gate = new();

    /// <summary>False where the machine has no loop devices; then <c>/tmp</c> is a tmpfs.</summary>
    internal static bool HasLoopDevices => File.Exists("/dev/loop-control");

    internal SafeFileHandle Create(int sizeMb, uint uid, uint gid)
    {
        var mount = HasLoopDevices ? OnLoopDevice(sizeMb) : Syscalls.NewMount(
            "tmpfs", Syscalls.NoSuid | Syscalls.NoDev, ("source", "tmpfs"), ("size", $"{sizeMb}m"), ("mode", "0700"));
        Syscalls.ChangeOwner(mount, uid, gid);
        return mount;
    }

    private SafeFileHandle OnLoopDevice(int sizeMb)
    {
        var image = Path.Combine(folder, $"{Guid.NewGuid():n}.ext4");
        using var file = File.OpenHandle(image, FileMode.CreateNew, FileAccess.ReadWrite);
        try
        {
            foreach (var (offset, data) in TemplateOf(sizeMb))
            {
                RandomAccess.Write(file, data, offset);
            }

            RandomAccess.SetLength(file, (long)sizeMb * MegaByte);
            using var device = Attach(file, out var path);
            return Syscalls.NewMount("ext4", Syscalls.NoSuid | Syscalls.NoDev, ("source", path));
        }
        finally
        {
            File.Delete(image);
        }
    }

    private static unsafe SafeFileHandle Attach(SafeFileHandle file, out string path)
    {
        using var control = File.OpenHandle("/dev/loop-control", FileMode.Open, FileAccess.ReadWrite);
        var config = stackalloc byte[LoopConfigBytes];
        new Span<byte>(config, LoopConfigBytes).Clear();
        *(int*)config = (int)file.DangerousGetHandle();
        *(uint*)(config + 4) = BlockBytes;
        *(uint*)(config + 8 + 52) = AutoClear; // lo_flags of the loop_info64 inside
        for (var attempt = 0; ; attempt++)
        {
            var number = (int)Syscalls.Checked("loop device", Syscalls.Ioctl((int)control.DangerousGetHandle(), LoopGetFree, 0));
            path = $"/dev/loop{number.ToString(CultureInfo.InvariantCulture)}";
            if (!File.Exists(path))
            {
                _ = Syscalls.MkNod(path, 0x61B0, (ulong)((LoopMajor << 8) | number)); // a block device, mode 0660
            }

            var device = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite);
            if (Syscalls.Ioctl((int)device.DangerousGetHandle(), LoopConfigure, (nint)config) >= 0)
            {
                return device;
            }

            device.Dispose();
            if (attempt >= 20) // another process may take the device between the two calls
            {
                throw Syscalls.Failure($"attach {path}");
            }
        }
    }

    /// <summary>The blocks of an empty file system that are not zero: some hundred KiB, written instead of running mkfs each time.</summary>
    private List<(long Offset, byte[] Data)> TemplateOf(int sizeMb)
    {
        lock (gate)
        {
            if (!templates.TryGetValue(sizeMb, out var blocks))
            {
                templates[sizeMb] = blocks = MakeTemplate(sizeMb);
            }

            return blocks;
        }
    }

    private List<(long Offset, byte[] Data)> MakeTemplate(int sizeMb)
    {
        var image = Path.Combine(folder, $"template-{sizeMb}.ext4");
        try
        {
            Command.Run("mkfs.ext4", "-q", "-F", "-O", "^has_journal", "-m", "0", "-b", "4096", "-I", "256", "-i", "32768",
                "-E", "lazy_itable_init=1,nodiscard", image, $"{sizeMb}M");
            return NonZeroBlocks(image);
        }
        finally
        {
            File.Delete(image);
        }
    }

    private static List<(long Offset, byte[] Data)> NonZeroBlocks(string image)
    {
        var blocks = new List<(long, byte[])>();
        using var file = File.OpenHandle(image);
        var buffer = new byte[MegaByte];
        for (long offset = 0; ; offset += buffer.Length)
        {
            offset = Syscalls.SeekData(file, offset); // most of the file was never written, and is not read either
            var count = offset < 0 ? 0 : RandomAccess.Read(file, buffer, offset);
            if (count == 0)
            {
                return blocks;
            }

            for (var at = 0; at < count; at += BlockBytes)
            {
                var block = buffer.AsSpan(at, Math.Min(BlockBytes, count - at));
                if (block.IndexOfAnyExcept((byte)0) >= 0)
                {
                    blocks.Add((offset + at, block.ToArray()));
                }
            }
        }
    }
}
