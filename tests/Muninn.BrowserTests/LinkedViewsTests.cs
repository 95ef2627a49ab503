using System;
using System.Drawing;
using System.Linq;
using Muninn.Microscope.Figures;
using OpenQA.Selenium;
using Xunit;

namespace Muninn.BrowserTests;

/// <summary>The views beside the heatmap, links into the page, and what can be taken out of it.</summary>
public sealed class LinkedViewsTests(Browser browser) : IClassFixture<Browser>
{
    const int Rows = 6;
    const int Columns = 33;
    static readonly Size _window = new(1200, 1000);
    static readonly System.Collections.Generic.Dictionary<string, object> _dark = new() { ["name"] = "prefers-color-scheme", ["value"] = "dark" };

    /// <summary>Token t says text (t + i) mod 3 until iteration 10 + t, then “end”.</summary>
    static readonly MicroscopePage _page = new()
    {
        Heatmap = new()
        {
            Subtitle = "known numbers",
            RowLabels = [.. Enumerable.Range(0, Rows).Select(row => $"token{row}")],
            Positions = [.. Enumerable.Range(100, Rows)],
            Values = [.. Enumerable.Range(0, Rows * Columns).Select(at => (float)(10 * Math.Pow(0.4 + 0.08 * (at / Columns), at % Columns)))],
            Floor = 1e-9f,
        },
        Findings = ["A finding."],
        Layers =
        [
            new()
            {
                Name = "entropy", Label = "Entropy", ColorTitle = "Entropy, nats", Scale = ColorScale.Linear,
                Values = [.. Enumerable.Range(0, Rows * Columns).Select(at => at % Columns % 4 == 0 ? 3f / (1 + at % Columns) : float.NaN)],
            },
        ],
        Lens = LensOf(),
        Paths = new()
        {
            Iterations = [.. Enumerable.Range(0, Columns)],
            Variance = [0.6, 0.3],
            Classes = [.. Enumerable.Repeat("fixed point", Rows)],
            Scores = [.. Enumerable.Range(0, Rows * Columns).SelectMany(at => Spiral(at / Columns, at % Columns))],
        },
        Spectrum = new() { Points = [.. Enumerable.Range(0, Rows).Select(row => new PageEigenvalue(row, 0.4 + 0.08 * row, 0.5 * row))] },
    };

    static float[] Spiral(int row, int iteration) =>
        [(float)(row + Math.Pow(0.9, iteration) * Math.Cos(iteration)), (float)(Math.Pow(0.9, iteration) * Math.Sin(iteration))];

    static PageLens LensOf()
    {
        int[] iterations = [.. Enumerable.Range(0, 9).Select(i => 4 * i)];
        int cells = iterations.Length * Rows;
        return new()
        {
            Iterations = iterations,
            Top = 2,
            Texts = ["red", "green", "blue", "end"],
            Tokens = [.. Enumerable.Range(0, cells).SelectMany(at => new[] { iterations[at / Rows] >= 10 + at % Rows ? 3 : (at % Rows + at / Rows) % 3, 0 })],
            LogProbabilities = [.. Enumerable.Repeat(new[] { MathF.Log(0.75f), MathF.Log(0.125f) }, cells).SelectMany(pair => pair)],
            Entropy = [.. Enumerable.Repeat(0.5f, cells)],
            Divergence = [.. Enumerable.Repeat(0.25f, cells)],
            Rank = [.. Enumerable.Repeat(0, cells)],
            Commit = [.. Enumerable.Range(0, Rows).Select(row => 10 + row)],
        };
    }

    HeatmapPage Open(string link = "") => HeatmapPage.Open(browser, _page, _window, link);

    [Fact]
    public void All_views_open_without_a_word_on_the_console()
    {
        var page = Open();
        Assert.Equal(["curves", "lens", "paths", "spectrum"], browser.Driver.FindElements(By.CssSelector(".view")).Select(view => view.GetAttribute("id")));
        foreach (string canvas in new[] { "#curves canvas", "#paths canvas", "#spectrum canvas" })
            Assert.True(page.Script<bool>(
                "const c = document.querySelector(arguments[0]); return c.getContext('2d').getImageData(0, 0, c.width, c.height).data.some(v => v > 0)", canvas), canvas);
        Assert.Empty(browser.ConsoleLines());
        Assert.Equal(0, page.Script<int>("return performance.getEntriesByType('resource').length"));
    }

    [Fact]
    public void A_cell_of_the_heatmap_says_what_the_lens_reads_there()
    {
        var page = Open();
        Assert.Contains("Point at a cell", page.Text("lens"));
        page.Hover(1, 5);
        // Iteration 5 was not recorded; 4 was, where token 1 says text (1 + 1) mod 3.
        Assert.Contains("blue", page.Text("tip"));
        Assert.Contains("iteration 4: entropy 0.5 nats, 0.25 nats from the end, the final choice ranks 1; settled from iteration 11 on", page.Text("lens-body"));
        Assert.Contains("75 %", page.Text("lens-body"));
        page.Hover(1, 30);
        Assert.Contains("end", page.Text("tip"));
        Assert.Equal(["0 green", "4 blue", "8 red", "12–32 end"],
            browser.Driver.FindElements(By.CssSelector(".run")).Select(run => run.Text));
        Assert.Equal("12–32 end", browser.Driver.FindElement(By.CssSelector(".run.here")).Text);
        Assert.Contains("token1", page.Script<string>("return document.querySelector('#paths h3').textContent"));
        Assert.Contains("largest 0.48", page.Script<string>("return document.querySelector('#spectrum h3').textContent"));
    }

