using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using Muninn.Microscope.Pictures;

namespace Muninn.Microscope.Figures.Parts;

/// <summary>Axes: where their ticks stand, and how they are drawn around a plot.</summary>
static class Axis
{
    const int TickLength = 5, MinorLength = 3;

    /// <summary>
    /// The range of an axis that holds these values, finite ones only; on a logarithmic scale positive ones, down to the
    /// floor at most. A range of one value is widened around it.
    /// </summary>
    internal static ColorRange Range(IEnumerable<double> values, ColorScale scale, double? floor = null)
    {
        var usable = values.Where(value => double.IsFinite(value) && (scale == ColorScale.Linear || value > 0)).ToList();
        if (floor is { } bound && usable.Any(value => value < bound))
            usable = [.. usable.Where(value => value >= bound), bound];
        if (usable.Count == 0)
            return scale == ColorScale.Linear ? new ColorRange(scale, 0, 1, floor) : new ColorRange(scale, 0.1, 1, floor);
        double low = usable.Min(), high = usable.Max();
        if (scale == ColorScale.Logarithmic)
        {
            return Math.Log10(high / low) < 0.05
                ? new ColorRange(scale, low / Math.Sqrt(10), high * Math.Sqrt(10), floor)
                : new ColorRange(scale, low, high, floor);
        }
        double around = high - low < 1e-9 * Math.Max(Math.Abs(low), Math.Abs(high)) || high == low
            ? low == 0 ? 1 : 0.1 * Math.Abs(low)
            : 0.03 * (high - low);
        return new ColorRange(scale, low - around, high + around, floor);
    }

    /// <summary>Ticks for iterations first … last along a line of this many pixels, at their own places.</summary>
    internal static IReadOnlyList<Tick> Iterations(int first, int last, double length)
    {
        var ticks = new List<Tick>();
        int step = last - first is >= 10 and < 40
            ? Math.Max(1, (int)ColorRange.RoundStep(36 * (last - first) / length))
            : HeatmapLayout.ColumnStep(last - first, length);
        for (int iteration = first; iteration <= last; iteration++)
        {
            double fraction = first == last ? 0.5 : (iteration - first) / (double)(last - first);
            if (iteration % step == 0)
                ticks.Add(new Tick(fraction, iteration.ToString(CultureInfo.InvariantCulture)));
            else if (step >= 10 && iteration % (step / 2) == 0)
                ticks.Add(new Tick(fraction, ""));
        }
        return ticks.Count > 0 ? ticks : [new Tick(first == last ? 0.5 : 0, first.ToString(CultureInfo.InvariantCulture))];
    }

    /// <summary>The place of an iteration between the first and the last one, 0 … 1.</summary>
    internal static double FractionOf(int iteration, IReadOnlyList<int> iterations) => iterations.Count == 1
        ? 0.5
        : (iteration - iterations[0]) / (double)(iterations[^1] - iterations[0]);

    /// <summary>Draws ticks, their texts and a title under the plot. Texts that would touch the one before are left out.</summary>
    internal static void Below(Sheet sheet, Box area, IReadOnlyList<Tick> ticks, string title)
    {
        var strokes = new List<Segment>();
        var minor = new List<Segment>();
        double free = double.NegativeInfinity;
        foreach (var tick in ticks)
        {
            // Rounded, so that a tick in the middle of a pixel stays there whatever the last bit says.
            double x = Math.Round(area.X + tick.Fraction * area.Width, 6), half = TextMetrics.Width(tick.Text, Look.TickSize) / 2;
            bool shown = tick.Text.Length > 0 && x - half >= free;
            (shown ? strokes : minor).Add(new Segment(x, area.Bottom, x, area.Bottom + (shown ? TickLength : MinorLength)));
            if (!shown)
                continue;
            free = x + half + 4;
            sheet.Text("column label", x, area.Bottom + 19, tick.Text, Look.Label with { Anchor = TextAnchor.Middle });
        }
        sheet.Strokes("column ticks", [.. strokes, .. minor], Look.Ink);
        sheet.Reach(area.Right, area.Bottom + 8);
        if (title.Length == 0)
            return;
        sheet.Text("column title", TitleMiddle(area, title), area.Bottom + (free > double.NegativeInfinity ? 40 : 24), title,
            new TextStyle { Size = Look.AxisTitleSize, Anchor = TextAnchor.Middle });
    }

