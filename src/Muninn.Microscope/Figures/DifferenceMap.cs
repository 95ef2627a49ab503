using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using Muninn.Microscope.Pictures;

namespace Muninn.Microscope.Figures;

/// <summary>Two aligned heatmaps, of prompts, checkpoints or precisions, and how they differ cell by cell.</summary>
public sealed record DifferenceMap : Figure
{
    const int RowsMax = 40;

    /// <summary>An empty figure with the usual titles.</summary>
    public DifferenceMap()
    {
        Title = "Difference of Convergence";
        Caption = "Distances of both runs to their own s*; their difference is the decimal logarithm of second / first, grey where either lies below the floor. "
            + "Equal speed does not mean equal states: the two s* may differ.";
    }

    /// <summary>The text of each row, <c>[T]</c>; the rows of both maps are aligned by the caller.</summary>
    public required IReadOnlyList<string> Labels { get; init; }

    /// <summary>Each row's place in the whole text, <c>[T]</c>; empty for 0, 1, 2 ….</summary>
    public IReadOnlyList<int> Positions { get; init; } = [];

    /// <summary>The iteration of each column, rising, <c>[n]</c>.</summary>
    public required IReadOnlyList<int> Iterations { get; init; }

    /// <summary>What the first map is.</summary>
    public required string FirstName { get; init; }

    /// <summary>What the second map is.</summary>
    public required string SecondName { get; init; }

    /// <summary>The first map, <c>[T, n]</c>.</summary>
    public required float[] First { get; init; }

    /// <summary>The second map, <c>[T, n]</c>.</summary>
    public required float[] Second { get; init; }

    /// <summary>The value under which neither can be told from rounding; null where none is known.</summary>
    public double? Floor { get; init; }

    /// <summary>The difference of each cell where it was measured elsewhere, <c>[T, n]</c>, NaN where it cannot be told; empty: computed from the maps.</summary>
    public float[] Difference { get; init; } = [];

    /// <summary>What the colour of a difference is; empty for the words of <see cref="Scale"/>.</summary>
    public string DifferenceTitle { get; init; } = "";

    /// <summary>What a grey cell is.</summary>
    public string UnknownText { get; init; } = "cannot be told: below the floor or not finite";

    /// <summary>Logarithmic: the difference is log₁₀(second / first). Linear: second − first.</summary>
    public ColorScale Scale { get; init; }

    /// <summary>What a colour of the two maps is.</summary>
    public string ColorTitle { get; init; } = "Log Distance";

    /// <summary>The difference of one cell; NaN where it cannot be told.</summary>
    internal double DifferenceAt(int cell)
    {
        if (Difference.Length > 0)
            return Difference[cell];
        double first = First[cell], second = Second[cell];
        if (!double.IsFinite(first) || !double.IsFinite(second))
            return double.NaN;
        if (Scale == ColorScale.Linear)
            return second - first;
        return first <= 0 || second <= 0 || first < Floor || second < Floor ? double.NaN : Math.Log10(second / first);
    }

    /// <inheritdoc/>
    public override string Describe() => string.Create(CultureInfo.InvariantCulture,
        $"Two heatmaps of {Labels.Count} tokens over iterations {Iterations[0]} to {Iterations[^1]}, {FirstName} and {SecondName}, and their difference, {(Scale == ColorScale.Linear ? "second minus first" : "the decimal logarithm of second over first")}.");

    private protected override void Check()
    {
        NeedAny(Labels.Count, nameof(Labels));
        NeedAny(Iterations.Count, nameof(Iterations));
        NeedRising(Iterations, nameof(Iterations));
        NeedNoneOr(nameof(Positions), Positions.Count, Labels.Count, "one position for each row");
        NeedCount(nameof(First), First.Length, (long)Labels.Count * Iterations.Count, "[tokens, iterations] values");
        NeedCount(nameof(Second), Second.Length, First.Length, "as many as the first map");
        NeedNoneOr(nameof(Difference), Difference.Length, First.Length, "as many as the first map");
        NeedFloor(Floor);
    }

    private protected override FigureTable Tabulate()
    {
        var rows = Spread(Labels.Count, RowsMax);
        var columns = Spread(Iterations.Count, 7);
        return new FigureTable(["token", .. columns.Select(column => $"i={Iterations[column]}")],
            [.. rows.Select(row => (IReadOnlyList<string>)
            [
                Labels[row],
                .. columns.Select(column => DifferenceAt(row * Iterations.Count + column))
                    .Select(value => double.IsNaN(value) ? "-" : value.ToString("+0.###;-0.###;0", CultureInfo.InvariantCulture)),
            ])],
            $"{(Scale == ColorScale.Linear ? "second minus first" : "log10 of second over first")}; first: {FirstName}, second: {SecondName}"
            + (rows.Count < Labels.Count ? $"; {rows.Count} of {Labels.Count} tokens" : ""));
    }

    private protected override Picture Draw(FigureSize size) => new MapLayout
    {
        Figure = this,
        Size = size,
        Labels = Labels,
        Positions = Positions,
        Iterations = Iterations,
        Titles = [[FirstName, SecondName, "difference"]],
        Maps = [[Array.ConvertAll(First, value => (double)value), Array.ConvertAll(Second, value => (double)value)]],
        Differences = [[.. Enumerable.Range(0, First.Length).Select(DifferenceAt)]],
        Range = ColorRange.Of([.. First, .. Second], Scale, (float?)Floor),
        ColorTitle = Scale == ColorScale.Linear ? ColorTitle.Replace("Log ", "", StringComparison.Ordinal) : ColorTitle,
        DifferenceTitle = DifferenceTitle.Length > 0 ? DifferenceTitle : Scale == ColorScale.Linear ? "Second − first" : "log₁₀ (second / first)",
        ColumnTitle = "Iterations at Test Time",
        UnknownText = UnknownText,
    }.Draw();
}
