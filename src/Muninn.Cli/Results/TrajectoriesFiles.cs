using System.Collections.Generic;
using System.Linq;
using Muninn.Microscope.Writers;

namespace Muninn.Cli.Results;

/// <summary>What <c>muninn trajectories</c> found, for files.</summary>
static class TrajectoriesFiles
{
    /// <summary>The endings that are known, pictures not counted.</summary>
    public static IReadOnlyList<string> Types { get; } = [".json", ".npz"];

    /// <summary>The arrays of <c>.npz</c>.</summary>
    public static IReadOnlyList<NpzArray> ArraysOf(TrajectoriesReport report)
    {
        var tokens = report.Motions.Tokens;
        int count = tokens.Length;
        var arrays = new List<NpzArray>
        {
            NpzArray.Of("tokens", report.Reading.Tokens.Ids, count),
            NpzArray.Of("class", [.. tokens.Select(token => (int)token.Class)], count),
            NpzArray.Of("p", [.. tokens.Select(token => (float)(token.Carrier?.P ?? double.NaN))], count),
            NpzArray.Of("q", [.. tokens.Select(token => (float)(token.Carrier?.Adjusted ?? double.NaN))], count),
            NpzArray.Of("beat", [.. tokens.Select(token => (float)(token.Beat?.Frequency ?? double.NaN))], count),
            NpzArray.Of("beat_error", [.. tokens.Select(token => (float)(token.Beat?.Error ?? double.NaN))], count),
            NpzArray.Of("beat_share", [.. tokens.Select(token => (float)(token.Beat?.Share ?? double.NaN))], count),
            NpzArray.Of("beat_q", [.. tokens.Select(token => (float)(token.Beating?.Adjusted ?? double.NaN))], count),
            NpzArray.Of("ratio", [.. tokens.Select(token => (float)token.Ratio)], count),
        };
        if (report.Basis is { } basis)
        {
            int axes = basis.Settings.Axes;
            arrays.Add(NpzArray.Of("iterations", basis.Iterations, basis.Iterations.Length));
            arrays.Add(NpzArray.Of("scores", [.. basis.Scores.Select(score => (float)score)], count, basis.Iterations.Length, axes));
            arrays.Add(NpzArray.Of("axes", [.. basis.Axes.Select(entry => (float)entry)], axes, basis.Width));
            arrays.Add(NpzArray.Of("explained", [.. basis.Explained.Select(share => (float)share)], axes));
            arrays.Add(NpzArray.Of("plane_share", [.. basis.PlaneShare.Select(share => (float)share)], count));
        }

        if (report.Paths is { } paths)
        {
            arrays.Add(NpzArray.Of("between", [.. paths.Tokens.Select(token => (float)token.Between)], count));
            arrays.Add(NpzArray.Of("within", [.. paths.Tokens.Select(token => (float)token.Within)], count));
            arrays.Add(NpzArray.Of("basins", [.. paths.Tokens.Select(token => token.BasinSizes.Length)], count));
        }

        return arrays;
    }
}
