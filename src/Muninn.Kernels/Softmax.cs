using System;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using F = System.Runtime.Intrinsics.Vector512<float>;
using V = System.Runtime.Intrinsics.Vector512;

namespace Muninn.Kernels;

/// <summary>
/// The passes over a row of logits of which a choice is made: each reads every logit once, 16 at a time. Sums are in
/// double and in a fixed order.
/// </summary>
public static unsafe class Softmax
{
    /// <summary>
    /// max x[i]; not a number where any of them is none or is +∞, and −∞ where there is none above −∞.
    /// </summary>
    /// <param name="logits">x, <c>[vocabulary]</c>.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static float Largest(ReadOnlySpan<float> logits)
    {
        var largest = V.Create(float.NegativeInfinity);
        var allBelowInfinity = V.Equals(largest, largest);
        var i = 0;
        fixed (float* x = logits)
        {
            for (; i + Lanes.Count <= logits.Length; i += Lanes.Count)
            {
                var lanes = V.Load(x + i);
                largest = Lanes.Larger(lanes, largest);
                allBelowInfinity &= V.LessThan(lanes, V.Create(float.PositiveInfinity));
            }
        }

        var result = Lanes.Largest(largest);
        var isProper = V.ExtractMostSignificantBits(allBelowInfinity) == 0xFFFF;
        for (; i < logits.Length; i++)
        {
            isProper &= logits[i] < float.PositiveInfinity;
            if (logits[i] > result) result = logits[i];
        }

        return isProper ? result : float.NaN;
    }

    /// <summary>The lowest i with x[i] = <paramref name="value"/>, or −1. Zeros of either sign are equal.</summary>
    /// <param name="logits">x, <c>[vocabulary]</c>.</param>
    /// <param name="value">What is looked for.</param>
    public static int IndexOf(ReadOnlySpan<float> logits, float value)
    {
        var i = 0;
        fixed (float* x = logits)
        {
            for (; i + Lanes.Count <= logits.Length; i += Lanes.Count)
            {
                var equal = V.Equals(V.Load(x + i), V.Create(value));
                if (equal != F.Zero) return i + BitOperations.TrailingZeroCount(V.ExtractMostSignificantBits(equal));
            }
        }

        for (; i < logits.Length; i++)
        {
            if (logits[i] >= value && logits[i] <= value) return i;
        }

        return -1;
    }

    /// <summary>The lowest i with x[i] &gt; <paramref name="value"/>, or −1.</summary>
    /// <param name="logits">x, <c>[vocabulary]</c>.</param>
    /// <param name="value">What is to be exceeded.</param>
    public static int IndexAbove(ReadOnlySpan<float> logits, float value)
    {
        var i = 0;
        fixed (float* x = logits)
        {
            for (; i + Lanes.Count <= logits.Length; i += Lanes.Count)
            {
                var above = V.GreaterThan(V.Load(x + i), V.Create(value));
                if (above != F.Zero) return i + BitOperations.TrailingZeroCount(V.ExtractMostSignificantBits(above));
            }
        }

        for (; i < logits.Length; i++)
        {
            if (logits[i] > value) return i;
        }

        return -1;
    }

    /// <summary>Σ e^(x[i] − largest): log of it and largest together is the logarithm of the sum of eˣ.</summary>
    /// <param name="logits">x, <c>[vocabulary]</c>.</param>
    /// <param name="largest">The largest of them, finite.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static double Total(ReadOnlySpan<float> logits, float largest)
    {
        var total = default(DoubleSum);
        var i = 0;
        fixed (float* x = logits)
        {
            for (; i + Lanes.Count <= logits.Length; i += Lanes.Count)
                total.Add(Exponential.Of(V.Load(x + i) - V.Create(largest)));
            var rest = logits.Length - i;
            if (rest > 0) total.Add(Exponential.Of(Lanes.LoadFirst(x + i, rest) - V.Create(largest)) & Lanes.Below(rest));
        }

        return total.Value;
    }

    /// <summary>w[i] = e^((x[i] − largest) / temperature), in [0, 1]; returns Σ w[i].</summary>
    /// <param name="logits">x, <c>[vocabulary]</c>.</param>
    /// <param name="largest">The largest of them, finite.</param>
    /// <param name="temperature">Above 0.</param>
    /// <param name="weights">w, <c>[vocabulary]</c>, overwritten; must not overlap the logits.</param>
    /// <exception cref="ArgumentException">The weights are too short or overlap the logits.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static double Weigh(ReadOnlySpan<float> logits, float largest, float temperature, Span<float> weights)
    {
        Guard.Holds(weights.Length, logits.Length, "[vocabulary]");
        Guard.Apart(logits, weights[..logits.Length]);
        var total = default(DoubleSum);
        var i = 0;
        fixed (float* x = logits, w = weights)
        {
            for (; i + Lanes.Count <= logits.Length; i += Lanes.Count)
            {
                var weight = Exponential.Of((V.Load(x + i) - V.Create(largest)) / V.Create(temperature));
                V.Store(weight, w + i);
                total.Add(weight);
            }

            var rest = logits.Length - i;
            if (rest == 0) return total.Value;
            var last = Exponential.Of((Lanes.LoadFirst(x + i, rest) - V.Create(largest)) / V.Create(temperature));
            Lanes.StoreFirst(last, w + i, rest);
            total.Add(last & Lanes.Below(rest));
        }

        return total.Value;
    }

