using System;
using System.Collections.Generic;

namespace Muninn.Microscope.Figures;

/// <summary>Where the tokens of a page look at m of the iterations: weights over all T tokens of the text, of which the page may show R rows.</summary>
/// <remarks>A page keeps them to <see cref="Rounding"/>: a byte each, in equal steps of the square root, so that small weights stay apart.</remarks>
public sealed record PagePatterns
{
    /// <summary>By how much a weight of 1 may be off in a page: half a step. One of w is off by that times √w.</summary>
    public const double Rounding = 1.0 / Steps;

    /// <summary>Steps of the square root.</summary>
    internal const int Steps = 254;

    /// <summary>The byte of what is not a number.</summary>
    internal const byte NotFinite = 255;

    /// <summary>What the weights are: which block, which heads.</summary>
    public required string Title { get; init; }

    /// <summary>Iterations, <c>[m]</c>, ascending.</summary>
    public required int[] Iterations { get; init; }

    /// <summary>Text of every token that can be looked at, <c>[T]</c>.</summary>
    public required IReadOnlyList<string> Labels { get; init; }

    /// <summary>Place of each row in the text, <c>[R]</c>: it sees the tokens up to itself.</summary>
    public required int[] Positions { get; init; }

    /// <summary>The weights, <c>[m, R, T]</c>; NaN behind the token that looks.</summary>
    public required float[] Weights { get; init; }

    /// <summary>The weights that a page keeps: of each row those up to its own place, row after row, iteration after iteration.</summary>
    internal byte[] ToBytes()
    {
        int each = 0;
        foreach (int position in Positions)
            each += position + 1;
        var bytes = new byte[checked(each * Iterations.Length)];
        int to = 0;
        for (int m = 0; m < Iterations.Length; m++)
        {
            for (int row = 0; row < Positions.Length; row++)
            {
                var weights = Weights.AsSpan((m * Positions.Length + row) * Labels.Count, Positions[row] + 1);
                foreach (float weight in weights)
                    bytes[to++] = float.IsNaN(weight) ? NotFinite : (byte)Math.Round(Steps * Math.Sqrt(Math.Clamp(weight, 0, 1)));
            }
        }

        return bytes;
    }

    internal void Require(int rows)
    {
        MicroscopePage.Require("patterns' positions", Positions.Length, rows, $"{rows} tokens");
        MicroscopePage.Require(
            "patterns' weights", Weights.Length, Iterations.Length * rows * Labels.Count, $"{Iterations.Length} iterations, {rows} tokens and {Labels.Count} to look at");
        if (Iterations.Length == 0)
            throw new ArgumentException("The patterns have no iteration; give one, or leave them out.");
        int outside = Array.FindIndex(Positions, position => position < 0 || position >= Labels.Count);
        if (outside >= 0)
            throw new ArgumentException($"Row {outside} of the patterns stands at place {Positions[outside]}, but the text has places 0 to {Labels.Count - 1}.");
    }
}
