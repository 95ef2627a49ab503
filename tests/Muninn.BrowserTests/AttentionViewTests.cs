using System;
using System.Drawing;
using System.Linq;
using Muninn.Microscope.Figures;
using OpenQA.Selenium;
using Xunit;

namespace Muninn.BrowserTests;

/// <summary>Where tokens look, what is known of each, and what of it is certified: views that a recording with all sections fills.</summary>
public sealed class AttentionViewTests(Browser browser) : IClassFixture<Browser>
{
    const int Rows = 4;
    const int Columns = 17;
    static readonly Size _window = new(1200, 1000);
    static readonly int[] _iterations = [1, 4, 16];

    /// <summary>In iteration i token t gives itself the weight 1 / i and the first one the rest; rows are the tokens 0, 1, 3 and 5 of six.</summary>
    static readonly int[] _positions = [0, 1, 3, 5];

    static readonly MicroscopePage _page = new()
    {
        Heatmap = new()
        {
            Subtitle = "known numbers",
            RowLabels = [.. _positions.Select(position => $"token{position}")],
            Positions = _positions,
            Values = [.. Enumerable.Range(0, Rows * Columns).Select(at => (float)(10 * Math.Pow(0.5 + 0.1 * (at / Columns), at % Columns)))],
        },
        Spectrum = new() { Points = [.. Enumerable.Range(0, Rows).Select(row => new PageEigenvalue(row, 0.4 + 0.1 * row, 0.5 * row, row != 2))] },
        Facts =
        [
            new("class", ["fixed point, q 0.009", "orbit, q 0.001", "", "drift, q 0.004"], IsBrief: true),
            new("half-life", ["0.5 iterations", "", "3 iterations", ""]),
        ],
        Patterns = new()
        {
            Title = "Weights of a core",
            Iterations = _iterations,
            Labels = [.. Enumerable.Range(0, 6).Select(t => $"token{t}")],
            Positions = _positions,
            Weights = [.. _iterations.SelectMany(i => _positions.SelectMany(t => Enumerable.Range(0, 6).Select(u => WeightOf(i, t, u))))],
        },
    };

    static float WeightOf(int iteration, int t, int u) => u > t ? float.NaN : u == t ? (t == 0 ? 1 : 1f / iteration) : u == 0 ? 1 - 1f / iteration : 0;

    HeatmapPage Open(string link = "") => HeatmapPage.Open(browser, _page, _window, link);

    string Data(string name) => browser.Driver.FindElement(By.CssSelector("#attention canvas")).GetAttribute("data-" + name) ?? "";

    string Heading(HeatmapPage page, string view) => page.Script<string>("return document.querySelector(arguments[0]).textContent", $"#{view} h3");

    [Fact]
    public void The_views_open_without_a_word_on_the_console()
    {
        var page = Open();
        Assert.Equal(["curves", "spectrum", "attention", "facts"], browser.Driver.FindElements(By.CssSelector(".view")).Select(view => view.GetAttribute("id")));
        Assert.Equal(("map", "16", ""), (Data("mode"), Data("iteration"), Data("against")));
        Assert.Equal("Attention in iteration 16", Heading(page, "attention"));
        Assert.Contains("Point at a token", page.Text("attention-line"));
        Assert.Contains("rounded to a byte: one of 1 by up to 0.0039", page.Text("attention"));
        Assert.Contains("Crosses: residuals too large", page.Text("spectrum"));
        Assert.Empty(browser.ConsoleLines());
    }

    [Fact]
    public void The_map_follows_the_iteration_that_is_looked_at()
    {
        var page = Open();
        page.Hover(2, 6);
        Assert.Equal("4", Data("iteration"));
        Assert.Equal("Attention in iteration 4, the nearest recorded before 6", Heading(page, "attention"));
        Assert.Equal("“token3” → “token0” (0) 0.75, “token3” (3) 0.25, “token1” (1) 0", page.Text("attention-line"));
        page.Hover(2, 0);
        Assert.Equal("Attention in iteration 1, the first that was recorded", Heading(page, "attention"));
        page.Hover(2, 16);
        Assert.Equal("Attention in iteration 16", Heading(page, "attention"));
    }

    [Fact]
    public void Pointing_at_the_map_tells_who_looks_at_whom()
    {
        var page = Open("#position=1&iteration=4");
        // Six columns and four rows of squares, 40 pixels at most, in the middle of the canvas.
        var size = browser.Driver.FindElement(By.CssSelector("#attention canvas")).Size;
        page.HoverAt("#attention canvas", 0.5 + 2.5 * 40 / size.Width, 0.5 + 1.5 * 40 / size.Height);
        Assert.Equal(("3", "4"), page.Cursor);
        Assert.Equal("“token5” → “token5” (5) 0.25", page.Text("attention-line"));
        page.HoverAt("#attention canvas", 0.5 - 2.5 * 40 / size.Width, 0.5 + 1.5 * 40 / size.Height);
        Assert.Equal("“token5” → “token0” (0) 0.75", page.Text("attention-line"));
        // Behind the token there is nothing to point at: what is held comes back.
        page.HoverAt("#attention canvas", 0.5 + 2.5 * 40 / size.Width, 0.5 - 0.5 * 40 / size.Height);
        Assert.Equal(("1", "4"), page.Cursor);
    }

    [Fact]
    public void Keys_turn_to_one_token_and_to_differences_and_the_address_tells_it()
    {
        var page = Open();
        page.ClickCell(3, 16);
        page.Press("a");
        Assert.Equal("row", Data("mode"));
        page.Press("d", "d");
        Assert.Equal(("row", "16", "4"), (Data("mode"), Data("iteration"), Data("against")));
        Assert.Equal("Attention in iteration 16 minus iteration 4", Heading(page, "attention"));
        // 1/16 − 1/4 on itself, the opposite on the first.
        Assert.Contains("“token0” (0) 0.19, “token5” (5) −0.19", page.Text("attention-line"));
        string link = page.HashWhen(hash => hash.Contains("minus=4", StringComparison.Ordinal));
        Assert.Equal("#position=5&iteration=16&attention=row&minus=4", link);
        page = Open(link);
        Assert.Equal(("row", "16", "4"), (Data("mode"), Data("iteration"), Data("against")));
        Assert.Equal("true", browser.Driver.FindElement(By.Id("attention-row")).GetAttribute("aria-pressed"));
        page.Press("d", "d", "A");
        Assert.Equal(("map", ""), (Data("mode"), Data("against")));
        page.Click("attention-row");
        Assert.Equal("row", Data("mode"));
        Open("#attention=row&minus=3");
        Assert.Equal(("row", ""), (Data("mode"), Data("against")));
        Assert.Empty(browser.ConsoleLines());
    }

    [Fact]
    public void What_is_known_of_a_token_stands_beside_its_cells()
    {
        var page = Open();
        page.Hover(1, 3);
        Assert.Equal("orbit, q 0.001", page.Text("tip-class"));
        Assert.DoesNotContain("half-life", page.Text("tip"));
        Assert.Contains("orbit, q 0.001", page.Text("facts"));
        page.Hover(2, 3);
        Assert.DoesNotContain("class", page.Text("tip"));
        Assert.StartsWith("What is known of “token3”\nhalf-life\n3 iterations\n", page.Text("facts").ReplaceLineEndings("\n"), StringComparison.Ordinal);
        Assert.Contains("largest 0.6, not certified", Heading(page, "spectrum"));
    }
}
