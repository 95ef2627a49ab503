using System;

namespace Muninn.Microscope.Measures.Lenses;

/// <summary>
/// What a model would say at every iteration: of each reading m and position t the likeliest tokens, how certain they are, and
/// how far the distribution is from that of the end. A <see cref="LensMeter"/> takes it.
/// </summary>
/// <remarks>
/// Readings stand in the order in which the model computes them: those of an iteration's blocks before that of its state.
/// Where a logit is not finite there is no distribution: its tokens are −1, its ranks 0 and its other numbers NaN.
/// Logarithms are natural; sums run in double.
/// </remarks>
public sealed record LensTable
{
    /// <summary>A reading of a state, in <see cref="Blocks"/>.</summary>
    public const int State = -1;

    /// <summary>No token, in <see cref="Tokens"/> and <see cref="FinalTokens"/>.</summary>
    public const int NoToken = -1;

    /// <summary>No rank, in <see cref="Rank"/> and <see cref="NextRank"/>; the likeliest token has rank 1.</summary>
    public const int NoRank = 0;

    /// <summary>Which lens.</summary>
    public required LensKind Kind { get; init; }

    /// <summary>What was asked for.</summary>
    public required LensSettings Settings { get; init; }

    /// <summary>Token ids of the prompt, <c>[T]</c>.</summary>
    public required int[] Ids { get; init; }

    /// <summary>Iteration of each reading, <c>[m]</c>, ascending; the last is the horizon.</summary>
    public required int[] Iterations { get; init; }

    /// <summary>
    /// Core block behind which each reading is taken, from 0, <c>[m]</c>; <see cref="State"/>: behind the last one, the state s_i itself.
    /// </summary>
    public required int[] Blocks { get; init; }

    /// <summary>The likeliest tokens, the likeliest first, of equally likely ones the lower id, <c>[m, T, k]</c>.</summary>
    public required int[] Tokens { get; init; }

    /// <summary>ln p of <see cref="Tokens"/>, <c>[m, T, k]</c>.</summary>
    public required float[] LogProbabilities { get; init; }

    /// <summary>−Σ p ln p, in nats, <c>[m, T]</c>.</summary>
    public required float[] Entropy { get; init; }

    /// <summary>Σ p_end (ln p_end − ln p), in nats, <c>[m, T]</c>: the divergence of the end's distribution from this one; 0 at the end.</summary>
    public required float[] Divergence { get; init; }

    /// <summary>Rank of the end's likeliest token, 1 … vocabulary, <c>[m, T]</c>; of equally likely tokens the lower id comes first.</summary>
    public required int[] Rank { get; init; }

    /// <summary>ln p of the token that follows in the prompt, <c>[m, T]</c>; NaN at the last position, which none follows.</summary>
    public required float[] NextLogProbability { get; init; }

    /// <summary>Rank of the token that follows in the prompt, <c>[m, T]</c>; <see cref="NoRank"/> at the last position.</summary>
    public required int[] NextRank { get; init; }

    /// <summary>The likeliest token at the end, <c>[T]</c>.</summary>
    public required int[] FinalTokens { get; init; }

    /// <summary>
    /// By how much the likeliest token at the end leads the second, ln p₁ − ln p₂, <c>[T]</c>: where it is next to nothing, which
    /// of the two is ahead says little. Infinite in a vocabulary of one.
    /// </summary>
    public required float[] FinalMargin { get; init; }

    /// <summary>
    /// Commit: the first iteration from which the likeliest token is that of the end at every reading of a state, <c>[T]</c>; null
    /// where the end has none. The horizon itself: it changed at the very last reading, and the end may not be its last word.
    /// </summary>
    public required int?[] Commit { get; init; }

    /// <summary>The first iteration from which the divergence stays below the bound of the settings, <c>[T]</c>; null as above.</summary>
    public required int?[] Settled { get; init; }

    /// <summary>How often the likeliest token changed from one reading of a state to the next, <c>[T]</c>.</summary>
    public required int[] Changes { get; init; }

    /// <summary>Positions of the prompt (T).</summary>
    public int Positions => Ids.Length;

    /// <summary>Readings (m).</summary>
    public int Readings => Iterations.Length;

    /// <summary>Tokens that are kept of each reading (k).</summary>
    public int TopCount => Settings.TopCount;

    /// <summary>Number of the reading of a state, or −1 where that iteration was not read.</summary>
    /// <param name="iteration">The iteration.</param>
    public int ReadingOf(int iteration)
    {
        for (int m = 0; m < Iterations.Length; m++)
        {
            if (Iterations[m] == iteration && Blocks[m] == State)
                return m;
        }

        return -1;
    }

    /// <summary>The likeliest token of a reading; <see cref="NoToken"/> where there is none.</summary>
    /// <param name="reading">Number of the reading.</param>
    /// <param name="position">Position that is read.</param>
    public int Likeliest(int reading, int position) => Tokens[(reading * Positions + position) * TopCount];

    /// <summary>The likeliest tokens of a reading, <c>[k]</c>.</summary>
    /// <param name="reading">Number of the reading.</param>
    /// <param name="position">Position that is read.</param>
    public ReadOnlySpan<int> TopTokens(int reading, int position) =>
        Tokens.AsSpan((reading * Positions + position) * TopCount, TopCount);
}
