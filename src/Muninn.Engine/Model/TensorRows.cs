using System;
using System.Runtime.InteropServices;
using Muninn.Engine.Checkpoints;
using Muninn.Kernels;

namespace Muninn.Engine.Model;

/// <summary>The rows of a matrix in a checkpoint, read from the file while they are packed: nothing of it stays in memory.</summary>
sealed class TensorRows : IWeightRows
{
    readonly Tensor _tensor;
    readonly int _inputs;

    /// <summary>Reads <paramref name="tensor"/>, <c>[outputs, inputs]</c>.</summary>
    public TensorRows(Tensor tensor, WeightPacking packing)
    {
        _tensor = tensor;
        _inputs = (int)tensor.Shape[^1];
        Format = tensor.DType == DType.BF16 && packing == WeightPacking.AsStored ? WeightFormat.BrainFloat16 : WeightFormat.Float32;
    }

    /// <summary>How the weights are held.</summary>
    public WeightFormat Format { get; }

    /// <inheritdoc/>
    public void Read(int first, int count, Span<byte> weights, Span<ushort> scales)
    {
        long start = (long)first * _inputs;
        if (Format == WeightFormat.BrainFloat16)
            _tensor.Read(start * sizeof(ushort), weights);
        else
            _tensor.ReadElements(start, MemoryMarshal.Cast<byte, float>(weights));
    }
}
