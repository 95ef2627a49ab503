using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Muninn.Kernels;

/// <summary>What elementwise kernels share: loads of a row's ragged end and sums over lanes in a fixed order.</summary>
static unsafe class Lanes
{
    internal const int Count = 16;

    /// <summary>The first <paramref name="count"/> floats, the other lanes zero; nothing beyond them is read.</summary>
    internal static Vector512<float> LoadFirst(float* source, int count)
    {
        var lanes = stackalloc float[Count];
        for (var i = 0; i < count; i++) lanes[i] = source[i];
        return Vector512.Load(lanes);
    }

    /// <summary>Stores the first <paramref name="count"/> lanes only.</summary>
    internal static void StoreFirst(Vector512<float> value, float* destination, int count)
    {
        var lanes = stackalloc float[Count];
        Vector512.Store(value, lanes);
        for (var i = 0; i < count; i++) destination[i] = lanes[i];
    }

    /// <summary>Sum of the lanes, halves onto halves: an order of our own, the same on every machine.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static float Sum(Vector512<float> value)
    {
        var half = value.GetLower() + value.GetUpper();
        var quarter = half.GetLower() + half.GetUpper();
        quarter += Vector128.Shuffle(quarter, Vector128.Create(2, 3, 0, 1));
        return quarter[0] + quarter[1];
    }

    /// <summary>The larger of two in every lane; the second where either is not a number.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<float> Larger(Vector512<float> a, Vector512<float> b) =>
        Vector512.ConditionalSelect(Vector512.GreaterThan(a, b), a, b);

    /// <summary>The largest lane, of those that are numbers at least where lane 0 is one.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static float Largest(Vector512<float> value)
    {
        value = Larger(value, Vector512.Shuffle(value, Vector512.Create(8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7)));
        value = Larger(value, Vector512.Shuffle(value, Vector512.Create(4, 5, 6, 7, 0, 1, 2, 3, 12, 13, 14, 15, 8, 9, 10, 11)));
        value = Larger(value, Vector512.Shuffle(value, Vector512.Create(2, 3, 0, 1, 6, 7, 4, 5, 10, 11, 8, 9, 14, 15, 12, 13)));
        value = Larger(value, Vector512.Shuffle(value, Vector512.Create(1, 0, 3, 2, 5, 4, 7, 6, 9, 8, 11, 10, 13, 12, 15, 14)));
        return value.ToScalar();
    }

    /// <summary>All ones in the lanes below <paramref name="count"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<float> Below(int count) =>
        Vector512.LessThan(Vector512<int>.Indices, Vector512.Create(count)).AsSingle();

    /// <summary>A length rounded up to whole vectors.</summary>
    internal static int Padded(int length) => checked((length + Count - 1) & ~(Count - 1));

    /// <summary>a₀b₀ + a₁b₁ of neighbouring 16-bit numbers, as 32-bit numbers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<int> MultiplyAddPairs(Vector512<short> a, Vector512<short> b) => Avx512BW.IsSupported
        ? Avx512BW.MultiplyAddAdjacent(a, b)
        : Vector512.Create(
            Avx2.MultiplyAddAdjacent(a.GetLower(), b.GetLower()), Avx2.MultiplyAddAdjacent(a.GetUpper(), b.GetUpper()));

    /// <summary>a₀b₀ + a₁b₁ of neighbouring 8-bit numbers, as 16-bit numbers; the caller keeps them in range.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<short> MultiplyAddBytes(Vector512<byte> a, Vector512<sbyte> b) => Avx512BW.IsSupported
        ? Avx512BW.MultiplyAddAdjacent(a, b)
        : Vector512.Create(
            Avx2.MultiplyAddAdjacent(a.GetLower(), b.GetLower()), Avx2.MultiplyAddAdjacent(a.GetUpper(), b.GetUpper()));

    /// <summary>destination += (sums · rowScale) · weightScale, the last two in one rounding.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static void AddScaled(Vector512<int> sums, Vector512<float> rowScale, Vector512<float> weightScale, float* destination)
    {
        var scaled = Vector512.ConvertToSingle(sums) * rowScale;
        Vector512.Store(Vector512.FusedMultiplyAdd(scaled, weightScale, Vector512.Load(destination)), destination);
    }
}
