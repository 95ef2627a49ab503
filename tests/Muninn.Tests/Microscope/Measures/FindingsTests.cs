using System;
using System.Linq;
using Muninn.Engine.Model;
using Muninn.Engine.Recurrence;
using Muninn.Microscope.Measures;
using Muninn.Tests.Engine.Recurrence;
using Xunit;

namespace Muninn.Tests.Microscope.Measures;

public sealed class FindingsTests
{
    static readonly ConvergenceSettings _settings = new() { Iterations = 40, Horizon = 100 };

    static Convergence MeasureRates(params float[] rates) => Measure(ToyCores.Contractions(rates), rates.Length);

    /// <summary>ln_f with a huge ε is a plain scaling by 1e-3: distances then follow the raw states exactly.</summary>
    static Convergence Measure(CoreStep core, int positions, float[]? start = null, ConvergenceSettings? settings = null)
    {
        settings ??= _settings;
        var meter = new ConvergenceMeter(positions, new FinalNorm([1, 1], 1e6f), settings, long.MaxValue);
        var e = new float[positions * ToyCores.Width];
        Array.Fill(e, 1);
        var run = new RecurrentRun(core, ToyCores.Width, positions);
        run.Run(
            RowBatch.ForPrompt(positions), e,
            new RunSettings { Limit = settings.Horizon, Start = start is null ? InitialState.Zero : InitialState.Given(start) },
            new float[e.Length], new RowEnding[positions], null, meter.Observe);
        return meter.ToConvergence();
    }

    static string[] Labels(Convergence convergence) => [.. Enumerable.Range(0, convergence.Positions).Select(t => $"t{t}")];

    static Finding Only(Convergence convergence, FindingKind kind) =>
        Assert.Single(Findings.Describe(convergence, Labels(convergence)), finding => finding.Kind == kind);

    [Fact]
    public void Rates_are_those_of_the_contraction()
    {
        var convergence = MeasureRates(0.5f, 0.7f);
        Assert.Equal(Math.Log10(0.5), convergence.Tokens[0].Rate, 1e-3);
        Assert.Equal(Math.Log10(0.7), convergence.Tokens[1].Rate, 1e-3);
        Assert.Equal(4, convergence.Tokens[0].IterationsToTenth);
        Assert.Equal(7, convergence.Tokens[0].IterationsToHundredth);
        Assert.All(convergence.Tokens, token => Assert.True(token.IsMonotone));
        Assert.All(convergence.Tokens, token => Assert.Equal(Verdict.Converged, token.Verdict));
    }

    [Fact]
    public void Distances_are_those_of_algebra()
    {
        var convergence = MeasureRates(0.5f);
        // s* = 2 in both entries; ln_f divides by √(4 + 1e6) or so.
        for (int i = 0; i <= 20; i++)
            Assert.Equal(2 * Math.Pow(0.5, i) * Math.Sqrt(2) / 1000, convergence.DistanceOf(0)[i], 1e-7);
        Assert.Equal(1, convergence.Residual[0], 1e-6);
        Assert.Equal(1.0 / 3, convergence.Residual[1], 1e-6);
    }

    [Fact]
    public void All_converge_and_slowest_and_fastest_are_named()
    {
        var convergence = MeasureRates(0.5f, 0.7f, 0.3f);
        Assert.StartsWith("Every token converges: all 3", Only(convergence, FindingKind.Convergence).Text, StringComparison.Ordinal);
        Assert.Equal([1, 2], Only(convergence, FindingKind.Speed).Positions);
        Assert.Contains("“t1” (position 1)", Only(convergence, FindingKind.Speed).Text);
    }

    [Fact]
    public void A_token_that_needs_more_iterations_is_still_on_the_way()
    {
        var convergence = MeasureRates(0.5f, 0.9f);
        Assert.Equal(Verdict.Approaching, convergence.Tokens[1].Verdict);
        var finding = Only(convergence, FindingKind.Convergence);
        Assert.Equal([1], finding.Positions);
        Assert.Contains("1 of 2 tokens converge", finding.Text);
    }

