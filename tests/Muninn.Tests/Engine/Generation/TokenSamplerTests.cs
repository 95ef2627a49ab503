using System;
using System.Collections.Generic;
using System.Collections.ObjectModel;
using System.Linq;
using Muninn.Engine.Generation;
using Muninn.Tests.Oracle;
using Xunit;

namespace Muninn.Tests.Engine.Generation;

public sealed class TokenSamplerTests
{
    /// <summary>Logits up to some ten are rounded to 5e-7 after bias and penalty, which is the error of their exponentials.</summary>
    const double Tolerance = 3e-6;

    [Fact]
    public void Distribution_is_that_of_the_obvious_twin_for_any_parameters()
    {
        var memories = new Dictionary<int, SamplingMemory>();
        for (int i = 0; i < 10_000; i++)
        {
            var draw = new Draws((ulong)i);
            int vocabulary = 1 + draw.Below(draw.Below(2) == 0 ? 7 : 90);
            float[] logits = Logits(draw, vocabulary);
            int[] history = [.. Enumerable.Range(0, draw.Below(60)).Select(_ => draw.Below(Math.Min(vocabulary, 1 + draw.Below(5))))];
            var sampler = AnySampler(draw, vocabulary);
            if (!memories.TryGetValue(vocabulary, out var memory)) memories.Add(vocabulary, memory = new(vocabulary));
            Check(sampler, logits, history, memory, $"case {i}");
        }
    }

    [Theory]
    [InlineData(3_000, 3)]
    [InlineData(20_011, 0.01)]
    [InlineData(65_536, 12)]
    [InlineData(65_536, 0)]
    public void Distribution_is_that_of_the_obvious_twin_for_a_large_vocabulary(int vocabulary, float spread)
    {
        var memory = new SamplingMemory(vocabulary);
        float[] logits = Noise.Floats(vocabulary, 3);
        for (int i = 0; i < logits.Length; i++) logits[i] *= spread;
        FilteredSampler[] samplers =
        [
            new() { TopK = 50 },
            new() { TopP = 0.9 },
            new() { TopP = 0.999, Temperature = 2 },
            new() { TopP = 0.5, Nucleus = NucleusRule.DropCrossing },
            new() { TopK = vocabulary / 2, TopP = 0.7 },
            new() { TopK = vocabulary - 1, TopP = 0.7, Nucleus = NucleusRule.DropCrossing },
            new() { MinP = 0.3 },
            new() { Temperature = 0.7f, TopK = 1000, TopP = 0.95, MinP = 0.02 },
        ];
        foreach (var sampler in samplers) Check(sampler, logits, [], memory, $"{sampler}");
        Array.Sort(logits);
        foreach (var sampler in samplers) Check(sampler, logits, [], memory, $"rising, {sampler}");
    }

    static void Check(FilteredSampler sampler, float[] logits, int[] history, SamplingMemory memory, string which)
    {
        float[] actual = new float[logits.Length];
        var outcome = new TokenSampler(sampler, memory).Distribution(logits, history, actual);
        Assert.Equal(ChoiceOutcome.Chosen, outcome);
        double[] expected = SamplingTwin.Distribution(sampler, logits, history);
        double difference = 0;
        double size = 0;
        for (int i = 0; i < logits.Length; i++)
        {
            // Nothing dropped stays, nothing that stays is dropped.
            Assert.True(actual[i] > 0 == expected[i] > 1e-44 || expected[i] is > 0 and < 1e-37, $"{which}, token {i}: {actual[i]} for {expected[i]}, {sampler}");
            difference += (actual[i] - expected[i]) * (actual[i] - expected[i]);
            size += expected[i] * expected[i];
        }

        Assert.True(Math.Sqrt(difference / size) <= Tolerance, $"{which}: {Math.Sqrt(difference / size)}, {sampler}");
    }

    /// <summary>Half of them on a coarse grid, so that ties are frequent.</summary>
    static float[] Logits(Draws draw, int vocabulary)
    {
        bool isCoarse = draw.Below(2) == 0;
        double spread = 0.1 + 7 * draw.Next();
        float[] logits = new float[vocabulary];
        for (int i = 0; i < vocabulary; i++)
            logits[i] = isCoarse ? draw.Below(9) * 0.5f - 2 : (float)(spread * (2 * draw.Next() - 1));
        return logits;
    }

