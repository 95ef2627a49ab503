using System;
using System.Collections.Generic;
using System.Linq;
using Muninn.Engine.Caching;
using Muninn.Engine.Checkpoints;
using Muninn.Kernels;

namespace Muninn.Tests.Oracle;

/// <summary>Which slot of its block an iteration writes, as the documentation of the policies says it.</summary>
delegate (int Block, int Slot) SlotRule(int iteration, int block);

/// <summary>
/// The obvious twin of a key/value store: a dictionary of all that was written, by name. What a row sees is looked up
/// position by position, and attention is computed by hand.
/// </summary>
sealed class StoreTwin(KeyValueLayout layout, bool isShort)
{
    readonly Dictionary<(int Sequence, ModelPart Part, int Block, int Slot, int Position), float[]> _entries = [];
    readonly Dictionary<(int Sequence, int Position), int> _iterations = [];
    readonly HashSet<(int Sequence, ModelPart Part, int Block, int Slot, int Panel)> _panels = [];

    public long PanelsInUse => _panels.Count;

    /// <summary>A row of the core is about to run: at its first iteration all that its position had is gone.</summary>
    public void BeginIteration(int sequence, int position, int iteration)
    {
        if (iteration == 0)
            Remove(_entries, key => key.Sequence == sequence && key.Position == position && key.Part == ModelPart.Core);
        _iterations[(sequence, position)] = iteration + 1;
    }

    public void Write(int sequence, ModelPart part, (int Block, int Slot) slot, int position, ReadOnlySpan<float> queryKeyValue)
    {
        float[] entry = queryKeyValue.ToArray();
        for (int i = layout.Width; isShort && i < entry.Length; i++)
            entry[i] = Noise.Widened([BrainFloats.Round(entry[i])])[0];
        _entries[(sequence, part, slot.Block, slot.Slot, position)] = entry;
        _panels.Add((sequence, part, slot.Block, slot.Slot, position / 16));
    }

    /// <summary>What a row of prelude or coda sees: everything up to itself.</summary>
    public double[] Attend(int sequence, ModelPart part, int block, int position, ReadOnlySpan<float> queryKeyValue) =>
        Attend(queryKeyValue, Enumerable.Range(0, position + 1).Select(at => _entries[(sequence, part, block, 0, at)]));

    /// <summary>What a row of the core sees.</summary>
    public double[] Attend(
        int sequence, SlotRule slots, MissingEntries missing, int iteration, int block, int position, ReadOnlySpan<float> queryKeyValue)
    {
        var own = slots(iteration, block);
        float[]?[] present = [.. Enumerable.Range(0, position + 1).Select(
            at => _entries.GetValueOrDefault((sequence, ModelPart.Core, own.Block, own.Slot, at)))];
        if (missing == MissingEntries.LeftOut)
            return Attend(queryKeyValue, present.OfType<float[]>());
        bool takesLatest = missing == MissingEntries.AlwaysLatest && present.Contains(null);
        return Attend(queryKeyValue, present.Select((entry, at) =>
        {
            if (entry is not null && !takesLatest)
                return entry;
            // A copy takes the room that the entry would have.
            if (!takesLatest)
                _panels.Add((sequence, ModelPart.Core, own.Block, own.Slot, at / 16));
            var latest = slots(_iterations[(sequence, at)] - 1, block);
            return _entries[(sequence, ModelPart.Core, latest.Block, latest.Slot, at)];
        }));
    }

    public void Truncate(int sequence, int length)
    {
        Remove(_entries, key => key.Sequence == sequence && key.Position >= length);
        Remove(_iterations, key => key.Sequence == sequence && key.Position >= length);
        _panels.RemoveWhere(key => key.Sequence == sequence && 16 * key.Panel >= length);
    }

    double[] Attend(ReadOnlySpan<float> queryKeyValue, IEnumerable<float[]> seen)
    {
        float[][] rows = [queryKeyValue.ToArray(), .. seen];
        return Textbook.Attention(
            [.. rows.SelectMany(row => row)], 0, [.. Enumerable.Range(1, rows.Length - 1)], layout.Heads, layout.HeadWidth);
    }

    static void Remove<TKey, TValue>(Dictionary<TKey, TValue> entries, Func<TKey, bool> isGone) where TKey : notnull
    {
        foreach (var key in entries.Keys.Where(isGone).ToArray())
            entries.Remove(key);
    }
}
