using System;
using System.Collections.Generic;
using System.Linq;
using Muninn.Engine.Training.Data;
using Xunit;

namespace Muninn.Tests.Engine.Training.Data;

public sealed class DocumentOrderTests
{
    static long[] All(ulong seed, long epoch, int count)
    {
        var order = new DocumentOrder(seed, epoch, count);
        return [.. Enumerable.Range(0, count).Select(place => order.At(place))];
    }

    [Fact]
    public void Every_number_comes_once_for_every_count()
    {
        int[] counts = [.. Enumerable.Range(1, 130), 255, 256, 257, 1000, 4095, 4096, 4097, 10_007];
        Assert.All(counts, count => Assert.Equal(Enumerable.Range(0, count).Select(static i => (long)i), All(7, 3, count).Order()));
    }

    [Fact]
    public void Every_epoch_and_seed_has_an_order_of_its_own_and_always_the_same()
    {
        var orders = new HashSet<string>(StringComparer.Ordinal);
        for (ulong seed = 0; seed < 4; seed++)
        {
            foreach (long epoch in new[] { 0, 1, 2, 1L << 32, (1L << 56) - 1 })
            {
                Assert.True(orders.Add(string.Join(' ', All(seed, epoch, 100))));
                Assert.False(orders.Add(string.Join(' ', All(seed, epoch, 100))));
            }
        }
    }

    /// <summary>Where a number lands is uniform: 600 epochs of 30 numbers, chi-square with 29 degrees of freedom, 1e-4 quantile 66.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(17)]
    public void Places_are_uniform(int place)
    {
        int[] counts = new int[30];
        for (long epoch = 0; epoch < 600; epoch++)
            counts[new DocumentOrder(1, epoch, 30).At(place)]++;
        Assert.True(counts.Sum(static count => (count - 20.0) * (count - 20.0) / 20) < 66, string.Join(' ', counts));
    }

    [Fact]
    public void Large_counts_take_no_memory_and_little_time()
    {
        var order = new DocumentOrder(1, 0, 1L << 62);
        var seen = new HashSet<long>();
        for (long place = 0; place < 10_000; place++)
            Assert.True(seen.Add(order.At((1L << 62) - 1 - place)));
        Assert.InRange(seen.Average(static number => (double)number), 0.48 * (1L << 62), 0.52 * (1L << 62));
    }

    [Theory]
    [InlineData(-1, 5, 0)]
    [InlineData(0, 0, 0)]
    [InlineData(0, 5, 5)]
    [InlineData(0, 5, -1)]
    public void What_is_out_of_range_is_refused(long epoch, long count, long place) =>
        Assert.ThrowsAny<ArgumentOutOfRangeException>(() => new DocumentOrder(0, epoch, count).At(place));
}
