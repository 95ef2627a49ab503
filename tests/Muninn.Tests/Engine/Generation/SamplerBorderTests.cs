using System;
using System.Collections.Generic;
using System.Linq;
using Muninn.Engine.Generation;
using Muninn.Tests.Oracle;
using Xunit;

namespace Muninn.Tests.Engine.Generation;

public sealed class SamplerBorderTests
{
    static int[] Kept(FilteredSampler sampler, params float[] logits)
    {
        float[] probabilities = new float[logits.Length];
        Assert.Equal(ChoiceOutcome.Chosen, new TokenSampler(sampler, logits.Length).Distribution(logits, [], probabilities));
        Assert.Equal(1, probabilities.Sum(p => (double)p), 1e-6);
        return [.. Enumerable.Range(0, logits.Length).Where(i => probabilities[i] > 0)];
    }

    [Fact]
    public void Steps_that_keep_all_keep_all()
    {
        float[] logits = [1, -3, 2, 2, -20];
        foreach (var sampler in (FilteredSampler[])
            [new(), new() { TopK = 5 }, new() { TopK = int.MaxValue }, new() { TopP = 1 }, new() { TopP = Math.BitDecrement(1.0), TopK = 5 }, new() { MinP = 1e-300 }])
            Assert.Equal([0, 1, 2, 3, 4], Kept(sampler, logits));
    }

    [Fact]
    public void Ties_stay_at_the_border_of_top_k_and_min_p_and_go_by_id_at_that_of_top_p()
    {
        Assert.Equal([0, 2, 3], Kept(new() { TopK = 1 }, 5, 4, 5, 5));
        Assert.Equal([0, 1, 2, 3], Kept(new() { TopK = 4 }, 5, 4, 5, 5, 3));
        Assert.Equal([0, 2, 3], Kept(new() { MinP = 1 }, 5, 4, 5, 5));
        Assert.Equal([1], Kept(new() { MinP = 1 }, 5, MathF.BitIncrement(5), 5));
        Assert.Equal([1], Kept(new() { TopK = 1 }, 5, MathF.BitIncrement(5), 5));
        // A zero of the other sign is as large.
        Assert.Equal([0, 1], Kept(new() { TopK = 1 }, 0, -0f, -1));
        Assert.Equal([0, 1], Kept(new() { MinP = 1 }, -0f, 0, -1));
        // Four tokens of a quarter: two of them are a half.
        Assert.Equal([0, 1], Kept(new() { TopP = 0.5 }, 7, 7, 7, 7));
        Assert.Equal([0, 1, 2], Kept(new() { TopP = 0.5000001 }, 7, 7, 7, 7));
        Assert.Equal([0, 1], Kept(new() { TopP = 0.5, Nucleus = NucleusRule.DropCrossing }, 7, 7, 7, 7));
        Assert.Equal([0, 1], Kept(new() { TopP = 0.7, Nucleus = NucleusRule.DropCrossing }, 7, 7, 7, 7));
        Assert.Equal([0], Kept(new() { TopP = 1e-9 }, 7, 7, 7, 7));
        Assert.Equal([0], Kept(new() { TopP = 1e-9, Nucleus = NucleusRule.DropCrossing }, 7, 7, 7, 7));
        Assert.Equal([2], Kept(new() { TopP = double.Epsilon, Nucleus = NucleusRule.DropCrossing }, 7, 7, 8, 7));
    }

    [Fact]
    public void Top_p_of_what_top_k_left_differs_between_the_rules()
    {
        // 0.4, 0.3, 0.2, 0.1: of the first two, the first is 4/7.
        float[] logits = [.. new[] { 0.4, 0.3, 0.2, 0.1 }.Select(p => (float)Math.Log(p))];
        Assert.Equal([0], Kept(new() { TopK = 2, TopP = 0.5 }, logits));
        Assert.Equal([0, 1], Kept(new() { TopK = 2, TopP = 0.6 }, logits));
        Assert.Equal([0], Kept(new() { TopK = 2, TopP = 0.6, Nucleus = NucleusRule.DropCrossing }, logits));
        Assert.Equal([0, 1], Kept(new() { TopK = 2, TopP = 0.75, Nucleus = NucleusRule.DropCrossing }, logits));
    }

    [Fact]
    public void Temperature_may_be_extreme()
    {
        Assert.Equal([1], Kept(new() { Temperature = float.Epsilon }, 1, 2, 1.9999f));
        Assert.Equal([1], Kept(new() { Temperature = 1e-6f, TopP = 0.9 }, 1, 2, 1.9999f));
        Assert.Equal([0, 1, 2], Kept(new() { Temperature = float.MaxValue, TopP = 0.9 }, 1, 2, 1.9999f));
        Assert.Equal([0], Kept(new() { TopP = 0.9, TopK = 2 }, float.MaxValue, float.MinValue, 0));
    }

