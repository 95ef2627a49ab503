using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using Muninn.Microscope.Figures.Parts;
using Muninn.Microscope.Pictures;

namespace Muninn.Microscope.Figures;

/// <summary>
/// Lays out maps of equal size side by side, in one or several lines, with one colour bar for the maps and one for their
/// difference, which stands last in each line.
/// </summary>
sealed class MapLayout
{
    const int Header = 20, LineHeader = 18, Between = 14, LineGap = 8, BarLeast = 110, SideLeast = 72;
    const double TurnedLabelMost = 76;

    internal required Figure Figure { get; init; }

    internal required FigureSize Size { get; init; }

    internal required IReadOnlyList<string> Labels { get; init; }

    internal required IReadOnlyList<int> Positions { get; init; }

    /// <summary>The title of each map of a line; the difference's is the last.</summary>
    internal required IReadOnlyList<IReadOnlyList<string>> Titles { get; init; }

    /// <summary>What each line of maps is, shown above it; empty for a single line.</summary>
    internal IReadOnlyList<string> LineTitles { get; init; } = [];

    /// <summary>The maps, <c>[lines][maps]</c>, each <c>[rows, columns]</c>.</summary>
    internal required IReadOnlyList<IReadOnlyList<double[]>> Maps { get; init; }

    /// <summary>The difference of each line, <c>[rows, columns]</c>, NaN where it cannot be told; empty for none.</summary>
    internal IReadOnlyList<double[]> Differences { get; init; } = [];

    internal required ColorRange Range { get; init; }

    internal required string ColorTitle { get; init; }

    internal string DifferenceTitle { get; init; } = "";

    /// <summary>A label for each column; empty where columns are iterations.</summary>
    internal IReadOnlyList<string> ColumnLabels { get; init; } = [];

    /// <summary>The iteration of each column; empty where columns have labels.</summary>
    internal IReadOnlyList<int> Iterations { get; init; } = [];

    internal required string ColumnTitle { get; init; }

    /// <summary>The widest cell.</summary>
    internal int CellMost { get; init; } = 18;

    /// <summary>What a grey cell is.</summary>
    internal required string UnknownText { get; init; }

    int Rows => Labels.Count;

    int Columns => Maps[0][0].Length / Rows;

