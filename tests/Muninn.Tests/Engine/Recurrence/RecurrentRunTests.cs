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
        // Each row has an e of its own, so that a row that gets its neighbour's is seen.
        float[] e = [1, 1, 2, 2, 3, 3, 5, 5];
        float[] final = new float[8];
        var endings = new RowEnding[4];
        new RecurrentRun(ToyCores.Contractions(rates), Width, 4).Run(
            RowBatch.ForPrompt(4), e, settings, final, endings, null, (in IterationView view) => sizes.Add(view.Rows.Count));
        for (int position = 0; position < 4; position++)
        {
            float a = rates[position];
            float state = 0;
            int iterations = 0;
            double residual;
            do
            {
                float next = a * state + e[position * Width];
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
        // The least of several runs: the runtime itself may allocate once in a while.
        long least = long.MaxValue;
        for (int attempt = 0; attempt < 5; attempt++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            run.Run(rows, e, settings, final, endings, null, observer);
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        Assert.Equal(0, least);
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
        Assert.Throws<ArgumentOutOfRangeException>(() => new ResidualExit(threshold).Start(1, Width, 0));

    /// <summary>Sums of 10⁶ and differences of 10⁻²: in float the difference would be lost.</summary>
    [Fact]
    public void A_residual_is_taken_in_double()
    {
        float[] state = new float[4096];
        float[] previous = new float[4096];
        Array.Fill(state, 1000);
        Array.Fill(previous, 1000.00006f);
        double expected = ((double)previous[0] - 1000) / 1000;
        Assert.Equal(expected, Residual.Of(state, previous), expected * 1e-12);
        Assert.Equal(0, Residual.Of(new float[3], new float[3]));
        Assert.True(double.IsNaN(Residual.Of([float.NaN], [1])));
    }

    [Fact]
    public void A_batch_may_go_on_from_where_it_was()
    {
        var run = new RecurrentRun(ToyCores.Drift, Width, 1);
        var rows = RowBatch.ForPrompt(1);
        float[] final = new float[2];
        var endings = new RowEnding[1];
        run.Run(rows, [1, 1], new RunSettings { Limit = 5 }, final, endings);
        run.Run(rows, [1, 1], new RunSettings { Limit = 3, Start = InitialState.Given((float[])[.. final]) }, final, endings);
        Assert.Equal(8, final[0]);
        Assert.Equal(3, endings[0].Iterations);
        Assert.Equal(8, rows.Iterations[0]);
    }
}
