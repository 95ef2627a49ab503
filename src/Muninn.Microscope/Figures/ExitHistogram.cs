using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using Muninn.Microscope.Figures.Parts;
using Muninn.Microscope.Pictures;

namespace Muninn.Microscope.Figures;

/// <summary>The exits of one rule.</summary>
public sealed record ExitCounts
{
    /// <summary>The rule with its threshold, as it is to be shown.</summary>
    public required string Rule { get; init; }

    /// <summary>How many tokens left at each iteration, <c>[n]</c>; the first element is <see cref="ExitHistogram.FirstIteration"/>.</summary>
    public required int[] Counts { get; init; }

    /// <summary>How many of those at the last iteration did not leave but reached the limit.</summary>
    public int AtLimit { get; init; }
}

/// <summary>At which iteration tokens leave, for one or several rules, one under the other on one axis.</summary>
public sealed record ExitHistogram : Figure
{
    const int PanelMost = 150, PanelLeast = 34, Header = 20, Between = 10;

    /// <summary>An empty figure with the usual titles.</summary>
    public ExitHistogram()
    {
        Title = "Exits per Iteration";
        Caption = "Each rule replayed on one full-depth run: later tokens saw full-depth keys and values. Early exits save iterations; whether the answers stay the same is another picture.";
    }

    /// <summary>The rules, top to bottom.</summary>
    public required IReadOnlyList<ExitCounts> Rules { get; init; }

    /// <summary>The iteration of the first count.</summary>
    public int FirstIteration { get; init; } = 1;

    int Columns => Rules[0].Counts.Length;

    /// <inheritdoc/>
    public override string Describe() => string.Create(CultureInfo.InvariantCulture,
        $"Histograms of the exit iteration, {FirstIteration} to {FirstIteration + Columns - 1}: {string.Join("; ", Rules.Select(rule => $"{rule.Rule}, {MeanText(rule)}"))}.");

    private protected override void Check()
    {
        NeedAny(Rules.Count, nameof(Rules));
        NeedAny(Columns, nameof(ExitCounts.Counts));
        foreach (var rule in Rules)
        {
            NeedCount($"Rules(\"{rule.Rule}\").Counts", rule.Counts.Length, Columns, "one count for each iteration, the same for all rules");
            foreach (int count in rule.Counts)
            {
                if (count < 0)
                    throw new ArgumentException($"Rule \"{rule.Rule}\" has the count {count}; counts are 0 or more.", nameof(Rules));
            }
            if (rule.AtLimit < 0 || rule.AtLimit > rule.Counts[^1])
            {
                throw new ArgumentException(
                    $"Rule \"{rule.Rule}\" has {rule.AtLimit} tokens at the limit, but {rule.Counts[^1]} at the last iteration, of which they are a part.", nameof(Rules));
            }
        }
    }

    private protected override FigureTable Tabulate() => new(
        ["rule", "tokens", "mean", "median", "least", "most", "at limit"],
        [.. Rules.Select(rule => (IReadOnlyList<string>)
        [
            rule.Rule, $"{rule.Counts.Sum()}", ColorRange.NumberText(Mean(rule)), Quantile(rule, 0.5), Quantile(rule, 0), Quantile(rule, 1), $"{rule.AtLimit}",
        ])]);

    double Mean(ExitCounts rule)
    {
        long tokens = 0, iterations = 0;
        for (int i = 0; i < rule.Counts.Length; i++)
        {
            tokens += rule.Counts[i];
            iterations += (long)rule.Counts[i] * (FirstIteration + i);
        }
        return tokens == 0 ? double.NaN : iterations / (double)tokens;
    }

    string MeanText(ExitCounts rule) => double.IsNaN(Mean(rule)) ? "no token" : $"mean {ColorRange.NumberText(Mean(rule))}";

    /// <summary>The least iteration by which this share of the tokens, and at least one, has left.</summary>
    string Quantile(ExitCounts rule, double share)
    {
        long total = rule.Counts.Sum(count => (long)count), seen = 0;
        for (int i = 0; i < rule.Counts.Length; i++)
        {
            seen += rule.Counts[i];
            if (seen > 0 && seen >= share * total)
                return $"{FirstIteration + i}";
        }
        return "none";
    }

