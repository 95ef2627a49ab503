using System;
using System.Linq;
using Muninn.Microscope.Figures;

namespace Muninn.Tests.Microscope.Figures;

/// <summary>Made-up but lifelike data for the figures with curves, bars and points.</summary>
static class SampleCurves
{
    static readonly int[] _doubling = [1, 2, 4, 8, 16, 32, 64, 128];

    internal static LineFigure Fidelity() => new()
    {
        Title = "Fidelity to float32 over iterations",
        Subtitle = "made-up data · 36 tokens · zero start",
        Caption = "Relative L2 of the states, mean of all tokens; the band holds the middle half of them. Small state errors do not prove equal answers.",
        ValueTitle = "Relative L2",
        Floor = 2e-6,
        Iterations = [.. Enumerable.Range(1, 64)],
        Series =
        [
            Line("bf16", i => 3e-3 * (1 + i / 40.0), 0.35),
            Line("int8", i => 1.2e-2 * Math.Exp(-i / 30.0) + 4e-3, 0.25),
            Line("int4, groups of 32", i => 0.16 * Math.Exp(-i / 22.0) + 0.05, 0),
            Line("float32, other order of sums", i => 1e-6 * (1 + Math.Sin(i * 0.7) * 0.6), 0),
        ],
    };

    internal static LineFigure Cosine() => Fidelity() with
    {
        Title = "Cosine to float32",
        ValueTitle = "Cosine",
        Caption = "Cosine of the states to the float32 run, mean of all tokens. A cosine near one says nothing about lengths.",
        Scale = ColorScale.Linear,
        Floor = null,
        Series = [Line("int8", i => 1 - 2e-4 * Math.Exp(-i / 20.0), 0), Line("int4", i => 1 - 6e-4 * Math.Exp(-i / 40.0), 0)],
    };

    internal static TokenWaterfall Waterfall() => Waterfall(SampleFigures.Typical()) with { Subtitle = "made-up data · 36 tokens · s* taken at iteration 128" };

    internal static TokenWaterfall Waterfall(Heatmap figure) => new()
    {
        Labels = figure.RowLabels,
        Iterations = [.. Enumerable.Range(0, figure.Columns)],
        Distances = figure.Values,
        Floor = figure.Floor,
    };

    internal static AccuracyPanels Accuracy() => new()
    {
        Title = "Accuracy on Held-Out Questions",
        Subtitle = "made-up data · 2000 held-out questions · zero start",
        Iterations = _doubling,
        Difficulties = ["1", "2", "4", "8", "12"],
        Panels = [.. new[] { "relay", "sum", "chain", "toggle", "ordering" }.Select((task, t) => new AccuracyPanel
        {
            Task = task,
            Chance = task == "toggle" ? 0.5 : task == "chain" ? 0.1 : null,
            Accuracy = [.. new[] { 1, 2, 4, 8, 12 }.SelectMany(steps => _doubling.Select(i =>
                Math.Round((1 - 0.04 * t) / (1 + Math.Exp(steps * (0.3 + 0.1 * t) - 1.6 * Math.Log2(i))), 2)))],
        })],
    };

    static LineSeries Line(string name, Func<int, double> value, double spread)
    {
        double[] values = [.. Enumerable.Range(1, 64).Select(i => value(i) * (1 + 0.06 * SampleFigures.Noise(name.Length, i) * (spread > 0 ? 1 : 0)))];
        return new LineSeries
        {
            Name = name,
            Values = values,
            Low = spread == 0 ? [] : [.. values.Select(v => v * (1 - spread))],
            High = spread == 0 ? [] : [.. values.Select(v => v * (1 + spread))],
        };
    }
}
