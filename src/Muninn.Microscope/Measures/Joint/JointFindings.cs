using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using Muninn.Microscope.Measures.Motion;

namespace Muninn.Microscope.Measures.Joint;

/// <summary>Where measures that know nothing of each other meet: what one says held against what another says.</summary>
public static class JointFindings
{
    /// <summary>A correlation is told from none below this chance.</summary>
    const double ChanceMax = 0.01;

    /// <summary>Chances below this are not told: Student's t is not that good.</summary>
    const double ChanceLeast = 1e-6;

    /// <summary>A beat agrees with an angle within this many of its standard errors …</summary>
    const double ErrorsMax = 3;

    /// <summary>A fall is slower than a spectral radius where its factor an iteration is larger by more than this.</summary>
    const double RateMargin = 0.02;

    /// <summary>A beat whose error is larger agrees with too much to say anything.</summary>
    const double BeatErrorMax = 0.03;

    /// <summary>… or this much, in radians an iteration.</summary>
    const double AngleMin = 0.02;

    /// <summary>The findings, the most important first.</summary>
    /// <param name="measures">Of one prompt.</param>
    /// <exception cref="ArgumentException">Measures of other numbers of tokens.</exception>
    public static IReadOnlyList<Finding> Describe(JointMeasures measures)
    {
        ArgumentNullException.ThrowIfNull(measures);
        var reader = new Reader(measures.Validated());
        Finding?[] findings = [reader.Rest(), reader.Rates(), reader.Turns(), reader.Answers(), reader.LateAnswers(), reader.Starts()];
        return [.. findings.OfType<Finding>()];
    }

    sealed class Reader(JointMeasures measures)
    {
        readonly Convergence _convergence = measures.Convergence;

        /// <summary>The certificate of rest beside the tested class and the spectral radius.</summary>
        public Finding? Rest()
        {
            if (measures.Motions is not { } motions)
                return null;
            int[] converged = Where(t => _convergence.Tokens[t].Verdict == Verdict.Converged);
            int[] tested = [.. converged.Where(t => motions.Tokens[t].Class is not (MotionClass.TooShort or MotionClass.Constant))];
            if (tested.Length == 0)
                return null;
            int[] other = [.. tested.Where(t => motions.Tokens[t].Class != MotionClass.FixedPoint)];
            int[] moving = Where(t => _convergence.Tokens[t].Verdict == Verdict.Moving && motions.Tokens[t].Class == MotionClass.FixedPoint);
            string text = $"{tested.Length - other.Length} of the {tested.Length} tokens whose convergence is certified are fixed points by the test against noise, too.";
            if (other.Length > 0)
                text += $" By that test not: {Names(other)}; a token of few or uneven steps can be at rest and not be told from noise.";
            if (moving.Length > 0)
                text += $" Moving by their residual and yet shrinking: {Names(moving)}; they need a longer horizon.";
            if (measures.Dynamics is { } dynamics)
            {
                int[] unstable = [.. converged.Where(t => dynamics.Tokens[t].Spectrum is { IsConverged: true, Radius: >= 1 })];
                text += unstable.Length > 0
                    ? $" The Jacobian disagrees at {Names(unstable)}: a spectral radius of 1 or more, where no rest is stable."
                    : $" None of the {converged.Count(t => dynamics.Tokens[t].Spectrum.IsConverged)} certified spectral radii of such tokens is 1 or more.";
            }

            return Joint(text, [.. other, .. moving],
                [Instrument.Distances, Instrument.Motion, .. measures.Dynamics is null ? [] : (Instrument[])[Instrument.Spectrum]]);
        }

        /// <summary>The rate over the whole fall beside what the map does at rest.</summary>
        public Finding? Rates()
        {
            if (measures.Dynamics is not { } dynamics)
                return null;
            int[] rated = Where(t => _convergence.Tokens[t] is { Verdict: not Verdict.Moving } token && double.IsFinite(token.Rate) && double.IsFinite(dynamics.Tokens[t].RadiusUpTo));
            if (rated.Length == 0)
                return null;
            int[] slower = [.. rated.Where(t => Factor(t) > dynamics.Tokens[t].RadiusUpTo + RateMargin)];
            double median = Statistics.Median(rated.Select(Factor));
            return Joint(
                $"Over the whole fall a distance goes to {Percent(median)} of itself an iteration (median of {rated.Length}); at rest the Jacobian's spectral radius is at most {Text(dynamics.Radius)}. "
                + (slower.Length == 0 ? "No token is slower than the largest radius up to it."
                    : $"{slower.Length} of {rated.Length} tokens are slower than any radius up to them (by more than {Text(RateMargin)}): their long-run rate has not shown above the floor, and the pace seen is that of the way there."), [], [Instrument.Distances, Instrument.Spectrum]);

            double Factor(int t) => Math.Pow(10, _convergence.Tokens[t].Rate);
        }

