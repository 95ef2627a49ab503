using System;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Muninn.Kernels;

/// <summary>How a weight is stored; sums are always float32.</summary>
public enum WeightFormat
{
    /// <summary>IEEE single precision.</summary>
    Float32,

    /// <summary>The upper half of a float32: half the memory, eight bits of mantissa.</summary>
    BrainFloat16,
}

/// <summary>A weight matrix <c>[outputs, inputs]</c>, packed once for any number of rows.</summary>
/// <remarks>
/// Panels of 32 outputs, <c>[outputs / 32][inputs][32]</c>, the last one padded with zeros, so that a product reads
/// weights in one stream and every output is a lane. bfloat16 keeps the inputs 2i and 2i + 1 of an output in the lower
/// and upper half of a 32-bit lane (an odd last input has a zero for a neighbour): widening is one shift or one mask.
/// </remarks>
public sealed unsafe class PanelWeights : IDisposable
{
    /// <summary>Outputs in a panel.</summary>
    public const int PanelOutputs = 32;

    readonly AlignedFloats _lanes;

    PanelWeights(int outputs, int inputs, WeightFormat format)
    {
        Outputs = outputs;
        Inputs = inputs;
        Format = format;
        Panels = (outputs + PanelOutputs - 1) / PanelOutputs;
        PanelLanes = PanelOutputs * (format == WeightFormat.BrainFloat16 ? ((long)inputs + 1) / 2 : inputs);
        _lanes = AlignedFloats.Undefined(Panels * PanelLanes);
    }

    /// <summary>Rows of the matrix: width of the result.</summary>
    public int Outputs { get; }

    /// <summary>Columns of the matrix: width of the operand.</summary>
    public int Inputs { get; }

    /// <summary>How a weight is stored.</summary>
    public WeightFormat Format { get; }

    /// <summary>Memory taken, padding included: the bytes that one product reads.</summary>
    public long Bytes => _lanes.Length * sizeof(float);

    internal int Panels { get; }

    internal long PanelLanes { get; }

    internal float* Start => _lanes.Start;

    /// <summary>Packs float32 weights.</summary>
    /// <param name="matrix">Weights, <c>[outputs, inputs]</c>; may lie straight in a mapped file.</param>
    /// <param name="outputs">Rows of the matrix.</param>
    /// <param name="inputs">Columns of the matrix.</param>
    /// <exception cref="ArgumentException">The span has not exactly outputs · inputs elements.</exception>
    public static PanelWeights Pack(ReadOnlySpan<float> matrix, int outputs, int inputs)
    {
        Check(matrix.Length, outputs, inputs);
        var weights = new PanelWeights(outputs, inputs, WeightFormat.Float32);
        fixed (float* source = matrix)
        {
            for (var panel = 0; panel < weights.Panels; panel++)
            {
                var first = panel * PanelOutputs;
                var rows = int.Min(PanelOutputs, outputs - first);
                var destination = weights.Start + panel * weights.PanelLanes;
                if (rows < PanelOutputs) weights.Clear(panel);
                Transposition.Copy(source + (long)first * inputs, inputs, rows, inputs, destination, PanelOutputs);
            }
        }

        return weights;
    }

    /// <summary>Packs bfloat16 weights without a detour.</summary>
    /// <param name="matrix">Bit patterns, <c>[outputs, inputs]</c>; may lie straight in a mapped file.</param>
    /// <param name="outputs">Rows of the matrix.</param>
    /// <param name="inputs">Columns of the matrix.</param>
    /// <exception cref="ArgumentException">The span has not exactly outputs · inputs elements.</exception>
    public static PanelWeights PackBrainFloat16(ReadOnlySpan<ushort> matrix, int outputs, int inputs)
    {
        Check(matrix.Length, outputs, inputs);
        var weights = new PanelWeights(outputs, inputs, WeightFormat.BrainFloat16);
        fixed (ushort* source = matrix)
        {
            for (var panel = 0; panel < weights.Panels; panel++)
            {
                var first = panel * PanelOutputs;
                var rows = int.Min(PanelOutputs, outputs - first);
                var destination = (uint*)(weights.Start + panel * weights.PanelLanes);
                if (rows < PanelOutputs) weights.Clear(panel);
                PackPairs(source + (long)first * inputs, rows, inputs, destination);
            }
        }

        return weights;
    }

    /// <summary>Gives the memory back.</summary>
    public void Dispose() => _lanes.Dispose();

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void PackPairs(ushort* source, int rows, int inputs, uint* destination)
    {
        // 32 inputs, one cache line, of every row before the next: see Transposition.
        const int Strip = 32;
        for (var strip = 0; strip < inputs; strip += Strip)
        {
            var width = int.Min(Strip, inputs - strip);
            for (var r = 0; r < rows; r++)
            {
                var row = source + (long)r * inputs + strip;
                var column = destination + (long)(strip / 2) * PanelOutputs + r;
                for (var i = 0; i + 1 < width; i += 2) column[i / 2 * PanelOutputs] = row[i] | (uint)row[i + 1] << 16;
                if ((width & 1) != 0) column[width / 2 * PanelOutputs] = row[width - 1];
            }
        }
    }

    void Clear(int panel) =>
        NativeMemory.Clear(Start + panel * PanelLanes, (nuint)PanelLanes * sizeof(float));

    static void Check(int length, int outputs, int inputs)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(outputs);
        ArgumentOutOfRangeException.ThrowIfNegative(inputs);
        if (length != (long)outputs * inputs)
            throw new ArgumentException(
                $"The matrix holds {length} weights, but [{outputs}, {inputs}] needs {(long)outputs * inputs}; pass exactly these.",
                nameof(length));
    }
}
