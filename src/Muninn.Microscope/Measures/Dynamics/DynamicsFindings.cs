using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using MathNet.Numerics.Distributions;

namespace Muninn.Microscope.Measures.Dynamics;

/// <summary>What the dynamics of a prompt say in plain words, from the numbers alone.</summary>
public static class DynamicsFindings
{
    /// <summary>Above this share of its size a state is called moving, and the Jacobian there is not that of a fixed point.</summary>
    public const double MovingShare = 1e-3;

    /// <summary>A measured rate agrees with a spectral radius within this much …</summary>
    const double AgreementMin = 0.02;

    /// <summary>… or this many standard errors.</summary>
    const double ErrorsMax = 3;

    /// <summary>A rate less certain than this agrees with too much to say anything.</summary>
    internal const double ErrorMax = 0.02;

    /// <summary>Chance that exponents which are 0 make one of all tokens seem to part, or to approach.</summary>
    const double ChanceMax = 0.05;

    /// <summary>Products with J are exact to about 10⁻⁶ of their length: so much of an exponent is rounding.</summary>
    const double ExponentRounding = 1e-6;

    /// <summary>Tokens named in one sentence.</summary>
    const int NamesMax = 5;

    /// <summary>The findings, the most important first.</summary>
    /// <param name="dynamics">The measure.</param>
    /// <param name="labels">Display text of each token, <c>[positions]</c>.</param>
    /// <exception cref="ArgumentException">Another number of labels.</exception>
    public static IReadOnlyList<Finding> Describe(PromptDynamics dynamics, IReadOnlyList<string> labels)
    {
        ArgumentNullException.ThrowIfNull(dynamics);
        ArgumentNullException.ThrowIfNull(labels);
        if (labels.Count != dynamics.Tokens.Count)
            throw new ArgumentException(
                $"There are {labels.Count} labels for {dynamics.Tokens.Count} tokens; give one for each.", nameof(labels));
        var reader = new Reader(dynamics, labels);
        Finding?[] findings =
            [reader.Radii(), reader.Rates(), reader.Turns(), reader.Stretches(), reader.Exponents(), reader.Pulls()];
        return [.. findings.OfType<Finding>()];
    }

    sealed class Reader(PromptDynamics dynamics, IReadOnlyList<string> labels)
    {
        readonly IReadOnlyList<TokenDynamics> _tokens = dynamics.Tokens;

        public Finding Radii()
        {
            int[] known = Where(static token => double.IsFinite(token.Spectrum.Radius));
            if (known.Length == 0)
                return new Finding(FindingKind.Eigenvalue, $"The Jacobian at iteration {dynamics.RestIteration} is not finite: the states are not.", []);
            int slowest = known.MaxBy(t => _tokens[t].Spectrum.Radius);
            int fastest = known.MinBy(t => _tokens[t].Spectrum.Radius);
            int[] wide = Where(static token => token.Spectrum.Radius >= 1);
            int[] moving = Where(static token => !(token.RestResidual <= MovingShare));
            int[] uncertain = Where(static token => double.IsFinite(token.Spectrum.Radius) && !token.Spectrum.IsConverged);
            int[] lost = [.. Enumerable.Range(0, _tokens.Count).Except(known)];
            string text = wide.Length == 0
                ? $"Around the state of iteration {dynamics.RestIteration} every token{(lost.Length > 0 ? " with a finite Jacobian" : "")} contracts: spectral radius {Text(_tokens[fastest].Spectrum.Radius)} to "
                    + $"{Text(_tokens[slowest].Spectrum.Radius)}, the slowest {Name(slowest)}."
                : $"Around the state of iteration {dynamics.RestIteration} the iteration does not contract at {Names(wide)}: spectral radius up to "
                    + $"{Text(_tokens[slowest].Spectrum.Radius)}.";
            if (moving.Length > 0)
                text += $" That state is no fixed point for {Names(moving)}, which still move{(moving.Length == 1 ? "s" : "")}; eigenvalues there tell of one iteration only.";
            if (uncertain.Length > 0)
                text += $" Not certain, their residuals are too large: {Names(uncertain)}.";
            if (lost.Length > 0)
                text += $" Not finite: {Names(lost)}.";
            return new Finding(FindingKind.Eigenvalue, text, [.. wide.Length > 0 ? wide : [slowest]]);
        }

