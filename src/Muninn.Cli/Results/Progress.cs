using System;
using System.Diagnostics;
using Muninn.Cli.Frame;

namespace Muninn.Cli.Results;

/// <summary>One line on a terminal's standard error that says how far a long run has come; a short run shows none.</summary>
/// <param name="shell">Where it is shown.</param>
/// <param name="what">What is counted.</param>
/// <param name="limit">Steps of the run; 0: <see cref="Report(int, int)"/> says.</param>
/// <param name="again">Steps that are then run a second time.</param>
sealed class Progress(Shell shell, string what, int limit = 0, int again = 0) : IDisposable
{
    static readonly TimeSpan _quiet = TimeSpan.FromMilliseconds(500);
    static readonly TimeSpan _pace = TimeSpan.FromMilliseconds(100);

    readonly long _start = Stopwatch.GetTimestamp();
    readonly System.Threading.Lock _turn = new();
    TimeSpan _shown;

    /// <summary>Shows the state when it is time to.</summary>
    /// <param name="done">Steps done, those of the second run included.</param>
    public void Report(int done) => Show(elapsed => Line(done, elapsed.TotalSeconds));

    /// <summary>Shows how many of so many are done when it is time to, where nobody knows how many times so many there will be; any thread may call.</summary>
    /// <param name="done">Steps of this round that are done.</param>
    /// <param name="count">Steps of this round; 0: not known.</param>
    public void Report(int done, int count) => Show(_ => count > 0 ? $"{what} {done} of {count}" : $"{what} {done}");

    void Show(Func<TimeSpan, string> line)
    {
        if (shell.ErrorRedirected) return;
        lock (_turn)
        {
            var elapsed = Stopwatch.GetElapsedTime(_start);
            if (elapsed < _quiet || elapsed - _shown < _pace) return;
            _shown = elapsed;
            shell.Error.Write($"\r{line(elapsed)}\u001b[K");
        }
    }

    /// <summary>What the line says: both runs count, in the steps as in the time that is left.</summary>
    /// <param name="done">Steps done, those of the second run included.</param>
    /// <param name="seconds">Time that they took.</param>
    internal string Line(int done, double seconds)
    {
        int total = limit + again;
        var second = again > 0 ? $" ({limit}, then the first {again} again)" : "";
        var rest = done > 0 ? $", about {seconds * (total - done) / done:F0} s left" : "";
        return $"{what} {done} of {total}{second}{rest}";
    }

    /// <summary>Takes the line away.</summary>
    public void Dispose()
    {
        if (_shown > TimeSpan.Zero) shell.Error.Write("\r\u001b[K");
    }
}
