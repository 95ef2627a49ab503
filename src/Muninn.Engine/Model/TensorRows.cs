using System;
using System.Buffers;
using System.Runtime.InteropServices;
using Muninn.Engine.Checkpoints;
using Muninn.Kernels;

namespace Muninn.Engine.Model;

/// <summary>The rows of a matrix in a checkpoint, read from the file while they are packed: nothing of it stays in memory.</summary>
sealed class TensorRows : IWeightRows
{
    readonly Tensor _tensor;
    readonly Tensor? _scales;
    readonly WeightFormat? _integers;
    readonly int _inputs;

    /// <summary>Reads <paramref name="tensor"/>, <c>[outputs, inputs]</c>.</summary>
    /// <param name="tensor">Floats or codes.</param>
    /// <param name="scales">The scales of codes; null for floats.</param>
    /// <param name="inputs">Columns of the matrix.</param>
    /// <param name="packing">How the weights shall be held.</param>
    public TensorRows(Tensor tensor, Tensor? scales, int inputs, WeightPacking packing)
    {
        _tensor = tensor;
        _scales = scales;
        _inputs = inputs;
        _integers = scales is null ? null : WeightStorage.IntegerFormat(tensor.DType);
        Format = packing == WeightPacking.Float32 ? WeightFormat.Float32
            : _integers ?? (tensor.DType == DType.BF16 ? WeightFormat.BrainFloat16 : WeightFormat.Float32);
    }

    /// <summary>How the weights are held.</summary>
    public WeightFormat Format { get; }

    int Groups => _inputs / WeightFormats.GroupInputs;

    /// <inheritdoc/>
    public void Read(int first, int count, Span<byte> weights, Span<ushort> scales)
    {
        if (_integers is { } integers)
        {
            if (Format == integers) ReadIntegers(integers, first, weights, scales);
            else Widen(integers, first, count, MemoryMarshal.Cast<byte, float>(weights));
            return;
        }

        long start = (long)first * _inputs;
        if (Format == WeightFormat.BrainFloat16)
            _tensor.Read(start * sizeof(ushort), weights);
        else
            _tensor.ReadElements(start, MemoryMarshal.Cast<byte, float>(weights));
    }

    void ReadIntegers(WeightFormat integers, int first, Span<byte> codes, Span<ushort> scales)
    {
        _tensor.Read(first * integers.RowBytes(_inputs), codes);
        _scales?.Read((long)first * Groups * sizeof(ushort), MemoryMarshal.AsBytes(scales));
    }

    /// <summary>code · scale is exact in float32: 8 bits times 8 bits.</summary>
    void Widen(WeightFormat integers, int first, int count, Span<float> weights)
    {
        int codesLength = checked((int)(count * integers.RowBytes(_inputs)));
        byte[] codes = ArrayPool<byte>.Shared.Rent(codesLength);
        ushort[] bits = ArrayPool<ushort>.Shared.Rent(count * Groups);
        ReadIntegers(integers, first, codes.AsSpan(0, codesLength), bits.AsSpan(0, count * Groups));
        for (int i = 0; i < weights.Length; i++)
        {
            float scale = BitConverter.UInt32BitsToSingle((uint)bits[i / WeightFormats.GroupInputs] << 16);
            int code = integers == WeightFormat.Int8 ? (sbyte)codes[i] : (codes[i / 2] >> (i % 2 * 4) & 15) - 8;
            weights[i] = code * scale;
        }

        ArrayPool<byte>.Shared.Return(codes);
        ArrayPool<ushort>.Shared.Return(bits);
    }
}
