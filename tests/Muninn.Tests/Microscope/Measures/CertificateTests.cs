using System;
using System.Collections.Generic;
using System.Linq;
using Muninn.Engine.Model;
using Muninn.Engine.Recurrence;
using Muninn.Microscope.Measures;
using Muninn.Tests.Engine.Recurrence;
using Xunit;

namespace Muninn.Tests.Microscope.Measures;

/// <summary>Certificates of rest over toy cores whose rest is known, with floors measured from restarts.</summary>
public sealed class CertificateTests
{
    /// <summary>ln_f with a huge ε is a plain scaling by 1e-3: shares of distances are those of the raw states.</summary>
    static readonly FinalNorm _norm = new([1, 1], 1e6f);

    static Convergence Measure(
        CoreStep core, int positions, int iterations, int horizon, float[]? start = null, bool measured = true, float injected = 1)
    {
        var settings = new ConvergenceSettings { Iterations = iterations, Horizon = horizon };
        var meter = new ConvergenceMeter(positions, _norm, settings, long.MaxValue);
        var e = new float[positions * ToyCores.Width];
        Array.Fill(e, injected);
        var final = new float[e.Length];
        Run(new RunSettings { Limit = horizon, Start = start is null ? InitialState.Zero : InitialState.Given(start) }, meter.Observe);
        if (!measured)
            return meter.ToConvergence();
        var floor = new FloorMeter(positions, _norm, final, new FloorSettings());
        while (floor.NextLeg is { } leg)
            Run(leg, floor.Observe);
        return meter.ToConvergence(floor.ToFloor());

        void Run(RunSettings run, IterationObserver observer) => new RecurrentRun(core, ToyCores.Width, positions).Run(
            RowBatch.ForPrompt(positions), e, run, final, new RowEnding[positions], null, observer);
    }

    /// <summary>True distance of s_H from rest, 1 / (1 − a) in both entries, from zero: a^H / (1 − a), as a share of ‖s_H‖.</summary>
    static double Lacking(double a, int horizon) => Math.Pow(a, horizon) / (1 - Math.Pow(a, horizon));

    [Theory]
    [InlineData(0.5f, 10)]
    [InlineData(0.7f, 20)]
    [InlineData(0.9f, 60)]
    [InlineData(0.95f, 100)]
    public void A_contraction_has_its_ratio_and_a_bound_just_above_the_truth(float rate, int horizon)
    {
        var rest = Measure(ToyCores.Contraction(rate), 1, horizon / 2, horizon, measured: false).Rest[0];
        Assert.InRange(rest.Ratio, rate * 0.99, rate * 1.01);
        double truth = Lacking(rate, horizon);
        Assert.InRange(rest.TailBound, truth * 0.9999, truth * 1.05);
    }

    [Fact]
    public void The_bound_holds_at_every_horizon()
    {
        for (int horizon = 4; horizon < 70; horizon++)
        {
            var convergence = Measure(ToyCores.Contraction(0.8f), 1, horizon / 2, horizon, measured: false);
            double truth = Lacking(0.8, horizon);
            Assert.True(convergence.Tokens[0].RestError >= truth, $"horizon {horizon}: {convergence.Tokens[0].RestError:e3} below {truth:e3}");
        }
    }

    [Fact]
    public void Tokens_at_rest_are_certified_with_a_measured_floor()
    {
        var convergence = Measure(ToyCores.Contractions([0.3f, 0.5f, 0.8f]), 3, 64, 128);
        Assert.Equal(3, convergence.FloorsMeasured);
        Assert.All(convergence.Tokens, token => Assert.Equal(Verdict.Converged, token.Verdict));
        // Two numbers return to the same bits: twice half a unit in the last place at least, a few units at most.
        Assert.All(convergence.Rest.Zip(convergence.RestNorm), token => Assert.InRange(token.First.Floor / token.Second, 1e-7, 2e-6));
        Assert.Contains("measured by restarts beside s* (every token)", Findings.Describe(convergence, ["a", "b", "c"])
            .Single(finding => finding.Kind == FindingKind.Horizon).Text);
    }

    public static IEnumerable<TheoryDataRow<string>> Restless() => ["rotation", "slow rotation", "flip", "drift", "grow"];

    static CoreStep CoreOf(string name) => name switch
    {
        "rotation" => ToyCores.Rotation(0.7),
        "slow rotation" => ToyCores.Rotation(5e-4),
        "flip" => ToyCores.Flip,
        "drift" => ToyCores.Drift,
        _ => ToyCores.Contraction(1.001f),
    };

    [Theory]
    [MemberData(nameof(Restless))]
    public void What_has_no_rest_is_never_certified(string name)
    {
        foreach (int horizon in new[] { 20, 128, 1000, 2001 })
        {
            foreach (bool measured in new[] { false, true })
            {
                var convergence = Measure(CoreOf(name), 2, horizon / 2, horizon, [3, 1, 1, 2], measured, injected: 0.01f);
                Assert.Equal(0, convergence.FloorsMeasured);
                Assert.All(convergence.Tokens, token => Assert.True(
                    token.Verdict == Verdict.Moving, $"{name}, horizon {horizon}: {token.Verdict}, bound {token.RestError}"));
            }
        }
    }

