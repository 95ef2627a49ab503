using System.IO;
using Muninn.Cli.Input;
using Muninn.Cli.Results;
using Muninn.Engine.Checkpoints;
using Muninn.Engine.Model;
using Muninn.Engine.Recurrence.Solvers;
using Muninn.Microscope.Measures;
using Muninn.Tests.Engine.Text;
using Muninn.Tests.Reference;
using Xunit;

namespace Muninn.Tests.Cli;

public sealed class SolveMemoryTests
{
    static SolvePlan Plan(string solvers) => new()
    {
        Run = new RunPlan
        {
            Prompt = new Prompt(null, [5, 6, 7], "the test", new PromptFrame.Bare()),
            Model = "given",
            Measure = new ConvergenceSettings { Iterations = 64, Horizon = 128 },
            Start = StartChoice.Zero,
            Rotary = RotarySource.Exact,
            Seed = 0,
            Threads = 1,
        },
        Questions = null,
        Solvers = Solvers.Parse(solvers),
        Tolerance = 1e-4,
    };

    [Fact]
    public void What_does_not_fit_is_refused_with_the_windows_it_would_need()
    {
        using var checkpoint = Checkpoint.Open(TextGoldens.SeedlingFolder);
        SolveMemory.Require(Plan("anderson:5"), checkpoint, 100, 100, 1e9);
        SolveMemory.Require(Plan("plain"), checkpoint, 1000, 1000, 4e8);
        // 1000 windows of 2 · 65 states of 128 numbers, and the best of each.
        var error = Assert.Throws<IOException>(() => SolveMemory.Require(Plan("anderson:3,anderson:64"), checkpoint, 1000, 1000, 4e7));
        Assert.Contains($"1000 tokens of width 128 need {Amount.Bytes(1000.0 * 4 * 128 * 131)} for the windows of the largest solver", error.Message);
        Assert.Contains("Give solvers with smaller windows, fewer of them, a shorter text, or fewer questions.", error.Message);
    }

    [Fact]
    public void What_is_kept_of_every_text_counts_for_all_of_them()
    {
        var plan = Plan("anderson,damped:0.5");
        using var checkpoint = Checkpoint.Open(GoldenFile.FolderOf("tiny-f32"));
        // Residuals of 128 + 2 · 64 evaluations and the horizon's; three certificates.
        Assert.Equal(1000 * (8.0 * 257 + 37 * 3), SolveMemory.KeptBytes(plan, 1000));
        const double Available = 64 << 20;
        SolveMemory.Require(plan, checkpoint, 3, 3, Available);
        Assert.Contains("of 30000 tokens in all", Assert.Throws<IOException>(() => SolveMemory.Require(plan, checkpoint, 3, 30_000, Available)).Message);
    }

    [Fact]
    public void A_window_is_as_large_as_it_says()
    {
        Assert.Equal(0, Solver.Plain.BytesPerWindow(100) + new DampedSolver().BytesPerWindow(100));
        Assert.Equal(4 * 100 * (2 * 4 + 1), new AndersonSolver { Window = 3 }.BytesPerWindow(100));
        Assert.Equal(4 * 100 * (2 * 4 + 1), new ExtrapolationSolver { Cycle = 4 }.BytesPerWindow(100));
        Assert.Equal(100 * (4 * 3 + 2 * 8 * 7), new BroydenSolver { Memory = 7 }.BytesPerWindow(100));
    }
}
