using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using Muninn.Cli.Frame;
using Muninn.Cli.Input;
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
            + $"start {(plan.Start == StartChoice.Random ? $"random, seed {plan.Seed}" : System.IO.Path.GetFileName(plan.Start.Name))} - s* at iteration {plan.Measure.Horizon}"));
        int names = Math.Max(10, report.Rows.Max(static row => row.Name.Length));
        output.WriteLine();
        output.WriteLine("Core evaluations until the residual stays at or below: mean over tokens (worst)");
        output.WriteLine("solver".PadRight(names) + string.Concat(report.Bounds.Select(static bound => Number(bound).PadLeft(10))));
        foreach (var row in report.Rows)
            output.WriteLine(row.Name.PadRight(names) + string.Concat(row.Reach.Select(reach => Reach(reach, row.Tokens).PadLeft(10))));
        output.WriteLine();
        output.WriteLine(
            $"Until all tokens are at {Number(report.Settings.Tolerance)}, {(prompts > 1 ? "mean over prompts, " : "")}fallbacks to plain included");
        output.WriteLine("solver".PadRight(names) + "  evals  fewer   same token  residual  distance        KL  thrown      ms");
        foreach (var row in report.Rows)
            output.WriteLine(row.Name.PadRight(names) + Outcome(row));
        output.WriteLine();
        var (columns, _) = shell.WindowSize();
        foreach (var finding in findings) Wrapping.Write("• ", finding.Text, columns, output);
        foreach (var note in reading.Notes) Wrapping.Write("Note: ", note, columns, output);
    }

    static string Reach(SolverReach reach, int tokens) => reach.Reached < tokens
        ? $"{reach.Reached}/{tokens}"
        : string.Create(CultureInfo.InvariantCulture, $"{reach.Mean:0.0} ({reach.Worst:0})");

    static string Outcome(SolverRow row) => string.Create(CultureInfo.InvariantCulture,
        $"{row.Evaluations,7:0.0}{Ratio(row.Fewer),7}{$"{row.SameTokens}/{row.Tokens}",13}{Small(row.ResidualWorst),10}{Small(row.DistanceWorst),10}"
        + $"{Small(row.DivergenceWorst),10}{row.Tally.Rejected,8}{row.Elapsed.TotalMilliseconds,8:0}");

    static string Ratio(double value) => double.IsFinite(value) ? value.ToString("0.00", CultureInfo.InvariantCulture) : "-";

    static string Small(double value) => double.IsFinite(value) ? value.ToString("0.0e0", CultureInfo.InvariantCulture) : "-";

    static string Number(double value) => value.ToString("0.###e0", CultureInfo.InvariantCulture);
}