    [Fact]
    public void A_rotation_never_rests()
    {
        var convergence = Measure(ToyCores.Rotation(0.7), 2, [1, 0, 0, 2]);
        Assert.All(convergence.Tokens, token => Assert.Equal(Verdict.Moving, token.Verdict));
        Assert.Contains("Not at rest even at iteration 100", Only(convergence, FindingKind.Convergence).Text);
        Assert.Equal(2 * Math.Sin(0.35), convergence.HorizonResidual[0], 1e-5);
        Assert.Equal(2, Only(convergence, FindingKind.Rise).Positions.Count);
    }

    [Fact]
    public void A_flip_is_no_convergence_even_where_the_plot_meets_it()
    {
        var convergence = Measure(ToyCores.Flip, 1, [1, 1]);
        Assert.Equal(0, convergence.Tokens[0].End);
        Assert.Equal(Verdict.Moving, convergence.Tokens[0].Verdict);
    }

    [Fact]
    public void A_drift_has_not_come_to_rest()
    {
        var convergence = Measure(ToyCores.Drift, 1);
        Assert.Equal(Verdict.Moving, convergence.Tokens[0].Verdict);
        Assert.Null(convergence.Tokens[0].IterationsToTenth);
    }

    [Fact]
    public void Not_a_number_is_a_finding_and_the_others_are_still_read()
    {
        var convergence = Measure(ToyCores.NotANumberBomb, 3);
        Assert.Equal(Verdict.Diverged, convergence.Tokens[1].Verdict);
        var finding = Only(convergence, FindingKind.Divergence);
        Assert.Equal([1], finding.Positions);
        Assert.Equal(Verdict.Converged, convergence.Tokens[0].Verdict);
        Assert.Contains("2 of 3 tokens converge", Only(convergence, FindingKind.Convergence).Text);
    }

    [Fact]
    public void Everything_not_a_number_still_makes_a_report()
    {
        var convergence = Measure(
            (rows, injected, state, next) => next.Fill(float.NaN), 2, settings: new() { Iterations = 3, Horizon = 5 });
        Assert.All(convergence.Tokens, token => Assert.Equal(Verdict.Diverged, token.Verdict));
        Assert.Equal(FindingKind.Divergence, Assert.Single(Findings.Describe(convergence, Labels(convergence))).Kind);
    }

    [Fact]
    public void A_slow_row_among_equals_deviates_and_equals_do_not()
    {
        var deviating = Only(MeasureRates(0.5f, 0.51f, 0.5f, 0.8f, 0.49f, 0.5f), FindingKind.Deviation);
        Assert.Equal([3], deviating.Positions);
        Assert.Contains("above", deviating.Text);
        Assert.Empty(Only(MeasureRates(0.5f, 0.51f, 0.5f, 0.5f, 0.49f, 0.5f), FindingKind.Deviation).Positions);
    }

    [Fact]
    public void Starts_at_different_distances_are_told_apart()
    {
        var convergence = MeasureRates(0.5f, 0.75f);
        var finding = Only(convergence, FindingKind.Start);
        Assert.Equal([0, 1], finding.Positions);
        Assert.Contains("a factor of 2.", finding.Text);
    }

    [Fact]
    public void A_horizon_at_the_last_column_is_called_by_its_name()
    {
        var settings = new ConvergenceSettings { Iterations = 10, Horizon = 10 };
        var convergence = Measure(ToyCores.Contraction(0.5f), 1, settings: settings);
        Assert.Contains("0 by construction", Only(convergence, FindingKind.Horizon).Text);
    }

    [Theory]
    [InlineData(0, "0")]
    [InlineData(21.6, "21.6")]
    [InlineData(0.00012, "1.2 × 10⁻⁴")]
    [InlineData(-0.1234, "−0.123")]
    [InlineData(double.NaN, "not a number")]
    [InlineData(123456, "1.23 × 10⁵")]
    public void Numbers_read_as_a_person_writes_them(double value, string text) => Assert.Equal(text, Findings.Number(value));

