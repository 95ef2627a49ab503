namespace Muninn.Microscope.Measures;

/// <summary>What is known of how far s* of one token is from rest. All shares are of the size of s*.</summary>
/// <param name="Ratio">Contraction ratio q of the raw steps (<see cref="StepDecay"/>); NaN where none stood above the floor.</param>
/// <param name="RatioMost">q at the upper end of its error; at least 1: the steps do not shrink as far as can be told.</param>
/// <param name="TailBound">Σ of all steps after s* as a share of ‖s*‖: ‖Δ‖ · q / (1 − q) with that upper q; infinite where they do not shrink.</param>
/// <param name="Floor">Distance behind the final norm below which differences are rounding.</param>
/// <param name="StepFloor">Step of a state at rest, as a share of ‖s*‖.</param>
/// <param name="FloorIsMeasured">Whether the two floors were measured for this token by perturbed restarts, or assumed.</param>
public readonly record struct RestCertificate(
    float Ratio, float RatioMost, float TailBound, float Floor, float StepFloor, bool FloorIsMeasured)
{
    /// <summary>Whether the steps shrink, as far as can be told; true where all of them are rounding.</summary>
    public bool Shrinks => !(RatioMost >= 1);

    /// <summary>
    /// Distance of s* from rest, at most, as a share of its size: tail bound and floor together. The tail is that of raw states; the
    /// floor is that of <see cref="Floor"/> behind the final norm.
    /// </summary>
    /// <param name="restNorm">‖ln_f(s*)‖₂.</param>
    public double ErrorMost(double restNorm) => TailBound + (restNorm > 0 ? Floor / restNorm : 0);

    /// <summary>The certificate of one token.</summary>
    /// <param name="decay">How its steps shrink.</param>
    /// <param name="horizonResidual">Residual of s* itself.</param>
    /// <param name="size">‖s*‖ of the raw state.</param>
    /// <param name="restNorm">‖ln_f(s*)‖₂.</param>
    /// <param name="floor">The floors of all tokens.</param>
    /// <param name="position">The token.</param>
    internal static RestCertificate Of(
        StepDecay decay, double horizonResidual, double size, double restNorm, RoundingFloor floor, int position)
    {
        // No step above the floor, not even the first: the run began at rest, or within rounding of it. Restarts have then shown that
        // rest attracts; without them the last step stands for what is left.
        double tail = decay.Count == 0 ? floor.IsMeasured[position] ? 0 : horizonResidual
            : size > 0 ? decay.Tail / size
            : decay.Tail > 0 ? double.PositiveInfinity : decay.Tail;
        return new RestCertificate(
            (float)decay.Ratio, (float)decay.RatioMost, (float)tail, (float)(floor.Distance[position] * restNorm),
            floor.Step[position], floor.IsMeasured[position]);
    }
}
