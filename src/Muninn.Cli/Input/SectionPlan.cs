using System.Collections.Generic;
using System.Linq;
using Muninn.Cli.Frame;
using Muninn.Microscope.Measures.Dynamics;
using Muninn.Microscope.Measures.Exits;
using Muninn.Microscope.Measures.Lenses;
using Muninn.Microscope.Measures.Motion;

namespace Muninn.Cli.Input;

/// <summary>What a recording keeps besides states and measures, checked against the run.</summary>
sealed record SectionPlan
{
    /// <summary>What the coda reads; null: nothing. More tokens than the vocabulary has are cut to it.</summary>
    public LensSettings? Lens { get; init; }

    /// <summary>The lens of every iteration that is plotted: what <c>record --all</c> and reports keep.</summary>
    /// <param name="iterations">The last of them.</param>
    /// <param name="top">Tokens kept at each place.</param>
    public static LensSettings AllLens(int iterations, int top) =>
        new() { Iterations = [.. Enumerable.Range(0, iterations + 1)], Horizon = iterations, TopCount = top };

    /// <summary>How dynamics are measured; null: not at all.</summary>
    public DynamicsSettings? Dynamics { get; init; }

    /// <summary>How classes are tested; null: not at all.</summary>
    public MotionSettings? Classes { get; init; }

    /// <summary>Exit rules and depths that are replayed; empty: none.</summary>
    public IReadOnlyList<ExitCandidate> Exits { get; init; } = [];

    /// <summary>Iterations whose attention is kept, ascending; empty: none.</summary>
    public IReadOnlyList<int> Attention { get; init; } = [];

    /// <summary>Whether there is none.</summary>
    public bool IsEmpty => Lens is null && Dynamics is null && Classes is null && Exits.Count == 0 && Attention.Count == 0;

    /// <summary>A handful of iterations: 1, 2, 4, 8, … and the last.</summary>
    /// <param name="iterations">The last.</param>
    public static int[] Doubling(int iterations) =>
        [.. Enumerable.Range(0, 31).Select(static power => 1 << power).TakeWhile(i => i < iterations).Append(iterations)];

    /// <summary>Every rule with its ladder of thresholds, and depths up to the limit: what <c>exits</c> replays where no rule is given.</summary>
    /// <param name="limit">Full depth.</param>
    public static IReadOnlyList<ExitCandidate> AllExits(int limit) =>
        [.. ExitCandidate.Depths(limit).Concat(ExitCandidate.Rules.SelectMany(ExitCandidate.Ladder)).Distinct()];

    /// <summary>Refuses a run whose motion cannot be read.</summary>
    /// <exception cref="UsageException">The horizon is too far.</exception>
    public SectionPlan Checked(RunPlan plan, string attentionSource)
    {
        if (Classes is not null && plan.Measure.Horizon > Motions.IterationsMax)
            throw new UsageException(
                $"the horizon is {plan.Measure.Horizon}, but motion is read from at most {Motions.IterationsMax} iterations. Give a smaller --horizon, " +
                "or leave --classes out.");
        if (Attention.Count > 0 && Attention[0] < 1)
            throw new UsageException($"{attentionSource}: iteration 0 is the start, which nothing attends to; the first pass through the core is 1.");
        if (Attention.Count > 0 && Attention[^1] > plan.Limit)
            throw new UsageException(
                $"{attentionSource}: iteration {Attention[^1]} lies beyond the run, which ends at {plan.Limit}. Give a larger --horizon, or iterations up to {plan.Limit}.");
        return this;
    }
}
