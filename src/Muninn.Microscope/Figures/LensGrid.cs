using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using Muninn.Microscope.Figures.Parts;
using Muninn.Microscope.Pictures;

namespace Muninn.Microscope.Figures;

/// <summary>
/// What a lens reads from each token's state at chosen iterations: the likeliest token as text, a measure as colour, and
/// an outline where the likeliest token stops changing.
/// </summary>
public sealed record LensGrid : Figure
{
    const double CellWanted = 60, CellMost = 96, TextSize = 10.5;
    const int TableRowsMax = 40, TableColumns = 5;

    /// <summary>An empty figure with the usual titles.</summary>
    public LensGrid()
    {
        Title = "What the Lens Reads";
        Caption = "Each cell: the likeliest next token if the run stopped there and the coda read the state. The coda was trained on finished states: "
            + "what it reads from early ones need not be what the model holds.";
    }

    /// <summary>The text of each token, <c>[T]</c>.</summary>
    public required IReadOnlyList<string> Labels { get; init; }

    /// <summary>Each token's place in the whole text, <c>[T]</c>; empty for none to be shown.</summary>
    public IReadOnlyList<int> Positions { get; init; } = [];

    /// <summary>The iteration of each column, rising, <c>[n]</c>.</summary>
    public required IReadOnlyList<int> Iterations { get; init; }

    /// <summary>The likeliest token of each cell, <c>[T, n]</c>.</summary>
    public required IReadOnlyList<string> Texts { get; init; }

    /// <summary>The measure of each cell, <c>[T, n]</c>; grey where it is not finite.</summary>
    public required double[] Values { get; init; }

    /// <summary>What the measure is.</summary>
    public string ValueTitle { get; init; } = "Entropy (nats)";

    /// <summary>Linear for entropies and probabilities, logarithmic for divergences.</summary>
    public ColorScale Scale { get; init; } = ColorScale.Linear;

    /// <summary>The iteration from which each token's likeliest next token no longer changes, <c>[T]</c>; null where it never settles; empty where unknown.</summary>
    public IReadOnlyList<int?> Commit { get; init; } = [];

    /// <summary>The iterations to be shown, each one of <see cref="Iterations"/>; empty for as many as fit, evenly spread.</summary>
    public IReadOnlyList<int> Shown { get; init; } = [];

    /// <inheritdoc/>
    public override string Describe() => string.Create(CultureInfo.InvariantCulture,
        $"Grid of {Labels.Count} tokens over iterations {Iterations[0]} to {Iterations[^1]}: the likeliest next token as text, {ValueTitle} as colour.");

    private protected override void Check()
    {
        NeedAny(Labels.Count, nameof(Labels));
        NeedAny(Iterations.Count, nameof(Iterations));
        NeedRising(Iterations, nameof(Iterations));
        NeedNoneOr(nameof(Positions), Positions.Count, Labels.Count, "one position for each token");
        NeedCount(nameof(Texts), Texts.Count, (long)Labels.Count * Iterations.Count, "[tokens, iterations] texts");
        NeedCount(nameof(Values), Values.Length, (long)Labels.Count * Iterations.Count, "[tokens, iterations] values");
        NeedNoneOr(nameof(Commit), Commit.Count, Labels.Count, "one iteration for each token");
        NeedRising(Shown, nameof(Shown));
        foreach (int iteration in Shown)
        {
            if (!Iterations.Contains(iteration))
                throw new ArgumentException($"Iteration {iteration} is to be shown, but the grid holds {Iterations[0]} … {Iterations[^1]}. Choose among those.", nameof(Shown));
        }
    }

    private protected override FigureTable Tabulate()
    {
        var rows = Spread(Labels.Count, TableRowsMax);
        var columns = Columns(TableColumns);
        return new FigureTable(
            ["token", .. columns.Select(column => $"i={Iterations[column]}"), .. Commit.Count == 0 ? Array.Empty<string>() : ["commit"]],
            [.. rows.Select(row => (IReadOnlyList<string>)
            [
                Labels[row], .. columns.Select(column => Texts[row * Iterations.Count + column]),
                .. Commit.Count == 0 ? Array.Empty<string>() : [Commit[row] is { } commit ? $"{commit}" : "never"],
            ])],
            rows.Count < Labels.Count || columns.Count < Iterations.Count ? $"{rows.Count} of {Labels.Count} tokens, {columns.Count} of {Iterations.Count} iterations" : null);
    }

    /// <summary>The columns to be shown: those asked for, thinned to what fits.</summary>
    List<int> Columns(int most)
    {
        var asked = Shown.Count == 0
            ? Enumerable.Range(0, Iterations.Count).ToList()
            : [.. Shown.Select(iteration => Iterations.ToList().IndexOf(iteration))];
        return [.. Spread(asked.Count, most).Select(i => asked[i])];
    }

