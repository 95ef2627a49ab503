using System;
using System.Linq;
using Muninn.Microscope.Figures;

namespace Muninn.Tests.Microscope.Figures;

/// <summary>
/// Made-up but lifelike figures: distances that shrink exponentially, each token at its own rate, down to a floor of
/// about 1e-5; a slow band at “:”, a fast one at “ing”, and one row that orbits instead of coming to rest.
/// </summary>
static class SampleFigures
{
    static readonly string[] _sentence =
    [
        "Your", "␣responses", "␣demonstrate", ":", "␣Method", "ical", "␣reasoning", ",", "␣breaking", "␣complex",
        "␣problems", "␣into", "␣clear", "␣steps", ".",
    ];

    static readonly string[] _system =
    [
        "<|begin_text|>", "<|begin_header|>", "system", "<|end_header|>", "↵↵", "You", "␣are", "␣a", "␣helpful",
        "␣assistant", "␣named", "␣H", "ug", "inn", ".", "<|end_turn|>", "<|begin_header|>", "user", "<|end_header|>",
        "↵↵",
    ];

    /// <summary>A chat of 36 tokens over 64 iterations; the floor is reached by most.</summary>
    internal static Heatmap Typical() => Decay([.. _system, .. _sentence, "<|end_turn|>"], 64, 1e-4f) with
    {
        Subtitle = "seedling · 36 tokens · s* taken at iteration 128",
    };

    /// <summary>The built-in example sentence alone.</summary>
    internal static Heatmap Sentence() => Decay(_sentence, 64, null) with { Subtitle = "seedling · 15 tokens · s* at 128" };

    internal static Heatmap OneToken() => Decay(["Memory"], 64, null);

    internal static Heatmap OneIteration() => Decay(_sentence, 0, null);

    internal static Heatmap LongInput() => Decay([.. Enumerable.Range(0, 700).Select(i => _sentence[i % 15])], 64, 1e-4f) with
    {
        Subtitle = "seedling · 700 tokens · s* taken at iteration 128",
    };

    internal static Heatmap ManyIterations() => Decay(_sentence, 1500, 1e-4f) with { Subtitle = "seedling · 15 tokens · s* at 3000" };

    internal static Heatmap LinearScale() => Sentence() with { Scale = ColorScale.Linear };

    internal static Heatmap Diverged()
    {
        var figure = Sentence();
        figure.Values.AsSpan(4 * figure.Columns + 20, figure.Columns - 20).Fill(float.NaN);
        figure.Values.AsSpan(9 * figure.Columns + 40, figure.Columns - 40).Fill(float.PositiveInfinity);
        return figure;
    }

    internal static Heatmap HardLabels() => Decay(
        [
            "記憶", "␣思考する", "🐦‍⬛", "café", "e\u0301te\u0301", "</script><b>", "&amp;\"'", "\u0007\u0000", "\u202eright",
            "⟨E2⟩⟨80⟩", "Größe", "a token that is far too long to be shown in one label of the picture", "🙂", "␣",
        ], 64, 1e-3f);

    /// <summary>Every value the same: the range has to be made up.</summary>
    internal static Heatmap AllEqual() => Sentence() with { Values = [.. Enumerable.Repeat(2.5f, 15 * 65)] };

    static Heatmap Decay(string[] labels, int iterations, float? floor)
    {
        int columns = iterations + 1;
        var values = new float[labels.Length * columns];
        for (int row = 0; row < labels.Length; row++)
        {
            double start = 60 * Math.Exp(0.5 * Noise(row, 1001));
            double rate = labels[row] switch
            {
                ":" => 0.055,
                "ug" or "inn" => 0.3,
                _ => 0.15 + 0.045 * Noise(row, 1002) + (row == 0 ? 0.12 : 0),
            };
            for (int i = 0; i < columns; i++)
            {
                double wobble = Math.Exp(0.12 * Noise(row, i));
                double distance = start * Math.Pow(10, -rate * i) * wobble + 2.5e-5 * (1 + 0.3 * Noise(row, i + 500));
                if (labels[row] == ",")
                    distance = 3 * (1.2 + Math.Sin(i * 0.55)) + start * Math.Pow(10, -0.12 * i);
                values[row * columns + i] = (float)distance;
            }
        }
        return new Heatmap { RowLabels = labels, Values = values, Floor = floor };
    }

    /// <summary>−1 … 1, a pure function of its two numbers.</summary>
    internal static double Noise(int row, int column)
    {
        uint hash = (uint)(row * 73856093) ^ (uint)(column * 19349663);
        hash = (hash ^ hash >> 15) * 0x2c1b3c6d;
        hash = (hash ^ hash >> 12) * 0x297a2d39;
        return (hash ^ hash >> 15) / (double)uint.MaxValue * 2 - 1;
    }
}
