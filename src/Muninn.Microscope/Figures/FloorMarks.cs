using System;
using System.Collections.Generic;
using Muninn.Microscope.Pictures;

namespace Muninn.Microscope.Figures;

/// <summary>Marks the cells below the floor: diagonal hatching inside them and a thin contour around them.</summary>
readonly struct FloorMarks(CellKind[] kinds, int columns, Box area)
{
    readonly CellKind[] _kinds = kinds;
    readonly int _columns = columns;
    readonly int _rows = kinds.Length / columns;
    readonly Box _area = area;

    bool Marked(int row, int column) =>
        row >= 0 && row < _rows && column >= 0 && column < _columns
        && _kinds[row * _columns + column] == CellKind.BelowFloor;

    /// <summary>The edges between marked and unmarked cells inside the area, joined to long strokes.</summary>
    internal IReadOnlyList<Segment> Contour()
    {
        var segments = new List<Segment>();
        double width = _area.Width / _columns, height = _area.Height / _rows;
        for (int column = 1; column < _columns; column++)
        {
            double x = _area.X + column * width;
            for (int row = 0; row < _rows; row++)
            {
                int first = row;
                while (row < _rows && Marked(row, column - 1) != Marked(row, column))
                    row++;
                if (row > first)
                    segments.Add(new Segment(x, _area.Y + first * height, x, _area.Y + row * height));
            }
        }
        for (int row = 1; row < _rows; row++)
        {
            double y = _area.Y + row * height;
            for (int column = 0; column < _columns; column++)
            {
                int first = column;
                while (column < _columns && Marked(row - 1, column) != Marked(row, column))
                    column++;
                if (column > first)
                    segments.Add(new Segment(_area.X + first * width, y, _area.X + column * width, y));
            }
        }
        return segments;
    }

    /// <summary>Lines that rise to the right, <paramref name="spacing"/> pixels apart, inside the marked cells only.</summary>
    internal IReadOnlyList<Segment> Hatching(double spacing)
    {
        var segments = new List<Segment>();
        double width = _area.Width / _columns, height = _area.Height / _rows;
        int lines = (int)((_area.Width + _area.Height) / spacing);
        for (int line = 1; line <= lines; line++)
        {
            // The line x + y = sum, in coordinates of the area, met by rows from top to bottom.
            double sum = (line - 0.5) * spacing;
            double? start = null;
            double y = Math.Max(0, sum - _area.Width);
            double end = Math.Min(_area.Height, sum);
            while (y < end - 1e-9)
            {
                double x = sum - y;
                int row = (int)Math.Floor(y / height + 1e-9);
                int column = (int)Math.Ceiling(x / width - 1e-9) - 1;
                double next = Math.Min(end, Math.Min((row + 1) * height, sum - column * width));
                if (Marked(row, column))
                    start ??= y;
                else if (start is { } from)
                {
                    segments.Add(Along(sum, from, y));
                    start = null;
                }
                y = Math.Max(next, y + 1e-6);
            }
            if (start is { } open)
                segments.Add(Along(sum, open, end));
        }
        return segments;
    }

    Segment Along(double sum, double from, double to) =>
        new(_area.X + sum - from, _area.Y + from, _area.X + sum - to, _area.Y + to);
}
