using System;
using System.Collections.Generic;
using System.Linq;
using Muninn.Cli.Frame;
using Muninn.Cli.Input;
using Muninn.Cli.Results;
using Muninn.Microscope.Figures;
using Muninn.Microscope.Measures;

namespace Muninn.Cli.Figures;

/// <summary>The figures of <c>compare</c>.</summary>
static class ComparisonFigures
{
    const string Map = "map", Fidelity = "fidelity";

    /// <summary>Tokens without a partner that a subtitle names, on each side.</summary>
    const int AloneMost = 4;

    const string SeedText = "seed ";

    /// <summary>Their names.</summary>
    public static IReadOnlyList<string> Names { get; } = [Map, Fidelity];

    /// <summary>The figure of a name.</summary>
    /// <param name="name">One of <see cref="Names"/>.</param>
    /// <param name="report">The two runs.</param>
    /// <exception cref="UsageException">There is nothing to draw.</exception>
    public static Figure Of(string name, ComparisonReport report) => name == Map ? MapOf(report) : FidelityOf(report);

    static DifferenceMap MapOf(ComparisonReport report)
    {
        var (left, right, comparison) = (report.Left, report.Right, report.Comparison);
        int columns = comparison.Iterations + 1;
        float[] first = Rows(left, comparison.Alignment.Left);
        float[] second = Rows(right, comparison.Alignment.Right);
        if (!first.Concat(second).Any(float.IsFinite))
            throw new UsageException(
                $"the figure '{Map}' has nothing to show: no distance of the {comparison.Tokens.Count} pairs is finite. Give texts or a model that do not diverge.");
        float? floor = Larger(left.Run.Convergence.Floor, right.Run.Convergence.Floor);
        var (leftName, rightName) = NamesOf(report);
        return new DifferenceMap
        {
            Subtitle = SubtitleOf(report),
            Caption =
                "Distance of each token to the s* of its own run. The difference is log₁₀ (right / left): above zero the right side is farther from its rest; a side below the floor " +
                "counts as the floor, so that where one side alone is there the difference is at least as large as shown. " +
                (comparison.Iterations == left.Run.Convergence.Settings.Horizon ? "The last column is s* itself, and zero by construction. " : "") +
                "Equal speed does not prove equal states: the two s* may differ.",
            Labels = [.. comparison.Tokens.Select(token => LabelOf(left.Labels[token.Left], right.Labels[token.Right]))],
            Positions = [.. comparison.Tokens.Select(static token => token.Left)],
            Iterations = [.. Enumerable.Range(0, columns)],
            FirstName = leftName,
            SecondName = rightName,
            First = first,
            Second = second,
            Difference = comparison.LogRatio,
            DifferenceTitle = "log₁₀ (right / left)",
            UnknownText = "cannot be told: both below the floor, or one not finite",
            Floor = floor,
        };

        float[] Rows(ComparisonSide side, int[] positions) =>
            [.. positions.SelectMany(position => side.Run.Convergence.DistanceOf(position).ToArray())];
    }

    static LineFigure FidelityOf(ComparisonReport report)
    {
        if (report.Comparison.Fidelity is not { } fidelity)
            throw new UsageException(
                $"the figure '{Fidelity}' has nothing to show: the models have other widths or vocabularies, so that their states cannot be compared. Give --figure {Map}.");
        // As far as the map goes.
        var states = fidelity.States.Where(state => state.Iteration <= report.Comparison.Iterations).ToList();
        if (states.All(static state => state.Distance.Count == 0))
        {
            bool isEqual = states.All(state => state.Equal == fidelity.Tokens);
            throw new UsageException(isEqual
                ? $"the figure '{Fidelity}' has nothing to show: the states of all {fidelity.Tokens} pairs are equal to the bit at every iteration."
                : $"the figure '{Fidelity}' has nothing to show: no two states of the {fidelity.Tokens} pairs are finite and differ. Give texts or a model that do not diverge.");
        }

        return new LineFigure
        {
            Title = "How Near the States of Both Sides Are",
            Subtitle = SubtitleOf(report),
            Caption =
                "Raw states of the pairs, the left side the reference: median, and a band that holds the middle half of the pairs" + LeftOut(fidelity.Tokens, states) +
                FormattableString.Invariant($". Read at {states.Count} iterations, straight lines between. Near states do not prove equal answers, nor far ones other answers: ") +
                FormattableString.Invariant($"after iteration {fidelity.States[^1].Iteration} the likeliest next token is the same at {100 * fidelity.TopAgreement:0.#} % of {(fidelity.Tokens == 1 ? "one pair" : $"{fidelity.Tokens} pairs")}."),
            ValueTitle = "Distance of the states",
            Iterations = [.. states.Select(static state => state.Iteration)],
            Series =
            [
                SeriesOf("relative L2: ‖right − left‖ / ‖left‖", states.Select(static state => state.Distance)),
                SeriesOf("cosine distance: 1 − cosine", states.Select(static state => state.CosineDistance)),
            ],
        };
    }

