using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using Muninn.Microscope.Figures.Parts;
using Muninn.Microscope.Pictures;

namespace Muninn.Microscope.Figures;

/// <summary>One line of a <see cref="LineFigure"/>.</summary>
public sealed record LineSeries
{
    /// <summary>What the line is, for the legend.</summary>
    public required string Name { get; init; }

    /// <summary>A value for each iteration, <c>[n]</c>; the line breaks where one is not finite.</summary>
    public required double[] Values { get; init; }

    /// <summary>The lower edge of a band around the line (a quantile, the least of many seeds), <c>[n]</c>; empty for none.</summary>
    public double[] Low { get; init; } = [];

    /// <summary>The upper edge of the band, <c>[n]</c>; empty for none.</summary>
    public double[] High { get; init; } = [];
}

/// <summary>Several curves over the iterations, with a legend: fidelity (relative L2, cosine), residuals, entropies.</summary>
public sealed record LineFigure : Figure
{
    const int RowsMax = 17;

    const string UsualColumns = "Iterations at Test Time";

    /// <summary>An empty figure with the usual titles.</summary>
    public LineFigure()
    {
        Title = "Fidelity over iterations";
    }

    /// <summary>The lines.</summary>
    public required IReadOnlyList<LineSeries> Series { get; init; }

    /// <summary>The iteration of each value, rising, <c>[n]</c>; gaps are shown as such.</summary>
    public required IReadOnlyList<int> Iterations { get; init; }

    /// <summary>What stands on the horizontal axis.</summary>
    public string ColumnTitle { get; init; } = UsualColumns;

    /// <summary>What stands on the vertical axis.</summary>
    public string ValueTitle { get; init; } = "";

    /// <summary>Logarithmic or linear. Zero stands on the lower edge of a logarithmic axis; negative values break the line.</summary>
    public ColorScale Scale { get; init; }

    /// <summary>A value that curves are read against, drawn as a line across; null for none.</summary>
    public double? Level { get; init; }

    /// <summary>What the level is, for the legend.</summary>
    public string LevelTitle { get; init; } = "";

    /// <summary>The value under which differences cannot be told from rounding; null where none is known.</summary>
    public double? Floor { get; init; }

    /// <inheritdoc/>
    public override string Describe()
    {
        var range = Range();
        return string.Create(CultureInfo.InvariantCulture,
            $"{Series.Count} curves over {Over} {Iterations[0]} to {Iterations[^1]}: {string.Join(", ", Series.Select(series => series.Name))}. Values from {ColorRange.NumberText(range.Low)} to {ColorRange.NumberText(range.High)} on a {(Scale == ColorScale.Linear ? "linear" : "logarithmic")} axis.");
    }

    private protected override void Check()
    {
        NeedAny(Series.Count, nameof(Series));
        NeedAny(Iterations.Count, nameof(Iterations));
        NeedRising(Iterations, nameof(Iterations));
        NeedFloor(Floor);
        foreach (var series in Series)
        {
            NeedCount($"Series(\"{series.Name}\").Values", series.Values.Length, Iterations.Count, "one value for each iteration");
            NeedNoneOr($"Series(\"{series.Name}\").Low", series.Low.Length, Iterations.Count, "one value for each iteration");
            NeedCount($"Series(\"{series.Name}\").High", series.High.Length, series.Low.Length, "as many as Low");
        }
    }

    private protected override FigureTable Tabulate()
    {
        var shown = Spread(Iterations.Count, RowsMax);
        return new FigureTable(
            [ColumnTitle == UsualColumns ? "iteration" : Over, .. Series.Select(series => series.Name)],
            [.. shown.Select(i => (IReadOnlyList<string>)[$"{Iterations[i]}", .. Series.Select(series => ColorRange.NumberText(series.Values[i]))])],
            shown.Count < Iterations.Count ? $"{shown.Count} of {Iterations.Count} {(ColumnTitle == UsualColumns ? "iterations" : "rows")}" : null);
    }

    /// <summary>What the columns are, inside a sentence.</summary>
    string Over => ColumnTitle == UsualColumns ? "iterations" : ColumnTitle.ToLowerInvariant();

    ColorRange Range()
    {
        var values = Series.SelectMany(series => series.Values.Concat(series.Low).Concat(series.High)).ToList();
        var range = Axis.Range(values, Scale, Floor);
        if (Scale == ColorScale.Linear)
            return range;
        // Points on an edge would be cut in half.
        double around = Math.Pow(range.High / range.Low, 0.03);
        // Room under the floor: a decade of noise at most.
        double low = range.Low != Floor ? range.Low
            : Math.Clamp(values.Where(value => value > 0).DefaultIfEmpty(0).Min(), range.Low / 10, range.Low / 2);
        return range with { Low = low / around, High = range.High * around };
    }

