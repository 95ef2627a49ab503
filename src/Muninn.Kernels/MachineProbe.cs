using System;
using System.Diagnostics;
using System.Runtime.CompilerServices;
using F = System.Runtime.Intrinsics.Vector512<float>;
using V = System.Runtime.Intrinsics.Vector512;

namespace Muninn.Kernels;

/// <summary>Measures what this machine can do at most, to judge kernels by.</summary>
public static unsafe class MachineProbe
{
    const int Tries = 7;
    const int ChainSteps = 100_000;

    /// <summary>Fused multiply-adds on registers alone: the limit of a product, in floating-point operations per second.</summary>
    /// <remarks>Best of seven runs of a fraction of a millisecond on the calling thread; a multiply-add counts as two operations.</remarks>
    public static double FusedMultiplyAddsPerSecond()
    {
        double best = 0;
        for (var i = 0; i < Tries; i++)
        {
            var start = Stopwatch.GetTimestamp();
            var chains = V.IsHardwareAccelerated ? RunTwelveChains() : RunSixChains();
            var seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
            best = double.Max(best, 2.0 * F.Count * ChainSteps * chains / seconds);
        }

        return best;
    }

    /// <summary>The same limit of all threads of a pool together, in floating-point operations per second.</summary>
    /// <param name="pool">Who computes.</param>
    /// <param name="seconds">How long at least; some milliseconds, to be taken beside what is judged by it.</param>
    /// <returns>The sum over the threads of what each reached on average: no best of several.</returns>
    public static double FusedMultiplyAddsPerSecond(WorkerPool pool, double seconds)
    {
        ArgumentNullException.ThrowIfNull(pool);
        var rates = stackalloc double[pool.Threads];
        pool.Run(new ChainJob { Rates = rates, Ticks = (long)(seconds * Stopwatch.Frequency) });
        return Sum(rates, pool.Threads);
    }

    /// <summary>Reading memory in order on the calling thread, in bytes per second: the best of seven tries.</summary>
    /// <param name="bytes">Size of the memory read; small sizes measure caches.</param>
    /// <exception cref="ArgumentOutOfRangeException">Less than 4096 bytes.</exception>
    public static double ReadBytesPerSecond(long bytes)
    {
        using var probe = new ReadProbe(bytes);
        using var pool = new WorkerPool(1);
        double best = 0;
        for (var i = 0; i < Tries; i++) best = double.Max(best, probe.BytesPerSecond(pool, long.Max(bytes, 16 << 20) / 1e11));
        return best;
    }

    internal static double Sum(double* rates, int count)
    {
        double sum = 0;
        for (var i = 0; i < count; i++) sum += rates[i];
        return sum;
    }

    // Not inlined, so that the work before it counts as used.
    [MethodImpl(MethodImplOptions.NoInlining)]
    internal static void Keep(F value) => _ = Unsafe.SizeOf<F>() + value[0];

    struct ChainJob : IWorkerJob
    {
        internal double* Rates;
        internal long Ticks;

        public readonly void Run(int worker)
        {
            var start = Stopwatch.GetTimestamp();
            double operations = 0;
            long passed;
            do
            {
                operations += 2.0 * F.Count * ChainSteps * (V.IsHardwareAccelerated ? RunTwelveChains() : RunSixChains());
                passed = Stopwatch.GetTimestamp() - start;
            }
            while (passed < Ticks);

            Rates[worker] = operations * Stopwatch.Frequency / passed;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static int RunTwelveChains()
    {
        F a = default, b = default, c = default, d = default, e = default, f = default;
        F g = default, h = default, i = default, j = default, k = default, l = default;
        var (x, y) = (V.Create(0.5f), V.Create(1f));
        for (var step = 0; step < ChainSteps; step++)
        {
            (a, b, c) = (V.FusedMultiplyAdd(a, x, y), V.FusedMultiplyAdd(b, x, y), V.FusedMultiplyAdd(c, x, y));
            (d, e, f) = (V.FusedMultiplyAdd(d, x, y), V.FusedMultiplyAdd(e, x, y), V.FusedMultiplyAdd(f, x, y));
            (g, h, i) = (V.FusedMultiplyAdd(g, x, y), V.FusedMultiplyAdd(h, x, y), V.FusedMultiplyAdd(i, x, y));
            (j, k, l) = (V.FusedMultiplyAdd(j, x, y), V.FusedMultiplyAdd(k, x, y), V.FusedMultiplyAdd(l, x, y));
        }

        Keep(a + b + c + (d + e + f) + (g + h + i) + (j + k + l));
        return 12;
    }

    // Twelve chains would not fit sixteen registers of 32 bytes.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static int RunSixChains()
    {
        F a = default, b = default, c = default, d = default, e = default, f = default;
        var (x, y) = (V.Create(0.5f), V.Create(1f));
        for (var step = 0; step < ChainSteps; step++)
        {
            (a, b, c) = (V.FusedMultiplyAdd(a, x, y), V.FusedMultiplyAdd(b, x, y), V.FusedMultiplyAdd(c, x, y));
            (d, e, f) = (V.FusedMultiplyAdd(d, x, y), V.FusedMultiplyAdd(e, x, y), V.FusedMultiplyAdd(f, x, y));
        }

        Keep(a + b + c + (d + e + f));
        return 6;
    }
}
