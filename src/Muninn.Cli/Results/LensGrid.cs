using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text;
using Muninn.Cli.Frame;
using Muninn.Microscope.Measures.Lenses;
using Muninn.Microscope.Pictures;

namespace Muninn.Cli.Results;

/// <summary>A lens table as lines of text: tokens downwards, as many iterations across as the width takes.</summary>
/// <param name="reading">What is shown.</param>
/// <param name="shownMax">The last iteration that is shown, but for the horizon.</param>
/// <param name="columns">The width.</param>
sealed class LensGrid(LensReading reading, int shownMax, int columns)
{
    /// <summary>Stands before a likeliest token that stays up to the horizon.</summary>
    const char CommittedMark = '*';

    const int CellWidth = 8;
    const int LabelMin = 5;
    const int LabelMax = 10;

    /// <summary>The grid goes on to this iteration at least, however early all answers stand.</summary>
    const int FewestShown = 4;

    LensTable Table => reading.Table;

    /// <summary>Writes the grid.</summary>
    public void Write(TextWriter output)
    {
        int labelWidth = Math.Clamp(reading.Tokens.Labels.Max(static label => CharacterWidth.Of(TextMetrics.Shown(label))), LabelMin, LabelMax);
        bool isPrediction = reading.Aligned.Alignment == LensAlignment.Prediction;
        string tail = isPrediction ? $"{"commit",7}{"p(token)",9}{"rank",6}" : $"{"commit",7}{"near",5}{"p",6}";
        int room = columns - 1 - labelWidth - tail.Length;
        int[] shown = Shown(Math.Max(1, room / CellWidth));
        var header = new StringBuilder(Padded("token", labelWidth));
        foreach (int m in shown)
            header.Append(' ').Append(Padded(HeaderOf(m), CellWidth - 1));
        output.WriteLine((header + tail).TrimEnd());
        for (int row = 0; row < reading.Aligned.Rows; row++)
            output.WriteLine(Line(row, shown, labelWidth));
        string rows = isPrediction ? "each row: what is predicted for the token, read at the token before it" : "each row: what is expected after the token, read at it";
        string marks = $"{CommittedMark} the likeliest token stays up to iteration {Table.Settings.Horizon}; commit: since when; "
            + (isPrediction ? "p(token), rank: of the token itself, at the end" : Near());
        foreach (string line in Wrapping.Lines($"{rows}; {marks}", Math.Min(columns - 1, Wrapping.WidthMax)))
            output.WriteLine(line);
    }

    string Near() => string.Create(CultureInfo.InvariantCulture,
        $"near: since when the distribution is within {Table.Settings.DivergenceBound} nats of the end; p: of the likeliest, at the end");

    /// <summary>Readings that are shown: 0, the horizon, and between 0 and the last commit iterations that grow by about the same factor.</summary>
    internal int[] Shown(int count)
    {
        int perIteration = Table.Iterations.Count(iteration => iteration == Table.Settings.Horizon);
        // Beyond the last commit every column is the horizon's.
        int last = Math.Max(FewestShown, Table.Commit.Max() ?? shownMax);
        int[] iterations = Sampled([.. Table.Iterations.Distinct()], Math.Min(shownMax, last), Math.Max(1, count / perIteration));
        return [.. Enumerable.Range(0, Table.Readings).Where(m => iterations.Contains(Table.Iterations[m]))];
    }

    /// <summary>At most <paramref name="count"/> of the iterations up to <paramref name="last"/>, and the horizon among them.</summary>
    internal static int[] Sampled(int[] iterations, int last, int count)
    {
        int horizon = iterations[^1];
        int[] candidates = [.. iterations.Where(i => i <= last && i < horizon)];
        int wanted = Math.Min(count - 1, candidates.Length);
        var chosen = new SortedSet<int> { horizon };
        for (int j = 0; j < wanted; j++)
        {
            double place = wanted > 1 ? Math.Pow(candidates.Length, j / (wanted - 1.0)) - 1 : candidates.Length - 1;
            chosen.Add(candidates[Math.Clamp((int)Math.Round(place), 0, candidates.Length - 1)]);
        }

        // The first steps of the factor fall on the same iteration: what is left over goes to the early ones.
        foreach (int candidate in candidates)
        {
            if (chosen.Count > wanted) break;
            chosen.Add(candidate);
        }

        return [.. chosen];
    }

    string HeaderOf(int reading) => Table.Blocks[reading] == LensTable.State
        ? Table.Iterations[reading].ToString(CultureInfo.InvariantCulture)
        : string.Create(CultureInfo.InvariantCulture, $"{Table.Iterations[reading]} b{Table.Blocks[reading]}");

    string Line(int row, int[] shown, int labelWidth)
    {
        var line = new StringBuilder(Padded(reading.Tokens.Labels[row], labelWidth));
        if (reading.Aligned.PositionOf(row) is not { } position)
            return line.Append(" (nothing is predicted for the first token)").ToString();
        foreach (int m in shown)
        {
            bool committed = Table.Commit[position] <= Table.Iterations[m] && Table.Blocks[m] == LensTable.State;
            line.Append(' ').Append(Padded((committed ? CommittedMark : ' ') + reading.Source.LabelOf(Table.Likeliest(m, position)), CellWidth - 1));
        }

        int end = (Table.Readings - 1) * Table.Positions + position;
        line.Append(CultureInfo.InvariantCulture, $"{Table.Commit[position]?.ToString(CultureInfo.InvariantCulture) ?? "-",7}");
        if (reading.Aligned.Alignment == LensAlignment.Prediction)
            line.Append(CultureInfo.InvariantCulture, $"{Math.Exp(Table.NextLogProbability[end]),9:0.000}{Table.NextRank[end],6}");
        else
            line.Append(CultureInfo.InvariantCulture,
                $"{Table.Settled[position]?.ToString(CultureInfo.InvariantCulture) ?? "-",5}{Math.Exp(Table.LogProbabilities[end * Table.TopCount]),6:0.00}");
        return line.ToString();
    }

    /// <summary>The text in exactly this many columns, cut with “…” where it is longer.</summary>
    static string Padded(string text, int width)
    {
        text = TextMetrics.Shown(text);
        int taken = CharacterWidth.Of(text);
        return taken > width ? CharacterWidth.Fit(text, width) : text + new string(' ', width - taken);
    }
}
