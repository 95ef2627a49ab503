using System;
using System.Linq;
using Muninn.Engine.Recurrence;
using Muninn.Microscope.Measures.Dynamics;
using Muninn.Microscope.Trajectories;
using Muninn.Tests.Engine.Recurrence;
using Xunit;

namespace Muninn.Tests.Microscope.Measures.Dynamics;

/// <summary>Rates, Lyapunov exponents and pulls of toys with known answers.</summary>
public sealed class TrajectoryDynamicsTests
{
    static Trajectory Trace(CoreStep core, int iterations, int positions = 1, InitialState? start = null)
    {
        var recorder = new TrajectoryRecorder(positions, ToyCores.Width, Enumerable.Range(0, iterations + 1));
        float[] injected = [.. Enumerable.Repeat(0.3f, positions * ToyCores.Width)];
        new RecurrentRun(core, ToyCores.Width, positions).Run(
            RowBatch.ForPrompt(positions), injected, new RunSettings { Limit = iterations, Start = start ?? InitialState.Random(1) },
            new float[injected.Length], new RowEnding[positions], null, recorder.Observe);
        return recorder.ToTrajectory();
    }

    [Theory]
    [InlineData(0.5)]
    [InlineData(0.9)]
    [InlineData(0.97)]
    public void The_rate_of_a_contraction_is_found_with_its_half_life_and_its_arrival(double q)
    {
        var trajectory = Trace(ToyCores.Contraction((float)q), 100);
        var rate = Assert.Single(ContractionRate.Of(trajectory, new RateSettings()));
        Assert.Equal(q, rate.Ratio, 0.002);
        Assert.Equal(Math.Log(2) / -Math.Log(q), rate.HalfLife, 0.01 * Math.Log(2) / -Math.Log(q) + 0.05);
        Assert.InRange(rate.StandardError, 0, 0.002);
        if (q < 0.9)
            Assert.NotNull(rate.FloorIteration);
        // Arrived when the distance to e / (1 − q) is a thousandth of the state: measured, or read off the line.
        double rest = 0.3 / (1 - q) * Math.Sqrt(2);
        var start = trajectory.State(0);
        double away = Math.Sqrt(start.ToArray().Sum(x => Math.Pow(x - 0.3 / (1 - q), 2)));
        double expected = Math.Log(1e-3 * rest / away) / Math.Log(q);
        Assert.InRange(rate.IterationsToEpsilon!.Value, expected * 0.99 - 1.5, expected * 1.01 + 1.5);
        Assert.Equal(expected > 100, rate.IsExtrapolated);
    }

    [Fact]
    public void Each_token_has_its_own_rate_and_a_spiral_that_of_its_radius()
    {
        var rates = ContractionRate.Of(Trace(ToyCores.Contractions([0.6f, 0.8f, 0.95f]), 64, 3), new RateSettings());
        Assert.Equal([0.6, 0.8, 0.95], rates.Select(rate => Math.Round(rate.Ratio, 2)));
        var spiral = Assert.Single(ContractionRate.Of(Trace(ToyCores.Spiral(0.7, 0.9), 64), new RateSettings { RoundingShare = 0 }));
        Assert.Equal(0.9, spiral.Ratio, 0.001);
        var shear = Assert.Single(ContractionRate.Of(Trace(ToyCores.Shear(0.8f, 0.1f), 200), new RateSettings { RoundingShare = 0 }));
        Assert.Equal(0.8, shear.Ratio, 0.008);
    }

    [Fact]
    public void An_orbit_a_cycle_and_a_drift_never_arrive()
    {
        foreach (var core in (CoreStep[])[ToyCores.Rotation(0.4), ToyCores.Flip, ToyCores.Drift])
        {
            var rate = Assert.Single(ContractionRate.Of(Trace(core, 50), new RateSettings()));
            Assert.Equal(1, rate.Ratio, 1e-4);
            Assert.True(rate.HalfLife > 1000);
            Assert.True(rate.IterationsToEpsilon is null or > 1000);
        }
    }

    [Fact]
    public void Too_few_steps_above_the_floor_and_states_that_are_not_finite_give_no_rate()
    {
        var fast = Assert.Single(ContractionRate.Of(Trace(ToyCores.Contraction(0.001f), 20), new RateSettings()));
        Assert.True(double.IsNaN(fast.Ratio));
        Assert.True(double.IsNaN(fast.HalfLife));
        Assert.NotNull(fast.FloorIteration);
        var rates = ContractionRate.Of(Trace(ToyCores.NotANumberBomb, 20, 2), new RateSettings());
        Assert.Equal(0.5, rates[0].Ratio, 0.005);
        Assert.True(double.IsNaN(rates[1].Ratio));
        Assert.Null(rates[1].FloorIteration);
        Assert.Contains("iterations 0 to 3", Assert.Throws<ArgumentException>(() =>
            ContractionRate.Of(Trace(ToyCores.Flip, 3), new RateSettings())).Message);
    }

