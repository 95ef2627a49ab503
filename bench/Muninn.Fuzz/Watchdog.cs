using System;
using System.Diagnostics;
using System.Threading;

namespace Muninn.Fuzz;

/// <summary>Ends the program when one input takes too long, and says which.</summary>
sealed class Watchdog : IDisposable
{
    const int PeriodMilliseconds = 250;

    readonly Timer _timer;
    readonly TimeSpan _limit;
    readonly Action<long> _onHang;
    long _input;
    long _started;

    /// <summary>Starts to watch.</summary>
    /// <param name="limit">Longest time for one input.</param>
    /// <param name="onHang">Told the number of the input that hangs; must end the program.</param>
    public Watchdog(TimeSpan limit, Action<long> onHang)
    {
        _limit = limit;
        _onHang = onHang;
        _timer = new Timer(_ => Look(), null, PeriodMilliseconds, PeriodMilliseconds);
    }

    /// <summary>Notes that work on an input begins.</summary>
    /// <param name="input">Its number.</param>
    public void Begin(long input)
    {
        Volatile.Write(ref _input, input);
        Volatile.Write(ref _started, Stopwatch.GetTimestamp());
    }

    /// <summary>Stops to watch.</summary>
    public void Dispose() => _timer.Dispose();

    void Look()
    {
        var started = Volatile.Read(ref _started);
        if (started != 0 && Stopwatch.GetElapsedTime(started) > _limit)
            _onHang(Volatile.Read(ref _input));
    }
}
