using System;
using System.Collections.Generic;
using Muninn.Engine.Recurrence;
using Xunit;

namespace Muninn.Tests.Engine.Recurrence;

public sealed class RecurrentRunTests
{
    const int Width = ToyCores.Width;

    static (float[] Final, RowEnding[] Endings) Run(
        CoreStep core, int positions, float injected, RunSettings settings, StateEdit? edit = null, IterationObserver? observer = null)
    {
        var rows = RowBatch.ForPrompt(positions);
        float[] e = new float[positions * Width];
        Array.Fill(e, injected);
        float[] final = new float[e.Length];
        var endings = new RowEnding[positions];
        new RecurrentRun(core, Width, positions).Run(rows, e, settings, final, endings, edit, observer);
        return (final, endings);
    }

    [Fact]
    public void A_contraction_rests_where_algebra_says()
    {
        var (final, endings) = Run(ToyCores.Contraction(0.5f), 3, 1, new RunSettings { Limit = 60 });
        Assert.All(final, value => Assert.Equal(2f, value, 1e-6f));
        Assert.All(endings, ending => Assert.Equal(new RowEnding(60, ExitReason.LimitReached), ending));
    }

    [Fact]
    public void A_drift_moves_by_e_at_every_iteration() =>
        Assert.All(Run(ToyCores.Drift, 2, 0.25f, new RunSettings { Limit = 8 }).Final, value => Assert.Equal(2f, value));

    [Fact]
    public void A_flip_returns_after_two_iterations()
    {
        float[] start = [1, 2, 3, 4];
        var settings = new RunSettings { Limit = 2, Start = InitialState.Given(start) };
        Assert.Equal(start, Run(ToyCores.Flip, 2, 0, settings).Final);
        Assert.Equal([-1f, -2f, -3f, -4f], Run(ToyCores.Flip, 2, 0, settings with { Limit = 3 }).Final);
    }

    [Fact]
    public void A_limit_of_zero_returns_the_start()
    {
        float[] start = [5, 6];
        var (final, endings) = Run(ToyCores.Flip, 1, 0, new RunSettings { Limit = 0, Start = InitialState.Given(start) });
        Assert.Equal(start, final);
        Assert.Equal(new RowEnding(0, ExitReason.LimitReached), endings[0]);
    }

    [Fact]
    public void The_observer_sees_the_start_and_every_iterate_raw_and_in_order()
    {
        var seen = new List<(int Iteration, float State, float Previous)>();
        Run(ToyCores.Contraction(0.5f), 1, 1, new RunSettings { Limit = 3 }, observer: (in IterationView view) =>
            seen.Add((view.Iteration, view.State[0], view.Previous.IsEmpty ? float.NaN : view.Previous[0])));
        Assert.Equal([(0, 0f, float.NaN), (1, 1f, 0f), (2, 1.5f, 1f), (3, 1.75f, 1.5f)], seen);
    }

    [Fact]
    public void An_edit_changes_what_goes_into_the_core()
    {
        var (final, _) = Run(ToyCores.Contraction(0.5f), 2, 1, new RunSettings { Limit = 2 }, (iteration, rows, state) =>
        {
            if (iteration == 1)
                state[rows.Positions.IndexOf(1) * Width] = 10;
        });
        Assert.Equal([1.5f, 1.5f, 6f, 1.5f], final);
    }

    [Fact]
    public void Rows_that_come_to_rest_leave_and_the_others_get_the_bits_they_get_alone()
    {
        float[] rates = [0.9f, 0.1f, 0.7f, 0.3f];
        var settings = new RunSettings { Limit = 200, Exit = new ResidualExit(1e-3) };
        var sizes = new List<int>();
        var (final, endings) = Run(
            ToyCores.Contractions(rates), 4, 1, settings, observer: (in IterationView view) => sizes.Add(view.Rows.Count));
        for (int position = 0; position < 4; position++)
        {
            float a = rates[position];
            float state = 0;
            int iterations = 0;
            double residual;
            do
            {
                float next = a * state + 1;
                residual = Math.Abs(next - state) / Math.Abs((double)next);
                state = next;
                iterations++;
            }
            while (residual >= 1e-3);
            Assert.Equal(new RowEnding(iterations, ExitReason.RuleMet), endings[position]);
            Assert.Equal(state, final[position * Width]);
        }

        Assert.Equal(4, sizes[0]);
        Assert.Equal(1, sizes[^1]);
        Assert.True(endings[1].Iterations < endings[3].Iterations && endings[3].Iterations < endings[2].Iterations);
    }

    [Fact]
    public void A_row_that_is_not_a_number_never_meets_a_rule()
    {
        var (final, endings) = Run(
            ToyCores.NotANumberBomb, 2, 1, new RunSettings { Limit = 50, Exit = new ResidualExit(1e-3) });
        Assert.True(float.IsNaN(final[Width]));
        Assert.Equal(new RowEnding(50, ExitReason.LimitReached), endings[1]);
        Assert.Equal(ExitReason.RuleMet, endings[0].Reason);
    }

    [Fact]
    public void A_second_run_forgets_the_first()
    {
        var run = new RecurrentRun(ToyCores.Contraction(0.5f), Width, 2);
        float[] e = [1, 1, 1, 1];
        float[] first = new float[4];
        float[] second = new float[4];
        var endings = new RowEnding[2];
        run.Run(RowBatch.ForPrompt(2), e, new RunSettings { Limit = 5 }, first, endings);
        run.Run(RowBatch.ForPrompt(2), e, new RunSettings { Limit = 5 }, second, endings);
        Assert.Equal(first, second);
    }

    [Fact]
    public void The_loop_allocates_nothing_after_the_first_run()
    {
        var run = new RecurrentRun(ToyCores.Contraction(0.5f), Width, 2);
        float[] e = [1, 1, 1, 1];
        float[] final = new float[4];
        var endings = new RowEnding[2];
        var settings = new RunSettings { Limit = 1000 };
        double sum = 0;
        IterationObserver observer = (in IterationView view) => sum += view.State[0];
        var rows = RowBatch.ForPrompt(2);
        run.Run(rows, e, settings, final, endings, null, observer);
        long before = GC.GetAllocatedBytesForCurrentThread();
        run.Run(rows, e, settings, final, endings, null, observer);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public void Rejects_more_rows_than_it_was_built_for()
    {
        var error = Assert.Throws<ArgumentException>(() => new RecurrentRun(ToyCores.Flip, Width, 1).Run(
            RowBatch.ForPrompt(2), new float[4], new RunSettings { Limit = 1 }, new float[4], new RowEnding[2]));
        Assert.Contains("2 rows", error.Message);
    }

    [Fact]
    public void Rejects_a_given_start_of_another_shape()
    {
        var error = Assert.Throws<ArgumentException>(() =>
            Run(ToyCores.Flip, 3, 0, new RunSettings { Limit = 1, Start = InitialState.Given(new float[4]) }));
        Assert.Contains("4 values", error.Message);
        Assert.Contains("need 6", error.Message);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    public void Rejects_a_threshold_that_is_no_threshold(double threshold) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new ResidualExit(threshold).Start(1));
}
