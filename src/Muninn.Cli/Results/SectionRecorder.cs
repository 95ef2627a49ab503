using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using Muninn.Cli.Frame;
using Muninn.Cli.Input;
using Muninn.Engine.Checkpoints;
using Muninn.Engine.Model;
using Muninn.Engine.Recurrence;
using Muninn.Microscope.Addresses;
using Muninn.Microscope.Measures.Exits;
using Muninn.Microscope.Measures.Lenses;
using Muninn.Microscope.Recordings;

namespace Muninn.Cli.Results;

/// <summary>Measures the sections of a recording, by the same means as the commands that show them.</summary>
/// <param name="sections">Which ones.</param>
sealed class SectionRecorder(SectionPlan sections)
{
    PatternRecorder? _patterns;
    ExitRecording? _exits;
    LensMeter? _lens;

    /// <summary>The plan of a run from which the sections can be measured.</summary>
    /// <param name="plan">What else is read.</param>
    /// <param name="stopping">Ends the run.</param>
    public RunPlan Needs(RunPlan plan, CancellationToken stopping)
    {
        if (sections.IsEmpty) return plan;
        var measure = plan.Measure;
        IEnumerable<int> states = plan.StatesWanted;
        if (sections.Dynamics is not null) states = states.Concat(Enumerable.Range(0, measure.Iterations + 1)).Append(measure.Horizon);
        if (sections.Classes is not null) states = states.Concat(Enumerable.Range(0, measure.Horizon + 1));
        return plan with
        {
            StatesWanted = [.. states.Distinct().Order()],
            FewerStates = plan.FewerStates ?? "List fewer iterations in --states, --lens and --attention, record fewer measures, or give a shorter text.",
            TangentsWanted = plan.TangentsWanted || sections.Dynamics is not null,
            BytesBeside = (config, positions) => (plan.BytesBeside?.Invoke(config, positions) ?? 0) + BytesFor(config, positions, measure.Iterations),
            Watch = (run, model) => Watch(plan, run, model, stopping),
        };
    }

    /// <summary>The recording with its sections.</summary>
    /// <param name="recording">The recording.</param>
    /// <param name="reading">The run that it is of.</param>
    /// <param name="shell">Who may stop it.</param>
    public Recording Complete(Recording recording, Reading reading, Shell shell)
    {
        var labels = recording.Tokens.Labels;
        var measure = reading.Plan.Measure;
        if (_lens is { } lens) recording = recording with { Lens = RecordedLens.Of(lens.ToTable(), reading.LabelOf) };
        if (sections.Dynamics is { } settings)
        {
            using var pass = reading.Tangents();
            var trajectory = reading.Trajectory.Only(Enumerable.Range(0, measure.Iterations + 1).Append(measure.Horizon));
            recording = recording with
            {
                Dynamics = RecordedDynamics.Of(LongMeasures.Dynamics(pass, trajectory, settings, shell), settings, labels),
            };
        }

        if (sections.Classes is { } motion)
        {
            var trajectory = reading.Trajectory.Only(Enumerable.Range(0, measure.Horizon + 1));
            recording = recording with { Classes = RecordedClasses.Of(LongMeasures.Motion(trajectory, motion, reading.Plan.Threads, shell), labels) };
        }

        if (_exits is { } exits)
            recording = recording with { Exits = RecordedExits.Of(ExitTable.Of([exits], sections.Exits, reading.Config), ExitReading.NameOf) };
        return _patterns is { } patterns ? recording with { Patterns = patterns.ToPatterns() } : recording;
    }

    IterationObserver Watch(RunPlan plan, PromptRun run, RecurrentModel model, CancellationToken stopping)
    {
        if (sections.Attention.Count > 0)
        {
            _patterns = new PatternRecorder(RunShape.Of(model.Config, run.Positions, plan.Limit), model.Config.CoreBlocks - 1, sections.Attention);
            run.SiteWatch = _patterns.Sites;
        }

        IterationObserver observer = static (in IterationView _) => { };
        if (sections.Lens is null && sections.Exits.Count == 0) return observer;
        var coda = Readout.Of(LensKind.Coda, run, model);
        var readout = coda with
        {
            Head = (x, rows, logits) =>
            {
                stopping.ThrowIfCancellationRequested();
                coda.Head(x, rows, logits);
            },
        };
        if (sections.Lens is { } lens)
        {
            _lens = new LensMeter(run.Tokens, readout, lens with { TopCount = Math.Min(lens.TopCount, model.Config.Vocabulary) });
            observer += _lens.Observe;
        }

        if (sections.Exits.Count > 0)
        {
            _exits = new ExitRecording(run.Positions, readout, plan.Measure.Iterations, plan.Measure.Horizon);
            observer += _exits.Observe;
        }

        return observer;
    }

    long BytesFor(ModelConfig config, int positions, int iterations)
    {
        double bytes = sections.Dynamics is { } settings ? DynamicsPlan.BytesFor(config, positions, settings) : 0;
        if (sections.Exits.Count > 0) bytes += ExitRecording.BytesFor(positions, config.Width, iterations);
        if (sections.Lens is { Iterations: { } read } lens)
            bytes += LensMeter.BytesFor(positions, config.Width, config.Vocabulary, read.Count, read.Count, Math.Min(lens.TopCount, config.Vocabulary));
        return (long)Math.Min(long.MaxValue / 2, bytes + PatternRecorder.BytesFor(positions, sections.Attention.Count));
    }
}
