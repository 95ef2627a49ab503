using System;
using System.Linq;
using Muninn.Engine.Model;
using Muninn.Engine.Recurrence;
using Muninn.Microscope.Measures;
using Muninn.Microscope.Measures.Comparisons;
using Muninn.Microscope.Trajectories;
using Muninn.Tests.Engine.Recurrence;
using Xunit;

namespace Muninn.Tests.Microscope.Measures.Comparisons;

public sealed class ComparisonTests
{
    const int Width = ToyCores.Width;

    /// <summary>
    /// A run whose position t comes nearer to the injected state by rates[t] an iteration; ln_f with a huge ε is a plain scaling.
    /// </summary>
    static ComparedRun RunOf(float[] rates, int[]? tokens = null, int iterations = 20, int horizon = 60)
    {
        int positions = rates.Length;
        var settings = new ConvergenceSettings { Iterations = iterations, Horizon = horizon };
        var meter = new ConvergenceMeter(positions, new FinalNorm([.. Enumerable.Repeat(1f, Width)], 1e6f), settings, long.MaxValue);
        var recorder = new TrajectoryRecorder(positions, Width, Fidelity.Iterations(horizon));
        float[] injected = [.. Enumerable.Range(0, positions * Width).Select(i => 1f + i % Width)];
        float[] start = [.. injected.Select((e, i) => e + (i % Width == 0 ? 0.5f : 0))];
        float[] final = new float[injected.Length];
        new RecurrentRun(ToyCores.Contractions(rates), Width, positions).Run(
            RowBatch.ForPrompt(positions), injected, new RunSettings { Limit = horizon, Start = InitialState.Given(start) }, final,
            new RowEnding[positions], null, (IterationObserver)meter.Observe + recorder.Observe);
        float[] logits = [.. rates.SelectMany(rate => new[] { rate, 0f })];
        return new ComparedRun(tokens ?? [.. Enumerable.Range(0, positions)], meter.ToConvergence(), new PromptOutcome(recorder.ToTrajectory(), logits));
    }

    [Fact]
    public void A_run_held_against_itself_shows_no_difference()
    {
        var run = RunOf([0.5f, 0.8f]);
        var comparison = Comparison.Of(run, run, TokenAlignment.Of(run.Tokens, run.Tokens));
        Assert.All(comparison.LogRatio, ratio => Assert.True(ratio == 0 || float.IsNaN(ratio)));
        Assert.Contains(0f, comparison.LogRatio);
        Assert.Equal((0, 0, 1.0), (comparison.FasterLeft, comparison.FasterRight, comparison.SignTest));
        Assert.Equal((0.0, 1.0), (comparison.Fidelity!.DivergenceMean, comparison.Fidelity.TopAgreement));
        Assert.All(comparison.Fidelity.States, state => Assert.Equal(0, state.DistanceWorst));
    }

    [Fact]
    public void The_ratio_of_two_known_rates_grows_by_their_difference()
    {
        var left = RunOf([0.5f, 0.5f, 0.5f]);
        var right = RunOf([0.8f, 0.5f, 0.4f]);
        var comparison = Comparison.Of(left, right, TokenAlignment.ByPosition(3, 3));
        int columns = comparison.Iterations + 1;
        for (int i = 1; i < 10; i++)
            Assert.Equal(Math.Log10(0.8 / 0.5), comparison.LogRatio[i] - comparison.LogRatio[i - 1], 0.02);
        Assert.Equal(0, comparison.LogRatio[columns + 5], 1e-4);
        Assert.True(comparison.LogRatio[2 * columns + 5] < -0.3);
        Assert.Equal((1, 1), (comparison.FasterLeft, comparison.FasterRight));
        Assert.True(comparison.Tokens[0].RateRight > comparison.Tokens[0].RateLeft);
    }

    [Fact]
    public void Pairs_are_read_where_each_side_has_them()
    {
        var left = RunOf([0.5f, 0.6f, 0.7f], [10, 11, 12]);
        var right = RunOf([0.9f, 0.5f, 0.7f], [99, 10, 12]);
        var comparison = Comparison.Of(left, right, TokenAlignment.Of(left.Tokens, right.Tokens));
        Assert.Equal([(0, 1), (2, 2)], comparison.Tokens.Select(token => (token.Left, token.Right)));
        Assert.All(comparison.Fidelity!.States, state => Assert.Equal(0, state.DistanceWorst));
        Assert.Equal(2, comparison.Fidelity.Tokens);
    }

    [Fact]
    public void Under_both_floors_and_not_finite_there_is_no_ratio()
    {
        var left = RunOf([0.2f, float.NaN]);
        var right = RunOf([0.2f, 0.5f]);
        var comparison = Comparison.Of(left, right, TokenAlignment.ByPosition(2, 2));
        int columns = comparison.Iterations + 1;
        Assert.True(float.IsNaN(comparison.LogRatio[columns - 1]));
        Assert.True(float.IsNaN(comparison.LogRatio[columns + 3]));
        Assert.True(double.IsNaN(comparison.Tokens[1].LogRatio));
    }

    [Theory]
    [InlineData(0, 0, 1)]
    [InlineData(5, 5, 1)]
    [InlineData(0, 1, 1)]
    [InlineData(0, 5, 0.0625)]
    [InlineData(2, 8, 0.109375)]
    [InlineData(8, 2, 0.109375)]
    public void The_sign_test_is_that_of_a_fair_coin(int first, int second, double p) =>
        Assert.Equal(p, Comparison.SignTestOf(first, second), 1e-12);

    [Fact]
    public void Runs_that_cannot_be_compared_are_refused()
    {
        var run = RunOf([0.5f, 0.5f]);
        Assert.Contains("no token in common", Assert.Throws<ArgumentException>(() => Comparison.Of(run, run, TokenAlignment.Of([1], [2]))).Message);
        Assert.Contains("pair is (2, 2)", Assert.Throws<ArgumentException>(() => Comparison.Of(run, run, TokenAlignment.ByPosition(3, 3))).Message);
        var longer = RunOf([0.5f, 0.5f], iterations: 21);
        Assert.Contains("20 iterations and its s* at 60, the right one 21",
            Assert.Throws<ArgumentException>(() => Comparison.Of(run, longer, TokenAlignment.ByPosition(2, 2))).Message);
    }

    [Fact]
    public void Other_vocabularies_leave_out_the_states()
    {
        var run = RunOf([0.5f]);
        var other = run with { Outcome = run.Outcome! with { Logits = [1, 2, 3] } };
        Assert.Null(Comparison.Of(run, other, TokenAlignment.ByPosition(1, 1)).Fidelity);
        Assert.Null(Comparison.Of(run, run with { Outcome = null }, TokenAlignment.ByPosition(1, 1)).Fidelity);
    }
}
