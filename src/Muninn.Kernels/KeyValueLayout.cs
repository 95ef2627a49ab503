using System;

namespace Muninn.Kernels;

/// <summary>How keys and values lie in a store.</summary>
/// <param name="Heads">Heads of a row.</param>
/// <param name="HeadWidth">Floats of a head.</param>
/// <remarks>
/// Keys in panels of 16 places, <c>[places / 16][heads][headWidth][16]</c>, so that 16 scores are one vector and need no
/// sum over lanes. Values, too, in panels, <c>[places / 16][heads][16][headWidth padded to 16]</c>: a head's values of
/// neighbouring places lie together, where place by place they would compete for a few cache sets.
/// </remarks>
public readonly record struct KeyValueLayout(int Heads, int HeadWidth)
{
    /// <summary>Places in a panel; place p lies in panel p / 16.</summary>
    public const int PanelPlaces = 16;

    /// <summary>Floats of one row of queries, of keys or of values.</summary>
    public int Width => checked(Heads * HeadWidth);

    internal int ValueWidth => Lanes.Padded(HeadWidth);

    /// <summary>Floats that the keys of <paramref name="places"/> places need.</summary>
    /// <exception cref="ArgumentException">The number is negative or no multiple of 16.</exception>
    public long KeyLength(int places) => (long)Checked(places) * Width;

    /// <summary>Floats that the values of <paramref name="places"/> places need.</summary>
    /// <exception cref="ArgumentException">The number is negative or no multiple of 16.</exception>
    public long ValueLength(int places) => (long)Checked(places) * Heads * ValueWidth;

    /// <summary>Where the keys of a panel begin; those of head h lie 16 · h · headWidth further on.</summary>
    internal long KeyPanel(int panel) => (long)panel * Width * PanelPlaces;

    /// <summary>Where the value of a place and head begins.</summary>
    internal long ValueRow(int place, long head) =>
        ((place / PanelPlaces * (long)Heads + head) * PanelPlaces + place % PanelPlaces) * ValueWidth;

    static int Checked(int places)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(places);
        if (places % PanelPlaces != 0)
            throw new ArgumentException(
                $"A store of {places} places has an incomplete panel; round up to a multiple of {PanelPlaces}.", nameof(places));
        return places;
    }
}
