using System;
using System.Collections.Generic;
using System.Linq;
using Muninn.Cli.Frame;
using Muninn.Cli.Input;
using Muninn.Engine.Model;
using Muninn.Engine.Recurrence;
using Muninn.Microscope.Measures;
using Muninn.Microscope.Measures.Exits;
using Muninn.Microscope.Measures.Lenses;

namespace Muninn.Cli.Results;

/// <summary>Texts, and every exit rule replayed on them.</summary>
/// <param name="Source">The model and the texts.</param>
/// <param name="Table">The replays.</param>
/// <param name="Verified">Real runs, where they were asked for.</param>
sealed record ExitReading(PromptModel Source, ExitTable Table, IReadOnlyList<VerifiedExit> Verified) : IDisposable
{
    /// <summary>What the table shows, in words.</summary>
    public IReadOnlyList<Finding> Findings => field ??= ExitFindings.Describe(Table, Verified, NameOf);

    /// <summary>What to call a candidate.</summary>
    public static string NameOf(ExitCandidate candidate) =>
        candidate.Rule is { } rule ? ExitRules.TextOf(rule) : FormattableString.Invariant($"{ExitRules.Fixed} {candidate.Depth}");

    /// <summary>Reads as planned.</summary>
    /// <param name="plan">Model and run; its iterations are full depth.</param>
    /// <param name="prompts">The texts.</param>
    /// <param name="candidates">What is replayed.</param>
    /// <param name="isVerified">Which of them are then run for real.</param>
    /// <param name="shell">Where progress is shown.</param>
    public static ExitReading Of(
        RunPlan plan, IReadOnlyList<Prompt> prompts, IReadOnlyList<ExitCandidate> candidates, Func<ExitOutcome, bool> isVerified, Shell shell)
    {
        var source = PromptModel.Open(
            plan, prompts, (config, positions) => ExitRecording.BytesFor(positions, config.Width, plan.Measure.Iterations),
            "Give shorter texts, or fewer --iterations.", shell);
        try
        {
            using var progress = new Progress(shell, "text", source.Prompts.Count);
            var table = ExitTable.Of(Recordings(source, progress, shell).Select(static r => r.Recording), candidates, source.Model.Config);
            ExitOutcome[] wanted = [.. table.Outcomes.Where(o => o.Candidate.Rule is not null && isVerified(o))];
            return new ExitReading(source, table, wanted.Length == 0 ? [] : Verify(source, wanted, shell));
        }
        catch
        {
            source.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => Source.Dispose();

    static List<VerifiedExit> Verify(PromptModel source, ExitOutcome[] wanted, Shell shell)
    {
        var all = wanted.Select(static _ => new List<ExitVerification>()).ToList();
        using var progress = new Progress(shell, "text run for real", source.Prompts.Count);
        foreach (var (run, recording, settings) in Recordings(source, progress, shell))
        {
            for (int i = 0; i < wanted.Length; i++)
            {
                shell.Stopping.ThrowIfCancellationRequested();
                all[i].Add(ExitVerification.Of(run, recording, wanted[i].Candidate.Rule!, settings));
            }
        }

        return [.. wanted.Zip(all, VerifiedExit.Of)];
    }

    /// <summary>The full-depth run of one prompt after the other; each is gone when the next is asked for.</summary>
    static IEnumerable<(PromptRun Run, ExitRecording Recording, RunSettings Settings)> Recordings(PromptModel source, Progress progress, Shell shell)
    {
        var measure = source.Plan.Measure;
        for (int i = 0; i < source.Prompts.Count; i++)
        {
            int[] ids = source.Prompts[i].Ids;
            using var run = new PromptRun(source.Model, source.Pool, ids);
            var recording = new ExitRecording(ids.Length, source.ReadoutOf(LensKind.Coda, run, shell.Stopping), measure.Iterations, measure.Horizon);
            var settings = new RunSettings { Limit = measure.Horizon, Start = source.StartOf(ids.Length) };
            run.Run(settings, observer: recording.Observe, cancellation: shell.Stopping);
            yield return (run, recording, settings);
            progress.Report(i + 1);
        }
    }
}
