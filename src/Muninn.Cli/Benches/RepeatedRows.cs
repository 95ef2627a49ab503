using System;
using System.Runtime.InteropServices;
using Muninn.Kernels;

namespace Muninn.Cli.Benches;

/// <summary>
/// Weights of no meaning for a matrix of any size, from one row of numbers that look like chance: nothing of the matrix is in
/// memory but its packed form. Row r begins 64 · (r mod 64) bytes further on.
/// </summary>
sealed class RepeatedRows : IWeightRows
{
    const int Shift = 64;
    const int Shifts = 64;
    const ushort ScaleBits = 0x3A83;

    readonly byte[] _bytes;
    readonly int _rowBytes;

    RepeatedRows(WeightFormat format, int inputs)
    {
        _rowBytes = checked((int)format.RowBytes(inputs));
        _bytes = new byte[_rowBytes + Shift * Shifts];
        switch (format)
        {
            case WeightFormat.Float32:
                Fill(MemoryMarshal.Cast<byte, float>(_bytes.AsSpan()), static i => Mixed(i) * 0.03f);
                break;
            case WeightFormat.BrainFloat16:
                Fill(MemoryMarshal.Cast<byte, ushort>(_bytes.AsSpan()), static i => (ushort)(BitConverter.SingleToUInt32Bits(Mixed(i) * 0.03f) >> 16));
                break;
            case WeightFormat.Int8:
                Fill(_bytes.AsSpan(), static i => (byte)(sbyte)(Mixed(i) * 127));
                break;
            default:
                Fill(_bytes.AsSpan(), static i => (byte)(Mixed(i) * 127 + 128));
                break;
        }
    }

    /// <summary>A matrix, packed.</summary>
    /// <param name="format">How weights are stored.</param>
    /// <param name="outputs">Rows of the matrix.</param>
    /// <param name="inputs">Columns of the matrix, a multiple of 32.</param>
    /// <param name="pool">Who packs.</param>
    public static PanelWeights Pack(WeightFormat format, int outputs, int inputs, WorkerPool pool) =>
        PanelWeights.Pack(format, outputs, inputs, new RepeatedRows(format, inputs), pool);

    /// <summary>Floats in (−1, 1) that look like chance.</summary>
    public static float[] Floats(int length)
    {
        var floats = new float[length];
        Fill(floats.AsSpan(), Mixed);
        return floats;
    }

    /// <inheritdoc/>
    public void Read(int first, int count, Span<byte> weights, Span<ushort> scales)
    {
        for (int i = 0; i < count; i++)
            _bytes.AsSpan((first + i) % Shifts * Shift, _rowBytes).CopyTo(weights[(i * _rowBytes)..]);
        scales.Fill(ScaleBits);
    }

    static void Fill<T>(Span<T> numbers, Func<int, T> of)
    {
        for (int i = 0; i < numbers.Length; i++) numbers[i] = of(i);
    }

    static float Mixed(int index) => ((((uint)index * 2654435761u) >> 8) + 0.5f) / (1 << 23) - 1;
}
