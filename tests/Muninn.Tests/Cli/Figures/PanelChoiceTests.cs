using System.Linq;
using Muninn.Cli.Figures;
using Muninn.Microscope.Measures.Motion;
using Xunit;

namespace Muninn.Tests.Cli.Figures;

public sealed class PanelChoiceTests
{
    static TokenMotion Token(MotionClass kind, double ratio) => new() { Class = kind, Steps = 20, Ratio = ratio };

    static TokenMotion[] Resting(int count) => [.. Enumerable.Range(0, count).Select(t => Token(MotionClass.FixedPoint, 0.5 + 0.001 * (t * 37 % 100)))];

    [Fact]
    public void All_tokens_are_shown_where_a_few_more_fit()
    {
        var choice = PanelChoice.Of(Resting(20), [], 16);
        Assert.Equal(Enumerable.Range(0, 20), choice.Positions);
        Assert.Null(choice.Words);
    }

    [Fact]
    public void The_slowest_are_shown_where_all_rest()
    {
        var tokens = Resting(100);
        var choice = PanelChoice.Of(tokens, [], 16);
        Assert.Equal(Enumerable.Range(0, 100).OrderByDescending(t => tokens[t].Ratio).Take(16).Order(), choice.Positions);
        Assert.Equal("Shown of 100 tokens: the 16 slowest of 100 in a fixed point.", choice.Words);
    }

    [Fact]
    public void A_frequent_class_does_not_hide_a_rare_one()
    {
        TokenMotion[] tokens =
        [
            .. Enumerable.Range(0, 60).Select(_ => Token(MotionClass.NotToldApart, double.NaN)), Token(MotionClass.Orbit, 1), Token(MotionClass.Slider, 1),
            .. Resting(40), Token(MotionClass.Orbit, 1),
        ];
        var choice = PanelChoice.Of(tokens, [70, 80], 16);
        Assert.Equal(16, choice.Positions.Length);
        Assert.Superset(new[] { 60, 61, 102 }.ToHashSet(), choice.Positions.ToHashSet());
        Assert.Equal(4, choice.Positions.Count(t => tokens[t].Class == MotionClass.FixedPoint));
        Assert.Equal(
            "Shown of 103 tokens: 2 of 2 orbit, 1 of 1 slider, 9 of 60 not told apart, 0 of 2 more with several basins, the 4 slowest of 40 in a fixed point.",
            choice.Words);
    }

    [Fact]
    public void Tokens_with_several_basins_come_before_the_slowest()
    {
        var choice = PanelChoice.Of(Resting(100), [3, 50], 16);
        Assert.Superset(new[] { 3, 50 }.ToHashSet(), choice.Positions.ToHashSet());
        Assert.Equal("Shown of 100 tokens: 2 of 2 more with several basins, the 14 slowest of 100 in a fixed point.", choice.Words);
    }

    [Fact]
    public void Nothing_rests_and_all_places_are_taken()
    {
        var choice = PanelChoice.Of([.. Enumerable.Range(0, 30).Select(_ => Token(MotionClass.TooShort, double.NaN))], [], 16);
        Assert.Equal(Enumerable.Range(0, 16), choice.Positions);
        Assert.Equal("Shown of 30 tokens: 16 of 30 too short.", choice.Words);
    }
}
