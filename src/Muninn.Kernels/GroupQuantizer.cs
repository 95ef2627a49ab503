using System;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Muninn.Kernels;

/// <summary>Rounds groups of 32 weights to whole numbers and one bfloat16 scale each.</summary>
/// <remarks>
/// Codes are the nearest to weight / scale for the scale as it is stored, so that its own rounding costs nothing. The same weights give
/// the same bytes on every machine: all steps are correctly rounded divisions, products and sums in a fixed order.
/// </remarks>
public static class GroupQuantizer
{
    const int Group = WeightFormats.GroupInputs;

    /// <summary>Largest code of <see cref="WeightFormat.Int8"/>; −128 is not used.</summary>
    const int LargestInt8 = 127;

    /// <summary>Added to 4-bit codes, so that a stored half is never negative.</summary>
    const int Int4Offset = 8;

    /// <summary>
    /// Where the weight of the largest magnitude may come to lie between the codes. The first is the plain choice; beyond −8.5 and 7.5
    /// it is cut, which can pay when it stands alone.
    /// </summary>
    static ReadOnlySpan<float> Int4Places =>
    [
        -8f, 7f, -7.25f, -7.5f, -7.75f, -8.25f, -8.5f, -9f, -9.5f, 6.25f, 6.5f, 6.75f, 7.25f, 7.5f, 8f, 8.5f,
    ];

    /// <summary>codes · scales ≈ weights.</summary>
    /// <param name="format"><see cref="WeightFormat.Int8"/> or <see cref="WeightFormat.Int4"/>.</param>
    /// <param name="weights">One or more groups: a multiple of 32.</param>
    /// <param name="codes">Overwritten, RowBytes: signed bytes, or two codes + 8 a byte, the lower half first.</param>
    /// <param name="scales">Overwritten, bfloat16 bits, one a group; negative ones occur in <see cref="WeightFormat.Int4"/>.</param>
    /// <returns>−1; or the place of the first weight that is no finite number, and nothing after its group is written.</returns>
    /// <exception cref="ArgumentException">Another format, or spans of other lengths.</exception>
    public static int Quantize(WeightFormat format, ReadOnlySpan<float> weights, Span<byte> codes, Span<ushort> scales)
    {
        if (!format.IsInteger())
            throw new ArgumentException($"{format} has no groups; quantise to {WeightFormat.Int8} or {WeightFormat.Int4}.", nameof(format));
        var groupBytes = (int)format.RowBytes(Group);
        if (weights.Length % Group != 0 || codes.Length != format.RowBytes(weights.Length) || scales.Length != weights.Length / Group)
            throw new ArgumentException(
                $"{weights.Length} weights, {codes.Length} bytes of codes and {scales.Length} scales do not make whole groups: {Group} weights "
                + $"have {groupBytes} bytes and one scale.", nameof(weights));
        for (var group = 0; group < scales.Length; group++)
        {
            var source = weights.Slice(group * Group, Group);
            var (x, y) = (Vector512.Create(source), Vector512.Create(source[16..]));
            var largest = LargestMagnitude(x, y);
            if (!float.IsFinite(largest)) return group * Group + FirstNotFinite(source);
            var destination = codes.Slice(group * groupBytes, groupBytes);
            scales[group] = format == WeightFormat.Int8 ? ToInt8(x, y, largest, destination) : ToInt4(x, y, source, largest, destination);
        }

        return -1;
    }

    static ushort ToInt8(Vector512<float> x, Vector512<float> y, float largest, Span<byte> codes)
    {
        // Upwards, so that the largest stays within ±127.
        var bits = BitConverter.SingleToUInt32Bits(largest / LargestInt8);
        var stored = (ushort)((bits >> 16) + ((bits & 0xFFFF) != 0 ? 1u : 0u));
        var scale = Widened(stored);
        if (scale < WeightFormats.SmallestScale)
        {
            codes.Clear();
            return 0;
        }

        Bytes(Rounded(x, scale, -LargestInt8, LargestInt8), Rounded(y, scale, -LargestInt8, LargestInt8)).CopyTo(codes);
        return stored;
    }

