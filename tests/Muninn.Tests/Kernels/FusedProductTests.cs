using System;
using Muninn.Kernels;
using Muninn.Tests.Oracle;
using Xunit;

namespace Muninn.Tests.Kernels;

/// <summary>Products of rows that are computed on their way against the same in two steps.</summary>
public sealed class FusedProductTests : IDisposable
{
    const int RowsMost = 40;
    const float Epsilon = 1e-6f;

    readonly WorkerPool _pool = new(2);

    public static TheoryData<WeightFormat> Formats => AnyWeights.Formats;

    /// <summary>Inputs that need several blocks: in strips that end within a group, a pair, a vector.</summary>
    public static TheoryData<WeightFormat, int> DeepFormats => new()
    {
        { WeightFormat.Float32, 2334 },
        { WeightFormat.BrainFloat16, 4670 },
        { WeightFormat.Int8, 7904 },
        { WeightFormat.Int4, 13_600 },
    };

    public void Dispose() => _pool.Dispose();

    [Theory]
    [MemberData(nameof(Formats))]
    public void Give_the_bits_of_two_steps_for_every_number_of_rows(WeightFormat format)
    {
        for (var rows = 1; rows <= RowsMost; rows++)
        {
            // Odd widths where a format has them; halves of integer groups go to different operands.
            var inputs = format.IsInteger() ? 32 * (1 + rows % 5) : 1 + rows * 29 % 97;
            using var weights = AnyWeights.Noisy(format, 1 + rows * 31 % 67, inputs, (ulong)rows);
            Compare(weights, rows);
        }
    }

    [Theory]
    [MemberData(nameof(DeepFormats))]
    public void Give_the_bits_of_two_steps_when_inputs_need_several_blocks(WeightFormat format, int inputs)
    {
        using var weights = AnyWeights.Noisy(format, 67, inputs);
        foreach (var rows in (int[])[1, 2, 7, 40]) Compare(weights, rows);
    }

    [Theory]
    [MemberData(nameof(DeepFormats))]
    public void Give_a_row_the_same_bits_alone_and_among_any_others(WeightFormat format, int inputs)
    {
        const int Outputs = 131;
        using var one = new WorkerPool(1);
        using var three = new WorkerPool(3);
        using var weights = AnyWeights.Noisy(format, Outputs, inputs);
        var (x, gain) = (Noise.Floats(2 * RowsMost * inputs, 2), Noise.Floats(inputs, 3));
        var second = x.AsMemory(RowsMost * inputs);
        foreach (var (what, product) in new (string, Action<int, int, float[], WorkerPool>)[]
        {
            ("normalized", (first, rows, y, pool) =>
                MatrixProduct.MultiplyNormalized(x.AsSpan(first * inputs), gain, Epsilon, rows, weights.Packed, y, pool)),
            ("gated", (first, rows, y, pool) =>
                MatrixProduct.MultiplyGated(x.AsSpan(2 * first * inputs), rows, weights.Packed, y, pool)),
            ("paired", (first, rows, y, pool) => MatrixProduct.MultiplyPaired(
                x.AsSpan(first * inputs / 2), second.Span[(first * inputs / 2)..], rows, weights.Packed, y, pool)),
        })
        {
            float[] alone = new float[RowsMost * Outputs], single = new float[Outputs];
            for (var r = 0; r < RowsMost; r++)
            {
                product(r, 1, single, one);
                single.CopyTo(alone, r * Outputs);
            }

            foreach (var rows in (int[])[2, 3, 12, 13, 14, 15, RowsMost])
            {
                foreach (var pool in (WorkerPool[])[one, _pool, three])
                {
                    var together = new float[rows * Outputs];
                    product(0, rows, together, pool);
                    Near.SameBits(alone.AsSpan(0, rows * Outputs), together, $"{what}: {rows} rows, {pool.Threads} threads,");
                }
            }
        }
    }

