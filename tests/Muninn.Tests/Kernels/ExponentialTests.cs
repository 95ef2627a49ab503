using System;
using System.Runtime.Intrinsics;
using Muninn.Kernels;
using Xunit;

namespace Muninn.Tests.Kernels;

public sealed class ExponentialTests
{
    [Fact]
    public void Is_within_two_units_in_the_last_place()
    {
        double worst = 0;
        for (var i = -104_000; i <= 89_000; i++)
        {
            var x = i / 1000f + i % 7 * 1e-5f;
            var expected = Math.Exp(x);
            if (expected > float.MaxValue) continue;
            var actual = Exponential.Of(Vector512.Create(x)).ToScalar();
            var unit = Math.Max(Math.ScaleB(1, Math.ILogB(expected) - 23), float.Epsilon);
            worst = Math.Max(worst, Math.Abs(actual - expected) / unit);
        }

        Assert.InRange(worst, 0.1, 2);
    }

    [Fact]
    public void Goes_to_its_limits()
    {
        Assert.Equal(1, Of(0));
        Assert.Equal(0, Of(float.NegativeInfinity));
        Assert.Equal(0, Of(-104));
        Assert.Equal(0, Of(-3e38f));
        Assert.Equal(float.Epsilon, Of(-103.2f));
        Assert.Equal(float.PositiveInfinity, Of(float.PositiveInfinity));
        Assert.Equal(float.PositiveInfinity, Of(88.8f));
        Assert.True(float.IsFinite(Of(88.7f)));
        Assert.True(float.IsNaN(Of(float.NaN)));
    }

    static float Of(float x) => Exponential.Of(Vector512.Create(x)).ToScalar();
}
