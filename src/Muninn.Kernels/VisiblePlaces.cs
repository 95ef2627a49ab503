using System;

namespace Muninn.Kernels;

/// <summary>Which places of a store each row of a pass may see.</summary>
/// <remarks>
/// A row sees the places of its table in the order of the table, panel by panel. A panel may occur twice, and any number
/// of rows may share a table; neighbouring rows that do are computed together.
/// </remarks>
public readonly ref struct VisiblePlaces
{
    /// <summary>Index of each row's first entry in <see cref="Panels"/>, <c>[rows]</c>.</summary>
    public required ReadOnlySpan<int> Starts { get; init; }

    /// <summary>How many places of its table each row looks at, <c>[rows]</c>, at least 1: 16 to an entry, the last entry may be cut.</summary>
    public required ReadOnlySpan<int> Lengths { get; init; }

    /// <summary>The tables: numbers of panels, place p of the store lying in panel p / 16.</summary>
    public required ReadOnlySpan<int> Panels { get; init; }

    /// <summary>Empty: every place is seen. Else one mask for each of <see cref="Panels"/>: bit b set, its place b is seen.</summary>
    public ReadOnlySpan<ushort> Masks { get; init; }

    /// <summary>Throws unless all rows see something, and all of it inside a store of <paramref name="capacity"/> places.</summary>
    /// <returns>Places in all rows together, masked ones included.</returns>
    internal static long Check(in VisiblePlaces visible, int rows, int capacity)
    {
        Guard.Holds(visible.Starts.Length, rows, "[rows]");
        Guard.Holds(visible.Lengths.Length, rows, "[rows]");
        if (visible.Masks.Length != 0 && visible.Masks.Length != visible.Panels.Length)
            throw new ArgumentException(
                $"{visible.Masks.Length} masks stand beside {visible.Panels.Length} panels; give each panel one, or none to all.", nameof(visible));
        long visited = 0;
        var (start, known) = (0, 0);
        for (var row = 0; row < rows; row++)
        {
            // Rows of one table mostly follow each other: what is known of it is not checked again.
            if (row == 0 || visible.Starts[row] != start) (start, known) = (visible.Starts[row], 0);
            var entries = CheckedEntries(visible, row);
            CheckPanels(visible, row, start + known, start + entries, capacity);
            known = int.Max(known, entries);
            CheckMasks(visible, row);
            visited += visible.Lengths[row];
        }

        return visited;
    }

    static int CheckedEntries(in VisiblePlaces visible, int row)
    {
        var (start, length) = (visible.Starts[row], visible.Lengths[row]);
        if ((uint)start >= (uint)visible.Panels.Length)
            throw new ArgumentException(
                $"Row {row} starts at entry {start} of a table of {visible.Panels.Length} panels; start inside it.", nameof(visible));
        var most = (long)(visible.Panels.Length - start) * KeyValueLayout.PanelPlaces;
        if (length < 1 || length > most)
            throw new ArgumentException(
                $"Row {row} sees {length} places from entry {start} on, but there are {most}; give it 1 to {most}.", nameof(visible));
        return (length - 1) / KeyValueLayout.PanelPlaces + 1;
    }

    static void CheckPanels(in VisiblePlaces visible, int row, int from, int to, int capacity)
    {
        var panels = capacity / KeyValueLayout.PanelPlaces;
        for (var entry = from; entry < to; entry++)
        {
            if ((uint)visible.Panels[entry] >= (uint)panels)
                throw new ArgumentException(
                    $"Row {row} sees panel {visible.Panels[entry]} (entry {entry}), but the store has {panels} panels of " +
                    $"{KeyValueLayout.PanelPlaces} places; correct the table or enlarge the store.", nameof(visible));
        }
    }

    /// <summary>Mostly looks at one mask: a row sees something in its first panel.</summary>
    static void CheckMasks(in VisiblePlaces visible, int row)
    {
        if (visible.Masks.Length == 0) return;
        var entry = visible.Starts[row];
        for (var left = visible.Lengths[row]; left > 0; left -= KeyValueLayout.PanelPlaces, entry++)
        {
            if ((visible.Masks[entry] & SeenChunk.Below(left)) != 0) return;
        }

        throw new ArgumentException(
            $"Row {row} sees none of its {visible.Lengths[row]} places, all of them are masked; let it see one at least.", nameof(visible));
    }
}
