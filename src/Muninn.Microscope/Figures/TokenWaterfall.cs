using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using Muninn.Microscope.Figures.Parts;
using Muninn.Microscope.Pictures;

namespace Muninn.Microscope.Figures;

/// <summary>
/// The distance curves ‖s_i − s*‖ of all tokens, one under the other: shapes can be compared that colours of a heatmap
/// only hint at. Every curve has the same logarithmic scale; the one at the right belongs to the lowest token.
/// </summary>
public sealed record TokenWaterfall : Figure
{
    const int RowsMax = 40, ColumnsMax = 8;
    const double StepLeast = 3, StepLabelled = 14, StepMost = 34;

    /// <summary>An empty figure with the usual titles.</summary>
    public TokenWaterfall()
    {
        Title = "Token Waterfall ‖s − s*‖";
        Caption = "Each curve: one token's distance to its state at the horizon, behind the final norm; all on one logarithmic scale. "
            + "A curve that stays on the floor shows rest at this precision, not that s* is the only fixed point.";
    }

    /// <summary>The text of each token, <c>[T]</c>.</summary>
    public required IReadOnlyList<string> Labels { get; init; }

    /// <summary>Each token's place in the whole text, <c>[T]</c>; empty for 0, 1, 2 ….</summary>
    public IReadOnlyList<int> Positions { get; init; } = [];

    /// <summary>The iteration of each column, rising, <c>[n]</c>.</summary>
    public required IReadOnlyList<int> Iterations { get; init; }

    /// <summary>The distances, <c>[T, n]</c>. Curves break where one is not finite; zero stands on the base line.</summary>
    public required float[] Distances { get; init; }

    /// <summary>The distance under which differences cannot be told from rounding; null where none is known.</summary>
    public double? Floor { get; init; }

    /// <summary>What is measured, beside the scale.</summary>
    public string ValueTitle { get; init; } = "Distance";

    /// <inheritdoc/>
    public override string Describe()
    {
        var range = Range();
        return string.Create(CultureInfo.InvariantCulture,
            $"Distance curves of {Labels.Count} tokens, top to bottom, over iterations {Iterations[0]} to {Iterations[^1]}, each on a logarithmic scale from {ColorRange.NumberText(range.Low)} to {ColorRange.NumberText(range.High)}.");
    }

    private protected override void Check()
    {
        NeedAny(Labels.Count, nameof(Labels));
        NeedAny(Iterations.Count, nameof(Iterations));
        NeedRising(Iterations, nameof(Iterations));
        NeedNoneOr(nameof(Positions), Positions.Count, Labels.Count, "one position for each token");
        NeedCount(nameof(Distances), Distances.Length, (long)Labels.Count * Iterations.Count, "[tokens, iterations] values, token by token");
        NeedFloor(Floor);
    }

    private protected override FigureTable Tabulate()
    {
        var columns = Spread(Iterations.Count, ColumnsMax);
        var rows = Spread(Labels.Count, RowsMax);
        return new FigureTable(
            ["token", .. columns.Select(column => $"i={Iterations[column]}")],
            [.. rows.Select(row => (IReadOnlyList<string>)[Labels[row], .. columns.Select(column => ColorRange.NumberText(Value(row, column)))])],
            rows.Count < Labels.Count ? $"{rows.Count} of {Labels.Count} tokens" : null);
    }

    float Value(int row, int column) => Distances[row * Iterations.Count + column];

    ColorRange Range() => Axis.Range(Distances.Select(value => (double)value), ColorScale.Logarithmic, Floor);

    private protected override Picture Draw(FigureSize size)
    {
        var sheet = new FigureSheet(this, size.Width);
        var range = Range();
        var ticks = range.Ticks();
        double least = Math.Clamp(Math.Floor((double)size.RowsHeight / Labels.Count), StepLeast, Math.Min(StepLabelled, size.TextRowHeight));
        double step = Math.Clamp(Math.Floor((double)size.PlotHeight / Labels.Count), least, StepMost);
        // On a terminal a token has its line.
        if (size.SnapsToRows && step > size.TextRowHeight)
            step = Math.Floor(step / size.TextRowHeight) * size.TextRowHeight;
        // Curves may rise into their neighbours above: the shapes stay large though there are many.
        double height = Labels.Count < 3 ? Math.Min(160, size.PlotHeight * 0.6) : Math.Clamp(step * 2.6, 40, 90);
        var labels = new RowLabels(Labels, Positions, step, 130);
        double left = FigureSheet.Left + labels.Width + Look.Gap;
        double right = sheet.RightWanted - 12 - Axis.RightWidth(ticks, ValueTitle);
        double top = size.Snapped(sheet.Top + height - step);
        var area = new Box(left, top, Math.Max(60, right - left), step * Labels.Count);
        for (int row = 0; row < Labels.Count; row++)
            DrawRidge(sheet, row, new Box(area.X, area.Y + (row + 1) * step - height, area.Width, height), range);
        labels.Draw(sheet, area.X - Look.Gap, area.Y, 0.9);
        Axis.Below(sheet, area, Axis.Iterations(Iterations[0], Iterations[^1], area.Width), "Iterations at Test Time");
        Axis.Right(sheet, new Box(area.X, area.Bottom - height, area.Width + 12, height), ticks, ValueTitle);
        if (Floor is { } floor && Distances.Any(value => value < floor))
        {
            Legend.Flow(sheet, [new LegendEntry($"below the rounding floor {ColorRange.NumberText(floor)}: not to be told from s*")
            {
                Line = new LineStyle { Color = Look.Muted },
            }], FigureSheet.Left, sheet.RightWanted);
        }
        if (Distances.Any(value => !float.IsFinite(value)))
        {
            Legend.Flow(sheet, [new LegendEntry("not a finite number from here on: the state diverged")
            {
                Mark = new Mark(0, 0, 3.5, MarkShape.Cross, Categories.Vermillion),
            }], FigureSheet.Left, sheet.RightWanted);
        }
        return sheet.Finish();
    }

    void DrawRidge(Sheet sheet, int row, Box area, ColorRange range)
    {
        // Two colours in turn: neighbours that cross can be followed.
        var line = row % 2 == 0 ? Color.Of(0x3b528b) : Color.Of(0x21918c);
        var points = new List<Point>();
        var colors = new List<Color>();
        for (int column = 0; column < Iterations.Count; column++)
        {
            float value = Value(row, column);
            double y = float.IsFinite(value) && value >= 0 ? area.Bottom - range.FractionOf(value) * area.Height : double.NaN;
            points.Add(new Point(area.X + Axis.FractionOf(Iterations[column], Iterations) * area.Width, y));
            if (column > 0)
                colors.Add(value < Floor && Value(row, column - 1) < Floor ? Look.Muted : line);
        }
        sheet.Strokes("base line", [new Segment(area.X, area.Bottom, area.Right, area.Bottom)], Look.Grid);
        sheet.Curve("ridge line", points, new LineStyle { Color = line, Thickness = 1.3 }, colors);
        int broken = points.FindIndex(point => !double.IsFinite(point.Y));
        if (broken >= 0)
            sheet.Add(new MarkLayer("not finite", [new Mark(points[broken].X, area.Bottom - 3, 3, MarkShape.Cross, Categories.Vermillion)]));
    }
}