    [Fact]
    public void Impossible_tokens_are_never_drawn()
    {
        float[] logits = [float.NegativeInfinity, 1, float.NegativeInfinity, 0];
        Assert.Equal([1, 3], Kept(new(), logits));
        Assert.Equal([1, 3], Kept(new() { TopK = 3, TopP = 0.9999999 }, logits));
        Assert.Equal([1], Kept(new() { TopP = 0.7 }, logits));
        Assert.Equal([0], Kept(new(), 3));
    }

    [Fact]
    public void Greedy_takes_the_lowest_of_the_largest()
    {
        float[] logits = new float[100];
        logits[70] = logits[33] = logits[99] = 2;
        float[] probabilities = new float[100];
        var sampler = new TokenSampler(Sampler.Greedy, 100);
        Assert.Equal(33, sampler.Choose(logits, [], 0).Token);
        sampler.Distribution(logits, [], probabilities);
        Assert.Equal(1, probabilities[33]);
        Assert.Equal(1, probabilities.Sum());
        Assert.Equal(70, new TokenSampler(Sampler.Greedy with { LogitBias = new Dictionary<int, float> { [70] = 1e-3f } }, 100).Choose(logits, [], 0).Token);
        Assert.Equal(70, new TokenSampler(Sampler.Greedy with { RepetitionPenalty = 1.01f }, 100).Choose(logits, [33, 33, 99], 0).Token);
        // The 3 came after 1, 2 before: it loses 0.8, which is less than the next one's distance.
        logits[3] = 2.5f;
        Assert.Equal(33, new TokenSampler(Sampler.Greedy with { Dry = new() }, 100).Choose(logits, [1, 2, 3, 1, 2], 0).Token);
        Assert.Equal(3, new TokenSampler(Sampler.Greedy with { Dry = new() { SequenceBreakers = [2] } }, 100).Choose(logits, [1, 2, 3, 1, 2], 0).Token);
        Assert.Equal(3, new TokenSampler(Sampler.Greedy with { Dry = new() { Range = 4 } }, 100).Choose(logits, [1, 2, 3, 1, 2], 0).Token);
    }

    [Fact]
    public void Endless_repetition_costs_no_more_than_a_finite_penalty()
    {
        int[] history = [.. Enumerable.Repeat(1, 900)];
        var ban = new Dictionary<int, float> { [0] = float.NegativeInfinity, [2] = float.NegativeInfinity };
        var choice = new TokenSampler(new FilteredSampler { Dry = new(), LogitBias = ban }, 3).Choose([1, 2, 3], history, 0);
        Assert.Equal((ChoiceOutcome.Chosen, 1), (choice.Outcome, choice.Token));
    }

    [Theory]
    [InlineData(float.NaN, 3)]
    [InlineData(float.PositiveInfinity, 3)]
    [InlineData(float.NaN, 1)]
    [InlineData(float.NaN, 66)]
    [InlineData(float.PositiveInfinity, 66)]
    public void Logits_that_are_not_finite_are_an_outcome(float bad, int place)
    {
        float[] logits = Noise.Floats(67, 5);
        logits[place] = bad;
        CheckOutcome(ChoiceOutcome.LogitsNotFinite, logits, new Dictionary<int, float> { [place] = float.NegativeInfinity });
    }

    [Fact]
    public void No_possible_token_is_an_outcome()
    {
        float[] logits = [.. Enumerable.Repeat(float.NegativeInfinity, 67)];
        CheckOutcome(ChoiceOutcome.LogitsNotFinite, logits, new Dictionary<int, float> { [2] = 5 });
        var all = Enumerable.Range(0, 67).ToDictionary(token => token, _ => float.NegativeInfinity);
        CheckOutcome(ChoiceOutcome.EveryTokenBanned, Noise.Floats(67, 5), all);
    }

    static void CheckOutcome(ChoiceOutcome expected, float[] logits, Dictionary<int, float> bias)
    {
        float[] probabilities = new float[67];
        List<Sampler> samplers =
        [
            Sampler.Greedy with { LogitBias = bias },
            new FilteredSampler { LogitBias = bias, TopK = 3, TopP = 0.5, RepetitionPenalty = 1.1f },
        ];
        if (expected == ChoiceOutcome.LogitsNotFinite) samplers.AddRange([Sampler.Greedy, new FilteredSampler()]);
        foreach (var sampler in samplers)
        {
            var choice = new TokenSampler(sampler, 67).Choose(logits, [1, 2], 0);
            Assert.Equal((expected, -1), (choice.Outcome, choice.Token));
            Assert.True(float.IsNaN(choice.LogProbability));
            Array.Fill(probabilities, 1);
            Assert.Equal(expected, new TokenSampler(sampler, 67).Distribution(logits, [1, 2], probabilities));
            Assert.All(probabilities, p => Assert.Equal(0, p));
        }
    }

