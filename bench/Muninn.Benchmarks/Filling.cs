using System;
using System.Linq;
using Muninn.Kernels;

namespace Muninn.Benchmarks;

/// <summary>Numbers in (−1, 1) that no multiplier can skip and that never grow.</summary>
static class Filling
{
    internal static float[] Floats(int length)
    {
        var floats = new float[length];
        var state = 1u;
        foreach (ref var f in floats.AsSpan())
        {
            state = state * 1664525 + 1013904223;
            f = (int)state / 2147483648f;
        }

        return floats;
    }

    /// <summary>A matrix of any format, packed.</summary>
    internal static PanelWeights Weights(WeightFormat format, int outputs, int inputs)
    {
        const ushort ScaleBits = 0x3C00;
        var floats = Floats(outputs * inputs);
        if (format == WeightFormat.Float32) return PanelWeights.Pack(floats, outputs, inputs);
        if (format == WeightFormat.BrainFloat16)
            return PanelWeights.PackBrainFloat16([.. floats.Select(static f => (ushort)(BitConverter.SingleToUInt32Bits(f) >> 16))], outputs, inputs);
        var codes = new byte[outputs * format.RowBytes(inputs)];
        // −127 … 127 for 8 bits; of 4-bit weights any two make a byte.
        for (var i = 0; i < codes.Length; i++) codes[i] = (byte)(sbyte)(floats[i] * 127);
        var scales = new ushort[outputs * (inputs / WeightFormats.GroupInputs)];
        Array.Fill(scales, ScaleBits);
        return PanelWeights.PackIntegers(format, codes, scales, outputs, inputs);
    }
}
