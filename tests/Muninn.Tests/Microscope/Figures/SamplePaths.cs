using System;
using System.Collections.Generic;
using System.Linq;
using Muninn.Microscope.Figures;

namespace Muninn.Tests.Microscope.Figures;

/// <summary>Made-up paths, spectra, exits and Pareto points with the shapes that real ones have.</summary>
static class SamplePaths
{
    static readonly string[] _kinds = ["fixed point", "orbit", "slider", "drift"];

    internal static TrajectoryPanels Trajectories(int tokens = 8, int iterations = 64) => new()
    {
        Subtitle = $"made-up data · {(tokens == 1 ? "1 token" : $"{tokens} chosen tokens")} · zero start",
        Labels = [.. Enumerable.Range(0, tokens).Select(t => SampleFigures.Sentence().RowLabels[(t + 2) % 15])],
        Positions = [.. Enumerable.Range(2, tokens)],
        Iterations = [.. Enumerable.Range(0, iterations + 1)],
        Components = 3,
        Explained = [0.46, 0.21, 0.08],
        InPlane = [.. Enumerable.Range(0, tokens).Select(t => 0.95 - 0.09 * (t % 8))],
        Classes = [.. Enumerable.Range(0, tokens).Select(t => _kinds[t % 4])],
        Scores = [.. Enumerable.Range(0, tokens).SelectMany(t => Enumerable.Range(0, iterations + 1).SelectMany(i => Path(t, i)))],
    };

    static double[] Path(int token, int i)
    {
        double angle = (0.32 + 0.04 * token) * i, r = 14 * Math.Exp(-0.09 * i), x0 = 6 * SampleFigures.Noise(token, 1), y0 = 6 * SampleFigures.Noise(token, 2);
        double shake = 0.1 * SampleFigures.Noise(token, 100 + i);
        return (token % 4) switch
        {
            0 => [x0 + r * Math.Cos(angle) + shake, y0 + r * Math.Sin(angle), shake],
            1 => [x0 + (5 + r) * Math.Cos(angle), y0 + (3.5 + r) * Math.Sin(angle) + shake, shake],
            2 => [x0 - 8 + r + 0.22 * i, y0 + r * 0.5 + shake * 3, shake],
            _ => [x0 + r - 4 + 2.2 * Math.Sqrt(i) * 0.7, y0 - r + 0.12 * i + 2 * Math.Sin(i * 0.2), shake],
        };
    }

    internal static SpectrumDisc Spectrum()
    {
        string[] labels = ["␣demonstrate", ":", ",", "␣reasoning"];
        double[] radii = [0.81, 0.985, 0.94, 0.7];
        double[] angles = [0, 0.02, 0.55, 1.4];
        var values = new List<(int Token, double Modulus, double Angle, double Residual)>();
        for (int token = 0; token < labels.Length; token++)
        {
            for (int i = 0; i < 8; i++)
            {
                double modulus = radii[token] * Math.Pow(0.86, i), angle = i == 0 ? angles[token] : Math.PI * Math.Abs(SampleFigures.Noise(token, i));
                double residual = 1e-6 * Math.Pow(5, i);
                values.Add((token, modulus, angle, residual));
                if (angle > 0.01)
                    values.Add((token, modulus, -angle, residual));
            }
        }
        return new SpectrumDisc
        {
            Subtitle = "made-up data · 4 tokens · 8 leading eigenvalues each, conjugates with them",
            Labels = labels,
            Tokens = [.. values.Select(v => v.Token)],
            Real = [.. values.Select(v => v.Modulus * Math.Cos(v.Angle))],
            Imaginary = [.. values.Select(v => v.Modulus * Math.Sin(v.Angle))],
            Residuals = [.. values.Select(v => v.Residual)],
            ResidualMax = 1e-2,
        };
    }

    internal static ExitHistogram Exits() => new()
    {
        Subtitle = "made-up data · limit 64",
        Rules =
        [
            Exit("residual < 1e-2", 9, 2.5, 0), Exit("residual < 1e-3", 22, 6, 5), Exit("divergence < 5e-4, likely tokens alone", 15, 7, 0),
        ],
    };

    static ExitCounts Exit(string rule, double mean, double spread, int atLimit)
    {
        int[] counts = [.. Enumerable.Range(1, 64).Select(i => (int)Math.Round(
            90 / spread * Math.Exp(-(i - mean) * (i - mean) / (2 * spread * spread)) * (1 + 0.3 * SampleFigures.Noise(rule.Length, i))))];
        counts[^1] += atLimit;
        return new ExitCounts { Rule = rule, Counts = counts, AtLimit = atLimit };
    }

    internal static ParetoPlot Pareto() => new()
    {
        Subtitle = "made-up data · 4 rules · 2 048 tokens · full depth 64",
        Series =
        [
            Rule("residual", 6, 1.0), Rule("cosine", 6, 1.9), Rule("entropy change", 5, 3.1), Rule("stable token", 4, 2.4),
        ],
    };

    /// <summary>Rules beside a yardstick, some of them run for real, on a logarithmic axis, with a floor.</summary>
    internal static ParetoPlot RealRuns() => Pareto() with
    {
        Title = "Exit Rules, Replayed and Run for Real",
        ColumnScale = ColorScale.Logarithmic,
        Floor = 3e-4,
        FloorTitle = "full depth itself",
        Series =
        [
            Rule("residual", 6, 1.0) with { RealIterations = [5, 12, 19, 27, 34, double.NaN], RealCosts = [0.6, 0.15, 0.04, 0.009, 0.002, 0] },
            Rule("entropy change", 5, 3.1) with { RealIterations = [4, 9, 14, 20, 25], RealCosts = [2, 1.1, 0.9, 0.8, 0.7] },
            new ParetoSeries
            {
                Rule = "the same depth for all", IsYardstick = true, Thresholds = ["1", "2", "4", "8", "16", "32", "64"],
                Iterations = [1, 2, 4, 8, 16, 32, 64], Costs = [3, 2.4, 1.3, 0.6, 0.09, 0.005, 0],
            },
        ],
    };

    static ParetoSeries Rule(string name, int count, double worse)
    {
        double[] iterations = [.. Enumerable.Range(0, count).Select(i => 5 + i * 7.5 * (1 + 0.1 * SampleFigures.Noise(name.Length, i)))];
        return new ParetoSeries
        {
            Rule = name,
            Thresholds = [.. Enumerable.Range(0, count).Select(i => name == "stable token" ? $"{i + 2} times" : $"1e-{i + 1}")],
            Iterations = iterations,
            Costs = [.. iterations.Select((n, i) => name == "residual" && i == count - 1 ? 0 : worse * 1.4 * Math.Exp(-n * 0.19))],
        };
    }
}