    public static TheoryData<Sampler, string> Refused { get; } = new()
    {
        { new FilteredSampler { Temperature = 0 }, "Temperature is 0; give a finite number above 0; for the most likely token use Sampler.Greedy." },
        { new FilteredSampler { Temperature = float.NaN }, "Temperature is NaN" },
        { new FilteredSampler { Temperature = float.PositiveInfinity }, "Temperature is Infinity" },
        { new FilteredSampler { TopK = -1 }, "TopK is -1; give a number of tokens, or 0 for all." },
        { new FilteredSampler { TopP = 0 }, "TopP is 0; give a probability above 0 and at most 1" },
        { new FilteredSampler { TopP = 1.01 }, "TopP is 1.01" },
        { new FilteredSampler { TopP = double.NaN }, "TopP is NaN" },
        { new FilteredSampler { MinP = -0.1 }, "MinP is -0.1; give a share from 0 to 1" },
        { new FilteredSampler { MinP = 1.5 }, "MinP is 1.5" },
        { new FilteredSampler { Nucleus = (NucleusRule)7 }, "Nucleus is 7; give KeepCrossing or DropCrossing." },
        { Sampler.Greedy with { RepetitionPenalty = 0 }, "RepetitionPenalty is 0; give a finite number above 0" },
        { Sampler.Greedy with { LogitBias = new Dictionary<int, float> { [10] = 1 } }, "LogitBias names token 10, but the vocabulary has 10 tokens; name ids from 0 to 9." },
        { Sampler.Greedy with { LogitBias = new Dictionary<int, float> { [-1] = 1 } }, "LogitBias names token -1" },
        { Sampler.Greedy with { LogitBias = new Dictionary<int, float> { [1] = float.NaN } }, "LogitBias of token 1 is NaN; give a finite number" },
        { Sampler.Greedy with { LogitBias = new Dictionary<int, float> { [1] = float.PositiveInfinity } }, "LogitBias of token 1 is Infinity" },
        { Sampler.Greedy with { Dry = new() { Multiplier = 0 } }, "Multiplier of the DRY penalty is 0; give a finite number above 0" },
        { Sampler.Greedy with { Dry = new() { Base = 0.9f } }, "Base of the DRY penalty is 0.9; give a finite number of at least 1." },
        { Sampler.Greedy with { Dry = new() { AllowedLength = 0 } }, "AllowedLength of the DRY penalty is 0; give at least 1." },
        { Sampler.Greedy with { Dry = new() { Range = 0 } }, "Range of the DRY penalty is 0; give a number of tokens from 1 to 1048576." },
        { Sampler.Greedy with { Dry = new() { Range = DryPenalty.RangeMax + 1 } }, "Range of the DRY penalty is 1048577" },
        { Sampler.Greedy with { Dry = new() { SequenceBreakers = [1, 12] } }, "SequenceBreakers of the DRY penalty is 12; give token ids from 0 to 9." },
    };

    [Theory]
    [MemberData(nameof(Refused), DisableDiscoveryEnumeration = true)]
    public void Parameters_outside_their_range_are_refused(Sampler sampler, string message) =>
        Assert.Contains(message, Assert.Throws<ArgumentException>(() => new TokenSampler(sampler, 10)).Message, StringComparison.Ordinal);

    [Fact]
    public void Lengths_and_tokens_outside_the_vocabulary_are_refused()
    {
        var sampler = new TokenSampler(Sampler.Greedy with { RepetitionPenalty = 1.1f }, 10);
        float[] probabilities = new float[10];
        Assert.Contains("There are 9 logits, but the sampler was made for 10",
            Assert.Throws<ArgumentException>(() => sampler.Choose(new float[9], [], 0)).Message, StringComparison.Ordinal);
        Assert.Contains("There are 11 probabilities, but the sampler was made for 10",
            Assert.Throws<ArgumentException>(() => sampler.Distribution(new float[10], [], new float[11])).Message, StringComparison.Ordinal);
        foreach (int token in (int[])[10, -1])
        {
            Assert.Contains($"The history holds token {token}, but the vocabulary has 10 tokens; give ids from 0 to 9.",
                Assert.Throws<ArgumentException>(() => sampler.Choose(new float[10], [3, token], 0)).Message, StringComparison.Ordinal);
        }

        // Nothing of the refused history is left behind.
        sampler.Distribution([1, 1, 1, 2, 1, 1, 1, 1, 1, 1], [], probabilities);
        Assert.Equal(1, probabilities[3]);
        Assert.Throws<ArgumentOutOfRangeException>(() => sampler.Choose(new float[10], [], -1));
        Assert.Throws<ArgumentOutOfRangeException>(() => new TokenSampler(Sampler.Greedy, 0));
    }
}
