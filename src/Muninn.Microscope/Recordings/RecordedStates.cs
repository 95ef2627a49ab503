using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;
using Muninn.Engine.Checkpoints;
using Muninn.Engine.Model;
using Muninn.Kernels;
using Muninn.Microscope.Measures;
using Muninn.Microscope.Trajectories;

namespace Muninn.Microscope.Recordings;

/// <summary>Which states a recording holds, how they are stored, and the states themselves where they were read.</summary>
public sealed record RecordedStates
{
    /// <summary>Iterations, ascending; 0 is s₀.</summary>
    public required IReadOnlyList<int> Iterations { get; init; }

    /// <summary>Positions of the prompt, ascending.</summary>
    public required IReadOnlyList<int> Positions { get; init; }

    /// <summary>How they are stored: F32, F16 or BF16.</summary>
    public DType Type { get; init; } = DType.F32;

    /// <summary>
    /// Largest ‖ln_f(s as stored) − ln_f(s)‖₂ over all states held: what storing them moved a distance by, at most twice; 0 for F32.
    /// </summary>
    public float Rounding { get; init; }

    /// <summary>Raw states; row r belongs to <see cref="Positions"/>[r]. Null where only the rest of the file was read.</summary>
    public Trajectory? Trajectory { get; init; }

    /// <summary>The same states rounded to another type.</summary>
    /// <param name="type">F32, F16 or BF16.</param>
    /// <param name="norm">ln_f, behind which the loss is measured.</param>
    /// <exception cref="OverflowException">A state is too large for half precision.</exception>
    /// <exception cref="InvalidOperationException">The states were not read.</exception>
    public RecordedStates As(DType type, FinalNorm norm)
    {
        ArgumentNullException.ThrowIfNull(norm);
        if (!type.WidensToFloat32())
            throw new ArgumentException($"States are stored as F32, F16 or BF16; asked for {type}.", nameof(type));
        if (type == Type || type == DType.F32)
            return this with { Type = type };
        var trajectory = Trajectory ?? throw new InvalidOperationException("The states were not read.");
        var rounded = new SortedDictionary<int, float[]>();
        double worst = Rounding;
        var exact = new float[trajectory.Positions * trajectory.Width];
        var moved = new float[exact.Length];
        foreach (int iteration in Iterations)
        {
            var state = trajectory.State(iteration);
            float[] kept = type == DType.F16 ? Halves(state, iteration) : BrainHalves(state);
            rounded.Add(iteration, kept);
            norm.Apply(state, trajectory.Positions, exact);
            norm.Apply(kept, trajectory.Positions, moved);
            for (int row = 0; row < trajectory.Positions; row++)
            {
                double distance = Math.Sqrt(SquareSums.OfDifference(
                    exact.AsSpan(row * trajectory.Width, trajectory.Width), moved.AsSpan(row * trajectory.Width, trajectory.Width)));
                // A state that is not finite loses nothing by being stored.
                worst = double.IsFinite(distance) ? Math.Max(worst, distance) : worst;
            }
        }

        return this with
        {
            Type = type,
            Rounding = (float)worst,
            Trajectory = new Trajectory(trajectory.Positions, trajectory.Width, rounded),
        };
    }

    /// <summary>Whole numbers in words: <c>0-4, 8, 16</c>.</summary>
    /// <param name="numbers">Ascending.</param>
    public static string Listed(IReadOnlyList<int> numbers)
    {
        ArgumentNullException.ThrowIfNull(numbers);
        const int RangesMax = 12;
        var text = new StringBuilder();
        int ranges = 0;
        for (int i = 0; i < numbers.Count;)
        {
            int last = i;
            while (last + 1 < numbers.Count && numbers[last + 1] == numbers[last] + 1)
                last++;
            if (++ranges > RangesMax)
                return text.Append(", …, ").Append(numbers[^1]).ToString();
            text.Append(i == 0 ? "" : ", ").Append(numbers[i]);
            if (last > i)
                text.Append('-').Append(numbers[last]);
            i = last + 1;
        }

        return numbers.Count == 0 ? "none" : text.ToString();
    }

    static float[] Halves(ReadOnlySpan<float> state, int iteration)
    {
        var kept = new float[state.Length];
        for (int i = 0; i < kept.Length; i++)
        {
            kept[i] = (float)(Half)state[i];
            if (!float.IsFinite(kept[i]) && float.IsFinite(state[i]))
                throw new OverflowException(FormattableString.Invariant(
                    $"A state of iteration {iteration} holds {state[i]}, and half precision ends at {(float)Half.MaxValue}: store them as bf16 or f32."));
        }

        return kept;
    }

    static float[] BrainHalves(ReadOnlySpan<float> state)
    {
        var bits = new ushort[state.Length];
        BrainFloats.Round(state, bits);
        var kept = new float[state.Length];
        FloatWidening.FromBrainFloat16(bits, kept);
        return kept;
    }

    /// <summary>Same places and how they are stored; the states themselves are compared by reference.</summary>
    public bool Equals(RecordedStates? other) =>
        other is not null && Type == other.Type && Rounding.Equals(other.Rounding) && ReferenceEquals(Trajectory, other.Trajectory)
        && Iterations.SequenceEqual(other.Iterations) && Positions.SequenceEqual(other.Positions);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Type, Rounding, Iterations.Count, Positions.Count);
}
