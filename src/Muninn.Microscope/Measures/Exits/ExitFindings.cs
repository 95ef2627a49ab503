using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;

namespace Muninn.Microscope.Measures.Exits;

/// <summary>Reads an <see cref="ExitTable"/> in words, from the numbers alone.</summary>
public static class ExitFindings
{
    /// <summary>The mean divergence up to which a rule is spoken of, in nats: an arbitrary line, small beside the entropy of most next tokens.</summary>
    const double Acceptable = 0.01;

    /// <summary>A real run is worse than its replay when its divergence is this many times as large.</summary>
    const double Worse = 3;

    /// <summary>Fewer tokens than this say little about other texts.</summary>
    const int TokensMin = 200;

    /// <summary>The findings, the most important first.</summary>
    /// <param name="table">The measure.</param>
    /// <param name="verified">Real runs; none: nothing is said of them.</param>
    /// <param name="nameOf">What to call a candidate.</param>
    public static IReadOnlyList<Finding> Describe(ExitTable table, IReadOnlyList<VerifiedExit> verified, Func<ExitCandidate, string> nameOf)
    {
        ArgumentNullException.ThrowIfNull(table);
        ArgumentNullException.ThrowIfNull(verified);
        ArgumentNullException.ThrowIfNull(nameOf);
        Finding?[] findings = [NotFinite(table), Cheapest(table, nameOf), Real(table, verified, nameOf), Kindness(table, verified, nameOf), FullDepth(table), Sample(table)];
        return [.. findings.OfType<Finding>()];
    }

    static Finding? NotFinite(ExitTable table) => table.NotFinite == 0 ? null : new Finding(FindingKind.LostLogits,
        $"{table.NotFinite} of {table.Tokens} tokens have logits that are not finite: means over all tokens are none.", []);

    static Finding? Cheapest(ExitTable table, Func<ExitCandidate, string> nameOf)
    {
        var rule = table.Outcomes.Where(static o => o.Candidate.Rule is not null && o.DivergenceMean <= Acceptable).MinBy(static o => o.IterationsMean);
        // Every depth below the full one is tried, for a rule must beat the best of them.
        int depth = 1 + Array.FindIndex(table.DepthDivergence[..^1], static mean => mean <= Acceptable);
        if (rule is null && depth == 0)
            return new Finding(FindingKind.Exit, string.Create(CultureInfo.InvariantCulture,
                $"Nothing that was tried keeps the mean divergence from full depth within {Acceptable} nats."), []);
        string same = depth == 0 ? "no depth below the full one does it for all"
            : string.Create(CultureInfo.InvariantCulture,
                $"the same depth for all does it with {depth} ({table.DepthBlockPasses[depth - 1]} block passes, {Findings.Number(table.DepthDivergence[depth - 1])} nats)");
        if (rule is null)
            return new Finding(FindingKind.Exit, $"No rule keeps the mean divergence within {Findings.Number(Acceptable)} nats; {same}.", []);
        int rival = depth == 0 ? table.Limit : depth;
        double saved = 1 - rule.BlockPassesMean / table.DepthBlockPasses[rival - 1];
        string verdict = rule.IterationsMean >= rival ? ": no rule needs fewer"
            : saved <= 0 ? ": with the passes of its checks the rule costs no less"
            : string.Create(CultureInfo.InvariantCulture, $": the rule saves {100 * saved:0.#} % of those passes, its checks included");
        return new Finding(FindingKind.Exit, $"{Cost(rule, nameOf)}; {same}{verdict}." + Chosen(table), []);
    }

    // The best of many looks better on the tokens it was chosen by than on others.
    static string Chosen(ExitTable table) => string.Create(CultureInfo.InvariantCulture,
        $" The rule was chosen among {table.Outcomes.Count} candidates on these very tokens: expect less on other texts.");

