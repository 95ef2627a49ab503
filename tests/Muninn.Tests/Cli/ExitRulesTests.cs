using System;
using System.Linq;
using Muninn.Cli.Input;
using Muninn.Engine.Recurrence;
using Xunit;

namespace Muninn.Tests.Cli;

public sealed class ExitRulesTests
{
    public static TheoryData<string, ExitRule?> Texts { get; } = new()
    {
        { "fixed", null },
        { "residual", new ResidualExit(0.03) },
        { "residual:0.05", new ResidualExit(0.05) },
        { "cosine:2e-3", new CosineExit(0.002) },
        { "acceleration:.5", new AccelerationExit(0.5) },
        { "contraction:1E-2", new ContractionExit(0.01) },
        { "entropy", new EntropyExit(1e-3) },
        { "entropy/3", new EntropyExit(1e-3) { CodaInterval = 3 } },
        { "kl", new DivergenceExit(1e-3) },
        { "kl:5e-4/4", new DivergenceExit(5e-4) { CodaInterval = 4 } },
        { "minp-kl:1e-4", new MinPDivergenceExit(1e-4, 0.1) },
        { "stable-token", new StableTokenExit(5) },
        { "stable-token:3/2", new StableTokenExit(3) { CodaInterval = 2 } },
    };

    [Theory]
    [MemberData(nameof(Texts))]
    public void Rules_are_what_was_typed(string text, ExitRule? expected) => Assert.Equal(expected, ExitRules.Parse(text));

    [Theory]
    [MemberData(nameof(Texts))]
    public void A_rule_that_is_shown_can_be_typed_again(string text, ExitRule? expected)
    {
        if (expected is null)
            return;
        Assert.Equal(expected, ExitRules.Parse(ExitRules.TextOf(expected)));
        Assert.StartsWith(text.Split(':', '/')[0], ExitRules.TextOf(expected));
    }

    [Fact]
    public void Small_thresholds_are_shown_as_powers()
    {
        Assert.Equal("kl:5e-4/4", ExitRules.TextOf(new DivergenceExit(5e-4) { CodaInterval = 4 }));
        Assert.Equal("residual:0.03", ExitRules.TextOf(new ResidualExit(0.03)));
        Assert.Equal("cosine:1.25e-7", ExitRules.TextOf(new CosineExit(1.25e-7)));
        Assert.Equal("stable-token:8", ExitRules.TextOf(new StableTokenExit(8)));
    }

    [Fact]
    public void Every_name_alone_is_a_rule_that_starts()
    {
        Assert.Equal(9, ExitRules.Names.Distinct().Count());
        foreach (var name in ExitRules.Names)
            Assert.Equal(name == ExitRules.Fixed, ExitRules.Parse(name)?.Start(1, 4, 4) is null);
    }

    [Theory]
    [InlineData("", "'' is no exit rule; give one of fixed, residual, cosine, acceleration, contraction, entropy, kl, minp-kl, stable-token.")]
    [InlineData("residul:0.1", "'residul' is no exit rule; give one of")]
    [InlineData("residul:0.1", "did you mean residual?")]
    [InlineData("KL", "'KL' is no exit rule")]
    [InlineData("kl:", "'' is no threshold for kl; give a number above 0")]
    [InlineData("kl:0", "'0' is no threshold for kl")]
    [InlineData("kl:-1", "'-1' is no threshold")]
    [InlineData("kl:NaN", "'NaN' is no threshold")]
    [InlineData("kl:1e999", "'1e999' is no threshold")]
    [InlineData("kl:1,5", "'1,5' is no threshold")]
    [InlineData("kl:1e-3:4", "'1e-3:4' is no threshold")]
    [InlineData("kl/0", "'0' is no coda interval; give a whole number of iterations from 1")]
    [InlineData("kl:1e-3/", "'' is no coda interval")]
    [InlineData("kl/4/4", "'4/4' is no coda interval")]
    [InlineData("residual:0.1/4", "residual reads states alone and never runs the coda; leave out /4.")]
    [InlineData("stable-token:2.5", "'2.5' is no count for stable-token; give a whole number from 1")]
    [InlineData("stable-token:0", "'0' is no count")]
    [InlineData("fixed:3", "fixed takes neither a threshold nor an interval")]
    [InlineData("fixed/3", "fixed takes neither a threshold nor an interval")]
    public void Others_are_refused_with_what_is_valid(string text, string message) =>
        Assert.Contains(message, Assert.Throws<FormatException>(() => ExitRules.Parse(text)).Message);
}
