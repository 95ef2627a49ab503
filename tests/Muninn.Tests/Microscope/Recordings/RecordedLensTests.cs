using System;
using System.Linq;
using Muninn.Microscope.Recordings;
using Muninn.Tests.Oracle;
using Xunit;

namespace Muninn.Tests.Microscope.Recordings;

public sealed class RecordedLensTests
{
    const int Positions = 4;
    const int Vocabulary = 50;

    static float[] Logits(int iteration) => [.. Noise.Floats(Positions * Vocabulary, (ulong)iteration).Select(x => 6 * x)];

    static RecordedLens Table(int top, params int[] iterations) => RecordedLens.Of(
        iterations, Positions, Vocabulary, top, static (iteration, logits) => Logits(iteration).CopyTo(logits), id => $"w{id}");

    static double[] Probabilities(int iteration, int t)
    {
        var row = Logits(iteration)[(t * Vocabulary)..((t + 1) * Vocabulary)];
        double sum = row.Sum(x => Math.Exp(x));
        return [.. row.Select(x => Math.Exp(x) / sum)];
    }

    [Fact]
    public void Numbers_are_those_of_the_textbook()
    {
        var table = Table(5, 9, 2, 5, 2);
        Assert.Equal([2, 5, 9], table.Iterations);
        for (int m = 0; m < 3; m++)
        {
            for (int t = 0; t < Positions; t++)
            {
                int place = m * Positions + t;
                var p = Probabilities(table.Iterations[m], t);
                var final = Probabilities(9, t);
                int[] ranked = [.. Enumerable.Range(0, Vocabulary).OrderByDescending(v => p[v]).ThenBy(v => v)];
                Assert.Equal(ranked[..5], table.Tokens[(place * 5)..(place * 5 + 5)]);
                for (int k = 0; k < 5; k++) Assert.Equal(Math.Log(p[ranked[k]]), table.LogProbabilities[place * 5 + k], 1e-5);
                Assert.Equal(-p.Sum(x => x * Math.Log(x)), table.Entropy[place], 1e-5);
                Assert.Equal(final.Zip(p, (a, b) => a * Math.Log(a / b)).Sum(), table.Divergence[place], 1e-5);
                Assert.Equal(1 + Array.IndexOf(ranked, Array.IndexOf(final, final.Max())), table.Rank[place]);
            }
        }

        Assert.All(table.Divergence[^Positions..], value => Assert.Equal(0, value));
        Assert.All(table.Rank[^Positions..], rank => Assert.Equal(1, rank));
        Assert.Equal(table.Tokens.Distinct().Order(), table.Labels.Keys.Order());
        Assert.All(table.Labels, label => Assert.Equal($"w{label.Key}", label.Value));
    }

    [Fact]
    public void Equals_are_listed_by_id_and_more_than_there_are_are_not_listed()
    {
        var table = RecordedLens.Of([1], 1, 6, 100, static (_, logits) => new float[] { 1, 3, 3, 0, 3, 1 }.CopyTo(logits), id => $"{id}");
        Assert.Equal(6, table.Top);
        Assert.Equal([1, 2, 4, 0, 5, 3], table.Tokens);
        Assert.Equal(1, table.Rank[0]);
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    public void Logits_that_are_not_finite_have_no_numbers(float value)
    {
        var table = RecordedLens.Of([1, 2], 1, 3, 2, (iteration, logits) => new[] { 1, iteration == 1 ? value : 0, 2 }.CopyTo(logits), id => $"{id}");
        Assert.Equal([-1, -1, 2, 0], table.Tokens);
        Assert.True(float.IsNaN(table.Entropy[0]) && float.IsNaN(table.Divergence[0]) && table.Rank[0] == 0);
        Assert.Equal(1, table.Rank[1]);
        Assert.Equal(0, table.Divergence[1]);
    }

    [Fact]
    public void A_masked_token_is_no_error()
    {
        var table = RecordedLens.Of([1], 1, 3, 3, static (_, logits) => new[] { 0, float.NegativeInfinity, 0 }.CopyTo(logits), id => $"{id}");
        Assert.Equal(Math.Log(2), table.Entropy[0], 1e-6);
        Assert.Equal([0, 2, 1], table.Tokens);
        Assert.Throws<ArgumentOutOfRangeException>(() => Table(0, 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => Table(1001, 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => Table(5));
    }
}