    /// <summary>Where the middle of a title under the plot stands: a very narrow plot would push it out at the left.</summary>
    internal static double TitleMiddle(Box area, string title) =>
        Math.Max(area.X + area.Width / 2, Look.Margin + TextMetrics.Width(title, Look.AxisTitleSize) / 2);

    /// <summary>The room that <see cref="Left"/> needs beside the plot.</summary>
    internal static double LeftWidth(IReadOnlyList<Tick> ticks, string title) =>
        Math.Ceiling(ticks.Select(tick => TextMetrics.Width(tick.Text, Look.TickSize)).DefaultIfEmpty(0).Max())
        + TickLength + 4 + (title.Length == 0 ? 0 : Look.AxisTitleSize + 9);

    /// <summary>Draws ticks, their texts and a turned title at the left of the plot.</summary>
    internal static void Left(Sheet sheet, Box area, IReadOnlyList<Tick> ticks, string title)
    {
        Upright(sheet, area, ticks, area.X, -1);
        if (title.Length > 0)
            TurnedTitle(sheet, area, area.X - LeftWidth(ticks, title) + Look.AxisTitleSize * 0.8, title);
    }

    /// <summary>The room that <see cref="Right"/> needs beside the plot.</summary>
    internal static double RightWidth(IReadOnlyList<Tick> ticks, string title) => LeftWidth(ticks, title) + 6;

    /// <summary>Draws a line with ticks, their texts and a turned title at the right edge of the plot.</summary>
    internal static void Right(Sheet sheet, Box area, IReadOnlyList<Tick> ticks, string title)
    {
        sheet.Strokes("value ticks", [new Segment(area.Right, area.Y, area.Right, area.Bottom)], Look.Ink);
        Upright(sheet, area, ticks, area.Right, 1);
        TurnedTitle(sheet, area, area.Right + RightWidth(ticks, title) - 4, title);
    }

    static void Upright(Sheet sheet, Box area, IReadOnlyList<Tick> ticks, double x, int side)
    {
        var strokes = new List<Segment>();
        double free = double.PositiveInfinity;
        // Minor ticks that would run together say nothing.
        double closest = ticks.Zip(ticks.Skip(1), (a, b) => (b.Fraction - a.Fraction) * area.Height).DefaultIfEmpty(0).Min();
        var style = Look.Label with { Anchor = side < 0 ? TextAnchor.End : TextAnchor.Start };
        foreach (var tick in ticks)
        {
            double y = area.Bottom - tick.Fraction * area.Height;
            bool shown = tick.Text.Length > 0 && y + Look.TickSize / 2 <= free;
            if (shown || closest >= 1.6)
                strokes.Add(new Segment(x, y, x + side * (shown ? TickLength : MinorLength), y));
            if (!shown)
                continue;
            free = y - Look.TickSize / 2 - 2;
            sheet.Text("row label", x + side * (TickLength + 4), y + Look.TickSize * 0.36, tick.Text, style);
        }
        sheet.Strokes("row ticks", strokes, Look.Ink);
    }

    /// <summary>A title that reads upwards, its middle beside the plot's but never above the sheet's content.</summary>
    internal static void TurnedTitle(Sheet sheet, Box area, double x, string title, string name = "axis title")
    {
        string text = TextMetrics.Shorten(title, Look.AxisTitleSize, area.Height + 60);
        double middle = Math.Max(area.Y + area.Height / 2, sheet.Top - 10 + TextMetrics.Width(text, Look.AxisTitleSize) / 2);
        sheet.Text(name, x, middle, text,
            new TextStyle { Size = Look.AxisTitleSize, Anchor = TextAnchor.Middle, Direction = TextDirection.Up });
    }

    /// <summary>Faint lines through the plot at ticks with a text.</summary>
    internal static void Grid(Sheet sheet, Box area, IReadOnlyList<Tick> columns, IReadOnlyList<Tick> rows) => sheet.Strokes("grid",
    [
        .. columns.Where(tick => tick.Text.Length > 0).Select(tick => area.X + tick.Fraction * area.Width).Select(x => new Segment(x, area.Y, x, area.Bottom)),
        .. rows.Where(tick => tick.Text.Length > 0).Select(tick => area.Bottom - tick.Fraction * area.Height).Select(y => new Segment(area.X, y, area.Right, y)),
    ], Look.Grid);

    /// <summary>The left and the lower edge of the plot.</summary>
    internal static void Edges(Sheet sheet, Box area) => sheet.Strokes("axes",
        [new Segment(area.X, area.Y, area.X, area.Bottom), new Segment(area.X, area.Bottom, area.Right, area.Bottom)], Look.Ink);
}
