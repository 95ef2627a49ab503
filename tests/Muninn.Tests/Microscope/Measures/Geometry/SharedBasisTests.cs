using System;
using System.Linq;
using Muninn.Microscope.Measures.Geometry;
using Muninn.Microscope.Trajectories;
using Muninn.Tests.Microscope.Measures.Motion;
using Xunit;

namespace Muninn.Tests.Microscope.Measures.Geometry;

public sealed class SharedBasisTests
{
    /// <summary>Tokens that turn in a plane of a wide space and shrink, each about a place of its own, with some noise.</summary>
    static Trajectory Turning(int positions, int iterations, int width, double noise)
    {
        var (first, second) = ToyTrajectories.Plane(width, 5);
        return ToyTrajectories.From(positions, iterations, width, (t, i) =>
        {
            double radius = 3 * Math.Pow(0.9, i);
            var (sine, cosine) = Math.SinCos(0.7 * i + t);
            return [.. Enumerable.Range(0, width).Select(c => (float)(2 * radius * cosine * first[c] + radius * sine * second[c]
                + noise * ToyTrajectories.Normal(3, t, c, i) + ToyTrajectories.Normal(4, t, c, 0)))];
        });
    }

    [Theory]
    [InlineData(3, 20, 30)]
    [InlineData(2, 20, 400)]
    [InlineData(20, 20, 300)]
    public void The_plane_of_a_motion_is_found_from_either_side_and_by_iteration(int positions, int iterations, int width)
    {
        var basis = SharedBasis.Of([Turning(positions, iterations, width, 0)], new BasisSettings { Axes = 2 });
        Assert.Equal(Math.Min(width, positions * (iterations + 1)) <= 256, basis.IsExact);
        Assert.InRange(basis.Residual, 0, 1e-8);
        Assert.Equal(1, basis.Explained[0] + basis.Explained[1], 1e-6);
        Assert.True(basis.Explained[0] > basis.Explained[1]);
        var (first, second) = ToyTrajectories.Plane(width, 5);
        foreach (int k in new[] { 0, 1 })
        {
            double[] axis = basis.Axes[(k * width)..((k + 1) * width)];
            double inside = Math.Pow(axis.Zip(first, (a, b) => a * b).Sum(), 2) + Math.Pow(axis.Zip(second, (a, b) => a * b).Sum(), 2);
            Assert.Equal(1, inside, 1e-5);
        }

        Assert.All(basis.PlaneShare, share => Assert.Equal(1, share, 1e-5));
        Assert.Empty(basis.OutsidePlane);
    }

    [Theory]
    [InlineData(3, 20, 30)]
    [InlineData(2, 20, 400)]
    [InlineData(20, 20, 300)]
    public void Axes_are_orthonormal_and_scores_are_projections(int positions, int iterations, int width)
    {
        var trajectory = Turning(positions, iterations, width, 0.2);
        foreach (var centring in Enum.GetValues<Centring>())
        {
            var basis = SharedBasis.Of([trajectory], new BasisSettings { Axes = 4, Centring = centring });
            for (int j = 0; j < 4; j++)
            {
                for (int k = 0; k < 4; k++)
                    Assert.Equal(j == k ? 1 : 0, basis.Axes[(j * width)..((j + 1) * width)].Zip(basis.Axes[(k * width)..((k + 1) * width)], (a, b) => a * b).Sum(), 1e-9);
            }

            // Differences between two states of a token need no centre.
            ReadOnlySpan<double> scores = basis.ScoresOf(1);
            double expected = Enumerable.Range(0, width).Sum(c => basis.Axes[width + c] * (trajectory.State(3)[width + c] - (double)trajectory.State(0)[width + c]));
            Assert.Equal(expected, scores[3 * 4 + 1] - scores[1], 1e-5);
            Assert.Equal(basis.Explained.OrderDescending(), basis.Explained);
            double total = 0;
            for (int k = 0; k < 4; k++)
                total += Enumerable.Range(0, basis.Scores.Length / 4).Sum(i => Math.Pow(basis.Scores[i * 4 + k], 2));
            Assert.Equal(basis.Explained.Sum(), total / basis.Total, 1e-9);
        }
    }

