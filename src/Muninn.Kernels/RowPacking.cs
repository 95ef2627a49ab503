using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Muninn.Kernels;

/// <summary>Brings rows into the order in which the kernels read them: input by input, in it row by row.</summary>
static unsafe class RowPacking
{
    /// <summary>Largest number that stands for a value of a row beside 8-bit weights; see <see cref="Int8Tile"/>.</summary>
    internal const int LargestBesideInt8 = 63;

    /// <summary>Largest number that stands for a value of a row beside 4-bit weights.</summary>
    internal const int LargestBesideInt4 = 127;

    const int Group = WeightFormats.GroupInputs;

    /// <summary>Packs some inputs of some rows.</summary>
    /// <param name="format">Format of the weights they will meet.</param>
    /// <param name="source">The first input of the first row.</param>
    /// <param name="sourceStride">Floats from row to row.</param>
    /// <param name="rows">How many rows; 1 … the kernel's largest.</param>
    /// <param name="inputs">How many inputs; whole grains of the format, or up to the end of the rows.</param>
    /// <param name="destination">Overwritten, rows · RowLanes(inputs).</param>
    internal static void Pack(WeightFormat format, float* source, long sourceStride, int rows, int inputs, float* destination)
    {
        if (format.IsInteger())
        {
            var groupLanes = (int)format.RowLanes(Group);
            for (var first = 0; first < inputs; first += Group, destination += rows * groupLanes)
            {
                for (var r = 0; r < rows; r++) PackGroup(format, source + r * sourceStride + first, (int*)destination + r, rows);
            }

            return;
        }

        Transposition.Copy(source, sourceStride, rows, inputs, destination, rows);
        var padding = format.RowLanes(inputs) - inputs;
        if (padding > 0) NativeMemory.Clear(destination + (long)rows * inputs, (nuint)(padding * rows) * sizeof(float));
    }

    /// <summary>One group of one row: its scale, then the starts of its sums and its numbers, four at a time, <paramref name="rows"/> lanes apart.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void PackGroup(WeightFormat format, float* source, int* destination, int rows)
    {
        var (x, y) = (Vector512.Load(source), Vector512.Load(source + 16));
        var (scale, inverse) = Scale(x, y, format == WeightFormat.Int8 ? LargestBesideInt8 : LargestBesideInt4);
        *(float*)destination = scale;
        destination += rows;
        var words = Vector512.Narrow(Rounded(x, inverse), Rounded(y, inverse));
        var quads = stackalloc int[Group / 4];
        Vector256.Store(Vector256.Narrow(words.GetLower(), words.GetUpper()).AsInt32(), quads);
        if (format == WeightFormat.Int4)
        {
            var (even, odd) = HalfSums(words);
            *destination = Pair(even, odd);
            destination += rows;
            for (var i = 0; i < Group / 4; i++, destination += rows) *destination = quads[i];
            return;
        }

        var pairs = stackalloc int[Group / 2];
        Vector512.Store(Lanes.MultiplyAddPairs(words, Vector512.Create((short)-128)), pairs);
        for (var i = 0; i < Group / 8; i++, pairs += 4, destination += 3 * rows)
        {
            *destination = Pair(pairs[0] + pairs[2], pairs[1] + pairs[3]);
            destination[rows] = quads[2 * i];
            destination[2 * rows] = quads[2 * i + 1];
        }
    }

    /// <summary>Two 16-bit numbers in one lane.</summary>
    static int Pair(int lower, int upper) => lower & 0xFFFF | upper << 16;

    /// <summary>−8 · Σ of the numbers 0 and 1 of every four, and of 2 and 3.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static (int Even, int Odd) HalfSums(Vector512<short> words)
    {
        var pairs = Lanes.MultiplyAddPairs(words, Vector512.Create((short)-8));
        var half = pairs.GetLower() + pairs.GetUpper();
        var quarter = half.GetLower() + half.GetUpper();
        quarter += Vector128.Shuffle(quarter, Vector128.Create(2, 3, 0, 1));
        return (quarter[0], quarter[1]);
    }

    /// <summary>The largest magnitude over <paramref name="largest"/>, and what brings it there; NaN and 0 for a group that is not finite.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static (float Scale, float Inverse) Scale(Vector512<float> x, Vector512<float> y, int largest)
    {
        // Magnitudes order like their bits, infinity and NaN at the end.
        var mask = Vector512.Create(0x7FFFFFFF);
        var bits = Vector512.Max(x.AsInt32() & mask, y.AsInt32() & mask);
        var half = Vector256.Max(bits.GetLower(), bits.GetUpper());
        var quarter = Vector128.Max(half.GetLower(), half.GetUpper());
        quarter = Vector128.Max(quarter, Vector128.Shuffle(quarter, Vector128.Create(2, 3, 0, 1)));
        quarter = Vector128.Max(quarter, Vector128.Shuffle(quarter, Vector128.Create(1, 0, 3, 2)));
        var magnitude = quarter.AsSingle().ToScalar();
        if (!float.IsFinite(magnitude)) return (float.NaN, 0);
        var scale = magnitude / largest;
        return scale < WeightFormats.SmallestScale ? (0, 0) : (scale, largest / magnitude);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<int> Rounded(Vector512<float> x, float inverse)
    {
        // A group that is not finite becomes zeros: zero times infinity would be NaN, and its conversion differs by machine.
        var scaled = inverse == 0 ? Vector512<float>.Zero : x * Vector512.Create(inverse);
        return Vector512.ConvertToInt32Native(Vector512.Round(scaled));
    }
}
