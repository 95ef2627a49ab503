using System;
using System.Globalization;
using System.IO;
using System.Linq;
using Muninn.Cli.Frame;
using Muninn.Microscope.Measures.Exits;

namespace Muninn.Cli.Results;

/// <summary>An exit table as lines of text.</summary>
static class ExitText
{
    /// <summary>Writes the table, the real runs and the findings.</summary>
    /// <param name="reading">What was replayed.</param>
    /// <param name="isDrawn">Whether a figure stands above: the table then has the candidates on a front alone, not to push it away.</param>
    /// <param name="columns">Room in a line.</param>
    /// <param name="output">Where to.</param>
    public static void Write(ExitReading reading, bool isDrawn, int columns, TextWriter output)
    {
        var (table, source) = (reading.Table, reading.Source);
        string texts = table.Prompts.Count == 1 ? "" : $" of {table.Prompts.Count} texts";
        foreach (string line in Wrapping.Lines(
            $"exits · {source.Name} · {table.Tokens} token{(table.Tokens == 1 ? "" : "s")}{texts} · full depth {table.Limit} · start {source.StartText}", columns - 1))
            output.WriteLine(line);
        output.WriteLine($"{"rule",-20}{"iterations",10}{"share",7}{"KL mean",10}{"KL worst",10}{"changed",8}{"passes",8}  front");
        ExitOutcome[] shown = [.. table.Outcomes.Where(o => !isDrawn || o.OnDivergenceFront || o.OnAnswerFront || o.OnPassFront)];
        foreach (var outcome in shown) output.WriteLine(Line(outcome, table));
        if (shown.Length < table.Outcomes.Count)
            output.WriteLine($"({table.Outcomes.Count - shown.Length} that are on no front are left out; --graphics none shows all)");
        foreach (string line in Wrapping.Lines(
            "iterations, passes through blocks: mean of a token; KL: nats from full depth; changed: likeliest tokens that differ from full depth's; " +
            "front: nothing has less of both iterations and mean KL (k), iterations and changed (c), passes and mean KL (p)",
            Math.Min(columns - 1, Wrapping.WidthMax)))
            output.WriteLine(line);
        if (reading.Verified.Count > 0) WriteVerified(reading, columns, output);
        output.WriteLine();
        foreach (var finding in reading.Findings) Wrapping.Write("• ", finding.Text, columns, output);
        foreach (var note in source.Notes) Wrapping.Write("Note: ", note, columns, output);
    }

    static string Line(ExitOutcome outcome, ExitTable table)
    {
        var front = (outcome.OnDivergenceFront ? "k" : "") + (outcome.OnAnswerFront ? "c" : "") + (outcome.OnPassFront ? "p" : "");
        return string.Create(CultureInfo.InvariantCulture,
            $"{ExitReading.NameOf(outcome.Candidate),-20}{outcome.IterationsMean,10:0.00}{100 * outcome.IterationsMean / table.Limit,6:0.0}%{Number(outcome.DivergenceMean),10}{Number(outcome.DivergenceWorst),10}{outcome.ChangedCount,8}{outcome.BlockPassesMean,8:0.0}  {front}").TrimEnd();
    }

    static void WriteVerified(ExitReading reading, int columns, TextWriter output)
    {
        output.WriteLine();
        foreach (string line in Wrapping.Lines(
            "run for real, where tokens that stopped are attended to as they stopped (replay → real):", columns - 1))
            output.WriteLine(line);
        output.WriteLine($"{"rule",-20}{"iterations",16}{"KL mean",19}{"changed",11}{"same stop",12}");
        foreach (var verified in reading.Verified)
        {
            var replay = verified.Replay;
            var iterations = Pair(replay.IterationsMean.ToString("0.00", CultureInfo.InvariantCulture), verified.IterationsMean.ToString("0.00", CultureInfo.InvariantCulture));
            var divergence = Pair(Number(replay.DivergenceMean), Number(verified.DivergenceMean));
            var changed = FormattableString.Invariant($"{replay.ChangedCount} → {verified.ChangedCount}");
            output.WriteLine($"{ExitReading.NameOf(replay.Candidate),-20}{iterations,16}{divergence,19}{changed,11}{$"{verified.SameStops}/{verified.Iterations.Length}",12}");
        }

        static string Pair(string replay, string real) => $"{replay} → {real}";
    }

    static string Number(double value) => value == 0 ? "0"
        : double.IsNaN(value) ? "NaN"
        : value.ToString(value < 1e-3 ? "0.0e-0" : "0.0000", CultureInfo.InvariantCulture);
}
