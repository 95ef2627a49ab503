using System;

namespace Muninn.Engine.Recurrence;

/// <summary>What an observer sees after one iteration: read-only, valid only during the call.</summary>
/// <param name="iteration">Iterations behind the state: 0 for s₀, then 1, 2, ….</param>
/// <param name="rows">The rows that took part; row r of <paramref name="state"/> is row r of this batch.</param>
/// <param name="width">Width of a state.</param>
/// <param name="state">Raw s_i, <c>[rows, width]</c>; where it is edited, after it.</param>
/// <param name="previous">Raw s_{i−1} of the same rows, <c>[rows, width]</c>; empty at iteration 0.</param>
public readonly ref struct IterationView(
    int iteration, RowBatch rows, int width, ReadOnlySpan<float> state, ReadOnlySpan<float> previous)
{
    /// <summary>Iterations behind the state: 0 for s₀, then 1, 2, ….</summary>
    public int Iteration { get; } = iteration;

    /// <summary>The rows that took part in this iteration.</summary>
    public RowBatch Rows { get; } = rows;

    /// <summary>Width of a state.</summary>
    public int Width { get; } = width;

    /// <summary>Raw s_i, <c>[rows, width]</c>.</summary>
    public ReadOnlySpan<float> State { get; } = state;

    /// <summary>Raw s_{i−1} of the same rows, <c>[rows, width]</c>; empty at iteration 0.</summary>
    public ReadOnlySpan<float> Previous { get; } = previous;
}

/// <summary>
/// Called once with s₀ and then after every iteration. Observation is never intervention: the view is read-only.
/// An observer may throw <see cref="OperationCanceledException"/> to stop the run.
/// </summary>
public delegate void IterationObserver(in IterationView iteration);

/// <summary>
/// Called with s₀ and with every s_i, before observers, the exit rule and the next application of the core see it, and
/// allowed to change it. What is changed after the last iteration is the final state.
/// </summary>
/// <param name="iteration">Iterations behind the state: 0 for s₀, then 1, 2, ….</param>
/// <param name="rows">The rows of <paramref name="state"/>: (sequence, position) addresses the edit.</param>
/// <param name="state">Raw s_i, <c>[rows, width]</c>, changed in place.</param>
public delegate void StateEdit(int iteration, RowBatch rows, Span<float> state);

/// <summary>
/// One application of the core: <c>next = core(injected, state)</c> for every row.
/// </summary>
/// <param name="rows">The rows of this pass.</param>
/// <param name="injected">e, <c>[rows, width]</c>.</param>
/// <param name="state">s_{i−1}, <c>[rows, width]</c>.</param>
/// <param name="next">s_i, <c>[rows, width]</c>, overwritten; never the same memory as <paramref name="state"/>.</param>
public delegate void CoreStep(
    RowBatch rows, ReadOnlySpan<float> injected, ReadOnlySpan<float> state, Span<float> next);

/// <summary>Logits of some rows, for exit rules that read them: <c>logits = head · ln_f(coda(ln_f(state)))</c>.</summary>
/// <param name="rows">The rows.</param>
/// <param name="state">Raw s_i, <c>[rows, width]</c>.</param>
/// <param name="logits"><c>[rows, vocabulary]</c>, overwritten.</param>
public delegate void CodaStep(RowBatch rows, ReadOnlySpan<float> state, Span<float> logits);
