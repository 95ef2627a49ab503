using System;
using System.Collections.Generic;
using System.Linq;
using Muninn.Engine.Recurrence;
using Muninn.Kernels;
using Muninn.Microscope.Measures.Motion;
using Muninn.Microscope.Trajectories;
using Muninn.Tests.Engine.Recurrence;
using Xunit;

namespace Muninn.Tests.Microscope.Measures.Motion;

public sealed class MotionsTests
{
    static readonly float[] _injected = [1, 0.5f];

    static TokenMotion Of(Trajectory trajectory, MotionSettings? settings = null) =>
        Assert.Single(Motions.Measure(trajectory, settings ?? new MotionSettings()).Tokens);

    static TokenMotion Of(CoreStep core, int iterations, float[] start) => Of(ToyTrajectories.Of(core, iterations, start, _injected));

    static void Near(double expected, double actual, double share = 0.01) => Assert.InRange(actual, expected - share * Math.Abs(expected), expected + share * Math.Abs(expected));

    [Theory]
    [InlineData(0.5f, 64)]
    [InlineData(0.7f, 64)]
    [InlineData(0.9f, 64)]
    [InlineData(0.9f, 128)]
    public void A_contraction_is_a_fixed_point_of_its_rate(float rate, int iterations)
    {
        var token = Of(ToyCores.Contraction(rate), iterations, [3, -2]);
        Assert.Equal((MotionClass.FixedPoint, Approach.Straight), (token.Class, token.Approach));
        Near(rate, token.Ratio);
        Near(rate, token.AtRest!.Ratio);
        Near(-Math.Log(rate), token.Shrinking!.Statistic);
        Assert.True(token.Shrinking.Adjusted < 0.01);
    }

    [Fact]
    public void A_contraction_that_is_over_in_five_iterations_is_a_fixed_point()
    {
        var token = Of(ToyCores.Contraction(0.1f), 32, [3, -2]);
        Assert.Equal((MotionClass.FixedPoint, 8, true), (token.Class, token.Steps, token.ReachesFloor));
        Assert.Null(token.Beat);
    }

    [Theory]
    [InlineData(0.7)]
    [InlineData(1.3)]
    [InlineData(2.5)]
    public void A_rotation_is_an_orbit_of_its_angle(double angle)
    {
        var token = Of(ToyCores.Rotation(angle), 64, [1, 0]);
        Assert.Equal(MotionClass.Orbit, token.Class);
        Assert.Null(token.AtRest);
        Near(angle, token.Beat!.Frequency);
        Near(1, token.Beat.Roundness);
        Near(1, token.Beat.Share, 0.02);
        Assert.InRange(Math.Abs(token.LateChange), 0, 0.01);
    }

    [Theory]
    [InlineData(64, 0.03, 0.7)]
    [InlineData(128, 0.03, 2.1)]
    [InlineData(128, 0.06, 1.0)]
    public void A_rotation_in_a_random_plane_of_a_wide_space_is_found_under_noise(int iterations, double noise, double angle)
    {
        const int Width = 512;
        var (first, second) = ToyTrajectories.Plane(Width, 5);
        var token = Of(ToyTrajectories.From(1, iterations, Width, (t, i) =>
        {
            var (sine, cosine) = Math.SinCos(angle * i);
            return [.. Enumerable.Range(0, Width).Select(c => (float)(3 * first[c] * cosine + 3 * second[c] * sine + noise * ToyTrajectories.Normal(3, t, c, i)))];
        }));
        Assert.Equal(MotionClass.Orbit, token.Class);
        Near(angle, token.Beat!.Frequency);
        Assert.InRange(Math.Abs(token.Beat.Frequency - angle), 0, 4 * token.Beat.Error);
        Near(1, token.Beat.Roundness);
    }

    [Fact]
    public void A_cycle_of_two_is_an_orbit_at_pi_on_a_line()
    {
        var token = Of(ToyCores.Flip, 64, [1, 0.3f]);
        Assert.Equal(MotionClass.Orbit, token.Class);
        Assert.Equal(Math.PI, token.Beat!.Frequency, 12);
        Assert.InRange(token.Beat.Roundness, 0, 1e-6);
    }

