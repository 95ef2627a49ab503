using System;
using System.Linq;
using Muninn.Kernels;
using Muninn.Tests.Oracle;
using Xunit;

namespace Muninn.Tests.Kernels;

public sealed class AttentionPatternTests
{
    [Theory]
    [InlineData(1, 2, false)]
    [InlineData(2, 5, false)]
    [InlineData(3, 24, false)]
    [InlineData(2, 96, false)]
    [InlineData(3, 24, true)]
    public void Weights_times_values_are_what_attention_reads(int heads, int headWidth, bool isShort)
    {
        const int Rows = 70;
        var layout = new KeyValueLayout(heads, headWidth);
        using var pool = new WorkerPool(1);
        float[] x = Noise.Floats(Rows * 3 * layout.Width, 5);
        var tables = Tables.Growing(Rows);
        var store = new AnyStore(layout, 80, isShort);
        store.Write(x, [.. Enumerable.Range(0, Rows)]);
        float[] expected = store.Read(x, tables, pool);
        float[] weights = new float[Rows * heads * Rows];
        float[] actual = new float[expected.Length];
        store.Weigh(x, tables, Rows, weights);
        for (int row = 0; row < Rows * heads; row++)
        {
            Assert.Equal(1, weights.AsSpan(row * Rows, Rows).ToArray().Sum(static w => (double)w), 1e-5);
            Assert.Equal(-1, weights.AsSpan(row * Rows, Rows)[(row / heads + 1)..].IndexOfAnyExcept(0f));
        }

        store.ReadBy(weights, new float[weights.Length], tables, Rows, actual);
        Near.Equal([.. expected.Select(static value => (double)value)], actual, 4e-6);
    }

    [Fact]
    public void Only_heads_whose_weights_change_are_read_anew()
    {
        var layout = new KeyValueLayout(2, 4);
        float[] x = Noise.Floats(3 * 3 * layout.Width, 6);
        var tables = Tables.Growing(3);
        var store = new AnyStore(layout, 16, isShort: false);
        store.Write(x, 0, 1, 2);
        float[] before = new float[3 * 2 * 3];
        store.Weigh(x, tables, 3, before);
        float[] weights = [.. before];
        // Row 2, head 1 looks at place 0 alone.
        (weights[15], weights[16], weights[17]) = (1, 0, 0);
        float[] y = new float[3 * layout.Width];
        y.AsSpan().Fill(7);
        store.ReadBy(weights, before, tables, 3, y);
        Assert.All(y[..^4], static value => Assert.Equal(7, value));
        Assert.Equal(x[(2 * layout.Width + 4)..(3 * layout.Width)], y[^4..]);
    }

    [Fact]
    public void Bad_sizes_are_refused()
    {
        var layout = new KeyValueLayout(1, 2);
        var tables = Tables.Growing(3);
        var store = new AnyStore(layout, 16, isShort: false);
        float[] x = new float[18];
        Assert.Contains("A row sees 3 places, but its weights have room for 2",
            Assert.Throws<ArgumentException>(() => store.Weigh(x, tables, 2, new float[9])).Message);
        Assert.Contains("[rows, heads, places] needs 9", Assert.Throws<ArgumentException>(() => store.Weigh(x, tables, 3, new float[8])).Message);
        Assert.Contains("masked", Assert.Throws<ArgumentException>(() =>
            store.Weigh(x, tables with { Masks = [0xFFFF] }, 3, new float[9])).Message);
        float[] weights = [1, 0, 0, 0, 0, 1, 0, 0, 0];
        Assert.Contains("Row 1 sees 2 places, but head 0 gives place 2 a weight of 1",
            Assert.Throws<ArgumentException>(() => store.ReadBy(weights, new float[9], tables, 3, new float[6])).Message);
    }
}
