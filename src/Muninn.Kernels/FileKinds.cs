using System;
using System.IO;
using System.Runtime.InteropServices;

namespace Muninn.Kernels;

/// <summary>What a path leads to.</summary>
public enum FileKind
{
    /// <summary>A file that holds its bytes: it can be mapped, read twice, replaced.</summary>
    Regular,

    /// <summary>A folder.</summary>
    Folder,

    /// <summary>A named pipe: opening it waits for the other end.</summary>
    Pipe,

    /// <summary>A character or block device, e.g. <c>/dev/zero</c>.</summary>
    Device,

    /// <summary>A socket of this machine.</summary>
    Socket,

    /// <summary>Nothing there, or the system does not tell.</summary>
    Unknown,
}

/// <summary>Tells files from pipes, devices and sockets without opening them: opening a pipe can wait for ever.</summary>
/// <remarks>.NET reports all of them as ordinary files, hence the call of the system.</remarks>
public static partial class FileKinds
{
    const int WorkingFolder = -100; // AT_FDCWD
    const uint TypeWanted = 1; // STATX_TYPE

    // Longer than any of the records, so that a system with more fields cannot write past it.
    const int RecordLength = 512;

    /// <summary>What <paramref name="path"/> leads to, links followed; a regular file on systems without such kinds.</summary>
    public static FileKind Of(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (Directory.Exists(path))
            return FileKind.Folder;
        if (!File.Exists(path))
            return FileKind.Unknown;
        if (!OperatingSystem.IsLinux() && !OperatingSystem.IsMacOS())
            return FileKind.Regular;
        return (Mode(path) & 0xF000) switch
        {
            0x8000 => FileKind.Regular,
            0x4000 => FileKind.Folder,
            0x1000 => FileKind.Pipe,
            0x2000 or 0x6000 => FileKind.Device,
            0xC000 => FileKind.Socket,
            _ => FileKind.Unknown,
        };
    }

    /// <summary>What to call a pipe, device or socket in a message; null for everything else.</summary>
    public static string? Describe(FileKind kind) => kind switch
    {
        FileKind.Pipe => "a pipe",
        FileKind.Device => "a device",
        FileKind.Socket => "a socket",
        _ => null,
    };

    /// <summary>Refuses pipes, devices and sockets; what is not there passes, since opening tells that better.</summary>
    /// <param name="path">A file that is to be read in any order; links are followed.</param>
    /// <exception cref="IOException">The path leads to a pipe, a device or a socket.</exception>
    public static void RequireReadable(string path)
    {
        if (Describe(Of(path)) is { } kind)
            throw new IOException($"{path} is {kind}, not a file; copy its content to a file first and name that.");
    }

    /// <summary>The system's <c>st_mode</c>, 0 where it does not tell.</summary>
    static int Mode(string path)
    {
        Span<byte> record = stackalloc byte[RecordLength];
        record.Clear();
        try
        {
            // The first fields of both records have had these places since the calls exist, on every processor.
            var (status, place) = OperatingSystem.IsLinux()
                ? (StatX(WorkingFolder, path, 0, TypeWanted, ref MemoryMarshal.GetReference(record)), 28)
                : RuntimeInformation.ProcessArchitecture == Architecture.X64
                    ? (StatOfMacX64(path, ref MemoryMarshal.GetReference(record)), 4)
                    : (StatOfMac(path, ref MemoryMarshal.GetReference(record)), 4);
            return status == 0 ? MemoryMarshal.Read<ushort>(record[place..]) : 0;
        }
        catch (Exception e) when (e is DllNotFoundException or EntryPointNotFoundException)
        {
            // Another or an older C library.
            return 0;
        }
    }

    [LibraryImport("libc", EntryPoint = "statx", StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int StatX(int folder, string path, int flags, uint mask, ref byte record);

    [LibraryImport("libc", EntryPoint = "stat", StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int StatOfMac(string path, ref byte record);

    [LibraryImport("libc", EntryPoint = "stat$INODE64", StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int StatOfMacX64(string path, ref byte record);
}