    [Fact]
    public void A_slow_token_is_approaching_until_its_bound_is_below_the_tolerance()
    {
        Assert.Equal(Verdict.Approaching, Measure(ToyCores.Contraction(0.99f), 1, 400, 600).Tokens[0].Verdict);
        Assert.Equal(Verdict.Converged, Measure(ToyCores.Contraction(0.99f), 1, 750, 1200).Tokens[0].Verdict);
        var finding = Findings.Describe(Measure(ToyCores.Contraction(0.99f), 1, 400, 600), ["x"])
            .Single(finding => finding.Kind == FindingKind.Convergence);
        Assert.Contains("Still on the way: “x” (position 0) [s* within ", finding.Text);
        Assert.Contains("q 0.99]", finding.Text);
    }

    [Fact]
    public void A_token_too_slow_to_return_borrows_the_floor_of_the_others()
    {
        var convergence = Measure(ToyCores.Contractions([0.5f, 0.6f, 0.999f]), 3, 64, 128);
        Assert.Equal([true, true, false], convergence.Rest.Select(rest => rest.FloorIsMeasured));
        Assert.Equal(
            convergence.Rest[2].Floor / convergence.RestNorm[2],
            (convergence.Rest[0].Floor / convergence.RestNorm[0] + convergence.Rest[1].Floor / convergence.RestNorm[1]) / 2, 1e-9);
        Assert.NotEqual(Verdict.Converged, convergence.Tokens[2].Verdict);
    }

    [Fact]
    public void A_run_that_starts_at_rest_is_certified_only_if_rest_attracts()
    {
        float[] rest = [2, 2];
        var attracted = Measure(ToyCores.Contraction(0.5f), 1, 4, 8, rest);
        Assert.Equal(Verdict.Converged, attracted.Tokens[0].Verdict);
        Assert.True(float.IsNaN(attracted.Rest[0].Ratio));
        Assert.Equal(0, attracted.Rest[0].TailBound);
    }

    [Fact]
    public void States_that_are_not_finite_leave_the_others_certified()
    {
        var convergence = Measure(ToyCores.NotANumberBomb, 3, 40, 80);
        Assert.Equal([Verdict.Converged, Verdict.Diverged, Verdict.Converged], convergence.Tokens.Select(token => token.Verdict));
        Assert.Equal([true, false, true], convergence.Rest.Select(rest => rest.FloorIsMeasured));
    }

    [Fact]
    public void Legs_that_were_not_asked_for_and_settings_without_sense_are_refused()
    {
        var meter = new FloorMeter(1, _norm, [1, 2], new FloorSettings());
        Assert.Contains("still to be run", Assert.Throws<InvalidOperationException>(meter.ToFloor).Message);
        Assert.Contains("3 values; 1 positions of width 2 need 2", Assert.Throws<ArgumentException>(
            () => new FloorMeter(1, _norm, [1, 2, 3], new FloorSettings())).Message);
        Assert.Throws<ArgumentException>(() => new FloorMeter(1, _norm, [1, 2], new FloorSettings { Perturbations = [] }));
        Assert.Throws<ArgumentException>(() => new FloorMeter(1, _norm, [1, 2], new FloorSettings { Perturbations = [1.5] }));
        Assert.Throws<ArgumentOutOfRangeException>(() => new FloorMeter(1, _norm, [1, 2], new FloorSettings { LegIterations = 2 }));
        Assert.Throws<ArgumentOutOfRangeException>(() => new FloorMeter(1, _norm, [1, 2], new FloorSettings { LegsMax = 1 }));
        Assert.Throws<ArgumentOutOfRangeException>(() => new FloorMeter(0, _norm, [], new FloorSettings()));
    }

    [Fact]
    public void Restarts_begin_where_the_seed_says_at_the_size_that_was_asked_for()
    {
        float[] rest = [3, 4, -6, 8];
        var starts = new[] { 1ul, 1ul, 2ul }.Select(seed => Start(new FloorSettings { Seed = seed })).ToList();
        Assert.Equal(starts[0], starts[1]);
        Assert.NotEqual(starts[0], starts[2]);
        for (int t = 0; t < 2; t++)
        {
            double moved = Math.Sqrt(Enumerable.Range(2 * t, 2).Sum(i => Math.Pow(starts[0][i] - rest[i], 2)));
            Assert.Equal(1e-4 * (t == 0 ? 5 : 10), moved, 2e-6);
        }

        float[] Start(FloorSettings settings)
        {
            var state = new float[4];
            new FloorMeter(2, _norm, rest, settings).NextLeg!.Start.Fill(RowBatch.ForPrompt(2), 2, state);
            return state;
        }
    }
}
