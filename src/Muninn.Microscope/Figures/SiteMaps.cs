using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using Muninn.Microscope.Pictures;

namespace Muninn.Microscope.Figures;

/// <summary>One number by iteration and position at several places of a run, a map for each place, all with the same colours.</summary>
public sealed record SiteMaps : Figure
{
    const int RowsMax = 40, MapWidth = 160, LineHeightLeast = 240;

    /// <summary>An empty figure with the usual titles.</summary>
    public SiteMaps()
    {
        Title = "Norms by Iteration";
        Caption = "Euclidean norms of raw values; all maps share one scale. A large value is not thereby an important one: norms between it and the state rescale it.";
    }

    /// <summary>The text of each row's token, <c>[T]</c>.</summary>
    public required IReadOnlyList<string> Labels { get; init; }

    /// <summary>Each row's place in the whole text, <c>[T]</c>; empty for 0, 1, 2 ….</summary>
    public IReadOnlyList<int> Positions { get; init; } = [];

    /// <summary>The iteration of each column, rising, <c>[n]</c>.</summary>
    public required IReadOnlyList<int> Iterations { get; init; }

    /// <summary>Whether the columns are iterations; false for places that are passed once, which have a single column.</summary>
    public bool IsIterated { get; init; } = true;

    /// <summary>What each map shows, <c>[m]</c>.</summary>
    public required IReadOnlyList<string> Places { get; init; }

    /// <summary>The numbers, <c>[m, T, n]</c>.</summary>
    public required double[] Values { get; init; }

    /// <summary>What is measured, beside the colours.</summary>
    public string ValueTitle { get; init; } = "Norm";

    /// <summary>Logarithmic or linear colours.</summary>
    public ColorScale Scale { get; init; }

    int MapLength => Labels.Count * Iterations.Count;

    double[] MapOf(int place) => Values.AsSpan(place * MapLength, MapLength).ToArray();

    /// <inheritdoc/>
    public override string Describe() => string.Create(CultureInfo.InvariantCulture,
        $"{ValueTitle} of {string.Join(", ", Places)} at {Labels.Count} tokens, top to bottom{(IsIterated ? $", over iterations {Iterations[0]} to {Iterations[^1]}" : "")}.");

    private protected override void Check()
    {
        NeedAny(Labels.Count, nameof(Labels));
        NeedAny(Places.Count, nameof(Places));
        NeedAny(Iterations.Count, nameof(Iterations));
        NeedRising(Iterations, nameof(Iterations));
        NeedNoneOr(nameof(Positions), Positions.Count, Labels.Count, "one position for each row");
        if (!IsIterated && Iterations.Count > 1)
            throw new ArgumentException($"SiteMaps holds {Iterations.Count} iterations of places that are not iterated. Hand over one.", nameof(Iterations));
        NeedCount(nameof(Values), Values.Length, (long)Places.Count * MapLength, "[places, tokens, iterations] values");
    }

    private protected override FigureTable Tabulate()
    {
        var rows = Spread(Labels.Count, RowsMax);
        var columns = Spread(Iterations.Count, 6);
        return new FigureTable(["place", "token", .. columns.Select(column => IsIterated ? $"i={Iterations[column]}" : ValueTitle)],
            [.. Enumerable.Range(0, Places.Count).SelectMany(place => rows.Select(row => (IReadOnlyList<string>)
            [
                Places[place], Labels[row], .. columns.Select(column => ColorRange.NumberText(Values[place * MapLength + row * Iterations.Count + column])),
            ]))],
            rows.Count < Labels.Count ? $"{rows.Count} of {Labels.Count} tokens" : null);
    }

    private protected override Picture Draw(FigureSize size)
    {
        int across = Math.Clamp((size.Width - 200) / MapWidth, 1, 4);
        // As even as can be: three and two, not four and one.
        int lines = (Places.Count + across - 1) / across;
        across = (Places.Count + lines - 1) / lines;
        int[][] places = [.. Enumerable.Range(0, Places.Count).Chunk(across)];
        return new MapLayout
        {
            Figure = this,
            Size = size with { RowsHeight = Math.Max(Math.Min(LineHeightLeast, size.RowsHeight), size.RowsHeight / lines) },
            Labels = Labels,
            Positions = Positions,
            Iterations = Iterations,
            ColumnLabels = IsIterated ? [] : [""],
            Titles = [.. places.Select(line => (IReadOnlyList<string>)[.. line.Select(place => Places[place])])],
            Maps = [.. places.Select(line => (IReadOnlyList<double[]>)[.. line.Select(MapOf)])],
            Range = ColorRange.Of([.. Values.Where(double.IsFinite).Select(value => (float)value)], Scale, null),
            ColorTitle = Scale == ColorScale.Logarithmic ? $"Log {ValueTitle}" : ValueTitle,
            ColumnTitle = IsIterated ? "Iterations at Test Time" : "",
            UnknownText = "not a number",
        }.Draw();
    }
}
