using System;
using System.Collections.Generic;
using System.Linq;
using Muninn.Microscope.Measures.Dynamics;

namespace Muninn.Microscope.Recordings;

/// <summary>
/// How each of T tokens moves, as <see cref="PromptDynamics"/> measured it: rates of the trajectory, and E leading eigenvalues
/// of its own block of the Jacobian where it comes to rest. NaN stands for what there is not.
/// </summary>
public sealed record RecordedDynamics
{
    /// <summary>Most eigenvalues, or exponents, of a token.</summary>
    public const int CountMax = 64;

    /// <summary>Iteration at whose state the Jacobian was taken.</summary>
    public required int RestIteration { get; init; }

    /// <summary>ε: a token has arrived when what is left of its way is below this share of its state.</summary>
    public required double Epsilon { get; init; }

    /// <summary>Residual up to which an eigenvalue counts as certified, as a share of its modulus.</summary>
    public required double Tolerance { get; init; }

    /// <summary>Seed of all random directions.</summary>
    public required ulong Seed { get; init; }

    /// <summary>q, the ratio of a step to the one before, <c>[T]</c>.</summary>
    public required float[] Rate { get; init; }

    /// <summary>Standard error of q, <c>[T]</c>.</summary>
    public required float[] RateError { get; init; }

    /// <summary>First and last iteration of the fit, <c>[T, 2]</c>; the last before the first: there is none.</summary>
    public required int[] Window { get; init; }

    /// <summary>First iteration from which on every step is rounding, <c>[T]</c>; −1: none.</summary>
    public required int[] FloorIteration { get; init; }

    /// <summary>First iteration from which the way that is left is below ε, <c>[T]</c>; NaN: never, or not known.</summary>
    public required float[] Arrival { get; init; }

    /// <summary>Whether that iteration lies beyond the trajectory, <c>[T]</c>.</summary>
    public required bool[] IsExtrapolated { get; init; }

    /// <summary>‖core(s) − s‖ / ‖core(s)‖ of the state where the Jacobian is taken, <c>[T]</c>.</summary>
    public required float[] RestResidual { get; init; }

    /// <summary>Eigenvalues listed for a token (E).</summary>
    public required int Count { get; init; }

    /// <summary>Re λ and Im λ ≥ 0, largest modulus first, <c>[T, E, 2]</c>.</summary>
    public required float[] Eigenvalues { get; init; }

    /// <summary>‖Jx − λx‖ with ‖x‖ = 1, <c>[T, E]</c>.</summary>
    public required float[] Residual { get; init; }

    /// <summary>Whether the residual is within the tolerance, <c>[T, E]</c>.</summary>
    public required bool[] IsCertified { get; init; }

    /// <summary>Largest spectral radius of the tokens up to each, <c>[T]</c>.</summary>
    public required float[] RadiusUpTo { get; init; }

    /// <summary>The token of that radius, <c>[T]</c>.</summary>
    public required int[] SlowestUpTo { get; init; }

    /// <summary>Largest singular value of its own block, <c>[T]</c>; null: not measured.</summary>
    public float[]? Stretch { get; init; }

    /// <summary>‖Jᵀy − σx‖, <c>[T]</c>; null: not measured.</summary>
    public float[]? StretchResidual { get; init; }

    /// <summary>Lyapunov exponents of a token (L); 0: not measured.</summary>
    public int ExponentCount { get; init; }

    /// <summary>Finite-time Lyapunov exponents along the trajectory, largest first, <c>[T, L]</c>.</summary>
    public float[] Exponents { get; init; } = [];

    /// <summary>Their standard errors, <c>[T, L]</c>.</summary>
    public float[] ExponentErrors { get; init; } = [];

    /// <summary>Iterations over which the exponents are means.</summary>
    public int ExponentIterations { get; init; }

    /// <summary>What the numbers say, in the words of the version that measured them.</summary>
    public IReadOnlyList<string> Findings { get; init; } = [];

    /// <summary>Tokens (T).</summary>
    public int Positions => Rate.Length;

    /// <summary>ln 2 / −ln q: iterations in which the step halves; infinite where q is not below 1, NaN where there is none.</summary>
    /// <param name="position">The token.</param>
    public double HalfLife(int position) => double.IsNaN(Rate[position]) ? double.NaN
        : Rate[position] < 1 ? Math.Log(2) / -Math.Log(Rate[position]) : double.PositiveInfinity;

