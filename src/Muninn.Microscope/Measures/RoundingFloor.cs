using System;
using Muninn.Engine.Recurrence;

namespace Muninn.Microscope.Measures;

/// <summary>
/// What rounding alone does to each token at rest: how far its state strays from s*, and how long its steps are. Either measured
/// from perturbed restarts (<see cref="FloorMeter"/>) or assumed.
/// </summary>
/// <remarks>See docs/decisions/0005: why it is measured, and where it is assumed.</remarks>
public sealed class RoundingFloor
{
    /// <summary>Share of ‖ln_f(s*)‖, and of ‖s*‖ for steps, that is assumed where nothing was measured; docs/decisions/0002.</summary>
    public const double AssumedShare = StateRounding.AssumedShare;

    /// <summary>What stands so many times above the floor can be read: a tenth of it may be rounding.</summary>
    public const double Margin = 10;

    internal RoundingFloor(float[] distance, float[] step, bool[] measured)
    {
        Distance = distance;
        Step = step;
        IsMeasured = measured;
    }

    /// <summary>Distance behind the final norm, as a share of ‖ln_f(s*)‖, below which differences are rounding, <c>[T]</c>.</summary>
    public float[] Distance { get; }

    /// <summary>‖s_i − s_{i−1}‖ / ‖s*‖ of raw states at rest, <c>[T]</c>: residuals no larger are rounding.</summary>
    public float[] Step { get; }

    /// <summary>Whether a token's floor was measured, <c>[T]</c>; where not, it is borrowed from the others or assumed.</summary>
    public bool[] IsMeasured { get; }

    /// <summary>The floor that is assumed where no run measured one.</summary>
    /// <param name="positions">Tokens (T).</param>
    /// <param name="share">Share of the size of s* that is rounding.</param>
    public static RoundingFloor Assumed(int positions, double share = AssumedShare)
    {
        var shares = new float[positions];
        Array.Fill(shares, (float)share);
        return new RoundingFloor(shares, [.. shares], new bool[positions]);
    }
}
