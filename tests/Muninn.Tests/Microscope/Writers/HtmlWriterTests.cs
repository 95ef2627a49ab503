using System;
using System.Buffers.Binary;
using System.IO;
using System.Linq;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Muninn.Microscope.Figures;
using Muninn.Microscope.Pictures;
using Muninn.Microscope.Writers;
using Xunit;

namespace Muninn.Tests.Microscope.Writers;

/// <summary>What the file says; what a browser makes of it is tested in Muninn.BrowserTests.</summary>
public sealed class HtmlWriterTests
{
    static readonly Heatmap _heatmap = new()
    {
        Subtitle = "two tokens",
        RowLabels = ["a", "b"],
        Values = [4, 2, 1e-7f, 3, float.NaN, 0],
        Floor = 1e-5f,
    };

    static string Write(Heatmap heatmap, params string[] findings)
    {
        using var stream = new MemoryStream();
        HtmlWriter.Write(heatmap, findings, stream);
        Assert.True(stream.CanWrite);
        return new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(stream.ToArray());
    }

    static JsonElement Data(string page)
    {
        const string Start = "<script type=\"application/json\" id=\"data\">";
        int from = page.IndexOf(Start, StringComparison.Ordinal) + Start.Length;
        return JsonDocument.Parse(page[from..page.IndexOf("</script>", from, StringComparison.Ordinal)]).RootElement;
    }

    [Fact]
    public void The_values_stand_in_the_page_bit_by_bit()
    {
        byte[] bytes = Data(Write(_heatmap)).GetProperty("values").GetBytesFromBase64();
        Assert.Equal(
            _heatmap.Values.Select(BitConverter.SingleToInt32Bits),
            Enumerable.Range(0, bytes.Length / 4).Select(i => BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(4 * i))));
    }

    [Fact]
    public void Both_scales_and_the_palette_are_those_of_the_figures()
    {
        var data = Data(Write(_heatmap));
        Assert.Equal((2, 3, "log"), (data.GetProperty("rows").GetInt32(), data.GetProperty("columns").GetInt32(), data.GetProperty("scale").GetString()));
        foreach (var (name, scale, title) in new[] { ("log", ColorScale.Logarithmic, "Log Distance"), ("linear", ColorScale.Linear, "Distance") })
        {
            var range = ColorRange.Of(_heatmap.Values, scale, _heatmap.Floor);
            var written = data.GetProperty("scales").GetProperty(name);
            Assert.Equal((range.Low, range.High), (written.GetProperty("low").GetDouble(), written.GetProperty("high").GetDouble()));
            Assert.Equal(title, written.GetProperty("title").GetString());
            Assert.Equal(range.Ticks().Select(tick => tick.Text), written.GetProperty("ticks").EnumerateArray().Select(tick => tick[1].GetString()));
        }

        string palette = data.GetProperty("palette").GetString() ?? "";
        Assert.Equal(6 * Viridis.Length, palette.Length);
        Assert.Equal(Viridis.At(100).Hex[1..], palette.Substring(600, 6));
    }

    [Fact]
    public void The_same_figure_gives_the_same_bytes() => Assert.Equal(Write(_heatmap, "x"), Write(_heatmap, "x"));

    [Fact]
    public void Nothing_is_loaded_from_anywhere()
    {
        string page = Write(_heatmap);
        Assert.Contains("default-src 'none'", page);
        Assert.DoesNotMatch(new Regex(@"https?:|//[a-z]|@import|url\(|<link|\ssrc=|fetch\(|XMLHttp", RegexOptions.None, TimeSpan.FromSeconds(5)), page);
    }

    [Fact]
    public void Every_place_holder_is_filled() => Assert.DoesNotContain("{{", Write(_heatmap with { RowLabels = ["x", "y"] }, "z"));

    [Fact]
    public void Text_that_looks_like_markup_or_a_place_holder_stays_text()
    {
        const string Hostile = "</script><script>alert('1')</script>{{data}}\"&";
        string page = Write(_heatmap with { Title = Hostile, Subtitle = Hostile, RowLabels = [Hostile, "b"], ColumnTitle = Hostile }, Hostile);
        Assert.DoesNotContain("<script>alert", page);
        Assert.Equal(2, Regex.Count(page, "</script>", RegexOptions.None, TimeSpan.FromSeconds(5)));
        Assert.Equal(Hostile, Data(page).GetProperty("labels")[0].GetString());
        Assert.Contains("<li>&lt;/script&gt;&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;{{data}}&quot;&amp;</li>", page);
    }

    [Fact]
    public void Control_characters_and_broken_surrogates_are_shown_and_do_no_harm()
    {
        string page = Write(_heatmap with { Subtitle = "a\u0000b\u0085c\ud800", RowLabels = ["\ud800", "\u0000"] }, "\u001b[31m");
        Assert.Contains("a\u2400b\ufffdc\ufffd", page);
        Assert.Contains("<li>\u241b[31m</li>", page);
        Assert.Equal("\ufffd", Data(page).GetProperty("labels")[0].GetString());
        Assert.Equal("\0", Data(page).GetProperty("labels")[1].GetString());
    }

    [Fact]
    public void Without_findings_no_heading_stands_alone() => Assert.DoesNotContain("<h2>", Write(_heatmap));

    [Fact]
    public void A_figure_without_rows_is_refused() =>
        Assert.Throws<ArgumentException>(() => Write(_heatmap with { RowLabels = [], Values = [] }));
}
