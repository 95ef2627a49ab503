using System;
using Muninn.Kernels;

namespace Muninn.Engine.Caching;

/// <summary>Where the entries of one sequence lie: a table of panels for each (block, slot), and how far each position came.</summary>
/// <remarks>
/// Entries are numbered prelude, core, coda. All memory is taken when the sequence opens; panels come as positions need them.
/// </remarks>
sealed class SequenceEntries
{
    const int NoPanel = -1;

    readonly PanelLane[] _lanes;
    readonly int[] _laneOfEntry;
    readonly int[] _panels;
    readonly int _panelsPerEntry;

    /// <summary>How many leading positions of each core entry hold something, their own or the latest they had.</summary>
    readonly int[] _settled;

    internal SequenceEntries(CachePolicy policy, PanelLane[] lanes, int[] laneOfEntry, int coreEntries, int positions)
    {
        Policy = policy;
        _lanes = lanes;
        _laneOfEntry = laneOfEntry;
        Positions = positions;
        _panelsPerEntry = PanelsFor(positions);
        _panels = new int[checked(laneOfEntry.Length * _panelsPerEntry)];
        Array.Fill(_panels, NoPanel);
        _settled = new int[coreEntries];
        Iterations = new int[positions];
    }

    internal CachePolicy Policy { get; }

    /// <summary>Most positions.</summary>
    internal int Positions { get; }

    /// <summary>Iterations whose entries each position has written since it last began, <c>[positions]</c>.</summary>
    internal int[] Iterations { get; }

    internal static int PanelsFor(int positions) =>
        (int)(((long)positions + KeyValueLayout.PanelPlaces - 1) / KeyValueLayout.PanelPlaces);

    /// <summary>Panels of an entry for its leading positions; −1 where there is none.</summary>
    internal ReadOnlySpan<int> Panels(int entry, int positions) =>
        _panels.AsSpan(entry * _panelsPerEntry, PanelsFor(positions));

    internal int Lane(int entry) => _laneOfEntry[entry];

    /// <summary>Place of a position, in a new panel if need be.</summary>
    internal int Place(int entry, int position)
    {
        ref int panel = ref _panels[entry * _panelsPerEntry + position / KeyValueLayout.PanelPlaces];
        if (panel == NoPanel)
            panel = _lanes[_laneOfEntry[entry]].Take();
        return panel * KeyValueLayout.PanelPlaces + position % KeyValueLayout.PanelPlaces;
    }

    internal int Settled(int coreEntry) => _settled[coreEntry];

    internal void Settle(int coreEntry, int positions) => _settled[coreEntry] = Math.Max(_settled[coreEntry], positions);

    /// <summary>A position begins anew, or is forgotten: nobody may rely on what stands for it or behind it.</summary>
    internal void Unsettle(int position)
    {
        foreach (ref int settled in _settled.AsSpan())
            settled = Math.Min(settled, position);
    }

    /// <summary>Forgets the positions from <paramref name="length"/> on; panels that only they used go back.</summary>
    internal void Truncate(int length)
    {
        Iterations.AsSpan(length).Clear();
        Unsettle(length);
        for (int entry = 0; entry < _laneOfEntry.Length; entry++)
        {
            foreach (ref int panel in _panels.AsSpan(entry * _panelsPerEntry, _panelsPerEntry)[PanelsFor(length)..])
            {
                if (panel != NoPanel)
                    _lanes[_laneOfEntry[entry]].Return(panel);
                panel = NoPanel;
            }
        }
    }
}
