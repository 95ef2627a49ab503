using System;
using System.Collections.Generic;
using System.IO;
using Muninn.Cli.Frame;
using Muninn.Engine.Files;

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
        if (type.Length > 1 && System.IO.Path.GetFileNameWithoutExtension(text).Length == 0)
            throw new FormatException($"'{text}' is an ending without a name; put a name in front of it.");
        foreach (var known in types)
        {
            if (known == type) return new OutputFile(text, Resolve(text), type);
        }

        var found = type.Length > 1 ? $"the file type '{type}' of '{text}' is unknown" : $"'{text}' has no file type";
        throw new FormatException($"{found}; the name must end in {string.Join(", ", types)}.");
    };

    /// <summary>Refuses files that cannot be written and files that are the same.</summary>
    /// <exception cref="UsageException">Two names mean one file.</exception>
    /// <exception cref="IOException">A name is no regular file, or its folder does not exist or takes no file.</exception>
    /// <exception cref="UnauthorizedAccessException">A folder may not be written to.</exception>
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

            _ = file.Target();
        }
    }

    /// <summary>Runs <paramref name="write"/> on the place of the file, which is known as unfinished meanwhile.</summary>
    /// <exception cref="IOException">The file could not be written; the message names it.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder may not be written to.</exception>
    public void Write(Shell shell, Action<FileTarget> write)
    {
        var target = Target();
        using var mark = shell.Unfinished.Begin(target.TemporaryPath);
        write(target);
    }

    FileTarget Target()
    {
        try
        {
            return FileTarget.Of(Name);
        }
        catch (DirectoryNotFoundException e)
        {
            // A place that does not take the output, not an input that was not found: another exit code.
            throw new IOException(e.Message, e);
        }
    }

    static string Resolve(string name)
    {
        try
        {
            return FileTarget.Resolve(name);
        }
        catch (IOException)
        {
            // Links in a circle: the check tells.
            return System.IO.Path.GetFullPath(name);
        }
    }
}
