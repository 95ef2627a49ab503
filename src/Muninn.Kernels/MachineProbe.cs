using System;
using System.Diagnostics;
using System.Runtime.CompilerServices;
using F = System.Runtime.Intrinsics.Vector512<float>;
using V = System.Runtime.Intrinsics.Vector512;

namespace Muninn.Kernels;

/// <summary>Measures what one thread of this machine can do at most, to judge kernels by.</summary>
public static unsafe class MachineProbe
{
    const int Tries = 7;
    const int ChainSteps = 200_000;

    /// <summary>Fused multiply-adds on registers alone: the limit of a product, in floating-point operations per second.</summary>
    /// <remarks>Best of seven runs of a few milliseconds; a multiply-add counts as two operations.</remarks>
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

    /// <summary>Reading memory in order, in bytes per second.</summary>
    /// <param name="bytes">Size of the memory read; small sizes measure caches.</param>
    /// <exception cref="ArgumentOutOfRangeException">Less than 4096 bytes.</exception>
    public static double ReadBytesPerSecond(long bytes)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(bytes, 4096);
        using var memory = new AlignedFloats(bytes / 1024 * 256);
        var passes = long.Max(1, (16 << 20) / bytes);
        double best = 0;
        for (var i = 0; i < Tries; i++)
        {
            var start = Stopwatch.GetTimestamp();
            for (long pass = 0; pass < passes; pass++) Read(memory.Start, memory.Length);
            best = double.Max(best, (double)passes * memory.Length * sizeof(float) / Stopwatch.GetElapsedTime(start).TotalSeconds);
        }

        return best;
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

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void Read(float* start, long length)
    {
        F a = default, b = default, c = default, d = default;
        for (var last = start + length; start < last; start += 64)
        {
            a += V.Load(start);
            b += V.Load(start + 16);
            c += V.Load(start + 32);
            d += V.Load(start + 48);
        }

        Keep(a + b + (c + d));
    }

    // Not inlined, so that the work before it counts as used.
    [MethodImpl(MethodImplOptions.NoInlining)]
    static void Keep(F value) => _ = Unsafe.SizeOf<F>() + value[0];
}
