using System;
using System.Linq;
using Muninn.Engine.Model;
using Muninn.Engine.Recurrence;
using Muninn.Microscope.Measures.Geometry;
using Muninn.Microscope.Trajectories;
using Muninn.Tests.Engine.Recurrence;
using Muninn.Tests.Microscope.Measures.Motion;
using Xunit;

namespace Muninn.Tests.Microscope.Measures.Geometry;

public sealed class PathIndependenceTests
{
    const int Positions = 2;

    /// <summary>Runs of a toy core from starts of normal numbers.</summary>
    static TrajectoryEnsemble Ensemble(CoreStep core, int runs, int horizon, Func<int, float[]>? start = null)
    {
        var ensemble = new TrajectoryEnsemble(Positions, new FinalNorm([1, 1], 1e-6f), horizon);
        var run = new RecurrentRun(core, ToyCores.Width, Positions);
        for (int number = 0; number < runs; number++)
        {
            float[] first = start?.Invoke(number) ?? [.. Enumerable.Range(0, 4).Select(c => (float)ToyTrajectories.Normal(7, number, c, 0))];
            run.Run(
                RowBatch.ForPrompt(Positions), [1, 0.5f, -0.3f, 1], new RunSettings { Limit = horizon, Start = InitialState.Given(first) },
                new float[4], new RowEnding[Positions], null, ensemble.Begin());
        }

        return ensemble;
    }

    [Fact]
    public void A_contraction_forgets_its_start()
    {
        var paths = PathIndependence.Measure(Ensemble(ToyCores.Contraction(0.5f), 18, 64), new PathSettings());
        Assert.Equal((18, 17, 64), (paths.Runs, paths.Compared, paths.Horizon));
        Assert.Equal(1 - Math.Pow(0.05, 1 / 18.0), paths.BasinShareSeen, 12);
        Assert.All(paths.Tokens, token =>
        {
            Assert.True(token.IsEquivalent && token.BasinsAreReadable);
            Assert.Equal([18], token.BasinSizes);
            Assert.InRange(token.Between, 0, 1e-5);
            Assert.True(token.BetweenStarts > 0.5);
            Assert.Equal(17, token.Near);
            Assert.Equal(Math.Pow(0.01, 1 / 17.0), token.ShareBound, 9);
            Assert.Equal(Math.Pow(0.75, 17), token.Adjusted, 12);
            Assert.Equal(Math.Sqrt(2), token.RestNorm, 3);
        });
    }

    [Fact]
    public void Two_basins_are_counted_and_told_apart()
    {
        // The norm leaves of (±1, ±1) the corners of a square of side √2 · √2.
        var paths = PathIndependence.Measure(
            Ensemble(ToyCores.TwoBasins(0.2f), 10, 100, run => [run % 5 == 0 ? -0.4f : 0.4f, 0.3f, 0.3f, 0.3f + 0.01f * run]), new PathSettings());
        var split = paths.Tokens[0];
        Assert.Equal([0, 1, 1, 1, 1, 0, 1, 1, 1, 1], split.Basins);
        Assert.Equal([2, 8], split.BasinSizes);
        Assert.Equal(2, split.BetweenMost, 0.02);
        Assert.Equal(split.BetweenMost / split.LinkDistance, split.Separation, 0.01 * split.Separation);
        Assert.False(split.IsEquivalent);
        Assert.Equal([10], paths.Tokens[1].BasinSizes);
        Assert.False(paths.Tokens[1].IsEquivalent, "ten runs cannot show it");
        Assert.True(double.IsNaN(paths.Tokens[1].P));
    }

    [Theory]
    [InlineData(2, 4)]
    [InlineData(2, 40)]
    [InlineData(1, 61)]
    public void Runs_that_split_are_never_equivalent_whatever_their_order(int block, int runs)
    {
        // Pairs (0, 1), (2, 3), … agree; with 61 runs only the last one goes elsewhere.
        bool IsOther(int run) => runs % 2 == 1 ? run == runs - 1 : run / block % 2 == 1;
        var paths = PathIndependence.Measure(
            Ensemble(ToyCores.TwoBasins(0.2f), runs, 100, run => [IsOther(run) ? -0.4f : 0.4f, 0.3f, 0.3f, 0.3f]), new PathSettings());
        Assert.Equal(2, paths.Tokens[0].BasinSizes.Length);
        Assert.False(paths.Tokens[0].IsEquivalent);
        Assert.Equal(runs >= 18, paths.Tokens[1].IsEquivalent);
        string text = string.Join('\n', GeometryFindings.Describe(paths, ["a", "b"]).Select(finding => finding.Text));
        Assert.Contains(runs < 18 ? "too few" : "1 of 2 tokens end in the same place within the stated margin of 1 % of ‖s*‖ for more than 75 % of all starts", text);
        Assert.DoesNotContain("whatever the start", text);
    }

