using System;
using Muninn.Engine.Recurrence;
using Muninn.Microscope.Trajectories;
using Muninn.Tests.Engine.Recurrence;
using Xunit;

namespace Muninn.Tests.Microscope.Trajectories;

public sealed class TrajectoryRecorderTests
{
    static TrajectoryRecorder Record(int limit, int[] iterations, int positions = 1)
    {
        var recorder = new TrajectoryRecorder(positions, ToyCores.Width, iterations);
        float[] e = new float[positions * ToyCores.Width];
        Array.Fill(e, 1);
        new RecurrentRun(ToyCores.Contraction(0.5f), ToyCores.Width, positions).Run(
            RowBatch.ForPrompt(positions), e, new RunSettings { Limit = limit }, new float[e.Length],
            new RowEnding[positions], null, recorder.Observe);
        return recorder;
    }

    [Fact]
    public void Keeps_raw_iterates_and_only_those_asked_for()
    {
        var trajectory = Record(5, [3, 0, 1, 3]).ToTrajectory();
        Assert.Equal([0, 1, 3], trajectory.Iterations);
        Assert.Equal([0f, 0f], trajectory.State(0).ToArray());
        Assert.Equal([1f, 1f], trajectory.State(1).ToArray());
        Assert.Equal([1.75f, 1.75f], trajectory.State(3).ToArray());
    }

    [Fact]
    public void An_iteration_that_was_not_asked_for_is_refused_by_name()
    {
        var error = Assert.Throws<ArgumentOutOfRangeException>(() => Record(3, [0, 2]).ToTrajectory().State(1).Length);
        Assert.Contains("Iteration 1 was not recorded", error.Message);
        Assert.Contains("0, 2", error.Message);
    }

    [Fact]
    public void Only_the_positions_asked_for_are_kept_in_the_order_asked_for()
    {
        TrajectoryRecorder[] recorders = [new(3, ToyCores.Width, [0, 2]), new(3, ToyCores.Width, [0, 2], [2, 0])];
        new RecurrentRun(ToyCores.Contractions([0.5f, 0.1f, 0.9f]), ToyCores.Width, 3).Run(
            RowBatch.ForPrompt(3), [1, 2, 3, 4, 5, 6], new RunSettings { Limit = 2 }, new float[6], new RowEnding[3], null,
            (IterationObserver)recorders[0].Observe + recorders[1].Observe);
        var (all, some) = (recorders[0].ToTrajectory(), recorders[1].ToTrajectory());
        Assert.Equal(2, some.Positions);
        Assert.Equal([.. all.State(2)[4..], .. all.State(2)[..2]], some.State(2).ToArray());
        Assert.Throws<ArgumentOutOfRangeException>(() => new TrajectoryRecorder(3, 2, [0], [3]));
        Assert.Throws<ArgumentOutOfRangeException>(() => new TrajectoryRecorder(3, 2, [0], [-1]));
    }

    [Fact]
    public void A_run_that_ended_too_early_makes_no_trajectory()
    {
        var error = Assert.Throws<InvalidOperationException>(() => Record(2, [1, 4]).ToTrajectory());
        Assert.Contains("1 of 2", error.Message);
    }

    [Fact]
    public void Rows_that_leave_are_refused()
    {
        var recorder = new TrajectoryRecorder(2, ToyCores.Width, [0, 1, 2, 3, 4, 5]);
        Assert.Throws<InvalidOperationException>(() => new RecurrentRun(
            ToyCores.Contractions([0.01f, 0.9f]), ToyCores.Width, 2).Run(
            RowBatch.ForPrompt(2), [1, 1, 1, 1], new RunSettings { Limit = 20, Exit = new ResidualExit(0.01) }, new float[4],
            new RowEnding[2], null, recorder.Observe));
    }

    [Fact]
    public void A_second_run_and_a_second_sequence_are_refused()
    {
        var recorder = Record(2, [0, 1]);
        var run = new RecurrentRun(ToyCores.Flip, ToyCores.Width, 3);
        Assert.Throws<InvalidOperationException>(() => run.Run(
            RowBatch.ForPrompt(1), [1, 1], new RunSettings { Limit = 1 }, new float[2], new RowEnding[1], null, recorder.Observe));
        var one = new TrajectoryRecorder(3, ToyCores.Width, [0]);
        Assert.Throws<InvalidOperationException>(() => run.Run(
            RowBatch.ForSequences([1, 2]), new float[6], new RunSettings { Limit = 1 }, new float[6], new RowEnding[3], null,
            one.Observe));
    }
}
