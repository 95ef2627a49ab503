using System;
using System.Linq;
using Muninn.Kernels;
using Xunit;

namespace Muninn.Tests.Kernels;

public sealed class GroupQuantizerTests
{
    const int Group = WeightFormats.GroupInputs;

    static float[] Weights(int seed, int groups, float size = 0.02f) =>
        [.. Enumerable.Range(0, groups * Group).Select(i => size * (float)(Math.Sin(i * 12.9898 + seed) * Math.Cos(i * 0.37 + 3 * seed)))];

    static (int[] Codes, double[] Scales) Quantized(WeightFormat format, float[] weights)
    {
        var codes = new byte[format.RowBytes(weights.Length)];
        var scales = new ushort[weights.Length / Group];
        Assert.Equal(-1, GroupQuantizer.Quantize(format, weights, codes, scales));
        return (
            [.. Enumerable.Range(0, weights.Length).Select(i => format == WeightFormat.Int8 ? (sbyte)codes[i] : (codes[i / 2] >> (i % 2 * 4) & 15) - 8)],
            [.. scales.Select(bits => (double)BitConverter.UInt32BitsToSingle((uint)bits << 16))]);
    }

    [Theory]
    [InlineData(WeightFormat.Int8)]
    [InlineData(WeightFormat.Int4)]
    public void Codes_are_the_nearest_for_the_scale_as_it_is_stored(WeightFormat format)
    {
        var (least, most) = format == WeightFormat.Int8 ? (-127, 127) : (-8, 7);
        for (int seed = 0; seed < 20; seed++)
        {
            float[] weights = Weights(seed, 7);
            var (codes, scales) = Quantized(format, weights);
            for (int i = 0; i < weights.Length; i++)
            {
                double ratio = weights[i] / scales[i / Group];
                Assert.InRange(codes[i], least, most);
                // Half a code, and the rounding of the float32 division.
                Assert.InRange(Math.Abs(codes[i] - Math.Clamp(ratio, least, most)), 0, 0.5 + 1e-4);
            }
        }
    }

    [Fact]
    public void Int8_takes_the_smallest_scale_that_cuts_nothing()
    {
        float[] weights = Weights(1, 50);
        var (_, scales) = Quantized(WeightFormat.Int8, weights);
        for (int group = 0; group < scales.Length; group++)
        {
            float largest = weights.AsSpan(group * Group, Group).ToArray().Max(Math.Abs);
            uint upper = BitConverter.SingleToUInt32Bits((float)scales[group]) >> 16;
            double below = BitConverter.UInt32BitsToSingle((upper - 1) << 16);
            Assert.True(scales[group] >= (double)(largest / 127) && below < largest / 127);
        }
    }

    [Fact]
    public void Int4_is_never_worse_than_the_plain_choice_and_mostly_better()
    {
        double total = 0, plainTotal = 0;
        for (int seed = 0; seed < 50; seed++)
        {
            float[] weights = Weights(seed, 1);
            var (codes, scales) = Quantized(WeightFormat.Int4, weights);
            float extreme = weights.MaxBy(Math.Abs);
            uint bits = BitConverter.SingleToUInt32Bits(extreme / -8);
            double plain = BitConverter.UInt32BitsToSingle(bits + 0x7FFF + (bits >> 16 & 1) & 0xFFFF0000);
            double error = weights.Zip(codes).Sum(pair => Math.Pow(pair.First - pair.Second * scales[0], 2));
            double plainError = weights.Sum(w => Math.Pow(w - Math.Clamp(Math.Round(w / plain), -8, 7) * plain, 2));
            Assert.True(error <= plainError * 1.0001, $"{error} > {plainError}");
            total += error;
            plainTotal += plainError;
        }

        Assert.True(total < 0.95 * plainTotal, $"{total} of {plainTotal}");
    }

    [Theory]
    [InlineData(WeightFormat.Int8)]
    [InlineData(WeightFormat.Int4)]
    public void Zeros_tiny_and_huge_weights_stay_numbers(WeightFormat format)
    {
        Assert.All(Quantized(format, new float[Group]).Codes, code => Assert.Equal(0, code));
        foreach (float size in new[] { 1e-44f, 1e-38f, 1e-30f, 1e30f, 3.4e38f })
        {
            float[] weights = Weights(3, 2, size);
            weights[5] = size;
            weights[40] = -size;
            var (codes, scales) = Quantized(format, weights);
            Assert.All(scales, scale => Assert.True(double.IsFinite(scale)));
            if (size >= 1e-30f) Assert.InRange(codes[5] * scales[0] / size, 0.8, 1.2);
        }
    }

    [Theory]
    [InlineData(WeightFormat.Int8, float.NaN)]
    [InlineData(WeightFormat.Int8, float.NegativeInfinity)]
    [InlineData(WeightFormat.Int4, float.NaN)]
    [InlineData(WeightFormat.Int4, float.PositiveInfinity)]
    public void The_first_weight_that_is_no_number_is_told(WeightFormat format, float bad)
    {
        float[] weights = Weights(1, 4);
        weights[70] = weights[71] = bad;
        Assert.Equal(70, GroupQuantizer.Quantize(format, weights, new byte[format.RowBytes(weights.Length)], new ushort[4]));
    }

    [Fact]
    public void Other_formats_and_lengths_are_refused()
    {
        Assert.Throws<ArgumentException>(() => GroupQuantizer.Quantize(WeightFormat.Float32, new float[32], new byte[128], new ushort[1]));
        Assert.Throws<ArgumentException>(() => GroupQuantizer.Quantize(WeightFormat.Int8, new float[33], new byte[33], new ushort[1]));
        Assert.Throws<ArgumentException>(() => GroupQuantizer.Quantize(WeightFormat.Int8, new float[32], new byte[31], new ushort[1]));
        Assert.Throws<ArgumentException>(() => GroupQuantizer.Quantize(WeightFormat.Int4, new float[32], new byte[16], new ushort[2]));
    }
}
