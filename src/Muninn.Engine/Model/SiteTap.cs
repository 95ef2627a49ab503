using System;
using Muninn.Engine.Caching;
using Muninn.Engine.Checkpoints;
using Muninn.Engine.Recurrence;
using Muninn.Kernels;

namespace Muninn.Engine.Model;

/// <summary>Where a pass lets its sites be changed and seen. While nobody asks, a pass does not come here.</summary>
sealed class SiteTap
{
    float[] _pattern = [];
    float[] _untouched = [];

    internal SiteWatch? Watch { get; set; }

    internal SiteChange? Change { get; set; }

    internal bool IsOpen => Watch is not null || Change is not null;

    /// <summary>Lets a site be changed, then seen.</summary>
    /// <param name="place">Which site.</param>
    /// <param name="rows">The rows of the pass.</param>
    /// <param name="values"><c>[rows, columns]</c>, changed in place.</param>
    internal void Show(SitePlace place, RowBatch rows, Span<float> values)
    {
        if (rows.Count == 0)
            return;
        int columns = values.Length / rows.Count;
        if (Change is { } change && change.Wants(place, rows))
            change.Edit(place, rows, columns, values);
        if (Watch is { } watch && watch.Wants(place, rows))
            watch.Observer(new SiteView(place, rows, columns, values));
    }

    /// <summary>Lets queries, keys and values be changed and seen, each side by side.</summary>
    /// <param name="part">Part of the model.</param>
    /// <param name="block">Block of the part.</param>
    /// <param name="rows">The rows of the pass.</param>
    /// <param name="queryKeyValue"><c>[rows, 3, width]</c>, changed in place.</param>
    /// <param name="scratch"><c>[rows, width]</c>, overwritten.</param>
    internal void ShowQueryKeyValue(ModelPart part, int block, RowBatch rows, Span<float> queryKeyValue, Span<float> scratch)
    {
        ReadOnlySpan<BlockSite> sites = [BlockSite.Query, BlockSite.Key, BlockSite.Value];
        int width = rows.Count == 0 ? 0 : scratch.Length / rows.Count;
        for (int which = 0; which < sites.Length; which++)
        {
            var place = new SitePlace(part, block, sites[which]);
            bool changes = Change is { } change && change.Wants(place, rows);
            if (!changes && !(Watch is { } watch && watch.Wants(place, rows)))
                continue;
            for (int row = 0; row < rows.Count; row++)
                queryKeyValue.Slice((3 * row + which) * width, width).CopyTo(scratch[(row * width)..]);
            Show(place, rows, scratch);
            for (int row = 0; changes && row < rows.Count; row++)
                scratch.Slice(row * width, width).CopyTo(queryKeyValue[((3 * row + which) * width)..]);
        }
    }

    /// <summary>Computes the softmax weights where they are wanted, and reads anew with those that are changed.</summary>
    /// <param name="place">The pattern of a block.</param>
    /// <param name="rows">The rows of the pass.</param>
    /// <param name="store">Keys and values.</param>
    /// <param name="lane">Those of the block, the rows' own written.</param>
    /// <param name="visible">What each row sees.</param>
    /// <param name="queryKeyValue">Only queries are read.</param>
    /// <param name="attention">What attention read, <c>[rows, width]</c>; overwritten for rows and heads whose weights change.</param>
    internal void ShowPattern(
        SitePlace place, RowBatch rows, KeyValueStore store, PanelLane lane, in VisiblePlaces visible,
        ReadOnlySpan<float> queryKeyValue, Span<float> attention)
    {
        bool changes = Change is { } change && change.Wants(place, rows);
        if (rows.Count == 0 || (!changes && !(Watch is { } watch && watch.Wants(place, rows))))
            return;
        if (!visible.Masks.IsEmpty)
            throw new InvalidOperationException(
                "This cache leaves entries out or reads the latest ones, so the places that a row sees are not its positions; " +
                "look at patterns with another cache policy.");
        int places = 0;
        foreach (int length in visible.Lengths)
            places = Math.Max(places, length);
        int size = SizeOf(rows.Count, store.Layout.Heads, places);
        if (_pattern.Length < size)
            _pattern = new float[size];
        Span<float> pattern = _pattern.AsSpan(0, size);
        if (store.Format == KeyValueFormat.Float32)
            AttentionPattern.Weigh(store.Layout, queryKeyValue, rows.Count, visible, lane.Keys, places, pattern);
        else
            AttentionPattern.Weigh(store.Layout, queryKeyValue, rows.Count, visible, lane.NarrowKeys, places, pattern);
        if (changes)
        {
            if (_untouched.Length < size)
                _untouched = new float[size];
            pattern.CopyTo(_untouched);
        }

        Show(place, rows, pattern);
        if (!changes)
            return;
        if (store.Format == KeyValueFormat.Float32)
            AttentionPattern.Read(store.Layout, pattern, _untouched.AsSpan(0, size), rows.Count, visible, lane.Values, places, attention);
        else
            AttentionPattern.Read(store.Layout, pattern, _untouched.AsSpan(0, size), rows.Count, visible, lane.NarrowValues, places, attention);
    }

    static int SizeOf(int rows, int heads, int places)
    {
        long size = (long)rows * heads * places;
        return size <= Array.MaxLength
            ? (int)size
            : throw new InvalidOperationException(
                $"A pattern of {rows} rows, {heads} heads and {places} places has {size} weights; at most {Array.MaxLength} fit in one " +
                "piece. Give a shorter text.");
    }
}
