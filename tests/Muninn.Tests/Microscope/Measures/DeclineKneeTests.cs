using System.Linq;
using Muninn.Microscope.Measures;
using Xunit;

namespace Muninn.Tests.Microscope.Measures;

public sealed class DeclineKneeTests
{
    [Fact]
    public void Finds_the_bend_between_two_slopes()
    {
        double[] logs = [.. Enumerable.Range(0, 41).Select(i => i <= 12 ? -0.3 * i : -3.6 - 0.05 * (i - 12))];
        var knee = DeclineKnee.Find(logs, 1e-9);
        Assert.NotNull(knee);
        Assert.NotNull(knee.Iteration);
        Assert.InRange(knee.Iteration.Value, 11, 13);
        Assert.Equal(-0.3, knee.SlopeBefore, 0.01);
        Assert.Equal(-0.05, knee.SlopeAfter, 0.01);
        Assert.Null(knee.FloorIteration);
        Assert.Contains("Rapid decline of the median row ends near iteration 1", knee.Describe());
    }

    [Fact]
    public void A_straight_line_has_no_bend()
    {
        var knee = DeclineKnee.Find([.. Enumerable.Range(0, 41).Select(i => 1 - 0.1 * i)], 1e-9);
        Assert.NotNull(knee);
        Assert.Null(knee.Iteration);
        Assert.Equal(-0.1, knee.SlopeBefore, 1e-9);
        Assert.Contains("no bend from fast to slow", knee.Describe());
    }

    [Fact]
    public void Values_at_the_floor_are_not_fitted()
    {
        double[] logs = [.. Enumerable.Range(0, 41).Select(i => i < 20 ? -0.25 * i : -5.0)];
        var knee = DeclineKnee.Find(logs, 1e-5);
        Assert.NotNull(knee);
        Assert.Null(knee.Iteration);
        Assert.Equal(-0.25, knee.SlopeBefore, 1e-9);
        Assert.Equal(19, knee.FloorIteration);
    }

    [Fact]
    public void Too_few_points_say_nothing() => Assert.Null(DeclineKnee.Find([1, 0, -1, -2, -3], 1e-9));
}
