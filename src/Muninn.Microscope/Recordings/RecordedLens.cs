using System;
using System.Collections.Generic;
using System.Linq;
using Muninn.Microscope.Measures.Lenses;

namespace Muninn.Microscope.Recordings;

/// <summary>What the coda reads from the states of some iterations: the likeliest next tokens at every position, as <see cref="LensMeter"/> takes them.</summary>
public sealed record RecordedLens
{
    /// <summary>Most tokens that are listed at a place.</summary>
    public const int TopMax = 1000;

    /// <summary>Iterations, ascending, <c>[m]</c>; the last one is the end to which the others are compared.</summary>
    public required int[] Iterations { get; init; }

    /// <summary>Positions of the prompt (T).</summary>
    public required int Positions { get; init; }

    /// <summary>Tokens listed at a place (k).</summary>
    public required int Top { get; init; }

    /// <summary>The likeliest next tokens, likeliest first, equals by id, <c>[m, T, k]</c>; −1 where logits were not finite.</summary>
    public required int[] Tokens { get; init; }

    /// <summary>ln p of those tokens, <c>[m, T, k]</c>.</summary>
    public required float[] LogProbabilities { get; init; }

    /// <summary>−Σ p ln p in nats, <c>[m, T]</c>.</summary>
    public required float[] Entropy { get; init; }

    /// <summary>Σ p ln(p / q) in nats, p at the last iteration of the table, q at this one, <c>[m, T]</c>.</summary>
    public required float[] Divergence { get; init; }

    /// <summary>Rank at this iteration of the token that is the likeliest at the last, 1: the likeliest, <c>[m, T]</c>; 0 where it has none.</summary>
    public required int[] Rank { get; init; }

    /// <summary>What to call the tokens that occur.</summary>
    public required IReadOnlyDictionary<int, string> Labels { get; init; }

    /// <summary>What a table of states under the coda lens holds.</summary>
    /// <param name="table">Readings of states alone; the last one is the end.</param>
    /// <param name="label">What to call a token.</param>
    /// <exception cref="ArgumentException">The table is of the raw lens, or of blocks.</exception>
    public static RecordedLens Of(LensTable table, Func<int, string> label)
    {
        ArgumentNullException.ThrowIfNull(table);
        ArgumentNullException.ThrowIfNull(label);
        if (table.Kind != LensKind.Coda || Array.Exists(table.Blocks, static block => block != LensTable.State))
            throw new ArgumentException($"A recording holds the coda lens of states; this table is of the {table.Kind.ToString().ToLowerInvariant()} lens, "
                + $"{table.Blocks.Count(static block => block != LensTable.State)} of its {table.Readings} readings of blocks.", nameof(table));
        return new RecordedLens
        {
            Iterations = table.Iterations,
            Positions = table.Positions,
            Top = table.TopCount,
            Tokens = table.Tokens,
            LogProbabilities = table.LogProbabilities,
            Entropy = table.Entropy,
            Divergence = table.Divergence,
            Rank = table.Rank,
            Labels = table.Tokens.Where(static id => id >= 0).Distinct().Order().ToDictionary(static id => id, label),
        };
    }
}
