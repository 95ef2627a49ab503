using System;
using System.Collections.Generic;
using System.Linq;
using Muninn.Engine.Checkpoints;
using Muninn.Engine.Recurrence;

namespace Muninn.Microscope.Measures.Exits;

/// <summary>What one candidate saves and costs, over all tokens of all prompts.</summary>
public sealed record ExitOutcome
{
    /// <summary>The candidate.</summary>
    public required ExitCandidate Candidate { get; init; }

    /// <summary>Iterations of each token, <c>[tokens]</c>, prompt after prompt.</summary>
    public required int[] Iterations { get; init; }

    /// <summary>Whether a rule stopped it, <c>[tokens]</c>.</summary>
    public required bool[] RuleMet { get; init; }

    /// <summary>Σ p_full (ln p_full − ln p_exit), in nats, <c>[tokens]</c>; NaN where logits are not finite.</summary>
    public required float[] Divergence { get; init; }

    /// <summary>Whether the likeliest next token is another than at full depth, <c>[tokens]</c>.</summary>
    public required bool[] Changed { get; init; }

    /// <summary>Block passes of each token, on average: prelude, core at each iteration, coda at each check and at the end.</summary>
    public required double BlockPassesMean { get; init; }

    /// <summary>Mean of <see cref="Iterations"/>.</summary>
    public double IterationsMean => Iterations.Average();

    /// <summary>Mean of <see cref="Divergence"/>; NaN where one is.</summary>
    public double DivergenceMean => Divergence.Average(static value => (double)value);

    /// <summary>The largest of <see cref="Divergence"/>; NaN where one is.</summary>
    public double DivergenceWorst => Divergence.Aggregate(0.0, static (worst, value) => Math.Max(worst, value));

    /// <summary>How many are <see cref="Changed"/>.</summary>
    public int ChangedCount => Changed.Count(static changed => changed);

    /// <summary>Nothing has both fewer iterations and a smaller mean divergence.</summary>
    public bool OnDivergenceFront { get; init; }

    /// <summary>Nothing has both fewer iterations and fewer changed answers.</summary>
    public bool OnAnswerFront { get; init; }

    /// <summary>Nothing has both fewer block passes and a smaller mean divergence.</summary>
    public bool OnPassFront { get; init; }
}

/// <summary>Exit rules and thresholds side by side, replayed on full-depth runs of some prompts.</summary>
public sealed record ExitTable
{
    /// <summary>Full depth.</summary>
    public required int Limit { get; init; }

    /// <summary>The iteration that full depth itself is compared with.</summary>
    public required int Horizon { get; init; }

    /// <summary>Tokens of each prompt.</summary>
    public required IReadOnlyList<int> Prompts { get; init; }

    /// <summary>One for each candidate, in the order given.</summary>
    public required IReadOnlyList<ExitOutcome> Outcomes { get; init; }

    /// <summary>Mean divergence from full depth where every token stops at the same depth, in nats, <c>[limit]</c>; the first is depth 1. NaN where logits are not finite.</summary>
    public required double[] DepthDivergence { get; init; }

    /// <summary>Blocks that a token passes when all stop at the same depth, <c>[limit]</c>.</summary>
    public required int[] DepthBlockPasses { get; init; }

    /// <summary>
    /// The divergence of the horizon's distribution from full depth's, in nats, <c>[tokens]</c>. Divergences of exits that are not
    /// well above its mean say nothing: full depth is no nearer to where the model comes to rest.
    /// </summary>
    public required float[] FullDepthDivergence { get; init; }

    /// <summary>Tokens whose likeliest next token still changes between full depth and the horizon.</summary>
    public required int FullDepthChanged { get; init; }

    /// <summary>All tokens.</summary>
    public int Tokens => Prompts.Sum();

    /// <summary>Mean of <see cref="FullDepthDivergence"/>.</summary>
    public double FullDepthDivergenceMean => FullDepthDivergence.Average(static value => (double)value);

    /// <summary>Tokens with logits that are not finite at an exit or at full depth: their divergence, and so every mean, is none.</summary>
    public int NotFinite => Enumerable.Range(0, Tokens).Count(t => Outcomes.Any(outcome => float.IsNaN(outcome.Divergence[t])));

