using System;
using System.Runtime.CompilerServices;
using V = System.Runtime.Intrinsics.Vector512;

namespace Muninn.Kernels;

/// <summary>Where a product's rows come from: as they are, or computed on their way into the packing.</summary>
unsafe interface IRowSource
{
    /// <summary>The inputs <c>[firstInput, firstInput + inputs)</c> of some rows.</summary>
    /// <param name="firstRow">First row.</param>
    /// <param name="rows">How many rows.</param>
    /// <param name="firstInput">First input.</param>
    /// <param name="inputs">How many inputs.</param>
    /// <param name="scratch">Room for rows · inputs floats.</param>
    /// <param name="stride">Floats from row to row of the result.</param>
    float* Rows(int firstRow, int rows, int firstInput, int inputs, float* scratch, out long stride);
}

/// <summary>Rows that lie in memory.</summary>
readonly unsafe struct PlainRows(float* source, int width) : IRowSource
{
    internal readonly float* Source = source;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public float* Rows(int firstRow, int rows, int firstInput, int inputs, float* scratch, out long stride)
    {
        stride = width;
        return Source + (long)firstRow * width + firstInput;
    }
}

/// <summary>RMSNorm of rows: the sums of squares are taken before, the rest happens here.</summary>
readonly unsafe struct NormalizedRows(float* source, int width, float* gain, float* scales) : IRowSource
{
    /// <summary>Takes the sums of squares; until the product is done, no other may ask the pool for scales.</summary>
    internal static NormalizedRows Of(float* source, int width, float* gain, float epsilon, int rows, WorkerPool pool)
    {
        var scales = pool.RowScales(rows);
        RowShares<Scaling>.Run(new Scaling { Source = source, Width = width, Epsilon = epsilon, Scales = scales }, rows, width, pool);
        return new NormalizedRows(source, width, gain, scales);
    }

    struct Scaling : IRowWork
    {
        internal float* Source;
        internal int Width;
        internal float Epsilon;
        internal float* Scales;

        public readonly void Run(int first, int last, int worker)
        {
            for (var r = first; r < last; r++) Scales[r] = RmsNorm.ScaleOf(Source + (long)r * Width, Width, Epsilon);
        }
    }

    public float* Rows(int firstRow, int rows, int firstInput, int inputs, float* scratch, out long stride)
    {
        stride = inputs;
        for (var r = 0; r < rows; r++)
        {
            RmsNorm.Scale(
                source + (long)(firstRow + r) * width + firstInput, scales[firstRow + r], gain + firstInput, inputs, scratch + (long)r * inputs);
        }

        return scratch;
    }
}

/// <summary>silu(gate) · factor of rows that hold gates, then factors.</summary>
readonly unsafe struct GatedRows(float* source, int hidden) : IRowSource
{
    public float* Rows(int firstRow, int rows, int firstInput, int inputs, float* scratch, out long stride)
    {
        stride = inputs;
        for (var r = 0; r < rows; r++)
        {
            var gate = source + 2L * (firstRow + r) * hidden + firstInput;
            GatedSilu.MultiplyRow(gate, gate + hidden, inputs, scratch + (long)r * inputs);
        }

        return scratch;
    }
}

/// <summary>Two rows side by side as one.</summary>
readonly unsafe struct PairedRows(float* first, float* second, int width) : IRowSource
{
    public float* Rows(int firstRow, int rows, int firstInput, int inputs, float* scratch, out long stride)
    {
        stride = inputs;
        for (var r = 0; r < rows; r++)
        {
            var row = new Span<float>(scratch + (long)r * inputs, inputs);
            var left = int.Clamp(width - firstInput, 0, inputs);
            new Span<float>(first + (long)(firstRow + r) * width + firstInput, left).CopyTo(row);
            new Span<float>(second + (long)(firstRow + r) * width + firstInput + left - width, inputs - left).CopyTo(row[left..]);
        }

        return scratch;
    }
}

/// <summary>The columns of a matrix as rows: they lie input by input already, as packing wants them.</summary>
readonly unsafe struct ColumnRows(float* source, int width, int height) : IRowSource
{
    public float* Rows(int firstRow, int rows, int firstInput, int inputs, float* scratch, out long stride) =>
        throw new NotSupportedException("Columns are packed as they lie.");

    /// <summary>destination[i, r] = matrix[firstInput + i, firstRow + r].</summary>
    internal void Pack(int firstRow, int rows, int firstInput, int inputs, float* destination)
    {
        var place = (long)firstInput * width + firstRow;
        var end = (long)width * height;
        // Whole vectors, of which the next overwrites what is too much: not where that is another's, or no longer the matrix.
        var whole = inputs - (Lanes.Count + rows - 1) / rows;
        var i = 0;
        for (; i < whole && place + Lanes.Count <= end; i++, place += width, destination += rows) V.Store(V.Load(source + place), destination);
        for (; i < inputs; i++, place += width, destination += rows)
        {
            for (var r = 0; r < rows; r++) destination[r] = source[place + r];
        }
    }
}