    internal Picture Draw()
    {
        var sheet = new FigureSheet(Figure, Size.Width);
        int panels = Maps[0].Count + (Differences.Count > 0 ? 1 : 0);
        double bound = Bound();
        var ticks = Range.Ticks();
        var differenceTicks = DifferenceTicks(bound);
        double differenceBar = Differences.Count > 0 ? ColorBar.Width(differenceTicks) + Look.BarGap : 0;
        double labelMost = Math.Clamp(Size.Width / 6, 40, 130);
        double room = sheet.RightWanted - FigureSheet.Left - Look.Gap - ColorBar.Width(ticks);
        double side = (room - differenceBar - (panels - 1) * Between - LabelWidth(RowHeight(room / panels), labelMost)) / panels;
        // Where maps side by side would be too narrow, they stand one under the other.
        bool stacked = side < SideLeast && panels > 1;
        if (stacked)
            side = Math.Max(SideLeast, room + ColorBar.Width(ticks) - Math.Max(ColorBar.Width(ticks), differenceBar) - LabelWidth(RowHeight(room), labelMost));
        double width = Columns <= side ? Cell(side) * Columns : Math.Max(SideLeast, Math.Floor(side));
        // A map that is narrower than its title keeps the room for it.
        double titled = Math.Max(width, Math.Min(side, Titles.SelectMany(line => line).Max(title => TextMetrics.Width(TextMetrics.Shown(title), Look.LabelSize) * Look.FontRoom)));
        double rowHeight = RowHeight(width);
        var labels = new RowLabels(Labels, Positions, rowHeight, labelMost);
        double height = Math.Max(1, Math.Round(rowHeight * Rows));
        double left = Size.SnappedColumn(FigureSheet.Left + labels.Width + Look.Gap), top = sheet.Top;
        bool merged = false;
        for (int line = 0; line < Maps.Count; line++)
        {
            if (LineTitles.Count > 0)
            {
                sheet.Text("line title", left, top + 10, TextMetrics.Shown(LineTitles[line]), Look.Label with { Weight = TextWeight.Bold });
                top += LineHeader;
            }
            var area = new Box(left, Size.Snapped(top + Header), width, height);
            var bar = new Box(0, area.Y, Look.BarWidth, Math.Max(height, BarLeast));
            labels.Draw(sheet, left - Look.Gap, area.Y);
            for (int i = 0; i < Maps[line].Count; i++)
            {
                if (i > 0)
                    area = Next(area);
                merged |= Panel(sheet, area, Titles[line][i], Maps[line][i], map => map.Draw(sheet, area, Range), titled, stacked || line == Maps.Count - 1);
            }
            double bottom = sheet.Bottom, right = area.Right;
            if (line == 0)
                ColorBar.Add(sheet, bar with { X = area.X + titled + Look.BarGap }, Viridis.At, ticks, ColorTitle);
            if (Differences.Count > 0)
            {
                area = stacked ? Next(area) : area with { X = area.X + titled + ColorBar.Width(ticks) + Look.BarGap };
                Panel(sheet, area, Titles[line][^1], Differences[line], map => map.DrawDifference(sheet, area, bound), titled, stacked || line == Maps.Count - 1);
                if (line == 0)
                {
                    ColorBar.Add(sheet, bar with { X = area.X + titled + Look.BarGap, Y = area.Y },
                        fraction => Diverging.At(2 * fraction - 1), differenceTicks, DifferenceTitle);
                }
            }
            if (line == Maps.Count - 1)
                TitleColumns(sheet, area with { X = left, Width = right - left }, stacked ? sheet.Bottom : bottom);
            top = sheet.Bottom + LineGap;
        }
        Legend.Flow(sheet, Entries(merged), FigureSheet.Left, Math.Max(sheet.RightWanted, sheet.Right));
        return sheet.Finish();

        Box Next(Box area)
        {
            if (!stacked)
                return area with { X = area.X + titled + Between };
            var below = area with { Y = Size.Snapped(Math.Max(sheet.Bottom, area.Y + BarLeast) + LineGap + Header) };
            labels.Draw(sheet, left - Look.Gap, below.Y);
            return below;
        }
    }

    /// <summary>The width of a cell: whole pixels, and on paper half ones where iterations are many or tokens very many: whole ones would waste half of the room.</summary>
    double Cell(double side)
    {
        double cell = side / Columns;
        if (Size.SnapsToRows)
            return Math.Clamp(Math.Floor(cell), 1, Size.TextRowHeight);
        bool hasHalves = ColumnLabels.Count == 0 || cell < 3;
        return Math.Clamp(hasHalves ? Math.Floor(2 * cell) / 2 : Math.Floor(cell), 1, CellMost);
    }

    /// <summary>One title for the columns of all maps of the last line; where it is wider than they are, below the bars too.</summary>
    void TitleColumns(FigureSheet sheet, Box area, double bottom)
    {
        double middle = Axis.TitleMiddle(area, ColumnTitle);
        bool wider = middle + TextMetrics.Width(ColumnTitle, Look.AxisTitleSize) / 2 > area.Right + Look.BarGap;
        sheet.Text("column title", middle, (wider ? sheet.Bottom : bottom) + 17, ColumnTitle,
            new TextStyle { Size = Look.AxisTitleSize, Anchor = TextAnchor.Middle });
    }

    /// <summary>Square cells where columns are tokens; where they are iterations, rows as high as a label if there is room.</summary>
    double RowHeight(double width) => ColumnLabels.Count > 0
        ? Math.Min(width / Columns, (double)Size.RowsHeight / Rows)
        : Math.Clamp(Size.RowsHeight / Rows, 1, Math.Min(15, Size.TextRowHeight));

