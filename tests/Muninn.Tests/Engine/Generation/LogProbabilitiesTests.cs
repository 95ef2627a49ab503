using System;
using System.Linq;
using Muninn.Engine.Generation;
using Muninn.Tests.Oracle;
using Xunit;

namespace Muninn.Tests.Engine.Generation;

public sealed class LogProbabilitiesTests
{
    [Theory]
    [InlineData(1, 1)]
    [InlineData(5, 9)]
    [InlineData(40, 3)]
    [InlineData(300, 20)]
    [InlineData(5000, 5)]
    [InlineData(300, 300)]
    public void Top_is_what_sorting_gives(int vocabulary, int count)
    {
        for (ulong seed = 0; seed < 50; seed++)
        {
            float[] logits = Noise.Floats(vocabulary, seed);
            // Every other time with many ties.
            for (int i = 0; i < vocabulary; i++) logits[i] = seed % 2 == 0 ? 9 * logits[i] : MathF.Round(3 * logits[i]);
            double largest = logits.Max();
            double logarithm = largest + Math.Log(logits.Sum(logit => Math.Exp(logit - largest)));
            int[] expected = [.. Enumerable.Range(0, vocabulary).OrderByDescending(i => logits[i]).ThenBy(i => i).Take(count)];
            var top = new TokenLogProbability[count];
            Assert.Equal(expected.Length, LogProbabilities.Top(logits, top));
            for (int i = 0; i < expected.Length; i++)
            {
                Assert.Equal(expected[i], top[i].Token);
                Assert.Equal(logits[expected[i]] - logarithm, top[i].LogProbability, 3e-6);
                Assert.Equal(top[i].LogProbability, LogProbabilities.Of(logits, expected[i]));
            }
        }
    }

    [Fact]
    public void Rising_logits_are_sorted_as_well()
    {
        float[] logits = [.. Enumerable.Range(0, 2000).Select(i => i * 0.001f)];
        var top = new TokenLogProbability[7];
        Assert.Equal(7, LogProbabilities.Top(logits, top));
        Assert.Equal([1999, 1998, 1997, 1996, 1995, 1994, 1993], top.Select(entry => entry.Token));
    }

    [Fact]
    public void Impossible_tokens_are_not_listed()
    {
        var top = new TokenLogProbability[3];
        Assert.Equal(1, LogProbabilities.Top([float.NegativeInfinity, 2, float.NegativeInfinity, float.NegativeInfinity], top));
        Assert.Equal(new(1, 0), top[0]);
        Assert.Equal(float.NegativeInfinity, LogProbabilities.Of([float.NegativeInfinity, 2], 0));
        Assert.Equal(0, LogProbabilities.Top([1, 2], []));
    }

    [Fact]
    public void Logits_that_are_not_finite_have_no_probabilities()
    {
        var top = new TokenLogProbability[3];
        foreach (float[] logits in (float[][])[[1, float.NaN], [float.PositiveInfinity, 1], [float.NegativeInfinity], []])
        {
            Assert.Equal(0, LogProbabilities.Top(logits, top));
            if (logits.Length > 0) Assert.True(float.IsNaN(LogProbabilities.Of(logits, 0)));
        }
    }

    [Fact]
    public void A_choice_tells_the_same_for_any_sampler()
    {
        float[] logits = Noise.Floats(700, 2);
        foreach (var sampler in (Sampler[])[Sampler.Greedy, new FilteredSampler(), new FilteredSampler { Temperature = 0.3f }, new FilteredSampler { Temperature = 0.3f, TopK = 4, RepetitionPenalty = 1.5f }])
        {
            var choice = new TokenSampler(sampler, 700).Choose(logits, [1, 2, 3], 5);
            Assert.Equal(LogProbabilities.Of(logits, choice.Token), choice.LogProbability);
        }
    }
}
