using System;
using Muninn.Engine.Checkpoints;
using Muninn.Kernels;

namespace Muninn.Engine.Caching;

/// <summary>How much a key/value store holds at most.</summary>
/// <param name="Sequences">Open sequences.</param>
/// <param name="OuterPanels">Panels of 16 positions in each block of prelude and coda.</param>
/// <param name="CorePanels">Panels of 16 positions in each block of the core, all slots together.</param>
public readonly record struct StoreCapacity(int Sequences, int OuterPanels, int CorePanels)
{
    /// <summary>What some sequences of one kind need.</summary>
    /// <param name="policy">Which entries they keep.</param>
    /// <param name="limit">Most iterations.</param>
    /// <param name="positions">Most positions of each.</param>
    /// <param name="blocks">Blocks of the core.</param>
    /// <param name="sequences">How many.</param>
    public static StoreCapacity For(CachePolicy policy, int limit, int positions, int blocks, int sequences = 1)
    {
        ArgumentNullException.ThrowIfNull(policy);
        int panels = SequenceEntries.PanelsFor(positions);
        int slots = (policy.Entries(limit, blocks) + blocks - 1) / blocks;
        return new StoreCapacity(sequences, checked(panels * sequences), checked(panels * slots * sequences));
    }

    /// <summary>Memory of a full store, in bytes.</summary>
    /// <param name="config">Shapes of the model.</param>
    /// <param name="format">How keys and values are stored.</param>
    public long Bytes(ModelConfig config, KeyValueFormat format = KeyValueFormat.Float32)
    {
        ArgumentNullException.ThrowIfNull(config);
        long panels = (long)OuterPanels * (config.PreludeBlocks + config.CodaBlocks) + (long)CorePanels * config.CoreBlocks;
        return panels * PanelBytes(new KeyValueLayout(config.Heads, config.HeadWidth), format);
    }

    /// <summary>Memory of the keys and values of 16 positions of one block, in bytes.</summary>
    internal static long PanelBytes(KeyValueLayout layout, KeyValueFormat format) =>
        format.Bytes() * (layout.KeyLength(KeyValueLayout.PanelPlaces) + layout.ValueLength(KeyValueLayout.PanelPlaces));

    /// <summary>Refuses what one span of floats cannot address.</summary>
    internal void RequireAddressable(KeyValueLayout layout)
    {
        long most = int.MaxValue / long.Max(
            layout.KeyLength(KeyValueLayout.PanelPlaces), layout.ValueLength(KeyValueLayout.PanelPlaces));
        int panels = Math.Max(OuterPanels, CorePanels);
        if (OuterPanels < 1 || CorePanels < 0 || panels > most)
            throw new ArgumentException(
                $"A key/value store of {panels} panels of {KeyValueLayout.PanelPlaces} positions in a block does not exist: 1 to {most} are " +
                "possible. Shorten the context, lower the limit, or let iterations share slots.");
    }
}
