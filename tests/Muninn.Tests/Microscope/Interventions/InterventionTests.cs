using System;
using System.Collections.Generic;
using System.Linq;
using Muninn.Cli.Input;
using Muninn.Engine.Checkpoints;
using Muninn.Engine.Model;
using Muninn.Engine.Recurrence;
using Muninn.Microscope.Addresses;
using Muninn.Microscope.Interventions;
using Muninn.Tests.Engine.Recurrence;
using Muninn.Tests.Kernels;
using Muninn.Tests.Microscope.Addresses;
using Muninn.Tests.Oracle;
using Xunit;

namespace Muninn.Tests.Microscope.Interventions;

public sealed class InterventionTests
{
    static Address At(string text) => AddressReader.Read(text);

    static float[] Noisy(int length) => Noise.Floats(length, 8);

    static (float[] Final, float[] Logits) Run(SmallRun subject, params Edit[] edits)
    {
        float[] logits = new float[subject.Tokens.Length * subject.Model.Config.Vocabulary];
        float[] final = [];
        AddressedRun.Run(subject.Run, subject.Settings, logits, new Intervention(subject.Shape, edits), null, (in IterationView view) =>
            final = view.State.ToArray());
        return (final, logits);
    }

    static CapturedValues Captured(SmallRun subject, Address address)
    {
        var capture = new Capture(subject.Shape, [address]);
        AddressedRun.Run(subject.Run, subject.Settings, new float[subject.Tokens.Length * subject.Model.Config.Vocabulary], null, capture);
        return capture.Values[0];
    }

    /// <summary>The same run with a change written by hand.</summary>
    static (float[] Final, float[] Logits) ByHand(SmallRun subject, SiteFilter where, SiteEdit edit)
    {
        subject.Run.SiteChange = new SiteChange(where, edit);
        var result = subject.Go();
        subject.Run.SiteChange = null;
        return result;
    }

    static void Same((float[] Final, float[] Logits) expected, (float[] Final, float[] Logits) actual)
    {
        Near.SameBits(expected.Final, actual.Final, "state");
        Near.SameBits(expected.Logits, actual.Logits, "logits");
    }

    public static TheoryData<string> EverySite { get; } =
    [
        "state[*]", "state[0,3]@2-4",
        .. Enum.GetValues<BlockSite>().SelectMany(static site => new[]
        {
            $"core[*].block[*].{BlockAddress.NameOf(site)}", $"core[2-4].block[1].{BlockAddress.NameOf(site)}@1,3-last",
            $"prelude[*].{BlockAddress.NameOf(site)}", $"coda[last].{BlockAddress.NameOf(site)}@last",
        }),
        "core[3].block[0].pattern[1]", "core[*].block[last].v[0,2]@last",
    ];

