using System;
using System.Linq;
using Muninn.Kernels;
using Muninn.Tests.Oracle;
using Xunit;

namespace Muninn.Tests.Kernels;

/// <summary>What a pool does to many rows at once, against the same row by row; and attention's gradient against dual numbers.</summary>
public sealed class PooledPassTests : IDisposable
{
    const int Rows = 150;
    const float Epsilon = 1e-6f;

    readonly WorkerPool _pool = new(1);
    readonly WorkerPool _three = new(3);

    public void Dispose()
    {
        _pool.Dispose();
        _three.Dispose();
    }

    [Theory]
    [InlineData(1, 1, 3)]
    [InlineData(2, 5, 1)]
    [InlineData(2, 16, 17)]
    [InlineData(3, 17, 6)]
    [InlineData(1, 33, 34)]
    public void Gradient_of_attention_equals_the_duals_in_every_sequence(int heads, int headWidth, int rows)
    {
        var layout = new KeyValueLayout(heads, headWidth);
        int[] firsts = [0, rows, rows, rows + 2];
        var x = Noise.Floats(firsts[^1] * 3 * layout.Width, 17);
        var gradients = Noise.Floats(firsts[^1] * layout.Width, 19);
        var back = new float[x.Length];
        AttentionGradient.Read(layout, x, gradients, firsts, back, _pool);
        foreach (var (first, last) in firsts.Zip(firsts[1..]))
        {
            var own = x[(first * 3 * layout.Width)..(last * 3 * layout.Width)];
            var above = gradients[(first * layout.Width)..(last * layout.Width)];
            var expected = new double[own.Length];
            for (var i = 0; i < own.Length; i++)
            {
                var moving = new float[own.Length];
                moving[i] = 1;
                var slopes = Dual.Slopes(SmoothTextbook<Dual>.Attention(Dual.Of(own, moving), last - first, heads, headWidth, isOwn: false));
                expected[i] = slopes.Zip(above, static (slope, gradient) => slope * gradient).Sum();
            }

            // Sums of up to 34 terms of about 1: 2e-6 was seen at most.
            Near.Equal(expected, back.AsSpan(first * 3 * layout.Width, own.Length), 1e-5, $"rows {first} to {last}");
        }
    }

    [Fact]
    public void Gradient_of_attention_has_the_same_bits_on_any_threads_and_in_any_company()
    {
        var layout = new KeyValueLayout(3, 24);
        int[] firsts = [0, 70, 71, 73, 76, Rows];
        float[] x = Noise.Floats(Rows * 3 * layout.Width, 1), gradients = Noise.Floats(Rows * layout.Width, 2);
        float[] back = new float[x.Length], again = new float[x.Length], alone = new float[x.Length];
        AttentionGradient.Read(layout, x, gradients, firsts, back, _pool);
        AttentionGradient.Read(layout, x, gradients, firsts, again, _three);
        Near.SameBits(back, again, "three threads,");
        foreach (var (first, last) in firsts.Zip(firsts[1..]))
        {
            var rows = (first * layout.Width)..(last * layout.Width);
            AttentionGradient.Read(
                layout, x.AsSpan(3 * first * layout.Width), gradients.AsSpan(rows), [0, last - first], alone.AsSpan(3 * first * layout.Width), _pool);
        }

        Near.SameBits(back, alone, "alone,");
        AttentionTangent.ReadGradient(layout, x, gradients, 1, 70, TangentReach.Whole, again, _pool);
        Near.Relative([.. again[..(70 * 3 * layout.Width)].Select(value => (double)value)], back.AsSpan(0, 70 * 3 * layout.Width), 1e-6, "row by row");
    }

    [Fact]
    public void Large_scores_do_not_overflow()
    {
        // Two rows whose scores differ by hundreds: all weight lies on one, and no gradient comes to queries and keys.
        float[] x = [30, 30, 30, 30, 1, 2, 30, 30, -30, -30, 3, 4];
        var back = new float[12];
        AttentionGradient.Read(new KeyValueLayout(1, 2), x, [1, 2, 3, 4], [0, 2], back, _pool);
        Near.Equal([0, 0, 0, 0, 4, 6, 0, 0, 0, 0, 0, 0], back, 1e-6);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(67)]
    [InlineData(128)]
    public void Norms_are_those_of_single_rows(int width)
    {
        float[] x = Noise.Floats(Rows * width, 3), residual = Noise.Floats(x.Length, 4), gain = Noise.Floats(width, 5), change = Noise.Floats(x.Length, 6);
        float[] expected = new float[x.Length], y = new float[x.Length], sum = new float[x.Length];
        RmsNorm.Normalize(x, gain, Rows, width, Epsilon, expected);
        ResidualNorm.Apply(x, gain, Rows, width, Epsilon, y, _three);
        Near.SameBits(expected, y);
        RmsNorm.AddThenNormalize(x, residual, gain, Rows, width, Epsilon, expected);
        ResidualNorm.Apply(x, residual, gain, Rows, width, Epsilon, sum, y, _three);
        Near.SameBits(expected, y, "sum,");
        Near.SameBits([.. x.Zip(residual, static (a, b) => a + b)], sum, "sum itself,");

        RmsNorm.NormalizeGradient(sum, gain, change, 1, Rows, width, Epsilon, expected);
        float[] gains = Noise.Floats(width, 7), again = (float[])gains.Clone();
        ResidualNorm.ApplyGradient(sum, gain, change, [], Rows, width, Epsilon, y, gains, _three);
        Near.SameBits(expected, y, "gradient,");
        // In the place of the residual, and of the gradient.
        ResidualNorm.ApplyGradient(sum, gain, change, residual, Rows, width, Epsilon, residual, again, _pool);
        Near.SameBits([.. expected.Zip(Noise.Floats(x.Length, 4), static (a, b) => a + b)], residual, "residual,");
        Near.SameBits(gains, again, "gain on one thread,");
        ResidualNorm.ApplyGradient(sum, gain, change, [], Rows, width, Epsilon, change, again, _pool);
        Near.SameBits(expected, change, "in place,");
    }