    static ushort ToInt4(Vector512<float> x, Vector512<float> y, ReadOnlySpan<float> source, float largest, Span<byte> codes)
    {
        if (largest / 9.5f < WeightFormats.SmallestScale)
        {
            codes.Fill(Int4Offset | Int4Offset << 4);
            return 0;
        }

        var signed = source.Contains(largest) ? largest : -largest;
        ushort best = 0;
        var leastError = float.PositiveInfinity;
        foreach (var place in Int4Places)
        {
            var stored = Nearest(signed / place);
            var error = SquaredError(x, y, Widened(stored), largest, out _);
            if (error < leastError) (best, leastError) = (stored, error);
        }

        // The scale that fits the codes found best; it may lead to better codes still.
        SquaredError(x, y, Widened(best), largest, out var ratio);
        var refined = Nearest(Widened(best) * ratio);
        if (Math.Abs(Widened(refined)) >= WeightFormats.SmallestScale && SquaredError(x, y, Widened(refined), largest, out _) < leastError) best = refined;
        var scale = Widened(best);
        Span<byte> wide = stackalloc byte[Group];
        Bytes(Rounded(x, scale, -8, 7), Rounded(y, scale, -8, 7)).CopyTo(wide);
        for (var i = 0; i < codes.Length; i++)
            codes[i] = (byte)(wide[2 * i] + Int4Offset & 15 | (wide[2 * i + 1] + Int4Offset & 15) << 4);
        return best;
    }

    /// <summary>Σ (weight − scale · code)² / largest², and the Σ code · weight / (scale · Σ code²) that brings a scale to the least of it.</summary>
    // In units of the scale first: squares of tiny or huge weights would leave the range of a float.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static float SquaredError(Vector512<float> x, Vector512<float> y, float scale, float largest, out float ratio)
    {
        var divisor = Vector512.Create(scale);
        var (u, v) = (x / divisor, y / divisor);
        var (p, q) = (Clamped(u, -8, 7), Clamped(v, -8, 7));
        var (d, e) = (u - p, v - q);
        var unit = scale / largest;
        var squares = Sum(p * p + q * q);
        ratio = squares > 0 ? Sum(p * u + q * v) / squares : 1;
        return Sum(d * d + e * e) * (unit * unit);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<float> Clamped(Vector512<float> x, float least, float most) =>
        Vector512.Min(Vector512.Max(Vector512.Round(x), Vector512.Create(least)), Vector512.Create(most));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<int> Rounded(Vector512<float> x, float scale, float least, float most) =>
        Vector512.ConvertToInt32(Clamped(x / Vector512.Create(scale), least, most));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector256<byte> Bytes(Vector512<int> x, Vector512<int> y)
    {
        var words = Vector512.Narrow(x, y);
        return Vector256.Narrow(words.GetLower(), words.GetUpper()).AsByte();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static float Sum(Vector512<float> x)
    {
        var half = x.GetLower() + x.GetUpper();
        var quarter = half.GetLower() + half.GetUpper();
        quarter += Vector128.Shuffle(quarter, Vector128.Create(2, 3, 0, 1));
        return quarter[0] + quarter[1];
    }

    /// <summary>Infinity or NaN where a weight is one.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static float LargestMagnitude(Vector512<float> x, Vector512<float> y)
    {
        // Magnitudes order like their bits, infinity and NaN at the end.
        var mask = Vector512.Create(0x7FFFFFFF);
        var bits = Vector512.Max(x.AsInt32() & mask, y.AsInt32() & mask);
        var half = Vector256.Max(bits.GetLower(), bits.GetUpper());
        var quarter = Vector128.Max(half.GetLower(), half.GetUpper());
        quarter = Vector128.Max(quarter, Vector128.Shuffle(quarter, Vector128.Create(2, 3, 0, 1)));
        return BitConverter.Int32BitsToSingle(Math.Max(quarter[0], quarter[1]));
    }

    static int FirstNotFinite(ReadOnlySpan<float> weights)
    {
        var place = 0;
        while (float.IsFinite(weights[place])) place++;
        return place;
    }

    static float Widened(ushort bits) => BitConverter.UInt32BitsToSingle((uint)bits << 16);

    /// <summary>The nearest bfloat16, of two equally near the even one; only for numbers well below the largest.</summary>
    static ushort Nearest(float value)
    {
        var bits = BitConverter.SingleToUInt32Bits(value);
        return (ushort)(bits + 0x7FFF + (bits >> 16 & 1) >> 16);
    }
}
