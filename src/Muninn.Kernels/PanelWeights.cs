using System;

namespace Muninn.Kernels;

/// <summary>Where the rows of a matrix come from while it is packed.</summary>
public interface IWeightRows
{
    /// <summary>Brings some rows; may be called from several threads at once, for different rows.</summary>
    /// <param name="first">First row.</param>
    /// <param name="count">How many rows, at most <see cref="PanelWeights.PanelOutputs"/>.</param>
    /// <param name="weights">
    /// Overwritten, count · RowBytes: floats, bfloat16 bits, signed bytes, or two 4-bit weights + 8 a byte, the lower half first.
    /// </param>
    /// <param name="scales">Overwritten, count · inputs / 32 bfloat16 bits; empty for formats without scales.</param>
    void Read(int first, int count, Span<byte> weights, Span<ushort> scales);
}

/// <summary>A weight matrix <c>[outputs, inputs]</c>, packed once for any number of rows.</summary>
/// <remarks>
/// Panels of 32 outputs, <c>[outputs / 32][inputs][32]</c>, the last one padded with zeros, so that a product reads
/// weights in one stream and every output is a lane. bfloat16 keeps the inputs 2i and 2i + 1 of an output in the lower
/// and upper half of a 32-bit lane (an odd last input has a zero for a neighbour): widening is one shift or one mask.
/// The integer formats keep the scales of a group in front of its weights; see <see cref="PanelPacking"/>.
/// </remarks>
public sealed unsafe class PanelWeights : IDisposable
{
    /// <summary>Outputs in a panel.</summary>
    public const int PanelOutputs = 32;

    readonly AlignedFloats? _lanes;
    readonly LaidOut _laidOut;

    PanelWeights(int outputs, int inputs, LaidOut laidOut)
    {
        Outputs = outputs;
        Inputs = inputs;
        Format = WeightFormat.Float32;
        Panels = (int)(((long)outputs + PanelOutputs - 1) / PanelOutputs);
        PanelLanes = Format.PanelLanes(inputs);
        _laidOut = laidOut;
    }

    PanelWeights(WeightFormat format, int outputs, int inputs)
    {
        Outputs = outputs;
        Inputs = inputs;
        Format = format;
        Panels = (int)(((long)outputs + PanelOutputs - 1) / PanelOutputs);
        PanelLanes = format.PanelLanes(inputs);
        _lanes = AlignedFloats.Undefined(Panels * PanelLanes);
    }

    /// <summary>Rows of the matrix: width of the result.</summary>
    public int Outputs { get; }

    /// <summary>Columns of the matrix: width of the operand.</summary>
    public int Inputs { get; }

    /// <summary>How a weight is stored.</summary>
    public WeightFormat Format { get; }

    /// <summary>Memory taken, padding and scales included: the bytes that one product reads. 0 for weights that stay where they are.</summary>
    public long Bytes => _lanes is null ? 0 : _lanes.Length * sizeof(float);

    internal int Panels { get; }

    internal long PanelLanes { get; }

    /// <summary>Where packed weights begin.</summary>
    internal float* Start => _lanes!.Start;

    /// <summary>Packs a matrix of any size, some rows at a time: it is never held twice.</summary>
    /// <param name="format">How its weights are stored, here and in <paramref name="rows"/>.</param>
    /// <param name="outputs">Rows of the matrix.</param>
    /// <param name="inputs">Columns of the matrix; for integer formats a multiple of 32.</param>
    /// <param name="rows">Where they come from.</param>
    /// <param name="pool">Who packs.</param>
    /// <exception cref="ArgumentException">Groups of 32 do not divide the inputs.</exception>
    /// <exception cref="OutOfMemoryException">The system has not that much memory.</exception>
    public static PanelWeights Pack(WeightFormat format, int outputs, int inputs, IWeightRows rows, WorkerPool pool)
    {
        ArgumentNullException.ThrowIfNull(rows);
        ArgumentNullException.ThrowIfNull(pool);
        ArgumentOutOfRangeException.ThrowIfNegative(outputs);
        ArgumentOutOfRangeException.ThrowIfNegative(inputs);
        if (format.IsInteger() && inputs % WeightFormats.GroupInputs != 0)
            throw new ArgumentException(
                $"{inputs} inputs are not a multiple of {WeightFormats.GroupInputs}, the inputs that share a scale; keep this matrix in "
                + "bfloat16 or float32.", nameof(inputs));
        var weights = new PanelWeights(format, outputs, inputs);
        try
        {
            pool.Run(new PanelPacking { Weights = weights, Rows = rows, Pool = pool });
            return weights;
        }
        catch
        {
            weights.Dispose();
            throw;
        }
    }

