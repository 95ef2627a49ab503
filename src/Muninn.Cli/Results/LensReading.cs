using System;
using System.Collections.Generic;
using Muninn.Cli.Frame;
using Muninn.Cli.Input;
using Muninn.Engine.Checkpoints;
using Muninn.Engine.Model;
using Muninn.Engine.Recurrence;
using Muninn.Microscope.Measures;
using Muninn.Microscope.Measures.Lenses;

namespace Muninn.Cli.Results;

/// <summary>One text under the lens: the table, and what is needed to show it.</summary>
/// <param name="Source">The model and the text.</param>
/// <param name="Aligned">The table, as it is shown.</param>
sealed record LensReading(PromptModel Source, AlignedLens Aligned) : IDisposable
{
    /// <summary>Most memory for readings: beyond it the prompt is run again for the others.</summary>
    const double HeldMost = 1L << 30;

    /// <summary>The table.</summary>
    public LensTable Table => Aligned.Table;

    /// <summary>The text.</summary>
    public PromptTokens Tokens => Source.Prompts[0];

    /// <summary>What the table shows, in words.</summary>
    public IReadOnlyList<Finding> Findings => field ??= LensFindings.Describe(Table, Tokens.Labels);

    /// <summary>Reads as planned.</summary>
    /// <param name="plan">Text, model and run.</param>
    /// <param name="kind">Which lens.</param>
    /// <param name="blocks">Whether the core's blocks are read too.</param>
    /// <param name="alignment">How the table is shown.</param>
    /// <param name="settings">What is read.</param>
    /// <param name="shell">Where progress is shown.</param>
    public static LensReading Of(
        RunPlan plan, LensKind kind, bool blocks, LensAlignment alignment, LensSettings settings, Shell shell)
    {
        var source = PromptModel.Open(plan, [plan.Prompt], Bytes, "Give a shorter text, or a smaller --horizon.", shell);
        try
        {
            var config = source.Model.Config;
            if (settings.TopCount > config.Vocabulary)
                throw new UsageException(
                    $"--top is {settings.TopCount}, but the vocabulary of {source.Name} has {config.Vocabulary} tokens. Give 1 to {config.Vocabulary}.");
            int[] ids = source.Prompts[0].Ids;
            using var run = new PromptRun(source.Model, source.Pool, ids);
            var outputs = blocks ? new CoreBlockOutputs(config.CoreBlocks, ids.Length, config.Width) : null;
            run.SiteWatch = outputs?.Watch;
            var meter = new LensMeter(ids, source.ReadoutOf(kind, run, shell.Stopping), settings, (long)HeldMost, outputs);
            Iterate(run, meter, source.StartOf(ids.Length), shell);
            return new LensReading(source, new AlignedLens(meter.ToTable(), alignment));
        }
        catch
        {
            source.Dispose();
            throw;
        }

        double Bytes(ModelConfig config, int positions)
        {
            double readings = (settings.Horizon + 1.0) * (blocks ? config.CoreBlocks : 1);
            double held = Math.Min(readings, Math.Max(blocks ? config.CoreBlocks : 1, HeldMost / (sizeof(float) * (double)positions * config.Width)));
            return LensMeter.BytesFor(positions, config.Width, config.Vocabulary, held, readings, settings.TopCount);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => Source.Dispose();

    static void Iterate(PromptRun run, LensMeter meter, InitialState start, Shell shell)
    {
        int again = 0;
        for (int i = 1; i < meter.Limits.Count; i++) again += meter.Limits[i];
        using var progress = new Progress(shell, "iteration", meter.Limits[0], again);
        int before = 0;
        foreach (int limit in meter.Limits)
        {
            IterationObserver observer = meter.Observe;
            observer += (in IterationView iteration) =>
            {
                shell.Stopping.ThrowIfCancellationRequested();
                progress.Report(before + iteration.Iteration);
            };
            run.Run(new RunSettings { Limit = limit, Start = start }, observer: observer, cancellation: shell.Stopping);
            before += limit;
        }
    }
}
