using System;
using System.Linq;
using Muninn.Engine.Randomness;
using Muninn.Engine.Recurrence;
using Xunit;

namespace Muninn.Tests.Engine.Randomness;

public sealed class CounterRandomTests
{
    /// <summary>Known answers of philox4x32-10 published with Random123 (kat_vectors).</summary>
    [Fact]
    public void Philox_gives_the_published_words()
    {
        Assert.Equal((0x6627e8d5u, 0xe169c58du, 0xbc57ac4cu, 0x9b00dbd8u), CounterRandom.Philox(0, 0, 0, 0, 0));
        Assert.Equal(
            (0x408f276du, 0x41c83b0eu, 0xa20bc7c6u, 0x6d5451fdu),
            CounterRandom.Philox(ulong.MaxValue, uint.MaxValue, uint.MaxValue, uint.MaxValue, uint.MaxValue));
        Assert.Equal(
            (0xd16cfe09u, 0x94fdccebu, 0x5001e420u, 0x24126ea1u),
            CounterRandom.Philox(0x299f31d0a4093822, 0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344));
    }

    [Theory]
    [InlineData(0.5, 0)]
    [InlineData(0.975, 1.959963984540054)]
    [InlineData(0.025, -1.959963984540054)]
    [InlineData(0.9999, 3.719016485455709)]
    [InlineData(0.0013498980316300946, -3)]
    [InlineData(0.8413447460685429, 1)]
    public void The_normal_quantile_is_right(double p, double quantile) =>
        Assert.Equal(quantile, CounterRandom.NormalQuantile(p), 1e-12);

    [Fact]
    public void Uniform_numbers_fill_the_unit_interval()
    {
        double[] draws = [.. Enumerable.Range(0, 100_000).Select(i => CounterRandom.Uniform(7, RandomStream.InitialState, 3, i))];
        Assert.All(draws, draw => Assert.True(draw is > 0 and < 1));
        Assert.Equal(0.5, draws.Average(), 0.004);
        Assert.Equal(draws.Length, draws.Distinct().Count());
    }

    [Fact]
    public void Each_argument_changes_the_number()
    {
        double number = CounterRandom.Uniform(1, RandomStream.InitialState, 2, 3);
        Assert.Equal(number, CounterRandom.Uniform(1, RandomStream.InitialState, 2, 3));
        Assert.NotEqual(number, CounterRandom.Uniform(2, RandomStream.InitialState, 2, 3));
        Assert.NotEqual(number, CounterRandom.Uniform(1UL << 40, RandomStream.InitialState, 2, 3));
        Assert.NotEqual(number, CounterRandom.Uniform(1, RandomStream.InitialState, 3, 3));
        Assert.NotEqual(number, CounterRandom.Uniform(1, RandomStream.InitialState, 2, 4));
    }

    /// <summary>
    /// A normal distribution cut at ±3 has deviation √(1 − 6φ(3) / (2Φ(3) − 1)) = 0.986578; the reference measured
    /// 0.6212 = 0.9822 · √(2/5) over 32 768 draws (see init_measured in tests/reference).
    /// </summary>
    [Fact]
    public void The_random_start_has_the_law_of_the_reference()
    {
        const int width = 64;
        const int positions = 4096;
        float[] state = new float[positions * width];
        InitialState.Random(11).Fill(RowBatch.ForPrompt(positions), width, state);
        double deviation = Math.Sqrt(2.0 / 5.0);
        double mean = state.Average(v => (double)v);
        double measured = Math.Sqrt(state.Average(v => (v - mean) * (v - mean)));
        Assert.Equal(0, mean, 4 * deviation / Math.Sqrt(state.Length));
        Assert.Equal(0.986578 * deviation, measured, 4 * deviation / Math.Sqrt(2.0 * state.Length));
        Assert.InRange(state.Max(), 2.95 * deviation, 3 * deviation + 1e-6);
        Assert.InRange(state.Min(), -3 * deviation - 1e-6, -2.95 * deviation);
    }

    [Fact]
    public void A_random_start_does_not_depend_on_the_batch()
    {
        const int width = 8;
        float[] alone = new float[3 * width];
        float[] together = new float[8 * width];
        InitialState.Random(5).Fill(RowBatch.ForPrompt(3), width, alone);
        InitialState.Random(5).Fill(RowBatch.ForSequences([5, 3]), width, together);
        Assert.Equal(alone, together[(5 * width)..]);
        Assert.Equal(alone, together[..(3 * width)]);
    }
}