    /// <summary>Packs float32 weights.</summary>
    /// <param name="matrix">Weights, <c>[outputs, inputs]</c>.</param>
    /// <param name="outputs">Rows of the matrix.</param>
    /// <param name="inputs">Columns of the matrix.</param>
    /// <exception cref="ArgumentException">The span has not exactly outputs · inputs elements.</exception>
    public static PanelWeights Pack(ReadOnlySpan<float> matrix, int outputs, int inputs)
    {
        Check(matrix.Length, outputs, inputs);
        fixed (float* start = matrix)
        {
            return Pack(WeightFormat.Float32, outputs, inputs, (byte*)start, scales: null);
        }
    }

    /// <summary>
    /// Float32 weights that stay where they are and may change: every product packs them anew, in memory that all products of a pool share.
    /// That is little beside a product of some hundred rows.
    /// </summary>
    /// <param name="matrix">Weights, <c>[outputs, inputs]</c>; read in every product.</param>
    /// <param name="outputs">Rows of the matrix.</param>
    /// <param name="inputs">Columns of the matrix.</param>
    /// <exception cref="ArgumentException">The memory has not exactly outputs · inputs elements.</exception>
    public static PanelWeights Of(ReadOnlyMemory<float> matrix, int outputs, int inputs)
    {
        Check(matrix.Length, outputs, inputs);
        return new PanelWeights(outputs, inputs, new LaidOut(matrix, inputs, 0, IsTransposed: false));
    }

    /// <summary>The transpose of some columns of such weights: the weights whose product with dy is dx.</summary>
    /// <param name="matrix">The matrix as it is forwards, <c>[rows, columns]</c>; read in every product.</param>
    /// <param name="rows">Rows of the matrix: inputs of the transpose.</param>
    /// <param name="columns">Columns of the matrix.</param>
    /// <param name="firstColumn">The first column that is taken.</param>
    /// <param name="outputs">How many columns are taken: outputs of the transpose.</param>
    /// <exception cref="ArgumentException">The memory has not exactly rows · columns elements, or not so many columns.</exception>
    public static PanelWeights TransposedOf(ReadOnlyMemory<float> matrix, int rows, int columns, int firstColumn, int outputs)
    {
        Check(matrix.Length, rows, columns);
        ArgumentOutOfRangeException.ThrowIfNegative(firstColumn);
        ArgumentOutOfRangeException.ThrowIfNegative(outputs);
        ArgumentOutOfRangeException.ThrowIfGreaterThan((long)firstColumn + outputs, columns, nameof(outputs));
        return new PanelWeights(outputs, rows, new LaidOut(matrix, columns, firstColumn, IsTransposed: true));
    }

    /// <summary>The panels, packed now if they are not: then valid until the pool's next product.</summary>
    internal float* PanelsFor(WorkerPool pool)
    {
        if (_lanes is not null) return _lanes.Start;
        var panels = pool.Panels(Panels * PanelLanes);
        var workers = (long)Outputs * Inputs < MatrixProduct.SharedPackingMin ? 1 : pool.Threads;
        fixed (float* start = _laidOut.Matrix.Span)
        {
            if (_laidOut.IsTransposed)
            {
                var source = new PlainRows(start + _laidOut.FirstColumn, _laidOut.Columns);
                pool.Run(new TransposedPanelJob<PlainRows> { Source = source, Rows = Inputs, Columns = Outputs, Panels = panels, Pool = pool }, workers);
            }
            else
            {
                pool.Run(new StraightPanelJob { Source = start, Outputs = Outputs, Inputs = Inputs, Panels = panels }, workers);
            }
        }

        return panels;
    }

