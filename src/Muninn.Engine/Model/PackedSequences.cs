using System;
using Muninn.Kernels;

namespace Muninn.Engine.Model;

/// <summary>Where the rows of sequences that are run one behind the other lie, and what each of them sees: its own sequence up to itself.</summary>
sealed class PackedSequences
{
    readonly KeyValueLayout _layout;
    readonly int[] _starts;
    readonly int[] _lengths;
    readonly int[] _places;
    readonly int[] _positions;
    readonly int[] _firsts;
    int[] _panels = [];
    int _panelCount;

    /// <summary>Memory for some rows; keys and values grow with what is arranged.</summary>
    /// <param name="layout">Heads and their width.</param>
    /// <param name="rowsMax">The most rows of all sequences together.</param>
    public PackedSequences(KeyValueLayout layout, int rowsMax)
    {
        _layout = layout;
        (_starts, _lengths, _places, _positions, _firsts) =
            (new int[rowsMax], new int[rowsMax], new int[rowsMax], new int[rowsMax], new int[rowsMax + 1]);
    }

    /// <summary>Rows of all sequences.</summary>
    public int Rows { get; private set; }

    /// <summary>How many sequences.</summary>
    public int Count { get; private set; }

    /// <summary>First row of each sequence, and behind the last the number of rows, <c>[sequences + 1]</c>.</summary>
    public ReadOnlySpan<int> Firsts => _firsts.AsSpan(0, Count + 1);

    /// <summary>Position of each row in its sequence, <c>[rows]</c>.</summary>
    public ReadOnlySpan<int> Positions => _positions.AsSpan(0, Rows);

    /// <summary>Place of each row in the store, <c>[rows]</c>.</summary>
    public ReadOnlySpan<int> Places => _places.AsSpan(0, Rows);

    /// <summary>The store's keys.</summary>
    public float[] Keys { get; private set; } = [];

    /// <summary>The store's values.</summary>
    public float[] Values { get; private set; } = [];

    /// <summary>What each row sees.</summary>
    public VisiblePlaces Visible => new()
    {
        Starts = _starts.AsSpan(0, Rows),
        Lengths = _lengths.AsSpan(0, Rows),
        Panels = _panels.AsSpan(0, _panelCount),
    };

    /// <summary>Takes the sequences of the next pass.</summary>
    /// <param name="lengths">Positions of each, at least 1; in all no more rows than there is memory for.</param>
    public void Arrange(ReadOnlySpan<int> lengths)
    {
        (Rows, Count, _panelCount) = (0, lengths.Length, 0);
        for (int sequence = 0; sequence < lengths.Length; sequence++)
        {
            _firsts[sequence] = Rows;
            for (int position = 0; position < lengths[sequence]; position++, Rows++)
            {
                (_starts[Rows], _lengths[Rows], _positions[Rows]) = (_panelCount, position + 1, position);
                _places[Rows] = _panelCount * KeyValueLayout.PanelPlaces + position;
            }

            _panelCount += (lengths[sequence] - 1) / KeyValueLayout.PanelPlaces + 1;
        }

        _firsts[Count] = Rows;
        if (_panelCount <= _panels.Length) return;
        // Each sequence ends in a panel of its own: many short ones need more room than few long ones of as many rows.
        int places = checked(_panelCount * KeyValueLayout.PanelPlaces);
        (Keys, Values) = (new float[_layout.KeyLength(places)], new float[_layout.ValueLength(places)]);
        _panels = new int[_panelCount];
        for (int panel = 0; panel < _panels.Length; panel++)
            _panels[panel] = panel;
    }
}
