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

    /// <summary>
    /// How y of <see cref="Normalize"/> changes with x, to first order: dy = (dx − x · mean(x · dx) / ms) · gain / √ms, with
    /// ms = mean(x²) + ε of the row.
    /// </summary>
    /// <param name="x">The rows at which the change is taken, <c>[rows, width]</c>.</param>
    /// <param name="gain">Gain of each column, <c>[width]</c>.</param>
    /// <param name="tangents">dx, <c>[directions, rows, width]</c>.</param>
    /// <param name="directions">How many changes of all rows.</param>
    /// <param name="rows">How many rows.</param>
    /// <param name="width">Floats of a row.</param>
    /// <param name="epsilon">ε, inside the root.</param>
    /// <param name="destination">dy, <c>[directions, rows, width]</c>, overwritten; may be <paramref name="tangents"/>.</param>
    /// <exception cref="ArgumentException">A span is too short.</exception>
    public static void NormalizeTangent(
        ReadOnlySpan<float> x,
        ReadOnlySpan<float> gain,
        ReadOnlySpan<float> tangents,
        int directions,
        int rows,
        int width,
        float epsilon,
        Span<float> destination)
    {
        Check(x, gain, rows, width, directions, tangents, destination);
        fixed (float* source = x, scale = gain, change = tangents, result = destination)
        {
            for (long r = 0; r < rows; r++)
            {
                var inverse = ScaleOf(source + r * width, width, epsilon);
                for (long place = r * width; place < (long)directions * rows * width; place += (long)rows * width)
                {
                    Straighten<Tangent>(source + r * width, inverse, scale, change + place, width, result + place);
                }
            }
        }
    }

    /// <summary>The same for <see cref="AddThenNormalize"/>: the change of the sum is the sum of the changes.</summary>
    /// <param name="sum">x + residual, at which the change is taken, <c>[rows, width]</c>.</param>
    /// <param name="gain">Gain of each column, <c>[width]</c>.</param>
    /// <param name="tangents">dx, <c>[directions, rows, width]</c>.</param>
    /// <param name="residual">Change of the residual, <c>[directions, rows, width]</c>.</param>
    /// <param name="directions">How many changes of all rows.</param>
    /// <param name="rows">How many rows.</param>
    /// <param name="width">Floats of a row.</param>
    /// <param name="epsilon">ε, inside the root.</param>
    /// <param name="destination">dy, <c>[directions, rows, width]</c>, overwritten; may be either change.</param>
    /// <exception cref="ArgumentException">A span is too short.</exception>
    public static void AddThenNormalizeTangent(
        ReadOnlySpan<float> sum,
        ReadOnlySpan<float> gain,
        ReadOnlySpan<float> tangents,
        ReadOnlySpan<float> residual,
        int directions,
        int rows,
        int width,
        float epsilon,
        Span<float> destination)
    {
        Check(sum, gain, rows, width, directions, tangents, destination);
        var length = directions * rows * width;
        Guard.Holds(residual.Length, length, "[directions, rows, width]");
        fixed (float* change = tangents, other = residual, result = destination)
        {
            for (long place = 0; place < length; place += width) AddRow(change + place, other + place, width, result + place);
        }

        NormalizeTangent(sum, gain, destination[..length], directions, rows, width, epsilon, destination);
    }

    /// <summary>
    /// What y of <see cref="Normalize"/> asks of x: the gradient dx = (gain · dy − x · mean(x · gain · dy) / ms) / √ms, the
    /// transpose of <see cref="NormalizeTangent"/>. After a sum it is the gradient of either term.
    /// </summary>
    /// <param name="x">The rows at which it is taken, <c>[rows, width]</c>.</param>
    /// <param name="gain">Gain of each column, <c>[width]</c>.</param>
    /// <param name="gradients">dy, <c>[directions, rows, width]</c>.</param>
    /// <param name="directions">How many gradients of all rows.</param>
    /// <param name="rows">How many rows.</param>
    /// <param name="width">Floats of a row.</param>
    /// <param name="epsilon">ε, inside the root.</param>
    /// <param name="destination">dx, <c>[directions, rows, width]</c>, overwritten; may be <paramref name="gradients"/>.</param>
    /// <exception cref="ArgumentException">A span is too short.</exception>
    public static void NormalizeGradient(
        ReadOnlySpan<float> x,
        ReadOnlySpan<float> gain,
        ReadOnlySpan<float> gradients,
        int directions,
        int rows,
        int width,
        float epsilon,
        Span<float> destination)
    {
        Check(x, gain, rows, width, directions, gradients, destination);
        fixed (float* source = x, scale = gain, change = gradients, result = destination)
        {
            for (long r = 0; r < rows; r++)
            {
                var inverse = ScaleOf(source + r * width, width, epsilon);
                for (long place = r * width; place < (long)directions * rows * width; place += (long)rows * width)
                {
                    Straighten<Gradient>(source + r * width, inverse, scale, change + place, width, result + place);
                }
            }
        }
    }

    /// <summary>sums[c] += change[c] · (x[c] · scale).</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void AddScaledRow(float* x, float scale, float* change, int width, float* sums)
    {
        var factor = V.Create(scale);
        var c = 0;
        for (; c + Lanes.Count <= width; c += Lanes.Count)
            V.Store(V.FusedMultiplyAdd(V.Load(change + c), V.Load(x + c) * factor, V.Load(sums + c)), sums + c);
        for (; c < width; c++) sums[c] = MathF.FusedMultiplyAdd(change[c], x[c] * scale, sums[c]);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void AddRow(float* x, float* residual, int width, float* destination)
    {
        var c = 0;
        for (; c + Lanes.Count <= width; c += Lanes.Count) V.Store(V.Load(x + c) + V.Load(residual + c), destination + c);
        for (; c < width; c++) destination[c] = x[c] + residual[c];
    }

    internal static void NormalizeRow(float* x, float* gain, int width, float epsilon, float* destination) =>
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

    /// <summary>One row of <see cref="NormalizeGradient"/>, whose 1 / √ms is known.</summary>
    internal static void StraightenGradient(float* x, float inverse, float* gain, float* change, int width, float* destination) =>
        Straighten<Gradient>(x, inverse, gain, change, width, destination);

    /// <summary>Takes from a row what the norm takes away, its part along x, and scales the rest.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void Straighten<TSide>(float* x, float inverse, float* gain, float* change, int width, float* destination)
        where TSide : struct, ISide
    {
        F sum = default;
        var c = 0;
        for (; c + Lanes.Count <= width; c += Lanes.Count)
            sum = V.FusedMultiplyAdd(V.Load(x + c), TSide.Before(V.Load(change + c), V.Load(gain + c)), sum);
        var rest = width - c;
        if (rest > 0)
            sum = V.FusedMultiplyAdd(Lanes.LoadFirst(x + c, rest), TSide.Before(Lanes.LoadFirst(change + c, rest), Lanes.LoadFirst(gain + c, rest)), sum);
        var along = V.Create(-Lanes.Sum(sum) / width * inverse * inverse);
        var scale = V.Create(inverse);
        for (c = 0; c + Lanes.Count <= width; c += Lanes.Count)
        {
            var factor = V.Load(gain + c);
            V.Store(TSide.After(V.FusedMultiplyAdd(V.Load(x + c), along, TSide.Before(V.Load(change + c), factor)) * scale, factor), destination + c);
        }

        if (rest == 0) return;
        var (lastX, last, lastGain) = (Lanes.LoadFirst(x + c, rest), Lanes.LoadFirst(change + c, rest), Lanes.LoadFirst(gain + c, rest));
        Lanes.StoreFirst(TSide.After(V.FusedMultiplyAdd(lastX, along, TSide.Before(last, lastGain)) * scale, lastGain), destination + c, rest);
    }

    /// <summary>On which side of the straightening the gain stands.</summary>
    interface ISide
    {
        static abstract F Before(F change, F gain);

        static abstract F After(F change, F gain);
    }

    readonly struct Tangent : ISide
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static F Before(F change, F gain) => change;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static F After(F change, F gain) => change * gain;
    }

    readonly struct Gradient : ISide
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static F Before(F change, F gain) => change * gain;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static F After(F change, F gain) => change;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static F Square(F x, F sum) => V.FusedMultiplyAdd(x, x, sum);

    static void Check(
        ReadOnlySpan<float> x, ReadOnlySpan<float> gain, int rows, int width, int directions, ReadOnlySpan<float> changes, Span<float> destination)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(directions);
        ArgumentOutOfRangeException.ThrowIfNegative(rows);
        ArgumentOutOfRangeException.ThrowIfNegative(width);
        Guard.Holds(x.Length, (long)rows * width, "[rows, width]");
        Guard.Holds(gain.Length, width, "[width]");
        Guard.Holds(changes.Length, (long)directions * rows * width, "[directions, rows, width]");
        Guard.Holds(destination.Length, (long)directions * rows * width, "[directions, rows, width]");
    }

    internal static void Check(ReadOnlySpan<float> x, ReadOnlySpan<float> gain, int rows, int width, Span<float> destination)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(rows);
        ArgumentOutOfRangeException.ThrowIfNegative(width);
        Guard.Holds(x.Length, (long)rows * width, "[rows, width]");
        Guard.Holds(gain.Length, width, "[width]");
        Guard.Holds(destination.Length, (long)rows * width, "[rows, width]");
    }
}
