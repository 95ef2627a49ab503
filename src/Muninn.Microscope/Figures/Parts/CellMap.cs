using System;
using System.Linq;
using Muninn.Microscope.Pictures;

namespace Muninn.Microscope.Figures.Parts;

/// <summary>A panel of coloured cells, reduced to the pixels that there are.</summary>
/// <param name="Rows">Rows after the reduction.</param>
/// <param name="Columns">Columns after the reduction.</param>
/// <param name="Values"><c>[Rows, Columns]</c></param>
sealed record CellMap(int Rows, int Columns, double[] Values)
{
    /// <summary>
    /// At most this many rows and columns: neighbours that share a cell show the value farthest from zero among them, so
    /// that nothing large disappears. NaN gives way to any number; infinities do not.
    /// </summary>
    internal static CellMap Reduced(double[] values, int rows, int rowsMost, int columnsMost)
    {
        int columns = values.Length / rows;
        int down = Math.Clamp(rowsMost, 1, rows), across = Math.Clamp(columnsMost, 1, columns);
        if (down == rows && across == columns)
            return new CellMap(rows, columns, values);
        var reduced = new double[down * across];
        Array.Fill(reduced, double.NaN);
        for (int row = 0; row < rows; row++)
        {
            for (int column = 0; column < columns; column++)
            {
                double value = values[row * columns + column];
                ref double cell = ref reduced[(int)((long)row * down / rows) * across + (int)((long)column * across / columns)];
                if (double.IsNaN(cell) || Math.Abs(value) > Math.Abs(cell))
                    cell = value;
            }
        }
        return new CellMap(down, across, reduced);
    }

    /// <summary>Draws values of a range, with the floor hatched.</summary>
    internal void Draw(Sheet sheet, Box area, ColorRange range)
    {
        CellKind[] kinds = [.. Values.Select(value => range.KindOf((float)value))];
        sheet.Add(new RasterLayer("cells", area, Columns, Rows,
            [.. Values.Select((value, i) => double.IsNaN(value) ? Unknown : CellColors.Of(kinds[i], range.FractionOf(value)))]));
        if (!kinds.Contains(CellKind.BelowFloor))
            return;
        var marks = new FloorMarks(kinds, Columns, area);
        sheet.Add(new StrokeLayer("floor hatching", marks.Hatching(6), Color.Of(0xffffff), 1, 0.2));
    }

    /// <summary>Draws differences, coloured around zero up to ±<paramref name="bound"/>.</summary>
    internal void DrawDifference(Sheet sheet, Box area, double bound) => sheet.Add(new RasterLayer("differences", area, Columns, Rows,
        [.. Values.Select(value => double.IsNaN(value) ? Unknown : Diverging.At(value / bound))]));

    /// <summary>Masked, unknown, or not to be told from rounding.</summary>
    internal static Color Unknown { get; } = Color.Of(0xd8dbdf);
}
