using System;
using System.Collections.Generic;
using System.Linq;
using Muninn.Cli.Frame;
using Muninn.Cli.Input;
using Muninn.Cli.Results;
using Muninn.Microscope.Figures;
using Muninn.Microscope.Measures.Exits;

namespace Muninn.Cli.Figures;

/// <summary>The figures of <c>exits</c>.</summary>
static class ExitFigures
{
    const string Pareto = "pareto", Answers = "answers", Histogram = "histogram";

    /// <summary>What the same depth for all is called.</summary>
    const string SameDepth = "the same depth for all";

    /// <summary>Their names.</summary>
    public static IReadOnlyList<string> Names { get; } = [Pareto, Answers, Histogram];

    /// <summary>The figure of a name.</summary>
    /// <param name="name">One of <see cref="Names"/>.</param>
    /// <param name="reading">What was replayed, and run for real.</param>
    /// <exception cref="UsageException">There is nothing to draw.</exception>
    public static Figure Of(string name, ExitReading reading)
    {
        var table = reading.Table;
        int lost = table.NotFinite;
        if (lost == table.Tokens || (name == Pareto && lost > 0))
            throw new UsageException(
                $"the figure '{name}' has nothing to show: {lost} of {table.Tokens} tokens have logits that are not finite" +
                $"{(lost == table.Tokens ? "" : ", and so has every mean divergence")}. Give {(lost == table.Tokens ? "other texts or another model" : $"another figure ({Answers}, {Histogram}), or texts that do not diverge")}.");
        return name == Histogram ? HistogramOf(reading) : PlotOf(name, reading);
    }

    static ParetoPlot PlotOf(string name, ExitReading reading)
    {
        var table = reading.Table;
        bool isDivergence = name == Pareto;
        var plot = new ParetoPlot
        {
            Subtitle = SubtitleOf(reading),
            Caption = CaptionOf(reading),
            ColumnScale = ColorScale.Logarithmic,
            Series = [.. table.Outcomes.GroupBy(static outcome => FamilyOf(outcome.Candidate))
                // Whoever reads the legend holds the rules against the last entry.
                .OrderBy(static family => family.Key == SameDepth).Select(family => SeriesOf(family.Key, [.. family], reading, isDivergence))],
        };
        if (isDivergence)
        {
            double floor = table.FullDepthDivergenceMean;
            return plot with
            {
                Floor = table.Limit < table.Horizon && double.IsFinite(floor) && floor > 0 ? floor : null,
                FloorTitle = FormattableString.Invariant($"KL of full depth itself to iteration {table.Horizon}"),
            };
        }

        return plot with
        {
            Title = "Exit Rules: Iterations against Changed Answers",
            CostTitle = $"Changed answers, of {table.Tokens}",
            Scale = ColorScale.Linear,
        };
    }

    static ParetoSeries SeriesOf(string family, IReadOnlyList<ExitOutcome> outcomes, ExitReading reading, bool isDivergence)
    {
        VerifiedExit?[] real = [.. outcomes.Select(outcome => RealOf(outcome, reading))];
        bool any = real.Any(static run => run is not null);
        return new ParetoSeries
        {
            Rule = family,
            IsYardstick = family == SameDepth,
            Thresholds = [.. outcomes.Select(static outcome => ThresholdOf(outcome.Candidate))],
            Iterations = [.. outcomes.Select(static outcome => outcome.IterationsMean)],
            Costs = [.. outcomes.Select(outcome => isDivergence ? outcome.DivergenceMean : outcome.ChangedCount)],
            RealIterations = !any ? [] : [.. real.Select(static run => run?.IterationsMean ?? double.NaN)],
            RealCosts = !any ? [] : [.. real.Select(run => run is null ? double.NaN : isDivergence ? run.DivergenceMean : run.ChangedCount)],
        };
    }

