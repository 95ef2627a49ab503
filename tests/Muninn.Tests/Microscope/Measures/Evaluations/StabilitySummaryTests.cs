using System;
using System.Linq;
using Muninn.Engine.Training.Evaluation;
using Muninn.Engine.Training.Worlds;
using Muninn.Microscope.Measures.Evaluations;
using Xunit;

namespace Muninn.Tests.Microscope.Measures.Evaluations;

public sealed class StabilitySummaryTests
{
    static WorldCell Cell(WorldTask task, int steps, params int[] stableFrom) =>
        new() { Task = task, Steps = steps, Decoys = 0, Right = [stableFrom.Count(static from => from > 0)], StableFrom = stableFrom };

    static StabilitySummary Of(params WorldCell[] cells) => StabilitySummary.Of(new WorldAccuracy([128], cells));

    [Fact]
    public void Only_questions_right_at_the_end_count()
    {
        var cell = Of(Cell(WorldTask.Relay, 3, 0, 4, 0, 6, 11)).Cells[0];
        Assert.Equal((3, 7, 6, true), (cell.Count, cell.Mean, cell.Median, cell.IsCounted));
        var none = Of(Cell(WorldTask.Relay, 3, 0, 0)).Cells[0];
        Assert.Equal((0, double.NaN, double.NaN, false), (none.Count, none.Mean, none.Median, none.IsCounted));
    }

    [Fact]
    public void Cells_with_fewer_than_half_right_say_nothing_of_how_long_it_takes()
    {
        int[] steps = [1, 2, 3, 4, 6, 8, 10, 12];
        WorldCell[] rising = [.. steps.Select(static k => Cell(WorldTask.Relay, k, k, k + 1))];
        // Lucky answers at once, where the model can no longer: a fall that is none.
        WorldCell[] failing = [.. steps.Select(static k => k < 4 ? Cell(WorldTask.Sum, k, k, k) : Cell(WorldTask.Sum, k, 1, 0, 0))];
        var summary = Of([.. rising, .. failing]);
        Assert.Equal([WorldTask.Relay], summary.Together);
        Assert.Equal((8, 1), (summary.All.Correlation.Count, summary.All.Correlation.Coefficient));
        Assert.InRange(summary.All.Correlation.P, 0, 1e-12);
        Assert.Equal((3, 1), (summary.Tasks[1].Correlation.Count, summary.Tasks[1].Correlation.Coefficient));
        Assert.True(double.IsNaN(summary.Tasks[1].Correlation.P));
        Assert.Equal(double.NaN, Of(failing).All.Correlation.Coefficient);
    }

    [Fact]
    public void Over_all_tasks_the_means_of_tasks_count_alike()
    {
        var summary = Of(
            Cell(WorldTask.Relay, 1, 1), Cell(WorldTask.Relay, 2, 2), Cell(WorldTask.Relay, 3, 3),
            Cell(WorldTask.Toggle, 1, 9, 9, 9), Cell(WorldTask.Toggle, 2, 8, 8, 8), Cell(WorldTask.Toggle, 3, 1, 1, 1));
        // Means 5, 5, 2: ranks 2.5, 2.5, 1 against 1, 2, 3.
        Assert.Equal(-Math.Sqrt(0.75), summary.All.Correlation.Coefficient, 1e-12);
        Assert.Equal((1, -1), (summary.Tasks[0].Correlation.Coefficient, summary.Tasks[1].Correlation.Coefficient));
    }
}
