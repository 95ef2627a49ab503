using System;

namespace Muninn.Microscope.Recordings;

/// <summary>Where T tokens look in one block of the core after m of the iterations: softmax weights, the mean over all heads.</summary>
public sealed record RecordedPatterns
{
    /// <summary>Iterations, ascending, from 1, <c>[m]</c>: i is the pass that computes s_i.</summary>
    public required int[] Iterations { get; init; }

    /// <summary>Number of the block in the core.</summary>
    public required int Block { get; init; }

    /// <summary>Tokens (T).</summary>
    public required int Positions { get; init; }

    /// <summary>The weights, <c>[m, T, T]</c>: row t for the token that looks; NaN behind it, where the mask lets it see nothing.</summary>
    public required float[] Weights { get; init; }

    /// <summary>The weights of one token, <c>[T]</c>.</summary>
    /// <param name="reading">Number of the iteration, 0 … m − 1.</param>
    /// <param name="position">The token that looks.</param>
    public ReadOnlySpan<float> Row(int reading, int position) => Weights.AsSpan((reading * Positions + position) * Positions, Positions);
}
