using System;
using System.Collections.Generic;
using System.Linq;
using Muninn.Cli.Frame;
using Muninn.Cli.Input;
using Muninn.Cli.Results;
using Muninn.Engine.Training.Evaluation;
using Muninn.Microscope.Figures;

namespace Muninn.Cli.Figures;

/// <summary>The figures of <c>eval</c>.</summary>
static class EvaluationFigures
{
    /// <summary>Their names.</summary>
    public static IReadOnlyList<string> Names { get; } = ["accuracy"];

    /// <summary>Accuracy against iterations, a panel for each task, a line for each number of steps.</summary>
    /// <param name="name">One of <see cref="Names"/>.</param>
    /// <param name="reading">What was answered.</param>
    /// <exception cref="UsageException">No question was asked.</exception>
    public static Figure Of(string name, EvaluationReading reading)
    {
        if (reading is not { Accuracy: { } accuracy, Plan.Worlds: { } worlds })
            throw new UsageException($"the figure '{name}' shows answers to questions, and --questions is 0. Ask some.");
        return new AccuracyPanels
        {
            Title = "Accuracy on Held-Out Questions",
            Subtitle = SubtitleOf(reading, accuracy),
            Caption = CaptionOf(worlds),
            Iterations = [.. accuracy.Iterations],
            Difficulties = [.. worlds.Steps.Select(static steps => FormattableString.Invariant($"{steps}"))],
            Panels = [.. accuracy.Cells.GroupBy(static cell => cell.Task).Select(task => PanelOf([.. task]))],
        };
    }

    /// <summary>Which model, how many questions, in which form, from which start.</summary>
    /// <param name="reading">What was answered.</param>
    /// <param name="accuracy">Its answers.</param>
    public static string SubtitleOf(EvaluationReading reading, WorldAccuracy accuracy)
    {
        var worlds = reading.Plan.Worlds!;
        string form = (worlds.IsChat ? " · as chat" : "") + (worlds.Decoys > 0 ? FormattableString.Invariant($" · up to {worlds.Decoys} decoys") : "");
        var start = reading.Plan.Start;
        return FormattableString.Invariant(
            $"{reading.ModelName} · {accuracy.Cells.Sum(static cell => cell.Questions)} held-out questions{form} · start {start.Name} · seed {reading.Plan.Seed}");
    }

    static string CaptionOf(WorldEvaluationSettings worlds) =>
        "Share of the questions answered rightly when the run ends at n iterations: every token of the answer and its end is the likeliest. Read after each " +
        "iteration of one run, which is what greedy generation at that depth gives. " +
        (worlds.RestResidual > 0 ? FormattableString.Invariant($"Tokens that an iteration moves by no more than {worlds.RestResidual:0e0} of their state are counted as at rest. ") : "") +
        "An answer that comes later does not prove that the model takes the steps one by one; "
        + (worlds.Decoys > 0 ? "only chains and relays have decoys." : "without decoys, relays, orderings and chains can be answered at one glance.");

    static AccuracyPanel PanelOf(IReadOnlyList<WorldCell> cells)
    {
        double?[] chances = [.. cells.Select(static cell => cell.Chance).Distinct()];
        return new AccuracyPanel
        {
            Task = EvaluationSettings.NameOf(cells[0].Task),
            Accuracy = [.. cells.SelectMany(static cell => Enumerable.Range(0, cell.Right.Length).Select(cell.Accuracy))],
            Chance = chances is [{ } chance] ? chance : null,
        };
    }
}
