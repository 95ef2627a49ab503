using System;
using Muninn.Kernels;
using Muninn.Tests.Oracle;
using Xunit;

namespace Muninn.Tests.Kernels;

/// <summary>The derivative that stands beside each kernel, against dual numbers in double; the way back against the way there.</summary>
public sealed class TangentTests : IDisposable
{
    const float Epsilon = 1e-6f;
    const int Directions = 3;

    readonly WorkerPool _pool = new(1);

    public void Dispose() => _pool.Dispose();

    [Fact]
    public void Tangent_and_gradient_of_a_norm_equal_the_duals_for_every_width()
    {
        const int Rows = 2;
        for (var width = 2; width <= 67; width++)
        {
            var x = Noise.Floats(Rows * width, 1);
            var gain = Noise.Floats(width, 2);
            var tangents = Noise.Floats(Directions * x.Length, 3);
            var y = new float[tangents.Length];
            RmsNorm.NormalizeTangent(x, gain, tangents, Directions, Rows, width, Epsilon, y);
            var gradients = Noise.Floats(tangents.Length, 4);
            var back = new float[gradients.Length];
            RmsNorm.NormalizeGradient(x, gain, gradients, Directions, Rows, width, Epsilon, back);
            Check(x, tangents, y, gradients, back, duals => SmoothTextbook<Dual>.RmsNorm(duals, gain, Rows, width, Epsilon), $"width {width}");
            RmsNorm.NormalizeTangent(x, gain, tangents, Directions, Rows, width, Epsilon, tangents);
            RmsNorm.NormalizeGradient(x, gain, gradients, Directions, Rows, width, Epsilon, gradients);
            Near.SameBits(y, tangents, "in place,");
            Near.SameBits(back, gradients, "in place,");
        }
    }

    [Fact]
    public void Tangent_of_the_norm_of_a_sum_is_that_of_the_norm_at_the_sum()
    {
        const int Rows = 3, Width = 37;
        var sum = Noise.Floats(Rows * Width, 5);
        var gain = Noise.Floats(Width, 6);
        var first = Noise.Floats(Directions * sum.Length, 7);
        var second = Noise.Floats(first.Length, 8);
        var together = new float[first.Length];
        for (var i = 0; i < together.Length; i++) together[i] = first[i] + second[i];
        RmsNorm.NormalizeTangent(sum, gain, together, Directions, Rows, Width, Epsilon, together);
        RmsNorm.AddThenNormalizeTangent(sum, gain, first, second, Directions, Rows, Width, Epsilon, second);
        Near.SameBits(together, second);
    }

    [Fact]
    public void Tangent_and_gradient_of_a_gate_equal_the_duals_for_every_width()
    {
        const int Rows = 2;
        for (var hidden = 1; hidden <= 35; hidden++)
        {
            var x = Noise.Floats(Rows * 2 * hidden, 9);
            for (var i = 0; i < x.Length; i++) x[i] *= 4;
            var tangents = Noise.Floats(Directions * x.Length, 10);
            var y = new float[tangents.Length / 2];
            GatedSilu.MultiplyTangent(x, tangents, Directions, Rows, hidden, y, _pool);
            var gradients = Noise.Floats(y.Length, 11);
            var back = new float[tangents.Length];
            GatedSilu.MultiplyGradient(x, gradients, Directions, Rows, hidden, back, _pool);
            Check(x, tangents, y, gradients, back, duals => SmoothTextbook<Dual>.GatedSilu(duals, Rows, hidden), $"hidden {hidden}");
        }
    }

    [Fact]
    public void Tangent_and_gradient_of_a_gate_stay_finite_for_huge_numbers()
    {
        var y = new float[4];
        GatedSilu.MultiplyTangent([-1000, 1000, 0, 80, 1, 1, 1, 1], [1, 1, 1, 1, 1, 1, 1, 1], 1, 1, 4, y, _pool);
        Near.Equal([0, 1 + 1000, 0.5, 1 + 80], y, 1e-4);
        var back = new float[8];
        GatedSilu.MultiplyGradient([-1000, 1000, 0, 80, 1, 1, 1, 1], [1, 1, 1, 1], 1, 1, 4, back, _pool);
        Near.Equal([0, 1, 0.5, 1, 0, 1000, 0, 80], back, 1e-4);
    }

    [Fact]
    public void Tangent_of_a_turn_is_the_turn_and_its_gradient_the_way_back()
    {
        const int Rows = 3, Heads = 2;
        for (var headWidth = 2; headWidth <= 34; headWidth += 2)
        {
            int[] positions = [4, 0, 2];
            var x = Noise.Floats(Rows * 3 * Heads * headWidth, 12);
            var bias = Noise.Floats(2 * Heads * headWidth, 13);
            var table = Noise.Floats(5 * headWidth, 14);
            var tangents = Noise.Floats(x.Length, 15);
            var y = (float[])tangents.Clone();
            Rotary.Apply(y, Rows, Heads, headWidth, [], table, positions);
            var gradients = Noise.Floats(x.Length, 16);
            var back = (float[])gradients.Clone();
            Rotary.ApplyGradient(back, Rows, Heads, headWidth, table, positions);
            Check(x, tangents, y, gradients, back, duals => SmoothTextbook<Dual>.Rotary(duals, Rows, Heads, headWidth, bias, table, positions),
                $"head width {headWidth}");
        }
    }

