using System;
using System.Diagnostics;
using System.Runtime.CompilerServices;
using F = System.Runtime.Intrinsics.Vector512<float>;
using V = System.Runtime.Intrinsics.Vector512;

namespace Muninn.Kernels;

/// <summary>Memory that is read in order, round and round, to learn how fast it, or the cache that holds it, can be read.</summary>
/// <remarks>Each reading goes on where the one before it ended, so that short ones find nothing in a smaller cache either.</remarks>
public sealed unsafe class ReadProbe : IDisposable
{
    const int FloatsPerStep = 64;

    /// <summary>Floats between two looks at the clock: 1 MiB, which takes far longer than the look.</summary>
    const long ChunkFloats = 1 << 18;

    readonly AlignedFloats _memory;
    readonly long[] _next = new long[WorkerPool.ThreadsMax];

    /// <summary>Takes the memory.</summary>
    /// <param name="bytes">How much; rounded down to whole KiB.</param>
    /// <exception cref="ArgumentOutOfRangeException">Less than 4096 bytes.</exception>
    /// <exception cref="OutOfMemoryException">The system has not that much memory.</exception>
    public ReadProbe(long bytes)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(bytes, 4096);
        _memory = new AlignedFloats(bytes / 1024 * 256);
    }

    /// <summary>Size of the memory.</summary>
    public long Bytes => _memory.Length * sizeof(float);

    /// <summary>All threads together, each in a part of its own, in bytes per second: what memory gives.</summary>
    /// <param name="pool">Who reads.</param>
    /// <param name="seconds">How long at least.</param>
    public double BytesPerSecond(WorkerPool pool, double seconds) => Read(pool, seconds, shared: false);

    /// <summary>All threads together, each all of it, in bytes per second: what a cache gives, one of each thread or one of all.</summary>
    /// <param name="pool">Who reads.</param>
    /// <param name="seconds">How long at least.</param>
    public double SharedBytesPerSecond(WorkerPool pool, double seconds) => Read(pool, seconds, shared: true);

    /// <summary>Gives the memory back.</summary>
    public void Dispose() => _memory.Dispose();

    double Read(WorkerPool pool, double seconds, bool shared)
    {
        ArgumentNullException.ThrowIfNull(pool);
        var rates = stackalloc double[pool.Threads];
        fixed (long* next = _next)
        {
            pool.Run(new Job
            {
                Start = _memory.Start,
                Steps = _memory.Length / FloatsPerStep,
                Threads = pool.Threads,
                Shared = shared,
                Next = next,
                Rates = rates,
                Ticks = (long)(seconds * Stopwatch.Frequency),
            });
        }

        GC.KeepAlive(_memory);
        return MachineProbe.Sum(rates, pool.Threads);
    }

    struct Job : IWorkerJob
    {
        internal float* Start;
        internal long Steps;
        internal int Threads;
        internal bool Shared;
        internal long* Next;
        internal double* Rates;
        internal long Ticks;

        public readonly void Run(int worker)
        {
            // Threads that share all of it begin apart: one must not read what another has just fetched.
            var first = Steps * worker / Threads * FloatsPerStep;
            var part = Start + (Shared ? 0 : first);
            var length = Shared ? Steps * FloatsPerStep : Steps * (worker + 1) / Threads * FloatsPerStep - first;
            if (length == 0)
            {
                Rates[worker] = 0;
                return;
            }

            var place = (Next[worker] == 0 && Shared ? first : Next[worker]) % length;
            double read = 0;
            long passed;
            var start = Stopwatch.GetTimestamp();
            do
            {
                var count = long.Min(ChunkFloats, length - place);
                ReadInOrder(part + place, count);
                read += count;
                place = (place + count) % length;
                passed = Stopwatch.GetTimestamp() - start;
            }
            while (passed < Ticks);

            Next[worker] = place;
            Rates[worker] = read * sizeof(float) * Stopwatch.Frequency / passed;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void ReadInOrder(float* start, long length)
    {
        F a = default, b = default, c = default, d = default;
        for (var last = start + length; start < last; start += FloatsPerStep)
        {
            a += V.Load(start);
            b += V.Load(start + 16);
            c += V.Load(start + 32);
            d += V.Load(start + 48);
        }

        MachineProbe.Keep(a + b + (c + d));
    }
}
