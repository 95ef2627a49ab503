using System;
using System.IO;
using System.Threading;
using Muninn.Kernels;

namespace Muninn.Engine.Quantization;

/// <summary>Computes the bytes of one row of a tensor; called by several threads at once, for different rows.</summary>
/// <param name="worker">Number of the thread, for scratch memory.</param>
/// <param name="row">Which row.</param>
/// <param name="destination">Overwritten.</param>
delegate void RowBytes(int worker, int row, Span<byte> destination);

/// <summary>Computes a tensor some rows at a time and writes it: while one thread writes, the others compute the next rows.</summary>
/// <param name="pool">The threads.</param>
sealed class RowPipeline(WorkerPool pool)
{
    const int PortionBytes = 1 << 21;
    const int SliceBytes = 1 << 16;

    byte[] _finished = [];
    byte[] _growing = [];

    /// <summary>Writes all rows; the bytes do not depend on the threads.</summary>
    /// <param name="rows">How many rows.</param>
    /// <param name="rowBytes">Bytes of a row.</param>
    /// <param name="compute">Computes a row.</param>
    /// <param name="stream">Where they go.</param>
    public void Write(int rows, int rowBytes, RowBytes compute, Stream stream)
    {
        if (rowBytes == 0) return;
        int portion = Math.Max(1, PortionBytes / rowBytes);
        int slice = Math.Max(1, SliceBytes / rowBytes);
        if (_finished.Length < (long)portion * rowBytes)
        {
            _finished = new byte[checked(portion * rowBytes)];
            _growing = new byte[_finished.Length];
        }

        int finished = 0;
        for (int first = 0; first < rows || finished > 0;)
        {
            int growing = Math.Min(portion, rows - first);
            pool.Run(new PortionJob
            {
                Finished = _finished.AsMemory(0, finished * rowBytes),
                Growing = _growing,
                Stream = stream,
                Compute = compute,
                First = first,
                Count = growing,
                RowLength = rowBytes,
                Slice = slice,
            });
            (_finished, _growing) = (_growing, _finished);
            first += growing;
            finished = growing;
        }
    }

    /// <summary>One portion to be written and one to be computed; share 0 is the writing, every other a slice of rows.</summary>
    struct PortionJob : IWorkerJob
    {
        public required Memory<byte> Finished { get; init; }

        public required byte[] Growing { get; init; }

        public required Stream Stream { get; init; }

        public required RowBytes Compute { get; init; }

        public required int First { get; init; }

        public required int Count { get; init; }

        public required int RowLength { get; init; }

        public required int Slice { get; init; }

        int _taken;

        public void Run(int worker)
        {
            while (true)
            {
                int share = Interlocked.Increment(ref _taken) - 1;
                if (share == 0)
                {
                    Stream.Write(Finished.Span);
                    continue;
                }

                long start = (long)(share - 1) * Slice;
                if (start >= Count) return;
                int end = (int)Math.Min(start + Slice, Count);
                for (int row = (int)start; row < end; row++)
                    Compute(worker, First + row, Growing.AsSpan(row * RowLength, RowLength));
            }
        }
    }
}
