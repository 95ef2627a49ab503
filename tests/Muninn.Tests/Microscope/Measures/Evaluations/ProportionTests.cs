using System;
using Muninn.Microscope.Measures.Evaluations;
using Xunit;

namespace Muninn.Tests.Microscope.Measures.Evaluations;

public sealed class ProportionTests
{
    [Theory]
    [InlineData(8, 10, 0.4902, 0.9433)]
    [InlineData(0, 10, 0, 0.2775)]
    [InlineData(100, 100, 0.9630, 1)]
    [InlineData(1, 1, 0.2065, 1)]
    public void Has_the_interval_of_a_textbook(int right, int count, double low, double high)
    {
        var share = Proportion.Of(right, count);
        Assert.Equal((double)right / count, share.Value, 1e-12);
        Assert.Equal(low, share.Low, 1e-4);
        Assert.Equal(high, share.High, 1e-4);
    }

    [Fact]
    public void Covers_the_true_share_in_95_of_100_draws()
    {
        const int Draws = 4000;
        var random = new Random(5);
        foreach (double truth in new[] { 0.5, 0.9 })
        {
            int covered = 0;
            for (int draw = 0; draw < Draws; draw++)
            {
                int right = 0;
                for (int i = 0; i < 100; i++)
                    right += random.NextDouble() < truth ? 1 : 0;
                var share = Proportion.Of(right, 100);
                covered += share.Low <= truth && truth <= share.High ? 1 : 0;
            }

            Assert.InRange((double)covered / Draws, 0.92, 0.98);
        }
    }

    [Fact]
    public void Counts_that_make_no_share_are_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => Proportion.Of(0, 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => Proportion.Of(-1, 3));
        Assert.Throws<ArgumentOutOfRangeException>(() => Proportion.Of(4, 3));
    }
}
