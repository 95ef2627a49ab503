using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using Muninn.Kernels;
using Muninn.Microscope.Trajectories;

namespace Muninn.Microscope.Measures.Motion;

/// <summary>What counts as rest, as steady and as told apart from noise.</summary>
public sealed record MotionSettings
{
    internal static readonly NullModel[] Models =
        [NullModel.PhaseRandomised, NullModel.Autoregressive1, NullModel.Autoregressive2, NullModel.AutoregressiveByAxis];

    /// <summary>Surrogates of each null model for every test, at least 99.</summary>
    public int Surrogates { get; init; } = 200;

    /// <summary>
    /// Most surrogates of each null model. A test that no surrogate came up to is drawn on, doubling, until it is decided: with
    /// many tests the correction asks for smaller p-values than a few hundred surrogates can give. Null: as many as a lone claim needs,
    /// tests / significance, from 25,600 to 200,000.
    /// </summary>
    public int? SurrogatesMax { get; init; }

    /// <summary>A class is claimed where the adjusted p-values of its tests lie below this.</summary>
    public double Significance { get; init; } = 0.01;

    /// <summary>Steps below this share of ‖s_i‖, times <see cref="FloorMargin"/>, are float32 rounding.</summary>
    public double RoundingShare { get; init; } = RoundingFloor.AssumedShare;

    /// <summary>Steps are read only this many times above <see cref="RoundingShare"/>.</summary>
    public double FloorMargin { get; init; } = RoundingFloor.Margin;

    /// <summary>What is sustained changes its size by at most this share over the late half of the window, up or down.</summary>
    public double SteadyChange { get; init; } = 0.25;

    /// <summary>A change of size over the late half that is shown to be larger than this share is a change, and not steady.</summary>
    public double NegligibleChange { get; init; } = 0.01;

    /// <summary>
    /// A beat is claimed only where it holds this share of the energy within its own plane. Noise that swings with a memory as long as the
    /// late half passes the surrogates too often, for its memory is fitted too short; it does not keep a beat so well.
    /// </summary>
    public double CoherenceMin { get; init; } = 0.97;

    /// <summary>A direction is claimed only where the mean holds this share of the energy along it: the same for slow noise.</summary>
    public double EvennessMin { get; init; } = 0.99;

    /// <summary>At rest is what has no more than this share of its path before it.</summary>
    public double RestShare { get; init; } = 0.01;

    /// <summary>A slider has at least this share of its steps' energy in their mean.</summary>
    public double StraightShare { get; init; } = 0.9;

    /// <summary>
    /// Into how many blocks the late half is cut for phase-randomised surrogates of a beat or a direction: no memory longer than
    /// a block is granted to them. 1 is the strictest reading: the spectrum of the whole half holds the beat itself, and
    /// only one that is nearly all of the motion, as good as free from noise, is steadier than its own surrogates.
    /// </summary>
    public int PhaseBlocks { get; init; } = 8;

    /// <summary>Seed of the surrogates.</summary>
    public ulong Seed { get; init; }

    const int SurrogatesMost = 200_000;

    /// <summary>Most surrogates for so many tests.</summary>
    internal int MostFor(int tests) =>
        SurrogatesMax ?? (int)Math.Clamp(Math.Floor(tests / Significance) + 1, Math.Max(25_600, Surrogates), SurrogatesMost);

    internal MotionSettings Validated()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(Surrogates, 99);
        ArgumentOutOfRangeException.ThrowIfLessThan(SurrogatesMax ?? Surrogates, Surrogates, nameof(SurrogatesMax));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(SurrogatesMax ?? Surrogates, SurrogatesMost, nameof(SurrogatesMax));
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(Significance);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(Significance, 0.5);
        ArgumentOutOfRangeException.ThrowIfLessThan(PhaseBlocks, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(RoundingShare);
        ArgumentOutOfRangeException.ThrowIfNegative(FloorMargin);
        return this;
    }
}

/// <summary>
/// The class of motion of every token, computed from raw states in the full space and never from a projection, each claim
/// tested against surrogates.
/// </summary>
/// <remarks>
/// A claim must beat phase-randomised and autoregressive surrogates of the steps, all four: its p is the largest of theirs, and of
/// shrinking also that of a trend in the sizes alone.
/// Surrogates are drawn in rounds; a test goes on to the next only while none has come up to the observed value, so that
/// (1 + hits) / (1 + n) stays a valid p-value whenever it stops. Adjusted over all tests of all tokens.
/// </remarks>
public sealed class Motions
{
    Motions(MotionSettings settings, int iterations, TokenMotion[] tokens)
    {
        Settings = settings;
        Iterations = iterations;
        Tokens = tokens;
    }

