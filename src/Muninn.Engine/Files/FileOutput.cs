using System;
using System.IO;

namespace Muninn.Engine.Files;

/// <summary>Writes whole files or none: a reader of the path never sees half of one, and a failure leaves the old file as it was.</summary>
public static class FileOutput
{
    /// <summary>
    /// Writes a file under a temporary name in the same folder, flushes it to the disk and then puts it at
    /// <paramref name="path"/> in one step, over what stood there.
    /// </summary>
    /// <param name="path">File to write; a symbolic link is followed, so the link stays a link. Its folder must exist.</param>
    /// <param name="write">
    /// Writes the bytes; the stream can seek. An exception of it ends the writing, removes the temporary file and is passed on.
    /// </param>
    /// <exception cref="ArgumentException">The path is empty or names no file.</exception>
    /// <exception cref="DirectoryNotFoundException">The folder does not exist.</exception>
    /// <exception cref="IOException">The path is a folder or a device, or the disk is full.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder may not be written to.</exception>
    public static void Write(string path, Action<Stream> write)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ArgumentNullException.ThrowIfNull(write);
        string target = Resolve(path);
        string temporary = TemporaryBeside(target);
        try
        {
            using (var stream = Create(temporary, target))
            {
                write(stream);
                stream.Flush(flushToDisk: true);
            }

            KeepMode(target, temporary);
            File.Move(temporary, target, overwrite: true);
        }
        catch
        {
            Discard(temporary);
            throw;
        }
    }

    static FileStream Create(string temporary, string target)
    {
        try
        {
            return new FileStream(temporary, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, 1 << 16);
        }
        catch (UnauthorizedAccessException error)
        {
            throw new UnauthorizedAccessException(
                $"{target} cannot be written: its folder does not let you create files. Choose another folder or change its permissions.", error);
        }
    }

    static string Resolve(string path)
    {
        string full = Path.GetFullPath(path);
        if (Path.GetFileName(full).Length == 0)
            throw new ArgumentException($"“{path}” ends in a separator and names a folder; add a file name.", nameof(path));
        // The last target, so that the move replaces the file behind a link and not the link.
        var file = new FileInfo(full);
        if (file.LinkTarget is not null && file.ResolveLinkTarget(returnFinalTarget: true) is { } linked)
            full = linked.FullName;
        if (Directory.Exists(full))
            throw new IOException($"{full} is a folder, not a file; add a file name.");
        string? folder = Path.GetDirectoryName(full);
        if (!Directory.Exists(folder))
            throw new DirectoryNotFoundException($"{full} cannot be written: the folder {folder} does not exist. Create it first.");
        // As root, a move would put a plain file in the place of /dev/null, for everyone.
        if (!OperatingSystem.IsWindows() && full.StartsWith("/dev/", StringComparison.Ordinal) && !full.StartsWith("/dev/shm/", StringComparison.Ordinal))
            throw new IOException($"{full} is a device, not a file; name a file to write.");
        return full;
    }

    /// <summary>A name in the target's folder that nothing has: <c>.name.1.tmp</c>, <c>.name.2.tmp</c> …</summary>
    static string TemporaryBeside(string target)
    {
        string folder = Path.GetDirectoryName(target) ?? "";
        // Long names leave no room for a prefix: file systems stop at 255 bytes.
        string name = Path.GetFileName(target);
        string stem = name.Length <= 48 ? name : name[..48];
        for (int number = 1; ; number++)
        {
            string candidate = Path.Combine(folder, $".{stem}.{Environment.ProcessId}-{number}.tmp");
            if (!File.Exists(candidate))
                return candidate;
        }
    }

    static void KeepMode(string target, string temporary)
    {
        if (!OperatingSystem.IsWindows() && File.Exists(target))
            File.SetUnixFileMode(temporary, File.GetUnixFileMode(target));
    }

    static void Discard(string temporary)
    {
        try
        {
            File.Delete(temporary);
        }
        catch (IOException)
        {
            // The first failure is the one to report; a file that cannot be removed adds nothing to it.
        }
        catch (UnauthorizedAccessException)
        {
            // As above.
        }
    }
}
