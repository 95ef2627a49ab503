using System;

namespace Muninn.Kernels;

/// <summary><see cref="RmsNorm"/> of many rows by all workers of a pool, together with the sum that stands beside it, and the way back.</summary>
public static unsafe class ResidualNorm
{
    /// <summary>y = norm(x), the bits of <see cref="RmsNorm.Normalize"/>.</summary>
    /// <param name="x">Rows, <c>[rows, width]</c>.</param>
    /// <param name="gain">Gain of each column, <c>[width]</c>.</param>
    /// <param name="rows">How many rows.</param>
    /// <param name="width">Floats of a row.</param>
    /// <param name="epsilon">ε, inside the root.</param>
    /// <param name="destination">y, <c>[rows, width]</c>, overwritten; may be <paramref name="x"/>.</param>
    /// <param name="pool">Who computes.</param>
    /// <exception cref="ArgumentException">A span is too short.</exception>
    public static void Apply(
        ReadOnlySpan<float> x, ReadOnlySpan<float> gain, int rows, int width, float epsilon, Span<float> destination, WorkerPool pool)
    {
        RmsNorm.Check(x, gain, rows, width, destination);
        fixed (float* source = x, scale = gain, result = destination)
        {
            RowShares<Forward>.Run(new Forward { X = source, Gain = scale, Result = result, Width = width, Epsilon = epsilon }, rows, width, pool);
        }
    }

    /// <summary>sum = x + residual; y = norm(sum).</summary>
    /// <param name="x">Rows, <c>[rows, width]</c>.</param>
    /// <param name="residual">Added to x, <c>[rows, width]</c>.</param>
    /// <param name="gain">Gain of each column, <c>[width]</c>.</param>
    /// <param name="rows">How many rows.</param>
    /// <param name="width">Floats of a row.</param>
    /// <param name="epsilon">ε, inside the root.</param>
    /// <param name="sum">The sum, <c>[rows, width]</c>, overwritten; may be either operand.</param>
    /// <param name="destination">y, <c>[rows, width]</c>, overwritten; may be any of the others.</param>
    /// <param name="pool">Who computes.</param>
    /// <exception cref="ArgumentException">A span is too short.</exception>
    public static void Apply(
        ReadOnlySpan<float> x,
        ReadOnlySpan<float> residual,
        ReadOnlySpan<float> gain,
        int rows,
        int width,
        float epsilon,
        Span<float> sum,
        Span<float> destination,
        WorkerPool pool)
    {
        RmsNorm.Check(x, gain, rows, width, destination);
        Guard.Holds(residual.Length, (long)rows * width, "[rows, width]");
        Guard.Holds(sum.Length, (long)rows * width, "[rows, width]");
        fixed (float* source = x, other = residual, scale = gain, sums = sum, result = destination)
        {
            var work = new Forward { X = source, Residual = other, Gain = scale, Sum = sums, Result = result, Width = width, Epsilon = epsilon };
            RowShares<Forward>.Run(work, rows, 2L * width, pool);
        }
    }

    /// <summary>
    /// What y asks of x and of the gain: dx = <see cref="RmsNorm.NormalizeGradient"/> + residual, and dgain[c] += Σ over rows of
    /// dy[r, c] · x[r, c] / √(mean(x[r, :]²) + ε): the sums of 64 rows each, in order, one after the other.
    /// </summary>
    /// <param name="x">What was normalised, after the sum where there was one, <c>[rows, width]</c>.</param>
    /// <param name="gain">Gain of each column, <c>[width]</c>.</param>
    /// <param name="gradients">dy, <c>[rows, width]</c>.</param>
    /// <param name="residual">A gradient that comes to x past the norm, <c>[rows, width]</c>; empty: none.</param>
    /// <param name="rows">How many rows.</param>
    /// <param name="width">Floats of a row.</param>
    /// <param name="epsilon">ε, inside the root.</param>
    /// <param name="destination">dx, <c>[rows, width]</c>, overwritten; may be <paramref name="gradients"/>, or <paramref name="residual"/>.</param>
    /// <param name="gainGradient">dgain, <c>[width]</c>, accumulated into.</param>
    /// <param name="pool">Who computes.</param>
    /// <exception cref="ArgumentException">A span is too short.</exception>
    public static void ApplyGradient(
        ReadOnlySpan<float> x,
        ReadOnlySpan<float> gain,
        ReadOnlySpan<float> gradients,
        ReadOnlySpan<float> residual,
        int rows,
        int width,
        float epsilon,
        Span<float> destination,
        Span<float> gainGradient,
        WorkerPool pool)
    {
        RmsNorm.Check(x, gain, rows, width, destination);
        Guard.Holds(gradients.Length, (long)rows * width, "[rows, width]");
        if (!residual.IsEmpty) Guard.Holds(residual.Length, (long)rows * width, "[rows, width]");
        Guard.Holds(gainGradient.Length, width, "[width]");
        var chunks = RowShares<Backward>.Chunks(rows);
        fixed (float* source = x, scale = gain, change = gradients, other = residual, result = destination, sums = gainGradient)
        {
            var work = new Backward
            {
                X = source,
                Gain = scale,
                Change = change,
                Residual = other,
                Result = result,
                Sums = pool.Shared((long)chunks * width),
                Width = width,
                Epsilon = epsilon,
                Pool = pool,
            };
            RowShares<Backward>.Run(work, rows, 3L * width, pool);
            for (var chunk = 0; chunk < chunks; chunk++) RmsNorm.AddRow(sums, work.Sums + (long)chunk * width, width, sums);
        }
    }

    struct Forward : IRowWork
    {
        internal float* X;
        internal float* Residual;
        internal float* Gain;
        internal float* Sum;
        internal float* Result;
        internal int Width;
        internal float Epsilon;

        public readonly void Run(int first, int last, int worker)
        {
            for (long place = (long)first * Width; place < (long)last * Width; place += Width)
            {
                var row = X + place;
                if (Residual != null)
                {
                    RmsNorm.AddRow(row, Residual + place, Width, Sum + place);
                    row = Sum + place;
                }

                RmsNorm.NormalizeRow(row, Gain, Width, Epsilon, Result + place);
            }
        }
    }

    struct Backward : IRowWork
    {
        internal float* X;
        internal float* Gain;
        internal float* Change;
        internal float* Residual;
        internal float* Result;
        internal float* Sums;
        internal int Width;
        internal float Epsilon;
        internal WorkerPool Pool;

        public readonly void Run(int first, int last, int worker)
        {
            var sums = Sums + (long)(first / RowShares<Backward>.ChunkRows) * Width;
            // The residual may lie where the result goes.
            var straight = Residual == null ? null : Pool.Scratch(worker, Width);
            new Span<float>(sums, Width).Clear();
            for (long place = (long)first * Width; place < (long)last * Width; place += Width)
            {
                var scale = RmsNorm.ScaleOf(X + place, Width, Epsilon);
                RmsNorm.AddScaledRow(X + place, scale, Change + place, Width, sums);
                RmsNorm.StraightenGradient(X + place, scale, Gain, Change + place, Width, straight == null ? Result + place : straight);
                if (straight != null) RmsNorm.AddRow(straight, Residual + place, Width, Result + place);
            }
        }
    }
}
