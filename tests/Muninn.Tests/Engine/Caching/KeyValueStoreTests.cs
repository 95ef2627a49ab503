using System;
using System.Linq;
using Muninn.Engine.Caching;
using Muninn.Engine.Checkpoints;
using Muninn.Engine.Recurrence;
using Muninn.Tests.Oracle;
using Xunit;

namespace Muninn.Tests.Engine.Caching;

public sealed class KeyValueStoreTests
{
    /// <summary>A policy and what it means, in the words of its documentation.</summary>
    static readonly (CachePolicy Policy, SlotRule Slots)[] _policies =
    [
        (CachePolicy.PerIteration, (iteration, block) => (block, iteration)),
        (CachePolicy.LatestOnly, (_, block) => (block, 0)),
        (CachePolicy.Shared(2), (iteration, block) => (block, iteration % 2)),
        (CachePolicy.Shared(3), (iteration, block) => (block, iteration % 3)),
        (CachePolicy.Anchored(2, 1), (iteration, block) => (block, iteration < 2 ? iteration : 2)),
        (CachePolicy.Anchored(1, 3), (iteration, block) => (block, iteration < 1 ? iteration : 1 + (iteration - 1) % 3)),
    ];

    /// <summary>Shapes of a model that nobody computes.</summary>
    internal static ModelConfig Shapes(int heads = 2, int headWidth = 6, int prelude = 1, int core = 2, int coda = 1) => new()
    {
        Width = heads * headWidth,
        Heads = heads,
        Hidden = 8,
        Vocabulary = 10,
        Context = 128,
        PreludeBlocks = prelude,
        CoreBlocks = core,
        CodaBlocks = coda,
    };

    static CachePolicy Missing(CachePolicy policy, MissingEntries missing) => policy with { Missing = missing };

    [Theory]
    [InlineData(MissingEntries.LatestAvailable, KeyValueFormat.Float32)]
    [InlineData(MissingEntries.LeftOut, KeyValueFormat.Float32)]
    [InlineData(MissingEntries.AlwaysLatest, KeyValueFormat.Float32)]
    [InlineData(MissingEntries.LatestAvailable, KeyValueFormat.BrainFloat16)]
    public void Rows_of_any_schedule_see_what_a_dictionary_would_show_them(MissingEntries missing, KeyValueFormat format)
    {
        var random = new Random((int)missing);
        int behind = 0;
        for (int seed = 0; seed < 12; seed++)
        {
            using var schedule = new StoreSchedule(seed, Shapes(prelude: seed % 3, core: 1 + seed % 3), new StoreCapacity(5, 25, 160), format);
            int open = 0;
            for (int step = 0; step < 60; step++)
            {
                if (open < 4 && random.Next(4) == 0)
                {
                    var (policy, slots) = _policies[random.Next(_policies.Length)];
                    schedule.Open(Missing(policy, missing), slots, random.Next(1, 7), random.Next(1, 80));
                    open++;
                }
                else if (open > 0 && random.Next(25) == 0)
                {
                    schedule.Close(random.Next(open--));
                }

                schedule.Step();
            }

            behind += schedule.RowsBehindStopped;
            schedule.CloseAll();
        }

        Assert.True(behind > 1000, $"Only {behind} rows saw a position that had stopped.");
    }

    /// <summary>Some hundred steps of one long sequence: several panels, many of its positions stopped at different iterations.</summary>
    [Fact]
    public void Every_policy_shows_a_long_sequence_as_a_dictionary_would()
    {
        foreach (var (policy, slots) in _policies)
        {
            foreach (var missing in Enum.GetValues<MissingEntries>())
            {
                using var schedule = new StoreSchedule(3, Shapes(heads: 1, headWidth: 4), new StoreCapacity(1, 6, 50), KeyValueFormat.Float32);
                schedule.Open(Missing(policy, missing), slots, 8, 96);
                for (int step = 0; step < 100; step++)
                    schedule.Step();
                Assert.True(schedule.RowsBehindStopped > 100, $"{policy}: {schedule.RowsBehindStopped}");
                schedule.CloseAll();
            }
        }
    }

    [Theory]
    [InlineData(1, 2)]
    [InlineData(2, 2)]
    [InlineData(3, 2)]
    [InlineData(4, 4)]
    [InlineData(2, 4)]
    [InlineData(5, 3)]
    public void Blocks_together_show_the_entry_of_the_last_of_them_as_the_original_does(int together, int blocks)
    {
        using var schedule = new StoreSchedule(together, Shapes(core: blocks), new StoreCapacity(1, 6, 70), KeyValueFormat.Float32) { IsInStep = true };
        schedule.Open(ReferenceCache.BlocksTogether(together), (iteration, block) => (-1, (iteration * blocks + block) / together), 6, 90);
        for (int step = 0; step < 80; step++)
            schedule.Step();
        schedule.CloseAll();
    }

    [Fact]
    public void Blocks_together_refuse_a_pass_that_would_need_two_places_at_a_time()
    {
        using var store = new KeyValueStore(Shapes(), new StoreCapacity(2, 4, 20));
        int grouped = store.Open(ReferenceCache.BlocksTogether(2), 4, 16);
        int plain = store.Open(CachePolicy.PerIteration, 4, 16);
        var rows = RowBatch.WithRoom(2);
        rows.Add(plain, 0, 0);
        rows.Add(grouped, 0, 1);
        store.BeginIteration(rows);
        var error = Assert.Throws<InvalidOperationException>(() => store.Locate(ModelPart.Core, 0, rows, new RowPlaces(2)));
        Assert.Equal(
            "Rows of this pass keep their entries with different blocks, because a cache shares entries between blocks, as " +
            "reference:compress-r does; run it alone, one iteration in each pass.", error.Message);
    }

