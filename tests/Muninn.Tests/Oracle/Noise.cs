using System;

namespace Muninn.Tests.Oracle;

/// <summary>Numbers that look random but are a pure function of a seed and an index.</summary>
static class Noise
{
    /// <summary>Uniform in (−1, 1).</summary>
    internal static float At(ulong seed, long index)
    {
        var z = (seed * 0x9E3779B97F4A7C15) + (ulong)index * 0xD1342543DE82EF95 + 0x632BE59BD9B4E019;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        z ^= z >> 31;
        return ((int)(z >> 40) - (1 << 23) + 0.5f) / (1 << 23);
    }

    internal static void Fill(Span<float> destination, ulong seed)
    {
        for (var i = 0; i < destination.Length; i++) destination[i] = At(seed, i);
    }

    internal static float[] Floats(int length, ulong seed)
    {
        var floats = new float[length];
        Fill(floats, seed);
        return floats;
    }

    /// <summary>The upper halves of such numbers.</summary>
    internal static ushort[] BrainFloats(int length, ulong seed)
    {
        var halves = new ushort[length];
        for (var i = 0; i < length; i++) halves[i] = (ushort)(BitConverter.SingleToUInt32Bits(At(seed, i)) >> 16);
        return halves;
    }

    internal static float[] Widened(ReadOnlySpan<ushort> halves)
    {
        var floats = new float[halves.Length];
        for (var i = 0; i < floats.Length; i++) floats[i] = BitConverter.UInt32BitsToSingle((uint)halves[i] << 16);
        return floats;
    }
}
