using System;

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

    internal static ushort[] BrainFloats(int length)
    {
        var halves = new ushort[length];
        var floats = Floats(length);
        for (var i = 0; i < length; i++) halves[i] = (ushort)(BitConverter.SingleToUInt32Bits(floats[i]) >> 16);
        return halves;
    }
}
