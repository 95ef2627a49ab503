using System;
using System.IO;
using System.Linq;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using Muninn.Microscope.Figures;
using Muninn.Microscope.Writers;
using Muninn.Tests.Microscope.Figures;
using Xunit;

namespace Muninn.Tests.Microscope.Writers;

public sealed class HtmlWriterTests
{
    [Fact]
    public void Holds_every_value_to_the_last_bit()
    {
        var figure = SampleFigures.Diverged();
        using var data = JsonDocument.Parse(Data(Page(figure)));
        byte[] bytes = data.RootElement.GetProperty("values").GetBytesFromBase64();
        Assert.Equal(MemoryMarshal.AsBytes(figure.Values.AsSpan()).ToArray(), bytes);
        Assert.Equal(figure.RowLabels, data.RootElement.GetProperty("labels").EnumerateArray().Select(label => label.GetString()));
    }

    [Fact]
    public void No_token_title_or_finding_can_leave_its_place()
    {
        const string Hostile = "</script><script>alert(1)</script>{{DATA}}{{TITLE}}<!--";
        var figure = SampleFigures.HardLabels() with { Title = Hostile, Subtitle = Hostile, RowLabels = [.. Enumerable.Repeat(Hostile, 14)] };
        string page = Page(figure, Hostile);
        Assert.Equal(2, page.Split("</script>").Length - 1);
        Assert.DoesNotContain("<!--", page);
        using var data = JsonDocument.Parse(Data(page));
        Assert.Equal(Hostile, data.RootElement.GetProperty("findings")[0].GetString());
    }

    [Fact]
    public void Needs_nothing_from_outside_and_is_the_same_twice()
    {
        string page = Page(SampleFigures.Typical());
        Assert.DoesNotContain("://", page);
        Assert.DoesNotContain("src=", page);
        Assert.Equal(page, Page(SampleFigures.Typical()));
    }

    static string Page(Heatmap figure, params string[] findings)
    {
        using var stream = new MemoryStream();
        HtmlWriter.Write(figure, findings, stream);
        return Encoding.UTF8.GetString(stream.ToArray());
    }

    static string Data(string page)
    {
        const string Start = "id=\"data\">";
        int from = page.IndexOf(Start) + Start.Length;
        return page[from..page.IndexOf("</script>", from)];
    }
}
