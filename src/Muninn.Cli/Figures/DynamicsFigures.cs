using System;
using System.Collections.Generic;
using System.Linq;
using Muninn.Cli.Frame;
using Muninn.Cli.Results;
using Muninn.Microscope.Figures;
using Muninn.Microscope.Measures.Dynamics;

namespace Muninn.Cli.Figures;

/// <summary>The figures of <c>dynamics</c>.</summary>
static class DynamicsFigures
{
    /// <summary>Their names.</summary>
    public static IReadOnlyList<string> Names { get; } = ["spectrum", "pulls"];

    /// <summary>The figure that shows which tokens pull which.</summary>
    public static string Pulls => Names[1];

    /// <summary>The figure of a name.</summary>
    /// <param name="name">One of <see cref="Names"/>.</param>
    /// <param name="report">What was measured.</param>
    /// <exception cref="UsageException">It was not measured, or is not finite.</exception>
    public static Figure Of(string name, DynamicsOutput report) => name == Pulls ? PullsOf(report) : SpectrumOf(report);

    static SpectrumDisc SpectrumOf(DynamicsOutput report)
    {
        var dynamics = report.Dynamics;
        // With many tokens the figure names the first alone.
        IEnumerable<TokenDynamics> tokensInOrder = dynamics.Tokens.Count <= SpectrumDisc.NamedMost ? dynamics.Tokens
            : dynamics.Tokens.OrderByDescending(static token => double.IsFinite(token.Spectrum.Radius) ? token.Spectrum.Radius : double.NegativeInfinity);
        TokenDynamics[] tokens = [.. tokensInOrder];
        // A pair stands for its conjugate too.
        (int Token, double Real, double Imaginary, double Residual)[] values =
        [
            .. tokens.SelectMany(static (token, number) => token.Spectrum.Leading.SelectMany(pair => pair.Imaginary == 0
                ? [(number, pair.Real, 0.0, pair.Residual)]
                : new[] { (number, pair.Real, pair.Imaginary, pair.Residual), (number, pair.Real, -pair.Imaginary, pair.Residual) })),
        ];
        if (values.Length == 0)
        {
            throw new UsageException(
                $"--figure {Names[0]}: there is no eigenvalue to draw, for the Jacobian at iteration {dynamics.RestIteration} is not finite at any token. " +
                "Look at the states with muninn heatmap.");
        }

        int count = report.Settings.Spectrum.Count;
        var figure = new SpectrumDisc
        {
            Subtitle = Subtitle(report, $"{(count == 1 ? "largest eigenvalue" : $"{count} largest eigenvalues")} of each token"),
            Labels = [.. tokens.Select(token => FormattableString.Invariant($"{token.Position} {report.Reading.Tokens.Labels[token.Position]}"))],
            Tokens = [.. values.Select(static value => value.Token)],
            Real = [.. values.Select(static value => value.Real)],
            Imaginary = [.. values.Select(static value => value.Imaginary)],
            Residuals = [.. values.Select(static value => value.Residual)],
            ResidualShareMax = report.Settings.Spectrum.Tolerance,
        };
        int moving = tokens.Count(static token => token.Spectrum.Leading.Count > 0 && !(token.RestResidual <= DynamicsFindings.MovingShare));
        return moving == 0 ? figure : figure with
        {
            Caption = FormattableString.Invariant(
                $"{figure.Caption} {moving} of {tokens.Length} tokens still move there by more than {DynamicsFindings.MovingShare} of their size: their eigenvalues tell of one iteration, and of no fixed point."),
        };
    }

    static PullMap PullsOf(DynamicsOutput report)
    {
        if (report.Dynamics.Pulls is not { } pulls)
            throw new UsageException($"--figure {Pulls}: pulls were not measured. Add --pulls.");
        double[] shares = [.. pulls.Norm.Zip(pulls.StandardError, static (norm, error) => norm > 0 ? error / norm : 0).Where(double.IsFinite)];
        string how = pulls.IsExact ? "exact: all unit vectors"
            : FormattableString.Invariant($"{pulls.Probes} random directions each, standard errors up to {100 * shares.DefaultIfEmpty(0).Max():0.#} %");
        return new PullMap
        {
            Subtitle = Subtitle(report, how),
            Labels = report.Reading.Tokens.Labels,
            Norms = pulls.Norm,
        };
    }

    static string Subtitle(DynamicsOutput report, string what)
    {
        int count = report.Dynamics.Tokens.Count;
        return FormattableString.Invariant(
            $"{report.Reading.ModelName} · {count} token{(count == 1 ? "" : "s")} · Jacobian at iteration {report.Dynamics.RestIteration} · start {report.Reading.Plan.StartText} · {what}");
    }
}
