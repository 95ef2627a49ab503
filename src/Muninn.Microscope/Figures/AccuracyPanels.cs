using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using Muninn.Microscope.Pictures;

namespace Muninn.Microscope.Figures;

/// <summary>The accuracy of one task by iterations, a line for each difficulty.</summary>
public sealed record AccuracyPanel
{
    /// <summary>The task.</summary>
    public required string Task { get; init; }

    /// <summary>The accuracy of each difficulty after each iteration, <c>[difficulties, n]</c>, 0 … 1; a line breaks where one is not finite.</summary>
    public required double[] Accuracy { get; init; }

    /// <summary>The accuracy of guessing, where it is the same for all difficulties; null where it is not, or unknown.</summary>
    public double? Chance { get; init; }
}

/// <summary>
/// Accuracy against iterations on a logarithmic axis, a panel for each task, a line for each difficulty: whether thinking longer helps, and
/// harder questions need more of it.
/// </summary>
public sealed record AccuracyPanels : Figure
{
    /// <summary>An empty figure with the usual titles.</summary>
    public AccuracyPanels()
    {
        Title = "Accuracy against Iterations";
        Caption = "Share of the questions answered rightly. That more iterations answer more does not prove that the model computes step by step.";
    }

    /// <summary>The tasks.</summary>
    public required IReadOnlyList<AccuracyPanel> Panels { get; init; }

    /// <summary>The difficulties, the easiest first, for the legend.</summary>
    public required IReadOnlyList<string> Difficulties { get; init; }

    /// <summary>What the difficulties are, in front of them.</summary>
    public string DifficultyTitle { get; init; } = "serial steps:";

    /// <summary>The iteration of each value, rising from 1 at least, <c>[n]</c>.</summary>
    public required IReadOnlyList<int> Iterations { get; init; }

    /// <inheritdoc/>
    public override FigureSize PageSize => new() { PlotHeight = 180 };

    /// <inheritdoc/>
    public override string Describe() => string.Create(CultureInfo.InvariantCulture,
        $"Accuracy of {Panels.Count} task{(Panels.Count == 1 ? "" : "s")} ({string.Join(", ", Panels.Select(panel => panel.Task))}) at {Difficulties.Count} difficulties over iterations {Iterations[0]} to {Iterations[^1]}, a panel for each task.");

    private protected override void Check()
    {
        NeedAny(Panels.Count, nameof(Panels));
        NeedAny(Difficulties.Count, nameof(Difficulties));
        NeedAny(Iterations.Count, nameof(Iterations));
        NeedRising(Iterations, nameof(Iterations));
        if (Iterations[0] < 1)
            throw new ArgumentException($"AccuracyPanels.Iterations begins at {Iterations[0]}; a logarithmic axis begins at 1 or later.", nameof(Iterations));
        foreach (var panel in Panels)
        {
            NeedCount($"Panels(\"{panel.Task}\").Accuracy", panel.Accuracy.Length, (long)Difficulties.Count * Iterations.Count, "[difficulties, iterations] values");
            foreach (double accuracy in panel.Accuracy)
            {
                if (double.IsFinite(accuracy) && accuracy is < 0 or > 1)
                    throw new ArgumentException($"Task \"{panel.Task}\" has the accuracy {accuracy}; accuracies are 0 to 1.", nameof(Panels));
            }
        }
    }

    private protected override FigureTable Tabulate()
    {
        const int ColumnsMax = 8;
        // Evenly spread on the axis: iterations that double.
        int[] doubling = [.. Enumerable.Range(0, Iterations.Count).Where(i => i == Iterations.Count - 1 || int.IsPow2(Iterations[i]))];
        int[] shown = doubling.Length > ColumnsMax ? doubling[^ColumnsMax..] : doubling;
        return new FigureTable(
            ["task", DifficultyTitle.TrimEnd(':'), .. shown.Select(i => $"{Iterations[i]}")],
            [.. Panels.SelectMany(panel => Difficulties.Select((difficulty, line) => (IReadOnlyList<string>)
                [panel.Task, difficulty, .. shown.Select(i => Percent(Value(panel, line, i)))]))],
            shown.Length < Iterations.Count ? $"{shown.Length} of {Iterations.Count} iterations" : null);
    }

    internal double Value(AccuracyPanel panel, int line, int reading) => panel.Accuracy[line * Iterations.Count + reading];

    static string Percent(double share) => double.IsFinite(share) ? string.Create(CultureInfo.InvariantCulture, $"{100 * share:0} %") : "unknown";

    private protected override Picture Draw(FigureSize size) => new AccuracyLayout(this, size).Draw();
}
