using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using Muninn.Cli.Frame;
using Muninn.Cli.Input;
using Muninn.Engine.Model;
using Muninn.Engine.Recurrence;
using Muninn.Engine.Recurrence.Solvers;
using Muninn.Kernels;
using Muninn.Microscope.Measures.Solvers;

namespace Muninn.Cli.Results;

/// <summary>Texts read by one model with several solvers: the run behind <c>solve</c>.</summary>
sealed record SolveReading
{
    /// <summary>What was asked for.</summary>
    public required SolvePlan Plan { get; init; }

    /// <summary>What the model is called.</summary>
    public required string ModelName { get; init; }

    /// <summary>Identifies configuration and weights.</summary>
    public required string Fingerprint { get; init; }

    /// <summary>What was read.</summary>
    public required IReadOnlyList<PromptTokens> Prompts { get; init; }

    /// <summary>The figures.</summary>
    public required SolveReport Report { get; init; }

    /// <summary>What a person should know of the checkpoint besides.</summary>
    public required IReadOnlyList<string> Notes { get; init; }

    /// <summary>Reads as planned.</summary>
    /// <param name="plan">What to read, and how.</param>
    /// <param name="shell">Where progress is shown, and who may stop it.</param>
    /// <exception cref="UsageException">Options that do not fit the text or the model.</exception>
    /// <exception cref="IOException">The memory of the machine does not suffice; the message has the figures.</exception>
    /// <exception cref="OperationCanceledException">The process shall end.</exception>
    public static SolveReading Of(SolvePlan plan, Shell shell)
    {
        using var files = ModelFiles.Open(plan.Run.Model);
        var checkpoint = files.Checkpoint;
        var prompts = plan.Prompts.Select(files.TokensOf).ToList();
        int longest = prompts.Max(static tokens => tokens.Ids.Length);
        SolveMemory.Require(plan, checkpoint, longest, prompts.Sum(static tokens => (long)tokens.Ids.Length), GC.GetGCMemoryInfo().TotalAvailableMemoryBytes);
        using var pool = new WorkerPool(plan.Run.Threads ?? Reading.ThreadsFor(checkpoint.Config, longest));
        using var model = RecurrentModel.Load(checkpoint, new ModelOptions { Rotary = plan.Run.Rotary, Packing = Reading.PackingOf(plan.Run, checkpoint) }, pool);
        int horizon = plan.Run.Measure.Horizon;
        int evaluations = plan.Run.Measure.Iterations;
        // Plain iteration to the horizon, each solver, and a certificate for each of them.
        int total = prompts.Count * (horizon + evaluations * plan.Solvers.Count + plan.Solvers.Count + 1);
        using var progress = new Progress(shell, "evaluation", total);
        int done = 0;
        var comparisons = prompts.Select(tokens =>
        {
            using var run = new PromptRun(model, pool, tokens.Ids);
            var subject = SubjectOf(run, model, (in IterationView view) =>
            {
                shell.Stopping.ThrowIfCancellationRequested();
                if (view.Iteration > 0) progress.Report(++done);
            }, shell);
            return SolverComparison.Of(subject, SettingsOf(plan, tokens.Ids.Length, model.Config.Width), plan.Solvers);
        }).ToList();
        return new SolveReading
        {
            Plan = plan,
            ModelName = files.Location.Name,
            Fingerprint = files.Fingerprint,
            Prompts = prompts,
            Report = SolveReport.Of(comparisons),
            Notes = [.. checkpoint.Notes, .. checkpoint.IntegerWeights is { } weights
                ? new[] { $"The weights are {weights}: what is shown is how a nearby model is solved, not the original." } : []],
        };
    }

    static SolverSubject SubjectOf(PromptRun run, RecurrentModel model, IterationObserver watch, Shell shell) => new()
    {
        Positions = run.Positions,
        Vocabulary = model.Config.Vocabulary,
        Norm = model.FinalNorm,
        Logits = run.Logits,
        Run = (settings, observer) =>
            run.Solve(settings, new SolveEnding[run.Positions], observer + watch, shell.Stopping).Tally,
    };

    static SolverComparisonSettings SettingsOf(SolvePlan plan, int positions, int width) => new()
    {
        Tolerance = plan.Tolerance,
        Evaluations = plan.Run.Measure.Iterations,
        Horizon = plan.Run.Measure.Horizon,
        Start = plan.Run.Start.File is { } file ? InitialState.Given(StartFile.Read(file, positions, width))
            : plan.Run.Start == StartChoice.Zero ? InitialState.Zero
            : InitialState.Random(plan.Run.Seed),
    };
}
