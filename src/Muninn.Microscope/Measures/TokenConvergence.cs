using System;

namespace Muninn.Microscope.Measures;

/// <summary>How one token's row ends: a statement that was checked, with the numbers of its <see cref="RestCertificate"/>.</summary>
public enum Verdict
{
    /// <summary>
    /// Within the tolerance of s* at the end of the plot, and s* within the tolerance of rest: tail bound and rounding floor together
    /// are no more.
    /// </summary>
    Converged,

    /// <summary>It falls, but it has not come within the tolerance by the end of the plot, or s* has not: more iterations.</summary>
    Approaching,

    /// <summary>
    /// There is no rest to be near: s* still moves by more than the tolerance at the horizon, or its steps, above the floor, do not
    /// shrink.
    /// </summary>
    Moving,

    /// <summary>A state is not finite.</summary>
    Diverged,
}

/// <summary>One row of distances, with what is needed to read it.</summary>
/// <param name="distance">Distances at iterations 0, 1, …, the horizon itself left out.</param>
/// <param name="horizonResidual">Residual of s* itself.</param>
/// <param name="restNorm">‖ln_f(s*)‖₂.</param>
/// <param name="rest">How far s* is from rest.</param>
/// <param name="firstNotFinite">First iteration whose state is not finite; null: none.</param>
readonly ref struct DistanceRow(
    ReadOnlySpan<float> distance, double horizonResidual, double restNorm, RestCertificate rest, int? firstNotFinite)
{
    public ReadOnlySpan<float> Distance { get; } = distance;

    public double HorizonResidual { get; } = horizonResidual;

    public double RestNorm { get; } = restNorm;

    public RestCertificate Rest { get; } = rest;

    public int? FirstNotFinite { get; } = firstNotFinite;
}

/// <summary>What one row of the heatmap says in numbers.</summary>
public sealed record TokenConvergence
{
    /// <summary>A row counts as rising only where it climbs by more than this share in one iteration.</summary>
    const double RiseShare = 0.01;

    /// <summary>Rates and rises are read only this many times above the floor.</summary>
    const double FloorMargin = RoundingFloor.Margin;

    /// <summary>Distance at iteration 0.</summary>
    public required double Start { get; init; }

    /// <summary>Distance at the last plotted iteration before the horizon.</summary>
    public required double End { get; init; }

    /// <summary>
    /// Slope of log₁₀ distance per iteration (least squares from iteration 0 down to ten times the floor); negative when it
    /// falls. A row that is there within two iterations has the slope of that fall; NaN where nothing can be read.
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

    /// <summary>First iteration whose state is not finite; null: all are.</summary>
    public required int? FirstNotFinite { get; init; }

    /// <summary>
    /// Distance of s* itself from rest, at most, as a share of its size: tail bound and floor together
    /// (<see cref="RestCertificate.ErrorMost"/>); infinite where its steps do not shrink.
    /// </summary>
    public required double RestError { get; init; }

    /// <summary>How the row ends.</summary>
    public required Verdict Verdict { get; init; }

    internal static TokenConvergence Measure(DistanceRow row, double tolerance)
    {
        double readable = row.Rest.Floor * FloorMargin;
        bool finite = row.FirstNotFinite is null;
        ReadOnlySpan<float> distance = row.Distance;
        double restError = row.Rest.ErrorMost(row.RestNorm);
        (double rise, int riseIteration) = finite ? LargestRiseIn(distance, readable) : (1, 0);
        return new TokenConvergence
        {
            Start = distance[0],
            End = distance[^1],
            Rate = finite ? RateOf(distance, readable) : double.NaN,
            IterationsToTenth = StaysBelow(distance, distance[0] * 0.1),
            IterationsToHundredth = StaysBelow(distance, distance[0] * 0.01),
            IsMonotone = finite && rise <= 1 + RiseShare,
            LargestRise = rise,
            LargestRiseIteration = riseIteration,
            FirstNotFinite = row.FirstNotFinite,
            RestError = restError,
            Verdict = VerdictOf(row, restError, tolerance),
        };
    }

    static Verdict VerdictOf(DistanceRow row, double restError, double tolerance)
    {
        if (row.FirstNotFinite is not null)
            return Verdict.Diverged;
        if (row.HorizonResidual > tolerance)
            return Verdict.Moving;
        if (!row.Rest.Shrinks && row.HorizonResidual > row.Rest.StepFloor * StepDecay.FloorMargin)
            return Verdict.Moving;
        return row.Distance[^1] <= tolerance * row.RestNorm && restError <= tolerance ? Verdict.Converged : Verdict.Approaching;
    }

    static double RateOf(ReadOnlySpan<float> distance, double readable)
    {
        int count = 0;
        while (count < distance.Length && distance[count] > readable)
            count++;
        if (count is 0 || (count < 3 && count == distance.Length))
            return double.NaN;
        if (count < 3)
            return Math.Log10(Math.Max(distance[count], readable) / distance[0]) / count;
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
            double rise = distance[i] / Math.Max(distance[i - 1], readable);
            if (distance[i] > readable && rise > largest)
                (largest, at) = (rise, i);
        }

        return (largest, at);
    }
}
