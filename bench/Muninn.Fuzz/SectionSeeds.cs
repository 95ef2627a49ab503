using Muninn.Microscope.Measures.Motion;
using Muninn.Microscope.Recordings;

namespace Muninn.Fuzz;

/// <summary>The sections of a recording of three tokens and one core block, with numbers that are made up.</summary>
static class SectionSeeds
{
    /// <summary>The recording with all sections.</summary>
    public static Recording With(Recording recording) => recording with
    {
        Dynamics = new RecordedDynamics
        {
            RestIteration = 12,
            Epsilon = 1e-3,
            Tolerance = 1e-5,
            Seed = 1,
            Rate = [0.5f, 1.5f, float.NaN],
            RateError = [0.1f, 0, float.NaN],
            Window = [1, 6, 2, 6, 1, 0],
            FloorIteration = [6, -1, -1],
            Arrival = [4, 20, float.NaN],
            IsExtrapolated = [false, true, false],
            RestResidual = [0, 1e-3f, float.NaN],
            Count = 2,
            Eigenvalues = [0.5f, 0, 0.25f, 0, 0.3f, 0.4f, float.NaN, float.NaN, float.NaN, float.NaN, float.NaN, float.NaN],
            Residual = [1e-7f, 1e-6f, 1e-3f, float.NaN, float.NaN, float.NaN],
            IsCertified = [true, true, false, false, false, false],
            RadiusUpTo = [0.5f, 0.5f, 0.5f],
            SlowestUpTo = [0, 0, 0],
            Stretch = [0.5f, 2, float.NaN],
            StretchResidual = [0, 1e-6f, float.NaN],
            ExponentCount = 1,
            Exponents = [-0.7f, float.NegativeInfinity, float.NaN],
            ExponentErrors = [0, float.NaN, float.NaN],
            ExponentIterations = 5,
            Findings = ["a finding"],
        },
        Classes = new RecordedClasses
        {
            Iterations = 12,
            Seed = 1,
            Significance = 0.01,
            PhaseBlocks = 8,
            Tests = 2,
            Class = [MotionClass.FixedPoint, MotionClass.Orbit, MotionClass.NotFinite],
            StrictClass = [MotionClass.FixedPoint, MotionClass.Unsettled, MotionClass.NotFinite],
            Approach = [Approach.Straight, Approach.NotTold, Approach.NotTold],
            Carrier = [0, 1, -1],
            P = [0.005f, float.NaN, float.NaN, 1, 0.001f, 1, float.NaN, float.NaN, float.NaN],
            Corrected = [0.005f, float.NaN, float.NaN, 1, 0.002f, 1, float.NaN, float.NaN, float.NaN],
            Surrogates = [200, 0, 0, 200, 200, 200, 0, 0, 0],
            Frequency = [float.NaN, 3, float.NaN],
            FrequencyError = [float.NaN, 0.1f, float.NaN],
            BeatShare = [float.NaN, 1, float.NaN],
            Ratio = [0.5f, 1, float.NaN],
            Steps = [6, 12, 0],
        },
        Exits = new RecordedExits
        {
            Limit = 6,
            Horizon = 12,
            Candidates = ["fixed 2", "kl:0.1"],
            Depth = [2, 0],
            Iterations = [2, 2, 2, 1, 3, 6],
            RuleMet = [false, false, false, true, true, false],
            Divergence = [1, 0.5f, float.NaN, 0, 0, 0],
            Changed = [true, false, false, false, false, false],
            BlockPasses = [4, 5.5f],
            OnFront = [true, true, false, true, false, true],
            FullDepthDivergence = [0, 0, float.NaN],
            FullDepthChanged = 0,
            Findings = ["another", ""],
        },
        Patterns = new RecordedPatterns
        {
            Iterations = [1, 6],
            Block = 0,
            Positions = 3,
            Weights =
            [
                1, float.NaN, float.NaN, 0.5f, 0.5f, float.NaN, 0, 0.25f, 0.75f,
                1, float.NaN, float.NaN, 1, 0, float.NaN, float.NaN, float.NaN, float.NaN,
            ],
        },
    };
}
