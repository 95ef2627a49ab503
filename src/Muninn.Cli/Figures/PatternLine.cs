using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using Muninn.Engine.Checkpoints;
using Muninn.Microscope.Addresses;

namespace Muninn.Cli.Figures;

/// <summary>The attention of one head, or the mean of several, at some iterations.</summary>
/// <param name="Name">What it is.</param>
/// <param name="IsMean">Whether it is a mean.</param>
/// <param name="Maps">Weights, <c>[iterations][rows · columns]</c>; NaN for places that a row does not see.</param>
/// <param name="HasNoNumbers">Whether a weight that is not masked is no number.</param>
sealed record PatternLine(string Name, bool IsMean, float[][] Maps, bool HasNoNumbers)
{
    /// <summary>Mean absolute difference between the last map and the first.</summary>
    public double Change { get; } = Maps[0].Zip(Maps[^1], static (a, b) => Math.Abs((double)b - a)).Where(double.IsFinite).DefaultIfEmpty(0).Average();

    /// <summary>The lines of one block: the mean of the captured heads, where there are several, and each of them.</summary>
    /// <param name="values">Captured weights.</param>
    /// <param name="block">Number of the block in the selection.</param>
    /// <param name="iterations">The iterations wanted.</param>
    /// <param name="positions">The rows wanted.</param>
    public static IEnumerable<PatternLine> Of(CapturedValues values, int block, int[] iterations, int[] positions)
    {
        var selection = values.Selection;
        int heads = selection.Heads.Length;
        string place = NameOf(selection, block, null);
        if (heads > 1) yield return Line(string.Create(CultureInfo.InvariantCulture, $"{place}: mean of {heads} heads"), true, 0, heads);
        for (int head = 0; head < heads; head++)
            yield return Line(string.Create(CultureInfo.InvariantCulture, $"{place}: head {selection.Heads[head]}"), false, head, 1);

        PatternLine Line(string name, bool isMean, int first, int count)
        {
            float[][] maps = [.. iterations.Select(i => Map(values, selection.Iterations.IndexOf(i) * selection.Blocks.Length + block, positions, first, count))];
            int columns = selection.HeadColumns;
            bool hasNoNumbers = maps.Any(map => map.Where((weight, i) => float.IsNaN(weight) && i % columns <= positions[i / columns]).Any());
            return new PatternLine(name, isMean, maps, hasNoNumbers);
        }
    }

    /// <summary>A place without its iteration: <c>state</c>, <c>core.block[1].mlp</c>, <c>coda[0].v[3]</c>.</summary>
    /// <param name="selection">What was captured.</param>
    /// <param name="block">Number of the block.</param>
    /// <param name="head">Number of the head; null for none.</param>
    public static string NameOf(Selection selection, int block, int? head)
    {
        if (selection.Address is not BlockAddress address) return "state";
        string part = address.Part switch
        {
            ModelPart.Prelude => "prelude",
            ModelPart.Core => "core.block",
            _ => "coda",
        };
        string heads = head is { } number && selection.HasHeads ? string.Create(CultureInfo.InvariantCulture, $"[{selection.Heads[number]}]") : "";
        return string.Create(CultureInfo.InvariantCulture, $"{part}[{selection.Blocks[block]}].{BlockAddress.NameOf(address.Site)}{heads}");
    }

    static float[] Map(CapturedValues values, int group, int[] positions, int first, int count)
    {
        var selection = values.Selection;
        int columns = selection.HeadColumns;
        float[] map = new float[positions.Length * columns];
        for (int row = 0; row < positions.Length; row++)
        {
            var weights = values.Row(group, selection.Positions.IndexOf(positions[row]));
            for (int column = 0; column < columns; column++)
            {
                double sum = 0;
                for (int head = first; head < first + count; head++) sum += weights[head * columns + column];
                map[row * columns + column] = column <= positions[row] ? (float)(sum / count) : float.NaN;
            }
        }

        return map;
    }
}
