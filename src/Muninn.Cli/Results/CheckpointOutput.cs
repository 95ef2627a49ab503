using System.IO;
using Muninn.Cli.Frame;
using Muninn.Engine.Checkpoints;
using Muninn.Engine.Files;

namespace Muninn.Cli.Results;

/// <summary>Writes a checkpoint folder for a command: with progress, stopped by Ctrl-C, whole or not at all.</summary>
static class CheckpointOutput
{
    const int MebiByteBits = 20;

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

    /// <summary>Writes all files; tells of what killed runs to the same place have left.</summary>
    /// <param name="target">Where to.</param>
    /// <param name="draft">What.</param>
    /// <param name="shell">Where progress is shown, and who may stop it.</param>
    public static void Write(FolderTarget target, CheckpointDraft draft, Shell shell)
    {
        foreach (var leftover in target.Leftovers())
            shell.Error.WriteLine($"note: {leftover} is of another run to the same place. Delete it unless that run is still at work.");
        int total = (int)(draft.Shards.TotalLength >> MebiByteBits);
        using var mark = shell.Unfinished.BeginFolder(target.TemporaryPath);
        using var progress = new Progress(shell, "MiB", total);
        CheckpointWriter.Write(target, draft, written => progress.Report((int)(written >> MebiByteBits)), shell.Stopping);
    }
}
