using System;
using Muninn.Engine.Recurrence;

namespace Muninn.Engine.Generation;

/// <summary>
/// Neighbouring positions of one sequence that set out together: prelude, iterations side by side, each row until its own exit,
/// then the coda. A chunk of a prompt, one new token, a draft that is verified and a wave are all flights; a request has
/// one in the air at a time.
/// </summary>
sealed class Flight
{
    readonly bool[] _isLive;
    readonly RowEnding[] _endings;
    readonly double[] _values;
    readonly bool[] _isMet;
    readonly int _width;
    float[] _logits = [];
    bool _hasLogits;

    internal Flight(int rowsMax, int width)
    {
        _width = width;
        _isLive = new bool[rowsMax];
        _endings = new RowEnding[rowsMax];
        _values = new double[rowsMax];
        _isMet = new bool[rowsMax];
        Tokens = new int[rowsMax];
        States = new float[checked(rowsMax * width)];
        Injected = new float[checked(rowsMax * width)];
    }

    /// <summary>Most rows.</summary>
    internal int RowsMax => Tokens.Length;

    internal int Sequence { get; set; }

    /// <summary>
    /// Whether its rows stop together, as the original's do: at the mean of their values, or at the value of the last row where logits
    /// are read. Otherwise each row stops for itself.
    /// </summary>
    internal bool StopsTogether { get; init; }

    /// <summary>Position of the first row.</summary>
    internal int FirstPosition { get; private set; }

    /// <summary>Rows, those that stopped included.</summary>
    internal int Count { get; private set; }

    /// <summary>Iterations behind the rows that go on.</summary>
    internal int Iteration { get; private set; }

    /// <summary>Most iterations behind a row.</summary>
    internal int Limit { get; private set; }

    /// <summary>Rows that go on.</summary>
    internal int LiveCount { get; private set; }

    /// <summary>Whether e is still to be computed; otherwise <see cref="Injected"/> holds it.</summary>
    internal bool NeedsPrelude { get; set; }

    /// <summary>The first row whose logits are wanted at the end; <see cref="Count"/>: none.</summary>
    internal int LogitsFrom { get; set; }

    /// <summary>When a row stops before the limit; null: never.</summary>
    internal ExitRule? Exit { get; private set; }

    internal ExitMonitor? Monitor { get; private set; }

    /// <summary>Number of the first row at the monitor.</summary>
    internal int MonitorRow { get; private set; }

    /// <summary>Where its rows begin in the pass through the core that is under way.</summary>
    internal int PassRow { get; set; }

    /// <summary>Whether the rule reads logits at this iteration.</summary>
    internal bool ReadsLogitsNow => Exit is not null && Exit.ReadsLogitsAt(Iteration);

    /// <summary>Whether the last check has left the logits that are wanted at the end: a coda less.</summary>
    internal bool HasLogits => _hasLogits && LogitsFrom == 0;

    /// <summary>The logits that the last check has left, <c>[vocabulary]</c>.</summary>
    internal ReadOnlySpan<float> Logits => _logits;

    /// <summary>Token of each row, <c>[rows]</c>.</summary>
    internal int[] Tokens { get; }

    /// <summary>Raw state of each row, <c>[rows, width]</c>: where it starts, goes and ends.</summary>
    internal float[] States { get; }

    /// <summary>e of each row, <c>[rows, width]</c>.</summary>
    internal float[] Injected { get; }

    internal bool HasLanded => LiveCount == 0;

    internal bool IsLive(int row) => _isLive[row];

    internal RowEnding Ending(int row) => _endings[row];

    /// <summary>Value of the exit rule at the last check of a row; NaN before the first.</summary>
    internal double Value(int row) => _values[row];

    internal Span<float> State(int row) => States.AsSpan(row * _width, _width);

    /// <summary>A flight of <paramref name="count"/> rows; tokens and start states are to be filled in.</summary>
    internal void SetOut(int firstPosition, int count, int firstIteration, int limit)
    {
        (FirstPosition, Count, Iteration, Limit) = (firstPosition, count, firstIteration, limit);
        LiveCount = count;
        NeedsPrelude = true;
        LogitsFrom = count;
        (Exit, Monitor) = (null, null);
        _hasLogits = false;
        _isLive.AsSpan(0, count).Fill(true);
        _values.AsSpan(0, count).Fill(double.NaN);
    }

    /// <summary>Lets a rule judge the rows; rows that begin are told so.</summary>
    internal void Judge(ExitRule rule, ExitMonitor monitor, int monitorRow = 0)
    {
        (Exit, Monitor, MonitorRow) = (rule, monitor, monitorRow);
        for (int row = 0; row < Count && Iteration == 0; row++)
            monitor.Begin(monitorRow + row);
    }

    /// <summary>The rows that go on have one more iteration behind them.</summary>
    internal void Advance()
    {
        Iteration++;
        _hasLogits = false;
    }

    /// <summary>Keeps logits for the end, if the flight is a single row.</summary>
    internal void KeepLogits(ReadOnlySpan<float> logits)
    {
        if (Count != 1)
            return;
        if (_logits.Length == 0)
            _logits = new float[logits.Length];
        logits.CopyTo(_logits);
        _hasLogits = true;
    }

    /// <summary>No row is judged yet.</summary>
    internal void BeginChecks() => _isMet.AsSpan(0, Count).Clear();

    /// <summary>A row that sets out at its end: it stopped in an earlier flight.</summary>
    internal void HasStopped(int row, RowEnding ending, double value)
    {
        _isLive[row] = false;
        _endings[row] = ending;
        _values[row] = value;
        LiveCount--;
    }

    /// <summary>Sets how a row ended that was at rest over several flights.</summary>
    internal void Conclude(int row, RowEnding ending, double value) => (_endings[row], _values[row]) = (ending, value);

    /// <summary>Asks the rule about a row.</summary>
    internal void Check(int row, in ExitView view)
    {
        var check = Monitor!.Check(MonitorRow + row, view);
        _isMet[row] = check.Stops;
        _values[row] = check.Value;
    }

    /// <summary>Rows whose rule is met stop.</summary>
    internal void EndChecks()
    {
        if (StopsTogether)
            JudgeTogether();
        for (int row = 0; row < Count; row++)
        {
            if (_isLive[row] && _isMet[row])
                Stop(row, ExitReason.RuleMet);
        }
    }

    /// <summary>Rows that have run as many iterations as they may stop.</summary>
    internal void StopAtLimit()
    {
        for (int row = 0; row < Count && Iteration >= Limit; row++)
        {
            if (_isLive[row])
                Stop(row, ExitReason.LimitReached);
        }
    }

    void JudgeTogether()
    {
        double value = _values[Count - 1];
        if (!Exit!.ReadsLogits)
        {
            value = 0;
            foreach (double one in _values.AsSpan(0, Count))
                value += one / Count;
        }

        _values.AsSpan(0, Count).Fill(value);
        _isMet.AsSpan(0, Count).Fill(Exit.IsMet(value));
    }

    void Stop(int row, ExitReason reason)
    {
        _isLive[row] = false;
        _endings[row] = new RowEnding(Iteration, reason);
        LiveCount--;
    }
}