    /// <summary>How many x[i] ≥ <paramref name="least"/> there are, and the sum of their w[i].</summary>
    /// <param name="logits">x, <c>[vocabulary]</c>.</param>
    /// <param name="weights">w, <c>[vocabulary]</c>.</param>
    /// <param name="least">The lowest logit that counts.</param>
    /// <exception cref="ArgumentException">The weights are too short.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static (int Count, double Sum) From(ReadOnlySpan<float> logits, ReadOnlySpan<float> weights, float least)
    {
        Guard.Holds(weights.Length, logits.Length, "[vocabulary]");
        var total = default(DoubleSum);
        var counts = Vector512<int>.Zero;
        var count = 0;
        var i = 0;
        fixed (float* x = logits, w = weights)
        {
            for (; i + Lanes.Count <= logits.Length; i += Lanes.Count)
            {
                var isMeant = V.GreaterThanOrEqual(V.Load(x + i), V.Create(least));
                counts -= isMeant.AsInt32();
                total.Add(V.Load(w + i) & isMeant);
            }
        }

        var rest = 0.0;
        for (; i < logits.Length; i++)
        {
            if (!(logits[i] >= least)) continue;
            count++;
            rest += weights[i];
        }

        return (count + V.Sum(counts), total.Value + rest);
    }

    /// <summary>Sets every w[i] of an x[i] below <paramref name="least"/> to 0; returns the sum of the others.</summary>
    /// <param name="logits">x, <c>[vocabulary]</c>.</param>
    /// <param name="least">The lowest logit that stays.</param>
    /// <param name="weights">w, <c>[vocabulary]</c>, changed in place.</param>
    /// <exception cref="ArgumentException">The weights are too short.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static double Keep(ReadOnlySpan<float> logits, float least, Span<float> weights)
    {
        Guard.Holds(weights.Length, logits.Length, "[vocabulary]");
        var total = default(DoubleSum);
        var i = 0;
        fixed (float* x = logits, w = weights)
        {
            for (; i + Lanes.Count <= logits.Length; i += Lanes.Count)
            {
                var kept = V.Load(w + i) & V.GreaterThanOrEqual(V.Load(x + i), V.Create(least));
                V.Store(kept, w + i);
                total.Add(kept);
            }
        }

        var rest = 0.0;
        for (; i < logits.Length; i++)
        {
            if (!(logits[i] >= least)) weights[i] = 0;
            rest += weights[i];
        }

        return total.Value + rest;
    }

    /// <summary>w[i] ← w[i] · factor.</summary>
    /// <param name="weights">w, changed in place.</param>
    /// <param name="factor">By what.</param>
    public static void Scale(Span<float> weights, float factor)
    {
        var i = 0;
        fixed (float* w = weights)
        {
            for (; i + Lanes.Count <= weights.Length; i += Lanes.Count)
                V.Store(V.Load(w + i) * V.Create(factor), w + i);
        }

        for (; i < weights.Length; i++) weights[i] *= factor;
    }

    /// <summary>Σ w[i].</summary>
    /// <param name="weights">w.</param>
    public static double Sum(ReadOnlySpan<float> weights)
    {
        var total = default(DoubleSum);
        var i = 0;
        fixed (float* w = weights)
        {
            for (; i + Lanes.Count <= weights.Length; i += Lanes.Count) total.Add(V.Load(w + i));
            if (i < weights.Length) total.Add(Lanes.LoadFirst(w + i, weights.Length - i));
        }

        return total.Value;
    }

    /// <summary>Sums of 16 lanes in double.</summary>
    struct DoubleSum
    {
        Vector512<double> _lower;
        Vector512<double> _upper;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        internal void Add(F value)
        {
            _lower += V.WidenLower(value);
            _upper += V.WidenUpper(value);
        }

        /// <summary>Halves onto halves: an order of our own, the same on every machine.</summary>
        internal readonly double Value
        {
            get
            {
                var lanes = stackalloc double[Lanes.Count / 2];
                V.Store(_lower + _upper, lanes);
                for (var half = Lanes.Count / 4; half > 0; half /= 2)
                {
                    for (var i = 0; i < half; i++) lanes[i] += lanes[i + half];
                }

                return lanes[0];
            }
        }
    }
}