    [Fact]
    public void Dense_and_iterated_axes_explain_the_same()
    {
        // The same states, once with room for the dense way (width 256) and once beyond it by columns of zeros.
        var narrow = Turning(20, 20, 256, 0.2);
        var wide = ToyTrajectories.From(20, 20, 257, (t, i) => [.. narrow.State(i).Slice(t * 256, 256), 0]);
        var dense = SharedBasis.Of([narrow], new BasisSettings { Axes = 2 });
        var iterated = SharedBasis.Of([wide], new BasisSettings { Axes = 2 });
        Assert.Equal((true, false), (dense.IsExact, iterated.IsExact));
        Assert.All(Enumerable.Range(0, 2), k => Assert.Equal(dense.Explained[k], iterated.Explained[k], 1e-7));
        Assert.All(Enumerable.Range(0, dense.Scores.Length), i => Assert.Equal(dense.Scores[i], iterated.Scores[i], 1e-2));
    }

    [Fact]
    public void Signs_do_not_depend_on_the_sign_of_what_was_solved()
    {
        var basis = SharedBasis.Of([Turning(3, 20, 30, 0.1)], new BasisSettings { Axes = 3 });
        for (int k = 0; k < 3; k++)
            Assert.True(basis.Axes[(k * 30)..((k + 1) * 30)].MaxBy(Math.Abs) > 0);
    }

    [Fact]
    public void Centring_on_rest_puts_the_last_state_in_the_origin_and_a_common_mean_keeps_places_apart()
    {
        var trajectory = Turning(3, 40, 30, 0);
        var rest = SharedBasis.Of([trajectory], new BasisSettings { Axes = 2, Centring = Centring.Rest });
        Assert.All(Enumerable.Range(0, 3), t => Assert.All(rest.ScoresOf(t)[^2..].ToArray(), score => Assert.Equal(0, score, 1e-12)));
        var common = SharedBasis.Of([trajectory], new BasisSettings { Axes = 2, Centring = Centring.CommonMean });
        Assert.True(Math.Abs(common.ScoresOf(0)[^2] - common.ScoresOf(1)[^2]) > 1);
    }

    [Fact]
    public void A_token_that_moves_outside_the_plane_is_flagged()
    {
        var basis = SharedBasis.Of(
            [ToyTrajectories.From(3, 10, 4, (t, i) => t == 1 ? [0, 0, 0.1f * i * (i - 10), 0] : [10f * i, 3f * (i % 3), 0, 0])],
            new BasisSettings { Axes = 2, Iterations = [0, 1, 2, 3, 4, 5, 6, 7, 8] });
        Assert.Equal([1], basis.OutsidePlane);
    }

    [Fact]
    public void Several_trajectories_share_one_basis()
    {
        var basis = SharedBasis.Of([Turning(3, 20, 30, 0), Turning(3, 20, 30, 0.01)], new BasisSettings { Axes = 2, Iterations = [0, 5, 10] });
        Assert.Equal((2, 3, 3), (basis.Trajectories, basis.Positions, basis.Iterations.Length));
        Assert.Equal(6, basis.ScoresOf(2, 1).Length);
        Assert.Equal(basis.ScoresOf(2, 0)[0], basis.ScoresOf(2, 1)[0], 0.2);
    }

    [Fact]
    public void Nothing_that_moves_has_axes_and_no_variance()
    {
        var basis = SharedBasis.Of([ToyTrajectories.From(1, 4, 3, (_, _) => [1, 2, 3])], new BasisSettings { Axes = 2 });
        Assert.Equal([0.0, 0.0], basis.Explained);
        Assert.Equal([1.0], basis.PlaneShare);
    }

    [Fact]
    public void What_cannot_be_projected_is_refused()
    {
        var trajectory = Turning(3, 5, 10, 0);
        Assert.Contains("at least one", Assert.Throws<ArgumentException>(() => SharedBasis.Of([], new())).Message);
        Assert.Contains("10 and of 3", Assert.Throws<ArgumentException>(() => SharedBasis.Of([trajectory, Turning(3, 5, 11, 0)], new())).Message);
        Assert.Contains("at most 10 dimensions", Assert.Throws<ArgumentException>(() => SharedBasis.Of([trajectory], new() { Axes = 11 })).Message);
        Assert.Throws<ArgumentOutOfRangeException>(() => SharedBasis.Of([trajectory], new() { Axes = 0 }));
        Assert.Contains("Iteration 9 was not recorded", Assert.Throws<ArgumentOutOfRangeException>(() => SharedBasis.Of([trajectory], new() { Iterations = [0, 9] })).Message);
        var lost = ToyTrajectories.From(2, 3, 2, (t, i) => t == 1 && i == 2 ? [float.NaN, 0] : [i, 1]);
        Assert.Contains("token 1 at iteration 2 is not finite", Assert.Throws<ArgumentException>(() => SharedBasis.Of([lost], new() { Axes = 1 })).Message);
    }
}