    [Fact]
    public void A_step_that_dips_into_the_rounding_and_comes_back_does_not_end_the_reading()
    {
        double[] sizes = [.. Enumerable.Repeat(1.0, 40)];
        double[] lengths = [.. Enumerable.Range(0, 40).Select(static i => Math.Pow(0.8, i))];
        lengths[2] = 1e-9;
        lengths[25] = 0;
        var dipped = ContractionRate.Of(lengths, sizes, new RateSettings());
        Assert.Null(dipped.FloorIteration);
        Assert.Equal((21, 40), (dipped.First, dipped.Last));
        Assert.True(double.IsFinite(dipped.Ratio) && double.IsFinite(dipped.StandardError));
        lengths[25] = Math.Pow(0.8, 25);
        Assert.Equal(0.8, ContractionRate.Of(lengths, sizes, new RateSettings()).Ratio, 1e-9);
        // Rounding from 31 on, and stays: that is the floor.
        for (int i = 30; i < 40; i++) lengths[i] = i % 2 == 0 ? 1e-7 : 0;
        var rested = ContractionRate.Of(lengths, sizes, new RateSettings());
        Assert.Equal((31, 30), (rested.FloorIteration, rested.Last));
        Assert.Equal(0.8, rested.Ratio, 1e-9);
    }

    [Fact]
    public void Lyapunov_exponents_of_a_fixed_map_are_the_logarithms_of_its_moduli()
    {
        var map = ToyMaps.Hidden(ToyMaps.Blocks(0.5, ToyMaps.Turn(0.9, 1), new[,] { { 0.4, 0.2 }, { 0, 0.1 } }));
        var exponents = LyapunovExponents.OfBlocks(
            Enumerable.Repeat(ToyMaps.Of(map), 400), 1, 4, new LyapunovSettings { Count = 4, Discarded = 100 })[0];
        double[] expected = [Math.Log(0.9), Math.Log(0.9), Math.Log(0.4), Math.Log(0.1)];
        for (var k = 0; k < 4; k++) Assert.Equal(expected[k], exponents.Exponents[k], 0.01 * Math.Abs(expected[k]));
        Assert.Equal(300, exponents.Iterations);
        Assert.All(exponents.StandardErrors, error => Assert.InRange(error, 0, 0.05));
    }

    [Fact]
    public void Lyapunov_exponents_of_maps_that_take_turns_are_the_mean_of_both()
    {
        TangentStep[] turns = [ToyMaps.Of(new[,] { { 2.0, 0 }, { 0, 0.5 } }), ToyMaps.Of(new[,] { { 0.25, 0 }, { 0, 1.5 } })];
        var exponents = LyapunovExponents.OfBlocks(
            Enumerable.Range(0, 200).Select(i => turns[i % 2]), 1, 2, new LyapunovSettings { Count = 2, Discarded = 50 })[0];
        Assert.Equal(Math.Log(0.75) / 2, exponents.Exponents[0], 1e-3);
        Assert.Equal(Math.Log(0.5) / 2, exponents.Exponents[1], 1e-3);
    }

    [Fact]
    public void A_direction_that_is_lost_counts_as_minus_infinity_and_blocks_do_not_disturb_each_other()
    {
        double[,] flat = { { 0.5, 0.5 }, { 0.5, 0.5 } };
        var exponents = LyapunovExponents.OfBlocks(
            Enumerable.Repeat(ToyMaps.Of(ToyMaps.Blocks(0, flat, ToyMaps.Turn(1.1, 2))), 40), 2, 2, new LyapunovSettings { Count = 2 });
        Assert.Equal(0, exponents[0].Exponents[0], 1e-9);
        Assert.Equal(double.NegativeInfinity, exponents[0].Exponents[1]);
        Assert.All(exponents[1].Exponents, exponent => Assert.Equal(Math.Log(1.1), exponent, 1e-9));
        Assert.Contains("8 are discarded", Assert.Throws<ArgumentException>(() => LyapunovExponents.OfBlocks(
            Enumerable.Repeat(ToyMaps.Of(flat), 8), 1, 2, new LyapunovSettings())).Message);
    }

    [Fact]
    public void Pulls_are_the_norms_of_the_blocks_exactly_and_by_probes_within_their_errors()
    {
        const int Positions = 3, Width = 40;
        var block = new double[Width, Width];
        for (var i = 0; i < Width * Width; i++) block[i / Width, i % Width] = Math.Cos(i * 1.7) / 10;
        var matrix = ToyMaps.Blocks(0.05, block, block, block);
        var exact = TokenPulls.Of(ToyMaps.Of(matrix), Positions, Width, new PullSettings { Probes = Width, Together = 7 });
        var probed = TokenPulls.Of(ToyMaps.Of(matrix), Positions, Width, new PullSettings { Probes = 30 });
        Assert.True(exact.IsExact);
        Assert.False(probed.IsExact);
        for (var t = 0; t < Positions; t++)
        {
            for (var u = 0; u < Positions; u++)
            {
                double squares = 0;
                for (var i = 0; i < Width * Width; i++) squares += Math.Pow(matrix[t * Width + i / Width, u * Width + i % Width], 2);
                Assert.Equal(Math.Sqrt(squares), exact.Norm[t * Positions + u], 1e-12);
                Assert.Equal(0, exact.StandardError[t * Positions + u]);
                var error = probed.StandardError[t * Positions + u];
                Assert.InRange(probed.Norm[t * Positions + u], Math.Sqrt(squares) - 4 * error, Math.Sqrt(squares) + 4 * error);
                Assert.Equal(u > t, error == 0);
            }
        }

        var together = TokenPulls.Of(ToyMaps.Of(matrix), Positions, Width, new PullSettings { Probes = 30, Together = 4 });
        Assert.Equal(probed.Norm, together.Norm);
    }
}
