using System;
using System.Collections.Generic;
using System.Linq;

namespace Muninn.Microscope.Measures.Geometry;

/// <summary>Says in words what a projection shows and hides, and whether the end depends on the start.</summary>
public static class GeometryFindings
{
    /// <summary>What the first two axes hold.</summary>
    /// <param name="basis">The basis.</param>
    /// <param name="labels">Display text of each token, <c>[T]</c>.</param>
    public static IReadOnlyList<Finding> Describe(SharedBasis basis, IReadOnlyList<string> labels)
    {
        ArgumentNullException.ThrowIfNull(basis);
        ArgumentNullException.ThrowIfNull(labels);
        string centre = basis.Settings.Centring switch
        {
            Centring.Rest => "every token's last state",
            Centring.TokenMean => "every token's mean",
            _ => "one common mean",
        };
        string axes = string.Join(", ", basis.Explained.Select(Percent));
        var outside = basis.OutsidePlane;
        string hidden = outside.Count == 0 ? ""
            : $" A picture in two of them does not show the motion of {Findings.Names(labels, outside)}: less than {Percent(basis.Settings.PlaneShareMin)} of it " +
                "lies in that plane.";
        return
        [
            new Finding(FindingKind.Basis,
                $"Principal axes common to all tokens, around {centre}, hold {axes} of the variance.{hidden} No class is read from them.", outside),
        ];
    }

    /// <summary>What runs from several starts say.</summary>
    /// <param name="paths">The measure.</param>
    /// <param name="labels">Display text of each token, <c>[T]</c>.</param>
    public static IReadOnlyList<Finding> Describe(PathIndependence paths, IReadOnlyList<string> labels)
    {
        ArgumentNullException.ThrowIfNull(paths);
        ArgumentNullException.ThrowIfNull(labels);
        var findings = new List<Finding>();
        int[] all = [.. Enumerable.Range(0, paths.Tokens.Length)];
        int[] lost = [.. all.Where(t => paths.Tokens[t].NotFiniteRun is not null)];
        if (lost.Length > 0)
            findings.Add(new Finding(FindingKind.Divergence, $"Not finite in one of the runs: {Findings.Names(labels, lost)}.", lost));
        int[] tokens = [.. all.Except(lost)];
        if (tokens.Length == 0)
            return findings;
        findings.Add(Distances(paths, labels, tokens));
        if (Equal(paths, labels, tokens) is { } equal)
            findings.Add(equal);
        findings.Add(Basins(paths, labels, tokens));
        return findings;
    }

    static Finding Distances(PathIndependence paths, IReadOnlyList<string> labels, int[] tokens)
    {
        int worst = tokens.MaxBy(t => paths.Tokens[t].Between / paths.Tokens[t].RestNorm);
        var token = paths.Tokens[worst];
        return new Finding(FindingKind.PathIndependence,
            $"{paths.Runs} starts: farthest apart at the end is {Findings.Name(labels, worst)}, {Share(token.Between, token)} of ‖s*‖ from seed to seed, from " +
            $"{Share(token.BetweenStarts, token)} at the start; each run itself still moved by {Share(token.Within, token)} in its second half or its last iteration.", [worst]);
    }

    static Finding? Equal(PathIndependence paths, IReadOnlyList<string> labels, int[] tokens)
    {
        string margin = Percent(paths.Settings.Margin);
        string share = Percent(paths.Settings.ShareMin);
        if (paths.Runs < paths.Settings.RunsMin)
            return new Finding(FindingKind.PathIndependence,
                $"{paths.Runs} runs are too few to show that more than {share} of all starts end in the same place; give at least {paths.Settings.RunsMin}.", []);
        int[] equal = [.. tokens.Where(t => paths.Tokens[t].IsEquivalent)];
        int[] open = [.. tokens.Except(equal)];
        double bound = equal.Length == 0 ? double.NaN : equal.Min(t => paths.Tokens[t].ShareBound);
        string shown = equal.Length == 0 ? $"For no token are the ends shown to be the same within {margin} of ‖s*‖"
            : $"{equal.Length} of {tokens.Length} tokens end in the same place within the stated margin of {margin} of ‖s*‖ for more than {share} of all starts " +
                $"(in all {paths.Runs} runs; exact binomial test with n = {paths.Compared}, corrected; each alone: at least {Percent(bound)} of starts with " +
                $"{Percent(1 - paths.Settings.Significance)} confidence)";
        return new Finding(FindingKind.PathIndependence, shown + (open.Length == 0 ? "." : $"; not shown for {Findings.Names(labels, open)}."), open);
    }

    static Finding Basins(PathIndependence paths, IReadOnlyList<string> labels, int[] tokens)
    {
        int[] unread = [.. tokens.Where(t => !paths.Tokens[t].BasinsAreReadable)];
        int[] split = [.. tokens.Except(unread).Where(t => paths.Tokens[t].BasinSizes.Length > 1)];
        string several = split.Length == 0 ? "No token has more than one basin among them."
            : "More than one basin: " + string.Join(", ", split.Take(3).Select(t =>
                $"{Findings.Name(labels, t)} with {string.Join(" + ", paths.Tokens[t].BasinSizes)} runs, {Findings.Number(paths.Tokens[t].Separation)} link lengths apart")) +
                (split.Length > 3 ? $" and {split.Length - 3} more." : ".");
        string moving = unread.Length == 0 ? "" : $" Not at rest enough to count basins: {Findings.Names(labels, unread)}.";
        return new Finding(FindingKind.PathIndependence,
            $"{several}{moving} A basin that takes less than {Percent(paths.BasinShareSeen)} of all starts may have been missed (95 %).", [.. split, .. unread]);
    }

    static string Share(double distance, TokenPaths token) => Findings.Number(distance / token.RestNorm);

    static string Percent(double share) => Findings.Number(100 * share) + " %";
}