    /// <summary>0.5 an iteration in each of sixteen numbers, and noise.</summary>
    static Trajectory Line(int iterations, double noise) => ToyTrajectories.From(1, iterations, 16, (t, i) =>
        [.. Enumerable.Range(0, 16).Select(c => (float)(0.5 * i + noise * Enumerable.Range(0, i).Sum(k => ToyTrajectories.Normal(3, t, c, k))))]);

    [Fact]
    public void Steady_motion_along_a_line_is_a_slider()
    {
        Assert.Equal(MotionClass.Slider, Of(ToyCores.Drift, 64, [1, 0.3f]).Class);
        var token = Of(Line(64, 0.03));
        Assert.Equal(MotionClass.Slider, token.Class);
        Near(0.25 / (0.25 + 0.0009), token.Heading!.Statistic);
    }

    [Fact]
    public void Directed_motion_that_is_not_even_is_a_drift()
    {
        var token = Of(ToyTrajectories.From(1, 64, 2, (_, i) => [i * i, 0.5f * i]));
        Assert.Equal(MotionClass.Drift, token.Class);
        Assert.InRange(token.LateChange, 0.5, 1.5);
    }

    [Fact]
    public void A_direction_under_heavy_noise_is_not_told_apart()
    {
        // Noise that remembers would come as far: the third part of the energy is not enough.
        Assert.Equal(MotionClass.NotToldApart, Of(Line(128, 0.7)).Class);
    }

    [Theory]
    [InlineData(0.8, 0.9, 64)]
    [InlineData(2.0, 0.93, 128)]
    [InlineData(0.6, 0.8, 128)]
    public void A_spiral_that_shrinks_is_a_fixed_point_with_a_turning_approach(double angle, double shrink, int iterations)
    {
        var token = Of(ToyCores.Spiral(angle, shrink), iterations, [3, 2]);
        Assert.Equal((MotionClass.FixedPoint, Approach.Turning), (token.Class, token.Approach));
        Near(angle, token.Beat!.Frequency);
        Near(shrink, token.Ratio);
        Near(shrink, token.AtRest!.Ratio);
    }

    [Fact]
    public void A_spiral_that_has_hardly_shrunk_is_neither_fixed_point_nor_orbit()
    {
        var token = Of(ToyCores.Spiral(0.8, 0.985), 128, [3, 2]);
        Assert.Equal(MotionClass.Unsettled, token.Class);
        Near(0.985, token.Ratio);
        Near(0.8, token.Beat!.Frequency);
    }

    [Theory]
    [InlineData(0.997)]
    [InlineData(0.9995)]
    [InlineData(1.003)]
    public void A_spiral_that_shrinks_or_grows_slowly_is_no_orbit(double shrink)
    {
        var token = Of(ToyCores.Spiral(0.8, shrink), 128, [3, 2]);
        Assert.Equal((MotionClass.Unsettled, MotionClass.Unsettled), (token.Class, token.StrictClass));
        Assert.Equal(64 * Math.Log(shrink), token.LateTrend, 0.002);
        Assert.InRange(token.LateTrendError, 0, 0.005);
    }

    [Fact]
    public void A_token_that_rests_for_a_while_and_then_turns_is_no_fixed_point()
    {
        var token = Of(ToyTrajectories.From(1, 64, 2, (_, i) =>
        {
            if (i < 20)
                return [1 + (float)Math.Pow(0.1, i), 0];
            return [(float)Math.Cos(0.9 * (i - 20)), (float)Math.Sin(0.9 * (i - 20))];
        }));
        Assert.Equal((MotionClass.Orbit, 64, false), (token.Class, token.Steps, token.ReachesFloor));
    }

    [Fact]
    public void Every_round_tells_how_many_tokens_it_has_drawn_for()
    {
        var told = new System.Collections.Concurrent.ConcurrentBag<(int Done, int Count)>();
        using var pool = new WorkerPool(2);
        Motions.Measure(ToyTrajectories.Noise(6, 32, 2, 0.3, 0, 4), new MotionSettings { Surrogates = 99, SurrogatesMax = 99 }, pool, (done, count) => told.Add((done, count)));
        Assert.Equal(Enumerable.Range(1, 6).Select(static done => (done, 6)), told.Order());
    }

