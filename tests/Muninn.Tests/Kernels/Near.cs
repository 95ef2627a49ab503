using System;
using Xunit;

namespace Muninn.Tests.Kernels;

/// <summary>Comparisons that name the first element that is wrong.</summary>
static class Near
{
    /// <summary>|actual − expected| ≤ tolerance everywhere; what is not a number must be so in both.</summary>
    internal static void Equal(ReadOnlySpan<double> expected, ReadOnlySpan<float> actual, double tolerance, string what = "")
    {
        Assert.Equal(expected.Length, actual.Length);
        for (var i = 0; i < expected.Length; i++)
        {
            if (double.IsNaN(expected[i]) && float.IsNaN(actual[i])) continue;
            if (!(Math.Abs(actual[i] - expected[i]) <= tolerance))
                Assert.Fail($"{what} element {i}: expected {expected[i]:R}, found {actual[i]:R}, tolerance {tolerance}");
        }
    }

    /// <summary>‖actual − expected‖₂ ≤ tolerance · ‖expected‖₂.</summary>
    internal static void Relative(ReadOnlySpan<double> expected, ReadOnlySpan<float> actual, double tolerance, string what)
    {
        Assert.Equal(expected.Length, actual.Length);
        double error = 0, norm = 0;
        for (var i = 0; i < expected.Length; i++)
        {
            error += (actual[i] - expected[i]) * (actual[i] - expected[i]);
            norm += expected[i] * expected[i];
        }

        var distance = Math.Sqrt(error / norm);
        if (!(distance <= tolerance)) Assert.Fail($"{what}: relative distance {distance:G3}, tolerance {tolerance}");
    }

    internal static void SameBits(ReadOnlySpan<float> expected, ReadOnlySpan<float> actual, string what = "")
    {
        Assert.Equal(expected.Length, actual.Length);
        for (var i = 0; i < expected.Length; i++)
        {
            if (BitConverter.SingleToUInt32Bits(expected[i]) != BitConverter.SingleToUInt32Bits(actual[i]))
                Assert.Fail($"{what} element {i}: expected the bits of {expected[i]:R}, found {actual[i]:R}");
        }
    }
}
