using System;
using System.Collections.Generic;
using System.Linq;
using Muninn.Microscope.Measures.Dynamics;
using Muninn.Microscope.Measures.Lenses;
using Muninn.Microscope.Measures.Motion;
using static Muninn.Microscope.Measures.Joint.JointFindings;

namespace Muninn.Microscope.Measures.Joint;

/// <summary>What cannot be told from the measures of a prompt, with the number that says so and what would tell more.</summary>
public static class OpenQuestions
{
    /// <summary>The questions that stay open, those of the data before those of principle.</summary>
    /// <param name="measures">Of one prompt.</param>
    /// <exception cref="ArgumentException">Measures of other numbers of tokens.</exception>
    public static IReadOnlyList<Finding> Of(JointMeasures measures)
    {
        ArgumentNullException.ThrowIfNull(measures);
        var reader = new Reader(measures.Validated());
        string?[] texts =
        [
            reader.Weights(), reader.Rest(), reader.Floors(), reader.Rates(), reader.Classes(), reader.Basins(), reader.Ties(), reader.Late(), reader.Ever(), Reader.OthersLikeIt(),
        ];
        return [.. texts.OfType<string>().Select(static text => new Finding(FindingKind.Open, text, []))];
    }

    sealed class Reader(JointMeasures measures)
    {
        readonly Convergence _convergence = measures.Convergence;

        public string? Weights() => measures.IntegerWeights is { } weights
            ? $"What the original model does: these weights are {weights}, held in float32 here: another network. Record the original in bf16 or float32."
            : null;

        public string? Rest()
        {
            int[] open = Where(t => _convergence.Tokens[t].Verdict is Verdict.Approaching or Verdict.Moving);
            int[] later = [.. open.Where(t => _convergence.Tokens[t].RestError <= _convergence.Settings.Tolerance)];
            int[] unknown = [.. open.Except(later)];
            string?[] texts =
            [
                unknown.Length == 0 ? null : $"Where {Names(unknown)} will end: no rest is certified at iteration {_convergence.Settings.Horizon}. A larger --horizon may tell.",
                later.Length == 0 ? null : $"When {Names(later)} come{(later.Length == 1 ? "s" : "")} to rest: later than iteration {_convergence.Settings.Iterations}, the last one plotted. More --iterations tell.",
            ];
            string joined = string.Join(" ", texts.OfType<string>());
            return joined.Length > 0 ? joined : null;
        }

        public string? Floors()
        {
            int[] missing = Where(t => !_convergence.Rest[t].FloorIsMeasured);
            if (_convergence.FloorsMeasured == 0)
                return "Where rounding begins: no floor was measured; it is assumed.";
            return missing.Length == 0 ? null
                : $"Where rounding begins at {Names(missing)}: restarts beside their s* had not settled to a level when they ended, and they borrow the median floor of the others.";
        }

        public string? Rates()
        {
            if (measures.Dynamics is not { } dynamics)
                return null;
            int[] vague = Where(t => _convergence.Tokens[t].FirstNotFinite is null && !(dynamics.Tokens[t].Rate.StandardError <= DynamicsFindings.ErrorMax));
            int[] uncertain = Where(t => _convergence.Tokens[t].FirstNotFinite is null && !dynamics.Tokens[t].Spectrum.IsConverged);
            string?[] texts =
            [
                vague.Length == 0 ? null
                    : $"The long-run rate of {Names(vague)}: its standard error is above {Text(DynamicsFindings.ErrorMax)}; steps above the rounding floor are few, or do not fall on a line.",
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
            : "Whether the end depends on the start: one start was run (--seeds runs more, where the start is random).";

        public string? Ties()
        {
            if (measures.Lens is not { } lens)
                return null;
            int[] tied = Where(t => lens.FinalMargin[t] < LensFindings.MarginMin);
            return tied.Length == 0 ? null
                : $"The answer at {Names(tied)}: the likeliest token leads the second by less than {Text(LensFindings.MarginMin)} nats, and rounding or another start may turn it.";
        }

        public string? Late()
        {
            if (measures.Lens is not { } lens)
                return null;
            int[] late = Where(t => lens.Settings.Horizon > 0 && lens.Commit[t] > lens.Settings.Horizon / 2);
            return late.Length == 0 ? null : $"What {Names(late)} will say: the answer still changed in the second half of the run.";
        }

        public string Ever() =>
            $"Whether anything changes after iteration {_convergence.Settings.Horizon}: tail bounds hold if a token goes on to contract as it does; no finite run proves that.";

        public static string OthersLikeIt() =>
            "Whether other texts do the same: all of this is one text, and its tokens are not independent. 'muninn compare' holds two against each other.";

        int[] Where(Func<int, bool> holds) => [.. Enumerable.Range(0, _convergence.Positions).Where(holds)];

        string Names(int[] positions) => Findings.Names(measures.Labels, positions);
    }
}