    [Fact]
    public void A_lone_claim_can_be_made_among_many_tests_or_its_least_q_is_said()
    {
        var noise = ToyTrajectories.Noise(120, 64, 2, 0.3, 0, 4);
        var trajectory = ToyTrajectories.From(120, 64, 2, (t, i) => t == 7 ? [(float)Math.Cos(0.9 * i), (float)Math.Sin(0.9 * i)] : noise.State(i).Slice(2 * t, 2).ToArray());
        var motions = Motions.Measure(trajectory, new MotionSettings());
        Assert.Equal((360, 36_001), (motions.Tests, motions.SurrogatesMost));
        Assert.Equal(MotionClass.Orbit, motions.Tokens[7].Class);
        var few = Motions.Measure(trajectory, new MotionSettings { SurrogatesMax = 400 });
        Assert.Equal(360 / 401.0, few.SmallestAdjusted, 12);
        Assert.Contains("its q is 0.898 at best", string.Join('\n', MotionFindings.Describe(few, [.. Enumerable.Repeat("x", 120)]).Select(finding => finding.Text)));
    }

    [Theory]
    [InlineData(0.05f, 200)]
    [InlineData(0.1f, 100)]
    [InlineData(0.2f, 64)]
    [InlineData(0.3f, 64)]
    public void Two_basins_are_fixed_points(float pace, int iterations)
    {
        var motions = Motions.Measure(ToyTrajectories.Of(ToyCores.TwoBasins(pace), iterations, [0.1f, -0.2f, -0.3f, 0.4f], new float[4]), new MotionSettings());
        Assert.All(motions.Tokens, token => Assert.Equal(MotionClass.FixedPoint, token.Class));
        // A fast fall reaches rounding while it still feels the bend of the basin: its mean late ratio is off by up to 75 %, the ratio at rest by 0.3 %.
        Assert.All(motions.Tokens, token => Near(1 - 2 * pace, token.AtRest!.Ratio));
    }

    [Fact]
    public void A_transient_that_grows_first_is_a_fixed_point()
    {
        var token = Of(ToyCores.NonNormal(0.7f, 5), 64, [0, 1]);
        Assert.Equal(MotionClass.FixedPoint, token.Class);
        // Ratios of a Jordan block go to 0.7 as 1 + 1/i: rounding comes before, and nothing is claimed.
        Assert.Null(token.AtRest);
    }

    [Fact]
    public void A_limit_cycle_that_is_reached_from_afar_is_an_orbit()
    {
        // Amplitude 1 + 5 · 0.8^i at an angle of 1.1: shrinks first, then lasts.
        var token = Of(ToyTrajectories.From(1, 96, 2, (_, i) =>
        {
            double radius = 1 + 5 * Math.Pow(0.8, i);
            return [(float)(radius * Math.Cos(1.1 * i)), (float)(radius * Math.Sin(1.1 * i))];
        }));
        Assert.Equal(MotionClass.Orbit, token.Class);
        Near(1.1, token.Beat!.Frequency);
    }

    [Fact]
    public void States_that_are_not_finite_are_named_by_their_iteration()
    {
        var motions = Motions.Measure(
            ToyTrajectories.Of(ToyCores.NotANumberBomb, 40, [1, 2, 3, 4, 5, 6], [1, 1, 1, 1, 1, 1]), new MotionSettings());
        Assert.Equal([MotionClass.FixedPoint, MotionClass.NotFinite, MotionClass.FixedPoint], motions.Tokens.Select(token => token.Class));
        Assert.Equal([null, 3, null], motions.Tokens.Select(token => token.FirstNotFinite));
        Assert.Null(motions.Tokens[1].Shrinking);
    }

    [Fact]
    public void What_never_moves_is_constant()
    {
        var token = Of(ToyTrajectories.From(1, 20, 3, (_, _) => [1, 2, 3]));
        Assert.Equal((MotionClass.Constant, 0), (token.Class, Motions.Measure(ToyTrajectories.From(1, 20, 3, (_, _) => [1, 2, 3]), new()).Tests));
        Assert.Null(token.Carrier);
    }

