using System;
using System.Collections.Generic;

namespace Muninn.Engine.Text;

/// <summary>A text cut into pieces, from left to right; what lies between them is dropped.</summary>
/// <param name="Text">The text that the borders refer to.</param>
/// <param name="Borders">Start and end of each piece in UTF-16 units; none is empty.</param>
sealed record TextPieces(string Text, List<(int Start, int End)> Borders)
{
    /// <summary>One piece: the whole text.</summary>
    public static TextPieces Whole(string text) => new(text, text.Length == 0 ? [] : [(0, text.Length)]);

    public ReadOnlySpan<char> Piece(int index) => Text.AsSpan(Borders[index].Start, Borders[index].End - Borders[index].Start);
}