    /// <summary>|λ|; NaN where there are fewer.</summary>
    /// <param name="position">The token.</param>
    /// <param name="number">Of the eigenvalue, 0 … E − 1.</param>
    public double Modulus(int position, int number)
    {
        var (real, imaginary) = Eigenvalue(position, number);
        return Math.Sqrt(real * real + imaginary * imaginary);
    }

    /// <summary>arg λ in radians, 0 … π; NaN where there are fewer.</summary>
    /// <param name="position">The token.</param>
    /// <param name="number">Of the eigenvalue, 0 … E − 1.</param>
    public double Angle(int position, int number)
    {
        var (real, imaginary) = Eigenvalue(position, number);
        return Math.Atan2(imaginary, real);
    }

    /// <summary>Spectral radius: |λ| of the first.</summary>
    /// <param name="position">The token.</param>
    public double Radius(int position) => Modulus(position, 0);

    /// <summary>What a measurement found.</summary>
    /// <param name="dynamics">The measurement.</param>
    /// <param name="settings">How it was made.</param>
    /// <param name="labels">Display text of each token, for the findings.</param>
    public static RecordedDynamics Of(PromptDynamics dynamics, DynamicsSettings settings, IReadOnlyList<string> labels)
    {
        ArgumentNullException.ThrowIfNull(dynamics);
        ArgumentNullException.ThrowIfNull(settings);
        var tokens = dynamics.Tokens;
        int count = settings.Spectrum.Count;
        int exponents = settings.Lyapunov?.Count ?? 0;
        var pairs = tokens.SelectMany(token => Enumerable.Range(0, count).Select(k => k < token.Spectrum.Leading.Count ? token.Spectrum.Leading[k] : null)).ToArray();
        return new RecordedDynamics
        {
            RestIteration = dynamics.RestIteration,
            Epsilon = settings.Rate.Epsilon,
            Tolerance = settings.Spectrum.Tolerance,
            Seed = settings.Spectrum.Seed,
            Rate = Each(static token => token.Rate.Ratio),
            RateError = Each(static token => token.Rate.StandardError),
            Window = [.. tokens.SelectMany(static token => new[] { token.Rate.First, token.Rate.Last })],
            FloorIteration = [.. tokens.Select(static token => token.Rate.FloorIteration ?? -1)],
            Arrival = Each(static token => token.Rate.IterationsToEpsilon ?? double.NaN),
            IsExtrapolated = [.. tokens.Select(static token => token.Rate.IsExtrapolated)],
            RestResidual = Each(static token => token.RestResidual),
            Count = count,
            Eigenvalues = [.. pairs.SelectMany(static pair => new[] { (float)(pair?.Real ?? double.NaN), (float)(pair?.Imaginary ?? double.NaN) })],
            Residual = [.. pairs.Select(static pair => (float)(pair?.Residual ?? double.NaN))],
            IsCertified = [.. pairs.Select(pair => pair is not null && pair.Residual <= Math.Max(1e-12, settings.Spectrum.Tolerance * pair.Modulus))],
            RadiusUpTo = Each(static token => token.RadiusUpTo),
            SlowestUpTo = [.. tokens.Select(static token => token.SlowestUpTo)],
            Stretch = settings.Stretch is null ? null : Each(static token => token.Stretch?.Largest ?? double.NaN),
            StretchResidual = settings.Stretch is null ? null : Each(static token => token.Stretch?.Residual ?? double.NaN),
            ExponentCount = exponents,
            Exponents = [.. tokens.SelectMany(token => Enumerable.Range(0, exponents).Select(k => (float)token.Lyapunov!.Exponents[k]))],
            ExponentErrors = [.. tokens.SelectMany(token => Enumerable.Range(0, exponents).Select(k => (float)token.Lyapunov!.StandardErrors[k]))],
            ExponentIterations = exponents == 0 ? 0 : tokens[0].Lyapunov!.Iterations,
            Findings = [.. DynamicsFindings.Describe(dynamics, labels).Select(static finding => finding.Text)],
        };

        float[] Each(Func<TokenDynamics, double> value) => [.. tokens.Select(token => (float)value(token))];
    }

    (double Real, double Imaginary) Eigenvalue(int position, int number)
    {
        int at = 2 * (position * Count + number);
        return (Eigenvalues[at], Eigenvalues[at + 1]);
    }
}
