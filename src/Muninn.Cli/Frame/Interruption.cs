using System;
using System.Runtime.InteropServices;
using System.Threading;

namespace Muninn.Cli.Frame;

/// <summary>
/// Turns SIGINT and SIGTERM into a cancellation, and ends the process itself where the work does not
/// answer in time.
/// </summary>
sealed class Interruption : IDisposable
{
    /// <summary>
    /// How long the work may take to stop by itself. Together with the end of the process this stays
    /// below the 0.2 s after which a key press feels ignored.
    /// </summary>
    const int PatienceMilliseconds = 120;

    readonly CancellationTokenSource _source = new();
    readonly Action _lastResort;
    readonly PosixSignalRegistration _interrupt;
    readonly PosixSignalRegistration _terminate;
    CancellationTokenSource? _answer;
    Timer? _deadline;
    int _exitCode;

    /// <summary>Begins to listen.</summary>
    /// <param name="lastResort">Run once before the process is ended by force: removes what must not stay.</param>
    public Interruption(Action lastResort)
    {
        _lastResort = lastResort;
        _interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        _terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
    }

    /// <summary>Cancelled at the first signal.</summary>
    public CancellationToken Token => _source.Token;

    /// <summary>
    /// Until the answer is disposed the first SIGINT cancels <paramref name="answer"/> and nothing else; a second one is as without.
    /// </summary>
    public IDisposable Divert(CancellationTokenSource answer)
    {
        Volatile.Write(ref _answer, answer);
        return new Diversion(this);
    }

    /// <summary>The exit code of the signal that came, 0 when none did.</summary>
    public int ExitCode => Volatile.Read(ref _exitCode);

    /// <inheritdoc/>
    public void Dispose()
    {
        _interrupt.Dispose();
        _terminate.Dispose();
        _deadline?.Dispose();
        _source.Dispose();
    }

    void Stop(PosixSignalContext context)
    {
        context.Cancel = true;
        if (context.Signal == PosixSignal.SIGINT && Interlocked.Exchange(ref _answer, null) is { } answer)
        {
            answer.Cancel();
            return;
        }

        var code = context.Signal == PosixSignal.SIGINT ? Frame.ExitCode.Interrupted : Frame.ExitCode.Terminated;
        if (Interlocked.CompareExchange(ref _exitCode, code, 0) != 0)
        {
            End();
            return;
        }

        _deadline = new Timer(static state => ((Interruption)state!).End(), this, PatienceMilliseconds, Timeout.Infinite);
        _source.Cancel();
    }

    void End()
    {
        _lastResort();
        Environment.Exit(ExitCode);
    }

    sealed class Diversion(Interruption interruption) : IDisposable
    {
        public void Dispose() => Volatile.Write(ref interruption._answer, null);
    }
}
