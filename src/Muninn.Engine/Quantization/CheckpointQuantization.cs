using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Runtime.InteropServices;
using Muninn.Engine.Checkpoints;
using Muninn.Kernels;

namespace Muninn.Engine.Quantization;

/// <summary>The tensors of a checkpoint in another weight format, each computed when it is written, never in memory as a whole.</summary>
/// <remarks>
/// The matrices of blocks and the adapter change; what is looked up by token (embedding, head) becomes bfloat16; all else stays as it is.
/// Codes and scales of a matrix are computed each for itself: quantising is quicker than the disk.
/// </remarks>
public sealed class CheckpointQuantization
{
    readonly WorkerPool _pool;
    readonly WeightFormat _format;
    readonly RowPipeline _pipeline;
    readonly List<TensorSource> _tensors = [];
    readonly List<string> _kept = [];

    CheckpointQuantization(Checkpoint checkpoint, WeightFormat format, WorkerPool pool)
    {
        _pool = pool;
        _format = format;
        _pipeline = new RowPipeline(pool);
        var matrices = WeightNames.Matrices(checkpoint.Config).ToHashSet(StringComparer.Ordinal);
        foreach (var tensor in checkpoint.Tensors)
        {
            // A stored copy of a tied head is never read.
            if (tensor.Name == WeightNames.Head && checkpoint.Config.TiedEmbedding) continue;
            if (matrices.Contains(tensor.Name)) AddMatrix(tensor);
            else if (tensor.Name is WeightNames.Embedding or WeightNames.Head) AddRows(tensor);
            else _tensors.Add(TensorSource.Copy(tensor));
        }
    }

    /// <summary>What is to be written.</summary>
    public IReadOnlyList<TensorSource> Tensors => _tensors;

    /// <summary>Matrices that stay bfloat16 because groups do not divide their inputs.</summary>
    public IReadOnlyList<string> Kept => _kept;

    /// <summary>Looks which tensors change; computes nothing yet.</summary>
    /// <param name="checkpoint">The original; must stay open until all is written.</param>
    /// <param name="format">Int8, Int4 or BrainFloat16.</param>
    /// <param name="pool">Computes; in use while a tensor is written, one at a time.</param>
    /// <exception cref="InvalidDataException">The original is quantised itself, or nothing of it can be.</exception>
    public static CheckpointQuantization Of(Checkpoint checkpoint, WeightFormat format, WorkerPool pool)
    {
        ArgumentNullException.ThrowIfNull(checkpoint);
        ArgumentNullException.ThrowIfNull(pool);
        if (format == WeightFormat.Float32)
            throw new ArgumentOutOfRangeException(nameof(format), format, "Quantise to Int8, Int4 or BrainFloat16.");
        if (checkpoint.IntegerWeights is { } already)
            throw new InvalidDataException(
                $"{checkpoint.Folder} holds {already} weights already, and rounding them again would add errors. Quantise the original it was made from.");
        var quantization = new CheckpointQuantization(checkpoint, format, pool);
        if (format.IsInteger() && quantization._kept.Count == WeightNames.Matrices(checkpoint.Config).Count())
            throw new InvalidDataException(
                $"{checkpoint.Folder}: no matrix can be stored as {WeightStorage.NameOf(format)}, because {WeightFormats.GroupInputs} inputs share a "
                + $"scale and divide neither width {checkpoint.Config.Width} nor hidden {checkpoint.Config.Hidden}. Use --weights bf16.");
        return quantization;
    }

    void AddMatrix(Tensor tensor)
    {
        if (_format.IsInteger() && tensor.Shape[1] % WeightFormats.GroupInputs != 0)
        {
            _kept.Add(tensor.Name);
            AddRows(tensor);
            return;
        }

        if (!_format.IsInteger())
        {
            AddRows(tensor);
            return;
        }

        var inputs = (int)tensor.Shape[1];
        var rows = (int)tensor.Shape[0];
        var groups = inputs / WeightFormats.GroupInputs;
        var rowBytes = (int)_format.RowBytes(inputs);
        _tensors.Add(new TensorSource(
            tensor.Name, _format == WeightFormat.Int8 ? DType.I8 : DType.U8, WeightStorage.CodesShape(_format, tensor.Shape), stream =>
            {
                var scratch = Scratch(groups * sizeof(ushort));
                var floats = Floats(inputs);
                _pipeline.Write(rows, rowBytes, (worker, row, codes) =>
                    Quantize(tensor, row, floats[worker], codes, MemoryMarshal.Cast<byte, ushort>(scratch[worker].AsSpan())), stream);
            }));
        _tensors.Add(new TensorSource(
            WeightStorage.ScalesOf(tensor.Name), DType.BF16, WeightStorage.ScalesShape(tensor.Shape), stream =>
            {
                var scratch = Scratch(rowBytes);
                var floats = Floats(inputs);
                _pipeline.Write(rows, groups * sizeof(ushort), (worker, row, scales) =>
                    Quantize(tensor, row, floats[worker], scratch[worker], MemoryMarshal.Cast<byte, ushort>(scales)), stream);
            }));
    }

    void AddRows(Tensor tensor)
    {
        var inputs = (int)tensor.Shape[1];
        _tensors.Add(new TensorSource(tensor.Name, DType.BF16, tensor.Shape, stream =>
        {
            var floats = Floats(inputs);
            _pipeline.Write((int)tensor.Shape[0], inputs * sizeof(ushort), (worker, row, bytes) =>
            {
                var values = floats[worker];
                tensor.ReadElements((long)row * inputs, values);
                var halves = MemoryMarshal.Cast<byte, ushort>(bytes);
                BrainFloats.Round(values, halves);
                // Rounding can lead beyond the largest bfloat16 as well.
                FloatWidening.FromBrainFloat16(halves, values);
                for (var i = 0; i < values.Length; i++)
                {
                    if (!float.IsFinite(values[i])) throw NotFinite(tensor, row, i);
                }
            }, stream);
        }));
    }

    void Quantize(Tensor tensor, int row, float[] values, Span<byte> codes, Span<ushort> scales)
    {
        tensor.ReadElements((long)row * values.Length, values);
        var place = GroupQuantizer.Quantize(_format, values, codes, scales);
        if (place >= 0) throw NotFinite(tensor, row, place);
    }

    static InvalidDataException NotFinite(Tensor tensor, int row, int column)
    {
        Span<float> value = stackalloc float[1];
        tensor.ReadElements(row * tensor.Shape[1] + column, value);
        return new InvalidDataException(FormattableString.Invariant(
            $"{tensor.Path}: tensor '{tensor.Name}' holds {value[0]} in row {row}, column {column}, which no scale can stand for. Repair or retrain the model; nothing was written."));
    }

    byte[][] Scratch(int bytes) => [.. Enumerable.Range(0, _pool.Threads).Select(_ => new byte[bytes])];

    float[][] Floats(int count) => [.. Enumerable.Range(0, _pool.Threads).Select(_ => new float[count])];
}
