using System;
using System.Runtime.CompilerServices;

namespace Muninn.Kernels;

/// <summary>Rows times packed weights.</summary>
/// <remarks>
/// The bits of a row do not depend on the other rows, on their number, on the pool or on the machine's vectors. A value
/// that is not a number stays in its row. Nothing is allocated once the pool's scratch has grown. With float32 and
/// bfloat16 weights a result is the float32 sum over k in order, in fused multiply-adds. With integer weights the operand
/// is first rounded (see <see cref="WeightFormat"/>); the sum over a group is exact, and the groups are added in order.
/// </remarks>
public static unsafe class MatrixProduct
{
    /// <summary>Products with fewer multiplications than this run on the caller alone: a join costs about 2 µs.</summary>
    const long SharedWorkMin = 1 << 18;

    /// <summary>Blocks with fewer floats than this are packed by the caller alone.</summary>
    internal const long SharedPackingMin = 1 << 15;

    /// <summary>y[r, n] = Σₖ x[r, k] · w[n, k].</summary>
    /// <param name="x">Operand, <c>[rows, inputs]</c>.</param>
    /// <param name="rows">How many rows, 0 or more.</param>
    /// <param name="weights">The matrix w, <c>[outputs, inputs]</c>.</param>
    /// <param name="destination">y, <c>[rows, outputs]</c>, overwritten; must not overlap <paramref name="x"/>.</param>
    /// <param name="pool">Who computes.</param>
    /// <exception cref="ArgumentException">A span is too short, or the destination overlaps the operand.</exception>
    public static void Multiply(
        ReadOnlySpan<float> x, int rows, PanelWeights weights, Span<float> destination, WorkerPool pool)
    {
        Check(x, rows, weights.Inputs, weights, destination, "[rows, inputs]");
        fixed (float* source = x)
        {
            Multiply(new PlainRows(source, weights.Inputs), rows, weights, destination, pool);
        }
    }

    /// <summary>y[r, n] += Σₖ x[r, k] · w[n, k]: the sums are carried on.</summary>
    /// <param name="x">Operand, <c>[rows, inputs]</c>.</param>
    /// <param name="rows">How many rows, 0 or more.</param>
    /// <param name="weights">The matrix w, <c>[outputs, inputs]</c>.</param>
    /// <param name="destination">y, <c>[rows, outputs]</c>, accumulated into; must not overlap <paramref name="x"/>.</param>
    /// <param name="pool">Who computes.</param>
    /// <exception cref="ArgumentException">A span is too short, or the destination overlaps the operand.</exception>
    public static void AddMultiplied(
        ReadOnlySpan<float> x, int rows, PanelWeights weights, Span<float> destination, WorkerPool pool)
    {
        Check(x, rows, weights.Inputs, weights, destination, "[rows, inputs]");
        fixed (float* source = x)
        {
            Multiply(new PlainRows(source, weights.Inputs), rows, weights, destination, pool, adds: true);
        }
    }

    /// <summary>y = norm(x) · wᵀ, where norm is <see cref="RmsNorm.Normalize"/>: the same bits, without its pass over memory.</summary>
    /// <param name="x">Rows before the norm, <c>[rows, inputs]</c>.</param>
    /// <param name="gain">Gain of the norm, <c>[inputs]</c>.</param>
    /// <param name="epsilon">ε of the norm, inside the root.</param>
    /// <param name="rows">How many rows, 0 or more.</param>
    /// <param name="weights">The matrix w, <c>[outputs, inputs]</c>.</param>
    /// <param name="destination">y, <c>[rows, outputs]</c>, overwritten; must not overlap <paramref name="x"/> or the gain.</param>
    /// <param name="pool">Who computes.</param>
    /// <exception cref="ArgumentException">A span is too short, or the destination overlaps the operand or the gain.</exception>
    public static void MultiplyNormalized(
        ReadOnlySpan<float> x,
        ReadOnlySpan<float> gain,
        float epsilon,
        int rows,
        PanelWeights weights,
        Span<float> destination,
        WorkerPool pool)
    {
        Check(x, rows, weights.Inputs, weights, destination, "[rows, inputs]");
        Guard.Holds(gain.Length, weights.Inputs, "[inputs]");
        Guard.Apart(gain[..weights.Inputs], destination[..(rows * weights.Outputs)], nameof(gain));
        fixed (float* source = x, factors = gain)
        {
            Multiply(NormalizedRows.Of(source, weights.Inputs, factors, epsilon, rows, pool), rows, weights, destination, pool);
        }
    }

    /// <summary>y = (silu(gate) · factor) · wᵀ, as after <see cref="GatedSilu.Multiply"/>: the same bits, without its pass over memory.</summary>
    /// <param name="gateAndFactor">Gates, then factors, <c>[rows, 2 · inputs]</c>.</param>
    /// <param name="rows">How many rows, 0 or more.</param>
    /// <param name="weights">The matrix w, <c>[outputs, inputs]</c>.</param>
    /// <param name="destination">y, <c>[rows, outputs]</c>, overwritten; must not overlap the operand.</param>
    /// <param name="pool">Who computes.</param>
    /// <exception cref="ArgumentException">A span is too short, or the destination overlaps the operand.</exception>
    public static void MultiplyGated(
        ReadOnlySpan<float> gateAndFactor, int rows, PanelWeights weights, Span<float> destination, WorkerPool pool)
    {
        Check(gateAndFactor, rows, 2L * weights.Inputs, weights, destination, "[rows, 2 · inputs]");
        fixed (float* source = gateAndFactor)
        {
            Multiply(new GatedRows(source, weights.Inputs), rows, weights, destination, pool);
        }
    }

