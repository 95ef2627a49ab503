using System;
using System.Collections.Generic;
using System.Linq;
using Muninn.Cli.Results;
using Muninn.Microscope.Figures;
using Muninn.Microscope.Measures.Lenses;
using LensGrid = Muninn.Microscope.Figures.LensGrid;
using TextGrid = Muninn.Cli.Results.LensGrid;

namespace Muninn.Cli.Figures;

/// <summary>The figures of <c>lens</c>.</summary>
static class LensFigures
{
    /// <summary>Columns of a grid, spaced as the first answers are: closely at first.</summary>
    const int ColumnsMost = 10;

    /// <summary>Columns go on to this iteration at least, however early all answers stand.</summary>
    const int FewestShown = 8;

    /// <summary>Their names.</summary>
    public static IReadOnlyList<string> Names { get; } = ["entropy", "divergence"];

    /// <summary>The grid of likeliest tokens, coloured by the measure that the name says.</summary>
    /// <param name="name">One of <see cref="Names"/>.</param>
    /// <param name="reading">What the lens read.</param>
    /// <param name="iterations">The last iteration shown.</param>
    public static Figure Of(string name, LensReading reading, int iterations)
    {
        var (table, aligned) = (reading.Table, reading.Aligned);
        int[] rows = [.. Enumerable.Range(0, aligned.Rows).Where(row => aligned.PositionOf(row) is not null)];
        int[] positions = [.. rows.Select(row => aligned.PositionOf(row)!.Value)];
        int[] shown = [.. Enumerable.Range(0, table.Readings).Where(m => table.Blocks[m] == LensTable.State && table.Iterations[m] <= iterations)];
        bool isEntropy = name == Names[0];
        float[] values = isEntropy ? table.Entropy : table.Divergence;
        bool isPrediction = aligned.Alignment == LensAlignment.Prediction;
        string lens = table.Kind == LensKind.Coda ? "coda lens" : "raw lens: norm and head alone";
        return new LensGrid
        {
            Subtitle = FormattableString.Invariant(
                $"{reading.Source.Name} · {lens} · {(isPrediction ? "rows: what is predicted for the token" : "rows: what is expected after the token")} · end at iteration {table.Settings.Horizon} · start {reading.Source.StartText}"),
            Labels = [.. rows.Select(row => reading.Tokens.Labels[row])],
            Positions = rows,
            Iterations = [.. shown.Select(m => table.Iterations[m])],
            Texts = [.. positions.SelectMany(t => shown.Select(m => reading.Source.LabelOf(table.Likeliest(m, t))))],
            Values = [.. positions.SelectMany(t => shown.Select(m => (double)values[m * table.Positions + t]))],
            ValueTitle = isEntropy ? "Entropy (nats)" : "KL to the end (nats)",
            Scale = isEntropy ? ColorScale.Linear : ColorScale.Logarithmic,
            Commit = [.. positions.Select(t => table.Commit[t])],
            Shown = TextGrid.Sampled([.. shown.Select(m => table.Iterations[m])], Math.Min(iterations, Math.Max(FewestShown, table.Commit.Max() ?? iterations)), ColumnsMost),
        };
    }
}
