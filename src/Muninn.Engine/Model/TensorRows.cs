using System;
using System.Runtime.InteropServices;
using Muninn.Engine.Checkpoints;
using Muninn.Kernels;

namespace Muninn.Engine.Model;

/// <summary>The rows of a matrix in a checkpoint, read from the file while they are packed: nothing of it stays in memory.</summary>
sealed class TensorRows : IWeightRows
{
    readonly Tensor _tensor;
    readonly Tensor? _scales;
    readonly WeightFormat _stored;
    readonly int _inputs;

    /// <summary>Reads a matrix <c>[outputs, inputs]</c>.</summary>
    /// <param name="tensor">The matrix, floats or whole numbers.</param>
    /// <param name="scales">The scales of whole numbers; null for floats.</param>
    /// <param name="inputs">Weights of a row.</param>
    /// <param name="packing">Whether they stay as they are.</param>
    public TensorRows(Tensor tensor, Tensor? scales, int inputs, WeightPacking packing)
    {
        _tensor = tensor;
        _scales = scales;
        _inputs = inputs;
        _stored = (tensor.DType, scales) switch
        {
            (DType.BF16, _) => WeightFormat.BrainFloat16,
            (DType.I8, not null) => WeightFormat.Int8,
            (DType.U8, not null) => WeightFormat.Int4,
            _ => WeightFormat.Float32,
        };
        Format = packing == WeightPacking.AsStored ? _stored : WeightFormat.Float32;
    }

    /// <summary>How the weights are held.</summary>
    public WeightFormat Format { get; }

    /// <inheritdoc/>
    public void Read(int first, int count, Span<byte> weights, Span<ushort> scales)
    {
        if (Format.IsInteger())
            ReadNumbers(first, weights, scales);
        else if (_stored.IsInteger())
            ReadWidened(first, count, MemoryMarshal.Cast<byte, float>(weights));
        else if (Format == WeightFormat.BrainFloat16)
            _tensor.Read((long)first * _inputs * sizeof(ushort), weights);
        else
            _tensor.ReadElements((long)first * _inputs, MemoryMarshal.Cast<byte, float>(weights));
    }

    void ReadNumbers(int first, Span<byte> numbers, Span<ushort> scales)
    {
        _tensor.Read(first * _stored.RowBytes(_inputs), numbers);
        _scales!.Read((long)first * (_inputs / WeightFormats.GroupInputs) * sizeof(ushort), MemoryMarshal.AsBytes(scales));
    }

    void ReadWidened(int first, int count, Span<float> weights)
    {
        byte[] numbers = new byte[count * _stored.RowBytes(_inputs)];
        ushort[] scales = new ushort[count * (_inputs / WeightFormats.GroupInputs)];
        ReadNumbers(first, numbers, scales);
        GroupQuantizer.Widen(_stored, numbers, scales, weights);
    }
}
