using System;
using System.Linq;
using Muninn.Microscope.Measures;
using Muninn.Microscope.Measures.Dynamics;
using Xunit;

namespace Muninn.Tests.Microscope.Measures.Dynamics;

/// <summary>What is said of numbers that are given: no model is run.</summary>
public sealed class DynamicsFindingsTests
{
    static TokenDynamics Token(double radius, double rate = double.NaN, double error = 0.001) => new()
    {
        Position = 0,
        Rate = new ContractionRate(rate, error, 1, 20, null, null, false),
        RestResidual = 1e-6,
        Spectrum = Certain(radius),
        RadiusUpTo = radius,
        SlowestUpTo = 0,
    };

    static Spectrum Certain(double radius) => new(double.IsNaN(radius) ? [] : [new Eigenpair(radius, 0, 1e-9)], !double.IsNaN(radius), 10);

    static TokenDynamics Parting(double exponent, double error, int iterations = 56) => Token(0.9) with
    {
        Lyapunov = new LyapunovExponents([exponent], [error], [], iterations),
    };

    /// <summary>The finding of a kind, tokens named a, b, c, …; radii up to each are those of the tokens before.</summary>
    static Finding? Say(FindingKind kind, params TokenDynamics[] tokens)
    {
        int[] slowest = PromptDynamics.SlowestUpTo([.. tokens.Select(static token => token.Spectrum.Radius)]);
        var placed = tokens.Select((token, t) => token with
        {
            Position = t,
            RadiusUpTo = tokens[slowest[t]].Spectrum.Radius,
            SlowestUpTo = slowest[t],
        }).ToArray();
        string[] labels = [.. Enumerable.Range(0, tokens.Length).Select(static t => t < 26 ? ((char)('a' + t)).ToString() : $"w{t}")];
        return DynamicsFindings.Describe(new PromptDynamics(128, placed, null), labels).SingleOrDefault(finding => finding.Kind == kind);
    }

    [Fact]
    public void Neighbours_part_at_none_only_where_every_exponent_is_certainly_below_zero()
    {
        var none = Say(FindingKind.Lyapunov, Parting(-0.2, 0.01), Parting(-0.1, 0.02), Parting(double.NegativeInfinity, double.NaN))!;
        Assert.StartsWith("No token's neighbouring trajectories part: every Lyapunov exponent", none.Text, StringComparison.Ordinal);
        Assert.Contains("the largest −0.1 ± 0.02 nats per iteration (“b” (position 1))", none.Text, StringComparison.Ordinal);
        Assert.Empty(none.Positions);
        var open = Say(FindingKind.Lyapunov, Parting(-0.2, 0.01), Parting(0.05, 0.03))!;
        Assert.StartsWith("Whether neighbouring trajectories part cannot be told at “b” (position 1)", open.Text, StringComparison.Ordinal);
        Assert.Equal([1], open.Positions);
    }

    [Theory]
    // Rounding alone, no error that could be taken, and three iterations, of which two errors say little.
    [InlineData(1e-7, 0, 56)]
    [InlineData(-1e-7, 0, 56)]
    [InlineData(-0.1, double.NaN, 2)]
    [InlineData(0.1, 0.04, 3)]
    public void An_exponent_that_could_be_zero_tells_nothing(double exponent, double error, int iterations) => Assert.StartsWith(
        "Whether neighbouring trajectories part cannot be told at “a”", Say(FindingKind.Lyapunov, Parting(exponent, error, iterations))!.Text,
        StringComparison.Ordinal);

    [Fact]
    public void The_more_tokens_are_asked_the_more_an_exponent_must_stand_out()
    {
        // 2.4 errors: once in sixty by chance, so that one of sixty tokens shows it.
        var one = Parting(0.12, 0.05, 1000);
        Assert.StartsWith("Neighbouring trajectories part at “a” (position 0)", Say(FindingKind.Lyapunov, one)!.Text, StringComparison.Ordinal);
        var among = Say(FindingKind.Lyapunov, [one, .. Enumerable.Repeat(Parting(-1, 0.01), 59)])!;
        Assert.StartsWith("Whether neighbouring trajectories part cannot be told at “a” (position 0)", among.Text, StringComparison.Ordinal);
        var clear = Say(FindingKind.Lyapunov, [Parting(0.3, 0.05), .. Enumerable.Repeat(Parting(-1, 0.01), 58), one])!;
        Assert.StartsWith("Neighbouring trajectories part at “a” (position 0):", clear.Text, StringComparison.Ordinal);
        Assert.EndsWith("It cannot be told at “w59” (position 59).", clear.Text, StringComparison.Ordinal);
        Assert.Equal([0], clear.Positions);
    }

    [Fact]
    public void Rates_that_are_too_imprecise_agree_with_nothing()
    {
        var finding = Say(FindingKind.Contraction, Token(0.8, 0.81), Token(0.8, 0.6, 0.2), Token(0.8, 0.8, double.NaN))!;
        Assert.StartsWith("1 of 1 rates read from the trajectory lie where the Jacobian puts them", finding.Text, StringComparison.Ordinal);
        Assert.Contains("Too imprecise to tell, standard errors above 0.02: “b” (position 1), “c” (position 2).", finding.Text, StringComparison.Ordinal);
        Assert.Empty(finding.Positions);
        Assert.StartsWith("No rate can be held against the Jacobian.", Say(FindingKind.Contraction, Token(0.8, 0.8, 0.2))!.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Tokens_that_move_and_radii_that_are_not_certain_are_left_out_of_the_rates()
    {
        var moving = Token(0.8, 0.8) with { RestResidual = 0.1 };
        var vague = Token(0.7, 0.7) with { Spectrum = new Spectrum([new Eigenpair(0.7, 0, 0.1)], false, 10) };
        var finding = Say(FindingKind.Contraction, Token(0.5, 0.5), vague, moving, Token(0.6, 0.8))!;
        // The last one is measured against the radius of the third, which tells of one iteration only.
        Assert.StartsWith("1 of 1 rates", finding.Text, StringComparison.Ordinal);
        Assert.Contains(
            "Left out, where the state moves or the radius is not certain: “b” (position 1), “c” (position 2), “d” (position 3).", finding.Text,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Rates_beyond_what_is_allowed_are_named_faster_and_slower()
    {
        var finding = Say(FindingKind.Contraction, Token(0.8, 0.7), Token(0.6, 0.9), Token(0.5, 0.65))!;
        Assert.StartsWith("1 of 3 rates", finding.Text, StringComparison.Ordinal);
        Assert.Contains("Faster, as long as their slowest direction has not shown: “a” (position 0).", finding.Text, StringComparison.Ordinal);
        Assert.Contains("“b” (position 1).", finding.Text, StringComparison.Ordinal);
        Assert.Equal([0, 1], finding.Positions);
    }

    [Fact]
    public void A_radius_that_is_none_hides_no_other()
    {
        Assert.Equal([0, 0, 0], PromptDynamics.SlowestUpTo([0.9, double.NaN, 0.5]));
        Assert.Equal([0, 1, 1, 3], PromptDynamics.SlowestUpTo([double.NaN, 0.5, 0.4, 0.6]));
        var radii = Say(FindingKind.Eigenvalue, Token(0.9), Token(double.NaN), Token(0.5))!;
        Assert.StartsWith("Around the state of iteration 128 every token with a finite Jacobian contracts", radii.Text, StringComparison.Ordinal);
        Assert.Contains("Not finite: “b” (position 1).", radii.Text, StringComparison.Ordinal);
        Assert.Null(Say(FindingKind.Contraction, Token(0.9), Token(double.NaN, 0.5)));
    }
}
