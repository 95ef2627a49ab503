using System;
using System.Globalization;
using System.IO;
using System.Linq;
using Muninn.Microscope.Figures;
using Muninn.Engine.Files;
using Muninn.Microscope.Writers;
using Muninn.Tests.Microscope.Figures;
using OpenQA.Selenium;
using OpenQA.Selenium.Chrome;
using OpenQA.Selenium.Interactions;
using Xunit;

namespace Muninn.BrowserTests;

/// <summary>The HTML picture in a real Chromium; skipped, with the reason, where there is none.</summary>
public sealed class HeatmapPageTests : IDisposable
{
    const string Browser = "/usr/bin/chromium", Driver = "/usr/bin/chromedriver";

    readonly string _folder = Directory.CreateTempSubdirectory("muninn-browser-").FullName;
    ChromeDriver? _browser;

    [Fact]
    public void Hovering_tells_token_iteration_and_distance()
    {
        var figure = SampleFigures.Typical();
        var page = Open(figure);
        Hover(page, 0.5 / figure.Columns, 0.5 / figure.Rows);
        Assert.Equal($"<|begin_text|>\nposition 0 · iteration 0\ndistance {Precise(figure.Values[0])}", Tip(page));
    }

    [Fact]
    public void Arrow_keys_move_a_cursor_that_is_announced()
    {
        var figure = SampleFigures.Sentence();
        var page = Open(figure);
        Keys(page, OpenQA.Selenium.Keys.ArrowDown, OpenQA.Selenium.Keys.ArrowDown, OpenQA.Selenium.Keys.ArrowRight);
        Assert.StartsWith("␣responses\nposition 1 · iteration 1\n", Tip(page));
        Assert.Contains("iteration 1", page.FindElement(By.Id("live")).GetAttribute("textContent"));
        Keys(page, OpenQA.Selenium.Keys.End);
        Assert.Contains("iteration 64", Tip(page));
    }

    [Fact]
    public void L_and_the_button_switch_between_log_and_linear()
    {
        var page = Open(SampleFigures.Sentence());
        var before = Script(page, "return pixels(picture)");
        Keys(page, "l");
        Assert.Equal("Show logarithmic", page.FindElement(By.Id("scale")).Text);
        Assert.NotEqual(before, Script(page, "return pixels(picture)"));
        page.FindElement(By.Id("scale")).Click();
        Assert.Equal("Show linear", page.FindElement(By.Id("scale")).Text);
        Assert.Equal(before, Script(page, "return pixels(picture)"));
    }

    [Fact]
    public void Keys_zoom_and_0_shows_the_whole_again()
    {
        var page = Open(SampleFigures.Typical());
        Keys(page, "+", "+");
        Assert.True(Convert.ToDouble(Script(page, "return view.w"), CultureInfo.InvariantCulture) < 40);
        Keys(page, "0");
        Assert.Equal(65, Convert.ToDouble(Script(page, "return view.w"), CultureInfo.InvariantCulture));
        new Actions(page).ScrollFromOrigin(new WheelInputDevice.ScrollOrigin { Element = page.FindElement(By.Id("picture")) }, 0, -200).Perform();
        Assert.True(Convert.ToDouble(Script(page, "return view.w"), CultureInfo.InvariantCulture) < 65);
    }

    [Fact]
    public void Long_inputs_scroll_to_their_last_token()
    {
        const int Rows = 4096, Columns = 129;
        var page = Open(new Heatmap
        {
            RowLabels = [.. Enumerable.Range(0, Rows).Select(i => $"t{i}")],
            Values = [.. Enumerable.Range(0, Rows * Columns).Select(i => (float)Math.Pow(10, 2 - i % Columns / 20.0))],
        });
        for (int i = 0; i < 250; i++)
            Script(page, "picture.dispatchEvent(new KeyboardEvent('keydown', { key: 'PageDown' }))");
        Assert.StartsWith("t4095\nposition 4095 · iteration 0\n", Tip(page));
    }

    [Fact]
    public void Hostile_tokens_and_findings_stay_text()
    {
        var page = Open(SampleFigures.HardLabels(), "<img src=x onerror=alert(1)> {{DATA}}");
        Assert.Equal("<img src=x onerror=alert(1)> {{DATA}}", page.FindElement(By.CssSelector("#findings li")).Text);
        Assert.Equal("</script><b>", Script(page, "return labels[5]"));
    }

    [Fact]
    public void Diverged_cells_are_named()
    {
        var page = Open(SampleFigures.Diverged());
        Hover(page, 0.9, 4.5 / 15);
        Assert.EndsWith("distance NaN\nnot a finite number", Tip(page));
    }

    public void Dispose()
    {
        if (_browser is not null)
        {
            // A page that logs an error has failed, whatever else it did.
            var errors = _browser.Manage().Logs.GetLog(LogType.Browser).Where(entry => entry.Level >= LogLevel.Warning).ToArray();
            _browser.Quit();
            _browser.Dispose();
            Directory.Delete(_folder, recursive: true);
            Assert.Empty(errors);
            return;
        }
        Directory.Delete(_folder, recursive: true);
    }

    ChromeDriver Open(Heatmap figure, params string[] findings)
    {
        if (!File.Exists(Browser) || !File.Exists(Driver))
            Assert.Skip($"No {Browser} or {Driver} here: install the packages chromium and chromium-driver to test the HTML picture.");
        string path = Path.Combine(_folder, "page.html");
        FileOutput.Write(path, stream => HtmlWriter.Write(figure, findings, stream));
        var options = new ChromeOptions { BinaryLocation = Browser };
        options.AddArguments("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--window-size=1100,800",
            "--disable-background-networking", "--disable-component-update", "--disable-sync", "--user-data-dir=" + Path.Combine(_folder, "profile"));
        options.SetLoggingPreference(LogType.Browser, LogLevel.All);
        var service = ChromeDriverService.CreateDefaultService(Path.GetDirectoryName(Driver), Path.GetFileName(Driver));
        _browser = new ChromeDriver(service, options);
        _browser.Navigate().GoToUrl(new Uri(path).AbsoluteUri);
        Script(_browser, "window.picture = document.getElementById('picture'); window.pixels = c => c.toDataURL()");
        return _browser;
    }

    static void Hover(ChromeDriver page, double across, double down)
    {
        // From the middle of the canvas to a fraction of the cells.
        var offsets = (System.Collections.ObjectModel.ReadOnlyCollection<object>)Script(page,
            "return [left + width * arguments[0] - picture.clientWidth / 2, top_ + height * arguments[1] - picture.clientHeight / 2]", across, down)!;
        int[] moves = [.. offsets.Select(offset => (int)Math.Round(Convert.ToDouble(offset, CultureInfo.InvariantCulture)))];
        new Actions(page).MoveToElement(page.FindElement(By.Id("picture")), moves[0], moves[1]).Perform();
    }

    static void Keys(ChromeDriver page, params string[] keys)
    {
        foreach (string key in keys)
            page.FindElement(By.Id("picture")).SendKeys(key);
    }

    static object? Script(ChromeDriver page, string script, params object[] arguments) => page.ExecuteScript(script, arguments);

    static string Tip(ChromeDriver page) => page.FindElement(By.Id("tip")).GetAttribute("textContent") ?? "";

    static string Precise(float value) => value.ToString("G6", CultureInfo.InvariantCulture);
}
