using System;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using F = System.Runtime.Intrinsics.Vector512<float>;
using V = System.Runtime.Intrinsics.Vector512;

namespace Muninn.Kernels;

/// <summary>Turns weights into whole numbers and scales, group by group; the same result on every machine.</summary>
/// <remarks>
/// The numbers are chosen for the scale as it is stored, so its own rounding to bfloat16 costs nothing. 8 bits: the scale
/// that lets the largest magnitude become 127. 4 bits: of some scales the one with the least squared error; the largest
/// weight may become −8 or 7, and may be cut where that serves the others.
/// </remarks>
public static unsafe class GroupQuantizer
{
    const int Group = WeightFormats.GroupInputs;

    /// <summary>Magnitudes below this do not occur in weights, and their scales would lose digits: such a group becomes zeros.</summary>
    const float SmallestScale = 1.2e-38f;

    /// <summary>What the largest weight of a 4-bit group is worth, to be tried in turn; of equal errors the first stays.</summary>
    static readonly float[] _tried = [-8, 7, -7.5f, 7.5f, -8.5f, 8, -9, 8.5f, -9.5f, 9, -7, 6.5f];

    /// <summary>Quantises one row.</summary>
    /// <param name="format"><see cref="WeightFormat.Int8"/> or <see cref="WeightFormat.Int4"/>.</param>
    /// <param name="row">Weights, a multiple of 32.</param>
    /// <param name="codes">Overwritten, RowBytes: signed bytes, or two weights + 8 a byte, the lower half first.</param>
    /// <param name="scales">Overwritten, one bfloat16 for each 32 weights, as bits.</param>
    /// <returns>The first weight that is not finite, or −1; the codes are of no use then.</returns>
    /// <exception cref="ArgumentException">Another format, or lengths that do not fit.</exception>
    public static int Quantize(WeightFormat format, ReadOnlySpan<float> row, Span<byte> codes, Span<ushort> scales)
    {
        if (!format.IsInteger()) throw new ArgumentException($"{format} is no integer format.", nameof(format));
        if (row.Length % Group != 0 || codes.Length != format.RowBytes(row.Length) || scales.Length != row.Length / Group)
            throw new ArgumentException(
                $"{row.Length} weights do not fit {codes.Length} bytes and {scales.Length} scales; a row is a multiple of {Group}, with "
                + $"{format.RowBytes(row.Length)} bytes and one scale for each {Group}.", nameof(row));
        fixed (float* source = row)
        fixed (byte* code = codes)
        {
            for (var group = 0; group < scales.Length; group++)
            {
                var (x, y) = (V.Load(source + group * Group), V.Load(source + group * Group + Lanes.Count));
                var largest = Largest(x, y);
                if (!float.IsFinite(largest)) return FirstNotFinite(row, group * Group);
                scales[group] = format == WeightFormat.Int8
                    ? QuantizeWide(x, y, float.Abs(largest), (sbyte*)code + group * Group)
                    : QuantizeNarrow(x, y, largest, code + group * (Group / 2));
            }
        }

        return -1;
    }

    /// <summary>weights[i] = code · scale: what the codes stand for, exactly.</summary>
    /// <param name="format"><see cref="WeightFormat.Int8"/> or <see cref="WeightFormat.Int4"/>.</param>
    /// <param name="codes">As <see cref="Quantize"/> writes them.</param>
    /// <param name="scales">As <see cref="Quantize"/> writes them.</param>
    /// <param name="weights">Overwritten.</param>
    /// <exception cref="ArgumentException">Lengths that do not fit.</exception>
    public static void Widen(WeightFormat format, ReadOnlySpan<byte> codes, ReadOnlySpan<ushort> scales, Span<float> weights)
    {
        if (weights.Length != (long)scales.Length * Group || codes.Length != format.RowBytes(weights.Length))
            throw new ArgumentException(
                $"{codes.Length} bytes and {scales.Length} scales do not fit {weights.Length} weights.", nameof(weights));
        for (var i = 0; i < weights.Length; i++)
        {
            var scale = BitConverter.UInt32BitsToSingle((uint)scales[i / Group] << 16);
            var code = format == WeightFormat.Int8 ? (sbyte)codes[i] : (codes[i / 2] >> i % 2 * 4 & 15) - 8;
            weights[i] = code * scale;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static ushort QuantizeWide(F x, F y, float largest, sbyte* codes)
    {
        var bits = BitConverter.SingleToUInt32Bits(largest / 127);
        // Rounded up, so that no weight goes beyond 127.
        bits = bits + 0xFFFF & 0xFFFF0000;
        var scale = BitConverter.UInt32BitsToSingle(bits);
        if (scale < SmallestScale)
        {
            new Span<sbyte>(codes, Group).Clear();
            return 0;
        }

        var words = V.Narrow(V.ConvertToInt32Native(V.Round(x / V.Create(scale))), V.ConvertToInt32Native(V.Round(y / V.Create(scale))));
        Vector256.Store(Vector256.Narrow(words.GetLower(), words.GetUpper()), codes);
        return (ushort)(bits >> 16);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static ushort QuantizeNarrow(F x, F y, float largest, byte* codes)
    {
        var (bestScale, bestError) = (0f, float.PositiveInfinity);
        foreach (var worth in _tried)
        {
            var scale = Rounded(largest / worth);
            if (float.Abs(scale) < SmallestScale) continue;
            var (p, q) = (Code(x, scale), Code(y, scale));
            var (a, b) = (x - p * V.Create(scale), y - q * V.Create(scale));
            var error = Lanes.Sum(V.FusedMultiplyAdd(a, a, b * b));
            if (error < bestError) (bestScale, bestError) = (scale, error);
        }

        var numbers = stackalloc int[Group];
        if (bestScale == 0)
        {
            new Span<byte>(codes, Group / 2).Fill(0x88);
            return 0;
        }

        V.Store(V.ConvertToInt32Native(Code(x, bestScale)), numbers);
        V.Store(V.ConvertToInt32Native(Code(y, bestScale)), numbers + Lanes.Count);
        for (var i = 0; i < Group / 2; i++) codes[i] = (byte)(numbers[2 * i] + 8 | numbers[2 * i + 1] + 8 << 4);
        return (ushort)(BitConverter.SingleToUInt32Bits(bestScale) >> 16);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static F Code(F x, float scale) => V.Min(V.Max(V.Round(x / V.Create(scale)), V.Create(-8f)), V.Create(7f));

    /// <summary>The nearest bfloat16; of two equally near the one further from zero.</summary>
    static float Rounded(float value) =>
        BitConverter.UInt32BitsToSingle(BitConverter.SingleToUInt32Bits(value) + 0x8000 & 0xFFFF0000);

    /// <summary>The first weight of the largest magnitude, with its sign; not finite where one of them is not.</summary>
    static float Largest(F x, F y)
    {
        var values = stackalloc float[Group];
        V.Store(x, values);
        V.Store(y, values + Lanes.Count);
        var largest = values[0];
        for (var i = 0; i < Group; i++)
        {
            if (!float.IsFinite(values[i])) return float.NaN;
            if (float.Abs(values[i]) > float.Abs(largest)) largest = values[i];
        }

        return largest;
    }

    static int FirstNotFinite(ReadOnlySpan<float> row, int from)
    {
        while (float.IsFinite(row[from])) from++;
        return from;
    }
}
