using System;
using Muninn.Engine.Recurrence;
using Muninn.Kernels;

namespace Muninn.Engine.Caching;

/// <summary>What rows see where missing entries are left out, or where always the latest is read: panels with masks.</summary>
/// <remarks>Only the original's ways of reading need it. Each row has a table of its own; speed is no aim here.</remarks>
static class MaskedView
{
    internal static void Write(
        SequenceEntries entries, int block, int blocks, int outerEntries, RowBatch rows, int first, int next, RowPlaces places)
    {
        int own = entries.Policy.Entry(rows.Iterations[first], block, blocks);
        for (int row = first; row < next; row++)
        {
            int start = places.TableLength;
            bool readsOwn = entries.Policy.Missing == MissingEntries.LeftOut || IsWhole(entries, own, blocks, rows.Positions[row]);
            for (int position = 0; position <= rows.Positions[row]; position += KeyValueLayout.PanelPlaces)
            {
                int end = int.Min(position + KeyValueLayout.PanelPlaces, rows.Positions[row] + 1);
                if (readsOwn)
                    AddPresent(entries, own, blocks, outerEntries, position, end, places);
                else
                    AddLatest(entries, block, blocks, outerEntries, position, end, places);
            }

            places.SetView(row, start, (places.TableLength - start) * KeyValueLayout.PanelPlaces);
        }
    }

    /// <summary>Whether every position so far has an entry of this iteration: then the original reads just these, whatever its policy.</summary>
    static bool IsWhole(SequenceEntries entries, int own, int blocks, int last)
    {
        int needed = entries.Policy.FirstIteration(own, blocks);
        foreach (int iterations in entries.Iterations.AsSpan(0, last + 1))
        {
            if (iterations <= needed)
                return false;
        }

        return true;
    }

    static void AddPresent(SequenceEntries entries, int own, int blocks, int outerEntries, int position, int end, RowPlaces places)
    {
        int needed = entries.Policy.FirstIteration(own, blocks);
        int mask = 0;
        for (int at = position; at < end; at++)
        {
            if (entries.Iterations[at] > needed)
                mask |= 1 << (at - position);
        }

        if (mask != 0)
            places.Add(entries.Place(outerEntries + own, position) / KeyValueLayout.PanelPlaces, (ushort)mask);
    }

    static void AddLatest(SequenceEntries entries, int block, int blocks, int outerEntries, int position, int end, RowPlaces places)
    {
        int done = 0;
        for (int at = position; at < end; at++)
        {
            if ((done >> (at - position) & 1) != 0)
                continue;
            int latest = entries.Policy.Entry(entries.Iterations[at] - 1, block, blocks);
            int mask = 0;
            for (int other = at; other < end; other++)
            {
                if (entries.Policy.Entry(entries.Iterations[other] - 1, block, blocks) == latest)
                    mask |= 1 << (other - position);
            }

            done |= mask;
            places.Add(entries.Place(outerEntries + latest, position) / KeyValueLayout.PanelPlaces, (ushort)mask);
        }
    }
}
