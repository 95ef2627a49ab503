using System;
using System.Linq;
using Muninn.Microscope.Measures.Joint;
using Xunit;

namespace Muninn.Tests.Microscope.Measures.Joint;

public sealed class RankCorrelationTests
{
    [Theory]
    [InlineData(1, 1)]
    [InlineData(-1, -1)]
    public void Orders_alone_count(int direction, double expected)
    {
        double[] x = [.. Enumerable.Range(0, 10).Select(static i => Math.Exp(i))];
        var correlation = RankCorrelation.Of(x, [.. Enumerable.Range(0, 10).Select(i => (double)direction * i * i)]);
        Assert.Equal(expected, correlation.Coefficient, 1e-12);
        Assert.Equal(0, correlation.P, 1e-12);
    }

    [Fact]
    public void Values_of_a_textbook()
    {
        // IQ and hours of television: ρ = −29/165, p = 0.627188 by t with 8 degrees of freedom.
        double[] iq = [106, 100, 86, 101, 99, 103, 97, 113, 112, 110];
        double[] hours = [7, 27, 2, 50, 28, 29, 20, 12, 6, 17];
        var correlation = RankCorrelation.Of(iq, hours);
        Assert.Equal(-29.0 / 165, correlation.Coefficient, 1e-12);
        Assert.Equal(0.627188, correlation.P, 1e-5);
        Assert.Equal(10, correlation.Count);
    }

    [Fact]
    public void Ties_share_their_mean_rank()
    {
        // Ranks 1.5 1.5 3 4 and 1 3 3 3: covariance and variances by hand.
        double expected = 2 / Math.Sqrt(4.5 * 3);
        Assert.Equal(expected, RankCorrelation.Of([1, 1, 2, 3], [0, 5, 5, 5]).Coefficient, 1e-12);
    }

    [Fact]
    public void Of_pairs_drawn_apart_one_in_a_hundred_seems_to_belong_together()
    {
        const int Draws = 2000;
        var random = new Random(7);
        int told = Enumerable.Range(0, Draws).Count(_ =>
            RankCorrelation.Of([.. Values()], [.. Values()]).P < 0.01);
        // Binomial: 20 ± 4.4.
        Assert.InRange(told, 7, 36);

        System.Collections.Generic.IEnumerable<double> Values() => Enumerable.Range(0, 20).Select(_ => random.NextDouble());
    }

    [Fact]
    public void What_never_varies_and_what_is_too_short_is_not_told()
    {
        Assert.True(double.IsNaN(RankCorrelation.Of([1, 2, 3], [4, 4, 4]).Coefficient));
        Assert.True(double.IsNaN(RankCorrelation.Of([], []).Coefficient));
        Assert.True(double.IsNaN(RankCorrelation.Of([1, 2, 3], [3, 2, 1]).P));
        Assert.Throws<ArgumentException>(() => RankCorrelation.Of([1], [1, 2]));
    }
}
