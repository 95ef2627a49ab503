using System;
using System.Linq;
using Muninn.Kernels;
using Muninn.Tests.Oracle;
using Xunit;

namespace Muninn.Tests.Kernels;

/// <summary>Gradients of weights, of embeddings and of the loss, against sums and dual numbers in double.</summary>
public sealed class GradientTests : IDisposable
{
    readonly WorkerPool _pool = new(1);
    readonly WorkerPool _three = new(3);

    public void Dispose()
    {
        _pool.Dispose();
        _three.Dispose();
    }

    [Theory]
    [InlineData(1, 1, 1)]
    [InlineData(1, 33, 70)]
    [InlineData(24, 15, 31)]
    [InlineData(17, 14, 32)]
    [InlineData(129, 67, 96)]
    [InlineData(9000, 29, 34)]
    [InlineData(40, 300, 1)]
    public void Gradient_of_a_matrix_is_added_for_any_shape_with_the_same_bits_on_any_threads(int rows, int outputs, int inputs)
    {
        float[] gradients = Noise.Floats(rows * outputs, 1), x = Noise.Floats(rows * inputs, 2), before = Noise.Floats(outputs * inputs, 3);
        var sums = (float[])before.Clone();
        WeightGradient.Add(gradients, x, rows, outputs, inputs, sums, _pool);
        // A sum of 9000 float32 terms: 4e-6 was seen.
        Near.Relative(SumOfProducts(gradients, x, rows, outputs, inputs, before), sums, 1e-5, "gradient");
        var again = (float[])before.Clone();
        WeightGradient.Add(gradients, x, rows, outputs, inputs, again, _three);
        Near.SameBits(sums, again, "three threads,");

        // Rows in two batches are the same sum, cut.
        var parts = (float[])before.Clone();
        var cut = rows / 3;
        WeightGradient.Add(gradients, x, cut, outputs, inputs, parts, _pool);
        WeightGradient.Add(gradients.AsSpan(cut * outputs), x.AsSpan(cut * inputs), rows - cut, outputs, inputs, parts, _pool);
        Near.SameBits(sums, parts, "two batches,");
    }

    [Theory]
    [InlineData(3, 5, 1)]
    [InlineData(24, 15, 31)]
    [InlineData(40, 64, 48)]
    public void Gradient_of_a_matrix_of_pairs_is_that_of_the_pairs_side_by_side(int rows, int outputs, int half)
    {
        float[] gradients = Noise.Floats(rows * outputs, 4), first = Noise.Floats(rows * half, 5), second = Noise.Floats(rows * half, 6);
        float[] pairs = [.. Enumerable.Range(0, rows).SelectMany(r => (float[])[.. first[(r * half)..((r + 1) * half)], .. second[(r * half)..((r + 1) * half)]])];
        float[] sums = Noise.Floats(outputs * 2 * half, 7), expected = (float[])sums.Clone();
        WeightGradient.AddPaired(gradients, first, second, rows, outputs, half, sums, _three);
        WeightGradient.Add(gradients, pairs, rows, outputs, 2 * half, expected, _pool);
        Near.SameBits(expected, sums);
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(31, 70)]
    [InlineData(96, 33)]
    public void Weights_that_change_have_the_products_of_weights_packed_anew(int outputs, int inputs)
    {
        const int Rows = 9;
        var matrix = new float[outputs * inputs];
        using var there = PanelWeights.Of(matrix, outputs, inputs);
        using var back = PanelWeights.TransposedOf(matrix, outputs, inputs, 0, inputs);
        using var part = PanelWeights.TransposedOf(matrix, outputs, inputs, inputs / 3, inputs - inputs / 3);
        float[] x = Noise.Floats(Rows * inputs, 8), gradients = Noise.Floats(Rows * outputs, 9);
        for (ulong seed = 10; seed < 12; seed++)
        {
            Noise.Floats(matrix.Length, seed).CopyTo(matrix, 0);
            float[] transposed = [.. Enumerable.Range(0, matrix.Length).Select(i => matrix[i % outputs * inputs + i / outputs])];
            using var packed = PanelWeights.Pack(matrix, outputs, inputs);
            using var packedBack = PanelWeights.Pack(transposed, inputs, outputs);
            using var packedPart = PanelWeights.Pack(transposed.AsSpan(inputs / 3 * outputs), inputs - inputs / 3, outputs);
            Near.SameBits(Product(x, packed), Product(x, there));
            Near.SameBits(Product(gradients, packedBack), Product(gradients, back), "back,");
            Near.SameBits(Product(gradients, packedPart), Product(gradients, part), "some columns,");
        }

        float[] Product(float[] operand, PanelWeights weights)
        {
            var y = new float[Rows * weights.Outputs];
            MatrixProduct.Multiply(operand, Rows, weights, y, _three);
            return y;
        }
    }

