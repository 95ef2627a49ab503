using System;
using System.Collections.Generic;
using System.Linq;
using Muninn.Engine.Training.Evaluation;
using Muninn.Engine.Training.Worlds;
using Muninn.Microscope.Measures.Joint;

namespace Muninn.Microscope.Measures.Evaluations;

/// <summary>Iterations until the answers to the questions of one task and one number of steps stay right.</summary>
/// <param name="Task">What was asked for.</param>
/// <param name="Steps">Serial steps.</param>
/// <param name="Count">Questions answered rightly at the last iteration: no others say when an answer stays right.</param>
/// <param name="Mean">Mean of them; NaN where there are none.</param>
/// <param name="Median">Median of them; NaN where there are none.</param>
/// <param name="IsCounted">Whether at least <see cref="StabilitySummary.AnsweredLeast"/> of all questions are answered rightly.</param>
public sealed record CellStability(WorldTask Task, int Steps, int Count, double Mean, double Median, bool IsCounted);

/// <summary>Whether questions of more steps take more iterations.</summary>
/// <param name="Task">Of which task; null: means over the tasks that count at every number of steps.</param>
/// <param name="Correlation">Spearman's, of steps and mean iterations until answers stay right.</param>
public sealed record StepCorrelation(WorldTask? Task, RankCorrelation Correlation);

/// <summary>Iterations until answers stay right, by task and serial steps, and whether they rise with the steps.</summary>
/// <param name="Cells">As the cells of the accuracy.</param>
/// <param name="Tasks">One for each task, over its cells that count.</param>
/// <param name="All">Over all tasks that count at every number of steps.</param>
/// <param name="Together">Those tasks.</param>
public sealed record StabilitySummary(
    IReadOnlyList<CellStability> Cells, IReadOnlyList<StepCorrelation> Tasks, StepCorrelation All, IReadOnlyList<WorldTask> Together)
{
    /// <summary>Fewer right answers than this share of a cell's questions may be luck, and say nothing of how long the model thinks.</summary>
    public const double AnsweredLeast = 0.5;

    /// <summary>The summary of an evaluation.</summary>
    /// <param name="accuracy">What was asked.</param>
    public static StabilitySummary Of(WorldAccuracy accuracy)
    {
        ArgumentNullException.ThrowIfNull(accuracy);
        CellStability[] cells = [.. accuracy.Cells.Select(StabilityOf)];
        var tasks = cells.GroupBy(static cell => cell.Task)
            .Select(static task => new StepCorrelation(task.Key, Correlate([.. task.Where(static cell => cell.IsCounted).Select(static cell => (cell.Steps, cell.Mean))]))).ToList();
        WorldTask[] together = [.. cells.GroupBy(static cell => cell.Task).Where(static task => task.All(static cell => cell.IsCounted)).Select(static task => task.Key)];
        var means = cells.Where(cell => together.Contains(cell.Task)).GroupBy(static cell => cell.Steps)
            .Select(static steps => (steps.Key, steps.Average(static cell => cell.Mean))).ToList();
        return new StabilitySummary(cells, tasks, new StepCorrelation(null, Correlate(means)), together);
    }

    static CellStability StabilityOf(WorldCell cell)
    {
        double[] stable = [.. cell.StableFrom.Where(static from => from > 0).Select(static from => (double)from)];
        return new CellStability(
            cell.Task, cell.Steps, stable.Length, stable.Length == 0 ? double.NaN : stable.Average(), Statistics.Median(stable.AsEnumerable()),
            stable.Length >= AnsweredLeast * cell.Questions);
    }

    static RankCorrelation Correlate(IReadOnlyList<(int Steps, double Mean)> pairs) =>
        RankCorrelation.Of([.. pairs.Select(static pair => (double)pair.Steps)], [.. pairs.Select(static pair => pair.Mean)]);
}
