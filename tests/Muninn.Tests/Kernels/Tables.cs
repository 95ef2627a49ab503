using System;
using System.Collections.Generic;
using System.Linq;
using Muninn.Kernels;

namespace Muninn.Tests.Kernels;

/// <summary>What the rows of a pass see, and the same as plain lists of places.</summary>
sealed record Tables(int[] Starts, int[] Lengths, int[] Panels, ushort[] Masks)
{
    internal VisiblePlaces Visible => new() { Starts = Starts, Lengths = Lengths, Panels = Panels, Masks = Masks };

    /// <summary>Rows that see the first places of a store, each as many as it says.</summary>
    internal static Tables Consecutive(params int[] lengths) =>
        new(new int[lengths.Length], lengths, [.. Enumerable.Range(0, (lengths.Max() + 15) / 16)], []);

    /// <summary>Row r sees the first r + 1 places of a store.</summary>
    internal static Tables Growing(int rows) => Consecutive([.. Enumerable.Range(1, rows)]);

    /// <summary>
    /// Rows of three tables in runs of any length over the panels of a store, mixed, some of them twice in a table. With
    /// masks: some panels hidden, at times more than a chunk of them, some seen whole, most in parts, two halves never alike.
    /// </summary>
    internal static Tables Random(int seed, int rows, int panels, bool masks)
    {
        const int Count = 3;
        var random = new Random(seed);
        var starts = new int[rows];
        var lengths = new int[rows];
        int[] tables = [.. Enumerable.Range(0, Count).SelectMany(_ => Shuffled(random, panels))];
        ushort[] bits = [.. tables.Select(_ => masks ? Mask(random) : (ushort)0xFFFF)];
        for (var table = 0; table < Count; table++)
        {
            var (first, hidden) = (table * panels, random.Next(0, 6));
            if (masks) bits.AsSpan(first, Math.Min(hidden, panels - 2)).Clear();
            // One panel twice, each time with other places.
            var last = first + panels - 1;
            (tables[last], bits[last], bits[last - 1]) = (tables[last - 1], 0xA5A5, 0x5A5A);
        }

        for (var row = 0; row < rows; row++)
        {
            starts[row] = row > 0 && random.Next(4) > 0 ? starts[row - 1] : random.Next(Count) * panels;
            do lengths[row] = random.Next(3) == 0 ? panels * 16 : random.Next(1, panels * 16 + 1);
            while (!Places(tables, bits, starts[row], lengths[row]).Any());
        }

        return new(starts, lengths, tables, masks ? bits : []);
    }

    /// <summary>The places that a row sees, in order.</summary>
    internal int[] Seen(int row) => [.. Places(Panels, Masks, Starts[row], Lengths[row])];

    static IEnumerable<int> Places(int[] panels, ushort[] masks, int start, int length) => Enumerable.Range(0, length)
        .Where(i => masks.Length == 0 || (masks[start + i / 16] >> i % 16 & 1) != 0)
        .Select(i => panels[start + i / 16] * 16 + i % 16);

    static ushort Mask(Random random) => random.Next(5) switch
    {
        0 => 0xFFFF,
        1 => 0,
        2 => (ushort)(1 << random.Next(16)),
        // The first places, as in a panel that is not full yet.
        3 => (ushort)((1 << random.Next(1, 16)) - 1),
        _ => (ushort)random.Next(1 << 16),
    };

    static int[] Shuffled(Random random, int count)
    {
        int[] order = [.. Enumerable.Range(0, count)];
        random.Shuffle(order);
        return order;
    }
}
