using System;
using System.Collections.Generic;
using System.Linq;
using Muninn.Microscope.Measures.Exits;

namespace Muninn.Microscope.Recordings;

/// <summary>
/// What C exit rules and depths would have done with each of T tokens, replayed on the run as <see cref="ExitTable"/> does. Full
/// depth are the measured iterations of the recording. A replay is no real run: see docs/lenses.md.
/// </summary>
public sealed record RecordedExits
{
    /// <summary>Most candidates.</summary>
    public const int CandidatesMax = 1 << 12;

    /// <summary>Full depth.</summary>
    public required int Limit { get; init; }

    /// <summary>The iteration that full depth itself is compared with.</summary>
    public required int Horizon { get; init; }

    /// <summary>The candidates as they are typed, <c>[C]</c>: <c>kl:0.0005</c>, <c>fixed 8</c>.</summary>
    public required IReadOnlyList<string> Candidates { get; init; }

    /// <summary>Depth of a candidate without a rule, <c>[C]</c>; 0: it has one.</summary>
    public required int[] Depth { get; init; }

    /// <summary>Iterations of each token, <c>[C, T]</c>.</summary>
    public required int[] Iterations { get; init; }

    /// <summary>Whether a rule stopped it, <c>[C, T]</c>.</summary>
    public required bool[] RuleMet { get; init; }

    /// <summary>Divergence of the exit's distribution from full depth's, in nats, <c>[C, T]</c>; NaN where logits are not finite.</summary>
    public required float[] Divergence { get; init; }

    /// <summary>Whether the likeliest next token is another than at full depth, <c>[C, T]</c>.</summary>
    public required bool[] Changed { get; init; }

    /// <summary>Block passes of a token, on average, <c>[C]</c>.</summary>
    public required float[] BlockPasses { get; init; }

    /// <summary>
    /// Whether nothing has less of both iterations and divergence, iterations and changed answers, block passes and divergence, <c>[C, 3]</c>.
    /// </summary>
    public required bool[] OnFront { get; init; }

    /// <summary>Divergence of the horizon's distribution from full depth's, in nats, <c>[T]</c>.</summary>
    public required float[] FullDepthDivergence { get; init; }

    /// <summary>Tokens whose likeliest next token still changes between full depth and the horizon.</summary>
    public required int FullDepthChanged { get; init; }

    /// <summary>What the replays say, in the words of the version that made them.</summary>
    public IReadOnlyList<string> Findings { get; init; } = [];

    /// <summary>Tokens (T).</summary>
    public int Positions => FullDepthDivergence.Length;

    /// <summary>Mean iterations of a token.</summary>
    /// <param name="candidate">Its number.</param>
    public double IterationsMean(int candidate) => Iterations.Skip(candidate * Positions).Take(Positions).Average();

    /// <summary>Mean divergence of a token; NaN where one is.</summary>
    /// <param name="candidate">Its number.</param>
    public double DivergenceMean(int candidate) => Divergence.Skip(candidate * Positions).Take(Positions).Average(static value => (double)value);

    /// <summary>Answers that are others than at full depth.</summary>
    /// <param name="candidate">Its number.</param>
    public int ChangedCount(int candidate) => Changed.Skip(candidate * Positions).Take(Positions).Count(static changed => changed);

    /// <summary>What replays of one prompt came to.</summary>
    /// <param name="table">The replays.</param>
    /// <param name="nameOf">What to call a candidate.</param>
    /// <exception cref="ArgumentException">The table is of several prompts.</exception>
    public static RecordedExits Of(ExitTable table, Func<ExitCandidate, string> nameOf)
    {
        ArgumentNullException.ThrowIfNull(table);
        ArgumentNullException.ThrowIfNull(nameOf);
        if (table.Prompts.Count != 1)
            throw new ArgumentException($"The table is of {table.Prompts.Count} prompts; a recording is of one.", nameof(table));
        var outcomes = table.Outcomes;
        return new RecordedExits
        {
            Limit = table.Limit,
            Horizon = table.Horizon,
            Candidates = [.. outcomes.Select(outcome => nameOf(outcome.Candidate))],
            Depth = [.. outcomes.Select(static outcome => outcome.Candidate.Rule is null ? outcome.Candidate.Depth : 0)],
            Iterations = [.. outcomes.SelectMany(static outcome => outcome.Iterations)],
            RuleMet = [.. outcomes.SelectMany(static outcome => outcome.RuleMet)],
            Divergence = [.. outcomes.SelectMany(static outcome => outcome.Divergence)],
            Changed = [.. outcomes.SelectMany(static outcome => outcome.Changed)],
            BlockPasses = [.. outcomes.Select(static outcome => (float)outcome.BlockPassesMean)],
            OnFront = [.. outcomes.SelectMany(static outcome => new[] { outcome.OnDivergenceFront, outcome.OnAnswerFront, outcome.OnPassFront })],
            FullDepthDivergence = table.FullDepthDivergence,
            FullDepthChanged = table.FullDepthChanged,
            Findings = [.. ExitFindings.Describe(table, [], nameOf).Select(static finding => finding.Text)],
        };
    }
}
