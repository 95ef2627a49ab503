using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using Muninn.Microscope.Figures.Parts;
using Muninn.Microscope.Pictures;

namespace Muninn.Microscope.Figures;

/// <summary>What the panels of <see cref="TrajectoryPanels"/> have in common.</summary>
public enum PanelScale
{
    /// <summary>All panels show the same window: places and sizes can be compared.</summary>
    Shared,

    /// <summary>Each panel has its own middle and scale, with a bar of known length: small movements can be seen.</summary>
    Each,
}

/// <summary>
/// The paths of chosen tokens in two principal components of one shared basis, a panel for each token; both axes of a panel
/// have the same scale.
/// </summary>
public sealed record TrajectoryPanels : Figure
{
    /// <summary>An empty figure with the usual titles.</summary>
    public TrajectoryPanels()
    {
        Title = "Latent Trajectories";
        Caption = "States projected on two principal components that all tokens share. A plane shows only its share of the motion, printed in "
            + "each panel: what looks like a loop or a crossing need not be one in the full space. Classes come from the full space.";
    }

    /// <summary>The text of each token, <c>[T]</c>.</summary>
    public required IReadOnlyList<string> Labels { get; init; }

    /// <summary>Each token's place in the whole text, <c>[T]</c>; empty for none to be shown.</summary>
    public IReadOnlyList<int> Positions { get; init; } = [];

    /// <summary>The iteration of each point, rising, <c>[n]</c>.</summary>
    public required IReadOnlyList<int> Iterations { get; init; }

    /// <summary>How many components there are, k ≥ 2.</summary>
    public required int Components { get; init; }

    /// <summary>The coordinates, <c>[T, n, k]</c>; a path breaks where one is not finite.</summary>
    public required double[] Scores { get; init; }

    /// <summary>The component to the right, 0 … k − 1.</summary>
    public int Horizontal { get; init; }

    /// <summary>The component upwards, 0 … k − 1.</summary>
    public int Vertical { get; init; } = 1;

    /// <summary>Each component's share of the variance of all tokens, 0 … 1, <c>[k]</c>; empty where unknown.</summary>
    public IReadOnlyList<double> Explained { get; init; } = [];

    /// <summary>The share of each token's motion that lies in the plane, 0 … 1, <c>[T]</c>; empty where unknown.</summary>
    public IReadOnlyList<double> InPlane { get; init; } = [];

    /// <summary>What each token does in the full space ("fixed point", "orbit"), <c>[T]</c>; empty where unknown.</summary>
    public IReadOnlyList<string> Classes { get; init; } = [];

    /// <summary>One window for all panels, or each its own.</summary>
    public PanelScale Scale { get; init; }

    /// <summary>How iterations become colours: evenly, or by their logarithm, where most of the way is done in the first ones.</summary>
    public ColorScale IterationScale { get; init; } = ColorScale.Linear;

    /// <inheritdoc/>
    public override string Describe() => string.Create(CultureInfo.InvariantCulture,
        $"Paths of {Labels.Count} tokens in a plane of two principal components, iterations {Iterations[0]} to {Iterations[^1]}, a panel for each token; {(Scale == PanelScale.Shared ? "all panels show the same window" : "each panel has its own scale")}.");

    private protected override void Check()
    {
        NeedAny(Labels.Count, nameof(Labels));
        NeedAny(Iterations.Count, nameof(Iterations));
        NeedRising(Iterations, nameof(Iterations));
        if (Components < 2)
            throw new ArgumentException($"TrajectoryPanels.Components is {Components}; a plane needs at least 2. Project on more components.", nameof(Components));
        foreach (int component in new[] { Horizontal, Vertical })
        {
            if (component < 0 || component >= Components)
                throw new ArgumentException($"Component {component} is not one of the {Components} components 0 … {Components - 1}.", nameof(Components));
        }
        NeedCount(nameof(Scores), Scores.Length, (long)Labels.Count * Iterations.Count * Components, "[tokens, iterations, components] values");
        NeedNoneOr(nameof(Positions), Positions.Count, Labels.Count, "one position for each token");
        NeedNoneOr(nameof(Explained), Explained.Count, Components, "one share for each component");
        NeedNoneOr(nameof(InPlane), InPlane.Count, Labels.Count, "one share for each token");
        NeedNoneOr(nameof(Classes), Classes.Count, Labels.Count, "one class for each token");
    }

    private protected override FigureTable Tabulate()
    {
        int last = Iterations.Count - 1;
        return new FigureTable(
            ["token", "class", "in plane", $"start i={Iterations[0]}", $"end i={Iterations[last]}"],
            [.. Enumerable.Range(0, Labels.Count).Select(token => (IReadOnlyList<string>)
            [
                Labels[token], Classes.Count == 0 ? "" : Classes[token], InPlane.Count == 0 ? "" : Share(InPlane[token]),
                PointText(token, 0), PointText(token, last),
            ])]);
    }

    string PointText(int token, int index) =>
        $"({ColorRange.NumberText(Score(token, index, Horizontal))}, {ColorRange.NumberText(Score(token, index, Vertical))})";

    internal double Score(int token, int index, int component) =>
        Scores[(token * Iterations.Count + index) * Components + component];

    /// <summary>The place of an iteration in the colours, 0 … 1.</summary>
    internal double ColorFraction(int iteration) => IterationScale == ColorScale.Linear || Iterations.Count == 1
        ? (Iterations.Count == 1 ? 0 : Axis.FractionOf(iteration, Iterations))
        : Math.Log(1.0 + iteration - Iterations[0]) / Math.Log(1.0 + Iterations[^1] - Iterations[0]);

    internal static string Share(double share) => double.IsFinite(share)
        ? string.Create(CultureInfo.InvariantCulture, $"{share * 100:0} %")
        : "unknown";

    private protected override Picture Draw(FigureSize size) => new TrajectoryLayout(this, size).Draw();
}
