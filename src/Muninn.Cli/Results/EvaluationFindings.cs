using System;
using System.Collections.Generic;
using System.Linq;
using Muninn.Cli.Input;
using Muninn.Engine.Training.Evaluation;
using Muninn.Microscope.Measures.Evaluations;

namespace Muninn.Cli.Results;

/// <summary>What an evaluation says in words.</summary>
static class EvaluationFindings
{
    /// <summary>Sentences about the questions.</summary>
    /// <param name="reading">What was answered.</param>
    public static IReadOnlyList<string> Describe(EvaluationReading reading)
    {
        if (reading is not { Accuracy: { } accuracy, Stability: { } stability, Plan.Worlds: { } asked })
            return [];
        return [.. Depth(accuracy), Correlation(stability), .. Few(accuracy, asked.Questions)];
    }

    /// <summary>What depth gives at the hardest questions.</summary>
    static IEnumerable<string> Depth(WorldAccuracy accuracy)
    {
        int last = accuracy.Iterations.Count - 1;
        if (last == 0) yield break;
        int hardest = accuracy.Cells.Max(static cell => cell.Steps);
        var parts = accuracy.Cells.Where(cell => cell.Steps == hardest)
            .Select(cell => FormattableString.Invariant($"{EvaluationSettings.NameOf(cell.Task)} {100 * cell.Accuracy(0):0} → {100 * cell.Accuracy(last):0} %"));
        yield return FormattableString.Invariant(
            $"At {hardest} step{(hardest == 1 ? "" : "s")}, from {accuracy.Iterations[0]} iteration{(accuracy.Iterations[0] == 1 ? "" : "s")} to {accuracy.Iterations[last]}: {string.Join(", ", parts)}.");
    }

    static string Correlation(StabilitySummary stability)
    {
        var (_, all) = stability.All;
        string tasks = string.Join(", ", stability.Tasks.Select(static task =>
            $"{EvaluationSettings.NameOf(task.Task!.Value)} {Coefficient(task.Correlation.Coefficient)}{(task.Correlation.Count > 0 ? FormattableString.Invariant($" ({task.Correlation.Count})") : "")}"));
        string together = stability.Together.Count == 0
            ? $"no task has {100 * StabilitySummary.AnsweredLeast:0} % right at every number of steps, so there is none for all tasks"
            : FormattableString.Invariant($"{Coefficient(all.Coefficient)} over means of {string.Join(", ", stability.Together.Select(EvaluationSettings.NameOf))}{(double.IsNaN(all.P) ? "" : FormattableString.Invariant($", p = {all.P:0.0e0} over {all.Count} difficulties"))}");
        return $"Steps against mean iterations until an answer stays right, Spearman: {together}. By task, over the numbers of steps at which at least half is right: {tasks}.";
    }

    /// <summary>Cells that hold fewer questions than asked for.</summary>
    static IEnumerable<string> Few(WorldAccuracy accuracy, int questions)
    {
        var few = accuracy.Cells.Where(cell => cell.Questions < questions).ToList();
        if (few.Count > 0)
        {
            yield return $"Fewer different questions than {questions}: "
                + $"{string.Join(", ", few.Select(static cell => FormattableString.Invariant($"{EvaluationSettings.NameOf(cell.Task)} at {cell.Steps} ({cell.Questions})")))}.";
        }
    }

    static string Coefficient(double value) => double.IsNaN(value) ? "none" : FormattableString.Invariant($"{value:0.00}");
}
