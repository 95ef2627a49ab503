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

    /// <summary>A beat agrees with an angle within this many of its standard errors …</summary>
    const double ErrorsMax = 3;

    /// <summary>… or this much, in radians an iteration.</summary>
    const double AngleMin = 0.02;

    /// <summary>The findings, the most important first.</summary>
    /// <param name="measures">Of one prompt.</param>
    /// <exception cref="ArgumentException">Measures of other numbers of tokens.</exception>
    public static IReadOnlyList<Finding> Describe(JointMeasures measures)
    {
        ArgumentNullException.ThrowIfNull(measures);
        var reader = new Reader(measures.Validated());
        Finding?[] findings = [reader.Rest(), reader.Turns(), reader.Answers(), reader.LateAnswers(), reader.Starts()];
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
                    : " No certified spectral radius of such a token is 1 or more.";
            }

            return new Finding(FindingKind.Agreement, text, [.. other, .. moving]);
        }

        /// <summary>The frequency seen in the steps beside the angle of the leading eigenvalue.</summary>
        public Finding? Turns()
        {
            if (measures is not { Motions: { } motions, Dynamics: { } dynamics })
                return null;
            int[] beating = Where(t => motions.Tokens[t] is { Beat: not null, Beating: { } test } && test.Adjusted < motions.Settings.Significance
                && dynamics.Tokens[t].Spectrum.IsConverged);
            if (beating.Length == 0)
                return null;
            int[] apart = [.. beating.Where(t => !Agrees(t))];
            string text = $"{beating.Length - apart.Length} of {beating.Length} tokens with a beat told from noise turn as an eigenvalue of their Jacobian does"
                + $" (within {Text(AngleMin)} radians an iteration or three standard errors).";
            if (apart.Length > 0)
                text += $" Otherwise: {string.Join(", ", apart.Take(Findings.NamesMax).Select(Described))}"
                    + (apart.Length > Findings.NamesMax ? $" and {apart.Length - Findings.NamesMax} more" : "")
                    + "; far from rest, or driven by an earlier token, a beat need not be one of its own eigenvalues.";
            return new Finding(FindingKind.Agreement, text, apart);

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
            int last = _convergence.Settings.Iterations;
            int[] told = Where(t => lens.Commit[t] is { } commit && commit <= last && _convergence.RestNorm[t] > 0 && _convergence.Tokens[t].FirstNotFinite is null);
            if (told.Length == 0)
                return null;
            double[] shares = [.. told.Select(t => (double)_convergence.DistanceOf(t)[lens.Commit[t]!.Value] / _convergence.RestNorm[t])];
            int[] resting = [.. told.Where(t => _convergence.Tokens[t].IterationsToHundredth is not null)];
            string text = $"The answer stands before the state does: when the likeliest next token no longer changes, the state is {Percent(Statistics.Median(shares))} of ‖s*‖ "
                + $"from its end (median of {told.Length}; {Percent(shares.Min())} to {Percent(shares.Max())})";
            if (resting.Length > 0)
                text += $"; a hundredth of the first distance is reached {Text(Statistics.Median(resting.Select(t => (double)_convergence.Tokens[t].IterationsToHundredth! - lens.Commit[t]!.Value)))} "
                    + "iterations later (median)";
            return new Finding(FindingKind.Agreement, text + ".", []);
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
                return new Finding(FindingKind.Agreement, "All answers stand from the same iteration on, whatever the pace of their tokens.", []);
            string figures = $"Spearman {Text(correlation.Coefficient)}, p {Text(correlation.P)}, {correlation.Count} tokens, as if they were independent";
            string text = correlation.P >= ChanceMax ? $"Whether slow tokens answer later cannot be told ({figures})."
                : correlation.Coefficient > 0 ? $"Slow tokens answer later ({figures})."
                : $"Slow tokens answer earlier ({figures}).";
            return new Finding(FindingKind.Agreement, text, []);
        }

        /// <summary>Certified rest beside runs from other starts.</summary>
        public Finding? Starts()
        {
            if (measures.Paths is not { } paths)
                return null;
            int[] converged = Where(t => _convergence.Tokens[t].Verdict == Verdict.Converged);
            if (converged.Length == 0)
                return null;
            int[] elsewhere = [.. converged.Where(t => paths.Tokens[t].BasinSizes.Length > 1)];
            return elsewhere.Length == 0
                ? new Finding(FindingKind.Agreement,
                    $"No certified rest depends on the start in {paths.Runs} runs; an end that fewer than {Percent(paths.BasinShareSeen)} of starts reach would have been missed with a chance of 5 % or more.", [])
                : new Finding(FindingKind.Agreement,
                    $"At rest, and yet not the only rest: {Names(elsewhere)} end{(elsewhere.Length == 1 ? "s" : "")} at another place from another start. s* is then one of several, and distances to it are of this start.", elsewhere);
        }

        int[] Where(Func<int, bool> holds) => [.. Enumerable.Range(0, _convergence.Positions).Where(holds)];

        string Name(int t) => Findings.Name(measures.Labels, t);

        string Names(int[] positions) => Findings.Names(measures.Labels, positions);
    }

    internal static string Text(double value) => value.ToString("G3", CultureInfo.InvariantCulture).Replace('-', '−');

    internal static string Percent(double share) => $"{Text(100 * share)} %";
}