    static FilteredSampler AnySampler(Draws draw, int vocabulary)
    {
        bool Sometimes() => draw.Below(3) == 0;
        return new()
        {
            Temperature = Sometimes() ? (float)(0.2 + 2 * draw.Next()) : 1,
            TopK = Sometimes() ? 1 + draw.Below(vocabulary + 3) : 0,
            TopP = Sometimes() ? 0.001 + 0.998 * draw.Next() : 1,
            MinP = Sometimes() ? draw.Next() : 0,
            Nucleus = Sometimes() ? NucleusRule.DropCrossing : NucleusRule.KeepCrossing,
            RepetitionPenalty = Sometimes() ? (float)(0.6 + draw.Next()) : 1,
            LogitBias = Sometimes()
                ? Enumerable.Range(0, vocabulary).Where(_ => draw.Below(10) == 0).ToDictionary(token => token, _ => (float)(4 * draw.Next() - 2))
                : ReadOnlyDictionary<int, float>.Empty,
            Dry = Sometimes()
                ? new()
                {
                    Multiplier = (float)(0.1 + draw.Next()),
                    Base = (float)(1 + draw.Next()),
                    AllowedLength = 1 + draw.Below(4),
                    Range = 1 + draw.Below(70),
                    SequenceBreakers = [.. Enumerable.Range(0, draw.Below(3)).Select(_ => draw.Below(vocabulary))],
                }
                : null,
        };
    }

