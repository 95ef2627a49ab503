using System;
using System.Collections.Generic;
using System.Linq;

namespace Muninn.Microscope.Figures;

/// <summary>
/// All that one page shows of a prompt: the heatmap, further measures over the same tokens and iterations, and views that are
/// linked to it. T is the number of its rows, C of its columns (iterations 0 … C − 1).
/// </summary>
public sealed record MicroscopePage
{
    /// <summary>The distances.</summary>
    public required Heatmap Heatmap { get; init; }

    /// <summary>Sentences under the pictures, the most important first.</summary>
    public IReadOnlyList<string> Findings { get; init; } = [];

    /// <summary>Other measures that the picture can show in place of the distances.</summary>
    public IReadOnlyList<PageLayer> Layers { get; init; } = [];

    /// <summary>What would be said at each iteration; null: not recorded.</summary>
    public PageLens? Lens { get; init; }

    /// <summary>Where the states go, in a few directions; null: not recorded.</summary>
    public PagePaths? Paths { get; init; }

    /// <summary>Eigenvalues at s*; null: not computed.</summary>
    public PageSpectrum? Spectrum { get; init; }

    /// <summary>Where tokens look; null: not recorded.</summary>
    public PagePatterns? Patterns { get; init; }

    /// <summary>What else is known of each token, in the order in which it is told.</summary>
    public IReadOnlyList<PageFact> Facts { get; init; } = [];

    /// <summary>This page, if everything in it has the shape it must have.</summary>
    /// <exception cref="ArgumentException">A part has other tokens or iterations than the heatmap; the message says which.</exception>
    public MicroscopePage Validated()
    {
        Heatmap.Validated();
        int rows = Heatmap.Rows;
        int columns = Heatmap.Columns;
        foreach (var layer in Layers)
            Require($"layer “{layer.Name}”", layer.Values.Length, rows * columns, $"{rows} tokens and {columns} iterations");
        if (Layers.Select(layer => layer.Name).Append(PageLayer.DistanceName).GroupBy(name => name, StringComparer.Ordinal).FirstOrDefault(g => g.Count() > 1) is { } twice)
            throw new ArgumentException($"Two layers are called “{twice.Key}”; a link could not tell them apart. Rename one.");
        if (Lens is { } lens)
            lens.Require(rows);
        if (Paths is { } paths)
            paths.Require(rows);
        if (Patterns is { } patterns)
            patterns.Require(rows);
        foreach (var fact in Facts)
            Require($"fact “{fact.Name}”", fact.Values.Count, rows, $"{rows} tokens");
        foreach (var point in Spectrum?.Points ?? [])
        {
            if (point.Row < 0 || point.Row >= rows)
                throw new ArgumentException($"An eigenvalue belongs to row {point.Row}, but the picture has rows 0 to {rows - 1}.");
        }

        return this;
    }

    internal static void Require(string part, int found, int expected, string shape)
    {
        if (found != expected)
            throw new ArgumentException($"The {part} has {found} values; {shape} need {expected}.");
    }
}

/// <summary>A measure over the tokens and iterations of the heatmap.</summary>
public sealed record PageLayer
{
    /// <summary>What the layer of the heatmap itself is called.</summary>
    public const string DistanceName = "distance";

    /// <summary>One word for links, in small letters.</summary>
    public required string Name { get; init; }

    /// <summary>What stands on its button.</summary>
    public required string Label { get; init; }

    /// <summary>The title of its colour bar; “Log ” is put before it on a logarithmic scale.</summary>
    public required string ColorTitle { get; init; }

    /// <summary>What was measured, <c>[T, C]</c>. Where nothing was, NaN: shown as a gap, not as a state that diverged.</summary>
    public required float[] Values { get; init; }

    /// <summary>Below this it is rounding; null: no floor is known.</summary>
    public float? Floor { get; init; }

    /// <summary>The scale it is shown in first.</summary>
    public ColorScale Scale { get; init; }
}

/// <summary>Likeliest next tokens at m of the iterations.</summary>
public sealed record PageLens
{
    /// <summary>Iterations, <c>[m]</c>, ascending.</summary>
    public required int[] Iterations { get; init; }

    /// <summary>Tokens told for each cell (k).</summary>
    public required int Top { get; init; }

