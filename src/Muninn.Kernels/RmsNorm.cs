using System;
using System.Runtime.CompilerServices;
using F = System.Runtime.Intrinsics.Vector512<float>;
using V = System.Runtime.Intrinsics.Vector512;

namespace Muninn.Kernels;

/// <summary>Root-mean-square normalisation (Zhang and Sennrich, 2019).</summary>
public static unsafe class RmsNorm
{
    /// <summary>y[r, c] = x[r, c] / √(mean(x[r, :]²) + ε) · gain[c].</summary>
    /// <param name="x">Rows, <c>[rows, width]</c>.</param>
    /// <param name="gain">Gain of each column, <c>[width]</c>.</param>
    /// <param name="rows">How many rows.</param>
    /// <param name="width">Floats of a row.</param>
    /// <param name="epsilon">ε, inside the root.</param>
    /// <param name="destination">y, <c>[rows, width]</c>, overwritten; may be <paramref name="x"/>.</param>
    /// <exception cref="ArgumentException">A span is too short.</exception>
    public static void Normalize(
        ReadOnlySpan<float> x, ReadOnlySpan<float> gain, int rows, int width, float epsilon, Span<float> destination)
    {
        Check(x, gain, rows, width, destination);
        fixed (float* source = x, scale = gain, result = destination)
        {
            for (long r = 0; r < rows; r++) NormalizeRow(source + r * width, scale, width, epsilon, result + r * width);
        }
    }

    /// <summary>y = norm(x + residual): the sum itself is normalised, in one pass over memory.</summary>
    /// <param name="x">Rows, <c>[rows, width]</c>.</param>
    /// <param name="residual">Added to x, <c>[rows, width]</c>.</param>
    /// <param name="gain">Gain of each column, <c>[width]</c>.</param>
    /// <param name="rows">How many rows.</param>
    /// <param name="width">Floats of a row.</param>
    /// <param name="epsilon">ε, inside the root.</param>
    /// <param name="destination">y, <c>[rows, width]</c>, overwritten; may be <paramref name="x"/> or <paramref name="residual"/>.</param>
    /// <exception cref="ArgumentException">A span is too short.</exception>
    public static void AddThenNormalize(
        ReadOnlySpan<float> x,
        ReadOnlySpan<float> residual,
        ReadOnlySpan<float> gain,
        int rows,
        int width,
        float epsilon,
        Span<float> destination)
    {
        Check(x, gain, rows, width, destination);
        Guard.Holds(residual.Length, (long)rows * width, "[rows, width]");
        fixed (float* source = x, other = residual, scale = gain, result = destination)
        {
            for (long r = 0; r < rows; r++)
            {
                var row = result + r * width;
                AddRow(source + r * width, other + r * width, width, row);
                NormalizeRow(row, scale, width, epsilon, row);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void AddRow(float* x, float* residual, int width, float* destination)
    {
        var c = 0;
        for (; c + Lanes.Count <= width; c += Lanes.Count) V.Store(V.Load(x + c) + V.Load(residual + c), destination + c);
        for (; c < width; c++) destination[c] = x[c] + residual[c];
    }

    static void NormalizeRow(float* x, float* gain, int width, float epsilon, float* destination) =>
        Scale(x, ScaleOf(x, width, epsilon), gain, width, destination);

    /// <summary>1 / √(mean(x²) + ε) of one row.</summary>
    internal static float ScaleOf(float* x, int width, float epsilon) => 1 / MathF.Sqrt(SumOfSquares(x, width) / width + epsilon);

    /// <summary>destination[c] = x[c] · scale · gain[c].</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void Scale(float* x, float scale, float* gain, int count, float* destination)
    {
        var factor = V.Create(scale);
        var c = 0;
        for (; c + Lanes.Count <= count; c += Lanes.Count) V.Store(V.Load(x + c) * factor * V.Load(gain + c), destination + c);
        for (; c < count; c++) destination[c] = x[c] * scale * gain[c];
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static float SumOfSquares(float* x, int width)
    {
        F a = default, b = default, c = default, d = default;
        var i = 0;
        for (; i + 4 * Lanes.Count <= width; i += 4 * Lanes.Count)
        {
            a = Square(V.Load(x + i), a);
            b = Square(V.Load(x + i + 16), b);
            c = Square(V.Load(x + i + 32), c);
            d = Square(V.Load(x + i + 48), d);
        }

        for (; i + Lanes.Count <= width; i += Lanes.Count) a = Square(V.Load(x + i), a);
        if (i < width) b = Square(Lanes.LoadFirst(x + i, width - i), b);
        return Lanes.Sum(a + b + (c + d));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static F Square(F x, F sum) => V.FusedMultiplyAdd(x, x, sum);

    static void Check(ReadOnlySpan<float> x, ReadOnlySpan<float> gain, int rows, int width, Span<float> destination)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(rows);
        ArgumentOutOfRangeException.ThrowIfNegative(width);
        Guard.Holds(x.Length, (long)rows * width, "[rows, width]");
        Guard.Holds(gain.Length, width, "[width]");
        Guard.Holds(destination.Length, (long)rows * width, "[rows, width]");
    }
}
