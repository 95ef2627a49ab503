using System;
using System.Linq;
using Muninn.Microscope.Measures;
using Muninn.Microscope.Measures.Geometry;
using Muninn.Microscope.Measures.Motion;
using Xunit;

namespace Muninn.Tests.Microscope.Measures.Motion;

public sealed class MotionFindingsTests
{
    [Fact]
    public void Every_class_is_spoken_of_with_its_test()
    {
        var noise = ToyTrajectories.Noise(1, 64, 2, 0.3, 0, 4);
        string[] labels = ["spiral", "circle", "line", "noise", "lost", "still", "slow"];
        var motions = Motions.Measure(
            ToyTrajectories.From(7, 64, 2, (t, i) => t switch
            {
                0 => Turn(Math.Pow(0.8, i), 0.9 * i),
                1 => Turn(1, 0.7 * i),
                2 => [i, 2 * i],
                3 => noise.State(i).ToArray(),
                4 => [i == 9 ? float.NaN : i, 0],
                5 => [1, 2],
                _ => Turn(Math.Pow(0.98, i), 1.3 * i),
            }),
            new MotionSettings());
        Assert.Equal(
            [MotionClass.FixedPoint, MotionClass.Orbit, MotionClass.Slider, MotionClass.NotToldApart, MotionClass.NotFinite, MotionClass.Constant, MotionClass.Unsettled],
            motions.Tokens.Select(token => token.Class));
        var findings = MotionFindings.Describe(motions, labels);
        string text = string.Join('\n', findings.Select(finding => finding.Text));
        Assert.Equal((FindingKind.Divergence, "1 token is not finite: “lost” (position 4), first at iteration 9."), (findings[0].Kind, findings[0].Text));
        Assert.Contains("1 of 7 tokens come to rest in a fixed point: late on each step is 0.8 of the one before, and all reach the rounding floor. What it comes to at rest is told for 1 of them: 0.8.", text);
        Assert.Matches(@"1 of them get there turning, by 0\.(90?\d?|89\d) radians an iteration", text);
        Assert.Contains("1 token is in orbit: “circle” (position 1) at 0.7 ±", text);
        Assert.Contains("1 token is moving in one direction: “line” (position 2); 1 of them steadily along a line", text);
        Assert.Contains("1 token is unsettled at iteration 64", text);
        Assert.Contains("1 token is not told apart from noise: “noise” (position 3). That is no proof of noise", text);
        Assert.Contains("1 token is where it started", text);
        Assert.Contains("15 tests", text);
        Assert.Throws<ArgumentException>(() => MotionFindings.Describe(motions, ["one"]));

        static float[] Turn(double radius, double angle) => [(float)(radius * Math.Cos(angle)) + 3, (float)(radius * Math.Sin(angle))];
    }

    [Fact]
    public void A_projection_says_what_it_hides()
    {
        var basis = SharedBasis.Of(
            [ToyTrajectories.From(2, 8, 4, (t, i) => t == 1 ? [0, 0, 0.1f * i, 0] : [10f * i, 3f * (i % 3), 0, 0])], new BasisSettings { Axes = 2 });
        var finding = Assert.Single(GeometryFindings.Describe(basis, ["a", "b"]));
        Assert.Equal([1], finding.Positions);
        Assert.Contains("around every token's last state", finding.Text);
        Assert.Contains("does not show the motion of “b” (position 1)", finding.Text);
    }
}
