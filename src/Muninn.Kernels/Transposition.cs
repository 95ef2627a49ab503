using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Muninn.Kernels;

/// <summary>Turns rows into columns: the way into every packed layout.</summary>
static unsafe class Transposition
{
    const int Strip = 16;

    /// <summary>destination[k · destinationStride + r] = source[r · sourceStride + k].</summary>
    /// <param name="source">First float of the first row.</param>
    /// <param name="sourceStride">Floats from row to row.</param>
    /// <param name="rows">How many rows.</param>
    /// <param name="columns">How many floats of each row.</param>
    /// <param name="destination">Overwritten; must not overlap the source.</param>
    /// <param name="destinationStride">Floats from column to column, at least <paramref name="rows"/>.</param>
    internal static void Copy(
        float* source, long sourceStride, int rows, long columns, float* destination, long destinationStride)
    {
        // In strips of one cache line, so that rows whose distance is a power of two, which share few cache sets, are
        // not evicted half read.
        for (long k = 0; k < columns; k += Strip)
        {
            var width = (int)long.Min(Strip, columns - k);
            float* strip = source + k, columnStart = destination + k * destinationStride;
            var r = 0;
            for (; r + 4 <= rows; r += 4)
                CopyFourRows(strip + r * sourceStride, sourceStride, width, columnStart + r, destinationStride);
            // The last block may step back over rows already done: they are written again with the same values.
            if (r < rows && rows >= 4)
            {
                r = rows - 4;
                CopyFourRows(strip + r * sourceStride, sourceStride, width, columnStart + r, destinationStride);
                r = rows;
            }

            for (; r < rows; r++)
            {
                var row = strip + r * sourceStride;
                var column = columnStart + r;
                for (var i = 0; i < width; i++) column[i * destinationStride] = row[i];
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void CopyFourRows(float* source, long sourceStride, int width, float* destination, long destinationStride)
    {
        float* a = source, b = source + sourceStride, c = source + 2 * sourceStride, d = source + 3 * sourceStride;
        var i = 0;
        for (; i + 4 <= width; i += 4, destination += 4 * destinationStride)
        {
            var (p, q, r, s) = (Vector128.Load(a + i), Vector128.Load(b + i), Vector128.Load(c + i), Vector128.Load(d + i));
            // a0 b0 a1 b1, c0 d0 c1 d1, then their halves side by side.
            var (ab, cd) = (Sse.UnpackLow(p, q), Sse.UnpackLow(r, s));
            Vector128.Store(Sse.MoveLowToHigh(ab, cd), destination);
            Vector128.Store(Sse.MoveHighToLow(cd, ab), destination + destinationStride);
            (ab, cd) = (Sse.UnpackHigh(p, q), Sse.UnpackHigh(r, s));
            Vector128.Store(Sse.MoveLowToHigh(ab, cd), destination + 2 * destinationStride);
            Vector128.Store(Sse.MoveHighToLow(cd, ab), destination + 3 * destinationStride);
        }

        for (; i < width; i++, destination += destinationStride)
        {
            destination[0] = a[i];
            destination[1] = b[i];
            destination[2] = c[i];
            destination[3] = d[i];
        }
    }
}
