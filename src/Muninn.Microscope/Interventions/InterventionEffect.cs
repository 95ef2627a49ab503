using System;
using System.Collections.Generic;
using System.Linq;
using Muninn.Microscope.Measures;

namespace Muninn.Microscope.Interventions;

/// <summary>What counts as back, and as at rest.</summary>
public sealed record EffectSettings
{
    /// <summary>A state is where it was when its distance is at most this share of ‖ln_f(s)‖; at rest when its residual is at most this.</summary>
    public double Tolerance { get; init; } = 1e-3;

    /// <summary>Distances below this share of ‖ln_f(s)‖ are float32 rounding, not dynamics. See docs/decisions/0002.</summary>
    public double RoundingShare { get; init; } = RoundingFloor.AssumedShare;
}

/// <summary>Where a token's state is at the end of an edited run.</summary>
public enum ReturnVerdict
{
    /// <summary>Its state was the same to the bit at every iteration.</summary>
    Untouched,

    /// <summary>It moved, and is back within the tolerance of where the unedited run ends.</summary>
    Returned,

    /// <summary>It is farther away than the tolerance, and both runs are at rest there.</summary>
    Elsewhere,

    /// <summary>It is farther away than the tolerance, and one of the runs still moves: the run is too short to tell.</summary>
    Undecided,

    /// <summary>A distance or a residual is not finite.</summary>
    NotFinite,
}

/// <summary>
/// What edits did to one prompt, against the same run without them:
/// <c>distance[t, i] = ‖ln_f(s̃_i) − ln_f(s_i)‖₂</c>, s̃ of the edited run, both after iteration i and after the edits of s_i itself; and the
/// next token's distribution behind the coda.
/// </summary>
/// <remarks>Distances are behind the final norm, residuals on raw states; sums run in double.</remarks>
public sealed class InterventionEffect
{
    internal InterventionEffect(IReadOnlyList<Edit> edits, bool actsToTheEnd, int positions, int limit, EffectSettings settings)
    {
        Edits = edits;
        ActsToTheEnd = actsToTheEnd;
        Positions = positions;
        Limit = limit;
        Settings = settings;
        Distance = new float[checked(positions * (limit + 1))];
        Residual = new float[positions];
        BaselineResidual = new float[positions];
        RestNorm = new float[positions];
        Shifts = new NextTokenShift[positions];
    }

    /// <summary>What was done, in order.</summary>
    public IReadOnlyList<Edit> Edits { get; }

    /// <summary>As <see cref="Intervention.ActsToTheEnd"/>.</summary>
    public bool ActsToTheEnd { get; }

    /// <summary>Positions of the prompt (T).</summary>
    public int Positions { get; }

    /// <summary>Iterations of both runs (N).</summary>
    public int Limit { get; }

    /// <summary>The settings that were used.</summary>
    public EffectSettings Settings { get; }

    /// <summary>‖ln_f(s̃_i) − ln_f(s_i)‖₂, <c>[T, N + 1]</c>, column i for iteration i.</summary>
    public float[] Distance { get; }

    /// <summary>‖s̃_N − s̃_{N−1}‖ / ‖s̃_N‖ of the edited run, <c>[T]</c>; NaN without iterations.</summary>
    public float[] Residual { get; }

    /// <summary>‖s_N − s_{N−1}‖ / ‖s_N‖ of the unedited run, <c>[T]</c>; NaN without iterations.</summary>
    public float[] BaselineResidual { get; }

    /// <summary>‖ln_f(s_N)‖₂ of the unedited run, <c>[T]</c>: the size against which distances are small or large.</summary>
    public float[] RestNorm { get; }

    /// <summary>What became of the next token's distribution at each position, <c>[T]</c>; the unedited run's first.</summary>
    public NextTokenShift[] Shifts { get; }

    /// <summary>Mean over positions of the divergence, in nats.</summary>
    public double DivergenceMean => Shifts.Average(static shift => shift.Divergence);

    /// <summary>Position of the largest divergence; what is not a number is the largest.</summary>
    public int MostDiverged
    {
        get
        {
            int most = 0;
            for (int t = 1; t < Positions; t++)
            {
                if (!double.IsNaN(Shifts[most].Divergence) && !(Shifts[t].Divergence <= Shifts[most].Divergence))
                    most = t;
            }

            return most;
        }
    }

    /// <summary>Positions whose likeliest next token is another one.</summary>
    public int TopChanges => Shifts.Count(static shift => shift.Before != shift.After);

    /// <summary>ln q − ln p at the last position, of the token that the unedited run holds the likeliest there.</summary>
    public double FinalChange => Shifts[^1].LogProbabilityAfter - Shifts[^1].LogProbabilityBefore;

    /// <summary>Distances of one token, <c>[N + 1]</c>.</summary>
    public ReadOnlySpan<float> DistanceOf(int position) => Distance.AsSpan(position * (Limit + 1), Limit + 1);

    /// <summary>The iteration at which a token is farthest from the unedited run, the first of equal ones.</summary>
    public int PeakOf(int position)
    {
        var distances = DistanceOf(position);
        int peak = 0;
        for (int i = 1; i < distances.Length; i++)
        {
            if (distances[i] > distances[peak])
                peak = i;
        }

        return peak;
    }

    /// <summary>Whether the distance of a token at the end is no more than rounding.</summary>
    public bool EndsWithinRounding(int position) => DistanceOf(position)[^1] <= Settings.RoundingShare * RestNorm[position];

    /// <summary>Where a token's state is at the end.</summary>
    public ReturnVerdict VerdictOf(int position)
    {
        var distances = DistanceOf(position);
        if (distances.IndexOfAnyExcept(0f) < 0)
            return ReturnVerdict.Untouched;
        double end = distances[^1];
        double residual = Math.Max(Residual[position], BaselineResidual[position]);
        if (!double.IsFinite(end) || !float.IsFinite(RestNorm[position]) || (Limit > 0 && !double.IsFinite(residual)))
            return ReturnVerdict.NotFinite;
        return end <= Settings.Tolerance * RestNorm[position] ? ReturnVerdict.Returned
            : residual <= Settings.Tolerance ? ReturnVerdict.Elsewhere
            : ReturnVerdict.Undecided;
    }
}
