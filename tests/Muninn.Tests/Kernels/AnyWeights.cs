using System;
using System.Collections.Generic;
using Muninn.Kernels;
using Muninn.Tests.Oracle;
using Xunit;

namespace Muninn.Tests.Kernels;

/// <summary>A matrix in any format, packed, with all that its obvious twin needs.</summary>
sealed class AnyWeights : IDisposable
{
    const int Group = WeightFormats.GroupInputs;

    AnyWeights(WeightFormat format, int outputs, int inputs, float[] widened, byte[] rows, ushort[] scales, sbyte[] codes)
    {
        (Format, Outputs, Inputs) = (format, outputs, inputs);
        (Widened, Rows, Scales, Codes) = (widened, rows, scales, codes);
        Packed = format switch
        {
            WeightFormat.Float32 => PanelWeights.Pack(widened, outputs, inputs),
            WeightFormat.BrainFloat16 => PanelWeights.PackBrainFloat16(scales, outputs, inputs),
            _ => PanelWeights.PackIntegers(format, rows, scales, outputs, inputs),
        };
    }

    /// <summary>All formats, those to come too.</summary>
    internal static TheoryData<WeightFormat> Formats => [.. Enum.GetValues<WeightFormat>()];

    internal WeightFormat Format { get; }

    internal int Outputs { get; }

    internal int Inputs { get; }

    internal PanelWeights Packed { get; }

    /// <summary>The weights as float32, exact in every format.</summary>
    internal float[] Widened { get; }

    /// <summary>As <see cref="IWeightRows"/> has them; empty for formats of floats.</summary>
    internal byte[] Rows { get; }

    /// <summary>bfloat16 bits: the scales, or the weights themselves.</summary>
    internal ushort[] Scales { get; }

    /// <summary>The whole numbers; empty for formats of floats.</summary>
    internal sbyte[] Codes { get; }

    /// <summary>Any weights.</summary>
    internal static AnyWeights Noisy(WeightFormat format, int outputs, int inputs, ulong seed = 1)
    {
        if (format == WeightFormat.Float32) return new(format, outputs, inputs, Noise.Floats(outputs * inputs, seed), [], [], []);
        if (format == WeightFormat.BrainFloat16)
        {
            var halves = Noise.BrainFloats(outputs * inputs, seed);
            return new(format, outputs, inputs, Noise.Widened(halves), [], halves, []);
        }

        var codes = new sbyte[outputs * inputs];
        // All numbers of the format, the least and the largest included.
        var (least, count) = format == WeightFormat.Int8 ? (-128, 256) : (-8, 16);
        for (var i = 0; i < codes.Length; i++) codes[i] = (sbyte)(least + (int)((Noise.At(seed, i) + 1) / 2 * count));
        return Of(format, outputs, inputs, codes, Noise.BrainFloats(outputs * inputs / Group, seed + 1));
    }

    /// <summary>Whole numbers and their scales.</summary>
    internal static AnyWeights Of(WeightFormat format, int outputs, int inputs, sbyte[] codes, ushort[] scales)
    {
        var widened = new float[codes.Length];
        var factors = Noise.Widened(scales);
        for (var i = 0; i < codes.Length; i++) widened[i] = codes[i] * factors[i / Group];
        var rows = new List<byte>();
        for (var i = 0; i < codes.Length; i += format == WeightFormat.Int8 ? 1 : 2)
            rows.Add(format == WeightFormat.Int8 ? (byte)codes[i] : (byte)(codes[i] + 8 + 16 * (codes[i + 1] + 8)));
        return new(format, outputs, inputs, widened, [.. rows], scales, codes);
    }

    /// <summary>What a product must give, to the bit: float32 sums in the order that <see cref="MatrixProduct"/> promises.</summary>
    internal float[] Product(ReadOnlySpan<float> x, int rows)
    {
        if (Format.IsInteger()) return IntegerProduct.Of(x, rows, Codes, Scales, Outputs, Inputs, Format == WeightFormat.Int8 ? 63 : 127);
        var y = new float[rows * Outputs];
        for (var r = 0; r < rows; r++)
        {
            for (var n = 0; n < Outputs; n++)
            {
                var sum = 0f;
                for (var k = 0; k < Inputs; k++) sum = MathF.FusedMultiplyAdd(x[r * Inputs + k], Widened[n * Inputs + k], sum);
                y[r * Outputs + n] = sum;
            }
        }

        return y;
    }

    public void Dispose() => Packed.Dispose();
}