    private protected override Picture Draw(FigureSize size)
    {
        var sheet = new FigureSheet(this, size.Width);
        double most = Math.Max(1, Rules.Max(rule => rule.Counts.Max()));
        var range = new ColorRange(ColorScale.Linear, 0, most * 1.04, null);
        double height = Math.Clamp((double)Math.Max(size.PlotHeight, Math.Min(size.RowsHeight, 95 * Rules.Count)) / Rules.Count - Header - Between, PanelLeast, PanelMost);
        IReadOnlyList<Tick> rows = [.. range.Ticks().Where(tick => !tick.Text.Contains('.'))];
        if (height < 70)
            rows = [rows[0], .. rows.TakeLast(1)];
        double left = FigureSheet.Left + Axis.LeftWidth(rows, "Tokens");
        var area = new Box(left, sheet.Top, Math.Max(80, sheet.RightWanted - 6 - left), height);
        for (int i = 0; i < Rules.Count; i++)
        {
            area = area with { Y = sheet.Top + Header + i * (height + Header + Between) };
            DrawPanel(sheet, Rules[i], area, range, rows);
            Axis.Left(sheet, area, rows, "");
        }
        Axis.TurnedTitle(sheet, new Box(left, sheet.Top + Header, area.Width, area.Bottom - sheet.Top - Header), FigureSheet.Left + Look.AxisTitleSize * 0.8, "Tokens");
        Axis.Below(sheet, area, CellTicks(area.Width), "Exit Iteration");
        List<LegendEntry> entries = [new("mean") { Mark = new Mark(0, 0, 4, MarkShape.TriangleDown, Categories.Vermillion) }];
        if (Rules.Any(rule => rule.AtLimit > 0))
            entries.Add(new("reached the limit without an exit") { Fill = Look.Muted });
        Legend.Flow(sheet, entries, FigureSheet.Left, sheet.RightWanted);
        return sheet.Finish();
    }

    /// <summary>Ticks under the middle of each bar.</summary>
    IReadOnlyList<Tick> CellTicks(double width)
    {
        int last = FirstIteration + Columns - 1;
        return [.. Axis.Iterations(FirstIteration, last, width).Select(tick =>
            tick with { Fraction = (tick.Fraction * (Columns - 1) + 0.5) / Columns })
            .Select(tick => Columns == 1 ? tick with { Fraction = 0.5 } : tick)];
    }

    void DrawPanel(Sheet sheet, ExitCounts rule, Box area, ColorRange range, IReadOnlyList<Tick> rows)
    {
        Axis.Grid(sheet, area, [], rows);
        double step = area.Width / Columns, gap = step >= 5 ? Math.Min(2, step * 0.15) : 0;
        for (int i = 0; i < Columns; i++)
        {
            double top = area.Bottom - range.FractionOf(rule.Counts[i]) * area.Height;
            if (rule.Counts[i] == 0)
                continue;
            var bar = new Box(area.X + i * step + gap, top, Math.Max(1, step - 2 * gap), area.Bottom - top);
            sheet.Add(new BoxLayer("bar", bar, _bar));
            if (i != Columns - 1 || rule.AtLimit == 0)
                continue;
            double limit = range.FractionOf(rule.AtLimit) * area.Height;
            sheet.Add(new BoxLayer("at limit", bar with { Y = area.Bottom - limit, Height = limit }, Look.Muted));
        }
        Axis.Edges(sheet, area);
        sheet.Reach(area.Right + 6, area.Bottom);
        double mean = Mean(rule);
        string tokens = $"{MeanText(rule)} · {rule.Counts.Sum()} tokens" + (rule.AtLimit > 0 ? $" · {rule.AtLimit} at the limit" : "");
        double width = TextMetrics.Width(tokens, Look.SmallSize);
        sheet.Text("rule", area.X + 2, area.Y - 6, TextMetrics.Shorten(TextMetrics.Shown(rule.Rule), Look.LabelSize, area.Width - width - 16), Look.Label);
        sheet.Text("mean label", area.Right, area.Y - 6, tokens, Look.Small with { Anchor = TextAnchor.End });
        if (double.IsNaN(mean))
            return;
        double x = area.X + (mean - FirstIteration + 0.5) * step;
        sheet.Add(new CurveLayer("mean", [new(x, area.Y + 6), new(x, area.Bottom)], new LineStyle { Color = Categories.Vermillion, Thickness = 1.2, Dashes = [4, 4] }));
        sheet.Add(new MarkLayer("mean", [new Mark(x, area.Y + 3, 4, MarkShape.TriangleDown, Categories.Vermillion)]));
    }

    static readonly Color _bar = Color.Of(0x3b6ea5);
}
