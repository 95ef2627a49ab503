using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using Muninn.Cli.Figures;
using Muninn.Cli.Frame;
using Muninn.Cli.Input;
using Muninn.Engine.Training.Evaluation;
using Muninn.Microscope.Measures.Evaluations;

namespace Muninn.Cli.Results;

/// <summary>An evaluation as tables and sentences, at most 80 columns wide.</summary>
static class EvaluationTable
{
    /// <summary>Iterations that fit into a line: the last ones.</summary>
    const int ColumnsMost = 8;

    const int LabelWidth = 17, ReadingWidth = 6;

    /// <summary>Prints it.</summary>
    /// <param name="reading">What was answered.</param>
    /// <param name="shell">Where to.</param>
    public static void Print(EvaluationReading reading, Shell shell)
    {
        var output = shell.Output;
        var (columns, _) = shell.WindowSize();
        if (reading.Accuracy is { } accuracy)
        {
            Lines(EvaluationFigures.SubtitleOf(reading, accuracy), columns, output);
            Lines(
                "Answered rightly after n iterations, in percent; stable: iterations until an answer stays right, mean/median over those that are right at the end.",
                columns, output);
            foreach (var task in accuracy.Cells.Zip(reading.Stability!.Cells).GroupBy(static pair => pair.First.Task))
            {
                output.WriteLine();
                PrintTask([.. task], accuracy, Shown(reading), output);
            }

            if (reading.Adaptive.Count > 0) PrintAdaptive(reading, accuracy, columns, output);
            output.WriteLine();
            foreach (string finding in EvaluationFindings.Describe(reading)) Wrapping.Write("• ", finding, columns, output);
        }

        foreach (var text in reading.Texts) PrintText(text, Shown(reading), shell);
        foreach (string note in reading.Notes) Wrapping.Write("Note: ", note, columns, output);
    }

    static int[] Shown(EvaluationReading reading) => [.. reading.Shown.TakeLast(ColumnsMost)];

    static void PrintTask(IReadOnlyList<(WorldCell Cell, CellStability Stability)> task, WorldAccuracy accuracy, int[] shown, TextWriter output)
    {
        Header(EvaluationSettings.NameOf(task[0].Cell.Task), shown, "stable", output);
        foreach (var (cell, stability) in task)
        {
            var stable = stability.Count == 0 ? "-" : FormattableString.Invariant($"{stability.Mean:0.0}/{stability.Median:0.#}");
            Row($"{Steps(cell.Steps)}, n={cell.Questions}", shown.Select(iteration => cell.Accuracy(accuracy.ReadingOf(iteration))), stable, output);
        }

        if (task.Count > 1)
        {
            int all = task.Sum(static pair => pair.Cell.Questions);
            Row($"all, n={all}", shown.Select(iteration => task.Sum(pair => pair.Cell.Right[accuracy.ReadingOf(iteration)]) / (double)all), "", output);
        }
    }

    static void PrintAdaptive(EvaluationReading reading, WorldAccuracy accuracy, int columns, TextWriter output)
    {
        output.WriteLine();
        Lines(
            $"Generated with {ExitRules.TextOf(reading.Plan.Exit!)}, in real runs of at most {reading.Plan.Limit} iterations; full: right at that depth; "
            + "iterations: mean of the answers' tokens; stopped: by the rule", columns, output);
        output.WriteLine(FormattableString.Invariant($"{"",-LabelWidth}{"questions",10}{"right",8}{"full",8}{"iterations",12}{"stopped",10}"));
        foreach (var (cell, whole) in reading.Adaptive.Zip(accuracy.Cells))
        {
            output.WriteLine(FormattableString.Invariant(
                $"{$"{EvaluationSettings.NameOf(cell.Task)}, {Steps(cell.Steps)}",-LabelWidth}{cell.Questions,10}{Percent((double)cell.Right / cell.Questions),6} %{Percent(whole.Accuracy(accuracy.Iterations.Count - 1)),6} %{cell.Iterations,12:0.0}{Percent(1 - (double)cell.AtLimit / cell.Tokens),8} %"));
        }
    }

    static void PrintText(EvaluatedText text, int[] shown, Shell shell)
    {
        var (file, prediction) = text;
        var output = shell.Output;
        output.WriteLine();
        Lines(
            FormattableString.Invariant(
                $"{shell.Harmless(Path.GetFileName(file))} · {prediction.Predicted} of {prediction.Tokens} tokens predicted, {prediction.Bytes} bytes, {prediction.TokensPerByte:0.000} tokens a byte · {prediction.Windows} window{(prediction.Windows == 1 ? "" : "s")}"),
            shell.WindowSize().Columns, output);
        Header("iterations", shown, "", output);
        int[] readings = [.. shown.Select(iteration => prediction.Iterations.ToList().IndexOf(iteration))];
        Numbers("perplexity", readings.Select(prediction.Perplexity), output);
        Numbers("bits a token", readings.Select(prediction.BitsPerToken), output);
        Numbers("bits a byte", readings.Select(prediction.BitsPerByte), output);
    }

    static void Header(string label, int[] shown, string last, TextWriter output) =>
        output.WriteLine($"{label,-LabelWidth}{string.Concat(shown.Select(iteration => FormattableString.Invariant($"{iteration,ReadingWidth}")))}{last,13}".TrimEnd());

    static void Row(string label, IEnumerable<double> shares, string last, TextWriter output) =>
        output.WriteLine($"{"  " + label,-LabelWidth}{string.Concat(shares.Select(static share => $"{Percent(share),ReadingWidth}"))}{last,13}".TrimEnd());

    static void Numbers(string label, IEnumerable<double> values, TextWriter output) =>
        output.WriteLine($"{"  " + label,-LabelWidth}{string.Concat(values.Select(static value => $"{Short(value),ReadingWidth}"))}");

    static void Lines(string text, int columns, TextWriter output)
    {
        foreach (string line in Wrapping.Lines(text, Math.Min(columns, Wrapping.WidthMax) - 1)) output.WriteLine(line);
    }

    static string Steps(int steps) => FormattableString.Invariant($"{steps} step{(steps == 1 ? "" : "s")}");

    static string Percent(double share) => (100 * share).ToString("0", CultureInfo.InvariantCulture);

    /// <summary>Five characters at most.</summary>
    static string Short(double value) => !double.IsFinite(value) ? "-"
        : value.ToString(value < 10 ? "0.000" : value < 100 ? "0.00" : value < 1000 ? "0.0" : value < 99999.5 ? "0" : "0e0", CultureInfo.InvariantCulture);
}