    /// <summary>Display texts that <see cref="Tokens"/> points into.</summary>
    public required IReadOnlyList<string> Texts { get; init; }

    /// <summary>Places in <see cref="Texts"/>, the likeliest first, <c>[m, T, k]</c>.</summary>
    public required int[] Tokens { get; init; }

    /// <summary>Natural logarithms of their probabilities, <c>[m, T, k]</c>.</summary>
    public required float[] LogProbabilities { get; init; }

    /// <summary>Entropy of the whole distribution in nats, <c>[m, T]</c>.</summary>
    public required float[] Entropy { get; init; }

    /// <summary>KL divergence of the last distribution from this one in nats, <c>[m, T]</c>.</summary>
    public required float[] Divergence { get; init; }

    /// <summary>Rank here of the token that is likeliest in the end, 0 for the first, <c>[m, T]</c>.</summary>
    public required int[] Rank { get; init; }

    /// <summary>First iteration from which the likeliest token stays what it is in the end, <c>[T]</c>; −1: not within the recording.</summary>
    public required int[] Commit { get; init; }

    internal void Require(int rows)
    {
        int cells = Iterations.Length * rows;
        string shape = $"{Iterations.Length} iterations and {rows} tokens";
        MicroscopePage.Require("lens' tokens", Tokens.Length, cells * Top, $"{shape} with {Top} tokens each");
        MicroscopePage.Require("lens' log-probabilities", LogProbabilities.Length, cells * Top, $"{shape} with {Top} tokens each");
        MicroscopePage.Require("lens' entropies", Entropy.Length, cells, shape);
        MicroscopePage.Require("lens' divergences", Divergence.Length, cells, shape);
        MicroscopePage.Require("lens' ranks", Rank.Length, cells, shape);
        MicroscopePage.Require("lens' commit iterations", Commit.Length, rows, $"{rows} tokens");
        int most = Texts.Count - 1;
        if (Array.Exists(Tokens, token => token < 0 || token > most))
            throw new ArgumentException($"The lens points to text {Array.Find(Tokens, token => token < 0 || token > most)}; there are texts 0 to {most}.");
    }
}

/// <summary>States of n of the iterations, in directions that all tokens share.</summary>
public sealed record PagePaths
{
    /// <summary>Iterations, <c>[n]</c>, ascending.</summary>
    public required int[] Iterations { get; init; }

    /// <summary>Share of the variance that each direction holds, <c>[d]</c>, at least two.</summary>
    public required double[] Variance { get; init; }

    /// <summary>Places along the directions, <c>[T, n, d]</c>.</summary>
    public required float[] Scores { get; init; }

    /// <summary>What each token's path was found to be, <c>[T]</c>; null: not tested.</summary>
    public IReadOnlyList<string>? Classes { get; init; }

    internal void Require(int rows)
    {
        if (Variance.Length < 2)
            throw new ArgumentException($"The paths have {Variance.Length} directions; a plane needs 2.");
        MicroscopePage.Require("paths' places", Scores.Length, rows * Iterations.Length * Variance.Length,
            $"{rows} tokens, {Iterations.Length} iterations and {Variance.Length} directions");
        if (Classes is { } classes)
            MicroscopePage.Require("paths' classes", classes.Count, rows, $"{rows} tokens");
    }
}

/// <summary>One eigenvalue of the Jacobian of one iteration at s*.</summary>
/// <param name="Row">The token, by row of the heatmap.</param>
/// <param name="Modulus">|λ|: the factor by which a small deviation shrinks in an iteration.</param>
/// <param name="Angle">arg λ in radians: how far it turns.</param>
/// <param name="IsCertified">Whether its residual is small enough for it to be one.</param>
public readonly record struct PageEigenvalue(int Row, double Modulus, double Angle, bool IsCertified = true);

/// <summary>Something that is known of every token.</summary>
/// <param name="Name">What it is called.</param>
/// <param name="Values">What it is, for each row; empty: nothing.</param>
/// <param name="IsBrief">Whether it also stands beside a cell that is pointed at.</param>
public sealed record PageFact(string Name, IReadOnlyList<string> Values, bool IsBrief = false);

/// <summary>Eigenvalues of all tokens.</summary>
public sealed record PageSpectrum
{
    /// <summary>The eigenvalues, in any order.</summary>
    public required IReadOnlyList<PageEigenvalue> Points { get; init; }
}
