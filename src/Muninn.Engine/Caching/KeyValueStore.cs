using System;
using Muninn.Engine.Recurrence;
using Muninn.Kernels;

namespace Muninn.Engine.Caching;

/// <summary>
/// Keys and values of every attention call, addressed by (slot, sequence, position). Each block owns one slot, and each
/// iteration overwrites what the one before it wrote there: memory does not grow with iterations.
/// </summary>
/// <remarks>
/// A row that has stopped keeps its last entries, and rows that go on attend to them. Each sequence owns the same
/// number of places, a multiple of the layout's panel, from place <c>sequence · places</c> on.
/// </remarks>
public sealed class KeyValueStore
{
    readonly float[][] _keys;
    readonly float[][] _values;
    readonly int _sequences;
    readonly int _placesPerSequence;
    readonly int[] _panels;
    readonly int _positionsMax;

    /// <summary>Room for <paramref name="slots"/> attention calls over <paramref name="sequences"/> sequences.</summary>
    /// <param name="layout">Heads and their width.</param>
    /// <param name="slots">Attention calls that keep entries of their own, at least 1.</param>
    /// <param name="sequences">Sequences, at least 1.</param>
    /// <param name="positionsMax">Most positions of a sequence, at least 1.</param>
    public KeyValueStore(KeyValueLayout layout, int slots, int sequences, int positionsMax)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(slots, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(sequences, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(positionsMax, 1);
        Layout = layout;
        _positionsMax = positionsMax;
        _sequences = sequences;
        _placesPerSequence = PlacesFor(positionsMax);
        int places = checked(_placesPerSequence * sequences);
        _panels = new int[places / KeyValueLayout.PanelPlaces];
        for (int panel = 0; panel < _panels.Length; panel++) _panels[panel] = panel;
        _keys = new float[slots][];
        _values = new float[slots][];
        for (int slot = 0; slot < slots; slot++)
        {
            _keys[slot] = new float[checked((int)layout.KeyLength(places))];
            _values[slot] = new float[checked((int)layout.ValueLength(places))];
        }
    }

    /// <summary>Memory of a store, in bytes.</summary>
    /// <param name="layout">Heads and their width.</param>
    /// <param name="slots">Attention calls that keep entries of their own.</param>
    /// <param name="sequences">Sequences.</param>
    /// <param name="positionsMax">Most positions of a sequence.</param>
    internal static long BytesFor(KeyValueLayout layout, int slots, int sequences, int positionsMax)
    {
        int places = checked(sequences * PlacesFor(positionsMax));
        return sizeof(float) * slots * (layout.KeyLength(places) + layout.ValueLength(places));
    }

    /// <summary>Heads and their width.</summary>
    public KeyValueLayout Layout { get; }

    /// <summary>Keys of one slot, all sequences, in <see cref="Layout"/>.</summary>
    public Span<float> Keys(int slot) => _keys[slot];

    /// <summary>Values of one slot, all sequences, in <see cref="Layout"/>.</summary>
    public Span<float> Values(int slot) => _values[slot];

    /// <summary>Every panel in order: the tables of the sequences, one after the other.</summary>
    public ReadOnlySpan<int> Panels => _panels;

    /// <summary>Where the rows of a batch write, and what they see: every position up to their own.</summary>
    /// <param name="rows">The rows of the pass.</param>
    /// <param name="places">Place of each row, <c>[rows]</c>, overwritten.</param>
    /// <param name="starts">First entry of each row's sequence in <see cref="Panels"/>, <c>[rows]</c>, overwritten.</param>
    /// <param name="lengths">Visible positions of each row, <c>[rows]</c>, overwritten.</param>
    public void Locate(RowBatch rows, Span<int> places, Span<int> starts, Span<int> lengths)
    {
        ArgumentNullException.ThrowIfNull(rows);
        for (int row = 0; row < rows.Count; row++)
        {
            int sequence = rows.Sequences[row];
            int position = rows.Positions[row];
            if (sequence >= _sequences || position >= _positionsMax)
                throw new ArgumentException(
                    $"Row {row} is position {position} of sequence {sequence}, but the store holds {_sequences} sequences " +
                    $"of {_positionsMax} positions; make a larger store.", nameof(rows));
            starts[row] = sequence * _placesPerSequence / KeyValueLayout.PanelPlaces;
            places[row] = sequence * _placesPerSequence + position;
            lengths[row] = position + 1;
        }
    }

    static int PlacesFor(int positions) =>
        (positions + KeyValueLayout.PanelPlaces - 1) / KeyValueLayout.PanelPlaces * KeyValueLayout.PanelPlaces;
}
