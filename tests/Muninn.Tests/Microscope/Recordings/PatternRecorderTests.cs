using System;
using System.Linq;
using Muninn.Engine.Checkpoints;
using Muninn.Engine.Model;
using Muninn.Engine.Recurrence;
using Muninn.Microscope.Addresses;
using Muninn.Microscope.Recordings;
using Xunit;

namespace Muninn.Tests.Microscope.Recordings;

/// <summary>The mean over heads, row by row, as the run shows patterns: places beyond a row's own are masked.</summary>
public sealed class PatternRecorderTests
{
    static readonly RunShape _shape = new() { PreludeBlocks = 1, CoreBlocks = 2, CodaBlocks = 1, Heads = 2, HeadWidth = 4, Positions = 3, Limit = 5 };

    static readonly SitePlace _place = new(ModelPart.Core, 1, BlockSite.Pattern);

    /// <summary>Iteration i: head 0 gives place p the weight i, head 1 gives it p.</summary>
    static void Show(PatternRecorder recorder, int iteration, SitePlace place)
    {
        var rows = RowBatch.WithRoom(3);
        for (int position = 0; position < 3; position++)
            rows.Add(0, position, iteration - 1);
        if (!recorder.Sites.Wants(place, rows))
            return;
        float[] values = [.. Enumerable.Range(0, 18).Select(at => at / 3 % 2 == 0 ? (float)iteration : at % 3)];
        recorder.Sites.Observer(new SiteView(place, rows, 6, values));
    }

    [Fact]
    public void Weights_are_means_over_heads_and_masked_behind_the_token()
    {
        var recorder = new PatternRecorder(_shape, 1, [4, 2, 4]);
        for (int i = 1; i <= 5; i++)
        {
            Show(recorder, i, _place with { Block = 0 });
            Show(recorder, i, _place);
        }

        var patterns = recorder.ToPatterns();
        Assert.Equal([2, 4], patterns.Iterations);
        Assert.Equal((1, 3), (patterns.Block, patterns.Positions));
        Assert.Equal([1, float.NaN, float.NaN, 1, 1.5f, float.NaN, 1, 1.5f, 2], patterns.Weights[..9]);
        Assert.Equal([2, 2.5f, 3], patterns.Row(1, 2).ToArray());
    }

    [Fact]
    public void A_run_that_ends_early_or_comes_twice_is_an_error()
    {
        var recorder = new PatternRecorder(_shape, 1, [2, 4]);
        Show(recorder, 2, _place);
        Assert.Contains("3 rows of core[2,4].block[1].pattern were never computed", Assert.Throws<InvalidOperationException>(recorder.ToPatterns).Message);
        Assert.Contains("core[2].block[1].pattern came a second time at position 0", Assert.Throws<InvalidOperationException>(() => Show(recorder, 2, _place)).Message);
        Assert.Throws<AddressException>(() => new PatternRecorder(_shape, 2, [1]));
        Assert.Throws<AddressException>(() => new PatternRecorder(_shape, 1, [6]));
        Assert.Throws<AddressException>(() => new PatternRecorder(_shape, 1, [0]));
    }
}
