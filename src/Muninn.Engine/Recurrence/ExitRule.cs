using System;

namespace Muninn.Engine.Recurrence;

/// <summary>Why a row stopped: an expected ending is a value, not an exception.</summary>
public enum ExitReason
{
    /// <summary>The row ran as many iterations as were allowed.</summary>
    LimitReached,

    /// <summary>The row's exit rule was met before the limit.</summary>
    RuleMet,
}

/// <summary>What a rule sees of one row after one iteration: read-only, valid only during the call.</summary>
/// <param name="iteration">Iterations that the row has behind it, from 1.</param>
/// <param name="state">Raw s_i, <c>[width]</c>.</param>
/// <param name="previous">Raw s_{i−1}, <c>[width]</c>.</param>
/// <param name="logits">The coda's logits of s_i, <c>[vocabulary]</c>; empty where the coda was not run.</param>
public readonly ref struct ExitView(
    int iteration, ReadOnlySpan<float> state, ReadOnlySpan<float> previous, ReadOnlySpan<float> logits = default)
{
    /// <summary>Iterations that the row has behind it, from 1.</summary>
    public int Iteration { get; } = iteration;

    /// <summary>Raw s_i, <c>[width]</c>.</summary>
    public ReadOnlySpan<float> State { get; } = state;

    /// <summary>Raw s_{i−1}, <c>[width]</c>.</summary>
    public ReadOnlySpan<float> Previous { get; } = previous;

    /// <summary>The coda's logits of s_i, <c>[vocabulary]</c>; empty where the coda was not run.</summary>
    public ReadOnlySpan<float> Logits { get; } = logits;
}

/// <summary>What a rule says of one row after one iteration.</summary>
/// <param name="Stops">Whether the row stops with this state.</param>
/// <param name="Value">What the rule measured; NaN where there is nothing to measure yet, or where it is not finite.</param>
public readonly record struct ExitCheck(bool Stops, double Value);

/// <summary>
/// When a row stops. A rule is a value; what it remembers while rows run is its <see cref="ExitMonitor"/>. No rule (null)
/// means that every row runs to its limit.
/// </summary>
public abstract record ExitRule
{
    /// <summary>Whether the rule compares logits, so that the coda must run before a check.</summary>
    public virtual bool ReadsLogits => false;

    /// <summary>
    /// A rule that reads logits gets them at iterations that are multiples of this, at least 1, and compares with those it got
    /// before. Rules that read states alone look at every iteration, whatever stands here.
    /// </summary>
    public int CodaInterval { get; init; } = 1;

    /// <summary>Whether a row's logits are to be computed after this iteration.</summary>
    /// <param name="iteration">Iterations that the row has behind it, from 1.</param>
    public bool ReadsLogitsAt(int iteration) => ReadsLogits && iteration % CodaInterval == 0;

    /// <summary>Whether a value is on the side of the threshold where rows stop. NaN never is.</summary>
    /// <param name="value">As in <see cref="ExitCheck.Value"/>.</param>
    /// <remarks>A rule may ask for more than one such value before a row stops.</remarks>
    public abstract bool IsMet(double value);

    /// <summary>A fresh monitor. All its memory is allocated here.</summary>
    /// <param name="rows">Most rows that run at the same time, at least 1.</param>
    /// <param name="width">Width of a state, at least 1.</param>
    /// <param name="vocabulary">Logits of a row, at least 1 for a rule that reads them; 0 otherwise where there are none.</param>
    /// <exception cref="ArgumentOutOfRangeException">The rule's threshold or a size is out of range; the message says how.</exception>
    public abstract ExitMonitor Start(int rows, int width, int vocabulary);

    /// <summary>Memory of a monitor for each row that runs at the same time, in bytes; about.</summary>
    internal virtual long BytesPerRow(int width, int vocabulary) => 64;

    private protected void RequireSizes(int rows, int width, int vocabulary)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(rows, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(vocabulary);
        if (!ReadsLogits)
            return;
        ArgumentOutOfRangeException.ThrowIfLessThan(vocabulary, 1);
        if (CodaInterval < 1)
            throw new ArgumentOutOfRangeException(nameof(vocabulary),
                $"The coda interval is {CodaInterval}; give at least 1, which runs the coda at every iteration.");
    }

    private protected static void RequireThreshold(string name, double threshold)
    {
        if (!(threshold > 0) || double.IsInfinity(threshold))
            throw new ArgumentOutOfRangeException(nameof(threshold),
                $"The {name} threshold is {threshold}; give a finite number above 0.");
    }
}

/// <summary>
/// Answers, row by row and iteration by iteration, whether a row stops here. Rows are told apart by a number that is a row's
/// own from its beginning to its end; rows of many requests, at different iterations, may share one monitor.
/// </summary>
/// <remarks>
/// Neither method allocates. What a monitor says of a row depends on nothing but that row's own views; different rows may be
/// checked by different threads at the same time.
/// </remarks>
public abstract class ExitMonitor
{
    /// <summary>A row starts anew under this number: whatever ran under it before is forgotten.</summary>
    /// <param name="row">Number of the row, 0 … rows − 1.</param>
    public abstract void Begin(int row);

    /// <summary>
    /// What the rule says of a row; called once for each of its iterations. A rule that reads logits answers an iteration
    /// without them with (false, NaN) and remembers nothing of it.
    /// </summary>
    /// <param name="row">Number of the row, 0 … rows − 1, begun before.</param>
    /// <param name="view">The row after this iteration.</param>
    /// <exception cref="ArgumentException">A state or the logits have another length than the monitor was made for.</exception>
    public abstract ExitCheck Check(int row, in ExitView view);
}
