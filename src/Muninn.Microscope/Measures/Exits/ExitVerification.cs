using System;
using System.Collections.Generic;
using System.Linq;
using Muninn.Engine.Model;
using Muninn.Engine.Recurrence;

namespace Muninn.Microscope.Measures.Exits;

/// <summary>
/// A real run of one prompt with a rule, beside its replay: in the real run tokens that have stopped are attended to as they
/// stopped, which a replay cannot know.
/// </summary>
/// <param name="Iterations">Iterations of each token in the real run, <c>[T]</c>.</param>
/// <param name="RuleMet">Whether the rule stopped it, <c>[T]</c>; false: it ran to the limit.</param>
/// <param name="Divergence">Σ p_full (ln p_full − ln p_real), in nats, <c>[T]</c>.</param>
/// <param name="Changed">Whether the likeliest next token is another than at full depth, <c>[T]</c>.</param>
public sealed record ExitVerification(int[] Iterations, bool[] RuleMet, float[] Divergence, bool[] Changed)
{
    /// <summary>Runs the prompt with a rule.</summary>
    /// <param name="run">The prompt that was recorded.</param>
    /// <param name="recording">Its full-depth run.</param>
    /// <param name="rule">The rule.</param>
    /// <param name="settings">Where the recorded run started; its limit and rule are not read.</param>
    public static ExitVerification Of(PromptRun run, ExitRecording recording, ExitRule rule, RunSettings settings)
    {
        ArgumentNullException.ThrowIfNull(run);
        ArgumentNullException.ThrowIfNull(recording);
        ArgumentNullException.ThrowIfNull(rule);
        ArgumentNullException.ThrowIfNull(settings);
        if (run.Positions != recording.Positions)
            throw new ArgumentException(
                $"The run has {run.Positions} positions, the recording {recording.Positions}; give the prompt that was recorded.", nameof(run));
        var final = run.Run(settings with { Limit = recording.Limit, Exit = rule });
        RowEnding[] endings = [.. run.Endings];
        var x = new float[final.Length];
        run.Coda(final, x);
        var (divergence, changed) = LogitRows.Compare(recording.Readout, x, recording.FullDepth, recording.Positions);
        return new ExitVerification(
            [.. endings.Select(static ending => ending.Iterations)],
            [.. endings.Select(static ending => ending.Reason == ExitReason.RuleMet)], divergence, changed);
    }
}

/// <summary>Real runs of all prompts with one rule, beside its replay.</summary>
public sealed record VerifiedExit
{
    /// <summary>The replay.</summary>
    public required ExitOutcome Replay { get; init; }

    /// <summary>Iterations of each token, <c>[tokens]</c>, prompt after prompt.</summary>
    public required int[] Iterations { get; init; }

    /// <summary>Whether the rule stopped it, <c>[tokens]</c>; false: it ran to the limit.</summary>
    public required bool[] RuleMet { get; init; }

    /// <summary>Σ p_full (ln p_full − ln p_real), in nats, <c>[tokens]</c>.</summary>
    public required float[] Divergence { get; init; }

    /// <summary>Whether the likeliest next token is another than at full depth, <c>[tokens]</c>.</summary>
    public required bool[] Changed { get; init; }

    /// <summary>Mean of <see cref="Iterations"/>.</summary>
    public double IterationsMean => Iterations.Average();

    /// <summary>Mean of <see cref="Divergence"/>; NaN where one is.</summary>
    public double DivergenceMean => Divergence.Average(static value => (double)value);

    /// <summary>How many are <see cref="Changed"/>.</summary>
    public int ChangedCount => Changed.Count(static changed => changed);

    /// <summary>Tokens that stopped at the same iteration as in the replay.</summary>
    public int SameStops => Iterations.Zip(Replay.Iterations).Count(static pair => pair.First == pair.Second);

    /// <summary>The largest difference of iterations.</summary>
    public int LargestShift => Iterations.Zip(Replay.Iterations).Max(static pair => Math.Abs(pair.First - pair.Second));

    /// <summary>Joins the runs of all prompts.</summary>
    /// <param name="replay">The replay.</param>
    /// <param name="runs">A real run of each prompt, in the order of the replay.</param>
    /// <exception cref="ArgumentException">They have not as many tokens.</exception>
    public static VerifiedExit Of(ExitOutcome replay, IReadOnlyList<ExitVerification> runs)
    {
        ArgumentNullException.ThrowIfNull(replay);
        ArgumentNullException.ThrowIfNull(runs);
        int tokens = runs.Sum(static run => run.Iterations.Length);
        if (tokens != replay.Iterations.Length)
            throw new ArgumentException($"The runs have {tokens} tokens, the replay {replay.Iterations.Length}; give one run for each prompt.", nameof(runs));
        return new VerifiedExit
        {
            Replay = replay,
            Iterations = [.. runs.SelectMany(static run => run.Iterations)],
            RuleMet = [.. runs.SelectMany(static run => run.RuleMet)],
            Divergence = [.. runs.SelectMany(static run => run.Divergence)],
            Changed = [.. runs.SelectMany(static run => run.Changed)],
        };
    }
}