    /// <summary>Replays candidates on recordings.</summary>
    /// <param name="recordings">One for each prompt, at least one, all of the same depth.</param>
    /// <param name="candidates">At least one.</param>
    /// <param name="config">The model, whose blocks are counted.</param>
    public static ExitTable Of(IEnumerable<ExitRecording> recordings, IReadOnlyList<ExitCandidate> candidates, ModelConfig config)
    {
        ArgumentNullException.ThrowIfNull(recordings);
        ArgumentNullException.ThrowIfNull(candidates);
        ArgumentNullException.ThrowIfNull(config);
        if (candidates.Count == 0)
            throw new ArgumentException("There is no candidate; give at least one rule or depth.", nameof(candidates));
        var prompts = new List<int>();
        var exits = new List<PromptExits>();
        var full = new List<(float[] Divergence, bool[] Changed)>();
        var (limit, horizon) = (0, 0);
        // One at a time: the recordings may be made as they are asked for.
        foreach (var recording in recordings)
        {
            if (prompts.Count > 0 && (recording.Limit, recording.Horizon) != (limit, horizon))
                throw new ArgumentException(
                    $"Recordings of {limit} and {recording.Limit} iterations, horizons {horizon} and {recording.Horizon}, cannot share a table.", nameof(recordings));
            (limit, horizon) = (recording.Limit, recording.Horizon);
            prompts.Add(recording.Positions);
            exits.Add(recording.Replay(candidates));
            full.Add(recording.FullDepthAgainstHorizon());
        }

        if (prompts.Count == 0)
            throw new ArgumentException("There is no recording; give at least one prompt.", nameof(recordings));
        ExitOutcome[] outcomes = [.. candidates.Select((candidate, c) => Outcome(candidate, c, exits, limit, config))];
        return new ExitTable
        {
            Limit = limit,
            Horizon = horizon,
            Prompts = prompts,
            Outcomes = WithFronts(outcomes),
            DepthDivergence = [.. Enumerable.Range(0, limit).Select(d => exits.Sum(e => e.DepthDivergence[d]) / prompts.Sum())],
            DepthBlockPasses = [.. Enumerable.Range(1, limit).Select(depth => config.PreludeBlocks + config.CoreBlocks * depth + config.CodaBlocks)],
            FullDepthDivergence = [.. full.SelectMany(static f => f.Divergence)],
            FullDepthChanged = full.Sum(static f => f.Changed.Count(static changed => changed)),
        };
    }

    static ExitOutcome Outcome(ExitCandidate candidate, int c, List<PromptExits> exits, int limit, ModelConfig config)
    {
        int[] iterations = [.. exits.SelectMany(e => e.Iterations[c])];
        bool[] met = [.. exits.SelectMany(e => e.RuleMet[c])];
        return new ExitOutcome
        {
            Candidate = candidate,
            Iterations = iterations,
            RuleMet = met,
            Divergence = [.. exits.SelectMany(e => e.Divergence[c])],
            Changed = [.. exits.SelectMany(e => e.Changed[c])],
            BlockPassesMean = config.PreludeBlocks + iterations.Average(i =>
                (double)config.CoreBlocks * i + config.CodaBlocks * CodaPasses(candidate.Rule, i, limit)),
        };
    }

    /// <summary>Times that the coda runs for a token: a rule that stops it by its logits needs it no more at the end.</summary>
    static int CodaPasses(ExitRule? rule, int iterations, int limit)
    {
        if (rule is not { ReadsLogits: true })
            return 1;
        int checks = iterations / rule.CodaInterval;
        return iterations == limit && limit % rule.CodaInterval != 0 ? checks + 1 : checks;
    }

    static ExitOutcome[] WithFronts(ExitOutcome[] outcomes)
    {
        double[] iterations = [.. outcomes.Select(static o => o.IterationsMean)];
        double[] divergence = [.. outcomes.Select(static o => o.DivergenceMean)];
        bool[] byDivergence = ParetoFront.Of(iterations, divergence);
        bool[] byAnswers = ParetoFront.Of(iterations, [.. outcomes.Select(static o => (double)o.ChangedCount)]);
        bool[] byPasses = ParetoFront.Of([.. outcomes.Select(static o => o.BlockPassesMean)], divergence);
        return [.. outcomes.Select((outcome, i) => outcome with
        {
            OnDivergenceFront = byDivergence[i],
            OnAnswerFront = byAnswers[i],
            OnPassFront = byPasses[i],
        })];
    }
}
