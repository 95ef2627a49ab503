using System;
using System.Linq;
using Muninn.Kernels;
using Muninn.Tests.Oracle;
using Xunit;

namespace Muninn.Tests.Kernels;

/// <summary>Products of the largest, the smallest and of what is no number at all.</summary>
public sealed class ProductExtremesTests
{
    public static TheoryData<WeightFormat> Formats => AnyWeights.Formats;

    [Theory]
    [MemberData(nameof(Formats))]
    public void Keep_what_is_not_finite_in_its_row(WeightFormat format)
    {
        const int Rows = 17, Outputs = 45, Inputs = 96;
        using var pool = new WorkerPool(2);
        using var weights = AnyWeights.Noisy(format, Outputs, Inputs);
        var clean = Noise.Floats(Rows * Inputs, 7);
        var expected = weights.Product(clean, Rows);
        foreach (var value in (float[])[float.NaN, -float.NaN, float.PositiveInfinity, float.NegativeInfinity])
        {
            for (var row = 0; row < Rows; row++)
            {
                var x = (float[])clean.Clone();
                // Every place of a group takes its turn, and every group.
                x[row * Inputs + (row * 37 + 5) % Inputs] = value;
                var y = new float[Rows * Outputs];
                MatrixProduct.Multiply(x, Rows, weights.Packed, y, pool);
                for (var r = 0; r < Rows; r++)
                {
                    float[] got = y[(r * Outputs)..((r + 1) * Outputs)];
                    if (r != row) Near.SameBits(expected.AsSpan(r * Outputs, Outputs), got, $"{value} in row {row}: row {r},");
                    else if (format.IsInteger()) Assert.All(got, number => Assert.True(float.IsNaN(number)));
                    else Assert.All(got, number => Assert.False(float.IsFinite(number)));
                }
            }
        }
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public void Take_zeros_and_the_smallest_and_the_largest_numbers(WeightFormat format)
    {
        const int Outputs = 41, Inputs = 128;
        float[] scales = [0, -0f, float.Epsilon, 1e-42f, 7e-37f, 1e-36f, 1e-30f, 1e30f, 3e38f];
        using var pool = new WorkerPool(2);
        using var weights = AnyWeights.Noisy(format, Outputs, Inputs);
        var x = Noise.Floats(scales.Length * Inputs, 8);
        for (var i = 0; i < x.Length; i++) x[i] *= scales[i / Inputs];
        // One group of zeros among others.
        x.AsSpan(6 * Inputs + 32, 32).Clear();
        var y = new float[scales.Length * Outputs];
        MatrixProduct.Multiply(x, scales.Length, weights.Packed, y, pool);
        var expected = weights.Product(x, scales.Length);
        // Sums beyond the largest number are infinite, or NaN when they come from both sides.
        for (var i = 0; i < y.Length; i++) Assert.True(y[i].Equals(expected[i]), $"element {i}: {y[i]:R} for {expected[i]:R}");
        Assert.All(y.Take(2 * Outputs), number => Assert.Equal(0, number));
        Assert.Contains(y.Skip(7 * Outputs).Take(Outputs), number => MathF.Abs(number) > 1e29f);
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public void Overwrite_whatever_the_destination_held(WeightFormat format)
    {
        const int Rows = 6, Outputs = 70, Inputs = 64;
        using var pool = new WorkerPool(1);
        using var weights = AnyWeights.Noisy(format, Outputs, Inputs);
        var y = new float[Rows * Outputs + 5];
        y.AsSpan().Fill(float.NaN);
        MatrixProduct.Multiply(new float[Rows * Inputs], Rows, weights.Packed, y, pool);
        Assert.All(y.Take(Rows * Outputs), number => Assert.Equal(0, number));
        Assert.All(y.Skip(Rows * Outputs), number => Assert.True(float.IsNaN(number)));
    }

    /// <summary>
    /// The intermediate sums of 16 bits hold 255 · 63 · 2 = 32130 and, with the 128 taken out, 128 · 63 · 4 = 32256 beside 8-bit
    /// weights; 8 · 127 · 16 = 16256 beside 4-bit ones. Here every sum that signs can build is built: largest codes against largest numbers, the signs of both turning
    /// over at every power of two, in every order.
    /// </summary>
    [Theory]
    [InlineData(WeightFormat.Int8, -128, 127)]
    [InlineData(WeightFormat.Int8, -127, 127)]
    [InlineData(WeightFormat.Int4, -8, 7)]
    public void Never_saturate_with_the_largest_codes_against_the_largest_numbers(WeightFormat format, sbyte least, sbyte largest)
    {
        const int Inputs = 64, Patterns = 128;
        using var pool = new WorkerPool(2);
        var codes = new sbyte[Patterns * Inputs];
        var x = new float[Patterns * Inputs];
        for (var i = 0; i < codes.Length; i++)
        {
            codes[i] = Turns(i / Inputs, i % Inputs) ? least : largest;
            // Exactly the largest number of the format, since all magnitudes are the same.
            x[i] = Turns(i / Inputs, i % Inputs) ? -3 : 3;
        }

        using var weights = AnyWeights.Of(format, Patterns, Inputs, codes, [.. Enumerable.Repeat((ushort)0x3F80, Patterns * 2)]);
        var y = new float[Patterns * Patterns];
        MatrixProduct.Multiply(x, Patterns, weights.Packed, y, pool);
        Near.SameBits(weights.Product(x, Patterns), y, $"{format},");
        // The greatest sum of all by hand: row 0 is all 3, output 1 all least.
        Assert.Equal(3f * Inputs * largest, y[0], 1e-3f);
        Assert.Equal(3f * Inputs * least, y[1], 1e-3f);
    }

    /// <summary>Whether a sign turns at an input: pattern 0 never, pattern 1 always, else by bits of the input.</summary>
    static bool Turns(int pattern, int input)
    {
        var (bits, turned) = (pattern >> 1, pattern & 1);
        return (int.PopCount(input & bits) + turned) % 2 == 1;
    }
}
