using System;
using System.IO;
using System.Linq;
using Muninn.Engine.Recurrence;
using Muninn.Microscope.Figures;
using Muninn.Microscope.Measures.Lenses;
using Muninn.Microscope.Writers;
using Muninn.Tests.Engine.Recurrence;
using Muninn.Tests.Microscope.Measures.Lenses;
using Muninn.Tests.Oracle;
using Xunit;

namespace Muninn.Tests.Microscope.Figures;

public sealed class LensViewTests
{
    static LensTable Table(CoreStep core)
    {
        var meter = new LensMeter([3, 1], ToyReadouts.Noisy(ToyCores.Width, 11), new() { Horizon = 6, TopCount = 2 });
        new RecurrentRun(core, ToyCores.Width, 2).Run(
            RowBatch.ForPrompt(2), Noise.Floats(4, 3), new RunSettings { Limit = 6, Start = InitialState.Given(Noise.Floats(4, 5)) },
            new float[4], new RowEnding[2], null, meter.Observe);
        return meter.ToTable();
    }

    [Fact]
    public void A_page_shows_the_readings_up_to_an_iteration()
    {
        var table = Table(ToyCores.Contractions([0.9f, -0.7f]));
        var page = table.ToPage(token => $"t{token}", 4);
        Assert.Equal([0, 1, 2, 3, 4], page.Iterations);
        Assert.Equal(2, page.Top);
        for (int m = 0; m <= 4; m++)
        {
            for (int t = 0; t < 2; t++)
            {
                Assert.Equal(table.TopTokens(m, t).ToArray().Select(token => $"t{token}"), page.Tokens.Skip((m * 2 + t) * 2).Take(2).Select(place => page.Texts[place]));
                Assert.Equal(table.Divergence[m * 2 + t], page.Divergence[m * 2 + t]);
                Assert.Equal(table.Rank[m * 2 + t] - 1, page.Rank[m * 2 + t]);
            }
        }

        Assert.Equal(page.Texts.Count, page.Texts.Distinct().Count());
        Assert.Equal(table.Commit, page.Commit.Select(commit => (int?)commit));
    }

    [Fact]
    public void A_page_takes_what_is_no_number()
    {
        var page = Table(ToyCores.NotANumberBomb).ToPage(token => token == LensTable.NoToken ? "NaN" : $"t{token}", 6);
        Assert.Equal("NaN", page.Texts[page.Tokens[(6 * 2 + 1) * 2]]);
        Assert.Equal(-1, page.Commit[1]);
        var heatmap = new Heatmap { Subtitle = "", RowLabels = ["a", "b"], Values = [.. Noise.Floats(14, 1).Select(Math.Abs)] };
        using var stream = new MemoryStream();
        HtmlWriter.Write(new MicroscopePage { Heatmap = heatmap, Lens = page }, stream);
        Assert.True(stream.Length > 0);
    }

    [Fact]
    public void A_page_without_a_reading_is_refused()
    {
        var table = Table(ToyCores.Contractions([0.9f, -0.7f]));
        Assert.Contains("none after -1", Assert.Throws<ArgumentException>(() => table.ToPage(token => "", -1)).Message);
    }
}
