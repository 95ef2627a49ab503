using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Drawing;
using System.Globalization;
using System.IO;
using System.Threading;
using Muninn.Microscope.Figures;
using Muninn.Microscope.Writers;
using OpenQA.Selenium;
using OpenQA.Selenium.Interactions;

namespace Muninn.BrowserTests;

/// <summary>A heatmap opened from its file in a browser, and what a reader can do with it.</summary>
sealed class HeatmapPage
{
    readonly IWebDriver _driver;

    HeatmapPage(IWebDriver driver) => _driver = driver;

    public static HeatmapPage Open(Browser browser, Heatmap heatmap, IReadOnlyList<string> findings, Size window) =>
        Open(browser, new MicroscopePage { Heatmap = heatmap, Findings = findings }, window);

    public static HeatmapPage Open(Browser browser, MicroscopePage content, Size window, string link = "")
    {
        var driver = browser.Driver;
        string path = browser.File("page.html");
        using (var stream = File.Create(path))
            HtmlWriter.Write(content, stream);
        driver.Manage().Window.Size = window;
        // What an earlier page wrote is not this one's.
        browser.ConsoleLines();
        // A link into the page that is already open would not load it again.
        driver.Navigate().GoToUrl("about:blank");
        driver.Navigate().GoToUrl(new Uri(path).AbsoluteUri + link);
        var page = new HeatmapPage(driver);
        page.Settle();
        return page;
    }

    IWebElement Scroller => _driver.FindElement(By.Id("scroller"));

    public bool TipIsShown => _driver.FindElement(By.Id("tip")).Displayed;

    public string Text(string id) => _driver.FindElement(By.Id(id)).Text;

    public string TipToken => _driver.FindElement(By.CssSelector("#tip .token")).Text;

    public string Announcement => Script<string>("return document.getElementById('live').textContent");

    public string State(string name) => Script<string>("return document.getElementById('scroller').dataset[arguments[0]]", name);

    public double Number(string name) => double.Parse(State(name), CultureInfo.InvariantCulture);

    public double ScrollTop => Script<double>("return document.getElementById('scroller').scrollTop");

    public (string Row, string Column) Cursor => (State("row"), State("column"));

    public T Script<T>(string script, params object[] arguments)
    {
        object? result = ((IJavaScriptExecutor)_driver).ExecuteScript(script, arguments);
        return result is T same ? same : (T)Convert.ChangeType(result!, typeof(T), CultureInfo.InvariantCulture);
    }

    /// <summary>Two frames later everything that was asked for is drawn.</summary>
    public void Settle() => ((IJavaScriptExecutor)_driver).ExecuteAsyncScript(
        "const done = arguments[0]; requestAnimationFrame(() => requestAnimationFrame(() => done()))");

    /// <summary>Waits until something is so, ten seconds at most; whoever asks then sees what it is instead.</summary>
    public static void Until(Func<bool> isSo)
    {
        var clock = Stopwatch.StartNew();
        while (!isSo() && clock.Elapsed < TimeSpan.FromSeconds(10))
            Thread.Sleep(5);
    }

    public void Press(params string[] keys)
    {
        foreach (string key in keys)
            new Actions(_driver).SendKeys(key).Perform();
        Settle();
    }

    public void PressWithControl(string key)
    {
        new Actions(_driver).KeyDown(Keys.Control).SendKeys(key).KeyUp(Keys.Control).Perform();
        Settle();
    }

    public void Click(string id)
    {
        _driver.FindElement(By.Id(id)).Click();
        Settle();
    }

    public void Focus() => Script<bool>("document.getElementById('scroller').focus(); return true");

    public void Hover(int row, int column)
    {
        var (x, y) = Middle(row, column);
        Pointer().MoveToElement(Scroller, x, y).Perform();
        Settle();
    }

    /// <summary>Points at a place of an element, as shares of its width and height.</summary>
    public void HoverAt(string selector, double x, double y)
    {
        var element = _driver.FindElement(By.CssSelector(selector));
        Script<bool>("document.querySelector(arguments[0]).scrollIntoView({ block: 'center' }); return true", selector);
        var size = element.Size;
        Pointer().MoveToElement(element, (int)(size.Width * (x - 0.5)), (int)(size.Height * (y - 0.5))).Perform();
        Settle();
    }

    public void ClickCell(int row, int column)
    {
        var (x, y) = Middle(row, column);
        Pointer().MoveToElement(Scroller, x, y).Click().Perform();
        Settle();
    }

    public string Hash => Script<string>("return location.hash");

    /// <summary>The address, once it is this; the page writes it a moment after the last change.</summary>
    public string HashWhen(Func<string, bool> isSo)
    {
        Until(() => isSo(Hash));
        return Hash;
    }

    public void HoverLabels()
    {
        var size = Scroller.Size;
        Pointer().MoveToElement(Scroller, 5 - size.Width / 2, 20 - size.Height / 2).Perform();
        Settle();
    }

    public void Drag((int Row, int Column) from, (int Row, int Column) to)
    {
        var (x, y) = Middle(from.Row, from.Column);
        var (endX, endY) = Middle(to.Row, to.Column);
        Pointer().MoveToElement(Scroller, x, y).ClickAndHold().MoveByOffset((endX - x) / 2, (endY - y) / 2)
            .MoveByOffset(endX - x - (endX - x) / 2, endY - y - (endY - y) / 2).Release().Perform();
        Settle();
    }

    public void DoubleClick()
    {
        Pointer().MoveToElement(Scroller).DoubleClick().Perform();
        Settle();
    }

    public void WheelWithControl(int deltaY)
    {
        Script<bool>(
            """
            const box = document.getElementById('scroller').getBoundingClientRect();
            document.getElementById('scroller').dispatchEvent(new WheelEvent('wheel',
              { deltaY: arguments[0], ctrlKey: true, clientX: box.left + box.width / 2, clientY: box.top + 60, bubbles: true, cancelable: true }));
            return true;
            """, deltaY);
        Settle();
    }

    /// <summary>The colour in the middle of a cell, as #rrggbb.</summary>
    public string ColorAt(int row, int column)
    {
        var size = Scroller.Size;
        var (x, y) = Middle(row, column);
        return Script<string>(
            """
            const p = document.getElementById('cells').getContext('2d').getImageData(arguments[0], arguments[1], 1, 1).data;
            return '#' + [...p.slice(0, 3)].map(v => v.toString(16).padStart(2, '0')).join('');
            """, x + size.Width / 2, y + size.Height / 2);
    }

    /// <summary>Middle of a cell from the middle of the scroller, in CSS pixels.</summary>
    (int X, int Y) Middle(int row, int column)
    {
        var size = Scroller.Size;
        double left = Script<double>("return document.getElementById('scroller').scrollLeft");
        double x = Number("gutter") + (column + 0.5) * Number("cellWidth") - left;
        double y = Number("top") + (row + 0.5) * Number("rowHeight") - ScrollTop;
        return ((int)x - size.Width / 2, (int)y - size.Height / 2);
    }

    Actions Pointer() => new(_driver);
}
