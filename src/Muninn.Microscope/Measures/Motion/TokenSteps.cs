using System;
using Muninn.Microscope.Trajectories;

namespace Muninn.Microscope.Measures.Motion;

/// <summary>Steps d_i = s_i − s_{i−1} of one token in the full space, down to the rounding floor.</summary>
sealed class TokenSteps
{
    readonly double[] _steps;
    readonly int _width;

    /// <summary>Reads raw states 0 … <paramref name="iterations"/>.</summary>
    public TokenSteps(Trajectory trajectory, int iterations, int token, MotionSettings settings)
    {
        _width = trajectory.Width;
        FirstNotFinite = FirstWithout(trajectory, iterations, token);
        int finite = (FirstNotFinite ?? iterations + 1) - 1;
        int all = Math.Max(0, finite);
        Norms = new double[all];
        int count = 0;
        int moving = 0;
        for (int i = 1; i <= all; i++)
        {
            ReadOnlySpan<float> state = Row(trajectory, i, token);
            double step = Distance(state, Row(trajectory, i - 1, token));
            Norms[i - 1] = step;
            moving += step > 0 ? 1 : 0;
            // Rest counts only where nothing moves afterwards.
            if (step > settings.RoundingShare * settings.FloorMargin * Size(state))
                count = i;
        }

        FloorSteps = all - count;
        IsConstant = all > 0 && moving == 0;
        Count = Math.Min(all, Math.Max(count, MotionProbe.StepsMin));
        _steps = new double[(FirstNotFinite is null && !IsConstant ? Count : 0) * _width];
        for (int i = 0; i < _steps.Length / _width; i++)
        {
            ReadOnlySpan<float> state = Row(trajectory, i + 1, token);
            ReadOnlySpan<float> previous = Row(trajectory, i, token);
            for (int c = 0; c < _width; c++)
                _steps[i * _width + c] = (double)state[c] - previous[c];
        }

        if (all == 0)
            return;
        ReadOnlySpan<float> last = Row(trajectory, Count, token);
        for (int i = 0; i < Count; i++)
            Extent = Math.Max(Extent, Distance(Row(trajectory, i, token), last));
    }

    /// <summary>First iteration whose state is not finite; null: all are.</summary>
    public int? FirstNotFinite { get; }

    /// <summary>‖d_i‖ of every finite step, the first at index 0.</summary>
    public double[] Norms { get; }

    /// <summary>Steps in the window.</summary>
    public int Count { get; }

    /// <summary>Steps at the end that are all below the rounding floor.</summary>
    public int FloorSteps { get; }

    /// <summary>Whether no state differs from s₀.</summary>
    public bool IsConstant { get; }

    /// <summary>Largest distance of a state of the window from its last one.</summary>
    public double Extent { get; }

    /// <summary>⟨d_i, d_j⟩ of the window, <c>[count, count]</c>.</summary>
    public double[] Gram()
    {
        double[] gram = new double[Count * Count];
        for (int i = 0; i < Count; i++)
        {
            for (int j = 0; j <= i; j++)
                gram[i * Count + j] = gram[j * Count + i] = RowMath.Dot(_steps.AsSpan(i * _width, _width), _steps.AsSpan(j * _width, _width));
        }

        return gram;
    }

    static int? FirstWithout(Trajectory trajectory, int iterations, int token)
    {
        for (int i = 0; i <= iterations; i++)
        {
            foreach (float value in Row(trajectory, i, token))
            {
                if (!float.IsFinite(value))
                    return i;
            }
        }

        return null;
    }

    static ReadOnlySpan<float> Row(Trajectory trajectory, int iteration, int token) =>
        trajectory.State(iteration).Slice(token * trajectory.Width, trajectory.Width);

    static double Distance(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        double sum = 0;
        for (int i = 0; i < a.Length; i++)
        {
            double difference = (double)a[i] - b[i];
            sum += difference * difference;
        }

        return Math.Sqrt(sum);
    }

    static double Size(ReadOnlySpan<float> state)
    {
        double sum = 0;
        foreach (float value in state)
            sum += (double)value * value;
        return Math.Sqrt(sum);
    }
}