    [Theory]
    [InlineData(WeightFormat.Float32, 1e-5)]
    [InlineData(WeightFormat.BrainFloat16, 1e-5)]
    [InlineData(WeightFormat.Int8, 0.015)]
    [InlineData(WeightFormat.Int4, 0.0075)]
    public void Are_near_the_textbook(WeightFormat format, double tolerance)
    {
        const int Rows = 23, Outputs = 51, Inputs = 576;
        using var weights = AnyWeights.Noisy(format, Outputs, Inputs);
        var (x, gain) = (Noise.Floats(2 * Rows * Inputs, 2), Noise.Floats(Inputs, 3));
        var y = new float[Rows * Outputs];
        MatrixProduct.MultiplyNormalized(x, gain, Epsilon, Rows, weights.Packed, y, _pool);
        Near.Relative(Then(Textbook.RmsNorm(x, gain, Rows, Inputs, Epsilon)), y, tolerance, "normalized");
        MatrixProduct.MultiplyGated(x, Rows, weights.Packed, y, _pool);
        Near.Relative(Then(Textbook.GatedSilu(x, Rows, Inputs)), y, tolerance, "gated");
        MatrixProduct.MultiplyPaired(x, x.AsSpan(Rows * Inputs), Rows, weights.Packed, y, _pool);
        Near.Relative(Textbook.Product(SideBySide(x, x.AsSpan(Rows * Inputs), Rows, Inputs / 2), Rows, weights.Widened, Outputs, Inputs), y, tolerance, "paired");

        // The last rounding of a row to float32 is far below every tolerance.
        double[] Then(double[] rows) => Textbook.Product(Array.ConvertAll(rows, value => (float)value), Rows, weights.Widened, Outputs, Inputs);
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public void Keep_what_is_not_a_number_in_its_row(WeightFormat format)
    {
        const int Rows = 15, Outputs = 33, Inputs = 96, Bad = 4;
        using var weights = AnyWeights.Noisy(format, Outputs, Inputs);
        var (x, gain) = (Noise.Floats(2 * Rows * Inputs, 2), Noise.Floats(Inputs, 3));
        foreach (var (width, product) in new (int, Action<float[], float[]>)[]
        {
            (Inputs, (rows, y) => MatrixProduct.MultiplyNormalized(rows, gain, Epsilon, Rows, weights.Packed, y, _pool)),
            (2 * Inputs, (rows, y) => MatrixProduct.MultiplyGated(rows, Rows, weights.Packed, y, _pool)),
            (Inputs / 2, (rows, y) => MatrixProduct.MultiplyPaired(rows, x, Rows, weights.Packed, y, _pool)),
        })
        {
            float[] clean = new float[Rows * Outputs], actual = new float[Rows * Outputs], rows = [.. x];
            product(rows, clean);
            rows[Bad * width + 17] = float.NaN;
            product(rows, actual);
            for (var i = 0; i < actual.Length; i++)
            {
                if (i / Outputs == Bad) Assert.True(float.IsNaN(actual[i]));
                else Assert.Equal(clean[i], actual[i]);
            }
        }
    }

    [Fact]
    public void Do_nothing_for_no_rows_and_clear_for_no_inputs()
    {
        using var empty = AnyWeights.Noisy(WeightFormat.Float32, 3, 0);
        using var some = AnyWeights.Noisy(WeightFormat.Int8, 3, 32);
        var y = new float[6];
        y.AsSpan().Fill(5);
        MatrixProduct.MultiplyNormalized([], Noise.Floats(32, 1), Epsilon, 0, some.Packed, y, _pool);
        MatrixProduct.MultiplyGated([], 0, some.Packed, y, _pool);
        MatrixProduct.MultiplyPaired([], [], 0, some.Packed, y, _pool);
        Assert.All(y, number => Assert.Equal(5, number));
        MatrixProduct.MultiplyNormalized([], [], Epsilon, 2, empty.Packed, y, _pool);
        Assert.All(y, number => Assert.Equal(0, number));
    }

    [Fact]
    public void Name_the_span_that_is_too_short_and_both_lengths()
    {
        using var weights = AnyWeights.Noisy(WeightFormat.Float32, 3, 8);
        float[] x = new float[32], y = new float[6], gain = new float[8];
        Refused("x holds 15 elements, but [rows, inputs] needs 16", () => MatrixProduct.MultiplyNormalized(x.AsSpan(0, 15), gain, Epsilon, 2, weights.Packed, y, _pool));
        Refused("gain holds 7 elements, but [inputs] needs 8", () => MatrixProduct.MultiplyNormalized(x, gain.AsSpan(0, 7), Epsilon, 2, weights.Packed, y, _pool));
        Refused("destination holds 5 elements, but [rows, outputs] needs 6", () => MatrixProduct.MultiplyNormalized(x, gain, Epsilon, 2, weights.Packed, y.AsSpan(0, 5), _pool));
        Refused("gateAndFactor holds 31 elements, but [rows, 2 · inputs] needs 32", () => MatrixProduct.MultiplyGated(x.AsSpan(0, 31), 2, weights.Packed, y, _pool));
        Refused("first holds 7 elements, but [rows, inputs / 2] needs 8", () => MatrixProduct.MultiplyPaired(x.AsSpan(0, 7), x, 2, weights.Packed, y, _pool));
        Refused("second holds 7 elements, but [rows, inputs / 2] needs 8", () => MatrixProduct.MultiplyPaired(x, x.AsSpan(0, 7), 2, weights.Packed, y, _pool));
        using var odd = AnyWeights.Noisy(WeightFormat.Float32, 3, 7);
        Refused("Two equal halves cannot make up 7 inputs", () => MatrixProduct.MultiplyPaired(x, x, 2, odd.Packed, y, _pool));
        Assert.Throws<ArgumentOutOfRangeException>(() => MatrixProduct.MultiplyGated(x, -1, weights.Packed, y, _pool));
    }

    [Fact]
    public void Refuse_a_destination_that_overlaps_what_is_read()
    {
        using var weights = AnyWeights.Noisy(WeightFormat.Float32, 8, 8);
        var memory = new float[100];
        float[] other = new float[32], gain = new float[8];
        Refused("overlaps x,", () => MatrixProduct.MultiplyNormalized(memory.AsSpan(0, 16), gain, Epsilon, 2, weights.Packed, memory.AsSpan(15), _pool));
        Refused("overlaps gain,", () => MatrixProduct.MultiplyNormalized(other, memory.AsSpan(15, 8), Epsilon, 2, weights.Packed, memory, _pool));
        Refused("overlaps gateAndFactor,", () => MatrixProduct.MultiplyGated(memory.AsSpan(0, 32), 2, weights.Packed, memory.AsSpan(31), _pool));
        Refused("overlaps first,", () => MatrixProduct.MultiplyPaired(memory.AsSpan(0, 8), other, 2, weights.Packed, memory.AsSpan(7), _pool));
        Refused("overlaps second,", () => MatrixProduct.MultiplyPaired(other, memory.AsSpan(0, 8), 2, weights.Packed, memory.AsSpan(7), _pool));
        // Behind the last element that is read is free.
        MatrixProduct.MultiplyNormalized(memory.AsSpan(0, 20), gain, Epsilon, 2, weights.Packed, memory.AsSpan(16), _pool);
        MatrixProduct.MultiplyGated(memory.AsSpan(0, 40), 2, weights.Packed, memory.AsSpan(32), _pool);
    }

    static void Refused(string words, Action act) => Assert.Contains(words, Assert.ThrowsAny<ArgumentException>(act).Message);

    void Compare(AnyWeights weights, int rows)
    {
        var (inputs, outputs) = (weights.Inputs, weights.Outputs);
        var what = $"{weights.Format} {rows}×{inputs}×{outputs}";
        var (x, gain) = (Noise.Floats(2 * rows * inputs, 5), Noise.Floats(inputs, 6));
        float[] between = new float[rows * inputs], expected = new float[rows * outputs], actual = new float[rows * outputs];

        RmsNorm.Normalize(x, gain, rows, inputs, Epsilon, between);
        MatrixProduct.Multiply(between, rows, weights.Packed, expected, _pool);
        MatrixProduct.MultiplyNormalized(x, gain, Epsilon, rows, weights.Packed, actual, _pool);
        Near.SameBits(expected, actual, $"normalized {what},");

        GatedSilu.Multiply(x, rows, inputs, between, _pool);
        MatrixProduct.Multiply(between, rows, weights.Packed, expected, _pool);
        actual.AsSpan().Fill(float.NaN);
        MatrixProduct.MultiplyGated(x, rows, weights.Packed, actual, _pool);
        Near.SameBits(expected, actual, $"gated {what},");

        if (inputs % 2 != 0) return;
        var (first, second) = (x[..(rows * inputs / 2)], x[(rows * inputs)..]);
        MatrixProduct.Multiply(SideBySide(first, second, rows, inputs / 2), rows, weights.Packed, expected, _pool);
        actual.AsSpan().Fill(float.NaN);
        MatrixProduct.MultiplyPaired(first, second, rows, weights.Packed, actual, _pool);
        Near.SameBits(expected, actual, $"paired {what},");
    }

    static float[] SideBySide(ReadOnlySpan<float> first, ReadOnlySpan<float> second, int rows, int half)
    {
        var both = new float[rows * 2 * half];
        for (var r = 0; r < rows; r++)
        {
            first.Slice(r * half, half).CopyTo(both.AsSpan(2 * r * half));
            second.Slice(r * half, half).CopyTo(both.AsSpan((2 * r + 1) * half));
        }

        return both;
    }
}
