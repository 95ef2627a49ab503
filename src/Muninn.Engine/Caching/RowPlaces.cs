using System;
using Muninn.Kernels;

namespace Muninn.Engine.Caching;

/// <summary>Where the rows of a pass write in one block, and what each of them sees. Filled by a <see cref="KeyValueStore"/>.</summary>
sealed class RowPlaces
{
    readonly int[] _places;
    readonly int[] _starts;
    readonly int[] _lengths;
    int[] _panels;
    ushort[] _masks;
    bool _isMasked;

    /// <summary>Room for a pass.</summary>
    /// <param name="rowsMax">Most rows.</param>
    /// <param name="panels">Panels of the tables of all sequences; where masks make them longer, they grow.</param>
    internal RowPlaces(int rowsMax, int panels = 64)
    {
        _panels = new int[panels];
        _masks = new ushort[panels];
        _places = new int[rowsMax];
        _starts = new int[rowsMax];
        _lengths = new int[rowsMax];
    }

    internal int RowsMax => _places.Length;

    /// <summary>Panels in the table so far; the next one gets this number.</summary>
    internal int TableLength { get; private set; }

    internal ReadOnlySpan<int> Written(int rows) => _places.AsSpan(0, rows);

    internal VisiblePlaces Visible(int rows) => new()
    {
        Starts = _starts.AsSpan(0, rows),
        Lengths = _lengths.AsSpan(0, rows),
        Panels = _panels.AsSpan(0, TableLength),
        Masks = _isMasked ? _masks.AsSpan(0, TableLength) : default,
    };

    internal void Clear(bool isMasked)
    {
        TableLength = 0;
        _isMasked = isMasked;
    }

    internal void SetPlace(int row, int place) => _places[row] = place;

    internal void SetView(int row, int start, int length)
    {
        _starts[row] = start;
        _lengths[row] = length;
    }

    internal void Add(ReadOnlySpan<int> panels)
    {
        Reserve(panels.Length);
        panels.CopyTo(_panels.AsSpan(TableLength));
        // Beside a sequence with masks the others have masks, too: everything is seen.
        _masks.AsSpan(TableLength, panels.Length).Fill(ushort.MaxValue);
        TableLength += panels.Length;
    }

    internal void Add(int panel, ushort mask)
    {
        Reserve(1);
        _panels[TableLength] = panel;
        _masks[TableLength++] = mask;
    }

    void Reserve(int more)
    {
        int length = checked(TableLength + more);
        if (length <= _panels.Length)
            return;
        length = Math.Max(length, 2 * _panels.Length);
        Array.Resize(ref _panels, length);
        Array.Resize(ref _masks, length);
    }
}
