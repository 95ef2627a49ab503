using System;
using System.Linq;
using Muninn.Kernels;
using Muninn.Tests.Oracle;
using Xunit;

namespace Muninn.Tests.Kernels;

public sealed class PagedAttentionTests
{
    /// <summary>As in <see cref="AttentionTests"/>.</summary>
    const double Tolerance = 4e-6;

    const int Panels = 11;

    public static TheoryData<int, int, bool, bool> Shapes
    {
        get
        {
            var data = new TheoryData<int, int, bool, bool>();
            foreach (var (heads, headWidth) in ((int, int)[])[(1, 1), (3, 5), (2, 16), (1, 67), (2, 64), (1, 130)])
            {
                foreach (var isShort in (bool[])[false, true])
                {
                    data.Add(heads, headWidth, isShort, false);
                    data.Add(heads, headWidth, isShort, true);
                }
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Equals_the_textbook_through_any_table(int heads, int headWidth, bool isShort, bool masks)
    {
        var layout = new KeyValueLayout(heads, headWidth);
        using var pool = new WorkerPool(2);
        for (var rows = 1; rows <= 67; rows++)
        {
            var tables = Tables.Random(rows, rows, Panels, masks);
            var (x, store) = Filled(layout, tables, isShort);
            var y = store.Read(x, tables, pool);
            for (var row = 0; row < rows; row++)
            {
                var expected = Textbook.Attention(x, row, tables.Seen(row), heads, headWidth);
                Near.Equal(expected, y.AsSpan(row * layout.Width, layout.Width), Tolerance, $"{rows} rows, row {row},");
            }
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Depends_on_nothing_but_what_a_row_sees_in_order(bool isShort)
    {
        var layout = new KeyValueLayout(2, 70);
        using var one = new WorkerPool(1);
        using var two = new WorkerPool(2);
        using var three = new WorkerPool(3);
        foreach (var (rows, masks) in ((int, bool)[])[(1, true), (9, false), (40, true), (67, true)])
        {
            var tables = Tables.Random(100 + rows, rows, Panels, masks);
            var (x, store) = Filled(layout, tables, isShort);
            var y = store.Read(x, tables, one);
            Near.SameBits(y, store.Read(x, tables, two), "two threads,");
            Near.SameBits(y, store.Read(x, tables, three), "three threads,");
            for (var row = 0; row < rows; row++)
            {
                // The same places side by side and nothing else.
                var seen = tables.Seen(row);
                var alone = new AnyStore(layout, (seen.Length + 15) / 16 * 16, isShort);
                for (var i = 0; i < seen.Length; i++) alone.Write(x.AsSpan(seen[i] * 3 * layout.Width), i);
                var expected = alone.Read(x.AsSpan(row * 3 * layout.Width), Tables.Consecutive(seen.Length), one);
                Near.SameBits(expected, y.AsSpan(row * layout.Width, layout.Width), $"{rows} rows, row {row},");
            }
        }
    }

    [Theory]
    [InlineData(24)]
    [InlineData(64)]
    public void Reads_bfloat16_as_float32_of_the_same_numbers(int headWidth)
    {
        var layout = new KeyValueLayout(2, headWidth);
        using var pool = new WorkerPool(2);
        var tables = Tables.Random(7, 50, Panels, masks: true);
        var (_, store) = Filled(layout, tables, isShort: true);
        var x = Noise.Floats(50 * 3 * layout.Width, 9);
        Near.SameBits(store.Widened().Read(x, tables, pool), store.Read(x, tables, pool));
    }

    [Theory]
    [InlineData(0, 4)]
    [InlineData(0, 9)]
    [InlineData(2, 6)]
    [InlineData(4, 8)]
    [InlineData(6, 10)]
    public void Passes_over_panels_that_are_masked_whole(int from, int to)
    {
        var layout = new KeyValueLayout(2, 20);
        using var pool = new WorkerPool(1);
        var whole = Tables.Consecutive([.. Enumerable.Range(to * 16 + 1, 10)]);
        var masked = whole with { Masks = [.. whole.Panels.Select(panel => panel >= from && panel < to ? (ushort)0 : (ushort)0xFFFF)] };
        var (x, store) = Filled(layout, masked, isShort: false);
        var shorter = whole with
        {
            Panels = [.. whole.Panels.Where(panel => panel < from || panel >= to)],
            Lengths = [.. whole.Lengths.Select(length => length - (to - from) * 16)],
        };
        var y = store.Read(x, masked, pool);
        Assert.All(y, number => Assert.True(float.IsFinite(number)));
        Near.SameBits(store.Read(x, shorter, pool), y);
    }

    [Fact]
    public void Sees_two_contents_of_the_same_positions_by_masks_that_complete_each_other()
    {
        // Positions 0 … 15 lie in panel 0 and, newer, in panel 2; of each position one of the two is seen.
        const ushort Newer = 0b0110_1001_0000_1111;
        var layout = new KeyValueLayout(2, 12);
        var tables = new Tables([0, 0], [48, 33], [0, 2, 1], [unchecked((ushort)~Newer), Newer, 0xFFFF]);
        var (x, store) = Filled(layout, tables, isShort: false);
        using var pool = new WorkerPool(1);
        var y = store.Read(x, tables, pool);
        int[] positions = [.. Enumerable.Range(0, 16).Select(p => (Newer >> p & 1) != 0 ? 32 + p : p)];
        Near.Equal(Textbook.Attention(x, 0, [.. positions, .. Enumerable.Range(16, 16)], 2, 12), y.AsSpan(0, 24), Tolerance);
        Near.Equal(Textbook.Attention(x, 1, [.. positions, 16], 2, 12), y.AsSpan(24), Tolerance);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Takes_no_infinity_from_places_it_does_not_see(bool isShort)
    {
        var layout = new KeyValueLayout(1, 18);
        using var pool = new WorkerPool(1);
        var tables = Tables.Random(3, 20, Panels, masks: true);
        var (x, store) = Filled(layout, tables, isShort);
        var expected = store.Read(x, tables, pool);
        var seen = Enumerable.Range(0, 20).SelectMany(tables.Seen).ToHashSet();
        var poison = new float[3 * layout.Width];
        poison.AsSpan().Fill(float.PositiveInfinity);
        for (var place = 0; place < Panels * 16; place++)
        {
            if (!seen.Contains(place)) store.Write(poison, place);
        }

        Near.SameBits(expected, store.Read(x, tables, pool));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Copies_a_place_and_touches_no_other(bool isShort)
    {
        var layout = new KeyValueLayout(3, 21);
        var x = Noise.Floats(48 * 3 * layout.Width, 1);
        int[] places = [.. Enumerable.Range(0, 48)];
        foreach (var (from, to) in ((int, int)[])[(3, 3), (0, 1), (15, 16), (47, 0), (20, 44)])
        {
            var (copied, written) = (new AnyStore(layout, 48, isShort), new AnyStore(layout, 48, isShort));
            copied.Write(x, places);
            written.Write(x, places);
            copied.Copy(from, to);
            written.Write(x.AsSpan(from * 3 * layout.Width), to);
            Near.SameBits(written.Numbers, copied.Numbers, $"{from} to {to},");
        }

        Assert.Contains("Place 48 is outside", Fails(() => new AnyStore(layout, 48, isShort).Copy(48, 0)));
        Assert.Contains("Place -1 is outside", Fails(() => new AnyStore(layout, 48, isShort).Copy(0, -1)));
    }

    [Fact]
    public void Rounds_what_it_writes_into_bfloat16_and_touches_no_other_place()
    {
        foreach (var headWidth in (int[])[1, 16, 37])
        {
            var layout = new KeyValueLayout(2, headWidth);
            var x = Noise.Floats(40 * 3 * layout.Width, 2);
            float[] odd = [float.NaN, float.PositiveInfinity, float.NegativeInfinity, float.MaxValue, float.Epsilon, 1.00390625f, 1.01171875f, -0f];
            for (var i = 0; i < x.Length; i += 5) x[i] = odd[i / 5 % odd.Length];
            int[] places = [.. Enumerable.Range(3, 30), 40, 39, 50, 52, 62, 63, 64, 65, 70, 71];
            var (wide, narrow) = (new AnyStore(layout, 96, false), new AnyStore(layout, 96, true));
            wide.Write(x, places);
            narrow.Write(x, places);
            Near.SameBits(Noise.Widened([.. wide.Numbers.Select(BrainFloats.Round)]), narrow.Numbers, $"head width {headWidth},");
        }
    }

    [Fact]
    public void Says_what_is_wrong_with_a_table()
    {
        static string Read(Tables tables)
        {
            using var pool = new WorkerPool(1);
            var layout = new KeyValueLayout(1, 4);
            return Fails(() => new AnyStore(layout, 32, isShort: true).Read(new float[24], tables, pool));
        }

        Assert.Contains("Row 1 starts at entry 2 of a table of 2 panels", Read(new([0, 2], [1, 1], [0, 1], [])));
        Assert.Contains("Row 0 starts at entry -1", Read(new([-1], [1], [0], [])));
        Assert.Contains("Row 0 sees 17 places from entry 1 on, but there are 16; give it 1 to 16", Read(new([1], [17], [0, 1], [])));
        Assert.Contains("sees 0 places", Read(new([0], [0], [0], [])));
        Assert.Contains("sees 2147483647 places", Read(new([0], [int.MaxValue], [0], [])));
        Assert.Contains("Row 1 sees panel 2 (entry 1), but the store has 2 panels of 16 places", Read(new([0, 0], [16, 17], [1, 2], [])));
        Assert.Contains("sees panel -1", Read(new([0], [1], [-1], [])));
        Assert.Contains("1 masks stand beside 2 panels", Read(new([0], [1], [0, 1], [1])));
        Assert.Contains("Row 1 sees none of its 20 places", Read(new([0, 0], [21, 20], [0, 1], [0, 0xFFF0])));
        Assert.Contains("Lengths holds 1 elements", Read(new([0, 0], [1], [0], [])));
    }

    static string Fails(Action action) => Assert.ThrowsAny<ArgumentException>(action).Message;

    /// <summary>Rows, of which the r-th lies in place r where anybody sees it; the other places are not numbers.</summary>
    static (float[] X, AnyStore Store) Filled(KeyValueLayout layout, Tables tables, bool isShort)
    {
        var places = (tables.Panels.Max() + 1) * 16;
        var x = Noise.Floats(int.Max(places, tables.Starts.Length) * 3 * layout.Width, (ulong)tables.Starts.Length);
        if (isShort) x = Noise.Widened([.. x.Select(BrainFloats.Round)]);
        var store = new AnyStore(layout, places, isShort);
        foreach (var place in Enumerable.Range(0, tables.Starts.Length).SelectMany(tables.Seen).Distinct())
            store.Write(x.AsSpan(place * 3 * layout.Width), place);
        return (x, store);
    }
}
