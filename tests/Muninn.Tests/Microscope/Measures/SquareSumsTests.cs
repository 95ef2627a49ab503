using System;
using System.Linq;
using Muninn.Microscope.Measures;
using Muninn.Tests.Oracle;
using Xunit;

namespace Muninn.Tests.Microscope.Measures;

public sealed class SquareSumsTests
{
    [Fact]
    public void Sums_are_those_of_the_obvious_loop_at_every_length()
    {
        float[] all = Noise.Floats(200, 1), others = Noise.Floats(200, 2);
        for (int length = 0; length <= 70; length++)
        {
            for (int offset = 0; offset < 5; offset++)
            {
                var a = all[offset..(offset + length)];
                var b = others[offset..(offset + length)];
                double size = a.Sum(x => (double)x * x);
                double difference = a.Zip(b, (x, y) => ((double)x - y) * ((double)x - y)).Sum();
                Assert.Equal(size, SquareSums.Of(a), 1e-12);
                Assert.Equal(difference, SquareSums.OfDifference(a, b), 1e-12);
                Assert.Equal((SquareSums.OfDifference(a, b), SquareSums.Of(a)), SquareSums.OfStep(a, b));
            }
        }
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    [InlineData(float.NegativeInfinity)]
    public void An_entry_that_is_not_finite_shows_at_every_place(float value)
    {
        for (int at = 0; at < 37; at++)
        {
            float[] a = Noise.Floats(37, 1);
            a[at] = value;
            Assert.False(double.IsFinite(SquareSums.Of(a)));
            Assert.False(double.IsFinite(SquareSums.OfStep(a, new float[37]).Size));
        }

        Assert.True(double.IsFinite(SquareSums.Of([.. Enumerable.Repeat(float.MaxValue, 1000)])));
    }

    [Fact]
    public void Vectors_of_different_lengths_are_refused()
    {
        Assert.Throws<ArgumentException>(() => SquareSums.OfDifference([1], [1, 2]));
        Assert.Throws<ArgumentException>(() => SquareSums.OfStep([1, 2], [1]));
    }
}
