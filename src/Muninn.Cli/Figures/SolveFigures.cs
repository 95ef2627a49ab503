using System;
using System.Collections.Generic;
using System.Linq;
using Muninn.Cli.Frame;
using Muninn.Cli.Results;
using Muninn.Microscope.Figures;
using Muninn.Microscope.Measures;
using Muninn.Microscope.Measures.Solvers;

namespace Muninn.Cli.Figures;

/// <summary>The figures of <c>solve</c>.</summary>
static class SolveFigures
{
    const int ShownLeast = 10;

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
        int shown = Shown(series, evaluations);
        int texts = report.Prompts.Count;
        return new LineFigure
        {
            Title = "Residuals against Evaluations of the Core",
            Subtitle = FormattableString.Invariant(
                $"{reading.ModelName} · {report.Tokens} token{(report.Tokens == 1 ? "" : "s")}{(texts == 1 ? "" : $" of {texts} texts")} · start {reading.Plan.Run.StartText}"),
            Caption = CaptionOf(report, series, shown),
            ValueTitle = "Residual",
            ColumnTitle = "Evaluations of the Core",
            Floor = SolverTrial.RoundingNoise,
            Level = report.Settings.Tolerance,
            LevelTitle = "solved at",
            Iterations = [.. Enumerable.Range(1, shown)],
            Series = [.. series.Select(one => one with { Values = one.Values[..shown], Low = one.Low[..shown], High = one.High[..shown] })],
        };
    }

    static string CaptionOf(SolveReport report, IReadOnlyList<LineSeries> series, int shown)
    {
        int evaluations = report.Settings.Evaluations;
        double tolerance = report.Settings.Tolerance;
        int lost = report.Prompts.Sum(static prompt => Enumerable.Range(0, prompt.Plain.Positions)
            .Count(position => prompt.Trials.Any(trial => trial.Residual.AsSpan(position * trial.Limit, trial.Limit).ContainsAnyExceptInRange(0, double.MaxValue))));
        return
            "‖core(e, x) − x‖ / ‖core(e, x)‖ of raw states at each evaluation: median over tokens, and a band that holds the middle half of them. " +
            (lost == 0 ? "" : FormattableString.Invariant($"Of {report.Tokens} tokens {lost} {(lost == 1 ? "is left out where it has" : "are left out where they have")} no finite residual. ")) +
            "The floor is that of float32, assumed. A text waits for its slowest token, which the median does not show. " +
            (shown == evaluations ? "" : FormattableString.Invariant($"Of {evaluations} evaluations the first {shown} are shown: behind them all bands stay below the floor. ")) +
            (series.Any(one => one.Values.Any(value => value <= tolerance)) ? "" : $"No median comes to {ColorRange.NumberText(tolerance)}, the residual at which a token is solved. ") +
            "A small residual does not prove that the point is the one plain iteration comes to: the table's certificates say that.";
    }

    /// <summary>Evaluations until every band is below the floor for good, and a quarter more: behind them is nothing but noise.</summary>
    static int Shown(IReadOnlyList<LineSeries> series, int evaluations)
    {
        // What is not finite is no noise.
        int last = series.Max(static one => Array.FindLastIndex(one.High, static high => !(high <= SolverTrial.RoundingNoise))) + 1;
        return Math.Min(evaluations, Math.Max(ShownLeast, last + last / 4));
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
