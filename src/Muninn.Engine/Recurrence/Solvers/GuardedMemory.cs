using System;

namespace Muninn.Engine.Recurrence.Solvers;

/// <summary>When a mixture is thrown away.</summary>
public sealed record SolverGuard
{
    /// <summary>
    /// A mixture at which ‖core(e, x) − x‖ exceeds this many times the smallest so far is thrown away: the solver goes back to the
    /// result with the smallest, and its window is emptied. At least 1; infinite: never, but for numbers that are not finite.
    /// </summary>
    public double Growth { get; init; } = 1.5;

    /// <summary>
    /// After so many mixtures thrown away, without the smallest residual halved between them, a window goes on plain to its end; at
    /// least 1.
    /// </summary>
    public int RejectedMax { get; init; } = 3;

    internal void Require()
    {
        if (!(Growth >= 1))
            throw new ArgumentOutOfRangeException(nameof(Growth), $"The growth a mixture may have is {Growth}; give at least 1.");
        ArgumentOutOfRangeException.ThrowIfLessThan(RejectedMax, 1);
    }
}

/// <summary>
/// What solvers that mix have in common: they look at the residual before they mix, and go back where a mixture made it rise.
/// </summary>
/// <remarks>
/// Steps below 10⁻⁶ of the state are rounding: there is nothing to be fitted, and the window goes on plain. A residual that rises
/// at a plain step is the model's own doing, no error of the solver: the window is emptied and begins anew from there.
/// </remarks>
abstract class GuardedMemory(SolverGuard guard, int windows, int length) : SolverMemory
{
    readonly float[] _best = new float[checked(windows * length)];
    readonly double[] _smallest = new double[windows];
    readonly bool[] _wasMixed = new bool[windows];
    readonly int[] _inVain = new int[windows];
    readonly double[] _smallestAtRejection = new double[windows];
    readonly SolverTally[] _tallies = new SolverTally[windows];

    /// <summary>Numbers of a window's vector.</summary>
    protected int Length => length;

    internal static long BytesPerWindow(int length) => (long)sizeof(float) * length;

    public sealed override void Begin(int window)
    {
        _smallest[window] = double.PositiveInfinity;
        _wasMixed[window] = false;
        _inVain[window] = 0;
        _smallestAtRejection[window] = double.PositiveInfinity;
        _tallies[window] = default;
        Forget(window);
    }

    public sealed override SolverTally TallyOf(int window) => _tallies[window];

    public sealed override void Next(int window, ReadOnlySpan<float> state, ReadOnlySpan<float> image, Span<float> next)
    {
        ref SolverTally tally = ref _tallies[window];
        bool wasMixed = _wasMixed[window];
        _wasMixed[window] = false;
        var (step, size) = Residual.Norms(image, state);
        bool isFinite = double.IsFinite(step) && double.IsFinite(size);
        bool hasRisen = !isFinite || step > guard.Growth * _smallest[window];
        if (hasRisen && wasMixed)
        {
            GoBack(window, next);
            return;
        }

        if (hasRisen && isFinite)
        {
            Forget(window);
            tally = tally with { Restarts = tally.Restarts + 1 };
            _smallest[window] = double.PositiveInfinity;
        }

        if (isFinite && step < _smallest[window])
        {
            _smallest[window] = step;
            image.CopyTo(Best(window));
        }

        bool mixes = isFinite && tally.GaveUp == 0 && step > StateRounding.AssumedShare * size && Mix(window, state, image, next);
        if (mixes && !IsFinite(next))
        {
            mixes = false;
            Forget(window);
            tally = tally with { Restarts = tally.Restarts + 1 };
        }

        if (!mixes)
            image.CopyTo(next);
        _wasMixed[window] = mixes;
        tally = mixes ? tally with { Mixed = tally.Mixed + 1 } : tally with { Plain = tally.Plain + 1 };
    }

    /// <summary>Empties a window.</summary>
    protected abstract void Forget(int window);

    /// <summary>Writes the mixture, if the method mixes after this evaluation; otherwise <paramref name="next"/> may hold anything.</summary>
    /// <returns>Whether it mixes.</returns>
    protected abstract bool Mix(int window, ReadOnlySpan<float> state, ReadOnlySpan<float> image, Span<float> next);

    /// <summary>To the result with the smallest residual: a mixture follows evaluations that were finite, so there is one.</summary>
    void GoBack(int window, Span<float> next)
    {
        ref SolverTally tally = ref _tallies[window];
        Forget(window);
        _inVain[window] = _smallest[window] <= 0.5 * _smallestAtRejection[window] ? 1 : _inVain[window] + 1;
        _smallestAtRejection[window] = _smallest[window];
        tally = tally with
        {
            Rejected = tally.Rejected + 1,
            Restarts = tally.Restarts + 1,
            Plain = tally.Plain + 1,
            GaveUp = _inVain[window] >= guard.RejectedMax ? 1 : 0,
        };
        Best(window).CopyTo(next);
    }

    Span<float> Best(int window) => _best.AsSpan(window * length, length);

    static bool IsFinite(ReadOnlySpan<float> values)
    {
        foreach (float value in values)
        {
            if (!float.IsFinite(value))
                return false;
        }

        return true;
    }
}
