using System;
using System.Collections.Generic;
using System.Linq;
using Muninn.Engine.Model;
using Muninn.Engine.Recurrence;
using Muninn.Microscope.Measures;
using Muninn.Tests.Engine.Recurrence;
using Muninn.Tests.Oracle;
using Xunit;

namespace Muninn.Tests.Microscope.Measures;

public sealed class ConvergenceMeterTests
{
    const int Positions = 3;
    const int Width = 5;
    const int StateBytes = sizeof(float) * Positions * Width;

    /// <summary>Turns and shrinks, so that no two states are alike and nothing comes to an exact rest.</summary>
    static CoreStep Spiral(int width) => (rows, injected, state, next) =>
    {
        for (int row = 0; row < rows.Count; row++)
        {
            for (int i = 0; i < width; i++)
                next[row * width + i] = injected[row * width + i] + 0.93f * (0.8f * state[row * width + i] - 0.6f * state[row * width + (i + 1) % width]);
        }
    };

    static FinalNorm Norm(int width) => new([.. Enumerable.Range(1, width).Select(i => 1 + 0.1f * i)], 1e-6f);

    static Action<RunSettings, IterationObserver> RunOf(CoreStep core, int positions, int width)
    {
        var run = new RecurrentRun(core, width, positions);
        float[] e = Noise.Floats(positions * width, 3);
        float[] final = new float[e.Length];
        var endings = new RowEnding[positions];
        return (settings, observer) => run.Run(RowBatch.ForPrompt(positions), e, settings, final, endings, null, observer);
    }

    static Convergence Measure(
        Action<RunSettings, IterationObserver> run, RunSettings settings, ConvergenceSettings measure, FinalNorm norm, int positions, long heldBytes)
    {
        var meter = new ConvergenceMeter(positions, norm, measure, heldBytes);
        run(settings, meter.Observe);
        if (meter.Repeated > 0)
            run(settings with { Limit = meter.Repeated - 1 }, meter.ObserveAgain);
        return meter.ToConvergence();
    }

    static RunSettings FromNoise(int limit, int positions, int width) =>
        new() { Limit = limit, Start = InitialState.Given(Noise.Floats(positions * width, 8)) };

    public static IEnumerable<TheoryDataRow<int, int, int, long>> Budgets() =>
        from shape in new[] { (12, 20, 20), (12, 13, 13), (12, 12, 12), (12, 20, 31), (1, 1, 1), (1, 2, 9) }
        from held in new[] { 0, StateBytes - 1, StateBytes, 5 * StateBytes, 12 * StateBytes, 13 * StateBytes, long.MaxValue }
        select new TheoryDataRow<int, int, int, long>(shape.Item1, shape.Item2, shape.Item3, held);

    [Theory]
    [MemberData(nameof(Budgets))]
    public void Numbers_are_those_of_the_twin_whatever_is_held(int iterations, int horizon, int limit, long heldBytes)
    {
        var measure = new ConvergenceSettings { Iterations = iterations, Horizon = horizon };
        var settings = FromNoise(limit, Positions, Width);
        var run = RunOf(Spiral(Width), Positions, Width);
        var expected = HeldConvergence.Of(run, settings, Positions, Norm(Width), measure);
        var all = Measure(run, settings, measure, Norm(Width), Positions, long.MaxValue);
        var actual = Measure(run, settings, measure, Norm(Width), Positions, heldBytes);
        Assert.Equal(expected.Distance, actual.Distance);
        Assert.Equal(expected.Residual, actual.Residual);
        Assert.Equal(expected.HorizonResidual, actual.HorizonResidual);
        Assert.Equal(expected.RestNorm, actual.RestNorm);
        Assert.Equal(all.Tokens, actual.Tokens);
        Assert.Equal(all.Floor, actual.Floor);
    }

    [Theory]
    [InlineData(0, 13)]
    [InlineData(StateBytes - 1, 13)]
    [InlineData(StateBytes, 12)]
    [InlineData(12 * StateBytes, 1)]
    [InlineData(13 * StateBytes - 1, 1)]
    [InlineData(13 * StateBytes, 0)]
    [InlineData(long.MaxValue, 0)]
    public void Only_what_is_not_held_is_repeated(long heldBytes, int repeated) => Assert.Equal(
        repeated, new ConvergenceMeter(Positions, Norm(Width), new() { Iterations = 12, Horizon = 20 }, heldBytes).Repeated);

    [Theory]
    [InlineData(0)]
    [InlineData(2 * StateBytes)]
    [InlineData(long.MaxValue)]
    public void States_that_are_not_finite_pass_through_both_runs(long heldBytes)
    {
        var measure = new ConvergenceSettings { Iterations = 6, Horizon = 9 };
        var settings = new RunSettings { Limit = 9 };
        var run = RunOf(ToyCores.NotANumberBomb, Positions, ToyCores.Width);
        var norm = new FinalNorm([1, 1], 1e-6f);
        var expected = HeldConvergence.Of(run, settings, Positions, norm, measure);
        var actual = Measure(run, settings, measure, norm, Positions, heldBytes);
        Assert.Equal(expected.Distance, actual.Distance);
        Assert.Equal(expected.Residual, actual.Residual);
        Assert.Equal([null, 3, null], actual.Tokens.Select(token => token.FirstNotFinite));
        Assert.True(float.IsNaN(actual.DistanceOf(1)[0]) && float.IsFinite(actual.DistanceOf(2)[6]));
    }