        public Finding? Rates()
        {
            int[] rated = Where(static token => double.IsFinite(token.Rate.Ratio) && double.IsFinite(token.Spectrum.Radius));
            if (rated.Length == 0)
                return null;
            int[] leftOut = [.. rated.Where(t => !IsFixed(_tokens[t]) || !IsFixed(_tokens[_tokens[t].SlowestUpTo]))];
            int[] vague = [.. rated.Except(leftOut).Where(t => !(_tokens[t].Rate.StandardError <= ErrorMax))];
            int[] compared = [.. rated.Except(leftOut).Except(vague)];
            // In the long run a token falls as the slowest up to it; until that shows, as fast as it would by itself.
            int[] faster = [.. compared.Where(t => _tokens[t].Rate.Ratio < _tokens[t].Spectrum.Radius - Allowed(_tokens[t]))];
            int[] slower = [.. compared.Where(t => _tokens[t].Rate.Ratio > _tokens[t].RadiusUpTo + Allowed(_tokens[t]))];
            int driven = compared.Count(t => Math.Abs(_tokens[t].Rate.Ratio - _tokens[t].RadiusUpTo) <= Allowed(_tokens[t]));
            string text = compared.Length == 0
                ? "No rate can be held against the Jacobian."
                : $"{compared.Length - faster.Length - slower.Length} of {compared.Length} rates read from the trajectory lie where the Jacobian puts them, between "
                    + $"the token's own spectral radius and the largest up to it (within {Text(AgreementMin)} or three standard errors), {driven} at the latter.";
            if (faster.Length > 0)
                text += $" Faster, as long as their slowest direction has not shown: {Names(faster)}.";
            if (slower.Length > 0)
                text += $" Slower over the iterations that could be read, perhaps because earlier tokens pass on what has not faded yet: {Names(slower)}.";
            if (vague.Length > 0)
                text += $" Too imprecise to tell, standard errors above {Text(ErrorMax)}: {Names(vague)}.";
            if (leftOut.Length > 0)
                text += $" Left out, where the state moves or the radius is not certain: {Names(leftOut)}.";
            return new Finding(FindingKind.Contraction, text, [.. faster, .. slower]);
        }

        public Finding? Turns()
        {
            const double AngleMin = 1e-3;
            int[] turning = Where(static token => token.Spectrum.Angle is > AngleMin and < Math.PI - AngleMin);
            int[] alternating = Where(static token => token.Spectrum.Angle >= Math.PI - AngleMin);
            if (turning.Length == 0 && alternating.Length == 0)
                return null;
            string text = "";
            if (turning.Length > 0)
            {
                int first = turning.MinBy(t => _tokens[t].Spectrum.Angle);
                int last = turning.MaxBy(t => _tokens[t].Spectrum.Angle);
                text = $"{Count(turning.Length)} along the slowest direction: once in {Text(Period(first))} iterations ({Name(first)})"
                    + (turning.Length > 1 ? $" to once in {Text(Period(last))} ({Name(last)})." : ".");
            }

            if (alternating.Length > 0)
                text += (text.Length > 0 ? " " : "") + $"The slowest direction changes sides at every iteration at {Names(alternating)}.";
            return new Finding(FindingKind.Turn, text, [.. turning, .. alternating]);
        }

        public Finding? Stretches()
        {
            int[] known = Where(static token => token.NormalityGap is { } gap && double.IsFinite(gap));
            if (known.Length == 0)
                return null;
            int most = known.MaxBy(t => _tokens[t].NormalityGap);
            var token = _tokens[most];
            return new Finding(FindingKind.Stretch,
                $"At {Name(most)} one iteration can multiply a disturbance by up to {Text(token.Stretch!.Largest)}, the long run by {Text(token.Spectrum.Radius)} "
                + $"at each: the widest gap between singular value and spectral radius, {Text(token.NormalityGap!.Value)}; the median is "
                + $"{Text(Statistics.Median(known.Select(t => _tokens[t].NormalityGap!.Value)))}.", [most]);
        }

