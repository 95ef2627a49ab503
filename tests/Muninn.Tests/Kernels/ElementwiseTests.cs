using System;
using Muninn.Kernels;
using Muninn.Tests.Oracle;
using Xunit;

namespace Muninn.Tests.Kernels;

public sealed class ElementwiseTests
{
    const float Epsilon = 1e-6f;

    [Fact]
    public void Norm_equals_the_textbook_for_every_width()
    {
        for (var width = 0; width <= 140; width++)
        {
            var x = Noise.Floats(3 * width, 1);
            var gain = Noise.Floats(width, 2);
            var y = new float[3 * width];
            RmsNorm.Normalize(x, gain, 3, width, Epsilon, y);
            // A handful of roundings of numbers below √width.
            Near.Equal(Textbook.RmsNorm(x, gain, 3, width, Epsilon), y, 4e-6, $"width {width},");
            RmsNorm.Normalize(x, gain, 3, width, Epsilon, x);
            Near.SameBits(y, x, $"width {width} in place,");
        }
    }

    [Fact]
    public void Norm_of_a_sum_equals_the_norm_of_the_sum_and_may_overwrite_either()
    {
        for (var width = 1; width <= 140; width++)
        {
            var x = Noise.Floats(2 * width, 3);
            var residual = Noise.Floats(2 * width, 4);
            var gain = Noise.Floats(width, 5);
            var sum = new float[2 * width];
            for (var i = 0; i < sum.Length; i++) sum[i] = x[i] + residual[i];
            var expected = new float[2 * width];
            RmsNorm.Normalize(sum, gain, 2, width, Epsilon, expected);
            var y = new float[2 * width];
            RmsNorm.AddThenNormalize(x, residual, gain, 2, width, Epsilon, y);
            Near.SameBits(expected, y);
            var copy = (float[])x.Clone();
            RmsNorm.AddThenNormalize(copy, residual, gain, 2, width, Epsilon, copy);
            Near.SameBits(expected, copy);
            RmsNorm.AddThenNormalize(x, residual, gain, 2, width, Epsilon, residual);
            Near.SameBits(expected, residual);
        }
    }

    [Fact]
    public void Norm_keeps_what_is_not_a_number_in_its_row_and_zeros_at_zero()
    {
        const int Width = 37;
        var x = new float[3 * Width];
        x[Width + 3] = float.NaN;
        var gain = Noise.Floats(Width, 6);
        RmsNorm.Normalize(x, gain, 3, Width, Epsilon, x);
        for (var i = 0; i < x.Length; i++)
        {
            if (i / Width == 1) Assert.True(float.IsNaN(x[i]));
            else Assert.Equal(0, x[i]);
        }
    }

    [Fact]
    public void Gate_equals_the_textbook_for_every_width_and_any_number_of_threads()
    {
        using var one = new WorkerPool(1);
        using var three = new WorkerPool(3);
        for (var hidden = 0; hidden <= 67; hidden++)
        {
            var x = Noise.Floats(6 * hidden, 7);
            for (var i = 0; i < x.Length; i++) x[i] *= 20;
            var y = new float[3 * hidden];
            GatedSilu.Multiply(x, 3, hidden, y, one);
            // Products below 400 with a relative error of some 3e-7.
            Near.Equal(Textbook.GatedSilu(x, 3, hidden), y, 2e-4, $"hidden {hidden},");
        }

        var wide = Noise.Floats(2 * 2 * 30_003, 8);
        var expected = new float[2 * 30_003];
        var actual = new float[2 * 30_003];
        GatedSilu.Multiply(wide, 2, 30_003, expected, one);
        GatedSilu.Multiply(wide, 2, 30_003, actual, three);
        Near.SameBits(expected, actual);
        Near.Equal(Textbook.GatedSilu(wide, 2, 30_003), actual, 1e-6);
    }

    [Fact]
    public void Gate_goes_to_its_limits_for_huge_numbers()
    {
        using var pool = new WorkerPool(1);
        var y = new float[4];
        GatedSilu.Multiply([-1000, 1000, 0, float.NaN, 1, 1, 1, 1], 1, 4, y, pool);
        Assert.Equal(0, y[0]);
        Assert.Equal(1000, y[1]);
        Assert.Equal(0, y[2]);
        Assert.True(float.IsNaN(y[3]));
    }

    [Fact]
    public void Rotation_equals_the_textbook_with_and_without_bias()
    {
        for (var headWidth = 2; headWidth <= 66; headWidth += 2)
        {
            const int Rows = 3, Heads = 2;
            var width = Heads * headWidth;
            var x = Noise.Floats(Rows * 3 * width, 9);
            var bias = Noise.Floats(2 * width, 10);
            var table = Noise.Floats(5 * headWidth, 11);
            int[] positions = [4, 0, 2];
            foreach (var added in (float[][])[[], bias])
            {
                var y = (float[])x.Clone();
                Rotary.Apply(y, Rows, Heads, headWidth, added, table, positions);
                // Two products of numbers below 2 and a sum, each rounded once.
                Near.Equal(Textbook.Rotary(x, Rows, Heads, headWidth, added, table, positions), y, 5e-7, $"head width {headWidth},");
            }
        }
    }

    [Fact]
    public void Rotation_refuses_a_position_outside_the_table_and_touches_nothing()
    {
        var x = Noise.Floats(2 * 3 * 4, 12);
        var before = (float[])x.Clone();
        var e = Assert.Throws<ArgumentException>(() => Rotary.Apply(x, 2, 1, 4, [], new float[12], [0, 3]));
        Assert.Contains("Position 3 is outside the rotary table of 3 positions", e.Message);
        Assert.Throws<ArgumentException>(() => Rotary.Apply(x, 2, 1, 4, [], new float[12], [-1, 0]));
        Assert.Throws<ArgumentException>(() => Rotary.Apply(x, 2, 1, 3, [], new float[12], [0, 0]));
        Near.SameBits(before, x);
    }
}
