using System;
using System.Linq;
using Muninn.Engine.Recurrence;
using Muninn.Engine.Recurrence.Solvers;
using Muninn.Tests.Oracle;
using Xunit;

namespace Muninn.Tests.Engine.Recurrence.Solvers;

/// <summary>Cores whose rest is known, under every solver.</summary>
public sealed class SolverTests
{
    /// <summary>No mixture is thrown away: the method of the textbook, nothing else.</summary>
    static readonly SolverGuard _open = new() { Growth = double.PositiveInfinity };

    static readonly float[] _e = [1, -0.5f];

    public static TheoryData<Solver> All =>
    [
        Solver.Plain, new DampedSolver(0.8), new AndersonSolver(), new AndersonSolver { Scope = SolverScope.WholePrompt },
        new AndersonSolver { Share = 0.7, Delay = 1 }, new ExtrapolationSolver(), new ExtrapolationSolver { Cycle = 3, Scope = SolverScope.WholePrompt },
        new BroydenSolver(), new BroydenSolver { Memory = 2, Delay = 2 },
    ];

    static double[] Spread(int n) => [.. Enumerable.Range(0, n).Select(i => n == 1 ? -0.7 : -0.8 + 1.6 * i / (n - 1))];

    [Theory]
    [MemberData(nameof(All))]
    public void Every_solver_comes_to_the_rest_of_a_contraction(Solver solver)
    {
        var solved = SolverBench.Run(ToyCores.Contraction(0.5f), 2, solver, [1, 1, 2, 2, 3, 3]);
        Assert.All(Enumerable.Range(0, 6), i => Assert.Equal(2 * (1 + i / 2), solved.Final[i], 1e-5f));
        Assert.All(solved.Endings, ending => Assert.InRange(ending.Residual, 0, 1e-6));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(6)]
    public void Anderson_with_a_window_of_n_solves_a_linear_map_in_n_dimensions_after_n_plus_1_evaluations(int n)
    {
        var matrix = SolverBench.WithEigenvalues(Spread(n));
        float[] e = Noise.Floats(n, 3);
        var solver = new AndersonSolver { Window = n, Regularization = 0, Guard = _open };
        var solved = SolverBench.Run(ToyCores.Linear(matrix), n, solver, e, evaluations: n + 2);
        // The next evaluation is the first that sees it.
        Assert.InRange(solved.First(1e-4), 1, n + 2);
        double plain = SolverBench.Run(ToyCores.Linear(matrix), n, Solver.Plain, e, evaluations: n + 2).Endings[0].Residual;
        Assert.True(plain > 1e-2, $"plain is at {plain}");
        for (int i = 0; i < n; i++)
        {
            double image = e[i] + Enumerable.Range(0, n).Sum(j => matrix[i, j] * solved.Final[j]);
            Assert.Equal(image, solved.Final[i], 1e-4);
        }
    }

    [Theory]
    [InlineData(2)]
    [InlineData(4)]
    public void A_cycle_of_n_plus_1_evaluations_and_twice_n_steps_of_Broyden_do_the_same(int n)
    {
        var core = ToyCores.Linear(SolverBench.WithEigenvalues(Spread(n)));
        float[] e = Noise.Floats(n, 3);
        var cycle = new ExtrapolationSolver { Cycle = n + 1, Regularization = 0, Guard = _open };
        Assert.InRange(SolverBench.Run(core, n, cycle, e).First(1e-4), n + 2, n + 2);
        Assert.InRange(SolverBench.Run(core, n, new BroydenSolver { Memory = 2 * n, Guard = _open }, e).First(1e-4), 2, 2 * n + 1);
    }

    [Fact]
    public void A_spiral_that_plain_iteration_takes_long_for_is_solved_in_four()
    {
        var spiral = ToyCores.Spiral(1.1, 0.97);
        Assert.InRange(SolverBench.Run(spiral, 2, Solver.Plain, _e, evaluations: 1000).First(1e-4), 100, 1000);
        Assert.InRange(SolverBench.Run(spiral, 2, new AndersonSolver { Guard = _open }, _e).First(1e-4), 3, 4);
        Assert.InRange(SolverBench.Run(spiral, 2, new AndersonSolver(), _e).First(1e-4), 3, 30);
    }

