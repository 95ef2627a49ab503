using System;
using System.Buffers;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Runtime.InteropServices;
using System.Threading;
using Muninn.Engine.Checkpoints;
using Muninn.Kernels;

namespace Muninn.Engine.Quantization;

/// <summary>
/// Makes the tensors of a checkpoint with smaller weights, each computed when it is written, some rows at a time: no matrix need
/// fit into memory. The layout is described in docs/decisions/0003.
/// </summary>
/// <remarks>
/// Whole numbers: the matrices of products whose inputs are a multiple of 32; all other tensors are copied, the embedding too (and
/// with it a head that is tied to it). bfloat16: every matrix, the embedding included, rounded to the nearest.
/// </remarks>
public static class ModelQuantizer
{
    /// <summary>Metadata key that names how the weights of a quantised file are stored.</summary>
    public const string WeightsKey = "muninn.weights";

    /// <summary>The tensors of the smaller checkpoint.</summary>
    /// <param name="source">The checkpoint; must stay open until they are written.</param>
    /// <param name="format">bfloat16 or an integer format.</param>
    /// <param name="pool">Who computes.</param>
    /// <exception cref="InvalidDataException">
    /// The checkpoint is quantised already, no matrix of it can be, or, when the tensors are written, a weight is not finite.
    /// </exception>
    public static IReadOnlyList<TensorSource> Tensors(Checkpoint source, WeightFormat format, WorkerPool pool)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(pool);
        if (format == WeightFormat.Float32)
            throw new ArgumentException("Weights can be made bfloat16, int8 or int4, not larger.", nameof(format));
        if (source.LeastExactFormat.IsInteger())
            throw new InvalidDataException(
                $"{source.Folder} is quantised already, as {source.LeastExactFormat}; start from the float32 or bfloat16 checkpoint.");
        var changed = Changed(source, format);
        if (changed.Count == 0)
            throw new InvalidDataException(
                $"{source.Folder} has no matrix to change: {(format.IsInteger()
                    ? $"groups of {WeightFormats.GroupInputs} divide the inputs of none of them."
                    : "all are bfloat16 already.")}");
        return [.. source.Tensors.SelectMany(tensor => changed.Contains(tensor.Name)
            ? Smaller(tensor, format, pool)
            : [TensorSource.Copy(tensor)])];
    }

    /// <summary>The matrices that keep their type because groups of 32 do not divide their inputs; empty for bfloat16.</summary>
    /// <param name="source">The checkpoint.</param>
    /// <param name="format">bfloat16 or an integer format.</param>
    public static IReadOnlyList<string> Kept(Checkpoint source, WeightFormat format)
    {
        ArgumentNullException.ThrowIfNull(source);
        return format.IsInteger()
            ? [.. WeightNames.Matrices(source.Config).Where(static matrix => !Divides(matrix.Shape)).Select(static matrix => matrix.Name)]
            : [];
    }

    static HashSet<string> Changed(Checkpoint source, WeightFormat format)
    {
        var names = format.IsInteger()
            ? WeightNames.Matrices(source.Config).Where(static matrix => Divides(matrix.Shape)).Select(static matrix => matrix.Name)
            : source.Tensors.Where(static tensor => tensor.Shape.Length == 2 && tensor.DType != DType.BF16).Select(static tensor => tensor.Name);
        return names.ToHashSet(StringComparer.Ordinal);
    }

    static bool Divides(long[] shape) => shape[1] % WeightFormats.GroupInputs == 0;

    static TensorSource[] Smaller(Tensor tensor, WeightFormat format, WorkerPool pool)
    {
        long rows = tensor.Shape[0];
        long inputs = tensor.Shape[1];
        long groups = inputs / WeightFormats.GroupInputs;
        TensorSource Part(string name, DType type, long columns, bool isScales) =>
            new(name, type, [rows, columns], stream => new RowPipeline(tensor, format, isScales, pool).Write(stream));

        return format switch
        {
            WeightFormat.Int8 => [Part(tensor.Name, DType.I8, inputs, false), Part(WeightNames.Scales(tensor.Name), DType.BF16, groups, true)],
            WeightFormat.Int4 => [Part(tensor.Name, DType.U8, inputs / 2, false), Part(WeightNames.Scales(tensor.Name), DType.BF16, groups, true)],
            _ => [Part(tensor.Name, DType.BF16, inputs, false)],
        };
    }

    /// <summary>Computes the rows of one tensor in portions, all threads together, and writes them in order.</summary>
    sealed class RowPipeline(Tensor tensor, WeightFormat format, bool isScales, WorkerPool pool)
    {
        const int PortionElements = 1 << 22;

        readonly int _inputs = checked((int)tensor.Shape[1]);

        int RowBytes => isScales ? _inputs / WeightFormats.GroupInputs * sizeof(ushort) : (int)format.RowBytes(_inputs);

        public void Write(Stream stream)
        {
            long rows = tensor.Shape[0];
            int portion = (int)Math.Clamp(PortionElements / Math.Max(1, _inputs), 1, rows);
            byte[] bytes = new byte[checked(portion * RowBytes)];
            float[][] weights = [.. Enumerable.Range(0, pool.Threads).Select(_ => new float[_inputs])];
            for (long first = 0; first < rows; first += portion)
            {
                int count = (int)Math.Min(portion, rows - first);
                pool.Run(new Job(this, first, count, bytes, weights));
                stream.Write(bytes.AsSpan(0, count * RowBytes));
            }
        }

        void Compute(long row, Span<float> weights, Span<byte> destination)
        {
            tensor.ReadElements(row * _inputs, weights);
            if (format == WeightFormat.BrainFloat16)
            {
                FloatNarrowing.ToBrainFloat16(weights, MemoryMarshal.Cast<byte, ushort>(destination));
                return;
            }

            // Numbers and scales go to different places of the file; the half that is not wanted now is thrown away.
            int spareLength = isScales ? (int)format.RowBytes(_inputs) : _inputs / WeightFormats.GroupInputs * sizeof(ushort);
            byte[] rented = ArrayPool<byte>.Shared.Rent(spareLength);
            var spare = rented.AsSpan(0, spareLength);
            int bad = isScales
                ? GroupQuantizer.Quantize(format, weights, spare, MemoryMarshal.Cast<byte, ushort>(destination))
                : GroupQuantizer.Quantize(format, weights, destination, MemoryMarshal.Cast<byte, ushort>(spare));
            ArrayPool<byte>.Shared.Return(rented);
            if (bad >= 0)
                throw new InvalidDataException(
                    $"{tensor.Path}: tensor '{tensor.Name}' holds {weights[bad]} in row {row}, column {bad}; whole numbers cannot stand "
                    + "for it. Quantise a checkpoint whose weights are all finite.");
        }

        struct Job(RowPipeline owner, long first, int count, byte[] bytes, float[][] weights) : IWorkerJob
        {
            int _taken;

            public void Run(int worker)
            {
                while (true)
                {
                    int row = Interlocked.Increment(ref _taken) - 1;
                    if (row >= count) return;
                    owner.Compute(first + row, weights[worker], bytes.AsSpan(row * owner.RowBytes, owner.RowBytes));
                }
            }
        }
    }
}