    /// <summary>Packs bfloat16 weights without a detour.</summary>
    /// <param name="matrix">Bit patterns, <c>[outputs, inputs]</c>.</param>
    /// <param name="outputs">Rows of the matrix.</param>
    /// <param name="inputs">Columns of the matrix.</param>
    /// <exception cref="ArgumentException">The span has not exactly outputs · inputs elements.</exception>
    public static PanelWeights PackBrainFloat16(ReadOnlySpan<ushort> matrix, int outputs, int inputs)
    {
        Check(matrix.Length, outputs, inputs);
        fixed (ushort* start = matrix)
        {
            return Pack(WeightFormat.BrainFloat16, outputs, inputs, (byte*)start, scales: null);
        }
    }

    /// <summary>Packs whole numbers and their scales.</summary>
    /// <param name="format"><see cref="WeightFormat.Int8"/> or <see cref="WeightFormat.Int4"/>.</param>
    /// <param name="codes">As <see cref="IWeightRows.Read"/> has them, <c>[outputs, RowBytes]</c>.</param>
    /// <param name="scales">bfloat16 bits, <c>[outputs, inputs / 32]</c>.</param>
    /// <param name="outputs">Rows of the matrix.</param>
    /// <param name="inputs">Columns of the matrix, a multiple of 32.</param>
    /// <exception cref="ArgumentException">Another format, a span of another length, or groups that do not divide the inputs.</exception>
    public static PanelWeights PackIntegers(
        WeightFormat format, ReadOnlySpan<byte> codes, ReadOnlySpan<ushort> scales, int outputs, int inputs)
    {
        if (!format.IsInteger()) throw new ArgumentException($"{format} has no scales; use Pack.", nameof(format));
        if (codes.Length != outputs * format.RowBytes(inputs) || scales.Length != (long)outputs * (inputs / WeightFormats.GroupInputs))
            throw new ArgumentException(
                $"There are {codes.Length} bytes of weights and {scales.Length} scales, but [{outputs}, {inputs}] of {format} needs "
                + $"{outputs * format.RowBytes(inputs)} and {(long)outputs * (inputs / WeightFormats.GroupInputs)}; pass exactly these.",
                nameof(codes));
        fixed (byte* start = codes)
        fixed (ushort* firstScale = scales)
        {
            return Pack(format, outputs, inputs, start, firstScale);
        }
    }

    /// <summary>Gives the memory back.</summary>
    public void Dispose() => _lanes?.Dispose();

    static PanelWeights Pack(WeightFormat format, int outputs, int inputs, byte* matrix, ushort* scales)
    {
        using var pool = new WorkerPool(1);
        return Pack(format, outputs, inputs, new RowsInMemory(format.RowBytes(inputs), inputs / WeightFormats.GroupInputs, matrix, scales), pool);
    }

    static void Check(int length, int outputs, int inputs)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(outputs);
        ArgumentOutOfRangeException.ThrowIfNegative(inputs);
        if (length != (long)outputs * inputs)
            throw new ArgumentException(
                $"The matrix holds {length} weights, but [{outputs}, {inputs}] needs {(long)outputs * inputs}; pass exactly these.",
                nameof(length));
    }

    /// <summary>Some columns of a matrix that lies row by row.</summary>
    readonly record struct LaidOut(ReadOnlyMemory<float> Matrix, int Columns, int FirstColumn, bool IsTransposed);

    sealed class RowsInMemory(long rowBytes, int groups, byte* matrix, ushort* scales) : IWeightRows
    {
        public void Read(int first, int count, Span<byte> weights, Span<ushort> groupScales)
        {
            new ReadOnlySpan<byte>(matrix + first * rowBytes, weights.Length).CopyTo(weights);
            if (!groupScales.IsEmpty) new ReadOnlySpan<ushort>(scales + (long)first * groups, count * groups).CopyTo(groupScales);
        }
    }
}