    [Theory]
    [MemberData(nameof(All))]
    public void A_map_that_grows_before_it_shrinks_is_solved_in_spite_of_the_guard(Solver solver)
    {
        var solved = SolverBench.Run(ToyCores.NonNormal(0.6f, 8), 2, solver, _e, evaluations: 80);
        Assert.InRange(solved.Endings[0].Residual, 0, 2e-6);
        Assert.Equal(-0.5f / 0.4f, solved.Final[1], 1e-4f);
        Assert.Equal((1 - 8 * 1.25f) / 0.4f, solved.Final[0], 1e-3f);
    }

    [Fact]
    public void A_mirror_that_plain_iteration_never_rests_in_is_found_by_damping_Anderson_extrapolation_and_Broyden()
    {
        float[] start = [3, 4];
        Assert.Equal(0, SolverBench.Run(ToyCores.Mirror, 2, Solver.Plain, _e, start, 1000).First(1e-2));
        foreach (var solver in new Solver[] { new DampedSolver(), new AndersonSolver(), new ExtrapolationSolver { Cycle = 2 }, new BroydenSolver() })
        {
            var solved = SolverBench.Run(ToyCores.Mirror, 2, solver, _e, start);
            Assert.Equal([0.5f, -0.25f], solved.Final.Select(static x => MathF.Round(x, 5)));
            Assert.InRange(solved.First(1e-6), 2, 4);
        }
    }

    [Fact]
    public void A_solver_may_leave_the_basin()
    {
        // Plain iteration leaves 0, which repels, for 1; a secant through its first steps leads back to 0.
        var core = ToyCores.TwoBasins(0.5f);
        float[] start = [0.05f, 0.05f];
        Assert.Equal([1, 1], SolverBench.Run(core, 2, Solver.Plain, [0, 0], start, 100).Final);
        Assert.All(SolverBench.Run(core, 2, new AndersonSolver(), [0, 0], start).Final, x => Assert.Equal(0, x, 1e-4f));
    }

    [Fact]
    public void Mixtures_that_are_no_numbers_are_thrown_away_until_the_solver_gives_up_and_goes_on_plain()
    {
        foreach (var solver in new Solver[] { new AndersonSolver { Window = 1 }, new ExtrapolationSolver { Cycle = 2 }, new BroydenSolver() })
        {
            var solved = SolverBench.Run(ToyCores.PlainOnly(0.9f), 2, solver, [1, 2], evaluations: 300);
            Assert.Equal((3, 3, 1), (solved.Tally.Mixed, solved.Tally.Rejected, solved.Tally.GaveUp));
            Assert.Equal(20, solved.Final[1], 1e-3f);
        }
    }

    [Fact]
    public void What_the_model_itself_makes_no_number_is_said_and_touches_no_other_row()
    {
        var alone = SolverBench.Run(ToyCores.Contraction(0.5f), 2, new AndersonSolver(), [1, 1], tolerance: 1e-6);
        var solved = SolverBench.Run(ToyCores.NotANumberFrom(2), 2, new AndersonSolver(), [1, 1, 1, 1], tolerance: 1e-6);
        Assert.True(double.IsNaN(solved.Endings[1].Residual) && !solved.Endings[1].IsWithinTolerance);
        Assert.True(solved.Endings[0].IsWithinTolerance);
        Assert.Equal(40, solved.Evaluations);
        Assert.InRange(alone.Evaluations, 1, 10);
        Assert.Equal(alone.Final[0], solved.Final[0], 1e-5f);
        // A core that fails once is a mixture that failed: the solver goes back, and gets around it.
        var once = SolverBench.Run(ToyCores.NotANumberBomb, 2, new AndersonSolver(), [1, 1, 1, 1], tolerance: 1e-6);
        Assert.True(once.Endings[1].IsWithinTolerance);
        Assert.Equal(1, once.Tally.Rejected);
    }

