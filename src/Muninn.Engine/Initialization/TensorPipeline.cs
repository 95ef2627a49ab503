using System;
using System.IO;
using System.Runtime.InteropServices;
using System.Threading;
using Muninn.Engine.Checkpoints;
using Muninn.Kernels;

namespace Muninn.Engine.Initialization;

/// <summary>
/// Computes a tensor portion by portion and writes it: while one thread writes a portion, the others compute the next. Its memory
/// is two portions and one slice a thread, a few megabytes, however large the tensor.
/// </summary>
sealed class TensorPipeline
{
    const int PortionElements = 1 << 20;
    const int SliceElements = 1 << 14;

    readonly WorkerPool _pool;
    readonly DType _type;
    readonly float[][] _slices;
    byte[] _finished;
    byte[] _growing;

    /// <summary>Sets memory aside.</summary>
    /// <param name="pool">The threads.</param>
    /// <param name="type">F32 or BF16.</param>
    public TensorPipeline(WorkerPool pool, DType type)
    {
        ArgumentNullException.ThrowIfNull(pool);
        if (type is not (DType.F32 or DType.BF16))
            throw new ArgumentOutOfRangeException(nameof(type), type, "Weights are written as F32 or BF16.");
        _pool = pool;
        _type = type;
        _slices = new float[pool.Threads][];
        for (int i = 0; i < _slices.Length; i++) _slices[i] = new float[SliceElements];
        _finished = new byte[PortionElements * ElementBytes];
        _growing = new byte[PortionElements * ElementBytes];
    }

    int ElementBytes => _type.Bits() / 8;

    /// <summary>Writes all elements of a tensor; the bytes do not depend on the threads.</summary>
    /// <param name="count">How many elements.</param>
    /// <param name="fill">Computes elements.</param>
    /// <param name="stream">Where they go, little-endian.</param>
    public void Write(long count, ElementFill fill, Stream stream)
    {
        int finished = 0;
        for (long first = 0; first < count || finished > 0;)
        {
            int growing = (int)Math.Min(PortionElements, count - first);
            _pool.Run(new PortionJob(this, stream, finished * ElementBytes, fill, first, growing));
            (_finished, _growing) = (_growing, _finished);
            first += growing;
            finished = growing;
        }
    }

    void FillSlice(int worker, ElementFill fill, long first, int start, int count)
    {
        var bytes = _growing.AsSpan(start * ElementBytes, count * ElementBytes);
        if (_type == DType.F32)
        {
            fill(first, MemoryMarshal.Cast<byte, float>(bytes));
            return;
        }

        var slice = _slices[worker].AsSpan(0, count);
        fill(first, slice);
        BrainFloats.Round(slice, MemoryMarshal.Cast<byte, ushort>(bytes));
    }

    /// <summary>One portion to be written and one to be computed; share 0 is the writing, every other a slice.</summary>
    struct PortionJob(TensorPipeline pipeline, Stream stream, int written, ElementFill fill, long first, int count) : IWorkerJob
    {
        int _taken;

        public void Run(int worker)
        {
            while (true)
            {
                int share = Interlocked.Increment(ref _taken) - 1;
                if (share == 0)
                {
                    stream.Write(pipeline._finished, 0, written);
                    continue;
                }

                long start = (long)(share - 1) * SliceElements;
                if (start >= count) return;
                pipeline.FillSlice(worker, fill, first + start, (int)start, (int)Math.Min(SliceElements, count - start));
            }
        }
    }
}
