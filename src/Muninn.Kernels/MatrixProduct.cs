using System;

namespace Muninn.Kernels;

/// <summary>Rows times packed weights.</summary>
public static unsafe class MatrixProduct
{
    /// <summary>Products with fewer multiplications than this run on the caller alone: a join costs about 2 µs.</summary>
    const long SharedWorkMin = 1 << 18;

    /// <summary>y[r, n] = Σₖ x[r, k] · w[n, k], float32 sums over k in order, fused multiply-adds.</summary>
    /// <param name="x">Operand, <c>[rows, inputs]</c>.</param>
    /// <param name="rows">How many rows, 0 or more.</param>
    /// <param name="weights">The matrix w, <c>[outputs, inputs]</c>.</param>
    /// <param name="destination">y, <c>[rows, outputs]</c>, overwritten; must not overlap <paramref name="x"/>.</param>
    /// <param name="pool">Who computes.</param>
    /// <exception cref="ArgumentException">A span is too short, or the destination overlaps the operand.</exception>
    /// <remarks>
    /// The bits of a row do not depend on the other rows, on their number, on the pool or on the machine's vectors. A
    /// value that is not a number stays in its row. Nothing is allocated once the pool's scratch has grown.
    /// </remarks>
    public static void Multiply(
        ReadOnlySpan<float> x, int rows, PanelWeights weights, Span<float> destination, WorkerPool pool)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(rows);
        Guard.Holds(x.Length, (long)rows * weights.Inputs, "[rows, inputs]");
        Guard.Holds(destination.Length, (long)rows * weights.Outputs, "[rows, outputs]");
        x = x[..(rows * weights.Inputs)];
        destination = destination[..(rows * weights.Outputs)];
        Guard.Apart(x, destination);
        if (rows == 0 || weights.Outputs == 0) return;
        if (weights.Inputs == 0)
        {
            destination.Clear();
            return;
        }

        fixed (float* source = x, result = destination)
        {
            Multiply(source, result, rows, weights, pool);
        }

        GC.KeepAlive(weights);
    }

    static void Multiply(float* source, float* result, int rows, PanelWeights weights, WorkerPool pool)
    {
        var plan = new ProductPlan(rows, weights.Inputs, weights.Format);
        var workers = (long)rows * weights.Inputs * weights.Outputs < SharedWorkMin ? 1 : pool.Threads;
        for (var block = 0; block < plan.RowBlocks; block++)
        {
            var (firstTile, lastTile) = (plan.BlockStart(block), plan.BlockStart(block + 1));
            var firstRow = plan.TileStart(firstTile);
            var blockRows = plan.TileStart(lastTile) - firstRow;
            for (var (part, start) = (0, 0); part < plan.DepthBlocks; start = plan.DepthEnd(part++))
            {
                var depth = plan.DepthEnd(part) - start;
                var padded = weights.Format == WeightFormat.BrainFloat16 ? depth + (depth & 1) : depth;
                var cut = new PackedRows
                {
                    Plan = plan,
                    FirstTile = firstTile,
                    LastTile = lastTile,
                    Source = source + start,
                    SourceStride = weights.Inputs,
                    Depth = depth,
                    PaddedDepth = padded,
                };
                // One row is its own transpose.
                if (rows == 1 && padded == depth)
                {
                    cut.Packed = source + start;
                }
                else
                {
                    cut.Packed = pool.Shared((long)blockRows * padded);
                    pool.Run(new PackingJob { Rows = cut }, lastTile - firstTile == 1 ? 1 : workers);
                }

                pool.Run(new PanelJob { Rows = cut, Weights = new(weights, start), Result = result, Continues = start > 0 }, workers);
            }
        }
    }
}
