using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using Muninn.Microscope.Pictures;

namespace Muninn.Microscope.Figures.Parts;

/// <summary>The labels of rows of tokens: each one where a line of text fits a row; else every 2nd, 5th, 10th … with its position.</summary>
sealed class RowLabels
{
    const double HeightLeast = 11;

    readonly double _rowHeight;

    internal RowLabels(IReadOnlyList<string> labels, IReadOnlyList<int> positions, double rowHeight, double widthMax)
    {
        _rowHeight = rowHeight;
        int every = 1;
        while (every * rowHeight < HeightLeast)
            every = (int)ColorRange.RoundStep(every * 1.5);
        var chosen = new List<(int, string)>();
        for (int row = 0; row < labels.Count; row += every)
        {
            string text = TextMetrics.Shown(labels[row]);
            if (every == 1)
                chosen.Add((row, TextMetrics.Shorten(text, Look.LabelSize * Look.FontRoom, widthMax)));
            else
            {
                // The position stays whole: it is what finds the token again.
                string position = string.Create(CultureInfo.InvariantCulture, $"  {(positions.Count == 0 ? row : positions[row])}");
                chosen.Add((row, TextMetrics.Shorten(text, Look.LabelSize * Look.FontRoom, widthMax - TextMetrics.Width(position, Look.LabelSize * Look.FontRoom)) + position));
            }
        }
        Chosen = chosen;
        Width = Math.Ceiling(chosen.Max(label => TextMetrics.Width(label.Item2, Look.LabelSize * Look.FontRoom)));
    }

    /// <summary>The rows that have a label.</summary>
    internal IReadOnlyList<(int Row, string Text)> Chosen { get; }

    /// <summary>The widest label.</summary>
    internal double Width { get; }

    /// <summary>Draws the labels so that their middle stands at <paramref name="at"/> (0 upper edge … 1 lower edge) of each row.</summary>
    internal void Draw(Sheet sheet, double right, double top, double at = 0.5)
    {
        foreach (var (row, text) in Chosen)
        {
            sheet.Text("row label", right, top + (row + at) * _rowHeight + Look.LabelSize * 0.35, text,
                Look.Label with { Anchor = TextAnchor.End });
        }
        if (Chosen.Count == 1 || Chosen[1].Row == 1)
            return;
        sheet.Strokes("row ticks",
            [.. Chosen.Select(label => top + (label.Row + at) * _rowHeight).Select(y => new Segment(right + Look.Gap - 4, y, right + Look.Gap, y))], Look.Ink);
    }
}
