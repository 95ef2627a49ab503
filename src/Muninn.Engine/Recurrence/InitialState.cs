using System;
using Muninn.Engine.Randomness;

namespace Muninn.Engine.Recurrence;

/// <summary>Where a run starts: the raw state s₀ of every row.</summary>
public abstract record InitialState
{
    /// <summary>All entries 0.</summary>
    public static InitialState Zero { get; } = new ZeroState();

    /// <summary>
    /// Truncated normal, deviation √(2 / (5·width)) cut at ±3 deviations, times √width, as the model was trained.
    /// Each entry is a pure function of (seed, position, index).
    /// </summary>
    /// <param name="seed">Any number; the same seed gives the same start.</param>
    public static InitialState Random(ulong seed) => new RandomState(seed);

    /// <summary>Given values.</summary>
    /// <param name="values">Raw s₀, <c>[positions, width]</c>: row p serves position p of every sequence.</param>
    public static InitialState Given(ReadOnlyMemory<float> values) => new GivenState(values);

    /// <summary>Writes s₀ of every row.</summary>
    /// <param name="rows">The rows of the run.</param>
    /// <param name="width">Width of a state.</param>
    /// <param name="state">s₀, <c>[rows, width]</c>, overwritten.</param>
    /// <exception cref="ArgumentException">A given state has another shape than the run.</exception>
    public virtual void Fill(RowBatch rows, int width, Span<float> state)
    {
        ArgumentNullException.ThrowIfNull(rows);
        for (int row = 0; row < rows.Count; row++)
            FillRow(rows.Positions[row], state.Slice(row * width, width));
    }

    /// <summary>Writes s₀ of one row.</summary>
    /// <param name="position">Its position, from 0.</param>
    /// <param name="state">s₀, <c>[width]</c>, overwritten.</param>
    internal abstract void FillRow(int position, Span<float> state);

    /// <summary>Why runs over so many positions cannot start here; null: they can.</summary>
    internal virtual string? RefusalOf(int positions, int width) => null;
}

sealed record ZeroState : InitialState
{
    internal override void FillRow(int position, Span<float> state) => state.Clear();
}

sealed record RandomState(ulong Seed) : InitialState
{
    internal override void FillRow(int position, Span<float> state)
    {
        // √width · √(2 / (5·width)): the width cancels.
        double deviation = Math.Sqrt(2.0 / 5.0);
        for (int i = 0; i < state.Length; i++)
            state[i] = (float)(deviation * CounterRandom.TruncatedNormal(Seed, RandomStream.InitialState, position, i));
    }
}

sealed record GivenState(ReadOnlyMemory<float> Values) : InitialState
{
    public override void Fill(RowBatch rows, int width, Span<float> state)
    {
        int last = 0;
        foreach (int position in rows.Positions)
            last = Math.Max(last, position);
        if (RefusalOf(last + 1, width) is { } refusal)
            throw new ArgumentException(refusal);
        base.Fill(rows, width, state);
    }

    internal override void FillRow(int position, Span<float> state) =>
        Values.Span.Slice(position * state.Length, state.Length).CopyTo(state);

    internal override string? RefusalOf(int positions, int width) => Values.Length == (long)positions * width
        ? null
        : $"The initial state has {Values.Length} values, but {positions} positions of width {width} need {(long)positions * width}; " +
            "give one raw state for each position.";
}
