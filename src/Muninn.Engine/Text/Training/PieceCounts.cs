using System;
using System.Collections.Generic;

namespace Muninn.Engine.Text.Training;

/// <summary>How often each piece of the texts occurs. Memory grows with the number of different pieces, not with the texts.</summary>
/// <param name="cut">Cuts texts into pieces and spells their bytes as letters.</param>
sealed class PieceCounts(PreTokenizer cut)
{
    readonly Dictionary<string, long> _counts = new(StringComparer.Ordinal);

    /// <summary>The pieces, in letters of bytes, and how often they occur, in no order that means anything.</summary>
    public IReadOnlyDictionary<string, long> Counts => _counts;

    /// <summary>Bytes of all texts, counted as they are cut.</summary>
    public long Bytes { get; private set; }

    /// <summary>Counts the pieces of a text.</summary>
    /// <param name="text">Without lone surrogates.</param>
    public void Add(string text)
    {
        var pieces = cut.Apply(TextPieces.Whole(text));
        var lookup = _counts.GetAlternateLookup<ReadOnlySpan<char>>();
        for (int i = 0; i < pieces.Borders.Count; i++)
        {
            var piece = pieces.Piece(i);
            lookup.TryGetValue(piece, out long count);
            lookup[piece] = count + 1;
            Bytes += piece.Length;
        }
    }

    /// <summary>Adds the counts of others.</summary>
    /// <param name="others">Counted with the same cut.</param>
    public void Add(PieceCounts others)
    {
        foreach (var (piece, count) in others.Counts)
            _counts[piece] = _counts.GetValueOrDefault(piece) + count;
        Bytes += others.Bytes;
    }
}
