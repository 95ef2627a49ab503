using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using Muninn.Microscope.Pictures;

namespace Muninn.Microscope.Figures;

/// <summary>
/// Attention patterns at several iterations side by side, a line of maps for each head (or for the mean of all), and the
/// difference between two iterations at the end of the line.
/// </summary>
public sealed record PatternFigure : Figure
{
    const int RowsMax = 24, MapWidth = 150, MapsWidest = 5;

    /// <summary>An empty figure with the usual titles.</summary>
    public PatternFigure()
    {
        Title = "Attention per Iteration";
        Caption = "Rows: the token that attends; columns: the token attended to. Weights say where values are read from, not what they change in the end: large ones need not matter.";
    }

    /// <summary>The token of each row, <c>[rows]</c>.</summary>
    public required IReadOnlyList<string> RowLabels { get; init; }

    /// <summary>The token of each column, <c>[columns]</c>.</summary>
    public required IReadOnlyList<string> ColumnLabels { get; init; }

    /// <summary>Each row's place in the whole text, <c>[rows]</c>; empty for 0, 1, 2 ….</summary>
    public IReadOnlyList<int> Positions { get; init; } = [];

    /// <summary>What each line of maps is ("mean of 8 heads", "head 3"), <c>[heads]</c>.</summary>
    public required IReadOnlyList<string> Heads { get; init; }

    /// <summary>The iterations, rising, <c>[m]</c>.</summary>
    public required IReadOnlyList<int> Iterations { get; init; }

    /// <summary>What each map is, <c>[m]</c>; empty for "iteration 1" and so on.</summary>
    public IReadOnlyList<string> MapTitles { get; init; } = [];

    /// <summary>The weights, <c>[m, heads, rows, columns]</c>; NaN where the mask allows none.</summary>
    public required float[] Values { get; init; }

    /// <summary>What a grey cell is.</summary>
    public string UnknownText { get; init; } = "masked";

    /// <summary>The two iterations whose difference (the second minus the first) is shown; null for none.</summary>
    public (int From, int To)? Difference { get; init; }

    /// <summary>Linear, or logarithmic to see small weights.</summary>
    public ColorScale Scale { get; init; } = ColorScale.Linear;

    /// <inheritdoc/>
    /// <remarks>Maps beside each other take their width.</remarks>
    public override FigureSize PageSize => new() { Width = 270 + MapWidth * Math.Clamp(Iterations.Count + (Difference is null ? 0 : 1), 3, MapsWidest) };

    int MapLength => RowLabels.Count * ColumnLabels.Count;

    /// <inheritdoc/>
    public override string Describe() => string.Create(CultureInfo.InvariantCulture,
        $"Attention patterns of {RowLabels.Count} × {ColumnLabels.Count} tokens, {string.Join(", ", Heads)}, at iterations {string.Join(", ", Iterations)}{(Difference is var (from, to) ? $", and iteration {to} minus iteration {from}" : "")}.");

    private protected override void Check()
    {
        NeedAny(RowLabels.Count, nameof(RowLabels));
        NeedAny(ColumnLabels.Count, nameof(ColumnLabels));
        NeedAny(Heads.Count, nameof(Heads));
        NeedAny(Iterations.Count, nameof(Iterations));
        NeedRising(Iterations, nameof(Iterations));
        NeedNoneOr(nameof(Positions), Positions.Count, RowLabels.Count, "one position for each row");
        NeedNoneOr(nameof(MapTitles), MapTitles.Count, Iterations.Count, "one title for each iteration");
        NeedCount(nameof(Values), Values.Length, (long)Iterations.Count * Heads.Count * MapLength, "[iterations, heads, rows, columns] values");
        if (Difference is not var (from, to))
            return;
        foreach (int iteration in new[] { from, to })
        {
            if (!Iterations.Contains(iteration))
            {
                throw new ArgumentException(
                    $"The difference asks for iteration {iteration}; the figure holds {string.Join(", ", Iterations)}. Choose two of them.", nameof(Difference));
            }
        }
    }

    double[] MapOf(int iteration, int head) =>
        Array.ConvertAll(Values.AsSpan((iteration * Heads.Count + head) * MapLength, MapLength).ToArray(), value => (double)value);

    int IndexOf(int iteration) => Iterations.ToList().IndexOf(iteration);

    private protected override FigureTable Tabulate()
    {
        var rows = new List<IReadOnlyList<string>>();
        foreach (int row in Spread(RowLabels.Count, RowsMax))
        {
            var cells = new List<string> { RowLabels[row] };
            for (int i = 0; i < Iterations.Count; i++)
            {
                var weights = MapOf(i, 0).AsSpan(row * ColumnLabels.Count, ColumnLabels.Count).ToArray();
                int best = Enumerable.Range(0, weights.Length).MaxBy(column => double.IsNaN(weights[column]) ? -1 : weights[column]);
                cells.Add(double.IsNaN(weights[best]) ? "none" : $"{ColumnLabels[best]} {ColorRange.NumberText(weights[best])}");
            }
            rows.Add(cells);
        }
        return new FigureTable(["token", .. Iterations.Select(i => $"i={i}")], rows,
            $"{Heads[0]}: the largest weight of each row" + (rows.Count < RowLabels.Count ? $"; {rows.Count} of {RowLabels.Count} rows" : ""));
    }

    private protected override Picture Draw(FigureSize size)
    {
        var shown = Spread(Iterations.Count, Math.Max(1, (size.Width - 200) / 125));
        var finite = Values.Where(float.IsFinite).ToArray();
        return new MapLayout
        {
            Figure = this,
            Size = size,
            Labels = RowLabels,
            ColumnLabels = ColumnLabels,
            Positions = Positions,
            Titles = [.. Heads.Select(_ => (IReadOnlyList<string>)
            [
                .. shown.Select(i => MapTitles.Count > 0 ? MapTitles[i] : $"iteration {Iterations[i]}"),
                Difference is var (first, second) ? $"{second} minus {first}" : "",
            ])],
            LineTitles = Heads.Count > 1 ? Heads : [],
            Maps = [.. Enumerable.Range(0, Heads.Count).Select(head => (IReadOnlyList<double[]>)[.. shown.Select(i => MapOf(i, head))])],
            Differences = Difference is var (from, to)
                ? [.. Enumerable.Range(0, Heads.Count).Select(head => MapOf(IndexOf(to), head).Zip(MapOf(IndexOf(from), head), (b, a) => b - a).ToArray())]
                : [],
            Range = ColorRange.Of(finite, Scale, null),
            ColorTitle = Scale == ColorScale.Logarithmic ? "Log Weight" : "Weight",
            DifferenceTitle = "Change of weight",
            ColumnTitle = "Attended position",
            UnknownText = UnknownText,
        }.Draw();
    }
}
