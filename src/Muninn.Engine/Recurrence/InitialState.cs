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
    public abstract void Fill(RowBatch rows, int width, Span<float> state);
}

sealed record ZeroState : InitialState
{
    public override void Fill(RowBatch rows, int width, Span<float> state) => state[..(rows.Count * width)].Clear();
}

sealed record RandomState(ulong Seed) : InitialState
{
    public override void Fill(RowBatch rows, int width, Span<float> state)
    {
        // √width · √(2 / (5·width)): the width cancels.
        double deviation = Math.Sqrt(2.0 / 5.0);
        for (int row = 0; row < rows.Count; row++)
        {
            int position = rows.Positions[row];
            Span<float> values = state.Slice(row * width, width);
            for (int i = 0; i < width; i++)
                values[i] = (float)(deviation * CounterRandom.TruncatedNormal(Seed, RandomStream.InitialState, position, i));
        }
    }
}

sealed record GivenState(ReadOnlyMemory<float> Values) : InitialState
{
    public override void Fill(RowBatch rows, int width, Span<float> state)
    {
        int last = 0;
        foreach (int position in rows.Positions)
            last = Math.Max(last, position);
        long expected = (long)(last + 1) * width;
        if (Values.Length != expected)
            throw new ArgumentException(
                $"The initial state has {Values.Length} values, but {last + 1} positions of width {width} need {expected}; " +
                "give one raw state for each position.");
        for (int row = 0; row < rows.Count; row++)
            Values.Span.Slice(rows.Positions[row] * width, width).CopyTo(state.Slice(row * width, width));
    }
}
