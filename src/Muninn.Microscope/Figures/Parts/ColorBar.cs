using System;
using System.Collections.Generic;
using Muninn.Microscope.Pictures;

namespace Muninn.Microscope.Figures.Parts;

/// <summary>An upright bar of colours with ticks, texts and a turned title.</summary>
static class ColorBar
{
    const int StepsMax = 256;
    const double StubHeight = 14;

    /// <summary>Draws the bar.</summary>
    /// <param name="sheet">Where to draw.</param>
    /// <param name="bar">The place of the colours.</param>
    /// <param name="colorAt">The colour at 0 (lower end) … 1.</param>
    /// <param name="ticks">Marks.</param>
    /// <param name="title">What a colour is.</param>
    /// <param name="floorText">The text beside a hatched stub under the bar, for cells below the floor; null for none.</param>
    internal static void Add(
        Sheet sheet, Box bar, Func<double, Color> colorAt, IReadOnlyList<Tick> ticks, string title, string? floorText = null)
    {
        double full = bar.Height;
        if (floorText is not null)
            bar = bar with { Height = full - StubHeight };
        var colors = new Color[Math.Clamp((int)bar.Height, 2, StepsMax)];
        for (int i = 0; i < colors.Length; i++)
            colors[i] = colorAt(1 - i / (colors.Length - 1.0));
        sheet.Add(new RasterLayer("colour bar", bar, 1, colors.Length, colors));
        var strokes = new List<Segment>();
        double widest = 0, lastLabel = double.PositiveInfinity;
        foreach (var tick in ticks)
        {
            double y = bar.Bottom - tick.Fraction * bar.Height;
            strokes.Add(new Segment(bar.Right, y, bar.Right + (tick.Text.Length == 0 ? 3 : 5), y));
            if (tick.Text.Length == 0 || lastLabel - y < Look.TickSize + 2 || floorText is not null && bar.Bottom - y < Look.TickSize - 2)
                continue;
            lastLabel = y;
            sheet.Text("colour label", bar.Right + 8, y + Look.TickSize * 0.36, tick.Text, Look.Label);
            widest = Math.Max(widest, TextMetrics.Width(tick.Text, Look.TickSize));
        }
        if (floorText is not null)
        {
            var below = new Box(bar.X, bar.Bottom, bar.Width, StubHeight);
            Legend.FloorSwatch(sheet, below);
            sheet.Text("floor label", bar.Right + 8, below.Y + 11, floorText, Look.Label);
            widest = Math.Max(widest, TextMetrics.Width(floorText, Look.TickSize));
        }
        sheet.Strokes("colour ticks", strokes, Look.Ink);
        double titleX = bar.Right + 8 + widest + 18;
        Axis.TurnedTitle(sheet, bar with { Height = full }, titleX, title, "colour title");
        sheet.Reach(titleX + 4, bar.Y + full);
    }

    /// <summary>The room that the bar needs to the right of a plot.</summary>
    internal static double Width(IReadOnlyList<Tick> ticks, string? floorText = null)
    {
        double widest = floorText is null ? 0 : TextMetrics.Width(floorText, Look.TickSize);
        foreach (var tick in ticks)
            widest = Math.Max(widest, TextMetrics.Width(tick.Text, Look.TickSize));
        return Look.BarGap + Look.BarWidth + 8 + widest + 18 + 4;
    }
}