    /// <summary>Which pairs the quartiles do not count.</summary>
    static string LeftOut(int pairs, IReadOnlyList<StateFidelity> states)
    {
        string equal = Between(states, static state => state.Equal);
        string lost = Between(states, state => pairs - state.Equal - state.Distance.Count);
        return (equal == "0" ? "" : $"; {equal} of {pairs} pairs are equal to the bit and left out") + (lost == "0" ? "" : $"; {lost} {(lost == "1" ? "has" : "have")} states that are not finite");
    }

    static string Between(IReadOnlyList<StateFidelity> states, Func<StateFidelity, int> count)
    {
        var (least, most) = (states.Min(count), states.Max(count));
        return least == most ? FormattableString.Invariant($"{most}") : FormattableString.Invariant($"{least} to {most}");
    }

    static LineSeries SeriesOf(string name, IEnumerable<Quartiles> quartiles) => new()
    {
        Name = name,
        Values = [.. quartiles.Select(static q => q.Median)],
        Low = [.. quartiles.Select(static q => q.Low)],
        High = [.. quartiles.Select(static q => q.High)],
    };

    static string LabelOf(string left, string right) => left == right ? left : $"{left} | {right}";

    static float? Larger(float? a, float? b) => a is null ? b : b is null ? a : Math.Max(a.Value, b.Value);

    /// <summary>What to call the sides above their maps: by the first thing in which they differ.</summary>
    static (string Left, string Right) NamesOf(ComparisonReport report)
    {
        var (left, right) = (report.Left, report.Right);
        if (left.Model != right.Model) return ($"left: {left.Model}", $"right: {right.Model}");
        if (left.Start == right.Start) return ("left", "right");
        // There is little room above a map.
        bool isSeed = left.Start.StartsWith(RunPlan.RandomText, StringComparison.Ordinal) && right.Start.StartsWith(RunPlan.RandomText, StringComparison.Ordinal);
        int from = isSeed ? RunPlan.RandomText.Length - SeedText.Length : 0;
        return ($"left: {left.Start[from..]}", $"right: {right.Start[from..]}");
    }

    static string SubtitleOf(ComparisonReport report)
    {
        var (left, right, alignment) = (report.Left, report.Right, report.Comparison.Alignment);
        string pairs = FormattableString.Invariant($"{alignment.Count} pair{(alignment.Count == 1 ? "" : "s")} of tokens");
        string alone = Alone("left", left, alignment.Left) + Alone("right", right, alignment.Right);
        return left.Model == right.Model && left.Start == right.Start
            ? $"{left.Model} · start {left.Start} · {pairs}{alone}"
            : $"left: {left.Model}, start {left.Start} · right: {right.Model}, start {right.Start} · {pairs}{alone}";
    }

    static string Alone(string name, ComparisonSide side, int[] paired)
    {
        string[] alone = [.. Enumerable.Range(0, side.Labels.Count).Except(paired).Select(position => side.Labels[position])];
        return alone.Length == 0 ? ""
            : alone.Length > AloneMost ? FormattableString.Invariant($" · {alone.Length} on the {name} alone")
            : $" · {name} alone: {string.Join(' ', alone)}";
    }
}