    [Theory]
    [InlineData(0, "from the start")]
    [InlineData(1, "from the first iteration")]
    [InlineData(3, "first at iteration 3")]
    [InlineData(90, "first at iteration 90")]
    public void The_first_iteration_that_is_not_a_number_is_named_even_beyond_the_plot(int bomb, string words)
    {
        var convergence = Measure(
            (rows, injected, state, next) =>
            {
                for (int i = 0; i < next.Length; i++)
                    next[i] = rows.Iterations[0] + 1 == bomb ? float.NaN : 0.5f * state[i] + injected[i];
            },
            1, bomb == 0 ? [float.NaN, 0] : null);
        Assert.Equal(bomb, convergence.Tokens[0].FirstNotFinite);
        Assert.Contains(words, Only(convergence, FindingKind.Divergence).Text);
    }

    /// <summary>A fast beginning hides a slow tail: only the last residuals tell how far s* still is from rest.</summary>
    [Fact]
    public void A_slow_tail_is_not_taken_for_rest()
    {
        CoreStep twoRates = (rows, _, state, next) => (next[0], next[1]) = (0.5f * state[0], 0.997f * state[1] + 0.003f);
        float[] start = [1, 1.005f];
        var settings = new ConvergenceSettings { Iterations = 64, Horizon = 128 };
        var near = Measure(twoRates, 1, start, settings).Tokens[0];
        Assert.True(near.End < 1e-3 * Math.Sqrt(1) && near.Verdict == Verdict.Approaching, $"{near}");
        // 0.005 · 0.997¹²⁸ is what s* lacks; steps of 85 units in the last place leave q an error of 3e-4.
        Assert.InRange(near.RestError, 0.005 * Math.Pow(0.997, 128), 1.15 * 0.005 * Math.Pow(0.997, 128));
        var far = Measure(twoRates, 1, start, settings with { Horizon = 6000 }).Tokens[0];
        Assert.Equal(Verdict.Approaching, far.Verdict);
    }

    [Fact]
    public void Rest_at_zero_is_rest()
    {
        var convergence = Measure((rows, _, state, next) => next.Clear(), 2, [1, 1, 0, 0]);
        Assert.All(convergence.Tokens, token => Assert.Equal(Verdict.Converged, token.Verdict));
        Assert.Null(convergence.Floor);
        Assert.DoesNotContain(Findings.Describe(convergence, Labels(convergence)), finding => finding.Text.Contains("not a number"));
    }

    [Fact]
    public void A_token_that_is_at_rest_at_once_is_the_fastest_and_counts_in_the_median()
    {
        var convergence = MeasureRates(0, 0.5f, 0.9f);
        Assert.Equal(0, Only(convergence, FindingKind.Speed).Positions[1]);
        Assert.Contains("0.301 log₁₀ per iteration", Only(convergence, FindingKind.Knee).Text);
        Assert.Contains("meets the rounding floor at iteration", Only(convergence, FindingKind.Knee).Text);
    }

    [Fact]
    public void A_row_that_climbs_out_of_zero_is_not_monotone()
    {
        var convergence = Measure(ToyCores.Flip, 1, [1, 1], new() { Iterations = 20, Horizon = 40 });
        Assert.False(convergence.Tokens[0].IsMonotone);
        Assert.Single(Only(convergence, FindingKind.Rise).Positions);
    }

    [Fact]
    public void The_column_of_the_horizon_itself_is_not_read_as_data()
    {
        var token = Measure(ToyCores.Contraction(0.99f), 1, settings: new() { Iterations = 20, Horizon = 20 }).Tokens[0];
        Assert.Null(token.IterationsToHundredth);
        Assert.True(token.End > 0);
    }

    [Fact]
    public void Two_groups_are_not_said_to_follow_one_row()
    {
        string text = Only(MeasureRates(0.3f, 0.3f, 0.3f, 0.3f, 0.8f, 0.8f, 0.8f, 0.8f), FindingKind.Deviation).Text;
        Assert.StartsWith("Rows spread by up to", text, StringComparison.Ordinal);
    }
}
