using System;
using System.Collections.Generic;
using System.Linq;
using Muninn.Microscope.Measures.Motion;
using static Muninn.Microscope.Measures.Joint.JointFindings;

namespace Muninn.Microscope.Measures.Joint;

/// <summary>A question that a reader of the picture has, and the answer of the numbers in a few words.</summary>
/// <param name="Question">The question.</param>
/// <param name="Reply">The answer.</param>
/// <param name="From">The measures that it was read from.</param>
public sealed record Answer(string Question, string Reply, IReadOnlyList<Instrument> From);

/// <summary>The questions that the pictures of the field raise, answered from the measures.</summary>
public static class JointSummary
{
    /// <summary>The answers, in the order in which a reader asks; questions that nothing measured answers are left out.</summary>
    /// <param name="measures">Of one prompt.</param>
    /// <exception cref="ArgumentException">Measures of other numbers of tokens.</exception>
    public static IReadOnlyList<Answer> Of(JointMeasures measures)
    {
        ArgumentNullException.ThrowIfNull(measures);
        var reader = new Reader(measures.Validated());
        Answer?[] answers =
        [
            reader.Rest(), reader.Speed(), reader.Apart(), reader.Starts(), reader.Odd(), reader.Paths(), reader.Answers(),
        ];
        return [.. answers.OfType<Answer>()];
    }

    sealed class Reader(JointMeasures measures)
    {
        readonly Convergence _convergence = measures.Convergence;

        public Answer Rest()
        {
            int converged = Count(Verdict.Converged);
            int all = _convergence.Positions;
            string[] others =
            [
                .. new[] { (Verdict.Approaching, "on the way"), (Verdict.Moving, "moving"), (Verdict.Diverged, "diverged") }
                    .Where(pair => Count(pair.Item1) > 0).Select(pair => $"{Count(pair.Item1)} {pair.Item2}"),
            ];
            string verdict = Count(Verdict.Moving) + Count(Verdict.Diverged) > 0 ? "No" : "Not shown";
            return new Answer("Does every token come to rest?", converged == all
                ? $"Yes: certified for {(all == 1 ? "the one token" : $"all {all} tokens")} (within {Text(_convergence.Settings.Tolerance)} of ‖s*‖)."
                : $"{verdict}: certified for {converged} of {all} tokens within {_convergence.Settings.Iterations} iterations; {string.Join(", ", others)}.", [Instrument.Distances]);
        }

        public Answer? Speed()
        {
            int[] rated = [.. Where(t => double.IsFinite(_convergence.Tokens[t].Rate) && _convergence.Tokens[t].Verdict != Verdict.Moving).OrderBy(t => _convergence.Tokens[t].Rate)];
            if (rated.Length == 0)
                return null;
            double median = Statistics.Median(rated.Select(t => _convergence.Tokens[t].Rate));
            return new Answer("How fast, and who is slow?",
                $"Over its whole fall the median token's distance goes to {Percent(Math.Pow(10, median))} of itself an iteration; slowest {Paced(rated[^1])}, fastest {Paced(rated[0])}.", [Instrument.Distances]);
        }

        public Answer? Apart() => Told(FindingKind.Deviation, "Who lies apart?", named => $"{Names(named)}.", "No row.");

        public Answer? Starts()
        {
            int[] finite = Where(t => _convergence.Tokens[t].FirstNotFinite is null && _convergence.Tokens[t].Start > 0);
            if (finite.Length < 2)
                return null;
            double near = finite.Min(t => _convergence.Tokens[t].Start);
            double far = finite.Max(t => _convergence.Tokens[t].Start);
            return new Answer("Do all start at the same distance?", $"From {Text(near)} to {Text(far)}, a factor of {Text(far / near)}.", [Instrument.Distances]);
        }

        public Answer? Odd()
        {
            int[] rising = Where(t => _convergence.Tokens[t] is { IsMonotone: false, FirstNotFinite: null });
            string[] kinds = measures.Motions is not { } motions ? []
                :
                [
                    .. new[] { (MotionClass.Orbit, "orbit"), (MotionClass.Slider, "slide along a line"), (MotionClass.Drift, "drift") }
                        .Select(pair => (Tokens: Where(t => motions.Tokens[t].Class == pair.Item1), Verb: pair.Item2))
                        .Where(static pair => pair.Tokens.Length > 0).Select(pair => $"{Names(pair.Tokens)}: {pair.Verb}"),
                ];
            string moves = kinds.Length > 0 ? $"{string.Join("; ", kinds)}. "
                : measures.Motions is null ? "" : "No orbit, slider or drift is told from noise. ";
            return new Answer("Does any orbit, slide, drift or turn back?",
                moves + (rising.Length == 0 ? "No distance rises on its way." : $"Distances that rise on the way: {Names(rising)}."),
                [Instrument.Distances, .. measures.Motions is null ? [] : (Instrument[])[Instrument.Motion]]);
        }

        public Answer? Paths()
        {
            if (measures.Paths is not { } paths)
                return null;
            int same = paths.Tokens.Count(static token => token.IsEquivalent);
            int[] several = Where(t => paths.Tokens[t].IsSplit);
            int[] unread = Where(t => paths.Tokens[t].IsUnread);
            return new Answer("Does the end depend on the start?", several.Length > 0
                ? $"Yes at {Names(several)}, in {paths.Runs} runs from starts of their own."
                : unread.Length > 0
                ? $"It cannot be told at {Names(unread)}: not at rest enough for their ends to be counted; shown to be the same for {same} of {paths.Tokens.Length} tokens."
                : $"Not in {paths.Runs} runs; shown to be the same for {same} of {paths.Tokens.Length} tokens (within {Percent(paths.Settings.Margin)} of ‖s*‖).", [Instrument.Starts]);
        }

        public Answer? Answers()
        {
            if (measures.Lens is not { } lens)
                return null;
            int[] late = Where(t => lens.Commit[t] > lens.Settings.Horizon / 2);
            int[] told = [.. Where(t => lens.Commit[t] is not null).Except(late)];
            if (told.Length == 0)
                return new Answer("When does the answer stand?", "It cannot be told: answers still change in the second half of the run.", [Instrument.Answers]);
            int last = told.MaxBy(t => lens.Commit[t]!.Value);
            return new Answer("When does the answer stand?",
                (late.Length > 0 ? $"Not told at {late.Length} of {lens.Positions} tokens, which still change in the second half of the run. Else from" : "From") + $" iteration {Text(Statistics.Median(told.Select(t => (double)lens.Commit[t]!.Value)))} on (median); last at {Name(last)}, from {lens.Commit[last]} on.", [Instrument.Answers]);
        }

        Answer? Told(FindingKind kind, string question, Func<int[], string> some, string none)
        {
            var finding = Findings.Describe(_convergence, measures.Labels).FirstOrDefault(finding => finding.Kind == kind);
            return finding is null ? null : new Answer(question, finding.Positions.Count > 0 ? some([.. finding.Positions]) : none, [Instrument.Distances]);
        }

        int Count(Verdict verdict) => _convergence.Tokens.Count(token => token.Verdict == verdict);

        string Paced(int t) => $"{Name(t)} to {Percent(Math.Pow(10, _convergence.Tokens[t].Rate))}";

        int[] Where(Func<int, bool> holds) => [.. Enumerable.Range(0, _convergence.Positions).Where(holds)];

        string Name(int t) => Findings.Name(measures.Labels, t);

        string Names(int[] positions) => Findings.Names(measures.Labels, positions);
    }
}