        public Finding? Exponents()
        {
            int[] known = Where(static token => token.Lyapunov is { } lyapunov && !double.IsNaN(lyapunov.Exponents[0]));
            if (known.Length == 0)
                return null;
            int[] away = [.. known.Where(t => IsBeyondChance(_tokens[t].Lyapunov!, 1, known.Length))];
            int[] open = [.. known.Except(away).Where(t => !IsBeyondChance(_tokens[t].Lyapunov!, -1, known.Length))];
            int most = known.MaxBy(t => _tokens[t].Lyapunov!.Exponents[0]);
            var largest = _tokens[most].Lyapunov!;
            string figure = $"the largest {Text(largest.Exponents[0])} ± {Text(largest.StandardErrors[0])} nats per iteration ({Name(most)})";
            string chance = $"beyond chance ({Text(100 * ChanceMax)} % over {known.Length} token{(known.Length == 1 ? "" : "s")})";
            if (away.Length > 0)
                return new Finding(FindingKind.Lyapunov,
                    $"Neighbouring trajectories part at {Names(away)}: Lyapunov exponents above 0 {chance}, {figure}."
                    + (open.Length > 0 ? $" It cannot be told at {Names(open)}." : ""), away);
            return new Finding(FindingKind.Lyapunov, open.Length == 0
                ? $"No token's neighbouring trajectories part: every Lyapunov exponent over {largest.Iterations} iterations is below 0 {chance}, {figure}."
                : $"Whether neighbouring trajectories part cannot be told at {Names(open)}: Lyapunov exponents over {largest.Iterations} iterations do not differ "
                    + $"from 0 {chance}, {figure}.", open);
        }

        public Finding? Pulls()
        {
            if (dynamics.Pulls is not { Positions: > 1 } pulls)
                return null;
            int size = pulls.Positions;
            int[] known = [.. Enumerable.Range(0, size * size).Where(i => i / size > i % size && double.IsFinite(pulls.Norm[i]))];
            if (known.Length == 0)
                return null;
            int strongest = known.MaxBy(i => pulls.Norm[i]);
            var (t, u) = (strongest / size, strongest % size);
            double error = pulls.StandardError[strongest];
            return new Finding(FindingKind.Pull,
                $"The strongest pull between two tokens is that of {Name(u)} on {Name(t)}: ‖J‖ = {Text(pulls.Norm[strongest])}{(error > 0 ? $" ± {Text(error)}" : "")}, beside "
                + $"{Text(pulls.Norm[t * size + t])} of the latter on itself.", [u, t]);
        }

        static double Allowed(TokenDynamics token) => Math.Max(AgreementMin, ErrorsMax * token.Rate.StandardError);

        static bool IsFixed(TokenDynamics token) => token.Spectrum.IsConverged && token.RestResidual <= MovingShare;

        /// <summary>Student's test of one exponent on one side, its share of chance shared among all tokens and both sides (Bonferroni).</summary>
        static bool IsBeyondChance(LyapunovExponents lyapunov, int side, int tokens)
        {
            double exponent = side * lyapunov.Exponents[0];
            // A direction that is lost has no error, and is below 0 for certain.
            if (double.IsInfinity(exponent))
                return exponent > 0;
            double error = lyapunov.StandardErrors[0];
            if (!(exponent > ExponentRounding) || !double.IsFinite(error))
                return false;
            return error == 0 || StudentT.CDF(0, 1, lyapunov.Iterations - 1, -exponent / error) <= ChanceMax / 2 / tokens;
        }

        double Period(int t) => 2 * Math.PI / _tokens[t].Spectrum.Angle;

        int[] Where(Func<TokenDynamics, bool> holds) => [.. _tokens.Where(holds).Select(static token => token.Position)];

        string Name(int t) => $"“{labels[t]}” (position {t})";

        string Names(int[] positions) =>
            string.Join(", ", positions.Take(NamesMax).Select(Name)) +
            (positions.Length > NamesMax ? $" and {positions.Length - NamesMax} more" : "");

        static string Count(int count) => count == 1 ? "1 token turns" : $"{count} tokens turn";

        static string Text(double value) => value.ToString("G3", CultureInfo.InvariantCulture).Replace('-', '−');
    }
}
