using System;
using Muninn.Kernels;

namespace Muninn.Engine.Model;

/// <summary>
/// ln_f: the norm through which every state is read, before the coda and again after it. Distances between states are
/// measured behind it; what is iterated is the raw state before it.
/// </summary>
/// <param name="gain">Gain, <c>[width]</c>.</param>
/// <param name="epsilon">Added to the mean square, inside the root.</param>
public sealed class FinalNorm(float[] gain, float epsilon)
{
    /// <summary>Width of a state.</summary>
    public int Width => gain.Length;

    /// <summary>Gain, <c>[width]</c>.</summary>
    public ReadOnlySpan<float> Gain => gain;

    /// <summary>What is added to the mean square, inside the root.</summary>
    public float Epsilon => epsilon;

    /// <summary>destination[r, :] = gain · state[r, :] / √(mean(state[r, :]²) + ε).</summary>
    /// <param name="state">Raw states, <c>[rows, width]</c>.</param>
    /// <param name="rows">How many.</param>
    /// <param name="destination">Normalised states, <c>[rows, width]</c>, overwritten; may be <paramref name="state"/>.</param>
    public void Apply(ReadOnlySpan<float> state, int rows, Span<float> destination) =>
        RmsNorm.Normalize(state, gain, rows, Width, epsilon, destination);
}