    static ExitHistogram HistogramOf(ExitReading reading)
    {
        var table = reading.Table;
        var chosen = table.Outcomes.Where(static outcome => outcome.Candidate.Rule is not null)
            .GroupBy(static outcome => FamilyOf(outcome.Candidate)).Select(family => ChosenOf([.. family], table.Limit));
        var counts = new List<ExitCounts>();
        foreach (var outcome in chosen)
        {
            string name = ExitReading.NameOf(outcome.Candidate);
            var real = RealOf(outcome, reading);
            counts.Add(CountsOf(real is null ? name : $"{name}, replay", outcome.Iterations, outcome.RuleMet, table.Limit));
            if (real is not null) counts.Add(CountsOf($"{name}, real run", real.Iterations, real.RuleMet, table.Limit));
        }

        // Nothing leaves behind the last exit: room for what does.
        int left = counts.Max(static rule => Array.FindLastIndex(rule.Counts, static count => count > 0) + 1);
        int last = Math.Min(table.Limit, left + left / 4 + 1);
        return new ExitHistogram
        {
            Subtitle = SubtitleOf(reading),
            Caption =
                "Of each rule the threshold whose mean is nearest to half of full depth, among those on the front of all rules (iterations, mean KL) where it has any there. " +
                (last < table.Limit ? FormattableString.Invariant($"All have left by iteration {left}; full depth is {table.Limit}. ") : "") +
                CaptionOf(reading) + " When tokens leave says nothing of what their answers are worth.",
            Rules = [.. counts.Select(rule => rule with { Counts = rule.Counts[..last] })],
        };
    }

    static ExitCounts CountsOf(string name, int[] iterations, bool[] met, int limit)
    {
        var counts = new int[limit];
        foreach (int iteration in iterations) counts[iteration - 1]++;
        return new ExitCounts { Rule = name, Counts = counts, AtLimit = met.Count(static stopped => !stopped) };
    }

    /// <summary>The threshold that a histogram shows.</summary>
    static ExitOutcome ChosenOf(IReadOnlyList<ExitOutcome> family, int limit)
    {
        var front = family.Where(static outcome => outcome.OnDivergenceFront).ToList();
        return (front.Count > 0 ? front : family).MinBy(outcome => Math.Abs(outcome.IterationsMean - limit / 2.0))!;
    }

    static VerifiedExit? RealOf(ExitOutcome outcome, ExitReading reading) =>
        reading.Verified.FirstOrDefault(verified => verified.Replay.Candidate == outcome.Candidate);

    /// <summary>The rule without its threshold.</summary>
    static string FamilyOf(ExitCandidate candidate) => candidate.Rule is not { } rule ? SameDepth
        : rule is { ReadsLogits: true, CodaInterval: > 1 } ? FormattableString.Invariant($"{ExitRules.NameOf(rule)}/{rule.CodaInterval}")
        : ExitRules.NameOf(rule);

    static string ThresholdOf(ExitCandidate candidate) =>
        candidate.Rule is { } rule ? ExitRules.ThresholdTextOf(rule) : FormattableString.Invariant($"{candidate.Depth}");

    static string SubtitleOf(ExitReading reading)
    {
        var table = reading.Table;
        string texts = table.Prompts.Count == 1 ? "" : $" of {table.Prompts.Count} texts";
        return FormattableString.Invariant(
            $"{reading.Source.Name} · {table.Tokens} token{(table.Tokens == 1 ? "" : "s")}{texts} · full depth {table.Limit} · start {reading.Source.StartText}");
    }

    static string CaptionOf(ExitReading reading)
    {
        var table = reading.Table;
        string real = reading.Verified.Count == 0
            ? "Rules are replayed on one full-depth run of each text; in a real run tokens attend to earlier ones as they stopped, so it may leave and cost otherwise (--verify)."
            : "Rules are replayed on one full-depth run of each text; in real runs tokens attend to earlier ones as they stopped.";
        string lost = table.NotFinite == 0 ? "" : table.NotFinite == 1 ? " 1 token has logits that are not finite and says nothing." : $" {table.NotFinite} tokens have logits that are not finite and say nothing.";
        return $"{real}{lost} Thresholds chosen on these {table.Tokens} tokens must be tried on others.";
    }
}
