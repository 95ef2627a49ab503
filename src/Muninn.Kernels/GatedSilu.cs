using System;
using System.Runtime.CompilerServices;
using F = System.Runtime.Intrinsics.Vector512<float>;
using V = System.Runtime.Intrinsics.Vector512;

namespace Muninn.Kernels;

/// <summary>The gate of a gated feed-forward block (GLU variants, Shazeer 2020).</summary>
public static unsafe class GatedSilu
{
    /// <summary>Below this many results the caller works alone.</summary>
    const long SharedWorkMin = 1 << 15;

    /// <summary>y[r, c] = silu(gate[r, c]) · factor[r, c], where silu(g) = g / (1 + e⁻ᵍ).</summary>
    /// <param name="gateAndFactor">Gates, then factors, <c>[rows, 2 · hidden]</c>.</param>
    /// <param name="rows">How many rows.</param>
    /// <param name="hidden">Gates of a row.</param>
    /// <param name="destination">y, <c>[rows, hidden]</c>, overwritten; must not overlap the input.</param>
    /// <param name="pool">Who computes.</param>
    /// <exception cref="ArgumentException">A span is too short or overlaps.</exception>
    public static void Multiply(
        ReadOnlySpan<float> gateAndFactor, int rows, int hidden, Span<float> destination, WorkerPool pool)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(rows);
        ArgumentOutOfRangeException.ThrowIfNegative(hidden);
        Guard.Holds(gateAndFactor.Length, 2L * rows * hidden, "[rows, 2 · hidden]");
        Guard.Holds(destination.Length, (long)rows * hidden, "[rows, hidden]");
        Guard.Apart(gateAndFactor[..(2 * rows * hidden)], destination[..(rows * hidden)]);
        var workers = (long)rows * hidden < SharedWorkMin ? 1 : pool.Threads;
        fixed (float* source = gateAndFactor, result = destination)
        {
            pool.Run(new Job { Source = source, Result = result, Rows = rows, Hidden = hidden, Workers = workers }, workers);
        }
    }

    struct Job : IWorkerJob
    {
        internal float* Source;
        internal float* Result;
        internal int Rows;
        internal int Hidden;
        internal int Workers;

        public readonly void Run(int worker)
        {
            var columns = (Hidden + Lanes.Count - 1) / Lanes.Count;
            // Shares of columns, not of rows: a single row is shared as well as many.
            var first = int.Min(Hidden, (int)((long)columns * worker / Workers) * Lanes.Count);
            var last = int.Min(Hidden, (int)((long)columns * (worker + 1) / Workers) * Lanes.Count);
            for (long r = 0; r < Rows; r++)
            {
                var gate = Source + 2 * r * Hidden + first;
                MultiplyRow(gate, gate + Hidden, last - first, Result + r * Hidden + first);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void MultiplyRow(float* gate, float* factor, int count, float* destination)
    {
        var c = 0;
        for (; c + Lanes.Count <= count; c += Lanes.Count)
            V.Store(Gated(V.Load(gate + c), V.Load(factor + c)), destination + c);
        if (c == count) return;
        var rest = count - c;
        Lanes.StoreFirst(Gated(Lanes.LoadFirst(gate + c, rest), Lanes.LoadFirst(factor + c, rest)), destination + c, rest);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static F Gated(F gate, F factor) => gate / (F.One + Exponential.Of(-gate)) * factor;
}
