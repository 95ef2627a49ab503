using System;
using System.Collections.Generic;
using System.Linq;
using Muninn.Microscope.Figures;

namespace Muninn.Tests.Microscope.Figures;

/// <summary>Every figure at the borders of what it may be handed: sizes, labels, and values that are no numbers.</summary>
static class SampleBorders
{
    internal static readonly string[] HardLabels =
    [
        "記憶", "␣思考する", "🐦‍⬛", "مرحبا", "שלום עולם", "e\u0301te\u0301", "</script><b>", "&amp;\"'", "\u0007\u0000", "\u202eright", "🙂", "␣", "",
        "a token that is far too long to be shown in one label of the picture, and goes on and on",
    ];

    internal static IEnumerable<(string Name, Figure Figure)> All()
    {
        foreach (int tokens in new[] { 1, 2, 15, 256 })
        {
            foreach (int iterations in new[] { 1, 2, 65 })
            {
                foreach (var figure in Of(tokens, iterations, i => 0.01 + Math.Abs(SampleFigures.Noise(i, 7)), i => SampleFigures.Sentence().RowLabels[i % 15]))
                    yield return ($"{tokens} tokens, {iterations} iterations", figure);
            }
        }
        (string, Func<int, double>)[] values =
        [
            ("NaN", _ => double.NaN), ("infinite", _ => double.PositiveInfinity), ("zero", _ => 0), ("all equal", _ => 2.5), ("tiny", _ => 1e-30), ("huge", _ => 3e30),
            ("some NaN", i => i % 3 == 0 ? double.NaN : 0.5 + i % 7), ("some zero", i => i % 3 == 0 ? 0 : 1e-4 * i), ("wide range", i => Math.Pow(10, i % 30 - 20)),
        ];
        foreach (var (name, value) in values)
        {
            foreach (var figure in Of(5, 9, value, i => SampleFigures.Sentence().RowLabels[i]))
                yield return (name, figure);
        }
        foreach (var figure in Of(14, 5, i => 1 + i % 5, i => HardLabels[i]))
        {
            yield return ("hard labels", figure);
            yield return ("long titles", figure with
            {
                Title = string.Join(' ', Enumerable.Repeat("A title without end", 12)),
                Subtitle = string.Join(' ', HardLabels),
                Caption = string.Concat(Enumerable.Repeat("word ", 200)) + new string('x', 300),
            });
        }
    }

