using System;
using System.Collections.Generic;
using System.Linq;
using Muninn.Engine.Caching;
using Xunit;

namespace Muninn.Tests.Engine.Caching;

public sealed class CachePolicyTests
{
    public static TheoryData<string> Names { get; } = [.. Policies.Select(pair => pair.Name)];

    static IEnumerable<(string Name, CachePolicy Policy, Func<int, int> Slot)> Policies =>
    [
        ("per-iteration", CachePolicy.PerIteration, i => i),
        ("latest", CachePolicy.LatestOnly, _ => 0),
        ("shared:2", CachePolicy.Shared(2), i => i % 2),
        ("shared:5", CachePolicy.Shared(5), i => i % 5),
        ("anchored:1,1", CachePolicy.Anchored(1, 1), i => i == 0 ? 0 : 1),
        ("anchored:3,2", CachePolicy.Anchored(3, 2), i => i < 3 ? i : 3 + (i - 3) % 2),
        ("anchored:8,1", CachePolicy.Anchored(8, 1), i => Math.Min(i, 8)),
    ];

    [Theory]
    [MemberData(nameof(Names))]
    public void Every_iteration_has_the_slot_that_the_policy_says_and_every_slot_is_used(string name)
    {
        var (_, policy, slot) = Policies.Single(pair => pair.Name == name);
        Assert.Equal(name, policy.ToString());
        for (int blocks = 1; blocks <= 4; blocks++)
        {
            for (int limit = 0; limit < 20; limit++)
            {
                int[] slots = [.. Enumerable.Range(0, limit).Select(slot)];
                Assert.Equal(slots.Distinct().Count(), policy.Slots(limit));
                Assert.Equal(policy.Slots(limit) * blocks, policy.Entries(limit, blocks));
                for (int i = 0; i < limit; i++)
                {
                    for (int block = 0; block < blocks; block++)
                    {
                        int entry = policy.Entry(i, block, blocks);
                        Assert.Equal(slots[i] * blocks + block, entry);
                        Assert.Equal(Array.IndexOf(slots, slots[i]), policy.FirstIteration(entry, blocks));
                    }
                }
            }
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(7)]
    public void Blocks_together_count_the_blocks_of_the_unrolled_core(int together)
    {
        var policy = ReferenceCache.BlocksTogether(together);
        Assert.Equal($"reference:compress-r{together}", policy.ToString());
        Assert.Equal(MissingEntries.LeftOut, policy.Missing);
        for (int blocks = 1; blocks <= 4; blocks++)
        {
            var first = new Dictionary<int, int>();
            for (int limit = 1; limit < 9; limit++)
            {
                for (int block = 0; block < blocks; block++)
                {
                    int entry = policy.Entry(limit - 1, block, blocks);
                    Assert.Equal(((limit - 1) * blocks + block) / together, entry);
                    first.TryAdd(entry, limit - 1);
                    Assert.Equal(first[entry], policy.FirstIteration(entry, blocks));
                }

                Assert.Equal(first.Count, policy.Entries(limit, blocks));
            }
        }
    }

    [Fact]
    public void Policies_are_values()
    {
        Assert.Equal(CachePolicy.LatestOnly, CachePolicy.Shared(1));
        Assert.NotEqual(CachePolicy.PerIteration, CachePolicy.PerIteration with { Missing = MissingEntries.LeftOut });
        Assert.NotEqual(CachePolicy.Shared(2), CachePolicy.Shared(3));
        Assert.All(Policies, pair => Assert.Equal(MissingEntries.LatestAvailable, pair.Policy.Missing));
    }

    [Fact]
    public void Policies_without_slots_are_refused()
    {
        Assert.StartsWith("A shared cache has 0 slots; give it at least 1.",
            Assert.Throws<ArgumentOutOfRangeException>(() => CachePolicy.Shared(0)).Message);
        Assert.StartsWith("An anchored cache of 0 first slots and 3 others does not exist; give at least 1 of each.",
            Assert.Throws<ArgumentOutOfRangeException>(() => CachePolicy.Anchored(0, 3)).Message);
        Assert.StartsWith("An anchored cache of 2 first slots and -1 others does not exist; give at least 1 of each.",
            Assert.Throws<ArgumentOutOfRangeException>(() => CachePolicy.Anchored(2, -1)).Message);
        Assert.Throws<ArgumentOutOfRangeException>(() => ReferenceCache.BlocksTogether(0));
        Assert.Equal(5, CachePolicy.Anchored(int.MaxValue, int.MaxValue).Slots(5));
    }

    /// <summary>Memory of keys and values: positions in panels of 16, each entry a key and a value, values padded to 16 lanes a head.</summary>
    [Theory]
    [InlineData(1, 1, 1)]
    [InlineData(16, 4, 1)]
    [InlineData(17, 4, 2)]
    [InlineData(100, 9, 3)]
    public void Capacities_are_the_sums_of_their_entries(int positions, int limit, int sequences)
    {
        var config = KeyValueStoreTests.Shapes(heads: 3, headWidth: 20, prelude: 2, core: 3, coda: 1);
        foreach (var (_, policy, slot) in Policies)
        {
            int panels = (positions + 15) / 16 * sequences;
            int slots = Enumerable.Range(0, limit).Select(slot).Distinct().Count();
            var capacity = StoreCapacity.For(policy, limit, positions, config.CoreBlocks, sequences);
            Assert.Equal(new StoreCapacity(sequences, panels, panels * slots), capacity);
            long floats = 16 * 3 * (20 + 32);
            Assert.Equal((3L + 3L * slots) * panels * floats * 4, capacity.Bytes(config));
            Assert.Equal((3L + 3L * slots) * panels * floats * 2, capacity.Bytes(config, KeyValueFormat.BrainFloat16));
        }

        // 7 blocks in 3 entries of 3 need a lane of one panel more than 7 / 3 rounded down would give.
        Assert.Equal(2, StoreCapacity.For(ReferenceCache.BlocksTogether(2), 3, 5, 3).CorePanels);
    }

    [Fact]
    public void Stores_that_cannot_be_addressed_are_refused_with_both_numbers()
    {
        var config = KeyValueStoreTests.Shapes(heads: 8, headWidth: 64);
        int most = int.MaxValue / (16 * 8 * 64);
        var error = Assert.Throws<ArgumentException>(() => new KeyValueStore(config, new StoreCapacity(1, 4, most + 1)));
        Assert.Equal(
            $"A key/value store of {most + 1} panels of 16 positions in a block does not exist: 1 to {most} are possible. " +
            "Shorten the context, lower the limit, or let iterations share slots.", error.Message);
        Assert.Throws<ArgumentException>(() => new KeyValueStore(config, new StoreCapacity(1, 0, 4)));
        Assert.Throws<ArgumentException>(() => new KeyValueStore(config, new StoreCapacity(1, 1, -1)));
        Assert.Throws<ArgumentOutOfRangeException>(() => new KeyValueStore(config, new StoreCapacity(0, 1, 1)));
        Assert.Throws<OverflowException>(() => StoreCapacity.For(CachePolicy.PerIteration, 1 << 16, 1 << 22, 4));
        Assert.Throws<OverflowException>(() => StoreCapacity.For(CachePolicy.LatestOnly, 1, 1 << 22, 4, 1 << 16));
        Assert.Equal(1 << 18, StoreCapacity.For(CachePolicy.LatestOnly, 1 << 16, 1 << 22, 4).CorePanels);
    }
}
