using System;
using System.Collections.Generic;
using System.Linq;
using Muninn.Engine.Training.Data;
using Xunit;

namespace Muninn.Tests.Engine.Training.Data;

public sealed class MixedSourceTests
{
    /// <summary>Its documents say which they are.</summary>
    sealed class Numbered(int name) : ExampleSource
    {
        public List<long> HeardOf { get; } = [];

        public override TrainingExample At(long number) => new(new[] { name, (int)number }, new float[2]);

        public override void Heard(long number, TrainingExample example, bool right) => HeardOf.Add(right ? number : -number);

        public override long[] Memory() => [.. HeardOf];

        public override void Restore(ReadOnlySpan<long> memory)
        {
            if (memory.Contains(-99)) throw new ArgumentException("not mine", nameof(memory));
            HeardOf.Clear();
            HeardOf.AddRange(memory);
        }
    }

    static MixedSource Mix(params double[] shares) => new([.. shares.Select((share, i) => ((ExampleSource)new Numbered(i), share))]);

    [Theory]
    [InlineData(new[] { 1.0 }, new[] { 10_000 })]
    [InlineData(new[] { 3.0, 1.0 }, new[] { 7500, 2500 })]
    [InlineData(new[] { 1.0, 1.0, 1.0 }, new[] { 3334, 3333, 3333 })]
    [InlineData(new[] { 0.0001, 0.9999 }, new[] { 1, 9999 })]
    [InlineData(new[] { 0.2, 0.05, 0.45, 0.3 }, new[] { 2000, 500, 4500, 3000 })]
    public void Shares_are_rounded_to_the_period(double[] shares, int[] expected) => Assert.Equal(expected, Mix(shares).Counts);

    [Fact]
    public void Each_sources_numbers_follow_each_other_without_a_gap()
    {
        var mixed = Mix(0.5, 0.0123, 0.3, 0.1877);
        long[] next = new long[4];
        for (long number = 0; number < 3 * MixedSource.Period; number++)
        {
            var (source, own) = mixed.Place(number);
            Assert.Equal(next[source]++, own);
            Assert.Equal([source, (int)own], mixed.At(number).Tokens.ToArray());
        }

        Assert.Equal([15_000, 369, 9_000, 5_631], next);
    }

    [Fact]
    public void Every_stretch_holds_the_shares()
    {
        double[] shares = [0.5, 0.05, 0.25, 0.2];
        var mixed = Mix(shares);
        int[] places = [.. Enumerable.Range(0, 20_100).Select(number => mixed.Place(number).Source)];
        for (int start = 0; start < 20_000; start += 7)
        {
            for (int source = 0; source < 4; source++)
                Assert.InRange(places.Skip(start).Take(100).Count(place => place == source), 100 * shares[source] - 2, 100 * shares[source] + 2);
        }
    }

    [Fact]
    public void Far_numbers_are_as_quick_as_near_ones() => Assert.Equal((1, 2500L * 1_000_000_000_000), Place(Mix(3, 1), 3));

    static (int Source, long Number) Place(MixedSource mixed, int slot) =>
        Enumerable.Range(slot - 3, 7).Select(i => mixed.Place(10_000L * 1_000_000_000_000 + i)).First(static place => place.Source == 1);

    [Theory]
    [InlineData(new double[0], "no source")]
    [InlineData(new[] { 1.0, 0.0 }, "the share 0;")]
    [InlineData(new[] { 1.0, double.NaN }, "the share NaN;")]
    [InlineData(new[] { 1.0, 0.00001 }, "Source 1 has the share 1E-05 of all, less than one in 10000")]
    public void Bad_shares_are_refused(double[] shares, string expected) =>
        Assert.Contains(expected, Assert.Throws<ArgumentException>(() => Mix(shares)).Message, StringComparison.Ordinal);

    [Fact]
    public void A_source_in_two_parts_may_be_mixed_again()
    {
        var inner = Mix(1, 1);
        var outer = new MixedSource(new List<(ExampleSource, double)> { (inner, 1), (new Numbered(9), 1) });
        Assert.Equal([0, 1, 9], Enumerable.Range(0, 4).Select(i => outer.At(i).Tokens.Span[0]).Distinct().Order());
    }

    [Fact]
    public void Sources_hear_of_their_own_documents_and_remember_them()
    {
        static MixedSource Mixed(Numbered[] of) => new([.. of.Zip([2.0, 1, 1], static (source, share) => ((ExampleSource)source, share))]);
        Numbered[] sources = [new(0), new(1), new(2)];
        var mixed = Mixed(sources);
        for (long number = 0; number < 12; number++)
            mixed.Heard(number, mixed.At(number), right: number % 2 == 0);
        Assert.Equal([0, 1, 2, 3, 4, 5], sources[0].HeardOf.Select(Math.Abs));
        Assert.Equal([0, 1, 2], sources[1].HeardOf.Select(Math.Abs));
        Numbered[] others = [new(0), new(1), new(2)];
        Mixed(others).Restore(mixed.Memory());
        Assert.All(sources.Zip(others), static pair => Assert.Equal(pair.First.HeardOf, pair.Second.HeardOf));
    }

    [Theory]
    [InlineData(new long[0], "the memory of the 2 sources")]
    [InlineData(new long[] { 0 }, "the memory of the 2 sources")]
    [InlineData(new long[] { 0, 0, 0 }, "the memory of the 2 sources")]
    [InlineData(new long[] { 5, 1, 2 }, "the memory of the 2 sources")]
    [InlineData(new long[] { -1, 0 }, "the memory of the 2 sources")]
    [InlineData(new long[] { 1, -99, 0 }, "not mine")]
    public void Foreign_memory_is_refused(long[] memory, string expected) =>
        Assert.Contains(expected, Assert.Throws<ArgumentException>(() => Mix(1, 1).Restore(memory)).Message, StringComparison.Ordinal);
}