    [Fact]
    public void A_drift_has_no_rest_and_nobody_says_it_has()
    {
        foreach (Solver solver in new Solver[] { new AndersonSolver(), new ExtrapolationSolver(), new BroydenSolver(), new DampedSolver() })
        {
            var solved = SolverBench.Run(ToyCores.Drift, 2, solver, [1, 1], evaluations: 50, tolerance: 1e-4);
            Assert.False(solved.Endings[0].IsWithinTolerance);
        }
    }

    [Fact]
    public void Plain_is_the_recurrence_itself()
    {
        var core = ToyCores.Spiral(0.3, 0.9);
        float[] e = [1, 2, 3, 4];
        var rows = RowBatch.ForPrompt(2);
        var final = new float[4];
        new RecurrentRun(core, 2, 2).Run(rows, e, new RunSettings { Limit = 17, Start = InitialState.Random(5) }, final, new RowEnding[2]);
        var start = new float[4];
        InitialState.Random(5).Fill(RowBatch.ForPrompt(2), 2, start);
        Assert.Equal(final, SolverBench.Run(core, 2, Solver.Plain, e, start, 17).Final);
        Assert.Equal(final, SolverBench.Run(core, 2, new DampedSolver(1), e, start, 17).Final);
    }

    [Theory]
    [MemberData(nameof(All))]
    public void A_row_with_a_window_of_its_own_gets_the_bits_it_gets_alone(Solver solver)
    {
        if (solver.Scope == SolverScope.WholePrompt) return;
        var core = ToyCores.Contractions([0.9f, 0.4f, -0.7f]);
        float[] e = [1, 2, 3, 4, 5, 6];
        var together = SolverBench.Run(core, 2, solver, e, evaluations: 12);
        var first = SolverBench.Run(core, 2, solver, e[..2], evaluations: 12);
        Assert.Equal(first.Final, together.Final[..2]);
        Assert.Equal(first.Images.Select(static image => image[1]), together.Images.Select(static image => image[1]));
    }

    [Fact]
    public void One_window_mixes_all_rows_with_the_same_weights()
    {
        var core = ToyCores.Contractions([0.9f, 0.4f]);
        var prompt = new AndersonSolver { Window = 1, Regularization = 0, Guard = _open, Scope = SolverScope.WholePrompt };
        var solved = SolverBench.Run(core, 2, prompt, [1, 1, 1, 1], evaluations: 3);
        // x₂ = g₁ − γ · (g₁ − g₀), with one γ for both rows.
        double Weight(int i) => (solved.Images[1][i] - solved.Points[2][i]) / ((double)solved.Images[1][i] - solved.Images[0][i]);
        Assert.Equal(Weight(0), Weight(3), 1e-5);
        Assert.NotEqual(
            SolverBench.Run(core, 2, prompt with { Scope = SolverScope.Position }, [1, 1, 1, 1], evaluations: 3).Final, solved.Final);
    }

    [Fact]
    public void It_ends_when_all_rows_are_within_the_tolerance_and_the_answer_is_a_result_of_the_core()
    {
        var solved = SolverBench.Run(ToyCores.Contractions([0.9f, 0.2f]), 2, new AndersonSolver(), [1, 2, 3, 5], tolerance: 1e-4);
        Assert.All(solved.Endings, ending => Assert.True(ending.IsWithinTolerance));
        Assert.Equal(solved.Evaluations, Math.Max(solved.First(1e-4), solved.First(1e-4, row: 1)));
        Assert.Equal(solved.Images[^1], solved.Final);
        Assert.InRange(solved.Evaluations, 3, 6);
    }

