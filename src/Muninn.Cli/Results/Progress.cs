using System;
using System.Diagnostics;
using Muninn.Cli.Frame;

namespace Muninn.Cli.Results;

/// <summary>One line on a terminal's standard error that says how far a long run has come; a short run shows none.</summary>
sealed class Progress(Shell shell, string what) : IDisposable
{
    static readonly TimeSpan _quiet = TimeSpan.FromMilliseconds(500);
    static readonly TimeSpan _pace = TimeSpan.FromMilliseconds(100);

    readonly long _start = Stopwatch.GetTimestamp();
    TimeSpan _shown;

    /// <summary>Shows the state when it is time to.</summary>
    /// <param name="done">Steps done.</param>
    /// <param name="total">Steps to do.</param>
    public void Report(int done, int total)
    {
        if (shell.ErrorRedirected) return;
        var elapsed = Stopwatch.GetElapsedTime(_start);
        if (elapsed < _quiet || elapsed - _shown < _pace) return;
        _shown = elapsed;
        var rest = done > 0 ? $", about {elapsed.TotalSeconds * (total - done) / done:F0} s left" : "";
        shell.Error.Write($"\r{what} {done} of {total}{rest}\u001b[K");
    }

    /// <summary>Takes the line away.</summary>
    public void Dispose()
    {
        if (_shown > TimeSpan.Zero) shell.Error.Write("\r\u001b[K");
    }
}
