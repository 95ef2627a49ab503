using System;

namespace Muninn.Engine.Recurrence.Solvers;

/// <summary>What a solver came to.</summary>
/// <param name="evaluations">Evaluations of the core.</param>
/// <param name="tally">What the solver did, over all its windows.</param>
/// <param name="state">Result of the last evaluation, <c>[rows, width]</c>; valid until the next run.</param>
public readonly ref struct SolverAnswer(int evaluations, SolverTally tally, ReadOnlySpan<float> state)
{
    /// <summary>Evaluations of the core.</summary>
    public int Evaluations { get; } = evaluations;

    /// <summary>What the solver did, over all its windows.</summary>
    public SolverTally Tally { get; } = tally;

    /// <summary>Result of the last evaluation, <c>[rows, width]</c>; valid until the next run.</summary>
    public ReadOnlySpan<float> State { get; } = state;
}
