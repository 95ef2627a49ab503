using System;
using System.Linq;
using Muninn.Engine.Checkpoints;
using Muninn.Engine.Model;
using Muninn.Microscope.Addresses;
using Xunit;

namespace Muninn.Tests.Microscope.Addresses;

public sealed class CaptureTests
{
    [Fact]
    public void Every_address_gets_the_values_of_its_place()
    {
        using var subject = new SmallRun();
        Address[] addresses =
        [
            .. SmallRun.Addresses(
                "state[*]", "state[0,3-5]@last", "core[2-4].block[1].mlp@3,5", "core[*].block[0].pattern[2]", "core[last].block[*].q[0-1]@2-4",
                "prelude[*].output", "coda[last].v[last]@last", "core[1].block[0].pattern@0,last", "coda[0].pattern[1,3]@last-1"),
            .. Enum.GetValues<BlockSite>().Select(static site => new BlockAddress
            {
                Part = ModelPart.Core,
                Blocks = IndexChoice.All,
                Site = site,
            }),
        ];
        var capture = new Capture(subject.Shape, addresses);
        subject.Run.SiteWatch = capture.Sites;
        subject.Go(null, capture.Observe);
        capture.RequireWhole();
        subject.Run.SiteWatch = null;
        var everything = subject.Everything();
        Assert.Equal(addresses, capture.Values.Select(static values => values.Selection.Address));
        foreach (var values in capture.Values)
        {
            var selection = values.Selection;
            Assert.Equal(selection.Count, values.Values.Length);
            Assert.Equal(selection.Count, selection.Sizes.Aggregate(1L, static (product, size) => product * size));
            int at = 0;
            foreach (int iteration in selection.Iterations)
            {
                foreach (int block in selection.Blocks)
                {
                    SitePlace? place = selection.Address is BlockAddress address ? new(address.Part, block, address.Site) : null;
                    float[] whole = everything[(place, iteration)];
                    int perRow = whole.Length / subject.Tokens.Length;
                    int perHead = selection.HasHeads ? perRow / subject.Shape.Heads : perRow;
                    foreach (int position in selection.Positions)
                    {
                        foreach (int head in selection.Heads)
                        {
                            Assert.Equal(whole[(position * perRow + head * perHead)..][..perHead], values.Values.Slice(at, perHead).ToArray());
                            at += perHead;
                        }
                    }
                }
            }

            Assert.Equal(values.Values.Length, at);
        }
    }

    [Fact]
    public void A_pattern_is_computed_only_where_it_is_asked_for()
    {
        using var subject = new SmallRun();
        var capture = new Capture(subject.Shape, SmallRun.Addresses("core[3].block[1].pattern"));
        int asked = 0;
        subject.Run.SiteWatch = new SiteWatch(capture.Sites!.Wants, (in SiteView view) =>
        {
            asked++;
            capture.Sites.Observer(view);
        });
        subject.Go();
        Assert.Equal(1, asked);
        capture.RequireWhole();
    }

    [Fact]
    public void States_alone_open_no_site()
    {
        using var subject = new SmallRun();
        Assert.Null(new Capture(subject.Shape, SmallRun.Addresses("state[1]")).Sites);
    }

    [Fact]
    public void What_a_run_did_not_compute_is_an_error()
    {
        using var subject = new SmallRun();
        var coda = new Capture(subject.Shape, SmallRun.Addresses("coda[*].mlp"));
        subject.Run.SiteWatch = coda.Sites;
        subject.Run.Run(subject.Settings);
        Assert.Contains("14 rows of coda[*].mlp were never computed", Assert.Throws<InvalidOperationException>(coda.RequireWhole).Message);
        subject.Run.SiteWatch = null;
        var states = new Capture(subject.Shape, SmallRun.Addresses("state[*]"));
        subject.Run.Run(subject.Settings with { Limit = 5 }, null, states.Observe);
        Assert.Contains("7 rows of state[*]", Assert.Throws<InvalidOperationException>(states.RequireWhole).Message);
    }

    [Fact]
    public void A_second_run_is_an_error()
    {
        using var subject = new SmallRun();
        var capture = new Capture(subject.Shape, SmallRun.Addresses("core[2].block[0].k"));
        subject.Run.SiteWatch = capture.Sites;
        subject.Go();
        Assert.Contains("core[2].block[0].k came a second time at position 0", Assert.Throws<InvalidOperationException>(() => subject.Go()).Message);
    }

    [Fact]
    public void An_address_that_matches_nothing_is_an_error_before_anything_runs()
    {
        using var subject = new SmallRun();
        Assert.Contains("here they are 1 to 6", Assert.Throws<AddressException>(() =>
            new Capture(subject.Shape, SmallRun.Addresses("state[0]", "core[7].block[0].mlp"))).Message);
        var huge = subject.Shape with { Positions = 40_000, Limit = 100_000 };
        Assert.Contains("fit in one piece", Assert.Throws<AddressException>(() => new Capture(huge, SmallRun.Addresses("core[*].block[*].pattern"))).Message);
    }
}
