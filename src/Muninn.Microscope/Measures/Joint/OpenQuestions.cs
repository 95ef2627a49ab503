using System;
using System.Collections.Generic;
using System.Linq;
using Muninn.Microscope.Measures.Motion;
using static Muninn.Microscope.Measures.Joint.JointFindings;

namespace Muninn.Microscope.Measures.Joint;

/// <summary>What cannot be told from the measures of a prompt, with the number that says so and what would tell more.</summary>
public static class OpenQuestions
{
    /// <summary>A rate less certain than this says little.</summary>
    const double RateErrorMax = 0.02;

    /// <summary>Nats by which the first token must lead the second for the answer to be more than a coin's.</summary>
    const double MarginMin = 0.1;

    /// <summary>The questions that stay open, those of the data before those of principle.</summary>
    /// <param name="measures">Of one prompt.</param>
    /// <exception cref="ArgumentException">Measures of other numbers of tokens.</exception>
    public static IReadOnlyList<Finding> Of(JointMeasures measures)
    {
        ArgumentNullException.ThrowIfNull(measures);
        var reader = new Reader(measures.Validated());
        string?[] texts =
        [
            reader.Weights(), reader.Rest(), reader.Floors(), reader.Rates(), reader.Classes(), reader.Basins(), reader.Ties(), reader.Ever(), Reader.OthersLikeIt(),
        ];
        return [.. texts.OfType<string>().Select(static text => new Finding(FindingKind.Open, text, []))];
    }

    sealed class Reader(JointMeasures measures)
    {
        readonly Convergence _convergence = measures.Convergence;

        public string? Weights() => measures.IntegerWeights is { } weights
            ? $"What the original model does: these weights are {weights}, of which the numbers here are exact. Record the original in bf16 or float32."
            : null;

        public string? Rest()
        {
            int[] open = Where(t => _convergence.Tokens[t].Verdict is Verdict.Approaching or Verdict.Moving);
            return open.Length == 0 ? null
                : $"Where {Names(open)} will end: not at rest at iteration {_convergence.Settings.Horizon}. A larger --horizon may tell.";
        }

        public string? Floors()
        {
            int missing = _convergence.Positions - _convergence.FloorsMeasured;
            if (_convergence.FloorsMeasured == 0)
                return "Where rounding begins: the floor is assumed, not measured (--measure-floor measures it).";
            return missing == 0 ? null
                : $"Where rounding begins for {missing} of {_convergence.Positions} tokens: restarts beside their s* did not come back, and they borrow the floor of the others.";
        }

        public string? Rates()
        {
            if (measures.Dynamics is not { } dynamics)
                return null;
            int[] vague = Where(t => !(dynamics.Tokens[t].Rate.StandardError <= RateErrorMax));
            int[] uncertain = Where(t => !dynamics.Tokens[t].Spectrum.IsConverged);
            string?[] texts =
            [
                vague.Length == 0 ? null
                    : $"The long-run rate of {Names(vague)}: too few steps lie above the rounding floor for a standard error of {Text(RateErrorMax)}.",
                uncertain.Length == 0 ? null : $"The leading eigenvalues of {Names(uncertain)}: their residuals are too large.",
            ];
            string joined = string.Join(" ", texts.OfType<string>());
            return joined.Length > 0 ? joined : null;
        }

        public string? Classes()
        {
            if (measures.Motions is not { } motions)
                return null;
            if (motions.Tests > 0 && motions.SmallestAdjusted >= motions.Settings.Significance)
                return $"Any class of motion: with {motions.SurrogatesMost} surrogates and {motions.Tests} tests no q below {Text(motions.SmallestAdjusted)} can come out. More --surrogates tell.";
            int[] open = Where(t => motions.Tokens[t].Class is MotionClass.NotToldApart or MotionClass.Unsettled or MotionClass.TooShort);
            return open.Length == 0 ? null
                : $"How {Names(open)} move{(open.Length == 1 ? "s" : "")}: not told from noise, not settled, or too few steps; that is no proof of noise.";
        }

        public string? Basins() => measures.Paths is { } paths
            ? paths.Runs < paths.Settings.RunsMin
                ? $"Whether the end is the same from every start: {paths.Runs} runs are too few for the equivalence test; it takes {paths.Settings.RunsMin}."
                : null
            : "Whether the end depends on the start: one start was run (--seeds runs more).";

        public string? Ties()
        {
            if (measures.Lens is not { } lens)
                return null;
            int[] tied = Where(t => lens.FinalMargin[t] < MarginMin);
            return tied.Length == 0 ? null
                : $"The answer at {Names(tied)}: the likeliest token leads the second by less than {Text(MarginMin)} nats, and rounding or another start may turn it.";
        }

        public string Ever() =>
            $"Whether anything changes after iteration {_convergence.Settings.Horizon}: tail bounds hold if a token goes on to contract as it does; no finite run proves that.";

        public static string OthersLikeIt() =>
            "Whether other texts do the same: all of this is one text, and its tokens are not independent. 'muninn compare' holds two against each other.";

        int[] Where(Func<int, bool> holds) => [.. Enumerable.Range(0, _convergence.Positions).Where(holds)];

        string Names(int[] positions) => Findings.Names(measures.Labels, positions);
    }
}
