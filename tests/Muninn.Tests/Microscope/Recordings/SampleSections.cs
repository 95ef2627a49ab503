using System.Linq;
using Muninn.Microscope.Measures.Motion;
using Muninn.Microscope.Recordings;
using Xunit;

namespace Muninn.Tests.Microscope.Recordings;

/// <summary>Sections of three tokens with made-up numbers, NaN and all, and whether two of them are the same.</summary>
static class SampleSections
{
    public static RecordedDynamics Dynamics => new()
    {
        RestIteration = 30,
        Epsilon = 1e-3,
        Tolerance = 1e-5,
        Seed = ulong.MaxValue,
        Rate = [0.4f, 0.95f, float.NaN],
        RateError = [0.01f, 0.002f, float.NaN],
        Window = [6, 12, 3, 12, 1, 0],
        FloorIteration = [12, -1, -1],
        Arrival = [7, 130.5f, float.NaN],
        IsExtrapolated = [false, true, false],
        RestResidual = [1e-7f, 1e-4f, float.PositiveInfinity],
        Count = 2,
        Eigenvalues = [0.4f, 0, 0.1f, 0.2f, -0.3f, 0.9f, 0.5f, 0, float.NaN, float.NaN, float.NaN, float.NaN],
        Residual = [1e-7f, 1e-6f, 1e-3f, 1e-7f, float.NaN, float.NaN],
        IsCertified = [true, true, false, true, false, false],
        RadiusUpTo = [0.4f, 0.9486833f, 0.9486833f],
        SlowestUpTo = [0, 1, 1],
        Stretch = [0.5f, 1.5f, float.NaN],
        StretchResidual = [1e-6f, 1e-5f, float.NaN],
        ExponentCount = 1,
        Exponents = [-0.9f, float.NegativeInfinity, float.NaN],
        ExponentErrors = [0.01f, float.NaN, float.NaN],
        ExponentIterations = 9,
        Findings = ["“<|a|>” contracts ‖J‖.", "Another."],
    };

    public static RecordedClasses Classes => new()
    {
        Iterations = 30,
        Seed = 5,
        Significance = 0.01,
        PhaseBlocks = 8,
        Tests = 4,
        Class = [MotionClass.FixedPoint, MotionClass.Orbit, MotionClass.NotFinite],
        StrictClass = [MotionClass.FixedPoint, MotionClass.NotToldApart, MotionClass.NotFinite],
        Approach = [Approach.Turning, Approach.NotTold, Approach.NotTold],
        Carrier = [0, 1, -1],
        P = [0.005f, float.NaN, float.NaN, 1, 0.0001f, 0.3f, float.NaN, float.NaN, float.NaN],
        Corrected = [0.009f, float.NaN, float.NaN, 1, 0.0004f, 0.4f, float.NaN, float.NaN, float.NaN],
        Surrogates = [200, 0, 0, 200, 25600, 200, 0, 0, 0],
        Frequency = [float.NaN, 0.7f, float.NaN],
        FrequencyError = [float.NaN, 1e-3f, float.NaN],
        BeatShare = [float.NaN, 0.98f, float.NaN],
        Ratio = [0.4f, 1, float.NaN],
        Steps = [12, 30, 0],
        Findings = ["One orbit."],
    };

    public static RecordedExits Exits => new()
    {
        Limit = 12,
        Horizon = 30,
        Candidates = ["fixed 4", "kl:0.0005"],
        Depth = [4, 0],
        Iterations = [4, 4, 4, 2, 7, 12],
        RuleMet = [false, false, false, true, true, false],
        Divergence = [0.1f, 0.2f, float.NaN, 0.01f, 0.02f, 0],
        Changed = [true, false, true, false, false, false],
        BlockPasses = [10, 20.5f],
        OnFront = [true, false, true, true, true, false],
        FullDepthDivergence = [1e-9f, 0, float.NaN],
        FullDepthChanged = 1,
        Findings = [],
    };

    public static RecordedPatterns Patterns => new()
    {
        Iterations = [1, 12],
        Block = 1,
        Positions = 3,
        Weights =
        [
            1, float.NaN, float.NaN, 0.25f, 0.75f, float.NaN, 0.5f, 0.125f, 0.375f,
            1, float.NaN, float.NaN, 0.5f, 0.5f, float.NaN, 0, 0, 1,
        ],
    };

    public static Recording With(Recording recording) =>
        recording with { Dynamics = Dynamics, Classes = Classes, Exits = Exits, Patterns = Patterns };

    /// <summary>Every property of every section; arrays element by element, NaN being NaN.</summary>
    public static void Same(Recording expected, Recording actual)
    {
        Same(expected.Dynamics, actual.Dynamics);
        Same(expected.Classes, actual.Classes);
        Same(expected.Exits, actual.Exits);
        Same(expected.Patterns, actual.Patterns);
    }

    static void Same<T>(T? expected, T? actual)
        where T : class
    {
        Assert.Equal(expected is null, actual is null);
        if (expected is null)
            return;
        foreach (var property in typeof(T).GetProperties().Where(static property => property.GetIndexParameters().Length == 0))
            Assert.Equal(property.GetValue(expected), property.GetValue(actual));
    }
}
