using System;
using System.Collections.Generic;
using System.IO;
using Muninn.Cli.Frame;

namespace Muninn.Cli.Results;

/// <summary>A file to be written, checked before any work is done.</summary>
/// <param name="Name">As typed.</param>
/// <param name="Path">Where it really lies: absolute, links followed.</param>
/// <param name="Type">The ending in lower case, e.g. <c>.svg</c>.</param>
sealed record OutputFile(string Name, string Path, string Type)
{
    /// <summary>Reads a file name that must end like one of <paramref name="types"/>.</summary>
    public static Func<string, OutputFile> Read(params IReadOnlyList<string> types) => text =>
    {
        var type = System.IO.Path.GetExtension(text).ToLowerInvariant();
        foreach (var known in types)
        {
            if (known == type && System.IO.Path.GetFileNameWithoutExtension(text).Length > 0)
                return new OutputFile(text, Resolve(text), type);
        }

        var found = type.Length > 1 ? $"the file type '{type}' of '{text}' is unknown" : $"'{text}' has no file type";
        throw new FormatException($"{found}; the name must end in {string.Join(", ", types)}.");
    };

    /// <summary>Refuses files that cannot be written and files that are the same.</summary>
    /// <exception cref="UsageException">Two names mean one file.</exception>
    /// <exception cref="IOException">A name is a folder or a device, or its folder does not exist.</exception>
    public static void Check(IReadOnlyList<OutputFile> files)
    {
        var seen = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var file in files)
        {
            if (!seen.TryAdd(file.Path, file.Name))
            {
                throw new UsageException(file.Name == seen[file.Path]
                    ? $"--out '{file.Name}' is given twice. Give every output its own name."
                    : $"--out '{seen[file.Path]}' and --out '{file.Name}' are the same file. Give every output its own name.");
            }

            file.RequireWritable();
        }
    }

    /// <summary>Runs <paramref name="write"/> on the path and says which file its failure is about.</summary>
    /// <exception cref="IOException">The file could not be written.</exception>
    public void Write(Shell shell, Action<string> write)
    {
        using var mark = shell.Unfinished.Begin(Path);
        try
        {
            write(Path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new IOException($"'{Name}' cannot be written: {e.Message}", e);
        }
    }

    void RequireWritable()
    {
        if (Directory.Exists(Path)) throw new IOException($"'{Name}' is a folder. Give the name of a file in it.");
        // Files are written under another name and renamed, which would replace a device by a file.
        if ((Path.StartsWith("/dev/", StringComparison.Ordinal) && !Path.StartsWith("/dev/shm/", StringComparison.Ordinal)) || Path.StartsWith("/proc/", StringComparison.Ordinal))
        {
            throw new IOException($"'{Name}' leads to the device {Path}, which cannot hold a file. Give the name of a regular file.");
        }

        var folder = System.IO.Path.GetDirectoryName(Path);
        if (!Directory.Exists(folder)) throw new IOException($"'{Name}': there is no folder {folder}. Create it first.");
    }

    static string Resolve(string name)
    {
        var path = System.IO.Path.GetFullPath(name);
        try
        {
            return File.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName ?? path;
        }
        catch (IOException)
        {
            // Not there yet, or a link into nowhere: writing will tell.
            return path;
        }
    }
}
