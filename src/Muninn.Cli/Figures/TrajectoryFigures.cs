using System;
using System.Collections.Generic;
using System.Linq;
using Muninn.Cli.Frame;
using Muninn.Cli.Results;
using Muninn.Microscope.Figures;
using Muninn.Microscope.Measures.Geometry;

namespace Muninn.Cli.Figures;

/// <summary>The figures of <c>trajectories</c>.</summary>
static class TrajectoryFigures
{
    /// <summary>Panels that can still be read on one page.</summary>
    const int PanelsMost = 16;

    /// <summary>Their names.</summary>
    public static IReadOnlyList<string> Names { get; } = ["panels", "waterfall", "starts"];

    /// <summary>The figure of a name.</summary>
    /// <param name="name">One of <see cref="Names"/>.</param>
    /// <param name="report">What was found.</param>
    /// <exception cref="UsageException">There are no axes to draw panels in, or no runs from other starts.</exception>
    public static Figure Of(string name, TrajectoriesReport report) =>
        name == Names[0] ? Panels(report) : name == Names[1] ? Waterfall(report) : Starts(report);

    static TrajectoryPanels Panels(TrajectoriesReport report)
    {
        if (report.Basis is not { } basis)
        {
            int[] lost = [.. Enumerable.Range(0, report.Motions.Tokens.Length).Where(t => report.Motions.Tokens[t].FirstNotFinite is not null)];
            throw new UsageException(
                $"--figure {Names[0]} needs axes that all tokens share, and {lost.Length} of {report.Motions.Tokens.Length} tokens " +
                $"{(lost.Length == 1 ? "has" : "have")} states that are not finite, the first at position {lost[0]}. Choose --figure {Names[1]}, which shows where.");
        }

        int[] split = report.Paths is not { } paths ? []
            : [.. Enumerable.Range(0, paths.Tokens.Length).Where(t => paths.Tokens[t].BasinSizes.Length > 1)];
        var choice = PanelChoice.Of(report.Motions.Tokens, split, PanelsMost);
        var (labels, motions) = (report.Reading.Tokens.Labels, report.Motions);
        string centre = basis.Settings.Centring switch
        {
            Centring.Rest => "Around each token's last state (the origin).",
            Centring.TokenMean => "Around each token's mean.",
            _ => "Around one mean of all states.",
        };
        var figure = new TrajectoryPanels
        {
            Subtitle = Subtitle(report, choice.Positions.Length),
            Labels = [.. choice.Positions.Select(t => labels[t])],
            Positions = choice.Positions,
            Iterations = basis.Iterations,
            IterationScale = ColorScale.Logarithmic,
            Components = basis.Settings.Axes,
            Scores = [.. choice.Positions.SelectMany(t => basis.ScoresOf(t).ToArray())],
            Explained = basis.Explained,
            InPlane = [.. choice.Positions.Select(t => basis.PlaneShare[t])],
            Classes = [.. choice.Positions.Select(t => TrajectoriesReport.NameOf(motions.Tokens[t].Class))],
        };
        string tested = motions.Tests == 0 ? ""
            : FormattableString.Invariant($" A class is claimed below q = {motions.Settings.Significance}, after {motions.Tests} tests against surrogates.");
        return figure with { Caption = $"{figure.Caption}{tested} {centre}{(choice.Words is { } words ? " " + words : "")}" };
    }

    static TokenWaterfall Waterfall(TrajectoriesReport report)
    {
        var convergence = report.Reading.Convergence;
        var figure = new TokenWaterfall
        {
            Subtitle = Subtitle(report, convergence.Positions),
            Labels = report.Reading.Tokens.Labels,
            Iterations = [.. Enumerable.Range(0, convergence.ReadableColumns)],
            Distances = [.. Enumerable.Range(0, convergence.Positions).SelectMany(t => convergence.DistanceOf(t)[..convergence.ReadableColumns].ToArray())],
            Floor = convergence.Floor,
        };
        string floor = convergence.Floor is null || convergence.FloorsMeasured > 0 ? ""
            : FormattableString.Invariant($" The floor is assumed, {ColorRange.NumberText(convergence.Settings.RoundingShare)} of ‖s*‖; muninn record measures it.");
        return figure with { Caption = figure.Caption + floor };
    }

    static LineFigure Starts(TrajectoriesReport report)
    {
        if (report.Paths is not { } paths)
            throw new UsageException($"--figure {Names[2]} needs runs from several starts. Give --seeds {new PathSettings().RunsMin}, or another figure.");
        if (!paths.Tokens.Any(static token => token.RestNorm > 0))
            throw new UsageException($"--figure {Names[2]} has nothing to show: no token is finite in all {paths.Runs} runs. Choose --figure {Names[1]}, which shows where.");
        return new LineFigure
        {
            Title = "Starts and Ends of the Same Token",
            Subtitle = FormattableString.Invariant(
                $"{report.Reading.ModelName} · {paths.Tokens.Length} token{(paths.Tokens.Length == 1 ? "" : "s")} · {paths.Runs} random starts · s* at iteration {paths.Horizon}"),
            Caption = $"‖ln_f(a) − ln_f(b)‖₂ / ‖ln_f(s*)‖ of each token, root mean square over pairs of runs: at their starts, and at their ends. The third curve is what a run itself "
                + "still moved, in its second half or its last iteration, over runs: ends no farther apart than that are not told apart. Zero lies on the lower edge; the floor is assumed. "
                + FormattableString.Invariant($"It does not prove that other starts end there, too: an end that fewer than {100 * paths.BasinShareSeen:G3} % of starts reach may have been missed."),
            ColumnTitle = "Position of the Token",
            ValueTitle = "Share of ‖s*‖",
            Iterations = [.. Enumerable.Range(0, paths.Tokens.Length)],
            Level = paths.Settings.Margin,
            LevelTitle = "same place within",
            Floor = paths.Settings.RoundingShare,
            Series =
            [
                new LineSeries { Name = "starts s₀ apart", Values = Shares(static token => token.BetweenStarts) },
                new LineSeries { Name = "ends s* apart", Values = Shares(static token => token.Between) },
                new LineSeries { Name = "a run still moved", Values = Shares(static token => token.Within) },
            ],
        };

        double[] Shares(Func<TokenPaths, double> distance) => [.. paths.Tokens.Select(token => token.RestNorm > 0 ? distance(token) / token.RestNorm : double.NaN)];
    }

    static string Subtitle(TrajectoriesReport report, int shown)
    {
        int count = report.Motions.Tokens.Length;
        string tokens = shown < count ? $"{shown} of {count} tokens" : $"{count} token{(count == 1 ? "" : "s")}";
        return FormattableString.Invariant($"{report.Reading.ModelName} · {tokens} · s* at iteration {report.Motions.Iterations} · start {report.Reading.Plan.StartText}");
    }
}