    /// <summary>y = [a; b] · wᵀ for rows whose halves lie in two places.</summary>
    /// <param name="first">First half of every row, <c>[rows, inputs / 2]</c>.</param>
    /// <param name="second">Second half of every row, <c>[rows, inputs / 2]</c>.</param>
    /// <param name="rows">How many rows, 0 or more.</param>
    /// <param name="weights">The matrix w, <c>[outputs, inputs]</c>, inputs even.</param>
    /// <param name="destination">y, <c>[rows, outputs]</c>, overwritten; must not overlap the operands.</param>
    /// <param name="pool">Who computes.</param>
    /// <exception cref="ArgumentException">A span is too short, the destination overlaps an operand, or the inputs are odd.</exception>
    public static void MultiplyPaired(
        ReadOnlySpan<float> first, ReadOnlySpan<float> second, int rows, PanelWeights weights, Span<float> destination, WorkerPool pool)
    {
        var half = weights.Inputs / 2;
        if (2 * half != weights.Inputs)
            throw new ArgumentException($"Two equal halves cannot make up {weights.Inputs} inputs; the number must be even.", nameof(weights));
        Check(first, rows, half, weights, destination, "[rows, inputs / 2]");
        Check(second, rows, half, weights, destination, "[rows, inputs / 2]");
        fixed (float* left = first, right = second)
        {
            Multiply(new PairedRows(left, right, half), rows, weights, destination, pool);
        }
    }

    static void Check(
        ReadOnlySpan<float> operand,
        int rows,
        long width,
        PanelWeights weights,
        Span<float> destination,
        string shape,
        [CallerArgumentExpression(nameof(operand))] string name = "")
    {
        ArgumentOutOfRangeException.ThrowIfNegative(rows);
        Guard.Holds(operand.Length, rows * width, shape, name);
        Guard.Holds(destination.Length, (long)rows * weights.Outputs, "[rows, outputs]");
        Guard.Apart(operand[..(int)(rows * width)], destination[..(rows * weights.Outputs)], name);
    }

    static void Multiply<TSource>(
        TSource source, int rows, PanelWeights weights, Span<float> destination, WorkerPool pool, bool adds = false)
        where TSource : struct, IRowSource
    {
        if (rows == 0 || weights.Outputs == 0) return;
        if (weights.Inputs == 0)
        {
            if (!adds) destination[..(rows * weights.Outputs)].Clear();
            return;
        }

        fixed (float* result = destination)
        {
            var panels = new PanelBlock(weights.PanelsFor(pool), weights.PanelLanes, weights.Outputs);
            Multiply(source, result, rows, panels, weights.Inputs, weights.Format, adds, pool);
        }

        GC.KeepAlive(weights);
    }

    /// <summary>The product of rows with packed weights, or its sum with what lies in the result.</summary>
    internal static void Multiply<TSource>(
        TSource source, float* result, int rows, PanelBlock weights, int inputs, WeightFormat format, bool adds, WorkerPool pool)
        where TSource : struct, IRowSource
    {
        var plan = new ProductPlan(rows, inputs, format);
        var workers = (long)rows * inputs * weights.Outputs < SharedWorkMin ? 1 : pool.Threads;
        if (plan.RowShares(workers, weights.Panels * weights.PanelLanes * sizeof(float)) is > 0 and var shares)
        {
            var job = new RowBlockJob<TSource>
            {
                Plan = plan,
                Source = source,
                Format = format,
                Inputs = inputs,
                Weights = weights,
                Result = result,
                Adds = adds,
                Shares = shares,
                Pool = pool,
            };
            pool.Run(job, workers);
            return;
        }

        for (var block = 0; block < plan.RowBlocks; block++)
        {
            for (var (part, start) = (0, 0); part < plan.DepthBlocks; start = plan.DepthEnd(part++))
            {
                var cut = new PackedRows
                {
                    Plan = plan,
                    Format = format,
                    FirstTile = plan.BlockStart(block),
                    LastTile = plan.BlockStart(block + 1),
                    FirstInput = start,
                    Depth = plan.DepthEnd(part) - start,
                };
                // One row of floats is its own transpose.
                if (rows == 1 && source is PlainRows { Source: var row } && cut.Lanes == cut.Depth)
                {
                    cut.Packed = row + start;
                }
                else
                {
                    cut.Packed = pool.Shared(cut.Lanes);
                    var packers = (long)cut.Count * cut.Depth < SharedPackingMin ? 1 : workers;
                    pool.Run(new PackingJob<TSource> { Rows = cut, Source = source, Pool = pool }, packers);
                }

                var job = new PanelJob
                {
                    Rows = cut,
                    Weights = weights.From(format.PanelLanes(start)),
                    Result = result,
                    Continues = adds || start > 0,
                    Workers = workers,
                    Pool = pool,
                };
                pool.Run(job, workers);
            }
        }
    }
}
