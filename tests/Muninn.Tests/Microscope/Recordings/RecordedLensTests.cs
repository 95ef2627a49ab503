using System;
using System.Linq;
using Muninn.Engine.Recurrence;
using Muninn.Microscope.Measures.Lenses;
using Muninn.Microscope.Recordings;
using Muninn.Tests.Engine.Recurrence;
using Muninn.Tests.Microscope.Measures.Lenses;
using Muninn.Tests.Oracle;
using Xunit;

namespace Muninn.Tests.Microscope.Recordings;

/// <summary>What a recording keeps of a lens is what the meter read; the meter's numbers are tested with the meter.</summary>
public sealed class RecordedLensTests
{
    const int Width = ToyCores.Width;

    static LensTable Table(LensKind kind, CoreBlockOutputs? blocks = null, CoreStep? core = null)
    {
        var meter = new LensMeter(
            [5, 0, 36], ToyReadouts.Noisy(Width, 37) with { Kind = kind }, new LensSettings { Iterations = [1, 4], Horizon = 9, TopCount = 2 }, blocks: blocks);
        new RecurrentRun(core ?? ToyCores.Contraction(0.5f), Width, 3).Run(
            RowBatch.ForPrompt(3), Noise.Floats(3 * Width, 3), new RunSettings { Limit = 12, Start = InitialState.Random(4) }, new float[3 * Width],
            new RowEnding[3], null, meter.Observe);
        return meter.ToTable();
    }

    [Fact]
    public void It_holds_the_numbers_of_the_table_and_names_for_its_tokens()
    {
        var table = Table(LensKind.Coda);
        var lens = RecordedLens.Of(table, id => $"w{id}");
        Assert.Equal([1, 4, 9], lens.Iterations);
        Assert.Equal((3, 2), (lens.Positions, lens.Top));
        Assert.Equal(table.Tokens, lens.Tokens);
        Assert.Equal(table.LogProbabilities, lens.LogProbabilities);
        Assert.Equal(table.Entropy, lens.Entropy);
        Assert.Equal(table.Divergence, lens.Divergence);
        Assert.Equal(table.Rank, lens.Rank);
        Assert.Equal(table.Tokens.Distinct().Order(), lens.Labels.Keys.Order());
        Assert.All(lens.Labels, label => Assert.Equal($"w{label.Key}", label.Value));
    }

    [Fact]
    public void Where_logits_are_no_numbers_there_is_no_token_to_name()
    {
        var lens = RecordedLens.Of(Table(LensKind.Coda, core: ToyCores.NotANumberBomb), id => $"{id}");
        Assert.Contains(-1, lens.Tokens);
        Assert.DoesNotContain(-1, lens.Labels.Keys);
    }

    [Fact]
    public void Another_lens_is_no_part_of_a_recording() => Assert.Contains(
        "this table is of the raw lens, 0 of its 3 readings of blocks", Assert.Throws<ArgumentException>(() => RecordedLens.Of(Table(LensKind.Raw), id => "")).Message);
}
