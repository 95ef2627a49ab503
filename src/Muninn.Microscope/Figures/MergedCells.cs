using System;
using System.Globalization;

namespace Muninn.Microscope.Figures;

/// <summary>
/// The cells of a figure as a drawing with too little room shows them: neighbours that share a cell show the largest
/// distance among them, so that no late token disappears.
/// </summary>
/// <param name="figure">The figure.</param>
/// <param name="across">Cells from left to right; more than the figure has columns repeats columns.</param>
/// <param name="rowsPerCell">How many of the figure's rows share a cell.</param>
sealed class MergedCells(Heatmap figure, int across, int rowsPerCell)
{
    readonly Heatmap _figure = figure;

    /// <summary>The range of the colours, over the figure's values.</summary>
    internal ColorRange Range { get; } = figure.Range;

    /// <summary>Cells from left to right.</summary>
    internal int Across { get; } = across;

    /// <summary>Cells from top to bottom; the last one may hold fewer rows.</summary>
    internal int Down { get; } = (figure.Rows + rowsPerCell - 1) / rowsPerCell;

    /// <summary>How many of the figure's rows share a cell.</summary>
    internal int RowsPerCell { get; } = rowsPerCell;

    /// <summary>Whether some columns share a cell.</summary>
    internal bool MergesColumns => Across < _figure.Columns;

    /// <summary>What a reader has to know about rows that share a cell; null where none do.</summary>
    internal string? RowNote => RowsPerCell == 1 ? null
        : string.Create(CultureInfo.InvariantCulture,
            $"each row: the largest distance of {RowsPerCell} tokens (choose some with --positions)");

    /// <summary>What a reader has to know about iterations that share a column; null where none do.</summary>
    internal string? ColumnNote => !MergesColumns ? null
        : string.Create(CultureInfo.InvariantCulture,
            $"{_figure.Columns} iterations in {Across} columns: the largest distance where some share one");

    /// <summary>The kind of a cell, and its place in the range, 0 … 1. A value beats the floor, a non-number beats all.</summary>
    internal (CellKind Kind, double Fraction) At(int row, int x)
    {
        int from = (int)((long)x * _figure.Columns / Across);
        int to = Math.Max(from + 1, (int)((long)(x + 1) * _figure.Columns / Across));
        int firstRow = row * RowsPerCell, endRow = Math.Min(_figure.Rows, firstRow + RowsPerCell);
        float largest = 0;
        var found = CellKind.BelowFloor;
        for (int r = firstRow; r < endRow; r++)
        {
            foreach (float value in _figure.Values.AsSpan(r * _figure.Columns + from, to - from))
            {
                var kind = Range.KindOf(value);
                if (kind == CellKind.NotFinite)
                    return (kind, 0);
                if (kind == CellKind.Value && (found == CellKind.BelowFloor || value > largest))
                    (found, largest) = (kind, value);
            }
        }
        return (found, Range.FractionOf(largest));
    }
}