    /// <summary>The settings that were used.</summary>
    public MotionSettings Settings { get; }

    /// <summary>Last iteration that was read.</summary>
    public int Iterations { get; }

    /// <summary>How each token moves, <c>[T]</c>.</summary>
    public TokenMotion[] Tokens { get; }

    /// <summary>Tests that the correction is for.</summary>
    public int Tests => Tokens.Sum(token => (token.Shrinking is null ? 0 : 1) + (token.Beating is null ? 0 : 1) + (token.Heading is null ? 0 : 1));

    /// <summary>Most surrogates of each model that a test could be given.</summary>
    public int SurrogatesMost => Settings.MostFor(Tests);

    /// <summary>The smallest q that a lone claim could come to: tests / (1 + most surrogates).</summary>
    public double SmallestAdjusted => Tests / (1.0 + SurrogatesMost);

    /// <summary>Steps that a fixed point needs.</summary>
    public static int StepsForRest => MotionProbe.StepsMin;

    /// <summary>Steps that orbit, slider and drift need.</summary>
    public static int StepsForMotion => MotionProbe.LateStepsMin;

    /// <summary>Most iterations that are read: the work grows with their square.</summary>
    public const int IterationsMax = 512;

    /// <summary>Measures every token.</summary>
    /// <param name="trajectory">Raw states of iterations 0, 1, 2, …, none left out.</param>
    /// <param name="settings">Thresholds and surrogates.</param>
    /// <param name="pool">Threads that share the tokens; null: the calling one. No number depends on it.</param>
    /// <param name="progress">Told, by any thread, how many tokens of how many a round has drawn surrogates for; null: nobody asks.</param>
    /// <param name="cancellation">Checked before every token and round.</param>
    /// <exception cref="ArgumentException">Iterations are missing.</exception>
    public static Motions Measure(
        Trajectory trajectory, MotionSettings settings, WorkerPool? pool = null, Action<int, int>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(trajectory);
        ArgumentNullException.ThrowIfNull(settings);
        settings.Validated();
        int iterations = LastOf(trajectory);
        var probes = new MotionProbe[trajectory.Positions];
        Share(probes.Length, t => probes[t] = new MotionProbe(trajectory, iterations, t, settings));
        TestCount[] tests = [.. probes.SelectMany(TestsOf)];
        int most = settings.MostFor(tests.Length);
        double[] adjusted = [];
        for (int total = settings.Surrogates; ; total = Math.Min(2 * total, most))
        {
            int target = total;
            MotionProbe[] open = [.. probes.Where(probe => TestsOf(probe).Any(test => test.IsOpen))];
            int drawn = 0;
            Share(open.Length, i =>
            {
                open[i].Draw(target);
                progress?.Invoke(Interlocked.Increment(ref drawn), open.Length);
            });
            adjusted = FalseDiscovery.Adjust([.. tests.Select(test => test.P)]);
            bool isDecided = true;
            for (int i = 0; i < tests.Length; i++)
            {
                tests[i].IsOpen = tests[i].IsOpen && tests[i].IsBoundByNumber && adjusted[i] >= settings.Significance && total < most;
                isDecided &= !tests[i].IsOpen;
            }

            if (isDecided)
                break;
        }

        double[] whole = FalseDiscovery.Adjust([.. tests.Select(test => test.WholeP)]);
        var q = Enumerable.Range(0, tests.Length).ToDictionary(i => tests[i], i => tests[i].ToTest(adjusted[i], whole[i]));
        return new Motions(settings, iterations, [.. probes.Select(probe => MotionRules.Classify(probe, test => q[test], settings))]);

        void Share(int count, Action<int> work) => SharedWork.Run(count, work, pool, cancellation);
    }

    static IEnumerable<TestCount> TestsOf(MotionProbe probe) =>
        new[] { probe.Shrinking, probe.Beating, probe.Heading }.OfType<TestCount>();

    static int LastOf(Trajectory trajectory)
    {
        int next = 0;
        foreach (int iteration in trajectory.Iterations)
        {
            if (iteration != next)
                throw new ArgumentException(
                    $"Iteration {next} is missing before {iteration}; motion is read from neighbouring states. Record all from 0 on.",
                    nameof(trajectory));
            next++;
        }

        if (next - 1 > IterationsMax)
            throw new ArgumentException(
                $"There are {next - 1} iterations, but at most {IterationsMax} can be read. Record iterations 0 to {IterationsMax}.", nameof(trajectory));
        return next > 0 ? next - 1 : throw new ArgumentException("The trajectory holds no state; record iterations from 0 on.", nameof(trajectory));
    }
}