    [Fact]
    public void Pointing_at_a_curve_points_at_its_token_everywhere()
    {
        var page = Open();
        page.HoverAt("#curves canvas", 0.5, 0.05);
        Assert.Equal("5", page.State("row"));
        Assert.InRange(page.Number("column"), 12, 18);
        page.HoverAt("#curves canvas", 0.5, 0.8);
        Assert.NotEqual("5", page.State("row"));
        page.HoverAt("h1", 0.5, 0.5);
        Assert.Equal(("", ""), page.Cursor);
    }

    [Fact]
    public void A_click_holds_a_cell_and_the_address_tells_it()
    {
        var page = Open();
        page.ClickCell(3, 7);
        page.HoverAt("h1", 0.5, 0.5);
        Assert.Equal(("3", "7"), page.Cursor);
        Assert.False(page.TipIsShown);
        Assert.Equal("#position=103&iteration=7", page.HashWhen(hash => hash.Length > 0));
        page.Press(Keys.Escape);
        Assert.Equal(("", ""), page.Cursor);
        Assert.Equal("", page.HashWhen(hash => hash.Length == 0));
    }

    [Fact]
    public void A_link_opens_the_same_view_again()
    {
        var page = Open();
        page.Press("m");
        page.Press("l");
        page.Focus();
        page.Press(Keys.ArrowDown, Keys.ArrowRight, "+", "+");
        string link = page.HashWhen(hash => hash.Contains("rows=", StringComparison.Ordinal));
        var before = (page.Cursor, page.State("layer"), page.State("scale"), page.State("firstRow"), page.State("lastRow"));
        Assert.Contains("layer=entropy&scale=log&rows=", link);
        var again = Open(link);
        Assert.Equal(before, (again.Cursor, again.State("layer"), again.State("scale"), again.State("firstRow"), again.State("lastRow")));
    }

    [Theory]
    [InlineData("#position=5&iteration=3")]
    [InlineData("#position=100&iteration=99")]
    [InlineData("#position=-1&iteration=x&layer=nothing&scale=cubic&rows=9-2&columns=0-900")]
    [InlineData("#%ff%00&&==")]
    public void A_link_to_what_does_not_exist_opens_the_page(string link)
    {
        var page = Open(link);
        Assert.Equal(("", ""), page.Cursor);
        Assert.Equal(("distance", "log", "0"), (page.State("layer"), page.State("scale"), page.State("firstRow")));
        Assert.DoesNotContain(browser.ConsoleLines(), line => line.Contains("Error", StringComparison.Ordinal));
    }

    [Fact]
    public void Another_measure_is_shown_with_its_gaps()
    {
        var page = Open();
        browser.Driver.FindElement(By.CssSelector("#layers button[value=entropy]")).Click();
        page.Settle();
        Assert.Equal(("entropy", "linear"), (page.State("layer"), page.State("scale")));
        page.Hover(0, 4);
        Assert.Equal("0.6", page.Text("tip-distance"));
        page.Hover(0, 5);
        Assert.Contains("not recorded", page.Text("tip"));
        Assert.Equal("", page.Text("legend"));
        page.Press("m");
        Assert.Equal("distance", page.State("layer"));
    }

    [Fact]
    public void Pictures_and_tables_can_be_taken_along()
    {
        var page = Open();
        page.Script<bool>(
            """
            window.taken = [];
            const made = URL.createObjectURL;
            URL.createObjectURL = blob => { blob.arrayBuffer().then(bytes => window.taken.push([blob.type, bytes])); return made(blob); };
            HTMLAnchorElement.prototype.click = function () { window.name = this.download; };
            return true;
            """);
        page.Click("table");
        Assert.Equal("latent-state-convergence-s-s-distance.csv", page.Script<string>("return window.name"));
        HeatmapPage.Until(() => page.Script<int>("return window.taken.length") > 0);
        string[] lines = page.Script<string>("return new TextDecoder().decode(window.taken[0][1])").TrimEnd('\n').Split('\n');
        Assert.Equal(Rows + 1, lines.Length);
        Assert.StartsWith("position,token,iteration_0,iteration_1", lines[0], StringComparison.Ordinal);
        Assert.Equal(_page.Heatmap.Values[Columns + 1], float.Parse(lines[2].Split(',')[3], System.Globalization.CultureInfo.InvariantCulture));
        page.Click("picture");
        HeatmapPage.Until(() => page.Script<int>("return window.taken.length") > 1);
        Assert.Equal("image/png", page.Script<string>("return window.taken[1][0]"));
        Assert.True(page.Script<int>("return new DataView(window.taken[1][1]).getUint32(16)") > 1500);
        Assert.Empty(browser.ConsoleLines());
    }

    [Fact]
    public void Dark_mode_repaints_every_view()
    {
        var page = Open("#position=102&iteration=5");
        const string Ink = "const c = document.querySelector('#curves canvas'); return [...c.getContext('2d').getImageData(0, 0, c.width, c.height).data].reduce((a, b) => a + b, 0).toString()";
        string light = page.Script<string>(Ink);
        browser.Driver.ExecuteCdpCommand("Emulation.setEmulatedMedia", new() { ["features"] = new object[] { _dark } });
        try
        {
            page.Settle();
            page.Settle();
            Assert.NotEqual(light, page.Script<string>(Ink));
            // Chromium remarks on being asked for pixels twice; that was the test.
            Assert.DoesNotContain(browser.ConsoleLines(), line => !line.Contains("readback", StringComparison.Ordinal));
        }
        finally
        {
            browser.Driver.ExecuteCdpCommand("Emulation.setEmulatedMedia", new() { ["features"] = Array.Empty<object>() });
        }
    }
}