    [Theory]
    [MemberData(nameof(All))]
    public void A_run_allocates_nothing_but_the_memory_of_its_solver(Solver solver)
    {
        var run = new SolverRun(ToyCores.Spiral(0.3, 0.999), 2, 2);
        float[] e = [1, 1, 2, 3];
        var final = new float[4];
        var endings = new SolveEnding[2];
        var rows = RowBatch.ForPrompt(2);
        long Allocated(int evaluations)
        {
            var settings = new SolveSettings { Solver = solver, Evaluations = evaluations };
            // The least of several runs: the runtime itself may allocate once in a while.
            long least = long.MaxValue;
            for (int attempt = 0; attempt < 5; attempt++)
            {
                long before = GC.GetAllocatedBytesForCurrentThread();
                run.Run(rows, e, settings, final, endings);
                least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
            }

            return least;
        }

        _ = Allocated(500);
        Assert.Equal(Allocated(5), Allocated(500));
    }

    [Fact]
    public void Solvers_that_cannot_be_are_refused_with_the_range()
    {
        (Solver Solver, string Expected)[] refused =
        [
            (new DampedSolver(0), "damping is 0"), (new DampedSolver(1.5), "at most 1"), (new DampedSolver(double.NaN), "NaN"),
            (new AndersonSolver { Window = 0 }, "window is 0; give 1 to 64"), (new AndersonSolver { Window = 65 }, "65"),
            (new AndersonSolver { Regularization = -1 }, "regularisation is -1"), (new AndersonSolver { Share = 0 }, "damping"),
            (new AndersonSolver { Delay = -1 }, "delay"), (new AndersonSolver { Guard = new SolverGuard { Growth = 0.5 } }, "at least 1"),
            (new AndersonSolver { Guard = new SolverGuard { RejectedMax = 0 } }, "RejectedMax"),
            (new ExtrapolationSolver { Cycle = 1 }, "cycle is 1; give 2 to 65"), (new BroydenSolver { Memory = 0 }, "memory is 0; give 1 to 64"),
        ];
        Assert.All(refused, one => Assert.Contains(
            one.Expected, Assert.ThrowsAny<ArgumentException>(() => SolverBench.Run(ToyCores.Drift, 2, one.Solver, [1, 1])).Message));
    }

    [Fact]
    public void Windows_that_no_array_holds_are_refused_before_any_memory_is_taken()
    {
        foreach (Solver solver in new Solver[] { new AndersonSolver { Window = 63 }, new ExtrapolationSolver { Cycle = 64 }, new BroydenSolver { Memory = 64 } })
            Assert.Contains(
                "4096 windows of 64 vectors of 8192 numbers are 2147483648 numbers", Assert.Throws<ArgumentException>(() => solver.Start(4096, 8192)).Message);
    }

    [Fact]
    public void Runs_that_cannot_be_are_refused()
    {
        Assert.ThrowsAny<ArgumentException>(() => SolverBench.Run(ToyCores.Drift, 2, Solver.Plain, [1, 1], evaluations: 0));
        Assert.ThrowsAny<ArgumentException>(() => SolverBench.Run(ToyCores.Drift, 2, Solver.Plain, [1, 1], tolerance: -1));
        Assert.ThrowsAny<ArgumentException>(() => SolverBench.Run(ToyCores.Drift, 2, Solver.Plain, [1, 1], tolerance: double.NaN));
        var run = new SolverRun(ToyCores.Drift, 2, 2);
        var settings = new SolveSettings { Solver = new AndersonSolver { Scope = SolverScope.WholePrompt }, Evaluations = 3 };
        Assert.Contains("built for at most 2", Assert.Throws<ArgumentException>(() =>
            run.Run(RowBatch.ForPrompt(3), new float[6], settings, new float[6], new SolveEnding[3])).Message);
        Assert.Contains("got 4, 3 and 2", Assert.Throws<ArgumentException>(() =>
            run.Run(RowBatch.ForPrompt(2), new float[4], settings, new float[3], new SolveEnding[2])).Message);
        Assert.Contains("one at a time", Assert.Throws<ArgumentException>(() =>
            run.Run(RowBatch.ForSequences([1, 1]), new float[4], settings, new float[4], new SolveEnding[2])).Message);
    }
}
