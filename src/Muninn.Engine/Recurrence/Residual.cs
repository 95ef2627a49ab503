using System;

namespace Muninn.Engine.Recurrence;

/// <summary>How far one iteration moved a state, relative to its size.</summary>
public static class Residual
{
    /// <summary>
    /// ‖state − previous‖₂ / ‖state‖₂, in double; 0 where nothing moved, NaN where a state is not finite.
    /// </summary>
    /// <param name="state">s_i, <c>[width]</c>.</param>
    /// <param name="previous">s_{i−1}, <c>[width]</c>.</param>
    /// <remarks>Double: the difference of nearly equal states is what is measured.</remarks>
    public static double Of(ReadOnlySpan<float> state, ReadOnlySpan<float> previous)
    {
        var (step, size) = Norms(state, previous);
        return ShareOf(step, size);
    }

    /// <summary>‖state − previous‖₂ and ‖state‖₂, in double.</summary>
    /// <param name="state">s_i, <c>[width]</c>.</param>
    /// <param name="previous">s_{i−1}, <c>[width]</c>.</param>
    internal static (double Step, double Size) Norms(ReadOnlySpan<float> state, ReadOnlySpan<float> previous)
    {
        if (state.Length != previous.Length)
            throw new ArgumentException(
                $"The states have {state.Length} and {previous.Length} entries; they must have the same width.", nameof(previous));
        double change = 0;
        double size = 0;
        for (int i = 0; i < state.Length; i++)
        {
            double value = state[i];
            double difference = value - previous[i];
            change += difference * difference;
            size += value * value;
        }

        return (Math.Sqrt(change), Math.Sqrt(size));
    }

    /// <summary>step / size; 0 where nothing moved, whatever the size.</summary>
    /// <param name="step">‖state − previous‖₂.</param>
    /// <param name="size">‖state‖₂.</param>
    public static double ShareOf(double step, double size) => step > 0 || double.IsNaN(step) ? step / size : 0;
}
