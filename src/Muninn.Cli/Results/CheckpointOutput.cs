using Muninn.Cli.Frame;
using Muninn.Engine.Checkpoints;
using Muninn.Engine.Files;

namespace Muninn.Cli.Results;

/// <summary>Writes a checkpoint folder for a command: with progress, stopped by Ctrl-C, whole or not at all.</summary>
static class CheckpointOutput
{
    const int MebiByteBits = 20;

    /// <summary>Writes all files; tells of what killed runs to the same place have left.</summary>
    /// <param name="target">Where to.</param>
    /// <param name="draft">What.</param>
    /// <param name="shell">Where progress is shown, and who may stop it.</param>
    public static void Write(FolderTarget target, CheckpointDraft draft, Shell shell)
    {
        int total = (int)(draft.Shards.TotalLength >> MebiByteBits);
        OutputFolder.Write(target, shell, () =>
        {
            using var progress = new Progress(shell, "MiB", total);
            CheckpointWriter.Write(target, draft, written => progress.Report((int)(written >> MebiByteBits)), shell.Stopping);
        });
    }
}
