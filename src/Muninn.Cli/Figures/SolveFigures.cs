using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using Muninn.Cli.Frame;
using Muninn.Cli.Input;
using Muninn.Cli.Results;
using Muninn.Microscope.Figures;
using Muninn.Microscope.Measures;
using Muninn.Microscope.Measures.Solvers;

namespace Muninn.Cli.Figures;

/// <summary>The figures of <c>solve</c>.</summary>
static class SolveFigures
{
    /// <summary>Their names.</summary>
    public static IReadOnlyList<string> Names { get; } = ["residuals"];

    /// <summary>Residuals against evaluations of the core, a curve for each solver.</summary>
    /// <param name="name">One of <see cref="Names"/>.</param>
    /// <param name="reading">What was solved.</param>
    /// <exception cref="UsageException">There is nothing to draw.</exception>
    public static Figure Of(string name, SolveReading reading)
    {
        var report = reading.Report;
        int evaluations = report.Settings.Evaluations;
        var series = Enumerable.Range(0, report.Rows.Count).Select(solver => SeriesOf(report, solver, evaluations)).ToList();
        if (!series.Any(static one => one.Values.Any(double.IsFinite)))
            throw new UsageException(
                $"the figure '{name}' has nothing to show: no residual of the {report.Tokens} tokens is finite. Give texts or a model that do not diverge.");
        int texts = report.Prompts.Count;
        var start = reading.Plan.Run.Start;
        string startText = start == StartChoice.Random
            ? FormattableString.Invariant($"random, seed {reading.Plan.Run.Seed}") : Path.GetFileName(start.Name);
        return new LineFigure
        {
            Title = "Residuals against Evaluations of the Core",
            Subtitle = FormattableString.Invariant(
                $"{reading.ModelName} · {report.Tokens} token{(report.Tokens == 1 ? "" : "s")}{(texts == 1 ? "" : $" of {texts} texts")} · start {startText}"),
            Caption = FormattableString.Invariant(
                $"‖core(e, x) − x‖ / ‖core(e, x)‖ of raw states at each evaluation: median over tokens, and a band that holds the middle half of them. The floor is that of float32, assumed. Tokens count as solved at {ColorRange.NumberText(report.Settings.Tolerance)}; a text waits for its slowest token, which the median does not show. ")
                + "A small residual does not prove that the point is the one plain iteration comes to: the table's certificates say that.",
            ValueTitle = "Residual",
            ColumnTitle = "Evaluations of the Core",
            Floor = SolverTrial.RoundingNoise,
            Iterations = [.. Enumerable.Range(1, evaluations)],
            Series = series,
        };
    }

    static LineSeries SeriesOf(SolveReport report, int solver, int evaluations)
    {
        Quartiles[] quartiles = [.. Enumerable.Range(0, evaluations).Select(evaluation => Quartiles.Of(
            report.Prompts.Select(prompt => prompt.Trials[solver]).SelectMany(trial => ColumnOf(trial, evaluation))))];
        return new LineSeries
        {
            Name = report.Rows[solver].Name,
            Values = [.. quartiles.Select(static q => q.Median)],
            Low = [.. quartiles.Select(static q => q.Low)],
            High = [.. quartiles.Select(static q => q.High)],
        };
    }

    static IEnumerable<double> ColumnOf(SolverTrial trial, int evaluation) =>
        Enumerable.Range(0, trial.Positions).Select(position => trial.Residual[position * trial.Limit + evaluation]);
}
