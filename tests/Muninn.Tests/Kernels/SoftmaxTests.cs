using System;
using System.Linq;
using Muninn.Kernels;
using Muninn.Tests.Oracle;
using Xunit;

namespace Muninn.Tests.Kernels;

public sealed class SoftmaxTests
{
    static float[] Logits(int length, ulong seed)
    {
        var x = Noise.Floats(length, seed);
        for (var i = 0; i < length; i++) x[i] = MathF.Round(x[i] * 40) / 4;
        return x;
    }

    [Fact]
    public void Passes_equal_the_textbook_for_every_length()
    {
        for (var length = 1; length <= 140; length++)
        {
            var x = Logits(length, 1);
            var largest = Softmax.Largest(x);
            Assert.Equal(x.Max(), largest);
            Assert.Equal(Array.IndexOf(x, largest), Softmax.IndexOf(x, largest));
            Assert.Equal(-1, Softmax.IndexOf(x, 77));
            Assert.Equal(-1, Softmax.IndexAbove(x, largest));
            Assert.Equal(Array.FindIndex(x, value => value > 8), Softmax.IndexAbove(x, 8));

            var w = new float[length];
            var total = Softmax.Weigh(x, largest, 0.7f, w);
            double[] exact = [.. x.Select(value => Math.Exp((value - largest) / 0.7f))];
            for (var i = 0; i < length; i++) Assert.Equal(exact[i], w[i], 1e-6 * exact[i] + 1e-30);
            Assert.Equal(w.Sum(value => (double)value), total, 1e-12 * total);
            Assert.Equal(total, Softmax.Sum(w), 1e-12 * total);
            var plain = x.Sum(value => Math.Exp(value - largest));
            Assert.Equal(plain, Softmax.Total(x, largest), 3e-7 * plain);

            var found = Softmax.From(x, w, 2.5f);
            var meant = Enumerable.Range(0, length).Where(i => x[i] >= 2.5f).ToArray();
            Assert.Equal(meant.Length, found.Count);
            Assert.Equal(meant.Sum(i => (double)w[i]), found.Sum, 1e-12);
            var ranks = new ulong[length];
            Assert.Equal(meant.Length, RankedLogits.Gather(x, 2.5f, float.PositiveInfinity, ranks));
            Assert.Equal(meant, ranks[..meant.Length].Select(RankedLogits.IdOf));
            Assert.Equal(meant.OrderByDescending(i => x[i]).ThenBy(i => i), ranks[..meant.Length].Order().Select(RankedLogits.IdOf));
            Assert.Equal(x.Count(value => value is >= 2.5f and < 5), RankedLogits.Gather(x, 2.5f, 5, ranks));

            var kept = Softmax.Keep(x, 2.5f, w);
            Assert.Equal(found.Sum, kept, 1e-12);
            Assert.Equal(meant.Length, w.Count(value => value > 0));
            var scaled = (float[])w.Clone();
            Softmax.Scale(scaled, 0.5f);
            Near.SameBits([.. w.Select(value => value * 0.5f)], scaled);
        }
    }

    [Fact]
    public void Largest_says_what_is_no_number_wherever_it_stands()
    {
        for (var length = 1; length <= 70; length++)
        {
            for (var at = 0; at < length; at++)
            {
                var x = Noise.Floats(length, 2);
                x[at] = float.NaN;
                Assert.True(float.IsNaN(Softmax.Largest(x)));
                x[at] = float.PositiveInfinity;
                Assert.True(float.IsNaN(Softmax.Largest(x)));
                Array.Fill(x, float.NegativeInfinity);
                Assert.Equal(float.NegativeInfinity, Softmax.Largest(x));
                x[at] = float.MinValue;
                Assert.Equal(float.MinValue, Softmax.Largest(x));
                Assert.Equal(at, Softmax.IndexOf(x, float.MinValue));
                Assert.Equal(at, Softmax.IndexAbove(x, float.NegativeInfinity));
            }
        }

        Assert.Equal(float.NegativeInfinity, Softmax.Largest([]));
    }

    [Fact]
    public void Ranks_follow_the_order_of_numbers()
    {
        float[] falling = [float.PositiveInfinity, float.MaxValue, 2, 1, 1e-40f, 0, -1e-40f, -1, -2, float.MinValue, float.NegativeInfinity];
        for (var i = 0; i < falling.Length; i++)
        {
            Assert.Equal(falling[i], RankedLogits.LogitOf(RankedLogits.RankOf(falling[i], 9)));
            Assert.Equal(9, RankedLogits.IdOf(RankedLogits.RankOf(falling[i], 9)));
            Assert.True(RankedLogits.RankOf(falling[i], 8) < RankedLogits.RankOf(falling[i], 9));
            if (i > 0) Assert.True(RankedLogits.RankOf(falling[i - 1], 9) < RankedLogits.RankOf(falling[i], 0));
        }

        Assert.Equal(RankedLogits.RankOf(0, 4), RankedLogits.RankOf(-0f, 4));
    }

    [Fact]
    public void Short_or_shared_memory_is_refused()
    {
        var x = new float[20];
        Assert.Throws<ArgumentException>(() => Softmax.Weigh(x, 0, 1, new float[19]));
        Assert.Throws<ArgumentException>(() => Softmax.Weigh(x, 0, 1, x));
        Assert.Throws<ArgumentException>(() => Softmax.From(x, new float[19], 0));
        Assert.Throws<ArgumentException>(() => Softmax.Keep(x, 0, new float[19]));
        Assert.Throws<ArgumentException>(() => RankedLogits.Gather(x, 0, 1, new ulong[19]));
    }
}
