using System;

namespace Muninn.Microscope.Measures.Lenses;

/// <summary>Which token a row of a lens picture stands for.</summary>
public enum LensAlignment
{
    /// <summary>Row t is what is read at token t: what the model expects after it.</summary>
    Token,

    /// <summary>Row t is what is predicted for token t: read at the token before it. Nothing is predicted for the first.</summary>
    Prediction,
}

/// <summary>A table seen token by token or prediction by prediction. Holds no numbers of its own.</summary>
/// <param name="table">The table.</param>
/// <param name="alignment">What its rows stand for.</param>
public sealed class AlignedLens(LensTable table, LensAlignment alignment)
{
    /// <summary>The table.</summary>
    public LensTable Table { get; } = table;

    /// <summary>What rows stand for.</summary>
    public LensAlignment Alignment { get; } = alignment;

    /// <summary>Rows, one for each token of the prompt.</summary>
    public int Rows => Table.Positions;

    /// <summary>The position that is read for a row; null for the first prediction.</summary>
    /// <param name="row">The row, 0 … rows − 1.</param>
    public int? PositionOf(int row)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(row);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(row, Rows);
        return Alignment == LensAlignment.Token ? row : row > 0 ? row - 1 : null;
    }

    /// <summary>The token that really follows where a row is read; null where none does.</summary>
    /// <param name="row">The row, 0 … rows − 1.</param>
    public int? ActualOf(int row) =>
        PositionOf(row) is { } position && position + 1 < Table.Positions ? Table.Ids[position + 1] : null;
}
