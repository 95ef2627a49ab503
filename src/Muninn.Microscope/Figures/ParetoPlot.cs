using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using Muninn.Microscope.Pictures;

namespace Muninn.Microscope.Figures;

/// <summary>One exit rule at several thresholds.</summary>
public sealed record ParetoSeries
{
    /// <summary>The rule.</summary>
    public required string Rule { get; init; }

    /// <summary>Each threshold as it is to be shown, <c>[m]</c>.</summary>
    public required IReadOnlyList<string> Thresholds { get; init; }

    /// <summary>Whether it is what rules are held against, no rule itself: drawn in grey crosses.</summary>
    public bool IsYardstick { get; init; }

    /// <summary>Mean iterations a token, <c>[m]</c>.</summary>
    public required double[] Iterations { get; init; }

    /// <summary>What is lost (divergence, changed answers), 0 or more, <c>[m]</c>; points that are not finite are left out and counted.</summary>
    public required double[] Costs { get; init; }

    /// <summary>
    /// Mean iterations in real runs, where <see cref="Iterations"/> are of a replay, <c>[m]</c>; NaN where there was none, empty for none at
    /// all. Real runs are drawn as outlines joined to their replay and are no candidates for the front.
    /// </summary>
    public double[] RealIterations { get; init; } = [];

    /// <summary>What is lost in real runs, <c>[m]</c>, as <see cref="RealIterations"/>.</summary>
    public double[] RealCosts { get; init; } = [];
}

/// <summary>Iterations against what they cost, for rules at thresholds; the front joins the points that no other point beats in both.</summary>
public sealed record ParetoPlot : Figure
{
    /// <summary>An empty figure with the usual titles.</summary>
    public ParetoPlot()
    {
        Title = "Exit Rules: Iterations against Divergence";
        Caption = "Every rule and threshold replayed on one full-depth run. The front holds for these texts alone: thresholds chosen here must be tried on others.";
    }

    /// <summary>The rules.</summary>
    public required IReadOnlyList<ParetoSeries> Series { get; init; }

    /// <summary>What is lost.</summary>
    public string CostTitle { get; init; } = "KL to full depth (nats)";

    /// <summary>What is spent.</summary>
    public string ColumnTitle { get; init; } = "Mean iterations per token";

    /// <summary>The scale of the iterations.</summary>
    public ColorScale ColumnScale { get; init; } = ColorScale.Linear;

    /// <summary>The scale of the cost; on a logarithmic one, zero has a line of its own under the others.</summary>
    public ColorScale Scale { get; init; }

    /// <summary>The cost below which differences say nothing; null where none is known.</summary>
    public double? Floor { get; init; }

    /// <summary>What the floor is.</summary>
    public string FloorTitle { get; init; } = "smaller differences say nothing";

    /// <summary>The points that have a real run beside them.</summary>
    internal IEnumerable<(int Series, int Index)> RealPoints => Points.Where(at => Series[at.Series].RealCosts.Length > 0
        && double.IsFinite(Series[at.Series].RealIterations[at.Index]) && double.IsFinite(Series[at.Series].RealCosts[at.Index]));

    internal IEnumerable<(int Series, int Index)> Points => Enumerable.Range(0, Series.Count)
        .SelectMany(s => Enumerable.Range(0, Series[s].Costs.Length).Select(i => (s, i)))
        .Where(at => double.IsFinite(Series[at.s].Iterations[at.i]) && double.IsFinite(Series[at.s].Costs[at.i]));

    /// <summary>The points that no other point beats in both, by rising iterations.</summary>
    internal IReadOnlyList<(int Series, int Index)> Front()
    {
        var front = new List<(int Series, int Index)>();
        double least = double.PositiveInfinity;
        foreach (var at in Points.OrderBy(IterationsOf).ThenBy(CostOf))
        {
            if (CostOf(at) >= least)
                continue;
            least = CostOf(at);
            front.Add(at);
        }
        return front;
    }

    internal double IterationsOf((int Series, int Index) at) => Series[at.Series].Iterations[at.Index];

    internal double CostOf((int Series, int Index) at) => Series[at.Series].Costs[at.Index];

    internal double RealIterationsOf((int Series, int Index) at) => Series[at.Series].RealIterations[at.Index];

    internal double RealCostOf((int Series, int Index) at) => Series[at.Series].RealCosts[at.Index];

    /// <inheritdoc/>
    public override string Describe() => string.Create(CultureInfo.InvariantCulture,
        $"{Points.Count()} points of {Series.Count} exit rules, {ColumnTitle} against {CostTitle}; {Front().Count} of them are on the front.");

    private protected override void Check()
    {
        NeedAny(Series.Count, nameof(Series));
        NeedFloor(Floor);
        foreach (var series in Series)
        {
            NeedAny(series.Costs.Length, $"Series(\"{series.Rule}\").Costs");
            NeedCount($"Series(\"{series.Rule}\").Iterations", series.Iterations.Length, series.Costs.Length, "one for each threshold");
            NeedCount($"Series(\"{series.Rule}\").Thresholds", series.Thresholds.Count, series.Costs.Length, "one text for each threshold");
            NeedNoneOr($"Series(\"{series.Rule}\").RealIterations", series.RealIterations.Length, series.Costs.Length, "one for each threshold");
            NeedCount($"Series(\"{series.Rule}\").RealCosts", series.RealCosts.Length, series.RealIterations.Length, "as many as RealIterations");
            foreach (double cost in series.Costs.Concat(series.RealCosts))
            {
                if (cost < 0)
                    throw new ArgumentException($"Rule \"{series.Rule}\" has the cost {cost}; costs are 0 or more.", nameof(Series));
            }
            foreach (double iterations in series.Iterations.Concat(series.RealIterations))
            {
                if (iterations <= 0 && ColumnScale == ColorScale.Logarithmic)
                    throw new ArgumentException($"Rule \"{series.Rule}\" has {iterations} iterations; a logarithmic axis needs more than 0.", nameof(Series));
            }
        }
    }

    private protected override FigureTable Tabulate()
    {
        var front = Front().ToHashSet();
        var real = RealPoints.ToHashSet();
        return new FigureTable(["rule", "threshold", "iterations", "cost", "front", .. real.Count == 0 ? Array.Empty<string>() : ["real iterations", "real cost"]],
            [.. Points.Select(at => (IReadOnlyList<string>)
            [
                Series[at.Series].Rule, Series[at.Series].Thresholds[at.Index], ColorRange.NumberText(IterationsOf(at)),
                ColorRange.NumberText(CostOf(at)), front.Contains(at) ? "yes" : "",
                .. real.Count == 0 ? Array.Empty<string>()
                    : real.Contains(at) ? [ColorRange.NumberText(RealIterationsOf(at)), ColorRange.NumberText(RealCostOf(at))] : ["", ""],
            ])]);
    }

    private protected override Picture Draw(FigureSize size) => new ParetoLayout(this, size).Draw();
}
