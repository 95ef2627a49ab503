using System;
using System.IO;
using Muninn.Kernels;

namespace Muninn.Engine.Files;

/// <summary>A place where a file can be written, and the name it has until it is complete.</summary>
public sealed class FileTarget
{
    /// <summary>How temporary names end.</summary>
    internal const string TemporaryEnding = ".tmp";

    FileTarget(string name, string path)
    {
        Name = name;
        Path = path;
        TemporaryPath = TemporaryBeside(path);
    }

    /// <summary>As given.</summary>
    public string Name { get; }

    /// <summary>Where the file will lie: absolute, links followed.</summary>
    public string Path { get; }

    /// <summary>
    /// The name in the same folder under which the file is written: <c>.name.process-1.tmp</c>, <c>-2</c> … Nothing had it when this was
    /// made. Whoever ends the process by force in the midst of the writing may delete it.
    /// </summary>
    public string TemporaryPath { get; }

    /// <summary>Follows the links of <paramref name="path"/> as long as it is one.</summary>
    /// <exception cref="IOException">The links go in a circle.</exception>
    public static string Resolve(string path)
    {
        var full = System.IO.Path.GetFullPath(path);
        var file = new FileInfo(full);
        return file.LinkTarget is not null && file.ResolveLinkTarget(returnFinalTarget: true) is { } linked ? linked.FullName : full;
    }

    /// <summary>Looks whether a file can be written there; an older file may be there, which is left alone.</summary>
    /// <param name="path">The file; a symbolic link is followed, so that it stays a link.</param>
    /// <exception cref="ArgumentException">The path is empty or names no file.</exception>
    /// <exception cref="DirectoryNotFoundException">The folder does not exist.</exception>
    /// <exception cref="IOException">The path is a folder, a pipe, a device or a socket, or its disk takes no file.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder may not be written to.</exception>
    public static FileTarget Of(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (System.IO.Path.GetFileName(path).Length == 0)
            throw new ArgumentException($"'{path}' ends in a separator and names a folder; add a file name.", nameof(path));
        // Of the name as given: what some links lead to, as those of open pipes, has no path of its own.
        var kind = FileKinds.Of(path);
        var full = Resolve(path);
        if (kind == FileKind.Folder)
            throw new IOException($"'{path}' is a folder. Give the name of a file in it.");
        // The file is written beside and renamed, which would put a plain file in the place of these, for everyone.
        if (FileKinds.Describe(kind) is { } described)
        {
            var leads = full == System.IO.Path.GetFullPath(path) ? "is" : $"leads to {full},";
            throw new IOException($"'{path}' {leads} {described}, which cannot hold a file. Give the name of a regular file.");
        }

        var folder = System.IO.Path.GetDirectoryName(full);
        if (!Directory.Exists(folder))
            throw new DirectoryNotFoundException($"'{path}' cannot be written: there is no folder {folder}. Create it first.");
        var target = new FileTarget(path, full);
        // Only creating a file tells whether the folder takes one: permissions, read-only disks, /proc, /sys.
        target.Create().Dispose();
        target.Discard();
        return target;
    }

    /// <summary>The temporary file, new and empty.</summary>
    internal FileStream Create()
    {
        try
        {
            return new FileStream(TemporaryPath, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, 1 << 16);
        }
        catch (UnauthorizedAccessException error)
        {
            throw new UnauthorizedAccessException(
                $"'{Name}' cannot be written: its folder does not let you create files. Choose another folder or change its permissions.",
                error);
        }
        catch (IOException error)
        {
            throw Explain(error);
        }
    }

    /// <summary>Gives the temporary file, which is complete, its own name and the permissions of the file it replaces.</summary>
    internal void Complete()
    {
        try
        {
            if (!OperatingSystem.IsWindows() && File.Exists(Path))
                File.SetUnixFileMode(TemporaryPath, File.GetUnixFileMode(Path));
            File.Move(TemporaryPath, Path, overwrite: true);
        }
        catch (UnauthorizedAccessException error)
        {
            throw new UnauthorizedAccessException(
                $"'{Name}' cannot be replaced: the file or its folder is protected. Choose another name or change the permissions.", error);
        }
        catch (IOException error)
        {
            throw Explain(error);
        }
    }

    /// <summary>Deletes the temporary file as well as that goes.</summary>
    internal void Discard()
    {
        try
        {
            File.Delete(TemporaryPath);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The first failure is the one to report; a file that cannot be removed adds nothing to it.
        }
    }

    /// <summary>A failure of the disk in words about this file: the system's own name the temporary one, which is gone.</summary>
    internal IOException Explain(IOException error)
    {
        // The system's number where there is one: of Unix as it is, of Windows in the lower half.
        var number = OperatingSystem.IsWindows() ? error.HResult & 0xFFFF : error.HResult;
        var (noSpace, quota) = (OperatingSystem.IsWindows() ? 112 : 28, OperatingSystem.IsWindows() ? 1295 : OperatingSystem.IsMacOS() ? 69 : 122);
        if (number == noSpace || number == quota)
        {
            var problem = number == noSpace ? "no space is left on its disk" : "your share of its disk is used up";
            return new IOException(
                $"'{Name}' cannot be written: {problem}. Free some space or choose another folder; nothing of it was left behind.", error);
        }

        var reason = error.Message.Replace($" : '{TemporaryPath}'", "", StringComparison.Ordinal)
            .Replace(TemporaryPath, Path, StringComparison.Ordinal).TrimEnd('.');
        return new IOException(
            $"'{Name}' cannot be written: {reason}. Choose another folder or name; nothing of it was left behind.", error);
    }

    /// <summary>How the temporary names beside <paramref name="target"/> begin.</summary>
    // Long names leave no room for a prefix: file systems stop at 255 bytes.
    internal static string TemporaryPrefix(string target) =>
        System.IO.Path.GetFileName(target) is { Length: <= 48 } name ? $".{name}." : $".{System.IO.Path.GetFileName(target)[..48]}.";

    /// <summary>A name in the folder of <paramref name="target"/> that nothing has, told apart by the process.</summary>
    internal static string TemporaryBeside(string target)
    {
        var folder = System.IO.Path.GetDirectoryName(target) ?? "";
        for (int number = 1; ; number++)
        {
            var candidate = System.IO.Path.Combine(folder, $"{TemporaryPrefix(target)}{Environment.ProcessId}-{number}{TemporaryEnding}");
            if (!System.IO.Path.Exists(candidate))
                return candidate;
        }
    }
}
