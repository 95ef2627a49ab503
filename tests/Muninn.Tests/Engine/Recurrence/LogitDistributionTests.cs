using System;
using System.Linq;
using Muninn.Engine.Recurrence;
using Muninn.Tests.Oracle;
using Xunit;

namespace Muninn.Tests.Engine.Recurrence;

public sealed class LogitDistributionTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(16)]
    [InlineData(33)]
    [InlineData(1000)]
    public void Numbers_are_the_twins(int vocabulary)
    {
        float[] a = [.. Noise.Floats(vocabulary, 1).Select(x => 1000 + 8 * x)];
        float[] b = [.. Noise.Floats(vocabulary, 2).Select(x => 8 * x)];
        var (twinA, twinB) = (LensTwin.Of(a), LensTwin.Of(b));
        var (p, r) = (LogitDistribution.Of(a), LogitDistribution.Of(b));
        Assert.Equal(twinA.Entropy, p.Entropy(a), 1e-10);
        Assert.Equal(twinA.LogP[0], p.LogProbability(a[0]), 1e-10);
        Assert.Equal(twinA.DivergenceOf(twinB), p.DivergenceOf(a, r, b), 1e-10);
        Assert.Equal(0, p.DivergenceOf(a, p, a));
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    [InlineData(float.NegativeInfinity)]
    public void A_logit_that_is_not_finite_leaves_no_distribution(float logit)
    {
        float[] bad = [1, logit, 3];
        float[] good = [1, 2, 3];
        var (p, r) = (LogitDistribution.Of(bad), LogitDistribution.Of(good));
        Assert.False(p.IsFinite);
        Assert.True(r.IsFinite);
        Assert.Equal(double.NaN, p.Entropy(bad));
        Assert.Equal(double.NaN, p.LogProbability(1));
        Assert.Equal(double.NaN, p.DivergenceOf(bad, r, good));
        Assert.Equal(double.NaN, r.DivergenceOf(good, p, bad));
    }

    [Fact]
    public void Rows_that_do_not_fit_are_refused()
    {
        Assert.Contains("no logits", Assert.Throws<ArgumentException>(() => LogitDistribution.Of([])).Message);
        var p = LogitDistribution.Of([1, 2]);
        Assert.Contains("2 logits cannot be compared with 3", Assert.Throws<ArgumentException>(() => p.DivergenceOf([1, 2], p, [1, 2, 3])).Message);
    }
}
