using System;
using System.Drawing;
using System.Linq;
using Muninn.Microscope.Figures;
using Muninn.Microscope.Pictures;
using OpenQA.Selenium;
using Xunit;

namespace Muninn.BrowserTests;

public sealed class HeatmapPageTests(Browser browser) : IClassFixture<Browser>
{
    static readonly Size _window = new(1100, 800);

    /// <summary>Row t starts at 10 and shrinks by its own factor: value (t, i) = 10 · (0.5 + 0.02 t)ⁱ, never below the floor by chance.</summary>
    static Heatmap Decay(int rows, int columns) => new()
    {
        Subtitle = "a decay that is known",
        RowLabels = [.. Enumerable.Range(0, rows).Select(row => $"token{row}")],
        Values = [.. Enumerable.Range(0, rows * columns).Select(at => (float)(10 * Math.Pow(0.5 + 0.02 * (at / columns % 20), at % columns)))],
        Floor = 1e-5f,
    };

    HeatmapPage Open(Heatmap heatmap, params string[] findings) => HeatmapPage.Open(browser, heatmap, findings, _window);

    [Fact]
    public void The_page_opens_from_a_file_without_a_word_on_the_console()
    {
        var page = Open(Decay(20, 65), "First finding.", "Second finding.");
        Assert.Equal("Latent State Convergence ‖s − s*‖", browser.Driver.Title);
        Assert.Equal(["First finding.", "Second finding."], browser.Driver.FindElements(By.CssSelector("#findings li")).Select(item => item.Text));
        page.Hover(3, 5);
        page.Press("l");
        Assert.Empty(browser.ConsoleLines());
        Assert.Equal(0, page.Script<int>("return performance.getEntriesByType('resource').length"));
    }

    [Fact]
    public void Hovering_tells_token_position_iteration_and_distance()
    {
        var heatmap = Decay(20, 65) with { Positions = [.. Enumerable.Range(100, 20)] };
        var page = Open(heatmap);
        Assert.False(page.TipIsShown);
        page.Hover(0, 3);
        Assert.True(page.TipIsShown);
        Assert.Equal("token0", page.TipToken);
        Assert.Equal(("100", "3"), (page.Text("tip-position"), page.Text("tip-iteration")));
        Assert.Equal(("1.25", "1.25", "12.5 %"), (page.Text("tip-distance"), page.Text("tip-exact"), page.Text("tip-share")));
        page.Hover(4, 2);
        Assert.Equal(("token4", "2"), (page.TipToken, page.Text("tip-iteration")));
        Assert.Equal(heatmap.Values[4 * 65 + 2], float.Parse(page.Text("tip-exact"), System.Globalization.CultureInfo.InvariantCulture));
        page.HoverLabels();
        Assert.False(page.TipIsShown);
    }

    [Fact]
    public void Cells_have_the_colours_of_the_figure()
    {
        var heatmap = Decay(6, 30);
        var page = Open(heatmap);
        var log = heatmap.Range;
        foreach (var (row, column) in new[] { (0, 0), (2, 4), (5, 9), (5, 20) })
            Assert.Equal(CellColors.Of(CellKind.Value, log.FractionOf(heatmap.Values[row * 30 + column])).Hex, page.ColorAt(row, column));
        page.Press("l");
        var linear = (heatmap with { Scale = ColorScale.Linear }).Range;
        foreach (var (row, column) in new[] { (0, 0), (2, 1), (5, 2) })
            Assert.Equal(Viridis.At(linear.FractionOf(heatmap.Values[row * 30 + column])).Hex, page.ColorAt(row, column));
    }

    [Fact]
    public void The_keyboard_moves_a_cursor_that_is_announced()
    {
        var page = Open(Decay(20, 65));
        page.Focus();
        page.Press(Keys.ArrowRight);
        Assert.Equal(("0", "0"), page.Cursor);
        page.Press(Keys.ArrowRight, Keys.ArrowRight, Keys.ArrowDown);
        Assert.Equal(("1", "2"), page.Cursor);
        Assert.Equal("token1, position 1, iteration 2: distance 2.7", page.Announcement);
        Assert.Equal("token1", page.TipToken);
        page.Press(Keys.End);
        Assert.Equal(("1", "64"), page.Cursor);
        Assert.Contains("below the rounding floor", page.Announcement);
        page.Press(Keys.ArrowRight, Keys.Home, Keys.ArrowLeft, Keys.ArrowUp, Keys.ArrowUp);
        Assert.Equal(("0", "0"), page.Cursor);
        page.PressWithControl(Keys.End);
        Assert.Equal(("19", "0"), page.Cursor);
        page.PressWithControl(Keys.Home);
        Assert.Equal(("0", "0"), page.Cursor);
        page.Press(Keys.Escape);
        Assert.Equal(("", ""), page.Cursor);
        Assert.False(page.TipIsShown);
    }

