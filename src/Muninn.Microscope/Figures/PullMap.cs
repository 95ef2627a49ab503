using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using Muninn.Microscope.Pictures;

namespace Muninn.Microscope.Figures;

/// <summary>Which tokens pull which: the norms of the Jacobian's blocks, a row for each token that answers, a column for each that is changed.</summary>
public sealed record PullMap : Figure
{
    const int RowsMax = 40, CellMost = 34;

    /// <summary>An empty figure with the usual titles.</summary>
    public PullMap()
    {
        Title = "Which Tokens Pull Which ‖J‖";
        Caption = "Rows: the token that answers; columns: the token whose state is changed; colour: Frobenius norm of that block of one iteration's Jacobian. "
            + "It says how strongly the next state would answer to any small change there, not how much that token moved it in this run.";
    }

    /// <summary>The text of each token, <c>[T]</c>.</summary>
    public required IReadOnlyList<string> Labels { get; init; }

    /// <summary>Each token's place in the whole text, <c>[T]</c>; empty for 0, 1, 2 ….</summary>
    public IReadOnlyList<int> Positions { get; init; } = [];

    /// <summary>‖J_{t,u}‖, <c>[T, T]</c>, row t, column u; what stands above the diagonal is not shown.</summary>
    public required double[] Norms { get; init; }

    int PositionOf(int token) => Positions.Count == 0 ? token : Positions[token];

    double Norm(int row, int column) => Norms[row * Labels.Count + column];

    /// <inheritdoc/>
    public override string Describe()
    {
        string strongest = Strongest(0, Labels.Count) is var (row, column)
            ? $" The strongest between two is that of {Labels[column]} ({PositionOf(column)}) on {Labels[row]} ({PositionOf(row)}): {ColorRange.NumberText(Norm(row, column))}."
            : "";
        return string.Create(CultureInfo.InvariantCulture, $"How strongly each of {Labels.Count} tokens answers to each of those before it.") + strongest;
    }

    /// <summary>The largest finite norm beside the diagonal among some rows.</summary>
    (int Row, int Column)? Strongest(int first, int end) => Enumerable.Range(first, end - first)
        .SelectMany(row => Enumerable.Range(0, row).Select(column => ((int Row, int Column)?)(row, column)))
        .Where(cell => double.IsFinite(Norm(cell!.Value.Row, cell.Value.Column)))
        .MaxBy(cell => Norm(cell!.Value.Row, cell.Value.Column));

    private protected override void Check()
    {
        NeedAny(Labels.Count, nameof(Labels));
        NeedNoneOr(nameof(Positions), Positions.Count, Labels.Count, "one position for each token");
        NeedCount(nameof(Norms), Norms.Length, (long)Labels.Count * Labels.Count, "[tokens, tokens] norms");
    }

    private protected override FigureTable Tabulate()
    {
        var rows = Spread(Labels.Count, RowsMax);
        return new FigureTable(
            ["pos", "token", "itself", "strongest other", "pull"],
            [.. rows.Select(row => (IReadOnlyList<string>)(Strongest(row, row + 1) is var (_, column)
                ? [$"{PositionOf(row)}", Labels[row], ColorRange.NumberText(Norm(row, row)), $"{Labels[column]} ({PositionOf(column)})", ColorRange.NumberText(Norm(row, column))]
                : [$"{PositionOf(row)}", Labels[row], ColorRange.NumberText(Norm(row, row)), "", ""]))],
            rows.Count < Labels.Count ? $"{rows.Count} of {Labels.Count} tokens" : null);
    }

    private protected override Picture Draw(FigureSize size)
    {
        int count = Labels.Count;
        double[] shown = [.. Norms.Select((norm, i) => i % count > i / count ? double.NaN : norm)];
        bool lost = Norms.Where((norm, i) => i % count <= i / count && double.IsNaN(norm)).Any();
        return new MapLayout
        {
            Figure = this,
            Size = size,
            Labels = Labels,
            ColumnLabels = Labels,
            Positions = Positions,
            Titles = [[""]],
            Maps = [[shown]],
            Range = ColorRange.Of([.. shown.Where(double.IsFinite).Select(norm => (float)norm)], ColorScale.Logarithmic, null),
            CellMost = CellMost,
            ColorTitle = "Log ‖J‖",
            ColumnTitle = "Token that is changed",
            UnknownText = lost ? "later tokens, and what is no number" : "later tokens: nothing is heard from them",
        }.Draw();
    }
}