    [Fact]
    public void Gradient_of_a_gain_is_the_sum_over_rows_for_every_width()
    {
        const int Rows = 5;
        for (var width = 1; width <= 67; width++)
        {
            float[] x = Noise.Floats(Rows * width, 12), gradients = Noise.Floats(x.Length, 13), sums = Noise.Floats(width, 14);
            // y is linear in the gain: with a gain of one it is what a gain is multiplied by.
            var y = Textbook.RmsNorm(x, [.. Enumerable.Repeat(1f, width)], Rows, width, 1e-6);
            double[] expected = [.. sums.Select((before, c) => before + Enumerable.Range(0, Rows).Sum(r => y[r * width + c] * gradients[r * width + c]))];
            ResidualNorm.ApplyGradient(x, new float[width], gradients, [], Rows, width, 1e-6f, new float[x.Length], sums, _three);
            // Five terms of at most a few units.
            Near.Equal(expected, sums, 2e-6, $"width {width}");
        }
    }

    [Fact]
    public void Gradient_of_a_bias_is_the_sum_over_rows_of_what_was_turned_back()
    {
        const int Rows = 4, Heads = 3;
        for (var headWidth = 2; headWidth <= 34; headWidth += 2)
        {
            var width = Heads * headWidth;
            float[] gradients = Noise.Floats(Rows * 3 * width, 15), sums = Noise.Floats(2 * width, 16);
            float[] table = [.. Enumerable.Range(0, headWidth).Select(i => i % 2 == 0 ? 1f : 0f)];
            double[] expected = [.. sums.Select((before, i) => before + Enumerable.Range(0, Rows).Sum(r => (double)gradients[3 * r * width + i]))];
            // The gradient is turned back by no angle.
            Rotary.ApplyGradient(gradients, Rows, Heads, headWidth, table, new int[Rows], sums, _three);
            Near.Relative(expected, sums, 1e-6, $"head width {headWidth}");
        }
    }

    [Fact]
    public void Embeddings_are_scaled_rows_and_their_gradient_goes_to_these_rows_alone()
    {
        int[] tokens = [4, 0, 4, 4, 2];
        for (var width = 1; width <= 35; width++)
        {
            var table = Noise.Floats(6 * width, 17);
            var x = new float[tokens.Length * width];
            Embedding.Read(table, tokens, width, 2.5f, x);
            Near.Equal([.. tokens.SelectMany(token => table[(token * width)..((token + 1) * width)]).Select(value => value * 2.5)], x, 1e-6);
            var gradients = Noise.Floats(x.Length, 18);
            var sums = (float[])table.Clone();
            Embedding.AddGradient(gradients, tokens, width, 2.5f, sums);
            var expected = Array.ConvertAll(table, static value => (double)value);
            for (var i = 0; i < x.Length; i++) expected[tokens[i / width] * width + i % width] += gradients[i] * 2.5;
            Near.Equal(expected, sums, 2e-6, $"width {width}");
            foreach (var token in (int[])[1, 3, 5]) Near.SameBits(table.AsSpan(token * width, width), sums.AsSpan(token * width, width), "untouched,");
        }
    }

