namespace Muninn.Microscope.Measures.Motion;

/// <summary>
/// How the state of a token moves from iteration to iteration. A class is claimed only where its tests reject every
/// <see cref="NullModel"/> after correction over all tests of all tokens; see <see cref="Motions"/>.
/// </summary>
public enum MotionClass
{
    /// <summary>
    /// Nothing that noise would not do: the steps neither shrink, nor keep a beat, nor keep a direction more than surrogates do.
    /// It does not say that the motion is noise.
    /// </summary>
    NotToldApart = 0,

    /// <summary>
    /// The steps shrink, and either reach the rounding floor or leave a way of no more than
    /// <see cref="MotionSettings.RestShare"/> of the path. A spiral that shrinks is a fixed point with a turning approach.
    /// </summary>
    FixedPoint = 1,

    /// <summary>
    /// The steps keep a beat, a cycle of two included, and their size changes by no more than
    /// <see cref="MotionSettings.SteadyChange"/> over the late half of the window: the interval of their change lies within that
    /// bound, and does not lie outside <see cref="MotionSettings.NegligibleChange"/>. What is shown to shrink or grow is no orbit.
    /// </summary>
    Orbit = 2,

    /// <summary>
    /// The steps keep a direction and a size: steady motion along a line, with at least
    /// <see cref="MotionSettings.StraightShare"/> of the energy in the mean step.
    /// </summary>
    Slider = 3,

    /// <summary>The steps keep a direction and do not shrink, but the way is bent, noisy or uneven.</summary>
    Drift = 4,

    /// <summary>Something does shrink, beat or head somewhere, but at the end of the window it is neither at rest nor steady.</summary>
    Unsettled = 5,

    /// <summary>The state never moved: there is nothing to test.</summary>
    Constant = 6,

    /// <summary>Fewer steps than a test needs.</summary>
    TooShort = 7,

    /// <summary>A state holds NaN or infinity.</summary>
    NotFinite = 8,
}

/// <summary>How a token that comes to rest gets there.</summary>
public enum Approach
{
    /// <summary>Neither beat nor direction could be told from noise, or there were too few steps to look for them.</summary>
    NotTold = 0,

    /// <summary>Along a line.</summary>
    Straight = 1,

    /// <summary>In a spiral, or from side to side.</summary>
    Turning = 2,
}

/// <summary>One claim about one token, against surrogates.</summary>
/// <param name="Statistic">What was observed; larger is more extreme.</param>
/// <param name="Surrogates">Surrogates of each null model (n).</param>
/// <param name="ByModel">
/// (1 + surrogates at least as extreme) / (1 + n) for each <see cref="NullModel"/>, in its order.
/// </param>
/// <param name="P">The largest of <paramref name="ByModel"/>: all explanations must fail.</param>
/// <param name="Adjusted">P after Benjamini–Hochberg over every test of every token of the measurement (q).</param>
public sealed record MotionTest(double Statistic, int Surrogates, double[] ByModel, double P, double Adjusted)
{
    /// <summary>
    /// Shrinking alone: p of a falling line in ln ‖d_i‖ against noise whose strength has a memory of unknown length. NaN: not asked for, as
    /// the steps stay at the rounding floor. It counts in <see cref="P"/>.
    /// </summary>
    public double SizeP { get; init; } = double.NaN;

    /// <summary>P with the phases of the whole late half at random as one more model (the strictest reading); P itself for shrinking.</summary>
    public double WholeP { get; init; }

    /// <summary>WholeP after the same correction.</summary>
    public double WholeAdjusted { get; init; }
}

/// <summary>How one token moves.</summary>
public sealed record TokenMotion
{
    /// <summary>The class.</summary>
    public required MotionClass Class { get; init; }

    /// <summary>First iteration whose state is not finite; null: all are.</summary>
    public int? FirstNotFinite { get; init; }

    /// <summary>Steps above the rounding floor, from the first (n); at least eight, though the last of them be rounding.</summary>
    public required int Steps { get; init; }

    /// <summary>Whether the steps fell to the rounding floor before the last iteration.</summary>
    public bool ReachesFloor { get; init; }

    /// <summary>Steps in the late half of the window, where beat and direction are sought (m).</summary>
    public int LateSteps { get; init; }

    /// <summary>
    /// The steps shrink: minus the slope of ln ‖d_i‖ per iteration over the window, smoothed over three steps. Null: too few steps.
    /// </summary>
    public MotionTest? Shrinking { get; init; }

    /// <summary>The steps keep a beat: the share of one frequency in their energy. Null: too few steps.</summary>
    public MotionTest? Beating { get; init; }

    /// <summary>The steps keep a direction: the share of the mean step in their energy. Null: too few steps.</summary>
    public MotionTest? Heading { get; init; }

    /// <summary>The strongest beat of the late steps, whether or not it is told from noise; null: too few steps.</summary>
    public Beat? Beat { get; init; }

    /// <summary>‖d_{i+1}‖ / ‖d_i‖, the mean over the late half, from the energies of its halves; NaN where nothing moves.</summary>
    public double Ratio { get; init; } = double.NaN;

    /// <summary>What ‖d_{i+1}‖ / ‖d_i‖ comes to at rest, read off the late half; null where it cannot be told.</summary>
    public RestRatio? AtRest { get; init; }

    /// <summary>Size of the steps at the end of the late half against its beginning, minus 1.</summary>
    public double LateChange { get; init; } = double.NaN;

    /// <summary>
    /// ‖d_n‖ · ratio / (1 − ratio) as a share of the path's extent: the way that is left if the steps go on to shrink as in the
    /// late half; infinite where they do not shrink.
    /// </summary>
    public double Remaining { get; init; } = double.NaN;

    /// <summary>Share of the energy along the mean late step that the mean holds; NaN: too few steps.</summary>
    public double Evenness { get; init; } = double.NaN;

    /// <summary>Change of ln ‖d_i‖ over the late half along a line, by least squares.</summary>
    public double LateTrend { get; init; } = double.NaN;

    /// <summary>Half the width of the interval of <see cref="LateTrend"/>, 99 % on each side, memory allowed for.</summary>
    public double LateTrendError { get; init; } = double.NaN;

    /// <summary>Steps in a block of the phase-randomised surrogates of beat and direction; 0: neither is sought.</summary>
    public int PhaseBlockSteps { get; init; }

    /// <summary>The class if beat and direction had also to beat phases at random over the whole late half.</summary>
    public MotionClass StrictClass { get; init; }

    /// <summary>How a fixed point is approached.</summary>
    public Approach Approach { get; init; }

    /// <summary>The test that carries the class, or the one that came nearest to a claim; null where none was made.</summary>
    public MotionTest? Carrier { get; init; }
}
