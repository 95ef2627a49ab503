using System;
using System.IO;
using System.Linq;
using System.Text.Json;
using Muninn.Engine.Training;
using Muninn.Tests.Reference;
using Xunit;

namespace Muninn.Tests.Engine.Training;

public sealed class DepthSamplerTests
{
    static TrainingDepth[] Draws(DepthSampler sampler, int count) => [.. Enumerable.Range(0, count).Select(step => sampler.At(step))];

    static double Variance(TrainingDepth[] draws)
    {
        double mean = draws.Average(static draw => draw.Total);
        return draws.Average(draw => (draw.Total - mean) * (draw.Total - mean));
    }

    /// <summary>
    /// Both are samples of 100 000. Bounds are five standard errors of their difference; quantiles have one more step to either side,
    /// because they are whole numbers.
    /// </summary>
    [Theory]
    [InlineData(32, 8)]
    [InlineData(16, 4)]
    public void Statistics_are_the_references_within_sampling_error(int mean, int tracked)
    {
        using var document = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(GoldenFile.FolderOf("optimizer"), "expected.json")));
        var expected = document.RootElement.GetProperty("step_sampler").GetProperty($"mean{mean}.backprop{tracked}");
        double Of(string name) => expected.GetProperty(name).GetDouble();
        int count = expected.GetProperty("draws").GetInt32();
        var draws = Draws(new DepthSampler { Mean = mean, Tracked = tracked }, count);
        double deviation = Of("std_total");
        double error = 5 * Math.Sqrt(2.0 / count);
        Assert.Equal(Of("mean_total"), draws.Average(static draw => draw.Total), error * deviation);
        Assert.Equal(Of("mean_free"), draws.Average(static draw => draw.Free), error * deviation);
        double meanTracked = draws.Average(static draw => draw.Tracked);
        double deviationTracked = Math.Sqrt(draws.Average(draw => (draw.Tracked - meanTracked) * (draw.Tracked - meanTracked)));
        Assert.Equal(Of("mean_tracked"), meanTracked, error * deviationTracked);
        // The fourth moment of a log-normal number is 8.9 squared variances, so the share by which a variance errs has variance 7.9 / count.
        Assert.Equal(1, Variance(draws) / (deviation * deviation), error * Math.Sqrt(7.9));
        double share = Of("share_without_free_steps");
        Assert.Equal(share, draws.Count(static draw => draw.Free == 0) / (double)count, error * Math.Sqrt(share * (1 - share)));
        int[] sorted = [.. draws.Select(static draw => draw.Total).Order()];
        foreach (var (at, value) in expected.GetProperty("quantiles_at").EnumerateArray().Zip(expected.GetProperty("quantiles_total").EnumerateArray()))
        {
            double p = at.GetDouble();
            int margin = (int)(5 * Math.Sqrt(2 * p * (1 - p) * count));
            int place = (int)(p * (count - 1));
            Assert.InRange(value.GetDouble(), sorted[Math.Max(0, place - margin)] - 1, sorted[Math.Min(count - 1, place + margin)] + 1);
        }

        Assert.True(sorted[0] >= 1);
    }

    /// <summary>Mean r̄ + 1 and variance r̄ + r̄² (e^{σ²} − 1), for means that no table has.</summary>
    [Theory]
    [InlineData(1, 1, 0.5)]
    [InlineData(8, 4, 0.5)]
    [InlineData(100, 8, 0.25)]
    [InlineData(20, 8, 0)]
    public void Mean_and_variance_are_those_of_the_law(int mean, int tracked, double sigma)
    {
        const int count = 40_000;
        var draws = Draws(new DepthSampler { Mean = mean, Tracked = tracked, Deviation = sigma, Seed = 5 }, count);
        double variance = mean + mean * (double)mean * (Math.Exp(sigma * sigma) - 1);
        Assert.Equal(mean + 1, draws.Average(static draw => draw.Total), 5 * Math.Sqrt(variance / count));
        Assert.Equal(1, Variance(draws) / variance, 5 * Math.Sqrt(7.9 / count));
    }

    [Fact]
    public void A_mean_below_the_tracked_iterations_is_lifted_to_them()
    {
        var lifted = Draws(new DepthSampler { Mean = 3, Tracked = 8 }, 20_000);
        Assert.Equal(Draws(new DepthSampler { Mean = 8, Tracked = 8 }, 20_000), lifted);
        Assert.Equal(9, lifted.Average(static draw => draw.Total), 0.2);
    }

    [Fact]
    public void Tracked_iterations_come_last_and_are_as_many_as_there_are()
    {
        Assert.All(Draws(new DepthSampler { Mean = 8, Tracked = 8 }, 2000), static draw =>
        {
            Assert.InRange(draw.Tracked, 1, 8);
            Assert.True(draw.Free == 0 || draw.Tracked == 8);
        });
        Assert.Equal(new TrainingDepth(32, 0), new DepthSampler { Mean = 32, Tracked = 8 }.Evaluated);
    }

    [Fact]
    public void A_step_draws_the_same_whatever_came_before()
    {
        var sampler = new DepthSampler { Mean = 32, Tracked = 8, Seed = 7 };
        var forwards = Draws(sampler, 500);
        var again = sampler with { };
        for (int step = 499; step >= 0; step -= 7)
            Assert.Equal(forwards[step], again.At(step));
        Assert.NotEqual(forwards, Draws(sampler with { Seed = 8 }, 500));
        sampler.At(int.MaxValue);
    }

    [Fact]
    public void Numbers_out_of_range_are_refused()
    {
        var good = new DepthSampler { Mean = 8, Tracked = 4 };
        foreach (var bad in new[]
        {
            good with { Mean = 0 }, good with { Mean = DepthSampler.MeanMax + 1 }, good with { Tracked = 0 },
            good with { Deviation = -0.1 }, good with { Deviation = double.NaN }, good with { Deviation = 1.5 },
        })
            Assert.Throws<ArgumentException>(() => bad.At(0));
        Assert.Throws<ArgumentOutOfRangeException>(() => good.At(-1));
        Assert.Throws<ArgumentOutOfRangeException>(() => good.At(1L << 31));
    }
}