    double LabelWidth(double rowHeight, double most) => new RowLabels(Labels, Positions, rowHeight, most).Width;

    /// <summary>Draws one map with its title and axis, of which lines of tokens share the last; says whether cells had to share.</summary>
    bool Panel(Sheet sheet, Box area, string title, double[] values, Action<CellMap> draw, double room, bool isLast)
    {
        sheet.Text("map title", area.X, area.Y - 6, TextMetrics.Shorten(TextMetrics.Shown(title), Look.LabelSize, room), Look.Label);
        var map = CellMap.Reduced(values, Rows, (int)area.Height, (int)area.Width);
        draw(map);
        sheet.Reach(area.Right, area.Bottom);
        if (ColumnLabels.Count == 0)
        {
            Axis.Below(sheet, area, [.. IterationTicks(area.Width)], "");
        }
        else if (isLast)
            ColumnAxis(sheet, area);
        return map.Columns < Columns || map.Rows < Rows;
    }

    /// <summary>Round iterations in the middle of their columns; where columns are not evenly spaced, each has its own.</summary>
    IEnumerable<Tick> IterationTicks(double width)
    {
        int step = Columns > 1 ? Iterations[1] - Iterations[0] : 1;
        return Enumerable.Range(1, Columns - 1).All(i => Iterations[i] - Iterations[i - 1] == step)
            ? Axis.Iterations(Iterations[0], Iterations[^1], width)
                .Select(tick => tick with { Fraction = Columns == 1 ? 0.5 : (tick.Fraction * (Columns - 1) + 0.5) / Columns })
            : Iterations.Select((iteration, i) => new Tick((i + 0.5) / Columns, iteration.ToString(CultureInfo.InvariantCulture)));
    }

    /// <summary>Turned labels under the columns where a line of text fits one; else position numbers.</summary>
    void ColumnAxis(Sheet sheet, Box area)
    {
        double step = area.Width / Columns;
        if (step < 11 || Size.SnapsToRows)
        {
            int every = HeatmapLayout.ColumnStep(Columns - 1, area.Width);
            var ticks = Enumerable.Range(0, Columns).Where(column => column % every == 0)
                .Select(column => new Tick((column + 0.5) / Columns, $"{(Positions.Count == Columns ? Positions[column] : column)}"));
            Axis.Below(sheet, area, [.. ticks], "");
            return;
        }
        for (int column = 0; column < Columns; column++)
        {
            string text = TextMetrics.Shorten(TextMetrics.Shown(ColumnLabels[column]), Look.SmallSize, TurnedLabelMost);
            sheet.Text("column label", area.X + (column + 0.5) * step + Look.SmallSize * 0.35, area.Bottom + 5, text,
                Look.Small with { Color = Look.Ink, Anchor = TextAnchor.End, Direction = TextDirection.Up });
        }
    }

    /// <summary>The largest difference, or one where all are zero.</summary>
    double Bound()
    {
        double largest = Differences.SelectMany(values => values).Where(double.IsFinite).Select(Math.Abs).DefaultIfEmpty(0).Max();
        return largest == 0 ? 1 : largest;
    }

    static IReadOnlyList<Tick> DifferenceTicks(double bound) => new ColorRange(ColorScale.Linear, -bound, bound, null).Ticks();

    IEnumerable<LegendEntry> Entries(bool merged)
    {
        var all = Maps.SelectMany(line => line).SelectMany(values => values);
        if (all.Any(value => !double.IsNaN(value) && Range.KindOf((float)value) == CellKind.BelowFloor))
            yield return new(Range.Floor is { } floor ? $"below the rounding floor {ColorRange.NumberText(floor)}" : "exactly zero") { Floor = true };
        if (all.Concat(Differences.SelectMany(values => values)).Any(double.IsNaN))
            yield return new(UnknownText) { Fill = CellMap.Unknown };
        if (all.Any(double.IsInfinity))
            yield return new("infinite") { Fill = CellColors.NotFinite };
        if (merged)
            yield return new("more cells than pixels: neighbours show the value farthest from zero");
    }
}