    [Theory]
    [InlineData(1, 1, 3)]
    [InlineData(2, 5, 1)]
    [InlineData(2, 16, 17)]
    [InlineData(3, 17, 6)]
    [InlineData(1, 33, 34)]
    public void Tangent_and_gradient_of_attention_equal_the_duals(int heads, int headWidth, int rows)
    {
        var layout = new KeyValueLayout(heads, headWidth);
        var x = Noise.Floats(rows * 3 * layout.Width, 17);
        var tangents = Noise.Floats(Directions * x.Length, 18);
        var gradients = Noise.Floats(tangents.Length / 3, 19);
        using var three = new WorkerPool(3);
        foreach (var reach in Enum.GetValues<TangentReach>())
        {
            var y = new float[gradients.Length];
            AttentionTangent.Read(layout, x, tangents, Directions, rows, reach, y, _pool);
            var back = new float[tangents.Length];
            AttentionTangent.ReadGradient(layout, x, gradients, Directions, rows, reach, back, _pool);
            Check(x, tangents, y, gradients, back,
                duals => SmoothTextbook<Dual>.Attention(duals, rows, heads, headWidth, reach == TangentReach.Own), $"{reach}");
            var again = new float[y.Length];
            AttentionTangent.Read(layout, x, tangents, Directions, rows, reach, again, three);
            Near.SameBits(y, again, "three threads,");
            var backAgain = new float[back.Length];
            AttentionTangent.ReadGradient(layout, x, gradients, Directions, rows, reach, backAgain, three);
            Near.SameBits(back, backAgain, "three threads,");
        }
    }

    [Fact]
    public void Large_scores_do_not_overflow()
    {
        var layout = new KeyValueLayout(1, 2);
        // Two rows whose scores differ by hundreds: all weight lies on one.
        float[] x = [30, 30, 30, 30, 1, 2, 30, 30, -30, -30, 3, 4];
        var tangents = new float[12];
        tangents[4] = 1;
        var y = new float[4];
        AttentionTangent.Read(layout, x, tangents, 1, 2, TangentReach.Whole, y, _pool);
        Near.Equal([1, 0, 1, 0], y, 1e-6);
    }

    [Fact]
    public void Short_spans_and_overlaps_are_refused()
    {
        var layout = new KeyValueLayout(1, 2);
        var x = new float[6];
        Assert.Contains("[directions, rows, width]", Assert.Throws<ArgumentException>(() =>
            RmsNorm.NormalizeTangent(new float[4], new float[2], new float[7], 2, 2, 2, Epsilon, new float[8])).Message);
        Assert.Contains("[directions, rows, 2 · hidden]", Assert.Throws<ArgumentException>(() =>
            GatedSilu.MultiplyTangent(new float[4], new float[3], 1, 1, 2, new float[2], _pool)).Message);
        Assert.Contains("[directions, rows, 3 · width]", Assert.Throws<ArgumentException>(() =>
            AttentionTangent.Read(layout, x, new float[5], 1, 1, TangentReach.Own, new float[2], _pool)).Message);
        Assert.Contains("overlaps", Assert.Throws<ArgumentException>(() =>
            AttentionTangent.ReadGradient(layout, x, x.AsSpan(2, 2), 1, 1, TangentReach.Own, x, _pool)).Message);
    }

    /// <summary>
    /// y against the slopes of the duals, direction by direction; and the gradient of every element of x, which is the change
    /// of u · y when that element alone moves.
    /// </summary>
    static void Check(
        float[] x, float[] tangents, float[] y, float[] gradients, float[] back, Func<Dual[], Dual[]> textbook, string what)
    {
        var directions = tangents.Length / x.Length;
        var outputs = y.Length / directions;
        for (var d = 0; d < directions; d++)
        {
            var expected = Dual.Slopes(textbook(Dual.Of(x, tangents.AsSpan(d * x.Length, x.Length))));
            Near.Relative(expected, y.AsSpan(d * outputs, outputs), 2e-5, $"{what}, tangent {d}");
        }

        var asked = new double[back.Length];
        var unit = new float[x.Length];
        for (var i = 0; i < x.Length; i++)
        {
            unit[i] = 1;
            var column = Dual.Slopes(textbook(Dual.Of(x, unit)));
            unit[i] = 0;
            for (var d = 0; d < directions; d++)
            {
                for (var o = 0; o < outputs; o++) asked[d * x.Length + i] += column[o] * gradients[d * outputs + o];
            }
        }

        Near.Relative(asked, back, 2e-5, $"{what}, gradient");
    }
}
