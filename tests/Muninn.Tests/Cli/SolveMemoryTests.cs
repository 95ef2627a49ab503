using System.IO;
using Muninn.Cli.Input;
using Muninn.Cli.Results;
using Muninn.Engine.Checkpoints;
using Muninn.Engine.Model;
using Muninn.Engine.Recurrence.Solvers;
using Muninn.Microscope.Measures;
using Muninn.Tests.Reference;
using Xunit;

namespace Muninn.Tests.Cli;

public sealed class SolveMemoryTests
{
    static readonly SolvePlan _plan = new()
    {
        Run = new RunPlan
        {
            Prompt = new Prompt(null, [5, 6, 7], "the test", new PromptFrame.Bare()),
            Model = "tiny-f32",
            Measure = new ConvergenceSettings { Iterations = 64, Horizon = 128 },
            Start = StartChoice.Zero,
            Rotary = RotarySource.Exact,
            Seed = 0,
            Threads = 1,
        },
        Solvers = [("anderson", new AndersonSolver()), ("half", new DampedSolver(0.5))],
        Tolerance = 1e-4,
        Questions = null,
    };

    [Fact]
    public void What_is_kept_of_every_text_counts_for_all_of_them()
    {
        using var checkpoint = Checkpoint.Open(GoldenFile.FolderOf("tiny-f32"));
        // Residuals of 128 + 2 · 64 evaluations and the horizon's; three certificates.
        Assert.Equal(1000 * (8.0 * 257 + 37 * 3), SolveMemory.KeptBytes(_plan, 1000));
        const double Available = 64 << 20;
        SolveMemory.Require(_plan, checkpoint, 3, 3, Available);
        Assert.Contains("of 30000 tokens in all", Assert.Throws<IOException>(() => SolveMemory.Require(_plan, checkpoint, 3, 30_000, Available)).Message);
    }
}
