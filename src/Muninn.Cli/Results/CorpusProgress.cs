using System;
using System.Collections.Generic;
using System.Linq;
using Muninn.Cli.Frame;
using Muninn.Engine.Training.Data.Corpus;

namespace Muninn.Cli.Results;

/// <summary>How far a reading of files has come; ends it at Ctrl-C.</summary>
/// <param name="files">What is read.</param>
/// <param name="shell">Where progress is shown, and who may stop it.</param>
sealed class CorpusProgress(IReadOnlyList<CorpusFile> files, Shell shell) : IDisposable
{
    const int KibiByteBits = 10;

    readonly Progress _progress = new(shell, "KiB", Kibi(files.Sum(static file => file.Length)));
    long _done;

    /// <summary>Counts a document, or a part of one.</summary>
    /// <param name="document">What has been read.</param>
    /// <exception cref="OperationCanceledException">The work is to stop.</exception>
    public void Report(CorpusDocument document)
    {
        shell.Stopping.ThrowIfCancellationRequested();
        _done += document.Texts.Sum(static text => (long)text.Length);
        _progress.Report(Kibi(_done));
    }

    /// <summary>Takes the line away.</summary>
    public void Dispose() => _progress.Dispose();

    static int Kibi(long bytes) => (int)Math.Min(int.MaxValue, bytes >> KibiByteBits);
}