    [Fact]
    public void As_many_sequences_open_as_there_is_room_for_and_numbers_come_back()
    {
        using var store = new KeyValueStore(Shapes(), new StoreCapacity(3, 4, 4));
        Assert.Equal([0, 1, 2], Enumerable.Range(0, 3).Select(_ => store.Open(CachePolicy.LatestOnly, 1, 5)));
        Assert.Equal(
            "All 3 sequences of the store are open; close one first.",
            Assert.Throws<InvalidOperationException>(() => store.Open(CachePolicy.LatestOnly, 1, 5)).Message);
        store.Close(1);
        Assert.Equal(1, store.Open(CachePolicy.PerIteration, 7, 64));
        store.Close(0);
        foreach (int closed in new[] { 0, 3, -1, int.MaxValue })
        {
            Assert.StartsWith($"Sequence {closed} is not open; open it first.", Assert.Throws<ArgumentException>(() => store.Close(closed)).Message);
            Assert.StartsWith($"Sequence {closed} is not open; open it first.", Assert.Throws<ArgumentException>(() => store.Truncate(closed, 0)).Message);
        }
    }

    [Fact]
    public void A_full_store_says_how_many_panels_it_has()
    {
        using var store = new KeyValueStore(Shapes(), new StoreCapacity(1, 2, 2));
        int sequence = store.Open(CachePolicy.PerIteration, 9, 100);
        var rows = RowBatch.WithRoom(1);
        rows.Add(sequence, 32);
        var places = new RowPlaces(1);
        store.Locate(ModelPart.Prelude, 0, One(sequence, 0), places);
        store.Locate(ModelPart.Prelude, 0, One(sequence, 16), places);
        Assert.Equal(2, store.PanelsInUse);
        Assert.Equal(
            "All 2 panels of 16 positions are in use; make a larger store, or fewer requests at a time.",
            Assert.Throws<InvalidOperationException>(() => store.Locate(ModelPart.Prelude, 0, rows, places)).Message);
        store.Truncate(sequence, 17);
        Assert.Equal(2, store.PanelsInUse);
        store.Truncate(sequence, 16);
        Assert.Equal(1, store.PanelsInUse);
        store.Close(sequence);
        Assert.Equal(0, store.PanelsInUse);
    }

    [Fact]
    public void Positions_outside_a_sequence_and_negative_lengths_are_refused_with_both_numbers()
    {
        using var store = new KeyValueStore(Shapes(), new StoreCapacity(2, 4, 4));
        _ = store.Open(CachePolicy.LatestOnly, 1, 9);
        int sequence = store.Open(CachePolicy.LatestOnly, 1, 7);
        string message = "Row 0 is position 7 of sequence 1, which was opened for 7 positions; open it for more.";
        Assert.StartsWith(message, Assert.Throws<ArgumentException>(() => store.BeginIteration(One(sequence, 7))).Message);
        Assert.StartsWith(message, Assert.Throws<ArgumentException>(
            () => store.Locate(ModelPart.Coda, 0, One(sequence, 7), new RowPlaces(1))).Message);
        Assert.Throws<ArgumentOutOfRangeException>(() => store.Truncate(sequence, -1));
        Assert.Throws<ArgumentOutOfRangeException>(() => store.Open(CachePolicy.LatestOnly, -1, 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => store.Open(CachePolicy.LatestOnly, 1, 0));
        Assert.Throws<ArgumentNullException>(() => store.Open(null!, 1, 1));
        store.Truncate(sequence, int.MaxValue);
    }

    [Fact]
    public void A_row_that_asks_for_a_position_that_never_ran_is_told_which()
    {
        using var store = new KeyValueStore(Shapes(), new StoreCapacity(1, 4, 4));
        int sequence = store.Open(CachePolicy.LatestOnly, 1, 20);
        var places = new RowPlaces(1);
        store.BeginIteration(One(sequence, 5));
        Assert.Equal(
            "Position 0 was never run, but position 5 of its sequence asks for it; run positions in order.",
            Assert.Throws<InvalidOperationException>(() => store.Locate(ModelPart.Core, 0, One(sequence, 5), places)).Message);
    }

    [Fact]
    public void A_row_that_asks_for_a_position_that_was_cut_off_is_told_which()
    {
        using var store = new KeyValueStore(Shapes(), new StoreCapacity(1, 4, 8));
        int sequence = store.Open(CachePolicy.PerIteration, 2, 20);
        var places = new RowPlaces(1);
        for (int position = 0; position < 4; position++)
            Run(position);
        store.Truncate(sequence, 1);
        Assert.Equal(
            "Position 1 was never run, but position 2 of its sequence asks for it; run positions in order.",
            Assert.Throws<InvalidOperationException>(() => Run(2)).Message);

        void Run(int position)
        {
            store.BeginIteration(One(sequence, position));
            store.Locate(ModelPart.Core, 0, One(sequence, position), places);
        }
    }

    static RowBatch One(int sequence, int position)
    {
        var rows = RowBatch.WithRoom(1);
        rows.Add(sequence, position);
        return rows;
    }
}
