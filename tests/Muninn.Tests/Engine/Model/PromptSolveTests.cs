using System;
using System.Threading;
using Muninn.Engine.Checkpoints;
using Muninn.Engine.Model;
using Muninn.Engine.Recurrence;
using Muninn.Engine.Recurrence.Solvers;
using Muninn.Kernels;
using Muninn.Tests.Reference;
using Xunit;

namespace Muninn.Tests.Engine.Model;

/// <summary>Solvers on a prompt of a real model, where positions see each other through attention.</summary>
public sealed class PromptSolveTests : IDisposable
{
    static readonly int[] _tokens = [5, 17, 300, 2, 9, 44];

    readonly Checkpoint _checkpoint = Checkpoint.Open(GoldenFile.FolderOf("tiny-f32"));
    readonly RecurrentModel _model;
    readonly WorkerPool _pool = new(1);

    public PromptSolveTests() => _model = RecurrentModel.Load(_checkpoint, new ModelOptions());

    public void Dispose()
    {
        _model.Dispose();
        _checkpoint.Dispose();
        _pool.Dispose();
    }

    static SolveSettings Settings(Solver solver, int evaluations, double tolerance = 0) =>
        new() { Solver = solver, Evaluations = evaluations, Tolerance = tolerance, Start = InitialState.Random(3) };

    float[] Solve(PromptRun run, SolveSettings settings) => run.Solve(settings, new SolveEnding[run.Positions]).State.ToArray();

    [Fact]
    public void Plain_gives_the_bits_of_a_run()
    {
        using var run = new PromptRun(_model, _pool, _tokens);
        float[] expected = run.Run(new RunSettings { Limit = 11, Start = InitialState.Random(3) }).ToArray();
        Assert.Equal(expected, Solve(run, Settings(Solver.Plain, 11)));
    }

    [Theory]
    [InlineData(SolverScope.Position)]
    [InlineData(SolverScope.WholePrompt)]
    public void An_evaluation_depends_on_nothing_but_the_states_it_is_taken_at(SolverScope scope)
    {
        // Whatever was evaluated before, keys and values of it are gone: the last evaluation, taken anew by itself, gives the same bits.
        using var run = new PromptRun(_model, _pool, _tokens);
        float[] point = [];
        var answer = run.Solve(Settings(new AndersonSolver { Scope = scope }, 7), new SolveEnding[_tokens.Length], (in IterationView view) =>
        {
            if (view.Iteration == 7) point = view.Previous.ToArray();
        }).State.ToArray();
        using var other = new PromptRun(_model, _pool, _tokens);
        Assert.Equal(answer, Solve(other, Settings(Solver.Plain, 1) with { Start = InitialState.Given(point) }));
    }

    [Fact]
    public void Later_positions_do_not_change_earlier_ones_where_each_has_its_own_window()
    {
        using var longer = new PromptRun(_model, _pool, _tokens);
        using var shorter = new PromptRun(_model, _pool, _tokens.AsSpan(0, 3));
        float[] all = Solve(longer, Settings(new AndersonSolver(), 9));
        Assert.Equal(Solve(shorter, Settings(new AndersonSolver(), 9)), all[..(3 * _model.Config.Width)]);
        var prompt = new AndersonSolver { Scope = SolverScope.WholePrompt };
        Assert.NotEqual(Solve(shorter, Settings(prompt, 9)), Solve(longer, Settings(prompt, 9))[..(3 * _model.Config.Width)]);
    }

    [Fact]
    public void Any_number_of_threads_and_any_run_before_give_the_same_bits()
    {
        using var two = new WorkerPool(2);
        using var run = new PromptRun(_model, _pool, _tokens);
        using var threaded = new PromptRun(_model, two, _tokens);
        float[] expected = Solve(run, Settings(new BroydenSolver(), 8));
        Assert.Equal(expected, Solve(threaded, Settings(new BroydenSolver(), 8)));
        _ = Solve(run, Settings(new ExtrapolationSolver(), 20));
        Assert.Equal(expected, Solve(run, Settings(new BroydenSolver(), 8)));
    }

    [Fact]
    public void Comes_to_rest_sooner_than_plain_and_at_the_same_point()
    {
        using var run = new PromptRun(_model, _pool, _tokens);
        var endings = new SolveEnding[_tokens.Length];
        var plain = run.Solve(Settings(Solver.Plain, 300, 1e-5), endings);
        Assert.All(endings, static ending => Assert.True(ending.IsWithinTolerance));
        int evaluations = plain.Evaluations;
        float[] rest = plain.State.ToArray();
        var solved = run.Solve(Settings(new AndersonSolver { Scope = SolverScope.WholePrompt }, 300, 1e-5), endings);
        Assert.All(endings, static ending => Assert.True(ending.IsWithinTolerance));
        Assert.InRange(solved.Evaluations, 2, evaluations - 1);
        Assert.InRange(Residual.Of(solved.State, rest), 0, 1e-3);
        Assert.Equal(solved.Evaluations - 1, solved.Tally.Mixed + solved.Tally.Plain);
    }

    [Fact]
    public void A_cancelled_run_throws_and_the_next_one_does_not()
    {
        using var run = new PromptRun(_model, _pool, _tokens);
        using var source = new CancellationTokenSource();
        Assert.Throws<OperationCanceledException>(() => run.Solve(
            Settings(new AndersonSolver(), 50), new SolveEnding[_tokens.Length],
            (in IterationView view) =>
            {
                if (view.Iteration == 4) source.Cancel();
            }, source.Token));
        Assert.Equal(_tokens.Length * _model.Config.Width, Solve(run, Settings(new AndersonSolver(), 5)).Length);
    }
}
