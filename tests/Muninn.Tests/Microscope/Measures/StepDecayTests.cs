using System;
using System.Linq;
using Muninn.Microscope.Measures;
using Muninn.Tests.Oracle;
using Xunit;

namespace Muninn.Tests.Microscope.Measures;

public sealed class StepDecayTests
{
    static float[] Steps(int count, Func<int, double> step) => [.. Enumerable.Range(1, count).Select(i => (float)step(i))];

    [Theory]
    [InlineData(0.1)]
    [InlineData(0.5)]
    [InlineData(0.9)]
    [InlineData(0.99)]
    [InlineData(0.999)]
    public void A_pure_contraction_gives_its_ratio_and_its_tail(double ratio)
    {
        var decay = StepDecay.Read(Steps(128, i => Math.Pow(ratio, i)), 1e-9);
        Assert.Equal(ratio, decay.Ratio, ratio * 1e-5);
        double tail = Math.Pow(ratio, 128) * ratio / (1 - ratio);
        Assert.InRange(decay.Tail, tail * 0.9999, tail * 1.02);
    }

    /// <summary>Rounding scatters steps; the ratio stays within one per cent and the bound a bound.</summary>
    [Theory]
    [InlineData(0.5, 0.05)]
    [InlineData(0.9, 0.05)]
    [InlineData(0.98, 0.02)]
    public void Noise_on_the_steps_does_not_break_the_bound(double ratio, double scatter)
    {
        float[] noise = Noise.Floats(64 * 40, 5);
        for (int run = 0; run < 40; run++)
        {
            var decay = StepDecay.Read(
                Steps(60, i => Math.Pow(ratio, i) * (1 + scatter * Math.Clamp(noise[run * 64 + i], -1, 1))), 1e-20);
            double tail = Math.Pow(ratio, 60) * ratio / (1 - ratio);
            Assert.InRange(decay.Ratio, ratio * 0.99, ratio * 1.01);
            Assert.True(decay.Tail >= tail * (1 - scatter), $"run {run}: bound {decay.Tail:e3}, tail {tail:e3}");
        }
    }

    [Fact]
    public void A_fast_beginning_does_not_hide_a_slow_tail()
    {
        var decay = StepDecay.Read(Steps(60, i => Math.Pow(0.5, i) + 1e-4 * Math.Pow(0.97, i)), 1e-9);
        Assert.Equal(0.97, decay.Ratio, 0.003);
        double tail = 1e-4 * Math.Pow(0.97, 60) * 0.97 / 0.03;
        Assert.InRange(decay.Tail, tail, 1.1 * tail);
    }

    /// <summary>Real and imaginary parts of a complex eigenvalue: the steps beat around their trend, and the envelope bounds them.</summary>
    [Fact]
    public void Steps_that_beat_are_read_by_their_trend_and_bounded_by_their_envelope()
    {
        float[] steps = Steps(100, i => Math.Pow(0.9, i) * Math.Abs(1 + 0.6 * Math.Cos(1.3 * i)));
        var decay = StepDecay.Read(steps.AsSpan(0, 60), 1e-12);
        Assert.Equal(0.9, decay.Ratio, 0.03);
        double coming = Enumerable.Range(61, 400).Sum(i => Math.Pow(0.9, i) * Math.Abs(1 + 0.6 * Math.Cos(1.3 * i)));
        Assert.InRange(decay.Tail, coming, 6 * coming);
    }

    /// <summary>Steps of a few units in the last place take few values: many slopes are equal, and the error must not seem to be none.</summary>
    [Fact]
    public void Steps_in_whole_units_have_an_error()
    {
        var decay = StepDecay.Read(Steps(128, i => Math.Round(120 * Math.Pow(0.997, i)) / 1e6), 1e-9);
        Assert.Equal(0.997, decay.Ratio, 0.001);
        double tail = 120e-6 * Math.Pow(0.997, 128) * 0.997 / 0.003;
        Assert.InRange(decay.Tail, tail, 1.3 * tail);
    }

    [Theory]
    [InlineData(1.0)]
    [InlineData(1.01)]
    public void Steps_that_do_not_shrink_have_no_bound(double ratio)
    {
        var decay = StepDecay.Read(Steps(64, i => Math.Pow(ratio, i)), 1e-9);
        Assert.Equal(ratio, decay.Ratio, 1e-4);
        Assert.True(decay.RatioMost >= 1);
        Assert.Equal(double.PositiveInfinity, decay.Tail);
    }

    [Fact]
    public void What_lies_in_the_floor_is_not_read()
    {
        float[] noise = Noise.Floats(200, 3);
        var decay = StepDecay.Read(Steps(128, i => Math.Pow(0.5, i) + 1e-6 * Math.Abs(noise[i])), 1e-6);
        Assert.Equal(0.5, decay.Ratio, 0.01);
        Assert.InRange(decay.Count, 14, 18);
        Assert.InRange(decay.Tail, 0, 1e-20);
    }

    [Fact]
    public void One_two_and_three_readable_steps_are_enough_for_a_bound()
    {
        var one = StepDecay.Read([1, 1e-8f, 0], 1e-6);
        Assert.Equal((1, 1e-5), (one.Count, Math.Round(one.Ratio, 9)));
        Assert.InRange(one.Tail, 0, 1e-14);
        Assert.Equal(0, StepDecay.Read([1, 0, 0], 0).Tail);
        Assert.Equal(0.1, StepDecay.Read([1, 0.1f], 1e-6).Ratio, 1e-6);
        var three = StepDecay.Read([1, 0.5f, 0.1f], 1e-6);
        Assert.Equal(Math.Sqrt(0.1), three.Ratio, 1e-6);
        Assert.Equal(0.5, three.RatioMost, 1e-6);
        Assert.True(double.IsNaN(StepDecay.Read([1], 1e-6).Ratio));
        Assert.Equal(0, StepDecay.Read([1e-7f, 1e-7f], 1e-6).Count);
        Assert.Equal(0, StepDecay.Read([], 1e-6).Count);
        Assert.Equal(0, StepDecay.Read([float.NaN, float.NaN], 1e-6).Count);
    }
}
