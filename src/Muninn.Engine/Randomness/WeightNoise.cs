using System;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Text;
using D = System.Runtime.Intrinsics.Vector512<double>;
using V = System.Runtime.Intrinsics.Vector512;

namespace Muninn.Engine.Randomness;

/// <summary>
/// Truncated normal numbers for the elements of one tensor: a pure function of (seed, tensor's name, element), whatever the
/// portions they are asked for in, and with the same bits on every machine.
/// </summary>
/// <remarks>
/// Four elements share one block of Philox4x32-10. Each of its words is one number, uniform with 32 bits, that a rational
/// function takes to the normal quantile. Only sums, products and quotients of doubles take part, no function of the C runtime.
/// </remarks>
public readonly struct WeightNoise
{
    const int Group = 16;
    const int WordsPerBlock = 4;

    // The double with these upper bits and a 32-bit word as its lower ones is 2⁵² + word.
    const ulong WholeBits = 0x4330_0000_0000_0000;
    const double Whole = 4503599627370496;

    // From words to p − ½ inside the cut, symmetric: word + ½ − 2³¹, times the share of a word.
    // The half comes after the difference: 2⁵² leaves no place for it.
    const double Middle = Whole + 2147483648.0;
    const double Share = (1 - 2 * CounterRandom.TailBelowThree) / 4294967296.0;

    readonly ulong _seed;
    readonly ulong _tensor;

    /// <summary>The numbers of a tensor.</summary>
    /// <param name="seed">The user's seed.</param>
    /// <param name="tensor">The tensor's name.</param>
    public WeightNoise(ulong seed, string tensor)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        _seed = seed;
        _tensor = Hash(tensor);
    }

    /// <summary>destination[i] = deviation · x(first + i), x standard normal cut at ±3 deviations (deviation of x: 0.98658).</summary>
    /// <param name="first">Number of the first element, at least 0.</param>
    /// <param name="deviation">The deviation before the cut.</param>
    /// <param name="destination">Overwritten.</param>
    public void Fill(long first, double deviation, Span<float> destination)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(first);
        if (destination.IsEmpty) return;
        Span<float> ragged = stackalloc float[Group];
        int skipped = (int)(first % Group);
        if (skipped != 0)
        {
            FillGroups(first - skipped, deviation, ragged);
            int count = Math.Min(Group - skipped, destination.Length);
            ragged.Slice(skipped, count).CopyTo(destination);
            destination = destination[count..];
            first += count;
        }

        int whole = destination.Length / Group * Group;
        FillGroups(first, deviation, destination[..whole]);
        if (whole == destination.Length) return;
        FillGroups(first + whole, deviation, ragged);
        ragged[..(destination.Length - whole)].CopyTo(destination[whole..]);
    }

    /// <summary>The uniform word of an element: what <see cref="Fill"/> turns into its number.</summary>
    internal uint Word(long element)
    {
        var block = Block((ulong)element / WordsPerBlock);
        return (element % WordsPerBlock) switch { 0 => block.X0, 1 => block.X1, 2 => block.X2, _ => block.X3 };
    }

    /// <summary>The normal number of a word, before it is scaled and rounded.</summary>
    internal static double Quantile(uint word) => Normal(V.Create((ulong)word)).ToScalar();

    // Compiled to the end at once: in its first, quick form the compiler calls every vector operation.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    void FillGroups(long first, double deviation, Span<float> destination)
    {
        Span<uint> words = stackalloc uint[Group];
        ref uint word = ref MemoryMarshal.GetReference(words);
        ref float target = ref MemoryMarshal.GetReference(destination);
        var scale = V.Create(deviation);
        for (int i = 0; i < destination.Length; i += Group)
        {
            ulong block = (ulong)(first + i) / WordsPerBlock;
            for (int j = 0; j < Group; j += WordsPerBlock, block++)
                (words[j], words[j + 1], words[j + 2], words[j + 3]) = Block(block);
            var (lower, upper) = V.Widen(V.LoadUnsafe(ref word));
            V.StoreUnsafe(V.Narrow(scale * Normal(lower), scale * Normal(upper)), ref target, (nuint)i);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    (uint X0, uint X1, uint X2, uint X3) Block(ulong number) => CounterRandom.Philox(
        _seed, (uint)number, (uint)_tensor, (uint)RandomStream.Weights | (uint)(number >> 32) << 8, (uint)(_tensor >> 32));

    /// <summary>Φ⁻¹ of evenly spaced probabilities between Φ(−3) and Φ(3), by number; relative error below 3.4e-9.</summary>
    /// <remarks>
    /// Φ⁻¹(½ + q) = q · P(t) / Q(t) with t = (½ + q)(½ − q). In t all coefficients are positive, so nothing cancels near the cut.
    /// They interpolate Φ⁻¹ at 17 Chebyshev nodes of [−3, 3] and were computed with 60 digits; the bound is that of 3000 points.
    /// </remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static D Normal(Vector512<ulong> words)
    {
        var half = V.Create(0.5);
        var q = ((words | V.Create(WholeBits)).AsDouble() - V.Create(Middle) + half) * V.Create(Share);
        var t = (half + q) * (half - q);
        var above = V.Create(108964792611553.23);
        above = V.FusedMultiplyAdd(above, t, V.Create(470166873140159.25));
        above = V.FusedMultiplyAdd(above, t, V.Create(230872614582900.0));
        above = V.FusedMultiplyAdd(above, t, V.Create(27726985043778.176));
        above = V.FusedMultiplyAdd(above, t, V.Create(1012674102929.0801));
        above = V.FusedMultiplyAdd(above, t, V.Create(12001460846.407923));
        above = V.FusedMultiplyAdd(above, t, V.Create(44895442.13405961));
        above = V.FusedMultiplyAdd(above, t, V.Create(45710.234834384944));
        above = V.FusedMultiplyAdd(above, t, V.Create(7.948482953105311));
        var below = V.Create(148991878803816.44);
        below = V.FusedMultiplyAdd(below, t, V.Create(259064911797113.94));
        below = V.FusedMultiplyAdd(below, t, V.Create(83947119162008.53));
        below = V.FusedMultiplyAdd(below, t, V.Create(7713871327322.395));
        below = V.FusedMultiplyAdd(below, t, V.Create(231393560043.7071));
        below = V.FusedMultiplyAdd(below, t, V.Create(2342372005.994764));
        below = V.FusedMultiplyAdd(below, t, V.Create(7639243.945401148));
        below = V.FusedMultiplyAdd(below, t, V.Create(6801.071781212882));
        below = V.FusedMultiplyAdd(below, t, D.One);
        return q * above / below;
    }

    // FNV-1a of the name in UTF-8: 64 bits, since two names with one hash would get the same numbers.
    static ulong Hash(string name)
    {
        ulong hash = 14695981039346656037;
        foreach (byte value in Encoding.UTF8.GetBytes(name))
            hash = (hash ^ value) * 1099511628211;
        return hash;
    }
}