    [Fact]
    public void Loss_and_its_gradient_equal_the_duals_for_every_vocabulary()
    {
        const double Factor = 0.25;
        for (var vocabulary = 1; vocabulary <= 67; vocabulary++)
        {
            var logits = Noise.Floats(4 * vocabulary, 19);
            for (var i = 0; i < logits.Length; i++) logits[i] *= 6;
            int[] labels = [0, vocabulary - 1, CrossEntropy.Ignored, vocabulary / 2];
            var losses = new double[4];
            var gradient = (float[])logits.Clone();
            CrossEntropy.Gradient(gradient, labels, [], 4, vocabulary, (float)Factor, losses, [], _three);
            for (var row = 0; row < 4; row++)
            {
                var x = logits.AsSpan(row * vocabulary, vocabulary).ToArray();
                var found = gradient.AsSpan(row * vocabulary, vocabulary);
                if (labels[row] == CrossEntropy.Ignored)
                {
                    Assert.Equal(0, losses[row]);
                    Near.SameBits(new float[vocabulary], found);
                    continue;
                }

                Assert.Equal(-Math.Log(Share(x, labels[row], 0).Value), losses[row], 1e-6);
                double[] expected = [.. Enumerable.Range(0, vocabulary).Select(i => Share(x, labels[row], i)).Select(share => -Factor * share.Slope / share.Value)];
                Near.Equal(expected, found, 1e-6, $"vocabulary {vocabulary}, row {row}");
            }
        }
    }

    [Fact]
    public void Loss_of_a_sure_model_keeps_its_digits_and_huge_logits_do_not_overflow()
    {
        var logits = new float[] { 0, -18, -1000, 3e38f, 3e38f, -3e38f };
        var losses = new double[2];
        CrossEntropy.Gradient(logits, [0, 1], [], 2, 3, 1, losses, [], _pool);
        var missing = Math.Exp(-18) / (1 + Math.Exp(-18));
        Assert.Equal(1, losses[0] / missing, 1e-6);
        Near.Relative([-missing, missing, 0], logits.AsSpan(0, 3), 1e-6, "sure");
        Assert.Equal(Math.Log(2), losses[1], 1e-12);
        Near.Equal([0.5, -0.5, 0], logits.AsSpan(3), 1e-7);
    }