    /// <summary>The cheapest rule of those that were run for real.</summary>
    static Finding? Real(ExitTable table, IReadOnlyList<VerifiedExit> verified, Func<ExitCandidate, string> nameOf)
    {
        if (verified.Count == 0)
            return null;
        var best = verified.Where(static v => v.DivergenceMean <= Acceptable).MinBy(static v => v.IterationsMean);
        return new Finding(FindingKind.Exit, best is null
            ? string.Create(CultureInfo.InvariantCulture, $"Of the {verified.Count} rules that were run for real none keeps the mean divergence within {Acceptable} nats.")
            : string.Create(CultureInfo.InvariantCulture,
                $"Run for real, the fewest are {best.IterationsMean:0.0}, by {nameOf(best.Replay.Candidate)} ({Findings.Number(best.DivergenceMean)} nats, {best.ChangedCount} of {table.Tokens} answers changed)."), []);
    }

    /// <summary>Where replays are kinder than real runs.</summary>
    static Finding? Kindness(ExitTable table, IReadOnlyList<VerifiedExit> verified, Func<ExitCandidate, string> nameOf)
    {
        if (verified.Count == 0)
            return null;
        double floor = table.FullDepthDivergenceMean;
        // What is not a number compares with nothing: it is named, never counted as near.
        int lost = verified.Count(v => !double.IsFinite(v.DivergenceMean) || !double.IsFinite(v.Replay.DivergenceMean));
        if (lost > 0 || !double.IsFinite(floor))
            return new Finding(FindingKind.Exit,
                $"Whether replays are too kind cannot be told: {(lost > 0 ? $"{lost} of {verified.Count} real runs or their replays have" : "full depth has")} logits that are not finite.", []);
        var worse = verified.Where(v => v.DivergenceMean > Worse * Math.Max(floor, v.Replay.DivergenceMean)).ToList();
        if (worse.Count == 0)
            return new Finding(FindingKind.Exit,
                $"In real runs of {verified.Count} rule{(verified.Count == 1 ? "" : "s")} no mean divergence is more than {Worse} times that of the replay.", []);
        var worst = worse.MaxBy(static v => v.DivergenceMean)!;
        int readers = worse.Count(static v => v.Replay.Candidate.Rule!.ReadsLogits);
        return new Finding(FindingKind.Exit, string.Create(CultureInfo.InvariantCulture,
            $"Replays are too kind to {worse.Count} of {verified.Count} rules that were run for real, {readers} of them rules that read logits; at worst {nameOf(worst.Replay.Candidate)}: {Findings.Number(worst.Replay.DivergenceMean)} nats replayed, {Findings.Number(worst.DivergenceMean)} real. Tokens that stop early are attended to as they stopped."), []);
    }

    static string Cost(ExitOutcome outcome, Func<ExitCandidate, string> nameOf) => string.Create(CultureInfo.InvariantCulture,
        $"Of the rules the fewest iterations with a mean divergence within {Acceptable} nats are {outcome.IterationsMean:0.0}, by {nameOf(outcome.Candidate)} ({outcome.BlockPassesMean:0.0} block passes, {outcome.ChangedCount} answers changed, at worst {Findings.Number(outcome.DivergenceWorst)} nats)");

    static Finding FullDepth(ExitTable table) => table.Limit == table.Horizon
        ? new Finding(FindingKind.FullDepth, $"Full depth is the horizon, {table.Horizon}: how far it is from rest cannot be told; raise the horizon.", [])
        : new Finding(FindingKind.FullDepth, string.Create(CultureInfo.InvariantCulture,
            $"Full depth ({table.Limit}) is itself {Findings.Number(table.FullDepthDivergenceMean)} nats (mean) from iteration {table.Horizon}, where {table.FullDepthChanged} of {table.Tokens} answers are others: smaller divergences say nothing."), []);

    static Finding? Sample(ExitTable table) => table.Tokens >= TokensMin ? null : new Finding(FindingKind.Sample,
        $"{table.Tokens} tokens of {table.Prompts.Count} prompt{(table.Prompts.Count == 1 ? "" : "s")} are few: read the table as this text's, not as the model's.", []);
}