        /// <summary>The frequency seen in the steps beside the angle of the leading eigenvalue.</summary>
        public Finding? Turns()
        {
            if (measures is not { Motions: { } motions, Dynamics: { } dynamics })
                return null;
            int[] beating = Where(t => motions.Tokens[t] is { Beat: not null, Beating: { } test } && test.Adjusted < motions.Settings.Significance
                && motions.Tokens[t].Beat!.Error <= BeatErrorMax && dynamics.Tokens[t].Spectrum.IsConverged);
            if (beating.Length == 0)
                return null;
            int[] apart = [.. beating.Where(t => !Agrees(t))];
            string text = $"{beating.Length - apart.Length} of {beating.Length} tokens with a beat told from noise turn as an eigenvalue of their Jacobian does"
                + $" (within {Text(AngleMin)} radians an iteration or three standard errors).";
            if (apart.Length > 0)
                text += $" Otherwise: {string.Join(", ", apart.Take(Findings.NamesMax).Select(Described))}"
                    + (apart.Length > Findings.NamesMax ? $" and {apart.Length - Findings.NamesMax} more" : "")
                    + "; far from rest, or driven by an earlier token, a beat need not be one of its own eigenvalues.";
            return Joint(text, apart, [Instrument.Motion, Instrument.Spectrum]);

            bool Agrees(int t)
            {
                var beat = motions.Tokens[t].Beat!;
                double allowed = Math.Max(AngleMin, ErrorsMax * beat.Error);
                return dynamics.Tokens[t].Spectrum.Leading.Any(pair => Math.Abs(Math.Abs(pair.Angle) - beat.Frequency) <= allowed);
            }

            string Described(int t) => $"{Name(t)} beat {Text(motions.Tokens[t].Beat!.Frequency)}, angle {Text(Math.Abs(dynamics.Tokens[t].Spectrum.Angle))}";
        }

        /// <summary>How far from rest the state is when the answer no longer changes.</summary>
        public Finding? Answers()
        {
            if (measures.Lens is not { } lens)
                return null;
            int[] told = Where(t => lens.Commit[t] is not null && _convergence.Tokens[t].IterationsToHundredth is not null);
            if (told.Length == 0)
                return null;
            int[] after = [.. told.Where(t => lens.Commit[t] >= _convergence.Tokens[t].IterationsToHundredth)];
            int[] plotted = [.. told.Where(t => lens.Commit[t] <= _convergence.Settings.Iterations && _convergence.RestNorm[t] > 0)];
            string text = $"At {told.Length - after.Length} of {told.Length} tokens the likeliest next token no longer changes before the state has come to a hundredth of its first distance"
                + $", {Text(Statistics.Median(told.Select(t => (double)_convergence.Tokens[t].IterationsToHundredth! - lens.Commit[t]!.Value)))} iterations before it in the median";
            if (plotted.Length > 0)
                text += $"; the state is then {Percent(Statistics.Median(plotted.Select(t => (double)_convergence.DistanceOf(t)[lens.Commit[t]!.Value] / _convergence.RestNorm[t])))} of ‖s*‖ from its end (median of {plotted.Length})";
            text += after.Length > 0 ? $". Not before: {Names(after)}." : ".";
            if (told.Length < _convergence.Positions)
                text += $" {_convergence.Positions - told.Length} tokens are left out: no final answer, or not at a hundredth within the plot.";
            return Joint(text, after, [Instrument.Distances, Instrument.Answers]);
        }

        /// <summary>Whether slow tokens answer late.</summary>
        public Finding? LateAnswers()
        {
            if (measures.Lens is not { } lens)
                return null;
            int[] told = Where(t => lens.Commit[t] is not null && double.IsFinite(_convergence.Tokens[t].Rate));
            if (told.Length < RankCorrelation.PairsMin)
                return null;
            var correlation = RankCorrelation.Of(
                [.. told.Select(t => _convergence.Tokens[t].Rate)], [.. told.Select(t => (double)lens.Commit[t]!.Value)]);
            if (double.IsNaN(correlation.Coefficient))
                return Joint("All answers stand from the same iteration on, whatever the pace of their tokens.", [], [Instrument.Distances, Instrument.Answers]);
            string chance = correlation.P < ChanceLeast ? $"below {Text(ChanceLeast)}" : Text(correlation.P);
            string figures = $"Spearman {Text(correlation.Coefficient)}, p {chance} by Student's t, {correlation.Count} tokens, as if they were independent";
            string text = correlation.P >= ChanceMax ? $"Whether slow tokens answer later cannot be told ({figures})."
                : correlation.Coefficient > 0 ? $"Slow tokens answer later ({figures})."
                : $"Slow tokens answer earlier ({figures}).";
            return Joint(text, [], [Instrument.Distances, Instrument.Answers]);
        }

        /// <summary>Certified rest beside runs from other starts.</summary>
        public Finding? Starts()
        {
            if (measures.Paths is not { } paths)
                return null;
            int[] converged = Where(t => _convergence.Tokens[t].Verdict == Verdict.Converged && !paths.Tokens[t].IsUnread);
            if (converged.Length == 0)
                return null;
            int[] elsewhere = [.. converged.Where(t => paths.Tokens[t].IsSplit)];
            Instrument[] joined = [Instrument.Distances, Instrument.Starts];
            return elsewhere.Length == 0
                ? Joint(
                    $"None of the {converged.Length} certified rests whose ends could be counted depends on the start in {paths.Runs} runs; an end that fewer than {Percent(paths.BasinShareSeen)} of starts reach would have been missed with a chance of 5 % or more.", [], joined)
                : Joint(
                    $"At rest, and yet not the only rest: {Names(elsewhere)} end{(elsewhere.Length == 1 ? "s" : "")} at another place from another start. s* is then one of several, and distances to it are of this start.", elsewhere, joined);
        }

        static Finding Joint(string text, int[] positions, Instrument[] joins) => new(FindingKind.Agreement, text, positions) { Joins = joins };

        int[] Where(Func<int, bool> holds) => [.. Enumerable.Range(0, _convergence.Positions).Where(holds)];

        string Name(int t) => Findings.Name(measures.Labels, t);

        string Names(int[] positions) => Findings.Names(measures.Labels, positions);
    }

    internal static string Text(double value) => value.ToString("G3", CultureInfo.InvariantCulture).Replace('-', '−');

    internal static string Percent(double share) => $"{Text(100 * share)} %";
}
