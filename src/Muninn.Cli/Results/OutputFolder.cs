using System;
using System.IO;
using Muninn.Cli.Frame;
using Muninn.Engine.Files;

namespace Muninn.Cli.Results;

/// <summary>A folder that a command writes: whole or not at all, known as unfinished meanwhile.</summary>
static class OutputFolder
{
    /// <summary>The folder of a name, checked to be new or empty.</summary>
    /// <param name="name">As given by the user.</param>
    /// <exception cref="IOException">It cannot be written there; the message says why.</exception>
    public static FolderTarget Target(string name)
    {
        try
        {
            return FolderTarget.Of(name);
        }
        catch (DirectoryNotFoundException e)
        {
            // A place that does not take the output, not an input that was not found: another exit code.
            throw new IOException(e.Message, e);
        }
    }

    /// <summary>Marks the folder as unfinished while it is written, and tells of what killed runs to the same place have left.</summary>
    /// <param name="target">Where to.</param>
    /// <param name="shell">Who may stop it.</param>
    /// <param name="write">Writes it.</param>
    public static void Write(FolderTarget target, Shell shell, Action write)
    {
        foreach (var leftover in target.Leftovers())
            shell.Error.WriteLine($"note: {leftover} is of another run to the same place. Delete it unless that run is still at work.");
        using var mark = shell.Unfinished.BeginFolder(target.TemporaryPath);
        write();
    }
}