    [Fact]
    public void Logarithmic_and_linear_change_by_key_and_by_button()
    {
        var page = Open(Decay(8, 30));
        Assert.Equal("log", page.State("scale"));
        page.Press("l");
        Assert.Equal("linear", page.State("scale"));
        Assert.Equal("true", browser.Driver.FindElement(By.Id("linear")).GetAttribute("aria-pressed"));
        page.Click("log");
        Assert.Equal("log", page.State("scale"));
        Assert.Equal("false", browser.Driver.FindElement(By.Id("linear")).GetAttribute("aria-pressed"));
        Assert.Equal("linear", Open(Decay(8, 30) with { Scale = ColorScale.Linear }).State("scale"));
    }

    [Fact]
    public void Zoom_by_keys_buttons_wheel_and_drag_and_back()
    {
        var page = Open(Decay(20, 65));
        double width = page.Number("cellWidth"), height = page.Number("rowHeight");
        page.Press("+");
        Assert.Equal(1.25 * width, page.Number("cellWidth"), 0.01);
        Assert.Equal(1.25 * height, page.Number("rowHeight"), 0.01);
        page.Press("-");
        Assert.Equal(width, page.Number("cellWidth"), 0.01);
        page.Click("in");
        Assert.Equal(1.25 * width, page.Number("cellWidth"), 0.01);
        page.Press("0");
        Assert.Equal(width, page.Number("cellWidth"), 0.01);
        page.WheelWithControl(-300);
        Assert.True(page.Number("cellWidth") > 1.5 * width);
        page.Click("reset");
        page.Drag((4, 10), (12, 30));
        Assert.InRange(page.Number("cellWidth"), 2.9 * width, 3.6 * width);
        Assert.Equal("4", page.State("firstRow"));
        page.DoubleClick();
        Assert.Equal((width, height), (page.Number("cellWidth"), page.Number("rowHeight")));
    }

    [Fact]
    public void Four_thousand_tokens_scroll_and_every_one_can_be_reached()
    {
        var page = Open(Decay(4096, 129));
        Assert.Equal("0", page.State("firstRow"));
        Assert.InRange(page.Number("lastRow"), 20, 80);
        page.Focus();
        page.Press(Keys.PageDown);
        Assert.True(page.ScrollTop > 300);
        page.Press(Keys.ArrowRight);
        page.PressWithControl(Keys.End);
        Assert.Equal(("4095", page.State("column")), page.Cursor);
        Assert.Equal("4095", page.State("lastRow"));
        Assert.Equal("token4095", page.TipToken);
        page.Press(Keys.PageUp);
        Assert.InRange(page.Number("row"), 3990, 4080);
        page.PressWithControl(Keys.Home);
        Assert.Equal(0, page.ScrollTop);
        for (int i = 0; i < 30; i++)
            page.Press("-");
        Assert.Equal(("0", "4095"), (page.State("firstRow"), page.State("lastRow")));
        Assert.Empty(browser.ConsoleLines());
    }

    [Fact]
    public void Hostile_token_texts_are_only_text()
    {
        string[] labels = ["</script><script>document.title='broken'</script>", "{{data}}", "<img src=x onerror=alert(1)>", "\u0000\u2028", "日本", "\ud83d\ude00"];
        var heatmap = Decay(6, 20) with { RowLabels = labels, Title = "<b>&\"' {{subtitle}}", Subtitle = "</title>" };
        var page = Open(heatmap, "<script>document.title='broken'</script>");
        Assert.Equal("<b>&\"' {{subtitle}}", browser.Driver.Title);
        Assert.Equal("<b>&\"' {{subtitle}}", browser.Driver.FindElement(By.TagName("h1")).Text);
        Assert.Equal("<script>document.title='broken'</script>", browser.Driver.FindElement(By.CssSelector("#findings li")).Text);
        foreach (int row in new[] { 0, 1, 2, 4, 5 })
        {
            page.Hover(row, 2);
            Assert.Equal(labels[row], page.TipToken);
        }

        Assert.Empty(browser.ConsoleLines());
    }

