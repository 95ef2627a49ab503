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
        HtmlWriter.Write(new MicroscopePage { Heatmap = heatmap, Findings = findings }, stream);
        Assert.True(stream.CanWrite);
        return new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(stream.ToArray());
    }

    static JsonElement Distance(string page) => Data(page).GetProperty("layers")[0];

    static JsonElement Data(string page)
    {
        const string Start = "<script type=\"application/json\" id=\"data\">";
        int from = page.IndexOf(Start, StringComparison.Ordinal) + Start.Length;
        return JsonDocument.Parse(page[from..page.IndexOf("</script>", from, StringComparison.Ordinal)]).RootElement;
    }

    [Fact]
    public void The_values_stand_in_the_page_bit_by_bit()
    {
        byte[] bytes = Distance(Write(_heatmap)).GetProperty("values").GetBytesFromBase64();
        Assert.Equal(
            _heatmap.Values.Select(BitConverter.SingleToInt32Bits),
            Enumerable.Range(0, bytes.Length / 4).Select(i => BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(4 * i))));
    }

    [Fact]
    public void Both_scales_and_the_palette_are_those_of_the_figures()
    {
        var data = Data(Write(_heatmap));
        var layer = data.GetProperty("layers")[0];
        Assert.Equal((2, 3, "log"), (data.GetProperty("rows").GetInt32(), data.GetProperty("columns").GetInt32(), layer.GetProperty("scale").GetString()));
        foreach (var (name, scale, title) in new[] { ("log", ColorScale.Logarithmic, "Log Distance"), ("linear", ColorScale.Linear, "Distance") })
        {
            var range = ColorRange.Of(_heatmap.Values, scale, _heatmap.Floor);
            var written = layer.GetProperty("scales").GetProperty(name);
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

    static readonly MicroscopePage _page = new()
    {
        Heatmap = _heatmap,
        Layers = [new() { Name = "entropy", Label = "Entropy", ColorTitle = "Entropy, nats", Values = [1, 2, 3, float.NaN, 5, 6], Scale = ColorScale.Linear }],
        Lens = new()
        {
            Iterations = [0, 2],
            Top = 1,
            Texts = ["x", "y"],
            Tokens = [0, 1, 1, 1],
            LogProbabilities = [-1, -2, -3, -4],
            Entropy = [1, 2, 3, 4],
            Divergence = [5, 6, 7, 0],
            Rank = [1, 0, 0, 0],
            Commit = [2, 0],
        },
        Paths = new() { Iterations = [0, 2], Variance = [0.5, 0.25], Scores = [0, 1, 2, 3, 4, 5, 6, 7], Classes = ["fixed point", "orbit"] },
        Spectrum = new() { Points = [new(1, 0.5, -1)] },
    };

    static string Write(MicroscopePage page)
    {
        using var stream = new MemoryStream();
        HtmlWriter.Write(page, stream);
        return Encoding.UTF8.GetString(stream.ToArray());
    }

    [Fact]
    public void Every_view_finds_its_numbers_in_the_page()
    {
        var data = Data(Write(_page));
        var entropy = data.GetProperty("layers")[1];
        Assert.Equal(("entropy", "linear", "Log Entropy, nats"),
            (entropy.GetProperty("name").GetString(), entropy.GetProperty("scale").GetString(), entropy.GetProperty("scales").GetProperty("log").GetProperty("title").GetString()));
        var lens = data.GetProperty("lens");
        byte[] tokens = lens.GetProperty("tokens").GetBytesFromBase64();
        Assert.Equal(2, lens.GetProperty("width").GetInt32());
        Assert.Equal([0, 1, 1, 1], Enumerable.Range(0, 4).Select(i => BinaryPrimitives.ReadUInt16LittleEndian(tokens.AsSpan(2 * i))));
        // A rank that there is not, and a vocabulary beyond 16 bits, take all 32.
        lens = Data(Write(_page with { Lens = _page.Lens! with { Rank = [1, -1, 70_000, 0] } })).GetProperty("lens");
        byte[] ranks = lens.GetProperty("rank").GetBytesFromBase64();
        Assert.Equal(4, lens.GetProperty("width").GetInt32());
        Assert.Equal([1, -1, 70_000, 0], Enumerable.Range(0, 4).Select(i => BinaryPrimitives.ReadInt32LittleEndian(ranks.AsSpan(4 * i))));
        Assert.Equal([2, 0], lens.GetProperty("commit").EnumerateArray().Select(number => number.GetInt32()));
        Assert.Equal(2, data.GetProperty("paths").GetProperty("axes").GetInt32());
        Assert.Equal(-1, data.GetProperty("spectrum").GetProperty("points")[0].GetProperty("angle").GetDouble());
    }

    [Fact]
    public void Parts_of_another_shape_are_refused_with_both_numbers()
    {
        void Refused(string words, MicroscopePage page) => Assert.Contains(words, Assert.Throws<ArgumentException>(() => Write(page)).Message);
        Refused("layer “entropy” has 5 values; 2 tokens and 3 iterations need 6",
            _page with { Layers = [_page.Layers[0] with { Values = [1, 2, 3, 4, 5] }] });
        Refused("Two layers are called “distance”", _page with { Layers = [_page.Layers[0] with { Name = "distance" }] });
        Refused("lens' tokens has 4 values; 2 iterations and 2 tokens with 2 tokens each need 8", _page with { Lens = _page.Lens! with { Top = 2 } });
        Refused("points to text 1; there are texts 0 to 0", _page with { Lens = _page.Lens! with { Texts = ["x"] } });
        Refused("1 directions; a plane needs 2", _page with { Paths = _page.Paths! with { Variance = [1] } });
        var patterns = new PagePatterns { Title = "", Iterations = [1], Labels = ["a", "b", "c"], Positions = [0, 2], Weights = new float[6] };
        _ = Write(_page with { Patterns = patterns });
        Refused("patterns' weights has 6 values; 2 iterations, 2 tokens and 3 to look at need 12", _page with { Patterns = patterns with { Iterations = [1, 2] } });
        Refused("patterns' positions has 1 values; 2 tokens need 2", _page with { Patterns = patterns with { Positions = [0] } });
        Refused("Row 1 of the patterns stands at place 3, but the text has places 0 to 2", _page with { Patterns = patterns with { Positions = [0, 3] } });
        Refused("fact “rate” has 1 values; 2 tokens need 2", _page with { Facts = [new("rate", ["0.5"])] });
        Refused("row 2, but the picture has rows 0 to 1", _page with { Spectrum = new() { Points = [new(2, 1, 0)] } });
    }

    [Fact]
    public void Weights_stand_in_a_byte_each_and_nothing_behind_the_token_that_looks()
    {
        var patterns = new PagePatterns
        {
            Title = "block 2",
            Iterations = [1, 8],
            Labels = ["a", "b", "c"],
            Positions = [0, 2],
            Weights = [1, float.NaN, float.NaN, 0.25f, 0.01f, 0.74f, 1.0005f, float.NaN, float.NaN, 0, float.NaN, 0.5f],
        };
        var data = Data(Write(_page with { Patterns = patterns })).GetProperty("patterns");
        byte[] bytes = data.GetProperty("weights").GetBytesFromBase64();
        Assert.Equal([254, 127, 25, 218, 254, 0, 255, 180], bytes);
        Assert.Equal(254, data.GetProperty("steps").GetInt32());
        double[] weights = [1, 0.25, 0.01, 0.74, 1, 0, double.NaN, 0.5];
        for (int i = 0; i < bytes.Length; i++)
        {
            if (!double.IsNaN(weights[i]))
                Assert.InRange(Math.Abs(Math.Pow(bytes[i] / 254.0, 2) - weights[i]), 0, PagePatterns.Rounding * Math.Sqrt(weights[i]) + 1e-5);
        }
    }

    [Fact]
    public void A_large_page_stays_under_five_megabytes()
    {
        const int Tokens = 256;
        const int Columns = 129;
        const int Top = 5;
        var random = new Random(1);
        float[] Floats(int count) => [.. Enumerable.Range(0, count).Select(_ => (float)random.NextDouble())];
        int[] Ints(int count) => [.. Enumerable.Range(0, count).Select(_ => random.Next(768))];
        string page = Write(new MicroscopePage
        {
            Heatmap = _heatmap with { RowLabels = [.. Enumerable.Range(0, Tokens).Select(i => $"token{i}")], Values = Floats(Tokens * Columns) },
            Layers = [.. new[] { "residual", "entropy", "divergence" }.Select(name => new PageLayer { Name = name, Label = name, ColorTitle = name, Values = Floats(Tokens * Columns) })],
            Lens = new()
            {
                Iterations = [.. Enumerable.Range(0, Columns)],
                Top = Top,
                Texts = [.. Enumerable.Range(0, 768).Select(i => $"text{i}")],
                Tokens = Ints(Columns * Tokens * Top),
                LogProbabilities = Floats(Columns * Tokens * Top),
                Entropy = Floats(Columns * Tokens),
                Divergence = Floats(Columns * Tokens),
                Rank = Ints(Columns * Tokens),
                Commit = Ints(Tokens),
            },
            Paths = new() { Iterations = [.. Enumerable.Range(0, Columns)], Variance = [0.5, 0.2, 0.1], Scores = Floats(Tokens * Columns * 3), Classes = [.. Enumerable.Repeat("not told apart", Tokens)] },
            Spectrum = new() { Points = [.. Enumerable.Range(0, 3 * Tokens).Select(i => new PageEigenvalue(i / 3, random.NextDouble(), random.NextDouble(), i % 2 == 0))] },
            Facts = [.. Enumerable.Range(0, 10).Select(i => new PageFact($"fact {i}", [.. Enumerable.Repeat("0.123 ± 0.00456, not certified", Tokens)]))],
            Patterns = new()
            {
                Title = "block 2",
                Iterations = [.. Enumerable.Range(1, 12)],
                Labels = [.. Enumerable.Range(0, Tokens).Select(i => $"token{i}")],
                Positions = [.. Enumerable.Range(0, Tokens)],
                Weights = Floats(12 * Tokens * Tokens),
            },
        });
        Assert.InRange(page.Length, 1_000_000, 5_000_000);
    }
}