    private protected override Picture Draw(FigureSize size)
    {
        var sheet = new FigureSheet(this, size.Width);
        var range = ColorRange.Of(Array.ConvertAll(Values, value => (float)value), Scale, null);
        var ticks = range.Ticks();
        IReadOnlyList<string> labels = Positions.Count == 0
            ? Labels
            : [.. Labels.Select((label, row) => string.Create(CultureInfo.InvariantCulture, $"{label}  {Positions[row]}"))];
        int rowHeight = size.TextRowHeight;
        var rowLabels = new RowLabels(labels, Positions, rowHeight, Math.Clamp(size.Width / 6, 50, 120));
        double left = size.SnappedColumn(FigureSheet.Left + rowLabels.Width + Look.Gap);
        double room = Math.Max(CellWanted, sheet.RightWanted - ColorBar.Width(ticks) - left);
        var columns = Columns(Math.Max(1, (int)(room / CellWanted)));
        double cell = size.SnappedColumn(Math.Floor(Math.Min(CellMost, room / columns.Count)));
        double top = size.Snapped(sheet.Top + rowHeight + 4);
        var area = new Box(left, top, cell * columns.Count, rowHeight * Labels.Count);
        DrawCells(sheet, area, columns, range);
        rowLabels.Draw(sheet, left - Look.Gap, top);
        var middle = Look.Label with { Anchor = TextAnchor.Middle };
        for (int i = 0; i < columns.Count; i++)
            sheet.Text("column label", left + (i + 0.5) * cell, top - 6, $"{Iterations[columns[i]]}", middle);
        sheet.Text("column title", left - Look.Gap, top - 6, "iteration", Look.Small with { Anchor = TextAnchor.End });
        sheet.Reach(area.Right, area.Bottom);
        bool between = DrawCommits(sheet, area, columns);
        ColorBar.Add(sheet, new Box(area.Right + Look.BarGap, top, Look.BarWidth, Math.Clamp(area.Height, 110, 360)), Viridis.At, ticks, ValueTitle);
        Legend.Flow(sheet, Entries(columns, range, between), FigureSheet.Left, Math.Max(sheet.RightWanted, sheet.Right));
        return sheet.Finish();
    }

    void DrawCells(Sheet sheet, Box area, List<int> columns, ColorRange range)
    {
        double cell = area.Width / columns.Count, rowHeight = area.Height / Labels.Count;
        var colors = new Color[Labels.Count * columns.Count];
        for (int at = 0; at < colors.Length; at++)
        {
            double value = Values[at / columns.Count * Iterations.Count + columns[at % columns.Count]];
            var kind = range.KindOf((float)value);
            colors[at] = CellColors.Of(kind, kind == CellKind.Value ? range.FractionOf(value) : 0);
        }
        sheet.Add(new RasterLayer("cells", area, columns.Count, Labels.Count, colors));
        for (int at = 0; at < colors.Length; at++)
        {
            int row = at / columns.Count, column = at % columns.Count;
            string text = TextMetrics.Shorten(TextMetrics.Shown(Texts[row * Iterations.Count + columns[column]]), TextSize * Look.FontRoom, cell - 6);
            sheet.Text("top token", area.X + (column + 0.5) * cell, area.Y + (row + 0.5) * rowHeight + TextSize * 0.35, text, new TextStyle
            {
                Size = TextSize,
                Anchor = TextAnchor.Middle,
                Color = colors[at].Lightness > 0.45 ? Color.Of(0x111418) : Color.Of(0xffffff),
            });
        }
    }

    /// <summary>Outlines the first shown cell from the commit iteration on; dashed where the commit lies between two shown ones.</summary>
    bool DrawCommits(Sheet sheet, Box area, List<int> columns)
    {
        double cell = area.Width / columns.Count, rowHeight = area.Height / Labels.Count;
        bool between = false;
        for (int row = 0; row < Commit.Count; row++)
        {
            int column = Commit[row] is { } commit ? columns.FindIndex(index => Iterations[index] >= commit) : -1;
            if (column < 0)
                continue;
            bool exact = Iterations[columns[column]] == Commit[row];
            between |= !exact;
            double x = area.X + column * cell + 1, y = area.Y + row * rowHeight + 1, right = x + cell - 2, bottom = y + rowHeight - 2;
            Point[] outline = [new(x, y), new(right, y), new(right, bottom), new(x, bottom), new(x, y)];
            // Two strokes: one of them stands out from any colour below.
            sheet.Add(new CurveLayer("commit", outline, new LineStyle { Color = Color.Of(0x111418), Thickness = 2.6 }));
            sheet.Add(new CurveLayer("commit", outline, new LineStyle { Color = Color.Of(0xffffff), Thickness = 1.3, Dashes = exact ? [] : [3, 3] }));
        }
        return between;
    }

    IEnumerable<LegendEntry> Entries(List<int> columns, ColorRange range, bool between)
    {
        if (Commit.Count > 0)
        {
            yield return new("outline: the likeliest token stays" + (between ? " (dashed: since a column not shown)" : ""))
            {
                Mark = new Mark(0, 0, 5, MarkShape.Square, Look.Ink, Filled: false),
            };
        }
        if (columns.Count < Iterations.Count)
            yield return new($"{columns.Count} of {Iterations.Count} iterations shown");
        if (Array.Exists(Values, value => range.KindOf((float)value) == CellKind.NotFinite))
            yield return new("not a finite number") { Fill = CellColors.NotFinite };
    }
}
