using System;

namespace Muninn.Microscope.Measures;

/// <summary>How one token's row ends.</summary>
public enum Verdict
{
    /// <summary>Within the tolerance of s* at the last plotted iteration, and s* within the tolerance of rest.</summary>
    Converged,

    /// <summary>It falls, but has not come within the tolerance at the last plotted iteration, or s* has not: more iterations.</summary>
    Approaching,

    /// <summary>s* itself still moves by more than the tolerance at the horizon: there is no rest to be near.</summary>
    Moving,

    /// <summary>A state is not finite.</summary>
    Diverged,
}

/// <summary>What one row of the heatmap says in numbers.</summary>
public sealed record TokenConvergence
{
    /// <summary>A row counts as rising only where it climbs by more than this share in one iteration.</summary>
    const double RiseShare = 0.01;

    /// <summary>Rates and rises are read only this many times above the floor.</summary>
    const double FloorMargin = 10;

    /// <summary>Distance at iteration 0.</summary>
    public required double Start { get; init; }

    /// <summary>Distance at the last plotted iteration.</summary>
    public required double End { get; init; }

    /// <summary>
    /// Slope of log₁₀ distance per iteration (least squares from iteration 0 down to ten times the floor); negative
    /// when it falls, NaN with fewer than three points.
    /// </summary>
    public required double Rate { get; init; }

    /// <summary>First iteration from which the distance stays at or below a tenth of the start; null: not in the plot.</summary>
    public required int? IterationsToTenth { get; init; }

    /// <summary>First iteration from which the distance stays at or below a hundredth of the start; null: not in the plot.</summary>
    public required int? IterationsToHundredth { get; init; }

    /// <summary>Whether no iteration raises the distance by more than 1 %, as long as it is ten times above the floor.</summary>
    public required bool IsMonotone { get; init; }

    /// <summary>Largest rise distance[i] / distance[i − 1] above the floor; at most 1 where none.</summary>
    public required double LargestRise { get; init; }

    /// <summary>The iteration i of the largest rise; 0 where none.</summary>
    public required int LargestRiseIteration { get; init; }

    /// <summary>First iteration whose distance is not finite; null: all are.</summary>
    public required int? FirstNotFinite { get; init; }

    /// <summary>
    /// Estimated distance of s* itself from rest, as a share of its size: residual · q / (1 − q), the sum of the steps that
    /// are still to come if each is q = 10^<see cref="Rate"/> of the one before. The residual alone where no rate is known.
    /// </summary>
    public required double RestError { get; init; }

    /// <summary>How the row ends.</summary>
    public required Verdict Verdict { get; init; }

    /// <summary>Reads one row.</summary>
    /// <param name="distance">Distances at iterations 0 … N.</param>
    /// <param name="horizonResidual">Residual of s* itself.</param>
    /// <param name="restNorm">‖ln_f(s*)‖₂.</param>
    /// <param name="settings">Tolerance and rounding share.</param>
    public static TokenConvergence Measure(
        ReadOnlySpan<float> distance, double horizonResidual, double restNorm, ConvergenceSettings settings)
    {
        ArgumentNullException.ThrowIfNull(settings);
        double readable = restNorm * settings.RoundingShare * FloorMargin;
        int? firstNotFinite = FirstNotFiniteIn(distance);
        double rate = firstNotFinite is null ? RateOf(distance, readable) : double.NaN;
        double restError = RestErrorOf(horizonResidual, rate);
        (double rise, int riseIteration) = firstNotFinite is null ? LargestRiseIn(distance, readable) : (1, 0);
        return new TokenConvergence
        {
            Start = distance[0],
            End = distance[^1],
            Rate = rate,
            IterationsToTenth = StaysBelow(distance, distance[0] * 0.1),
            IterationsToHundredth = StaysBelow(distance, distance[0] * 0.01),
            IsMonotone = firstNotFinite is null && rise <= 1 + RiseShare,
            LargestRise = rise,
            LargestRiseIteration = riseIteration,
            FirstNotFinite = firstNotFinite,
            RestError = restError,
            Verdict = VerdictOf(distance[^1] / restNorm, firstNotFinite, horizonResidual, restError, settings.Tolerance),
        };
    }

    static Verdict VerdictOf(
        double endShare, int? firstNotFinite, double horizonResidual, double restError, double tolerance)
    {
        if (firstNotFinite is not null || !double.IsFinite(horizonResidual))
            return Verdict.Diverged;
        if (horizonResidual > tolerance)
            return Verdict.Moving;
        return endShare <= tolerance && restError <= tolerance ? Verdict.Converged : Verdict.Approaching;
    }

    static double RestErrorOf(double horizonResidual, double rate)
    {
        double ratio = Math.Pow(10, rate);
        return ratio < 1 ? horizonResidual * Math.Max(1, ratio / (1 - ratio)) : horizonResidual;
    }

    static int? FirstNotFiniteIn(ReadOnlySpan<float> distance)
    {
        for (int i = 0; i < distance.Length; i++)
        {
            if (!float.IsFinite(distance[i]))
                return i;
        }

        return null;
    }

    static double RateOf(ReadOnlySpan<float> distance, double readable)
    {
        int count = 0;
        while (count < distance.Length && distance[count] > readable)
            count++;
        if (count < 3)
            return double.NaN;
        double[] logs = new double[count];
        for (int i = 0; i < count; i++)
            logs[i] = Math.Log10(distance[i]);
        return Statistics.Line(logs).Slope;
    }

    static int? StaysBelow(ReadOnlySpan<float> distance, double bound)
    {
        int first = distance.Length;
        while (first > 0 && distance[first - 1] <= bound)
            first--;
        return first < distance.Length ? first : null;
    }

    static (double Rise, int Iteration) LargestRiseIn(ReadOnlySpan<float> distance, double readable)
    {
        double largest = 1;
        int at = 0;
        for (int i = 1; i < distance.Length; i++)
        {
            if (distance[i - 1] <= readable || distance[i] / (double)distance[i - 1] <= largest)
                continue;
            largest = distance[i] / (double)distance[i - 1];
            at = i;
        }

        return (largest, at);
    }
}
