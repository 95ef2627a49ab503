using System;
using System.Linq;
using Muninn.Engine.Checkpoints;
using Xunit;

namespace Muninn.Tests.Engine.Checkpoints;

public sealed class FloatWideningTests
{
    static readonly ushort[] _all = [.. Enumerable.Range(0, 65536).Select(static i => (ushort)i)];

    [Fact]
    public void Widens_every_brain_float_as_the_upper_half_of_a_float()
    {
        var wide = new float[_all.Length];
        FloatWidening.FromBrainFloat16(_all, wide);
        for (var i = 0; i < _all.Length; i++)
            Assert.Equal((uint)i << 16, BitConverter.SingleToUInt32Bits(wide[i]));
    }

    [Fact]
    public void Widens_every_half_as_the_framework_does()
    {
        var wide = new float[_all.Length];
        FloatWidening.FromFloat16(_all, wide);
        for (var i = 0; i < _all.Length; i++)
        {
            var expected = (float)BitConverter.UInt16BitsToHalf(_all[i]);
            Assert.Equal(float.IsNaN(expected), float.IsNaN(wide[i]));
            if (!float.IsNaN(expected))
                Assert.Equal(BitConverter.SingleToUInt32Bits(expected), BitConverter.SingleToUInt32Bits(wide[i]));
        }
    }

    [Fact]
    public void Gives_the_same_for_every_length_and_start()
    {
        var whole = new float[_all.Length];
        FloatWidening.FromFloat16(_all, whole);
        for (var length = 0; length <= 67; length++)
        {
            foreach (var start in new[] { 0, 1, 5, 15, 0x3C00 })
            {
                var part = new float[length + 1];
                part[length] = 42;
                FloatWidening.FromFloat16(_all.AsSpan(start, length), part);
                Assert.True(part.AsSpan(0, length).SequenceEqual(whole.AsSpan(start, length)));
                Assert.Equal(42, part[length]);
            }
        }
    }

    [Fact]
    public void Refuses_a_short_destination()
    {
        Assert.Throws<ArgumentException>(() => FloatWidening.FromFloat16(new ushort[3], new float[2]));
        Assert.Throws<ArgumentException>(() => FloatWidening.FromBrainFloat16(new ushort[3], new float[2]));
    }
}