    /// <summary>All figures from one rule for values and one for labels.</summary>
    internal static Figure[] Of(int tokens, int iterations, Func<int, double> value, Func<int, string> label)
    {
        string[] labels = [.. Enumerable.Range(0, tokens).Select(label)];
        int[] steps = [.. Enumerable.Range(0, iterations)];
        double[] values = [.. Enumerable.Range(0, tokens * iterations).Select(value)];
        float[] singles = Array.ConvertAll(values, v => (float)v);
        string[] texts = [.. Enumerable.Range(0, tokens * iterations).Select(i => label(i % tokens))];
        int few = Math.Min(tokens, 12);
        int eigenvalues = Math.Min(tokens * iterations, 40);
        return
        [
            new LineFigure { Iterations = steps, ValueTitle = "Value", Floor = 1e-6, Series = [.. Enumerable.Range(0, few).Select(t => new LineSeries { Name = labels[t], Values = values[(t * iterations)..((t + 1) * iterations)] })] },
            new TokenWaterfall { Labels = labels, Iterations = steps, Distances = singles, Floor = 1e-3 },
            new TrajectoryPanels
            {
                Labels = labels, Iterations = steps, Components = 2, Scores = [.. values.SelectMany((v, i) => new[] { v, value(i + 1) })],
                Classes = labels, InPlane = [.. labels.Select((_, i) => value(i) % 1)], Positions = [.. Enumerable.Range(0, tokens)],
            },
            new TrajectoryPanels
            {
                Labels = labels, Iterations = steps, Components = 2, Scores = [.. values.SelectMany((v, i) => new[] { v, value(i + 1) })], Scale = PanelScale.Each,
            },
            new SpectrumDisc
            {
                Labels = labels, Tokens = [.. Enumerable.Range(0, eigenvalues).Select(i => i % tokens)],
                Real = [.. Enumerable.Range(0, eigenvalues).Select(value)], Imaginary = [.. Enumerable.Range(0, eigenvalues).Select(i => value(i + 1))],
                Residuals = [.. Enumerable.Range(0, eigenvalues).Select(i => value(i) * 1e-3)],
            },
            new LensGrid { Labels = labels, Iterations = steps, Texts = texts, Values = values, Commit = [.. labels.Select((_, i) => i % 3 == 0 ? (int?)null : i % iterations)] },
            new ExitHistogram
            {
                Rules = [.. Enumerable.Range(0, Math.Min(few, 6)).Select(t => new ExitCounts
                {
                    Rule = labels[t],
                    Counts = [.. steps.Select(i => double.IsFinite(values[i]) ? (int)Math.Min(values[i] * 10, 1e6) : 0)],
                })],
            },
            new ParetoPlot
            {
                Series = [.. Enumerable.Range(0, few).Select(t => new ParetoSeries
                {
                    Rule = labels[t], Thresholds = [.. steps.Select(i => label(i % tokens))],
                    Iterations = [.. steps.Select(i => 1.0 + i + t * 0.3)], Costs = values[(t * iterations)..((t + 1) * iterations)],
                })],
            },
            Pattern(labels, Math.Min(iterations, 4), value),
            new PullMap { Labels = labels, Norms = [.. Enumerable.Range(0, tokens * tokens).Select(value)] },
            new SiteMaps
            {
                Labels = labels, Iterations = steps, Places = [.. labels.Take(5)],
                Values = [.. Enumerable.Range(0, Math.Min(tokens, 5) * tokens * iterations).Select(value)],
            },
            new DifferenceMap
            {
                Labels = labels, Iterations = steps, FirstName = labels[0], SecondName = labels[^1], First = singles,
                Second = [.. values.Select((v, i) => (float)(v * (1 + 0.5 * SampleFigures.Noise(i, 3))))], Floor = 1e-3,
            },
            new LineFigure
            {
                Iterations = steps, ValueTitle = "Value", Level = 0.1, LevelTitle = labels[0],
                Series = [.. Enumerable.Range(0, few).Select(t => new LineSeries { Name = labels[t], Values = values[(t * iterations)..((t + 1) * iterations)] })],
            },
            new AccuracyPanels
            {
                Difficulties = [.. labels.Take(few)], Iterations = [.. steps.Select(static i => i + 1)],
                Panels = [.. Enumerable.Range(0, few).Select(t => new AccuracyPanel
                {
                    Task = labels[t], Chance = t % 2 == 0 ? 0.25 : null,
                    Accuracy = [.. Enumerable.Range(0, few * iterations).Select(i => double.IsFinite(value(i + t)) ? Math.Min(1, value(i + t)) : double.NaN)],
                })],
            },
            new ParetoPlot
            {
                ColumnScale = ColorScale.Logarithmic,
                Floor = 1e-2,
                FloorTitle = labels[0],
                Series = [.. Enumerable.Range(0, few).Select(t => new ParetoSeries
                {
                    Rule = labels[t], IsYardstick = t == 0, Thresholds = [.. steps.Select(i => label(i % tokens))],
                    Iterations = [.. steps.Select(i => 1.0 + i + t * 0.3)], Costs = values[(t * iterations)..((t + 1) * iterations)],
                    RealIterations = [.. steps.Select(i => 1.5 + i)], RealCosts = [.. steps.Select(value)],
                })],
            },
        ];
    }

    static PatternFigure Pattern(string[] labels, int iterations, Func<int, double> value) => new()
    {
        RowLabels = labels,
        ColumnLabels = labels,
        Heads = ["mean of 8 heads"],
        Iterations = [.. Enumerable.Range(1, iterations)],
        Values = [.. Enumerable.Range(0, iterations * labels.Length * labels.Length).Select(i => (float)value(i))],
        Difference = (1, iterations),
    };
}
