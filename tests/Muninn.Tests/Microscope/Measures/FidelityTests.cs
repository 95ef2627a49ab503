using System;
using System.Collections.Generic;
using System.Linq;
using Muninn.Microscope.Measures;
using Muninn.Microscope.Trajectories;
using Xunit;

namespace Muninn.Tests.Microscope.Measures;

public sealed class FidelityTests
{
    const int Width = 3;

    static PromptOutcome Outcome(float[] logits, params (int Iteration, float[] State)[] states) => new(
        new Trajectory(states[0].State.Length / Width, Width, new SortedDictionary<int, float[]>(states.ToDictionary(static s => s.Iteration, static s => s.State))),
        logits);

    [Fact]
    public void A_model_is_faithful_to_itself()
    {
        var outcome = Outcome([1, 2, 3, -1], (1, [1, 2, 3, 4, 5, 6]), (2, [0, 0, 0, 1, 1, 1]));
        var fidelity = Fidelity.Of([outcome, outcome], [outcome, outcome]);
        var none = Quartiles.Of([]);
        Assert.Equal(
            [
                new StateFidelity(1, 0, 0, 1, 1) { Equal = 4, Distance = none, CosineDistance = none },
                new StateFidelity(2, 0, 0, 1, 1) { Equal = 4, Distance = none, CosineDistance = none },
            ], fidelity.States);
        Assert.Equal((4, 0.0, 0.0, 1.0), (fidelity.Tokens, fidelity.DivergenceMean, fidelity.DivergenceWorst, fidelity.TopAgreement));
    }

    [Fact]
    public void Distances_cosines_divergence_and_agreement_are_those_of_the_textbook()
    {
        var reference = Outcome([0, MathF.Log(3), 5, 5], (4, [3, 0, 4, 1, 0, 0]));
        var other = Outcome([0, 0, 4, 5], (4, [3, 0, 3, 0, 2, 0]));
        var fidelity = Fidelity.Of([reference], [other]);
        var state = Assert.Single(fidelity.States);
        double[] distances = [1.0 / 5, Math.Sqrt(5)];
        double[] cosines = [21 / (5 * Math.Sqrt(18)), 0];
        Assert.Equal(distances.Average(), state.DistanceMean, 1e-12);
        Assert.Equal(distances.Max(), state.DistanceWorst, 1e-12);
        Assert.Equal(cosines.Average(), state.CosineMean, 1e-12);
        Assert.Equal(cosines.Min(), state.CosineWorst, 1e-12);
        Assert.Equal((0, 2), (state.Equal, state.Distance.Count));
        Assert.Equal(distances.Average(), state.Distance.Median, 1e-12);
        Assert.Equal(0.75 * distances[0] + 0.25 * distances[1], state.Distance.Low, 1e-12);
        Assert.Equal(1 - cosines.Average(), state.CosineDistance.Median, 1e-12);
        // p = (1/4, 3/4) against (1/2, 1/2), and (1/2, 1/2) against (1, e) / (1 + e).
        double e = Math.E;
        double[] divergences = [0.25 * Math.Log(0.5) + 0.75 * Math.Log(1.5), -Math.Log(2) - 0.5 * Math.Log(e / (1 + e) / (1 + e))];
        Assert.Equal(divergences.Average(), fidelity.DivergenceMean, 1e-7);
        Assert.Equal(divergences.Max(), fidelity.DivergenceWorst, 1e-7);
        Assert.Equal(0, fidelity.TopAgreement);
    }

    [Fact]
    public void Quartiles_are_of_the_tokens_that_are_finite_and_differ()
    {
        var reference = Outcome([1, 2, 3, 4, 5, 6], (1, [1, 0, 0, 0, 1, 0, 2, 0, 0]));
        var other = Outcome([1, 2, 3, 4, 5, 6], (1, [1, 0, 0, float.NaN, 1, 0, 3, 0, 0]));
        var state = Assert.Single(Fidelity.Of([reference], [other]).States);
        Assert.Equal((1, new Quartiles(0.5, 0.5, 0.5, 1)), (state.Equal, state.Distance));
        Assert.Equal(new Quartiles(0, 0, 0, 1), state.CosineDistance);
    }

    [Fact]
    public void What_is_no_number_is_the_worst()
    {
        var reference = Outcome([1, 2, 3, 4], (1, [1, 2, 3, 4, 5, 6]));
        var other = Outcome([1, 2, 3, 4], (1, [1, float.NaN, 3, 4, 5, 6]));
        var state = Assert.Single(Fidelity.Of([reference], [other]).States);
        Assert.True(double.IsNaN(state.DistanceWorst) && double.IsNaN(state.CosineWorst));
    }

    [Fact]
    public void Iterations_double_up_to_the_horizon()
    {
        Assert.Equal([1, 2, 4, 8, 16, 32, 64], Fidelity.Iterations(64));
        Assert.Equal([1, 2, 4, 5], Fidelity.Iterations(5));
        Assert.Equal([1], Fidelity.Iterations(1));
        Assert.Throws<ArgumentOutOfRangeException>(() => Fidelity.Iterations(0));
    }

    [Fact]
    public void A_curve_has_four_iterations_to_a_doubling_and_those_of_the_table()
    {
        Assert.Equal([1, 2, 3, 4, 5, 6, 7, 8, 10, 11, 13, 16, 19, 23, 27, 32, 38, 45, 54, 64], Fidelity.CurveIterations(64));
        Assert.Equal([1], Fidelity.CurveIterations(1));
        foreach (int horizon in new[] { 2, 3, 9, 100, 512 })
        {
            Assert.Empty(Fidelity.Iterations(horizon).Except(Fidelity.CurveIterations(horizon)));
            Assert.Equal(horizon, Fidelity.CurveIterations(horizon)[^1]);
        }

        Assert.Throws<ArgumentOutOfRangeException>(() => Fidelity.CurveIterations(0));
    }

    [Fact]
    public void Other_prompts_cannot_be_compared()
    {
        var a = Outcome([1, 2], (1, [1, 2, 3]));
        Assert.Throws<ArgumentException>(() => Fidelity.Of([], []));
        Assert.Throws<ArgumentException>(() => Fidelity.Of([a], [a, a]));
        Assert.Throws<ArgumentException>(() => Fidelity.Of([a], [Outcome([1, 2], (2, [1, 2, 3]))]));
        Assert.Throws<ArgumentException>(() => Fidelity.Of([a], [Outcome([1, 2, 3], (1, [1, 2, 3]))]));
    }
}