    [Fact]
    public void What_jumps_once_and_rests_is_no_orbit_and_no_drift()
    {
        var token = Of(ToyTrajectories.From(1, 40, 3, (_, i) => i < 1 ? [1f, 2, 3] : [2f, 2, 3]));
        Assert.Equal((MotionClass.FixedPoint, true), (token.Class, token.ReachesFloor));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(7)]
    public void Too_few_iterations_are_no_class(int iterations)
    {
        var token = Of(ToyCores.Contraction(0.9f), iterations, [3, -2]);
        Assert.Equal((MotionClass.TooShort, iterations), (token.Class, token.Steps));
        Assert.Equal((8, 16), (Motions.StepsForRest, Motions.StepsForMotion));
    }

    [Theory]
    [InlineData(8, false)]
    [InlineData(15, false)]
    [InlineData(16, true)]
    public void A_beat_needs_sixteen_steps(int iterations, bool isSought)
    {
        var token = Of(ToyCores.Flip, iterations, [3, -2]);
        Assert.Equal(isSought, token.Beating is not null);
        Assert.NotNull(token.Shrinking);
    }

    [Fact]
    public void Iterations_that_are_missing_or_too_many_are_refused()
    {
        var gap = new Trajectory(1, 1, new SortedDictionary<int, float[]> { [0] = [0], [1] = [1], [3] = [2] });
        Assert.Contains("Iteration 2 is missing before 3", Assert.Throws<ArgumentException>(() => Motions.Measure(gap, new())).Message);
        var none = new Trajectory(1, 1, []);
        Assert.Contains("holds no state", Assert.Throws<ArgumentException>(() => Motions.Measure(none, new())).Message);
        var longest = ToyTrajectories.From(1, Motions.IterationsMax + 1, 1, (_, i) => [i]);
        Assert.Contains($"at most {Motions.IterationsMax}", Assert.Throws<ArgumentException>(() => Motions.Measure(longest, new())).Message);
        Assert.Throws<ArgumentOutOfRangeException>(() => Motions.Measure(gap, new() { Surrogates = 20 }));
    }

    [Fact]
    public void Numbers_depend_on_the_seed_and_not_on_threads()
    {
        var trajectory = ToyTrajectories.Noise(6, 40, 5, 0.4, 0, 9);
        using var pool = new WorkerPool(3);
        var alone = Motions.Measure(trajectory, new() { SurrogatesMax = 400 });
        var shared = Motions.Measure(trajectory, new() { SurrogatesMax = 400 }, pool);
        var other = Motions.Measure(trajectory, new() { SurrogatesMax = 400, Seed = 1 });
        Assert.Equal(alone.Tokens.SelectMany(token => token.Beating!.ByModel), shared.Tokens.SelectMany(token => token.Beating!.ByModel));
        Assert.NotEqual(alone.Tokens.SelectMany(token => token.Beating!.ByModel), other.Tokens.SelectMany(token => token.Beating!.ByModel));
        Assert.Equal(alone.Tokens.Select(token => token.Beat), other.Tokens.Select(token => token.Beat));
    }

    [Fact]
    public void One_orbit_among_many_noises_is_drawn_on_until_it_is_decided()
    {
        var noise = ToyTrajectories.Noise(30, 64, 2, 0.3, 0, 4);
        var motions = Motions.Measure(
            ToyTrajectories.From(30, 64, 2, (t, i) => t == 7 ? [(float)Math.Cos(0.9 * i), (float)Math.Sin(0.9 * i)] : noise.State(i).Slice(2 * t, 2).ToArray()),
            new MotionSettings());
        Assert.Equal(90, motions.Tests);
        Assert.Equal([7], Enumerable.Range(0, 30).Where(t => motions.Tokens[t].Class != MotionClass.NotToldApart));
        // 1 / (1 + n) · 90 tests must come below 0.01.
        Assert.InRange(motions.Tokens[7].Beating!.Surrogates, 9000, 25_600);
    }
}
