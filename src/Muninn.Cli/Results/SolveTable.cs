using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using Muninn.Cli.Frame;
using Muninn.Microscope.Measures;
using Muninn.Microscope.Measures.Solvers;

namespace Muninn.Cli.Results;

/// <summary>A comparison of solvers as two tables and some sentences.</summary>
static class SolveTable
{
    /// <summary>Prints it.</summary>
    /// <param name="reading">What was measured.</param>
    /// <param name="findings">What it shows.</param>
    /// <param name="shell">Where to.</param>
    public static void Print(SolveReading reading, IReadOnlyList<Finding> findings, Shell shell)
    {
        var report = reading.Report;
        var output = shell.Output;
        var plan = reading.Plan.Run;
        int prompts = report.Prompts.Count;
        output.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"Solvers - {reading.ModelName} - {(prompts > 1 ? $"{prompts} questions, " : "")}{report.Tokens} token{(report.Tokens == 1 ? "" : "s")} - "
            + $"start {plan.StartText} - s* at iteration {plan.Measure.Horizon}"));
        output.WriteLine();
        output.WriteLine("Core evaluations until a token's residual stays at or below: mean/median/worst"
            + (report.Rows.Any(row => row.Reach.Any(reach => reach.Reached < row.Tokens)) ? "\n(but n: n tokens do not come there)" : ""));
        Table(
            output, ["solver", .. report.Bounds.Select(Number)],
            report.Rows.Select(row => (string[])[row.Name, .. row.Reach.Select(reach => Reach(reach, row.Tokens))]));
        output.WriteLine();
        output.WriteLine(
            $"Until all tokens are at {Number(report.Settings.Tolerance)}{(prompts > 1 ? ", mean over prompts" : "")}; thrown-away answers: plain is added");
        Table(output, ["solver", "evals", "fewer", "same token", "residual", "distance", "KL", "thrown", "ms"], report.Rows.Select(Outcome));
        output.WriteLine();
        var (columns, _) = shell.WindowSize();
        foreach (var finding in findings) Wrapping.Write("• ", finding.Text, columns, output);
        Wrapping.Write("Rounding: ", $"residuals below {Number(SolverTrial.RoundingNoise)} count as rounding; that floor is assumed, not measured.", columns, output);
        foreach (var note in reading.Notes) Wrapping.Write("Note: ", note, columns, output);
    }

    /// <summary>First column to the left, the others to the right, each as wide as its widest cell.</summary>
    static void Table(TextWriter output, string[] heads, IEnumerable<string[]> rows)
    {
        string[][] lines = [heads, .. rows];
        int[] widths = [.. heads.Select((_, column) => lines.Max(line => line[column].Length))];
        foreach (string[] line in lines)
            output.WriteLine(string.Join(' ', line.Select((cell, column) => column == 0 ? cell.PadRight(widths[0]) : cell.PadLeft(widths[column]))));
    }

    static string Reach(SolverReach reach, int tokens) => reach.Reached < tokens
        ? But(tokens - reach.Reached)
        : string.Create(CultureInfo.InvariantCulture, $"{reach.Mean:0.0}/{reach.Median:0.#}/{reach.Worst:0}");

    static string[] Outcome(SolverRow row) =>
    [
        row.Name, row.Evaluations.ToString("0.0", CultureInfo.InvariantCulture), Ratio(row.Fewer), row.SameTokens == row.Tokens ? "all" : But(row.Tokens - row.SameTokens),
        Small(row.ResidualWorst), Small(row.DistanceWorst), Small(row.DivergenceWorst),
        row.Tally.Rejected.ToString(CultureInfo.InvariantCulture), row.Elapsed.TotalMilliseconds.ToString("0", CultureInfo.InvariantCulture),
    ];

    static string But(int tokens) => string.Create(CultureInfo.InvariantCulture, $"but {tokens}");

    static string Ratio(double value) => double.IsFinite(value) ? value.ToString("0.00", CultureInfo.InvariantCulture) : "-";

    static string Small(double value) => double.IsFinite(value) ? value.ToString("0.0e0", CultureInfo.InvariantCulture) : "-";

    static string Number(double value) => value.ToString("0.###e0", CultureInfo.InvariantCulture);
}