    [Fact]
    public void Choice_is_a_draw_from_the_distribution_by_its_own_number()
    {
        float[] logits = Noise.Floats(3000, 7);
        for (int i = 0; i < logits.Length; i++) logits[i] *= 5;
        float[] probabilities = new float[logits.Length];
        foreach (var sampler in (FilteredSampler[])[new() { Seed = 3 }, new() { Seed = 4, Temperature = 0.8f, TopK = 100, TopP = 0.9, RepetitionPenalty = 1.1f }])
        {
            var alone = new TokenSampler(sampler, logits.Length);
            alone.Distribution(logits, [1, 2], probabilities);
            int[] choices = [.. Enumerable.Range(0, 200).Select(position => alone.Choose(logits, [1, 2], position).Token)];
            Assert.Equal(choices, Enumerable.Range(0, 200).Select(position => TokenSampler.Draw(probabilities, alone.Uniform(position, DrawPurpose.Token))));
            Assert.True(choices.Distinct().Count() > 50);

            // In a batch, in another order and in shared memory: the same.
            var memory = new SamplingMemory(logits.Length);
            var mixed = new TokenSampler(sampler, memory);
            var other = new TokenSampler(new FilteredSampler { Seed = 9, RepetitionPenalty = 2 }, memory);
            foreach (int position in Enumerable.Range(0, 200).Reverse())
            {
                other.Choose(logits, [5, 5, 9], position);
                Assert.Equal(choices[position], mixed.Choose(logits, [1, 2], position).Token);
            }

            var elsewhere = new TokenSampler(sampler with { Seed = 5 }, logits.Length);
            Assert.NotEqual(choices, Enumerable.Range(0, 200).Select(position => elsewhere.Choose(logits, [1, 2], position).Token));
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Draws_follow_the_distribution(ulong seed)
    {
        const int Vocabulary = 50, Count = 100_000;
        float[] logits = Noise.Floats(Vocabulary, seed);
        for (int i = 0; i < Vocabulary; i++) logits[i] *= 3;
        var sampler = new TokenSampler(new FilteredSampler { Seed = seed, TopK = 30, Temperature = 0.9f }, Vocabulary);
        float[] probabilities = new float[Vocabulary];
        sampler.Distribution(logits, [], probabilities);
        int[] counts = new int[Vocabulary];
        for (int position = 0; position < Count; position++) counts[sampler.Choose(logits, [], position).Token]++;
        Assert.All(Enumerable.Range(0, Vocabulary).Where(i => probabilities[i] is 0), i => Assert.Equal(0, counts[i]));
        double statistic = Enumerable.Range(0, Vocabulary).Where(i => probabilities[i] > 0)
            .Sum(i => Math.Pow(counts[i] - Count * (double)probabilities[i], 2) / (Count * (double)probabilities[i]));
        // χ² with 29 degrees of freedom: 58.3 is exceeded once in a thousand times.
        Assert.True(statistic < 58.3, $"χ² is {statistic}");
        Assert.Equal(30, probabilities.Count(p => p > 0));
    }

    [Fact]
    public void Numbers_of_one_purpose_are_none_of_another()
    {
        var sampler = new TokenSampler(new FilteredSampler { Seed = 1 }, 10);
        double[] numbers = [.. Enumerable.Range(0, 100).SelectMany(p => Enum.GetValues<DrawPurpose>().Select(purpose => sampler.Uniform(p, purpose)))];
        Assert.Equal(300, numbers.Distinct().Count());
        Assert.All(numbers, number => Assert.InRange(number, double.Epsilon, 1 - 1e-16));
    }

    [Fact]
    public void Draw_goes_from_the_first_to_the_last_that_is_possible()
    {
        float[] probabilities = new float[5000];
        probabilities[1030] = 0.25f;
        probabilities[1031] = 0.5f;
        probabilities[4000] = 0.25f;
        Assert.Equal(1030, TokenSampler.Draw(probabilities, 0));
        Assert.Equal(1030, TokenSampler.Draw(probabilities, 0.2499));
        Assert.Equal(1031, TokenSampler.Draw(probabilities, 0.25));
        Assert.Equal(1031, TokenSampler.Draw(probabilities, 0.7499));
        Assert.Equal(4000, TokenSampler.Draw(probabilities, 0.75));
        Assert.Equal(4000, TokenSampler.Draw(probabilities, 1));
        Assert.Equal(-1, TokenSampler.Draw(new float[7], 0.5));
        Assert.Equal(-1, TokenSampler.Draw([], 0.5));
        // Residuals of speculation do not sum to 1.
        Assert.Equal(1, TokenSampler.Draw([0.01f, 0.03f], 0.26));
        Assert.Throws<ArgumentOutOfRangeException>(() => TokenSampler.Draw([1], double.NaN));
        Assert.Throws<ArgumentOutOfRangeException>(() => TokenSampler.Draw([1], -0.1));
        Assert.Throws<ArgumentOutOfRangeException>(() => TokenSampler.Draw([1], 1.1));
    }

    [Fact]
    public void Nothing_is_allocated_for_a_token()
    {
        const int Vocabulary = 5000;
        float[] logits = Noise.Floats(Vocabulary, 8);
        float[] probabilities = new float[Vocabulary];
        int[] history = [.. Enumerable.Range(0, 300).Select(i => i % 17)];
        var bias = new Dictionary<int, float> { [3] = 1, [4000] = float.NegativeInfinity };
        var dry = new DryPenalty { SequenceBreakers = [5, 900] };
        TokenSampler[] samplers =
        [
            new(Sampler.Greedy, Vocabulary),
            new(Sampler.Greedy with { LogitBias = bias, Dry = dry, RepetitionPenalty = 1.2f }, Vocabulary),
            new(new FilteredSampler { Temperature = 0.7f, TopK = 40, TopP = 0.9, MinP = 0.01, LogitBias = bias, Dry = dry }, Vocabulary),
            new(new FilteredSampler { TopP = 0.99 }, Vocabulary),
        ];
        var top = new TokenLogProbability[20];

        void RunAll()
        {
            foreach (var sampler in samplers)
            {
                for (int position = 0; position < 10; position++) sampler.Choose(logits, history, position);
                sampler.Distribution(logits, history, probabilities);
            }

            LogProbabilities.Top(logits, top);
        }

        RunAll();
        RunAll();
        // The least of several runs: the runtime itself may allocate once in a while.
        long least = long.MaxValue;
        for (int attempt = 0; attempt < 5; attempt++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            RunAll();
            least = long.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        Assert.Equal(0, least);
    }

    /// <summary>A row of numbers that a seed decides.</summary>
    sealed class Draws(ulong seed)
    {
        long _index;

        internal double Next() => (Noise.At(seed, _index++) + 1.0) / 2;

        internal int Below(int count) => Math.Min(count - 1, (int)(Next() * count));
    }
}