    [Fact]
    public void Weights_multiply_gradients_and_not_losses_and_of_equal_logits_the_first_is_the_likeliest()
    {
        const int Rows = 5, Vocabulary = 40;
        var logits = Noise.Floats(Rows * Vocabulary, 21);
        (logits[7], logits[30], logits[Vocabulary + 39]) = (9, 9, 9);
        int[] labels = [7, 39, CrossEntropy.Ignored, 5, 30];
        (logits[4 * Vocabulary + 7], logits[4 * Vocabulary + 30]) = (9, 9);
        logits[3 * Vocabulary + 20] = float.NaN;
        float[] weights = [0.5f, 3, 7, 1, 0], plain = (float[])logits.Clone(), weighted = (float[])logits.Clone();
        double[] losses = new double[Rows], others = new double[Rows];
        bool[] hits = [false, false, true, true, true];
        CrossEntropy.Gradient(plain, labels, [], Rows, Vocabulary, 0.25f, losses, [], _pool);
        CrossEntropy.Gradient(weighted, labels, weights, Rows, Vocabulary, 0.25f, others, hits, _three);
        Assert.Equal(losses, others);
        Assert.Equal([true, true, false, false, false], hits);
        foreach (var row in (int[])[0, 1, 2, 4])
        {
            var expected = plain.AsSpan(row * Vocabulary, Vocabulary).ToArray().Select(value => (double)weights[row] * value);
            Near.Equal([.. expected], weighted.AsSpan(row * Vocabulary, Vocabulary), 1e-6, $"row {row}");
        }

        var (kept, again) = ((float[])logits.Clone(), new bool[Rows]);
        Array.Clear(others);
        CrossEntropy.Losses(kept, labels, Rows, Vocabulary, others, again, _three);
        Assert.Equal(losses, others);
        Assert.Equal(hits, again);
        Near.SameBits(logits, kept);
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    public void A_logit_that_is_not_finite_spoils_its_row_alone(float spoiled)
    {
        var logits = new float[] { 1, spoiled, 2, 1, 2, 3 };
        var losses = new double[2];
        CrossEntropy.Gradient(logits, [0, 0], [], 2, 3, 1, losses, [], _pool);
        Assert.True(double.IsNaN(losses[0]) && double.IsFinite(losses[1]));
        Assert.All(logits[..3], value => Assert.True(float.IsNaN(value)));
        Assert.All(logits[3..], value => Assert.True(float.IsFinite(value)));
    }

    [Fact]
    public void Short_spans_overlaps_and_foreign_numbers_are_refused()
    {
        var x = new float[12];
        Assert.Contains("[rows, outputs]", Message(() => WeightGradient.Add(new float[5], x, 2, 3, 4, new float[12], _pool)));
        Assert.Contains("[rows, inputs]", Message(() => WeightGradient.Add(new float[6], new float[7], 2, 3, 4, new float[12], _pool)));
        Assert.Contains("[outputs, inputs]", Message(() => WeightGradient.Add(new float[6], x, 2, 3, 4, new float[11], _pool)));
        Assert.Contains("overlaps", Message(() => WeightGradient.Add(new float[6], x, 2, 3, 4, x, _pool)));
        Assert.Contains("[rows, half]", Message(() => WeightGradient.AddPaired(new float[6], x, new float[3], 2, 3, 2, new float[12], _pool)));
        Assert.Contains("[width]", Message(() => ResidualNorm.ApplyGradient(x, new float[4], x, [], 3, 4, 1e-6f, x, new float[3], _pool)));
        Assert.Contains("[2, heads · headWidth]", Message(() => Rotary.ApplyGradient(x, 1, 2, 2, new float[2], [0], new float[7], _pool)));
        Assert.Contains("Token 3 of row 1", Message(() => Embedding.Read(x, [0, 3], 4, 1, new float[8])));
        Assert.Contains("Token -1 of row 0", Message(() => Embedding.AddGradient(new float[4], [-1], 4, 1, x)));
        Assert.Contains("Label 6 of row 1", Message(() => CrossEntropy.Gradient(x, [0, 6], [], 2, 6, 1, new double[2], [], _pool)));
        Assert.Contains("matrix holds 11 weights", Message(() => PanelWeights.Of(new float[11], 3, 4).Dispose()));
        Assert.Contains("matrix holds 13 weights", Message(() => PanelWeights.TransposedOf(new float[13], 3, 4, 0, 4).Dispose()));
        Assert.Contains("outputs", Message(() => PanelWeights.TransposedOf(new float[12], 3, 4, 2, 3).Dispose()));
        Assert.Contains("begins at row 0", Message(() => AttentionGradient.Read(new KeyValueLayout(1, 2), x, x, [], new float[12], _pool)));
        Assert.Contains("put them in order", Message(() => AttentionGradient.Read(new KeyValueLayout(1, 2), x, x, [0, 2, 1], new float[12], _pool)));
        Assert.Contains("[rows, 3 · width]", Message(() => AttentionGradient.Read(new KeyValueLayout(1, 2), x, x, [0, 2], new float[11], _pool)));
        Assert.Contains("overlaps", Message(() => AttentionGradient.Read(new KeyValueLayout(1, 2), x, new float[4], [0, 2], x, _pool)));
    }

    static string Message(Action action) => Assert.ThrowsAny<ArgumentException>(action).Message;

    static double[] SumOfProducts(float[] gradients, float[] x, int rows, int outputs, int inputs, float[] before)
    {
        var sums = Array.ConvertAll(before, static value => (double)value);
        for (var r = 0; r < rows; r++)
        {
            for (var n = 0; n < outputs; n++)
            {
                for (var k = 0; k < inputs; k++) sums[n * inputs + k] += (double)gradients[r * outputs + n] * x[r * inputs + k];
            }
        }

        return sums;
    }

    /// <summary>softmax(x)[label], and how fast it changes with x[moving].</summary>
    static Dual Share(float[] x, int label, int moving)
    {
        var total = Dual.Of(0);
        var share = Dual.Of(0);
        for (var i = 0; i < x.Length; i++)
        {
            var weight = Dual.Exp(new Dual(x[i], i == moving ? 1 : 0));
            total += weight;
            if (i == label) share = weight;
        }

        return share / total;
    }
}
