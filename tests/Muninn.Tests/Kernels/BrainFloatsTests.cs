using System;
using System.Linq;
using Muninn.Engine.Checkpoints;
using Muninn.Kernels;
using Xunit;

namespace Muninn.Tests.Kernels;

public sealed class BrainFloatsTests
{
    /// <summary>The slow twin: of the two neighbours the nearer one, in double, and the even one of two equally near.</summary>
    static ushort Nearest(float value)
    {
        uint bits = BitConverter.SingleToUInt32Bits(value);
        ushort down = (ushort)(bits >> 16);
        if (!float.IsFinite(value)) return float.IsNaN(value) ? (ushort)(down | 0x40) : down;
        double below = BitConverter.UInt32BitsToSingle((uint)down << 16);
        // One step beyond the largest stands for the value that would follow, not for infinity.
        double above = (down & 0x7FFF) == 0x7F7F ? Math.CopySign(Math.Pow(2, 128), value) : BitConverter.UInt32BitsToSingle((uint)(down + 1) << 16);
        double toBelow = Math.Abs(value - below);
        double toAbove = Math.Abs(above - value);
        return toBelow < toAbove || (toBelow == toAbove && down % 2 == 0) ? down : (ushort)(down + 1);
    }

    [Fact]
    public void Every_upper_half_rounds_like_the_slow_twin()
    {
        uint[] lower = [0, 1, 0x7FFF, 0x8000, 0x8001, 0xFFFF];
        float[] values = [.. Enumerable.Range(0, 1 << 16).SelectMany(upper => lower.Select(low => BitConverter.UInt32BitsToSingle((uint)upper << 16 | low)))];
        var narrow = new ushort[values.Length];
        BrainFloats.Round(values, narrow);
        for (int i = 0; i < values.Length; i++)
            Assert.True(Nearest(values[i]) == narrow[i], $"{BitConverter.SingleToUInt32Bits(values[i]):X8} became {narrow[i]:X4}");
    }

    [Fact]
    public void Any_length_gives_the_same_and_touches_nothing_behind()
    {
        float[] values = [.. Enumerable.Range(0, 100).Select(static i => MathF.Pow(-1.37f, i))];
        for (int length = 0; length <= 100; length++)
        {
            var narrow = Enumerable.Repeat((ushort)0xABCD, length + 1).ToArray();
            BrainFloats.Round(values.AsSpan(0, length), narrow);
            Assert.Equal(values.Take(length).Select(BrainFloats.Round), narrow.Take(length));
            Assert.Equal(0xABCD, narrow[length]);
        }
    }

    [Fact]
    public void What_was_a_brain_float_comes_back()
    {
        ushort[] bits = [.. Enumerable.Range(0, 1 << 16).Select(static i => (ushort)i).Where(static b => (b & 0x7F80) != 0x7F80 || (b & 0x7F) == 0)];
        var wide = new float[bits.Length];
        var back = new ushort[bits.Length];
        FloatWidening.FromBrainFloat16(bits, wide);
        BrainFloats.Round(wide, back);
        Assert.Equal(bits, back);
    }

    [Fact]
    public void A_short_destination_is_refused() =>
        Assert.Throws<ArgumentException>(() => BrainFloats.Round(new float[3], new ushort[2]));
}