    [Theory]
    [MemberData(nameof(EverySite))]
    public void Values_replaced_by_themselves_change_no_bit(string address)
    {
        using var subject = new SmallRun();
        var values = Captured(subject, At(address));
        Same(subject.Go(), Run(subject, new ReplaceEdit(At(address), new GivenValues(values.Values, "itself"))));
        Same(subject.Go(), Run(subject, new SwapEdit(At(address), PositionMap.Start, values)));
        Same(subject.Go(), Run(subject, new ScaleEdit(At(address), 1)));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    [InlineData(5)]
    [InlineData(6)]
    public void A_state_set_to_zero_is_a_start_from_zero_there(int iteration)
    {
        using var subject = new SmallRun();
        using var twin = new SmallRun(limit: 6 - iteration) { Settings = new RunSettings { Limit = 6 - iteration, Start = InitialState.Zero } };
        Same(twin.Go(), Run(subject, new ZeroEdit(At($"state[{iteration}]"))));
    }

    [Theory]
    [MemberData(nameof(EverySite))]
    public void An_edit_at_the_last_position_leaves_every_bit_of_the_earlier_ones(string address)
    {
        using var subject = new SmallRun();
        var at = At(address) with { Positions = IndexChoice.Last };
        var selection = at.In(subject.Shape);
        Edit edit = at is BlockAddress { Site: BlockSite.Pattern }
            ? new ScaleEdit(at, 1.5f)
            : new AddEdit(at, new GivenValues(Noisy(selection.Columns), "noise"), 0.5f);
        var (final, logits) = subject.Go();
        var (editedFinal, editedLogits) = Run(subject, edit);
        int width = subject.Shape.Width;
        int vocabulary = subject.Model.Config.Vocabulary;
        Near.SameBits(final.AsSpan()[..^width], editedFinal.AsSpan()[..^width]);
        Near.SameBits(logits.AsSpan()[..^vocabulary], editedLogits.AsSpan()[..^vocabulary]);
        Assert.NotEqual(logits[^vocabulary..], editedLogits[^vocabulary..]);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(4)]
    [InlineData(6)]
    public void Swapping_all_that_is_iterated_gives_the_other_runs_continuation(int iteration)
    {
        using var subject = new SmallRun();
        using var other = new SmallRun("tiny-f32", 6, 9, 9, 61, 4, 50, 51, 52);
        var state = At($"state[{iteration}]");
        var injected = At("prelude[last].output");
        Same(other.Go(), Run(
            subject, new SwapEdit(state, PositionMap.Start, Captured(other, state)), new SwapEdit(injected, PositionMap.Start, Captured(other, injected))));
        // The state alone goes on with this prompt's own e.
        using var twin = new SmallRun(limit: 6 - iteration)
        {
            Settings = new RunSettings { Limit = 6 - iteration, Start = InitialState.Given(Captured(other, state).Values) },
        };
        Same(twin.Go(), Run(subject, new SwapEdit(state, PositionMap.Start, Captured(other, state))));
    }

    [Fact]
    public void Positions_of_a_swap_are_matched_by_the_map()
    {
        using var subject = new SmallRun();
        using var other = new SmallRun("tiny-f32", 6, 9, 61, 4, 50);
        foreach (var (map, at, expected) in new[]
        {
            (PositionMap.Start, "core[2].block[1].mlp@1,3", "core[2].block[1].mlp@1,3"),
            (PositionMap.End, "core[2].block[1].mlp@4,last", "core[2].block[1].mlp@1,3"),
            (PositionMap.Of(new Dictionary<int, int> { [1] = 3, [6] = 0, [2] = 2 }), "core[2].block[1].mlp@1,6", "core[2].block[1].mlp@3,0"),
        })
        {
            var donorAt = SwapEdit.DonorAddress(At(at), map, subject.Shape, other.Shape);
            Assert.Equal(expected, donorAt.ToString());
            var donor = Captured(other, donorAt);
            int[] here = At(at).In(subject.Shape).Positions.ToArray();
            int[] there = [.. expected[(expected.IndexOf('@') + 1)..].Split(',').Select(int.Parse)];
            var twin = ByHand(subject, (place, rows) => place == new SitePlace(ModelPart.Core, 1, BlockSite.Mlp) && rows.Iterations[0] == 1,
                (_, _, columns, values) =>
                {
                    for (int i = 0; i < here.Length; i++)
                        donor.Row(0, donor.Selection.RowOf(there[i])).CopyTo(values[(here[i] * columns)..]);
                });
            Same(twin, Run(subject, new SwapEdit(At(at), map, donor)));
        }
    }

    [Fact]
    public void A_pattern_can_come_from_a_shorter_or_longer_prompt()
    {
        using var subject = new SmallRun();
        using var shorter = new SmallRun("tiny-f32", 6, 9, 61, 4, 50);
        var at = At("core[2].block[1].pattern[1]@2-3");
        var donor = Captured(shorter, at);
        var twin = ByHand(subject, (place, rows) => place == new SitePlace(ModelPart.Core, 1, BlockSite.Pattern) && rows.Iterations[0] == 1,
            (_, _, columns, values) =>
            {
                for (int row = 2; row < 4; row++)
                    donor.Row(0, row - 2)[..4].CopyTo(values[(row * columns + columns / 4)..]);
            });
        Assert.Equal(4, subject.Shape.Heads);
        Same(twin, Run(subject, new SwapEdit(at, PositionMap.Start, donor)));
        using var longer = new SmallRun("tiny-f32", 6, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10);
        var end = At("core[2].block[1].pattern@last");
        var far = Captured(longer, SwapEdit.DonorAddress(end, PositionMap.End, subject.Shape, longer.Shape));
        Assert.Contains("position 9 of the other prompt looks at places that this prompt of 7 does not have",
            Assert.Throws<AddressException>(() => Run(subject, new SwapEdit(end, PositionMap.End, far))).Message);
    }

    [Theory]
    [InlineData(BlockSite.Input, 0, 0)]
    [InlineData(BlockSite.Query, 1, 2)]
    [InlineData(BlockSite.Key, 0, 3)]
    [InlineData(BlockSite.Value, 2, 2)]
    [InlineData(BlockSite.Attention, 0, 0)]
    [InlineData(BlockSite.AfterAttention, 0, 0)]
    [InlineData(BlockSite.Mlp, 0, 0)]
    [InlineData(BlockSite.Output, 0, 0)]
    public void Every_operation_is_what_its_twin_by_hand_does(BlockSite site, int firstHead, int lastHead)
    {
        using var subject = new SmallRun();
        var shape = subject.Shape;
        bool hasHeads = BlockAddress.HasHeads(site);
        var at = At($"core[2-3].block[1].{BlockAddress.NameOf(site)}{(hasHeads ? $"[{firstHead}-{lastHead}]" : "")}@1,4");
        int first = hasHeads ? firstHead * shape.HeadWidth : 0;
        int columns = hasHeads ? (lastHead - firstHead + 1) * shape.HeadWidth : shape.Width;
        float[] row = Noisy(columns);
        float[] all = Noisy(2 * 2 * columns);
        Check(new ZeroEdit(at), static (_, _, _) => 0);
        Check(new ScaleEdit(at, -0.5f), static (x, _, _) => x * -0.5f);
        Check(new AddEdit(at, new GivenValues(row, "row")), (x, _, column) => x + row[column]);
        Check(new AddEdit(at, new GivenValues(all, "all"), 2), (x, number, column) => x + 2 * all[number * columns + column]);
        Check(new ReplaceEdit(at, new GivenValues(row, "row")), (_, _, column) => row[column]);
        Check(new ReplaceEdit(at, new GivenValues(all, "all")), (_, number, column) => all[number * columns + column]);
        Same(
            ByHand(subject, Wanted, (_, _, width, values) =>
            {
                for (int column = first; column < first + columns; column++)
                {
                    double mean = 0;
                    for (int position = 0; position < shape.Positions; position++)
                        mean += values[position * width + column];
                    mean /= shape.Positions;
                    values[width + column] = values[4 * width + column] = (float)mean;
                }
            }),
            Run(subject, new MeanEdit(at)));

        bool Wanted(SitePlace place, RowBatch rows) =>
            place == new SitePlace(ModelPart.Core, 1, site) && rows.Iterations[0] is 1 or 2;

        void Check(Edit edit, Func<float, int, int, float> twin) => Same(
            ByHand(subject, Wanted, (_, rows, width, values) =>
            {
                for (int i = 0; i < 2; i++)
                {
                    int position = i == 0 ? 1 : 4;
                    for (int column = 0; column < columns; column++)
                    {
                        ref float x = ref values[position * width + first + column];
                        x = twin(x, (rows.Iterations[0] - 1) * 2 + i, column);
                    }
                }
            }),
            Run(subject, edit));
    }

    [Fact]
    public void A_head_without_weights_reads_what_a_head_without_values_reads()
    {
        using var subject = new SmallRun();
        Same(Run(subject, new ZeroEdit(At("core[2-5].block[0].v[2]"))), Run(subject, new ZeroEdit(At("core[2-5].block[0].pattern[2]"))));
    }

    [Fact]
    public void Edits_of_the_same_values_are_made_in_the_order_given()
    {
        using var subject = new SmallRun();
        var at = At("core[2].block[1].mlp");
        Edit scale = new ScaleEdit(at, 3);
        Edit add = new AddEdit(at, new GivenValues(Noisy(subject.Shape.Width), "noise"));
        float[] noise = Noisy(subject.Shape.Width);
        static bool Wanted(SitePlace place, RowBatch rows) => place == new SitePlace(ModelPart.Core, 1, BlockSite.Mlp) && rows.Iterations[0] == 1;
        Same(ByHand(subject, Wanted, (_, _, columns, values) =>
        {
            for (int i = 0; i < values.Length; i++)
                values[i] = values[i] * 3 + noise[i % columns];
        }), Run(subject, scale, add));
        Same(ByHand(subject, Wanted, (_, _, columns, values) =>
        {
            for (int i = 0; i < values.Length; i++)
                values[i] = (values[i] + noise[i % columns]) * 3;
        }), Run(subject, add, scale));
    }

    [Fact]
    public void Toy_cores_take_edits_of_states_as_algebra_says()
    {
        // s ← s/2 + 1 from 0: 0, 1, 1.5, 1.75, 1.875 for both positions, two columns each.
        Assert.Equal([1.875f, 1.875f, 1.875f, 1.875f], Toy());
        Assert.Equal([1.5f, 1.5f, 1.875f, 1.875f], Toy(new ZeroEdit(At("state[2]@0"))));
        Assert.Equal([1.875f, 1.875f, 2.25f, 2.25f], Toy(new ScaleEdit(At("state[2]@1"), 2)));
        Assert.Equal([1.875f, 1.875f, 2.875f, 3.875f], Toy(new AddEdit(At("state[last]@1"), new GivenValues(new float[] { 0.5f, 1 }, "given"), 2)));
        Assert.Equal([2.75f, 3.25f, 1.875f, 1.875f], Toy(new ReplaceEdit(At("state[3]@0"), new GivenValues(new float[] { 3.5f, 4.5f }, "given"))));
        // Position 0 is 5 there and position 1 still 1.75: the mean is 3.375.
        Assert.Equal([3.5f, 3.5f, 2.6875f, 2.6875f], Toy(
            new ReplaceEdit(At("state[3]@0"), new GivenValues(new float[] { 5, 5 }, "given")), new MeanEdit(At("state[3]@1"))));

        static float[] Toy(params Edit[] edits)
        {
            var shape = new RunShape { PreludeBlocks = 0, CoreBlocks = 1, CodaBlocks = 0, Heads = 1, HeadWidth = ToyCores.Width, Positions = 2, Limit = 4 };
            var intervention = new Intervention(shape, edits);
            float[] final = new float[4];
            new RecurrentRun(ToyCores.Contraction(0.5f), ToyCores.Width, 2).Run(
                RowBatch.ForPrompt(2), [1f, 1, 1, 1], new RunSettings { Limit = 4 }, final, new RowEnding[2], intervention.States);
            intervention.RequireDone();
            return final;
        }
    }

    [Fact]
    public void Edits_say_what_they_did()
    {
        using var subject = new SmallRun();
        var given = new GivenValues(new float[subject.Shape.Width], "v.safetensors");
        var at = At("state[2]@last");
        Assert.Equal(
            ["state[2]@last=zero", "state[2]@last=mean", "state[2]@last=scale(0.5)", "state[2]@last=add(v.safetensors)",
                "state[2]@last=add(v.safetensors,-2)", "state[2]@last=replace(v.safetensors)", "state[2]@last=swap"],
            new Edit[]
            {
                new ZeroEdit(at), new MeanEdit(at), new ScaleEdit(at, 0.5f), new AddEdit(at, given), new AddEdit(at, given, -2),
                new ReplaceEdit(at, given), new SwapEdit(at, PositionMap.Start, Captured(subject, at)),
            }.Select(static edit => edit.ToString()));
    }

    [Fact]
    public void What_does_not_fit_is_refused_with_what_would()
    {
        using var subject = new SmallRun();
        Refused("here they are 1 to 6", new ZeroEdit(At("core[7].block[0].mlp")));
        Refused("here they are 0 to 6", new ZeroEdit(At("state[7]")));
        Refused("here they are 0 to 6", new ZeroEdit(At("state[0]@7")));
        Refused("a mean over positions would look at places", new MeanEdit(At("core[1].block[0].pattern")));
        Refused("the factor is NaN", new ScaleEdit(At("state[1]"), float.NaN));
        Refused("the factor is Infinity", new AddEdit(At("state[1]"), new GivenValues(new float[64], "x"), float.PositiveInfinity));
        Refused("x has 63 values, but state[1]@2-3 wants 64, one row for all, or 128, [1, 2, 64]",
            new ReplaceEdit(At("state[1]@2-3"), new GivenValues(new float[63], "x")));
        Refused("capture the other run at the address that DonorAddress gives",
            new SwapEdit(At("state[1]"), PositionMap.Start, Captured(subject, At("state[2]"))));
        Refused("takes position 3 from position 3, which was not captured",
            new SwapEdit(At("state[1]@2-3"), PositionMap.Start, Captured(subject, At("state[1]@2"))));
        Assert.Contains("x: value 1 is NaN", Assert.Throws<ArgumentException>(() => new GivenValues(new[] { 1, float.NaN }, "x")).Message);
        using var shorter = new SmallRun("tiny-f32", 6, 9, 61);
        Assert.Contains("takes position 2 from position 2 of the other prompt, whose positions are 0 to 1", Assert.Throws<AddressException>(() =>
            SwapEdit.DonorAddress(At("state[1]@2"), PositionMap.Start, subject.Shape, shorter.Shape)).Message);
        Assert.Contains("changes position 2, but the map has only 3=1", Assert.Throws<AddressException>(() =>
            SwapEdit.DonorAddress(At("state[1]@2"), PositionMap.Of(new Dictionary<int, int> { [3] = 1 }), subject.Shape, shorter.Shape)).Message);

        void Refused(string expected, Edit edit) =>
            Assert.Contains(expected, Assert.Throws<AddressException>(() => new Intervention(subject.Shape, [edit])).Message);
    }

    [Fact]
    public void A_run_that_is_not_the_one_of_the_addresses_is_refused()
    {
        using var subject = new SmallRun();
        var intervention = new Intervention(subject.Shape, [new ZeroEdit(At("coda[0].mlp"))]);
        Assert.Contains("changed 0 rows in place of 7", Assert.Throws<InvalidOperationException>(() =>
            AddressedRun.Run(subject.Run, subject.Settings, [], intervention)).Message);
        Assert.Null(subject.Run.SiteChange);
        Assert.Contains("7 positions and 6 iterations, but the run has 7 and 5", Assert.Throws<ArgumentException>(() =>
            AddressedRun.Run(subject.Run, subject.Settings with { Limit = 5 }, [], intervention)).Message);
        Assert.Contains("An exit rule would let rows leave", Assert.Throws<ArgumentException>(() =>
            AddressedRun.Run(subject.Run, subject.Settings with { Exit = new ResidualExit() }, [])).Message);
    }
}