    [Fact]
    public void States_that_diverge_and_states_at_rest_are_told_apart()
    {
        var heatmap = Decay(3, 20);
        heatmap.Values[25] = float.NaN;
        heatmap.Values[26] = float.PositiveInfinity;
        heatmap.Values[45] = 0;
        var page = Open(heatmap);
        string legend = page.Text("legend");
        Assert.Contains("not a finite number", legend);
        Assert.Contains("below the rounding floor 10⁻⁵", legend);
        Assert.Equal(CellColors.NotFinite.Hex, page.ColorAt(1, 5));
        page.Hover(1, 5);
        Assert.Equal("not a number", page.Text("tip-distance"));
        page.Hover(1, 6);
        Assert.Equal("infinite", page.Text("tip-distance"));
        page.Hover(2, 5);
        Assert.Equal("0", page.Text("tip-distance"));
        Assert.Contains("below the rounding floor", page.Text("tip"));
    }

    [Fact]
    public void A_legend_stands_only_where_it_is_needed() => Assert.Equal("", Open(Decay(3, 10)).Text("legend"));

    [Theory]
    [InlineData(1, 65)]
    [InlineData(20, 1)]
    [InlineData(1, 1)]
    [InlineData(2, 1000)]
    public void Odd_shapes_are_drawn_and_answer(int rows, int columns)
    {
        var page = Open(Decay(rows, columns));
        page.Hover(rows - 1, Math.Min(columns - 1, 40));
        Assert.Equal($"token{rows - 1}", page.TipToken);
        page.Press("+", "+", "-", "0", "l");
        Assert.Empty(browser.ConsoleLines());
    }

    [Fact]
    public void A_picture_that_fits_has_no_bars_for_scrolling()
    {
        foreach (var (rows, columns) in new[] { (20, 65), (20, 1), (1, 1), (3, 129) })
        {
            var page = Open(Decay(rows, columns));
            Assert.True(page.Script<bool>(
                "const s = document.getElementById('scroller'); return s.clientWidth === s.offsetWidth && s.clientHeight === s.offsetHeight && s.scrollWidth <= s.clientWidth && s.scrollHeight <= s.clientHeight"));
        }
    }

    [Fact]
    public void A_window_of_another_size_keeps_zoom_and_place()
    {
        var page = Open(Decay(500, 65));
        page.Press("+", "+", "+");
        page.Script<bool>("const s = document.getElementById('scroller'); s.scrollTop = 4000; s.scrollLeft = 200; return true");
        page.Settle();
        string row = page.State("firstRow");
        double width = page.Number("cellWidth");
        browser.Driver.Manage().Window.Size = new Size(1000, 700);
        page.Settle();
        page.Settle();
        Assert.Equal((row, width), (page.State("firstRow"), page.Number("cellWidth")));
        Assert.Equal(200, page.Script<double>("return document.getElementById('scroller').scrollLeft"), 1.0);
    }

    [Fact]
    public void The_numbers_can_be_read_as_a_table()
    {
        var page = Open(Decay(5, 65));
        browser.Driver.FindElement(By.CssSelector("#numbers summary")).Click();
        page.Settle();
        Assert.Equal(["position", "token", "0", "10", "20", "30", "40", "50", "60", "64"],
            browser.Driver.FindElements(By.CssSelector("#numbers thead th")).Select(cell => cell.Text));
        Assert.Equal(5, browser.Driver.FindElements(By.CssSelector("#numbers tbody tr")).Count);
        Assert.Equal("10", browser.Driver.FindElement(By.CssSelector("#numbers tbody td:nth-child(3)")).Text);
    }

    [Fact]
    public void A_small_window_keeps_the_picture_inside()
    {
        var page = HeatmapPage.Open(browser, Decay(12, 65), [], new Size(520, 900));
        Assert.True(page.Script<bool>("return document.documentElement.scrollWidth <= window.innerWidth"));
        page.Hover(2, 2);
        Assert.Equal("token2", page.TipToken);
    }
}
