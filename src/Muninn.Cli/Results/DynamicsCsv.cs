using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using Muninn.Microscope.Measures.Dynamics;
using Muninn.Microscope.Writers;

namespace Muninn.Cli.Results;

/// <summary>What <c>muninn dynamics</c> measured as a table, a line for each token; columns are called as in the JSON.</summary>
static class DynamicsCsv
{
    /// <summary>Writes the table; what is no number is left empty.</summary>
    public static void Write(DynamicsOutput report, Stream destination)
    {
        var columns = ColumnsOf(report);
        CsvTable.Write(
            [.. columns.Select(static column => column.Name)],
            report.Dynamics.Tokens.Select(token => (IReadOnlyList<object?>)[.. columns.Select(column => column.Of(token) is double value && !double.IsFinite(value) ? null : column.Of(token))]),
            destination);
    }

    static List<(string Name, Func<TokenDynamics, object?> Of)> ColumnsOf(DynamicsOutput report)
    {
        var tokens = report.Reading.Tokens;
        var settings = report.Settings;
        List<(string Name, Func<TokenDynamics, object?> Of)> columns =
        [
            ("position", static token => token.Position),
            ("id", token => tokens.Ids[token.Position]),
            ("token", token => tokens.Labels[token.Position]),
            ("rate", static token => token.Rate.Ratio),
            ("rate_standard_error", static token => token.Rate.StandardError),
            ("rate_first_iteration", static token => token.Rate.First),
            ("rate_last_iteration", static token => token.Rate.Last),
            ("floor_iteration", static token => token.Rate.FloorIteration),
            ("half_life", static token => token.Rate.HalfLife),
            ("iterations_to_epsilon", static token => token.Rate.IterationsToEpsilon),
            ("is_extrapolated", static token => Word(token.Rate.IsExtrapolated)),
            ("rest_residual", static token => token.RestResidual),
            ("radius", static token => token.Spectrum.Radius),
            ("radius_is_certified", static token => Word(token.Spectrum.IsConverged)),
            ("radius_up_to", static token => token.RadiusUpTo),
            ("slowest_up_to", static token => token.SlowestUpTo),
        ];
        for (int k = 0; k < settings.Spectrum.Count; k++)
        {
            int number = k;
            columns.Add(($"real{k + 1}", token => Pair(token, number)?.Real));
            columns.Add(($"imaginary{k + 1}", token => Pair(token, number)?.Imaginary));
            columns.Add(($"residual{k + 1}", token => Pair(token, number)?.Residual));
        }

        if (settings.Stretch is not null)
        {
            columns.Add(("stretch", static token => token.Stretch?.Largest));
            columns.Add(("stretch_residual", static token => token.Stretch?.Residual));
            columns.Add(("stretch_is_certified", static token => token.Stretch is { } stretch ? Word(stretch.IsConverged) : null));
            columns.Add(("normality_gap", static token => token.NormalityGap));
        }

        for (int k = 0; k < (settings.Lyapunov?.Count ?? 0); k++)
        {
            int number = k;
            columns.Add(($"lyapunov{k + 1}", token => Nth(token.Lyapunov?.Exponents, number)));
            columns.Add(($"lyapunov_standard_error{k + 1}", token => Nth(token.Lyapunov?.StandardErrors, number)));
        }

        if (report.Dynamics.Pulls is { } pulls) AddPulls(columns, pulls);
        return columns;
    }

    static void AddPulls(List<(string Name, Func<TokenDynamics, object?> Of)> columns, TokenPulls pulls)
    {
        columns.Add(("pull_itself", token => Norm(token.Position, token.Position)));
        columns.Add(("pull_strongest_from", token => Strongest(token.Position)));
        columns.Add(("pull_strongest", token => Strongest(token.Position) is { } u ? Norm(token.Position, u) : null));

        double Norm(int t, int u) => pulls.Norm[t * pulls.Positions + u];

        int? Strongest(int t) => t == 0 ? null : Enumerable.Range(0, t).MaxBy(u => Norm(t, u));
    }

    static Eigenpair? Pair(TokenDynamics token, int number) => number < token.Spectrum.Leading.Count ? token.Spectrum.Leading[number] : null;

    static double? Nth(IReadOnlyList<double>? values, int number) => values is not null && number < values.Count ? values[number] : null;

    static string Word(bool value) => value ? "true" : "false";
}
