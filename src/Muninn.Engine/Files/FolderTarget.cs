using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using Muninn.Kernels;

namespace Muninn.Engine.Files;

/// <summary>A place where a folder of files can be written, whole or not at all, and the name it has until it is complete.</summary>
public sealed class FolderTarget
{
    readonly UnixFileMode? _mode;

    FolderTarget(string name, string path, UnixFileMode? mode)
    {
        Name = name;
        Path = path;
        TemporaryPath = FileTarget.TemporaryBeside(path);
        _mode = mode;
    }

    /// <summary>As given.</summary>
    public string Name { get; }

    /// <summary>Where the folder will lie: absolute, links followed.</summary>
    public string Path { get; }

    /// <summary>
    /// The name beside it under which the folder is filled: <c>.name.process-1.tmp</c>, <c>-2</c> … Whoever ends the process by force in
    /// the midst of the writing may delete it.
    /// </summary>
    public string TemporaryPath { get; }

    /// <summary>Looks whether a folder can be written there; an empty one may be there, which it then takes the place of.</summary>
    /// <param name="path">The folder.</param>
    /// <exception cref="ArgumentException">The path is empty.</exception>
    /// <exception cref="DirectoryNotFoundException">The folder that is to hold it does not exist.</exception>
    /// <exception cref="IOException">Something else is there: nothing is ever overwritten. Or the disk takes no folder.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder that is to hold it may not be written to.</exception>
    public static FolderTarget Of(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        var full = System.IO.Path.TrimEndingDirectorySeparator(FileTarget.Resolve(System.IO.Path.TrimEndingDirectorySeparator(path)));
        if (System.IO.Path.Exists(full) && FileKinds.Of(full) != FileKind.Folder)
            throw new IOException($"'{path}' is {FileKinds.Describe(FileKinds.Of(full)) ?? "a file"}. Give the name of a new folder.");
        if (System.IO.Path.GetDirectoryName(full) is not { } parent || full == Environment.CurrentDirectory)
            throw new IOException($"'{path}' cannot be replaced by a new folder. Give the name of a new folder in it.");
        if (!Directory.Exists(parent))
            throw new DirectoryNotFoundException($"'{path}' cannot be written: there is no folder {parent}. Create it first.");
        var exists = Directory.Exists(full);
        if (exists) RequireEmpty(full, path);
        var target = new FolderTarget(path, full, exists && !OperatingSystem.IsWindows() ? File.GetUnixFileMode(full) : null);
        target.Try();
        return target;
    }

    /// <summary>Temporary folders of other runs to the same place: killed by force, or still at work.</summary>
    public IReadOnlyList<string> Leftovers()
    {
        var parent = System.IO.Path.GetDirectoryName(Path) ?? Path;
        var prefix = FileTarget.TemporaryPrefix(Path);
        return
        [
            .. Directory.EnumerateDirectories(parent)
                .Where(folder => System.IO.Path.GetFileName(folder).StartsWith(prefix, StringComparison.Ordinal)
                    && folder.EndsWith(FileTarget.TemporaryEnding, StringComparison.Ordinal) && folder != TemporaryPath)
                .Order(StringComparer.Ordinal),
        ];
    }

    /// <summary>Checks that the disk has room for so many bytes; passes where the system does not tell.</summary>
    /// <param name="length">Bytes.</param>
    /// <exception cref="IOException">It has less.</exception>
    public void RequireRoom(long length)
    {
        if (FreeBytes() is { } free && free < length)
            throw new IOException(
                $"'{Name}' cannot be written: it needs {length} bytes, its disk has {free} left. "
                + "Free some space or choose another folder.");
    }

    /// <summary>Fills the folder under its temporary name and then puts it at its own in one step.</summary>
    /// <param name="write">
    /// Writes files into the folder that it is given. An exception of it ends the writing, removes the temporary folder and is passed on.
    /// </param>
    /// <exception cref="IOException">The disk is full or fails, or something has come to the folder's place meanwhile.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder may not be written to.</exception>
    public void Write(Action<string> write)
    {
        ArgumentNullException.ThrowIfNull(write);
        Create();
        try
        {
            write(TemporaryPath);
            Complete();
        }
        catch (IOException error) when (error.Message.Contains(TemporaryPath, StringComparison.Ordinal))
        {
            Discard();
            throw new IOException(error.Message.Replace(TemporaryPath, Path, StringComparison.Ordinal), error);
        }
        catch
        {
            Discard();
            throw;
        }
    }

    static void RequireEmpty(string full, string path)
    {
        var count = Directory.EnumerateFileSystemEntries(full).Take(1000).Count();
        if (count > 0)
            throw new IOException(
                $"'{path}' is a folder with {count} {(count == 1 ? "entry" : "entries")} in it, and nothing is overwritten. "
                + "Give the name of a new folder, or remove this one first.");
    }

    // Only doing it tells whether the place takes a folder, and whether an empty one there, such as a mounted disk, can be replaced.
    void Try()
    {
        Create();
        try
        {
            if (!Directory.Exists(Path)) return;
            Directory.Delete(Path);
            Directory.CreateDirectory(Path);
            Restore();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new IOException($"'{Name}' is empty but cannot be replaced: {error.Message} Give the name of a new folder in it.", error);
        }
        finally
        {
            Discard();
        }
    }

    void Create()
    {
        try
        {
            Directory.CreateDirectory(TemporaryPath);
        }
        catch (UnauthorizedAccessException error)
        {
            throw new UnauthorizedAccessException(
                $"'{Name}' cannot be written: its folder does not let you create folders. Choose another place or change its permissions.",
                error);
        }
        catch (IOException error)
        {
            throw new IOException($"'{Name}' cannot be written: {error.Message.Replace(TemporaryPath, Path, StringComparison.Ordinal)}", error);
        }
    }

    void Complete()
    {
        if (System.IO.Path.Exists(Path))
        {
            // Another run may have been faster.
            RequireEmpty(Path, Name);
            Directory.Delete(Path);
        }

        Directory.Move(TemporaryPath, Path);
        Restore();
    }

    void Restore()
    {
        if (_mode is { } mode && !OperatingSystem.IsWindows()) File.SetUnixFileMode(Path, mode);
    }

    void Discard()
    {
        try
        {
            Directory.Delete(TemporaryPath, recursive: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The first failure is the one to report; a folder that cannot be removed adds nothing to it.
        }
    }

    long? FreeBytes()
    {
        try
        {
            return new DriveInfo(System.IO.Path.GetDirectoryName(Path) ?? Path).AvailableFreeSpace;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return null;
        }
    }
}