    [Fact]
    public void Turns_and_stores_are_those_of_single_rows()
    {
        var layout = new KeyValueLayout(3, 22);
        int[] positions = [.. Enumerable.Range(0, Rows).Select(static row => row % 70)];
        int[] places = [.. Enumerable.Range(0, Rows).Select(static row => row < 70 ? row : row + 10)];
        float[] x = Noise.Floats(Rows * 3 * layout.Width, 8), table = Noise.Floats(70 * 22, 9), bias = Noise.Floats(2 * layout.Width, 10);
        float[] expected = (float[])x.Clone(), y = (float[])x.Clone();
        Rotary.Apply(expected, Rows, 3, 22, bias, table, positions);
        Rotary.Apply(y, Rows, 3, 22, bias, table, positions, _three);
        Near.SameBits(expected, y);
        var (keys, values) = (new float[layout.KeyLength(160)], new float[layout.ValueLength(160)]);
        var (pooledKeys, pooledValues) = (new float[keys.Length], new float[values.Length]);
        Attention.Write(layout, y, Rows, places, keys, values);
        Attention.Write(layout, y, Rows, places, pooledKeys, pooledValues, _three);
        Near.SameBits(keys, pooledKeys, "keys,");
        Near.SameBits(values, pooledValues, "values,");
        float[] sums = Noise.Floats(2 * layout.Width, 11), again = (float[])sums.Clone();
        Rotary.ApplyGradient(expected, Rows, 3, 22, table, positions);
        Rotary.ApplyGradient(y, Rows, 3, 22, table, positions, sums, _three);
        Near.SameBits(expected, y, "back,");
        float[] whole = new float[x.Length];
        x.CopyTo(whole, 0);
        Rotary.Apply(whole, Rows, 3, 22, bias, table, positions);
        Rotary.ApplyGradient(whole, Rows, 3, 22, table, positions, again, _pool);
        Near.SameBits(again, sums, "bias on one thread,");
        Rotary.ApplyGradient(x, Rows, 3, 22, table, positions, [], _three);
    }

    [Theory]
    [InlineData(700, 70, 130)]
    [InlineData(1021, 31, 700)]
    public void Products_of_many_rows_have_the_same_bits_on_any_threads(int rows, int outputs, int inputs)
    {
        using var weights = PanelWeights.Pack(Noise.Floats(outputs * inputs, 12), outputs, inputs);
        float[] x = Noise.Floats(rows * 2 * inputs, 13), gain = Noise.Floats(inputs, 14), before = Noise.Floats(rows * outputs, 15);
        using var two = new WorkerPool(2);
        var expected = Products(_pool);
        Near.SameBits(expected, Products(two), "two threads,");
        Near.SameBits(expected, Products(_three), "three threads,");
        var y = new float[rows * outputs];
        MatrixProduct.Multiply(x, rows, weights, y, _pool);
        // The sum begins at what lay there, not at zero: another rounding.
        Near.Equal([.. y.Zip(before, static (a, b) => (double)a + b)], expected.AsSpan(0, y.Length), 1e-4, "added");

        float[] Products(WorkerPool pool)
        {
            float[] added = (float[])before.Clone(), other = new float[rows * outputs];
            MatrixProduct.AddMultiplied(x, rows, weights, added, pool);
            MatrixProduct.MultiplyNormalized(x, gain, Epsilon, rows, weights, other, pool);
            float[] all = [.. added, .. other];
            MatrixProduct.MultiplyGated(x, rows, weights, other, pool);
            all = [.. all, .. other];
            MatrixProduct.MultiplyPaired(x, x.AsSpan(5), rows, weights, other, pool);
            return [.. all, .. other];
        }
    }

    [Theory]
    [InlineData(90, 45, 33)]
    [InlineData(9, 14, 64)]
    public void Gradients_of_weights_behind_a_norm_or_a_gate_are_those_of_what_was_multiplied(int rows, int outputs, int inputs)
    {
        float[] gradients = Noise.Floats(rows * outputs, 16), x = Noise.Floats(rows * 2 * inputs, 17), gain = Noise.Floats(inputs, 18);
        float[] sums = Noise.Floats(outputs * inputs, 19), expected = (float[])sums.Clone(), y = new float[rows * inputs];
        RmsNorm.Normalize(x, gain, rows, inputs, Epsilon, y);
        WeightGradient.Add(gradients, y, rows, outputs, inputs, expected, _pool);
        WeightGradient.AddNormalized(gradients, x, gain, Epsilon, rows, outputs, inputs, sums, _three);
        Near.SameBits(expected, sums, "norm,");
        GatedSilu.Multiply(x, rows, inputs, y, _pool);
        WeightGradient.Add(gradients, y, rows, outputs, inputs, expected, _pool);
        WeightGradient.AddGated(gradients, x, rows, outputs, inputs, sums, _three);
        Near.SameBits(expected, sums, "gate,");
    }
}
