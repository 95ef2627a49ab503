using System;
using System.Collections.Generic;
using System.Linq;
using Muninn.Microscope.Pictures;

namespace Muninn.Microscope.Figures.Parts;

/// <summary>A text with the sign that it explains: a line, a mark, a colour, floor hatching, or nothing.</summary>
readonly record struct LegendEntry(string Text)
{
    internal LineStyle? Line { get; init; }

    internal Mark? Mark { get; init; }

    internal Color? Fill { get; init; }

    internal bool Floor { get; init; }

    internal double SignWidth => Line is not null ? 26 : Mark is not null ? 12 : Fill is not null || Floor ? 16 : 0;
}

/// <summary>Legends: entries side by side as far as they go, or one under the other.</summary>
static class Legend
{
    const int LineHeight = 20, Between = 18;

    /// <summary>Sets the entries in lines under what the sheet holds so far.</summary>
    internal static void Flow(Sheet sheet, IEnumerable<LegendEntry> entries, double left, double right)
    {
        double x = left, y = sheet.Bottom + 4;
        foreach (var entry in entries)
        {
            double room = right - left - SignRoom(entry);
            string text = TextMetrics.Shorten(TextMetrics.Shown(entry.Text), Look.SubtitleSize, Math.Max(room, 60));
            double width = SignRoom(entry) + TextMetrics.Width(text, Look.SubtitleSize) * Look.FontRoom + Between;
            // An entry that does not fit beside the last one starts a line of its own.
            if (x == left || x + width - Between > right)
                (x, y) = (left, y + LineHeight);
            Draw(sheet, entry, text, x, y, x + SignRoom(entry));
            x += width;
        }
    }

    /// <summary>Sets the entries one under the other.</summary>
    internal static void Column(Sheet sheet, IEnumerable<LegendEntry> entries, double left, double top, double widthMax)
    {
        double y = top + 11;
        var all = entries.ToList();
        double room = all.Max(SignRoom);
        foreach (var entry in all)
        {
            string text = TextMetrics.Shorten(TextMetrics.Shown(entry.Text), Look.SubtitleSize, widthMax - room);
            Draw(sheet, entry, text, left + (room - SignRoom(entry)) / 2, y, left + room);
            y += LineHeight;
        }
    }

    /// <summary>The hatching of cells below the floor.</summary>
    internal static void FloorSwatch(Sheet sheet, Box box)
    {
        sheet.Add(new BoxLayer("floor swatch", box, CellColors.BelowFloor));
        var marks = new FloorMarks([CellKind.BelowFloor], 1, box);
        sheet.Add(new StrokeLayer("floor swatch hatching", marks.Hatching(5), Color.Of(0xffffff), 1, 0.45));
    }

    static double SignRoom(LegendEntry entry) => entry.SignWidth == 0 ? 0 : entry.SignWidth + 7;

    static void Draw(Sheet sheet, LegendEntry entry, string text, double x, double y, double textX)
    {
        double middle = y - 4.5;
        if (entry.Line is { } line)
            sheet.Add(new CurveLayer("legend line", [new(x + 1, middle), new(x + entry.SignWidth - 1, middle)], line));
        if (entry.Mark is { } mark)
            sheet.Add(new MarkLayer("legend mark", [mark with { X = x + entry.SignWidth / 2, Y = middle }]));
        if (entry.Fill is { } fill)
            sheet.Add(new BoxLayer("legend swatch", new Box(x, y - 10, entry.SignWidth, 12), fill));
        if (entry.Floor)
            FloorSwatch(sheet, new Box(x, y - 10, entry.SignWidth, 12));
        sheet.Text("legend", textX, y, text, Look.FaintLabel);
        sheet.Reach(textX + TextMetrics.Width(text, Look.SubtitleSize) * Look.FontRoom, y);
    }
}
