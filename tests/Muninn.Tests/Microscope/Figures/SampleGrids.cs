using System;
using System.Collections.Generic;
using System.Linq;
using Muninn.Microscope.Figures;

namespace Muninn.Tests.Microscope.Figures;

/// <summary>Made-up lens readings, attention patterns and pairs of heatmaps.</summary>
static class SampleGrids
{
    static readonly string[] _words = ["␣the", "␣complex", "ly", "␣problem", "␣into", "␣manageable", ".", "␣of", "↵", "␣responsibilities", "␣a"];

    internal static LensGrid Lens(int tokens = 15, int iterations = 64)
    {
        var labels = Enumerable.Range(0, tokens).Select(t => SampleFigures.Sentence().RowLabels[t % 15]).ToArray();
        int[] commit = [.. Enumerable.Range(0, tokens).Select(t => 3 + (int)(Math.Abs(SampleFigures.Noise(t, 5)) * 40))];
        var texts = new List<string>();
        var values = new List<double>();
        for (int token = 0; token < tokens; token++)
        {
            for (int i = 0; i <= iterations; i++)
            {
                int word = i >= commit[token] ? token : (int)(Math.Abs(SampleFigures.Noise(token, i / 6)) * 37);
                texts.Add(_words[word % _words.Length]);
                values.Add(0.4 + 8 * Math.Exp(-i / (4.0 + commit[token] / 3.0)) + Math.Abs(SampleFigures.Noise(token, 77)));
            }
        }
        return new LensGrid
        {
            Subtitle = $"made-up data · {tokens} tokens · coda lens",
            Labels = labels,
            Iterations = [.. Enumerable.Range(0, iterations + 1)],
            Texts = texts,
            Values = [.. values],
            Commit = [.. commit.Select((c, t) => t == 3 || c > iterations ? (int?)null : c)],
        };
    }

    internal static PatternFigure Pattern(int tokens = 15, int heads = 1)
    {
        int[] iterations = [1, 4, 16, 64];
        var values = new List<float>();
        foreach (int iteration in iterations)
        {
            for (int head = 0; head < heads; head++)
            {
                for (int row = 0; row < tokens; row++)
                {
                    double[] weights = [.. Enumerable.Range(0, row + 1).Select(column =>
                        Math.Exp(1.5 * SampleFigures.Noise(row + 40 * head, column) * Math.Min(2, 0.5 + iteration / 12.0) + (column == 0 ? 1.2 : 0) - 0.1 * (row - column)))];
                    double sum = weights.Sum();
                    values.AddRange(weights.Select(weight => (float)(weight / sum)));
                    values.AddRange(Enumerable.Repeat(float.NaN, tokens - row - 1));
                }
            }
        }
        string[] labels = [.. Enumerable.Range(0, tokens).Select(t => SampleFigures.Sentence().RowLabels[t % 15])];
        return new PatternFigure
        {
            Subtitle = $"made-up data · {tokens} tokens · block 1 of the core",
            RowLabels = labels,
            ColumnLabels = labels,
            Heads = heads == 1 ? ["mean of 8 heads"] : [.. Enumerable.Range(0, heads).Select(head => $"head {head}")],
            Iterations = iterations,
            Values = [.. values],
            Difference = (1, 64),
        };
    }

    internal static PullMap Pulls(int tokens = 15) => new()
    {
        Subtitle = $"made-up data · {tokens} tokens · 32 random directions each",
        Labels = [.. Enumerable.Range(0, tokens).Select(t => SampleFigures.Sentence().RowLabels[t % 15])],
        Norms = [.. Enumerable.Range(0, tokens * tokens).Select(i => Pull(i / tokens, i % tokens))],
    };

    static double Pull(int row, int column) => column > row ? 0 : column == row ? 2.4 + 0.6 * SampleFigures.Noise(row, 4)
        : (column == 0 ? 0.6 : Math.Exp(-0.25 * (row - column))) * Math.Exp(1.3 * SampleFigures.Noise(row, column + 50));

    internal static SiteMaps Sites(int tokens = 15, int iterations = 64)
    {
        string[] places = ["state", "core.block[0].attention", "core.block[0].mlp", "core.block[1].attention", "core.block[1].mlp"];
        return new SiteMaps
        {
            Subtitle = $"made-up data · {tokens} tokens · zero start",
            Labels = [.. Enumerable.Range(0, tokens).Select(t => SampleFigures.Sentence().RowLabels[t % 15])],
            Iterations = [.. Enumerable.Range(1, iterations)],
            Places = places,
            Values =
            [
                .. from place in Enumerable.Range(0, places.Length) from t in Enumerable.Range(0, tokens) from i in Enumerable.Range(1, iterations)
                   select Math.Exp(0.4 * place + SampleFigures.Noise(t, place) + 1.5 * SampleFigures.Noise(t, place + 9) * Math.Exp(-i / (4.0 + t))),
            ],
        };
    }

    internal static DifferenceMap Difference(Heatmap? figure = null)
    {
        figure ??= SampleFigures.Typical();
        return new DifferenceMap
        {
            Subtitle = "made-up data · 36 tokens · zero start",
            Labels = figure.RowLabels,
            Iterations = [.. Enumerable.Range(0, figure.Columns)],
            FirstName = "float32",
            SecondName = "int4, groups of 32",
            First = figure.Values,
            Second = [.. figure.Values.Select((value, i) => (float)(value * Math.Exp(
                0.9 * SampleFigures.Noise(i / figure.Columns, 9) + 0.015 * (i % figure.Columns) + 0.2 * SampleFigures.Noise(i, 3))))],
            Floor = figure.Floor,
        };
    }
}
