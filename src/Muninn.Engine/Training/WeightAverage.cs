using System;
using System.Runtime.InteropServices;
using V = System.Runtime.Intrinsics.Vector512;

namespace Muninn.Engine.Training;

/// <summary>The exponential moving average of one tensor's weights, without a memory of where it began.</summary>
/// <remarks>
/// After n additions it is Σ dⁿ⁻ⁱ wᵢ / Σ dⁿ⁻ⁱ: the weights seen, each counting d times as much as the one after it. The first is a copy,
/// and early averages are not drawn to the start. Kept as float32, computed in double: what is added must differ from the average by
/// more than about 6e-8 / (1 − d) of it to count.
/// </remarks>
public sealed class WeightAverage
{
    const int Group = 16;

    readonly double _decay;

    /// <summary>An average of nothing.</summary>
    /// <param name="count">Weights of the tensor.</param>
    /// <param name="decay">d, in [0, 1): about 1 / (1 − d) updates count; such as 0.999.</param>
    public WeightAverage(int count, double decay)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        if (decay is not (>= 0 and < 1))
            throw new ArgumentOutOfRangeException(nameof(decay), $"The decay of the average is {decay}; give a number in [0, 1), such as 0.999.");
        Values = new float[count];
        _decay = decay;
    }

    /// <summary>The average, one number for each weight; 0 before the first addition.</summary>
    public float[] Values { get; }

    /// <summary>n, how many additions there were.</summary>
    public long Additions { get; private set; }

    /// <summary>average ← average + (1 − d) / (1 − dⁿ) · (weight − average).</summary>
    /// <param name="weights">The weights after an update.</param>
    public void Add(ReadOnlySpan<float> weights)
    {
        RequireLength(weights.Length);
        Additions++;
        double share = (1 - _decay) / (1 - Powers.Of(_decay, Additions));
        Span<float> values = Values;
        ref float w = ref MemoryMarshal.GetReference(weights);
        ref float a = ref MemoryMarshal.GetReference(values);
        int whole = weights.Length / Group * Group;
        for (nuint i = 0; i < (nuint)whole; i += Group)
        {
            var (wLower, wUpper) = V.Widen(V.LoadUnsafe(ref w, i));
            var (aLower, aUpper) = V.Widen(V.LoadUnsafe(ref a, i));
            V.StoreUnsafe(V.Narrow(aLower + share * (wLower - aLower), aUpper + share * (wUpper - aUpper)), ref a, i);
        }

        for (int i = whole; i < weights.Length; i++)
        {
            double average = values[i];
            values[i] = (float)(average + share * (weights[i] - average));
        }
    }

    /// <summary>Puts back what a checkpoint kept.</summary>
    /// <param name="values">As many numbers as weights.</param>
    /// <param name="additions">At least 0.</param>
    public void Restore(ReadOnlySpan<float> values, long additions)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(additions);
        RequireLength(values.Length);
        values.CopyTo(Values);
        Additions = additions;
    }

    void RequireLength(int length)
    {
        if (length != Values.Length)
            throw new ArgumentException($"There are {length} weights and an average of {Values.Length}; give those of the same tensor.");
    }
}