    /// <summary>Bytes allocated by a whole measurement, the run's own buffers left out.</summary>
    static long Allocated(int iterations, int positions, int width, long heldBytes)
    {
        var run = RunOf(Spiral(width), positions, width);
        var settings = FromNoise(2 * iterations, positions, width);
        var measure = new ConvergenceSettings { Iterations = iterations, Horizon = 2 * iterations };
        var norm = Norm(width);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Measure(run, settings, measure, norm, positions, heldBytes);
        return GC.GetAllocatedBytesForCurrentThread() - before;
    }

    [Fact]
    public void Memory_does_not_grow_with_iterations_times_states()
    {
        const int Tokens = 40;
        const int Wide = 512;
        const long State = sizeof(float) * Tokens * Wide;
        const long Held = 8 * State;
        _ = Allocated(4, Tokens, Wide, 0);
        long few = Allocated(20, Tokens, Wide, Held);
        long many = Allocated(220, Tokens, Wide, Held);
        // Distances and residuals, and as much again for what reads each row of them once.
        long numbers = 200 * Tokens * sizeof(float) * 2;
        Assert.InRange(many - few, 0, 3 * numbers);
        Assert.True(3 * numbers < 6 * State, "the bound must be far below 200 states");
        // s*, and what is held by permission.
        Assert.InRange(few, Held + State, Held + 2 * State);
        Assert.InRange(Allocated(220, Tokens, Wide, 0), State, 8 * State);
    }

    [Fact]
    public void An_iteration_allocates_nothing()
    {
        var meter = new ConvergenceMeter(Positions, Norm(Width), new() { Iterations = 12, Horizon = 20 }, 4 * StateBytes);
        var run = RunOf(Spiral(Width), Positions, Width);
        Assert.Equal(0, LeastAllocated(meter.Observe, 20));
        Assert.Equal(0, LeastAllocated(meter.ObserveAgain, meter.Repeated - 1));

        long LeastAllocated(IterationObserver observer, int limit)
        {
            var each = new List<long>(limit + 1);
            observer += (in IterationView _) => each.Add(GC.GetAllocatedBytesForCurrentThread());
            run(FromNoise(limit, Positions, Width), observer);
            return each.Zip(each.Skip(1), (before, after) => after - before).Min();
        }
    }

    [Fact]
    public void A_second_run_from_elsewhere_is_refused()
    {
        var meter = new ConvergenceMeter(Positions, Norm(Width), new() { Iterations = 12, Horizon = 20 }, 0);
        var run = RunOf(Spiral(Width), Positions, Width);
        run(FromNoise(20, Positions, Width), meter.Observe);
        var error = Assert.Throws<InvalidOperationException>(() => run(new RunSettings { Limit = 12 }, meter.ObserveAgain));
        Assert.Contains("iteration 1 of position 0 has another residual", error.Message);
    }

    [Fact]
    public void Runs_that_end_too_early_give_no_numbers()
    {
        var meter = new ConvergenceMeter(Positions, Norm(Width), new() { Iterations = 12, Horizon = 20 }, StateBytes);
        var run = RunOf(Spiral(Width), Positions, Width);
        run(FromNoise(19, Positions, Width), meter.Observe);
        Assert.Contains("ended at iteration 19, before the horizon, 20", Assert.Throws<InvalidOperationException>(meter.ToConvergence).Message);
        Assert.Contains(
            "come to iteration 19; s* is known at 20",
            Assert.Throws<InvalidOperationException>(() => run(FromNoise(11, Positions, Width), meter.ObserveAgain)).Message);

        meter = new ConvergenceMeter(Positions, Norm(Width), new() { Iterations = 12, Horizon = 20 }, StateBytes);
        run(FromNoise(20, Positions, Width), meter.Observe);
        Assert.Contains("0 to 11 must be run a second time; 0 of them", Assert.Throws<InvalidOperationException>(meter.ToConvergence).Message);
        run(FromNoise(7, Positions, Width), meter.ObserveAgain);
        Assert.Contains("8 of them were", Assert.Throws<InvalidOperationException>(meter.ToConvergence).Message);
    }

    [Fact]
    public void Another_prompt_and_another_run_are_refused()
    {
        var meter = new ConvergenceMeter(Positions, Norm(Width), new() { Iterations = 2, Horizon = 3 }, 0);
        var error = Assert.Throws<InvalidOperationException>(() => RunOf(Spiral(Width), 2, Width)(FromNoise(3, 2, Width), meter.Observe));
        Assert.Contains("made for 3 positions of width 5, but iteration 0 has 2 rows", error.Message);
        var run = RunOf(Spiral(Width), Positions, Width);
        run(FromNoise(3, Positions, Width), meter.Observe);
        Assert.Contains("make a meter for each run", Assert.Throws<InvalidOperationException>(
            () => run(FromNoise(3, Positions, Width), meter.Observe)).Message);
    }

    [Fact]
    public void Settings_that_make_no_sense_are_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new ConvergenceMeter(1, Norm(2), new() { Iterations = 0, Horizon = 9 }, 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => new ConvergenceMeter(0, Norm(2), new() { Iterations = 1, Horizon = 9 }, 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => new ConvergenceMeter(1, Norm(2), new() { Iterations = 1, Horizon = 9 }, -1));
        var error = Assert.Throws<ArgumentException>(() => new ConvergenceMeter(1, Norm(2), new() { Iterations = 10, Horizon = 9 }, 0));
        Assert.Contains("iteration 9", error.Message);
        Assert.Contains("10 iterations", error.Message);
    }
}
