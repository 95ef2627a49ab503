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

/// <summary>
/// When a row stops. A rule is a value; what it remembers while it runs is its <see cref="ExitMonitor"/>.
/// </summary>
public abstract record ExitRule
{
    /// <summary>A fresh monitor for a run of this rule.</summary>
    /// <param name="rows">Rows of the run; every row keeps its number for the whole run.</param>
    public abstract ExitMonitor Start(int rows);
}

/// <summary>Answers, row by row and iteration by iteration, whether the row stops here.</summary>
public abstract class ExitMonitor
{
    /// <summary>Whether the row stops with this state.</summary>
    /// <param name="row">Number of the row at the start of the run: it does not change when others leave.</param>
    /// <param name="iteration">Iterations behind <paramref name="state"/>, from 1.</param>
    /// <param name="state">Raw s_i, <c>[width]</c>.</param>
    /// <param name="previous">Raw s_{i−1}, <c>[width]</c>.</param>
    public abstract bool Stops(int row, int iteration, ReadOnlySpan<float> state, ReadOnlySpan<float> previous);
}

/// <summary>Stops a row when its residual ‖s_i − s_{i−1}‖ / ‖s_i‖ falls below a threshold.</summary>
/// <param name="Threshold">The residual below which a row has come to rest; above 0.</param>
/// <remarks>Every row is judged alone, unlike the original, which averages over a chunk.</remarks>
public sealed record ResidualExit(double Threshold) : ExitRule
{
    /// <inheritdoc/>
    public override ExitMonitor Start(int rows)
    {
        if (!(Threshold > 0) || double.IsInfinity(Threshold))
            throw new ArgumentOutOfRangeException(nameof(rows),
                $"The residual threshold is {Threshold}; give a finite number above 0.");
        return new Monitor(Threshold);
    }

    sealed class Monitor(double threshold) : ExitMonitor
    {
        public override bool Stops(int row, int iteration, ReadOnlySpan<float> state, ReadOnlySpan<float> previous) =>
            Residual.Of(state, previous) < threshold;
    }
}
