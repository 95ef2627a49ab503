using System;
using System.Linq;
using Muninn.Microscope.Measures;
using Muninn.Tests.Microscope.Measures.Motion;
using Xunit;

namespace Muninn.Tests.Microscope.Measures;

/// <summary>Falls whose ratio at rest is known, and falls that do not show it.</summary>
public sealed class RestRatioTests
{
    /// <summary>‖d_i‖ of a distance x that goes to q · x + bend · x² at each iteration, in double.</summary>
    static double[] Bent(double q, double bend, int steps, double start = 0.3)
    {
        var lengths = new double[steps];
        for (int i = 0; i < steps; i++)
        {
            double next = q * start + bend * start * start;
            (lengths[i], start) = (Math.Abs(start - next), next);
        }

        return lengths;
    }

    /// <summary>Lengths of the sum of falls of these rates along one line.</summary>
    static double[] Sum(int steps, params (double Rate, double Size)[] falls) =>
        [.. Enumerable.Range(0, steps).Select(i => Math.Abs(falls.Sum(fall => fall.Size * Math.Pow(fall.Rate, i))))];

    static double[] Noisy(double rate, int steps, double noise, int seed) =>
        [.. Enumerable.Range(0, steps).Select(i => Math.Pow(rate, i) * Math.Exp(noise * ToyTrajectories.Normal((ulong)seed, 0, 0, i)))];

    [Theory]
    [InlineData(0.3, -0.3)]
    [InlineData(0.6, -0.6)]
    [InlineData(0.6, 0.6)]
    [InlineData(0.9, 0)]
    [InlineData(0.9, -0.02)]
    public void The_ratio_of_a_bent_fall_is_that_at_rest(double q, double bend)
    {
        var rest = RestRatio.Of(Bent(q, bend, 40))!;
        Assert.InRange(rest.Ratio, q * 0.995, q * 1.005);
        Assert.InRange(rest.StandardError, 0, 0.0025 * rest.Ratio);
    }

    [Fact]
    public void Ratios_that_approach_their_limit_slowly_tell_nothing()
    {
        Assert.Null(RestRatio.Of([.. Enumerable.Range(1, 48).Select(static i => i * Math.Pow(0.7, i))]));
        Assert.Null(RestRatio.Of(Sum(20, (0.8, 1), (0.75, 3))));
    }

    [Fact]
    public void Noise_tells_nothing_and_never_something_wrong()
    {
        for (int seed = 1; seed <= 100; seed++)
        {
            Assert.Null(RestRatio.Of(Noisy(0.7, 20, 0.05, seed)));
            if (RestRatio.Of(Noisy(0.7, 20, 0.005, seed)) is { } rest)
                Assert.InRange(rest.Ratio, 0.693, 0.707);
        }
    }

    [Fact]
    public void What_is_too_short_or_does_not_fall_has_no_ratio_at_rest()
    {
        Assert.NotNull(RestRatio.Of(Sum(9, (0.5, 1))));
        Assert.Null(RestRatio.Of(Sum(8, (0.5, 1))));
        Assert.Null(RestRatio.Of([]));
        Assert.Null(RestRatio.Of(Sum(20, (1, 1))));
        Assert.Null(RestRatio.Of(Sum(20, (1.1, 1))));
        // Fallen to 0.98¹⁹ = 0.68 of the first step: a line would be prolonged too far.
        Assert.Null(RestRatio.Of(Sum(20, (0.98, 1))));
        double[] rested = Sum(20, (0.5, 1));
        rested[10] = 0;
        Assert.Null(RestRatio.Of(rested));
        rested[10] = double.NaN;
        Assert.Null(RestRatio.Of(rested));
    }
}
