using System;
using System.Linq;
using Muninn.Kernels;
using Muninn.Tests.Oracle;
using Xunit;

namespace Muninn.Tests.Kernels;

public sealed class AttentionTests
{
    /// <summary>Scores below 3 with an error of some 1e-6 each, weights that sum to 1, values below 1.</summary>
    const double Tolerance = 4e-6;

    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 5)]
    [InlineData(3, 16)]
    [InlineData(4, 17)]
    [InlineData(2, 55)]
    [InlineData(1, 64)]
    [InlineData(2, 96)]
    [InlineData(1, 130)]
    public void Equals_the_textbook_for_every_length(int heads, int headWidth)
    {
        const int Rows = 150;
        var layout = new KeyValueLayout(heads, headWidth);
        using var pool = new WorkerPool(2);
        var x = Noise.Floats(Rows * 3 * layout.Width, 1);
        var y = Run(layout, x, Rows, pool);
        for (var r = 0; r < Rows; r++)
        {
            var expected = Textbook.Attention(x, r, [.. Enumerable.Range(0, r + 1)], heads, headWidth);
            Near.Equal(expected, y.AsSpan(r * layout.Width, layout.Width), Tolerance, $"length {r + 1},");
        }
    }

    [Fact]
    public void Gives_a_row_the_same_bits_alone_and_among_any_others()
    {
        const int Rows = 90;
        var layout = new KeyValueLayout(3, 24);
        var x = Noise.Floats(Rows * 3 * layout.Width, 2);
        using var one = new WorkerPool(1);
        var expected = Run(layout, x, Rows, one);
        foreach (var threads in (int[])[2, 3])
        {
            using var pool = new WorkerPool(threads);
            Near.SameBits(expected, Run(layout, x, Rows, pool), $"{threads} threads,");
        }

        var (keys, values) = Store(layout, x, Rows);
        var alone = new float[layout.Width];
        for (var r = 0; r < Rows; r++)
        {
            Attention.Read(layout, x.AsSpan(r * 3 * layout.Width), 1, Tables.Consecutive(r + 1).Visible, keys, values, alone, one);
            Near.SameBits(expected.AsSpan(r * layout.Width, layout.Width), alone, $"row {r} alone,");
        }
    }

    [Fact]
    public void Looks_up_each_row_in_its_own_sequence_wherever_it_lies()
    {
        // Two sequences of 20 and 30 rows, interleaved in the batch, the second one first in the store.
        const int Rows = 50;
        var layout = new KeyValueLayout(2, 12);
        var x = Noise.Floats(Rows * 3 * layout.Width, 3);
        int[] sequence = [.. Enumerable.Range(0, Rows).Select(r => r < 40 ? r % 2 : 1)];
        int[] position = [.. Enumerable.Range(0, Rows).Select(r => sequence.Take(r).Count(s => s == sequence[r]))];
        int[] starts = [.. sequence.Select(s => s == 0 ? 3 : 0)];
        int[] places = [.. starts.Zip(position, (s, p) => s * 16 + p)];
        int[] lengths = [.. position.Select(p => p + 1)];
        var keys = new float[layout.KeyLength(80)];
        var values = new float[layout.ValueLength(80)];
        Attention.Write(layout, x, Rows, places, keys, values);
        using var pool = new WorkerPool(2);
        var y = new float[Rows * layout.Width];
        Attention.Read(layout, x, Rows, new Tables(starts, lengths, [0, 1, 2, 3, 4], []).Visible, keys, values, y, pool);
        for (var r = 0; r < Rows; r++)
        {
            int[] seen = [.. Enumerable.Range(0, r + 1).Where(i => sequence[i] == sequence[r])];
            var expected = Textbook.Attention(x, r, seen, 2, 12);
            Near.Equal(expected, y.AsSpan(r * layout.Width, layout.Width), Tolerance, $"row {r},");
        }
    }

    [Fact]
    public void Takes_nothing_from_masked_places_even_where_they_hold_no_numbers()
    {
        const int Rows = 70;
        var layout = new KeyValueLayout(2, 20);
        var x = Noise.Floats(Rows * 3 * layout.Width, 4);
        using var pool = new WorkerPool(2);
        var (keys, values) = Store(layout, x, Rows);
        var expected = new float[layout.Width];
        var actual = new float[layout.Width];
        foreach (var length in (int[])[1, 15, 16, 17, 63, 64, 65, 69])
        {
            var row = x.AsSpan((length - 1) * 3 * layout.Width);
            Attention.Read(layout, row, 1, Tables.Consecutive(length).Visible, keys, values, expected, pool);
            var (spoiltKeys, spoiltValues) = ((float[])keys.Clone(), (float[])values.Clone());
            var poison = new float[3 * layout.Width];
            poison.AsSpan().Fill(float.NaN);
            for (var p = length; p < 80; p++) Attention.Write(layout, poison, 1, [p], spoiltKeys, spoiltValues);
            Attention.Read(layout, row, 1, Tables.Consecutive(length).Visible, spoiltKeys, spoiltValues, actual, pool);
            Near.SameBits(expected, actual, $"length {length},");
        }
    }

    [Fact]
    public void Passes_on_what_is_not_a_number_only_to_rows_that_see_it()
    {
        const int Rows = 40, Spoilt = 21;
        var layout = new KeyValueLayout(2, 8);
        var x = Noise.Floats(Rows * 3 * layout.Width, 5);
        using var pool = new WorkerPool(2);
        var clean = Run(layout, x, Rows, pool);
        // The first head's key of one row.
        x[(Spoilt * 3 + 1) * layout.Width] = float.NaN;
        var y = Run(layout, x, Rows, pool);
        for (var r = 0; r < Rows; r++)
        {
            for (var c = 0; c < layout.Width; c++)
            {
                if (r >= Spoilt && c < 8) Assert.True(float.IsNaN(y[r * layout.Width + c]));
                else Assert.Equal(clean[r * layout.Width + c], y[r * layout.Width + c]);
            }
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(-1)]
    public void Survives_scores_that_overflow_a_plain_exponential(int direction)
    {
        const int Rows = 130;
        var layout = new KeyValueLayout(1, 16);
        var x = Noise.Floats(Rows * 3 * layout.Width, 6);
        // Queries and keys of ±30: scores of thousands, rising with the place, so that the maximum moves in every chunk, or falling, so that it stays.
        for (var r = 0; r < Rows; r++)
        {
            for (var c = 0; c < 16; c++)
            {
                x[r * 48 + c] = 30 + x[r * 48 + c];
                x[r * 48 + 16 + c] = direction * (r * 0.2f - 13) + x[r * 48 + 16 + c] * 0.01f;
            }
        }

        using var pool = new WorkerPool(1);
        var y = Run(layout, x, Rows, pool);
        for (var r = 0; r < Rows; r++)
        {
            var expected = Textbook.Attention(x, r, [.. Enumerable.Range(0, r + 1)], 1, 16);
            // Scores near 1500 carry an absolute error of 1e-4, which weights inherit.
            Near.Equal(expected, y.AsSpan(r * 16, 16), 1e-3, $"row {r},");
        }
    }

    [Fact]
    public void Names_the_place_that_leaves_the_store()
    {
        var layout = new KeyValueLayout(1, 4);
        var keys = new float[layout.KeyLength(32)];
        var values = new float[layout.ValueLength(32)];
        Assert.Contains(
            "Place 32 is outside the store of 32 places",
            Assert.Throws<ArgumentException>(() => Attention.Write(layout, new float[12], 1, [32], keys, values)).Message);
        Assert.Contains("multiple of 16", Assert.Throws<ArgumentException>(() => layout.KeyLength(17)).Message);
    }

    static float[] Run(KeyValueLayout layout, float[] x, int rows, WorkerPool pool)
    {
        var (keys, values) = Store(layout, x, rows);
        var y = new float[rows * layout.Width];
        Attention.Read(layout, x, rows, Tables.Growing(rows).Visible, keys, values, y, pool);
        return y;
    }

    static (float[] Keys, float[] Values) Store(KeyValueLayout layout, float[] x, int rows)
    {
        var places = (rows + 15) / 16 * 16;
        var keys = new float[layout.KeyLength(places)];
        var values = new float[layout.ValueLength(places)];
        Attention.Write(layout, x, rows, [.. Enumerable.Range(0, rows)], keys, values);
        return (keys, values);
    }
}
