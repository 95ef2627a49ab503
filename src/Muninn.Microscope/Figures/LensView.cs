using System;
using System.Collections.Generic;
using System.Linq;
using Muninn.Microscope.Measures.Lenses;

namespace Muninn.Microscope.Figures;

/// <summary>Turns a <see cref="LensTable"/> into what a page shows.</summary>
public static class LensView
{
    /// <summary>The readings of states up to an iteration, each position by itself (token-aligned).</summary>
    /// <param name="table">The table.</param>
    /// <param name="labelOf">Display text of a token of the vocabulary; asked for <see cref="LensTable.NoToken"/> too where logits are not finite.</param>
    /// <param name="shownMax">The last iteration that is shown, at least the first that was read.</param>
    public static PageLens ToPage(this LensTable table, Func<int, string> labelOf, int shownMax)
    {
        ArgumentNullException.ThrowIfNull(table);
        ArgumentNullException.ThrowIfNull(labelOf);
        int[] readings = [.. Enumerable.Range(0, table.Readings).Where(m => table.Blocks[m] == LensTable.State && table.Iterations[m] <= shownMax)];
        if (readings.Length == 0)
            throw new ArgumentException($"The first iteration read is {table.Iterations[0]}, and none after {shownMax} is to be shown.", nameof(shownMax));
        var texts = new List<string>();
        var places = new Dictionary<int, int>();
        return new PageLens
        {
            Iterations = [.. readings.Select(m => table.Iterations[m])],
            Top = table.TopCount,
            Tokens = [.. Rows(table.Tokens, table.TopCount).Select(PlaceOf)],
            LogProbabilities = [.. Rows(table.LogProbabilities, table.TopCount)],
            Entropy = [.. Rows(table.Entropy, 1)],
            Divergence = [.. Rows(table.Divergence, 1)],
            // A page counts ranks from 0.
            Rank = [.. Rows(table.Rank, 1).Select(static rank => rank - 1)],
            Commit = [.. table.Commit.Select(static commit => commit ?? -1)],
            Texts = texts,
        };

        IEnumerable<T> Rows<T>(T[] values, int perCell)
        {
            int row = table.Positions * perCell;
            return readings.SelectMany(m => new ArraySegment<T>(values, m * row, row));
        }

        int PlaceOf(int token)
        {
            if (!places.TryGetValue(token, out int place))
            {
                places.Add(token, place = texts.Count);
                texts.Add(labelOf(token));
            }

            return place;
        }
    }
}
