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

    /// <summary>
    /// How y of <see cref="Multiply"/> changes, to first order: dy = silu'(gate) · factor · dgate + silu(gate) · dfactor, where
    /// silu'(g) = σ(g) · (1 + g · (1 − σ(g))) and σ(g) = 1 / (1 + e⁻ᵍ).
    /// </summary>
    /// <param name="gateAndFactor">Where the change is taken: gates, then factors, <c>[rows, 2 · hidden]</c>.</param>
    /// <param name="tangents">dgate, then dfactor, <c>[directions, rows, 2 · hidden]</c>.</param>
    /// <param name="directions">How many changes of all rows.</param>
    /// <param name="rows">How many rows.</param>
    /// <param name="hidden">Gates of a row.</param>
    /// <param name="destination">dy, <c>[directions, rows, hidden]</c>, overwritten; must not overlap the inputs.</param>
    /// <param name="pool">Who computes.</param>
    /// <exception cref="ArgumentException">A span is too short or overlaps.</exception>
    public static void MultiplyTangent(
        ReadOnlySpan<float> gateAndFactor,
        ReadOnlySpan<float> tangents,
        int directions,
        int rows,
        int hidden,
        Span<float> destination,
        WorkerPool pool)
    {
        Check(gateAndFactor, rows, hidden, directions);
        var results = (long)directions * rows * hidden;
        Guard.Holds(tangents.Length, 2 * results, "[directions, rows, 2 · hidden]");
        Guard.Holds(destination.Length, results, "[directions, rows, hidden]");
        Guard.Apart(gateAndFactor[..(2 * rows * hidden)], destination[..(int)results]);
        Guard.Apart(tangents[..(int)(2 * results)], destination[..(int)results]);
        Run<Tangent>(gateAndFactor, tangents, directions, rows, hidden, destination, pool);
    }

    /// <summary>
    /// What y of <see cref="Multiply"/> asks of its operands: dgate = silu'(gate) · factor · dy and dfactor = silu(gate) · dy,
    /// the transpose of <see cref="MultiplyTangent"/>.
    /// </summary>
    /// <param name="gateAndFactor">Where it is taken: gates, then factors, <c>[rows, 2 · hidden]</c>.</param>
    /// <param name="gradients">dy, <c>[directions, rows, hidden]</c>.</param>
    /// <param name="directions">How many gradients of all rows.</param>
    /// <param name="rows">How many rows.</param>
    /// <param name="hidden">Gates of a row.</param>
    /// <param name="destination">dgate, then dfactor, <c>[directions, rows, 2 · hidden]</c>, overwritten; must not overlap the inputs.</param>
    /// <param name="pool">Who computes.</param>
    /// <exception cref="ArgumentException">A span is too short or overlaps.</exception>
    public static void MultiplyGradient(
        ReadOnlySpan<float> gateAndFactor,
        ReadOnlySpan<float> gradients,
        int directions,
        int rows,
        int hidden,
        Span<float> destination,
        WorkerPool pool)
    {
        Check(gateAndFactor, rows, hidden, directions);
        var results = (long)directions * rows * hidden;
        Guard.Holds(gradients.Length, results, "[directions, rows, hidden]");
        Guard.Holds(destination.Length, 2 * results, "[directions, rows, 2 · hidden]");
        Guard.Apart(gateAndFactor[..(2 * rows * hidden)], destination[..(int)(2 * results)]);
        Guard.Apart(gradients[..(int)results], destination[..(int)(2 * results)]);
        Run<Gradient>(gateAndFactor, gradients, directions, rows, hidden, destination, pool);
    }

    static void Check(ReadOnlySpan<float> gateAndFactor, int rows, int hidden, int directions)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(directions);
        ArgumentOutOfRangeException.ThrowIfNegative(rows);
        ArgumentOutOfRangeException.ThrowIfNegative(hidden);
        Guard.Holds(gateAndFactor.Length, 2L * rows * hidden, "[rows, 2 · hidden]");
    }

    static void Run<TSide>(
        ReadOnlySpan<float> gateAndFactor,
        ReadOnlySpan<float> changes,
        int directions,
        int rows,
        int hidden,
        Span<float> destination,
        WorkerPool pool)
        where TSide : struct, ISide
    {
        var workers = (long)directions * rows * hidden < SharedWorkMin ? 1 : pool.Threads;
        fixed (float* source = gateAndFactor, change = changes, result = destination)
        {
            var job = new ChangeJob<TSide>
            {
                Source = source,
                Change = change,
                Result = result,
                Directions = directions,
                Rows = rows,
                Hidden = hidden,
                Workers = workers,
            };
            pool.Run(job, workers);
        }
    }

    struct ChangeJob<TSide> : IWorkerJob
        where TSide : struct, ISide
    {
        internal float* Source;
        internal float* Change;
        internal float* Result;
        internal int Directions;
        internal int Rows;
        internal int Hidden;
        internal int Workers;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public readonly void Run(int worker)
        {
            for (long r = worker; r < Rows; r += Workers)
            {
                var gate = Source + 2 * r * Hidden;
                for (var c = 0; c < Hidden; c += Lanes.Count)
                {
                    var count = int.Min(Lanes.Count, Hidden - c);
                    var (ofGate, ofFactor) = count == Lanes.Count
                        ? Slopes(V.Load(gate + c), V.Load(gate + Hidden + c))
                        : Slopes(Lanes.LoadFirst(gate + c, count), Lanes.LoadFirst(gate + Hidden + c, count));
                    for (var row = r; row < (long)Directions * Rows; row += Rows)
                        TSide.Step(Change, Result, row, Hidden, c, count, ofGate, ofFactor);
                }
            }
        }
    }

    /// <summary>Slopes of silu(gate) · factor in either.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static (F OfGate, F OfFactor) Slopes(F gate, F factor)
    {
        var share = F.One / (F.One + Exponential.Of(-gate));
        return (share * (F.One + gate * (F.One - share)) * factor, gate * share);
    }

    interface ISide
    {
        static abstract void Step(float* changes, float* results, long row, int hidden, int column, int count, F ofGate, F ofFactor);
    }

    readonly struct Tangent : ISide
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static void Step(float* changes, float* results, long row, int hidden, int column, int count, F ofGate, F ofFactor)
        {
            float* gate = changes + 2 * row * hidden + column, result = results + row * hidden + column;
            if (count == Lanes.Count)
            {
                V.Store(V.FusedMultiplyAdd(V.Load(gate), ofGate, V.Load(gate + hidden) * ofFactor), result);
                return;
            }

            Lanes.StoreFirst(V.FusedMultiplyAdd(Lanes.LoadFirst(gate, count), ofGate, Lanes.LoadFirst(gate + hidden, count) * ofFactor), result, count);
        }
    }

    readonly struct Gradient : ISide
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static void Step(float* changes, float* results, long row, int hidden, int column, int count, F ofGate, F ofFactor)
        {
            float* change = changes + row * hidden + column, gate = results + 2 * row * hidden + column;
            if (count == Lanes.Count)
            {
                V.Store(V.Load(change) * ofGate, gate);
                V.Store(V.Load(change) * ofFactor, gate + hidden);
                return;
            }

            Lanes.StoreFirst(Lanes.LoadFirst(change, count) * ofGate, gate, count);
            Lanes.StoreFirst(Lanes.LoadFirst(change, count) * ofFactor, gate + hidden, count);
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