    [Fact]
    public void A_cycle_of_two_is_not_at_rest_though_the_check_meets_its_own_phase()
    {
        var paths = PathIndependence.Measure(Ensemble(ToyCores.Flip, 20, 64, _ => [1, 0.5f, 0.3f, 0.3f]), new PathSettings());
        Assert.All(paths.Tokens, token => Assert.True(token.Within > 1 && !token.BasinsAreReadable && !token.IsEquivalent));
    }

    [Fact]
    public void Runs_that_still_turn_have_no_readable_basins()
    {
        var paths = PathIndependence.Measure(Ensemble(ToyCores.Rotation(0.7), 8, 65), new PathSettings());
        Assert.All(paths.Tokens, token => Assert.False(token.BasinsAreReadable || token.IsEquivalent));
        Assert.All(paths.Tokens, token => Assert.True(token.Within > 0.1));
    }

    [Fact]
    public void Distances_are_those_of_the_textbook()
    {
        float[][] starts = [[3, 4, 1, 0], [4, 3, 1, 0], [-3, 4, 1, 0]];
        // A core that only writes its injected value down leaves (1, 0.5) from the first iteration on.
        var paths = PathIndependence.Measure(Ensemble(ToyCores.Contraction(0), 3, 2, run => starts[run]), new PathSettings());
        double[][] normed = [.. starts.Select(s => new[] { s[0] / Math.Sqrt(12.5 + 1e-6), s[1] / Math.Sqrt(12.5 + 1e-6) })];
        double squares = 0;
        foreach (var (a, b) in new[] { (0, 1), (0, 2), (1, 2) })
            squares += Math.Pow(normed[a][0] - normed[b][0], 2) + Math.Pow(normed[a][1] - normed[b][1], 2);
        Assert.Equal(Math.Sqrt(squares / 3), paths.Tokens[0].BetweenStarts, 1e-6);
        Assert.Equal((0.0, 0.0), (paths.Tokens[0].Between, paths.Tokens[0].Within));
        Assert.True(double.IsNaN(paths.Tokens[0].P), "three runs are too few");
    }

    [Fact]
    public void A_bound_is_that_of_clopper_and_pearson()
    {
        // Nine of ten others near: the exact lower end at 95 % is 0.6058 (tables of Clopper and Pearson).
        double[] distances = new double[121];
        distances[4 * 11] = 1;
        var settings = new PathSettings { Significance = 0.05, ShareMin = 0.5 };
        var (near, bound, p) = Equivalence.Of(distances, 11, 10, settings);
        Assert.Equal(9, near);
        Assert.Equal(0.6058, bound, 4);
        Assert.Equal(11 / 1024.0, p, 12);
        Assert.Equal((18, 6), (new PathSettings().RunsMin, settings.RunsMin));
    }

    [Fact]
    public void Single_linkage_follows_chains()
    {
        double[] places = [0, 5, 1, 6, 2, 20];
        double[] distances = [.. places.SelectMany(a => places.Select(b => Math.Abs(a - b)))];
        var (basins, sizes, separation) = RestBasins.Of(distances, 6, 1.5);
        Assert.Equal([0, 1, 0, 1, 0, 2], basins);
        Assert.Equal([3, 2, 1], sizes);
        Assert.Equal(2, separation, 12);
        Assert.Equal(double.PositiveInfinity, RestBasins.Of(distances, 6, 100).Separation);
    }

    [Fact]
    public void States_that_are_not_finite_are_named_by_their_run()
    {
        var paths = PathIndependence.Measure(Ensemble(ToyCores.NotANumberBomb, 4, 8), new PathSettings());
        Assert.Equal([null, 0], paths.Tokens.Select(token => token.NotFiniteRun));
        Assert.Equal(paths.Tokens[0].P, paths.Tokens[0].Adjusted);
    }

    [Fact]
    public void Runs_that_cannot_be_compared_are_refused()
    {
        Assert.Contains("there is 1; give at least 2", Assert.Throws<ArgumentException>(
            () => PathIndependence.Measure(Ensemble(ToyCores.Flip, 1, 8), new())).Message);
        var ensemble = new TrajectoryEnsemble(1, new FinalNorm([1, 1], 1e-6f), 9);
        new RecurrentRun(ToyCores.Flip, 2, 1).Run(
            RowBatch.ForPrompt(1), [1, 1], new RunSettings { Limit = 5 }, new float[2], new RowEnding[1], null, ensemble.Begin());
        Assert.Contains("Run 1 ended at iteration 5, before the horizon, 9", Assert.Throws<InvalidOperationException>(() => ensemble.Begin()).Message);
        Assert.Equal(4L * 4 * 5 * 7 * 11, TrajectoryEnsemble.BytesFor(5, 7, 11));
        Assert.Throws<ArgumentOutOfRangeException>(() => new TrajectoryEnsemble(1, new FinalNorm([1, 1], 1e-6f), 1));
    }
}