    private protected override Picture Draw(FigureSize size)
    {
        var sheet = new FigureSheet(this, size.Width);
        var range = Range();
        var rows = range.Ticks();
        double left = FigureSheet.Left + Axis.LeftWidth(rows, ValueTitle);
        var area = new Box(left, sheet.Top, Math.Max(80, sheet.RightWanted - 6 - left), size.PlotHeight);
        var columns = Axis.Iterations(Iterations[0], Iterations[^1], area.Width);
        Axis.Grid(sheet, area, columns, rows);
        DrawFloor(sheet, area, range);
        bool level = DrawLevel(sheet, area, range);
        for (int i = 0; i < Series.Count; i++)
            DrawBand(sheet, area, range, i);
        for (int i = 0; i < Series.Count; i++)
            sheet.Curve("curve", PointsOf(area, range, Series[i].Values), StyleOf(i));
        Axis.Edges(sheet, area);
        Axis.Below(sheet, area, columns, ColumnTitle);
        Axis.Left(sheet, area, rows, ValueTitle);
        sheet.Reach(area.Right + 6, area.Bottom);
        var entries = Series.Select((series, i) => new LegendEntry(NameOf(series)) { Line = StyleOf(i) });
        if (level)
            entries = entries.Append(new LegendEntry($"{LevelTitle} {ColorRange.NumberText(Level!.Value)}".TrimStart()) { Line = LevelStyle });
        Legend.Flow(sheet, entries, FigureSheet.Left, area.Right + 6);
        return sheet.Finish();
    }

    static string NameOf(LineSeries series) => Array.Exists(series.Values, double.IsFinite) ? series.Name : $"{series.Name} (no finite value)";

    static LineStyle StyleOf(int index) => new() { Color = Categories.ColorOf(index), Thickness = 1.8, Dashes = Categories.DashesOf(index) };

    List<Point> PointsOf(Box area, ColorRange range, double[] values)
    {
        var points = new List<Point>();
        for (int i = 0; i < values.Length; i++)
        {
            bool usable = double.IsFinite(values[i]) && (Scale == ColorScale.Linear || values[i] >= 0);
            points.Add(new Point(
                area.X + Axis.FractionOf(Iterations[i], Iterations) * area.Width,
                usable ? area.Bottom - range.FractionOf(values[i]) * area.Height : double.NaN));
        }
        return points;
    }

    void DrawBand(Sheet sheet, Box area, ColorRange range, int index)
    {
        var low = PointsOf(area, range, Series[index].Low);
        var high = PointsOf(area, range, Series[index].High);
        for (int first = 0; first < low.Count; first++)
        {
            int end = first;
            while (end < low.Count && double.IsFinite(low[end].Y) && double.IsFinite(high[end].Y))
                end++;
            if (end - first > 1)
            {
                sheet.Add(new AreaLayer("band",
                    [.. low.Take(end).Skip(first), .. high.Take(end).Skip(first).Reverse()], Categories.ColorOf(index), 0.15));
            }
            first = end;
        }
    }

    static LineStyle LevelStyle => new() { Color = Look.Faint, Thickness = 1.2 };

    /// <summary>A line at the level, where it lies inside the plot.</summary>
    bool DrawLevel(Sheet sheet, Box area, ColorRange range)
    {
        if (Level is not { } level || !(level >= range.Low && level <= range.High))
            return false;
        double y = area.Bottom - range.FractionOf(level) * area.Height;
        sheet.Add(new CurveLayer("level", [new(area.X, y), new(area.Right, y)], LevelStyle));
        return true;
    }

    void DrawFloor(Sheet sheet, Box area, ColorRange range)
    {
        if (Floor is not { } floor || floor < range.Low || floor > range.High)
            return;
        double y = area.Bottom - range.FractionOf(floor) * area.Height;
        if (area.Bottom - y >= 1)
            sheet.Add(new BoxLayer("floor", new Box(area.X, y, area.Width, area.Bottom - y), Look.Grid));
        sheet.Add(new CurveLayer("floor", [new(area.X, y), new(area.Right, y)],
            new LineStyle { Color = Look.Faint, Thickness = 1, Dashes = [3, 4] }));
        sheet.Text("floor label", area.Right - 4, y - 4, $"rounding floor {ColorRange.NumberText(floor)}",
            Look.Small with { Anchor = TextAnchor.End });
    }
}
