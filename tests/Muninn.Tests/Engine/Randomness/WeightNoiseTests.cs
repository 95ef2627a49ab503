using System;
using System.Linq;
using Muninn.Engine.Randomness;
using Xunit;

namespace Muninn.Tests.Engine.Randomness;

public sealed class WeightNoiseTests
{
    const string Tensor = "transformer.wte.weight";

    static float[] Numbers(ulong seed, string tensor, long first, int count, double deviation = 1)
    {
        var numbers = new float[count];
        new WeightNoise(seed, tensor).Fill(first, deviation, numbers);
        return numbers;
    }

    /// <summary>
    /// Words from an independent implementation of Philox and FNV-1a, numbers from mpmath with 40 digits: they must never change, or
    /// the same seed would no longer give the same model.
    /// </summary>
    [Theory]
    [InlineData(1, Tensor, 0, 2610392837, 0.272779035404508)]
    [InlineData(1, Tensor, 7, 409669935, -1.30189526177819)]
    [InlineData((1UL << 63) + 5, "transformer.core_block.3.mlp.fc.weight", 123456789, 1041175206, -0.696324189916647)]
    [InlineData(0, "lm_head.weight", (1L << 34) + 17, 2414822511, 0.156236335817888)]
    public void Known_elements_stay_what_they_are(ulong seed, string tensor, long element, uint word, double number)
    {
        Assert.Equal(word, new WeightNoise(seed, tensor).Word(element));
        Assert.Equal(number, WeightNoise.Quantile(word), 5e-9 * Math.Abs(number));
        Assert.Equal((float)(0.25 * number), Numbers(seed, tensor, element, 1, 0.25)[0], 1e-7f * MathF.Abs((float)number));
    }

    /// <summary>The ends, the middle and the places in between, computed with mpmath to 40 digits.</summary>
    [Theory]
    [InlineData(0, -2.9999999738030255)]
    [InlineData(1, -2.9999999214090828)]
    [InlineData(1 << 20, -2.9491241519160995)]
    [InlineData(16789561, -2.5590144699619285)]
    [InlineData(0x25000000, -1.0559700758250424)]
    [InlineData(int.MaxValue, -2.9102210997174203e-10)]
    [InlineData(1u << 31, 2.9102210997174203e-10)]
    [InlineData(uint.MaxValue, 2.9999999738030255)]
    public void The_rational_function_is_the_quantile_to_nine_digits(uint word, double expected) =>
        Assert.Equal(expected, WeightNoise.Quantile(word), 5e-9 * Math.Abs(expected));

    [Fact]
    public void The_slow_twin_gives_the_same_numbers()
    {
        const double tail = 0.0013498980316300946;
        var numbers = Numbers(3, Tensor, 0, 200_000);
        var noise = new WeightNoise(3, Tensor);
        for (int i = 0; i < numbers.Length; i++)
        {
            double expected = CounterRandom.NormalQuantile(tail + (noise.Word(i) + 0.5) / 4294967296.0 * (1 - 2 * tail));
            Assert.Equal(expected, numbers[i], 7e-8 * Math.Abs(expected));
        }
    }

    [Fact]
    public void Portions_of_any_length_from_anywhere_are_parts_of_the_whole()
    {
        var whole = Numbers(1, Tensor, 0, 200, 0.02);
        for (int first = 0; first < 40; first++)
        {
            for (int count = 0; count <= 70; count++)
                Assert.True(whole.AsSpan(first, count).SequenceEqual(Numbers(1, Tensor, first, count, 0.02)), $"{first}, {count}");
        }
    }

    [Fact]
    public void Seed_tensor_and_element_each_change_the_numbers()
    {
        float[][] all =
        [
            Numbers(1, Tensor, 0, 64), Numbers(2, Tensor, 0, 64), Numbers(1UL << 40, Tensor, 0, 64), Numbers(1, "lm_head.weight", 0, 64),
            Numbers(1, Tensor, 64, 64), Numbers(1, Tensor, 1L << 34, 64), Numbers(1, Tensor, 1L << 36, 64),
        ];
        Assert.Equal(all.Sum(static numbers => numbers.Length), all.SelectMany(static numbers => numbers).Distinct().Count());
    }

    /// <summary>Moments of a normal distribution cut at ±3 (variance 0.973337), and no trace of the neighbour, within four errors.</summary>
    [Fact]
    public void The_numbers_have_the_law()
    {
        var numbers = Numbers(9, Tensor, 5, 1 << 20);
        double count = numbers.Length;
        Assert.Equal(0, numbers.Average(static x => (double)x), 4 / Math.Sqrt(count));
        Assert.Equal(0.9733369, numbers.Average(static x => (double)x * x), 4 * 1.35 / Math.Sqrt(count));
        Assert.Equal(3 * 0.9733369 - 27 * 2 * 0.00443184841 / 0.9973002, numbers.Average(static x => Math.Pow(x, 4)), 4 * 8.5 / Math.Sqrt(count));
        Assert.Equal(0, numbers.Zip(numbers.Skip(1), static (a, b) => (double)a * b).Average(), 4 / Math.Sqrt(count));
        Assert.Equal(0, numbers.Zip(numbers.Skip(4), static (a, b) => (double)a * b).Average(), 4 / Math.Sqrt(count));
        Assert.InRange(numbers.Max(Math.Abs), 2.999, 3);
        Assert.Equal(0.5, numbers.Count(static x => x > 0) / count, 2 / Math.Sqrt(count));
        // Φ(1) − Φ(−1) inside the cut.
        Assert.Equal(0.6826895 / 0.9973002, numbers.Count(static x => Math.Abs(x) < 1) / count, 2 / Math.Sqrt(count));
    }

    [Fact]
    public void A_negative_element_is_refused() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => Numbers(1, Tensor, -1, 1));
}
