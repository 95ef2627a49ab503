using System;
using System.Diagnostics;
using Muninn.Engine.Recurrence;
using Muninn.Microscope.Trajectories;

namespace Muninn.Microscope.Measures.Solvers;

/// <summary>
/// Measures a solver while it runs: <c>residual[t, k] = ‖core(e, x) − x‖ / ‖core(e, x)‖</c> at its k-th evaluation, on raw states,
/// and keeps the answer it would have given, had it ended when every token was within the tolerance.
/// </summary>
/// <remarks>Hand <see cref="Observe"/> to the run as its observer. Measuring allocates nothing.</remarks>
public sealed class SolverMeter
{
    readonly int _positions;
    readonly double _tolerance;
    readonly WholePrompt _run;
    readonly long _begun = Stopwatch.GetTimestamp();

    /// <summary>Everything that is held, allocated at once.</summary>
    /// <param name="positions">Positions of the prompt (T), at least 1.</param>
    /// <param name="width">Width of a state, at least 1.</param>
    /// <param name="evaluations">Evaluations that are measured (K), at least 1; those after them are not looked at.</param>
    /// <param name="tolerance">Residual at which the answer is taken, above 0.</param>
    public SolverMeter(int positions, int width, int evaluations, double tolerance)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(positions, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(evaluations, 1);
        _positions = positions;
        Evaluations = evaluations;
        _tolerance = tolerance;
        _run = new WholePrompt("solver meter", positions, width);
        Residual = new double[checked(positions * evaluations)];
        Array.Fill(Residual, double.NaN);
        Answer = new float[checked(positions * width)];
    }

    /// <summary>Evaluations that are measured (K).</summary>
    public int Evaluations { get; }

    /// <summary>Residual of each token at each evaluation, <c>[T, K]</c>, column k − 1 for evaluation k; NaN where it is not finite.</summary>
    public double[] Residual { get; }

    /// <summary>The first evaluation at which every token was within the tolerance; null: none.</summary>
    public int? ReachedAt { get; private set; }

    /// <summary>core(e, x) of that evaluation, or of the last one measured, raw, <c>[T, width]</c>.</summary>
    public float[] Answer { get; }

    /// <summary>Wall time up to that evaluation.</summary>
    public TimeSpan Elapsed { get; private set; }

    /// <summary>Measures one evaluation.</summary>
    /// <exception cref="InvalidOperationException">The run is not of one whole prompt, or it is a second run.</exception>
    public void Observe(in IterationView evaluation)
    {
        _run.Require(evaluation);
        int k = evaluation.Iteration;
        if (k == 0 || k > Evaluations)
            return;
        bool all = true;
        for (int t = 0; t < _positions; t++)
        {
            int at = t * evaluation.Width;
            double residual = Engine.Recurrence.Residual.Of(
                evaluation.State.Slice(at, evaluation.Width), evaluation.Previous.Slice(at, evaluation.Width));
            Residual[t * Evaluations + k - 1] = double.IsFinite(residual) ? residual : double.NaN;
            all &= residual <= _tolerance;
        }

        if (ReachedAt is not null)
            return;
        if (all)
            ReachedAt = k;
        if (all || k == Evaluations)
        {
            evaluation.State.CopyTo(Answer);
            Elapsed = Stopwatch.GetElapsedTime(_begun);
        }
    }
}
