using System;
using System.IO;
using System.Linq;
using System.Text.RegularExpressions;
using Muninn.Microscope.Figures;
using Muninn.Microscope.Pictures;
using Muninn.Microscope.Writers;
using Muninn.Tests.Microscope.Figures;
using Xunit;

namespace Muninn.Tests.Microscope.Writers;

public sealed class TerminalWriterTests
{
    static readonly TerminalCapability _blocks = new(TerminalGraphics.Blocks, TerminalColors.Full);

    [Theory]
    [InlineData(24)]
    [InlineData(40)]
    [InlineData(80)]
    [InlineData(200)]
    public void Every_line_fits_the_window(int columns)
    {
        foreach (var capability in new[] { _blocks, TerminalCapability.Plain, _blocks with { Colors = TerminalColors.Indexed256 } })
        {
            foreach (var figure in Figures())
            {
                var lines = Lines(figure, columns, 30, capability);
                Assert.All(lines, line => Assert.InRange(CharacterWidth.Of(Bare(line)), 0, columns - 1));
                Assert.InRange(lines.Length, 5, 34);
            }
        }
    }

    [Fact]
    public void Cells_start_in_one_column_whatever_the_labels_are()
    {
        var lines = Lines(SampleFigures.HardLabels(), 80, 40, _blocks).Where(line => line.Contains("\e[48;2;") && line.EndsWith("\e[0m")).Take(14);
        Assert.Single(lines.Select(line => CharacterWidth.Of(line[..line.IndexOf('\e')])).Distinct());
    }

    [Fact]
    public void Plain_text_is_seven_bit_and_has_no_escape()
    {
        foreach (var figure in Figures())
            Assert.All(Written(figure, 80, 30, TerminalCapability.Plain), c => Assert.True(c is '\n' or (>= ' ' and <= '~'), $"U+{(int)c:X4}"));
    }

    [Fact]
    public void Half_blocks_carry_two_tokens_a_line_in_their_own_colours()
    {
        var figure = SampleFigures.Typical();
        string line = Lines(figure, 80, 30, _blocks).First(text => text.Contains('▀'));
        var upper = CellColors.Of(CellKind.Value, figure.Range.FractionOf(figure.Values[0]));
        var lower = CellColors.Of(CellKind.Value, figure.Range.FractionOf(figure.Values[65]));
        Assert.Contains($"\e[38;2;{upper.Red};{upper.Green};{upper.Blue}m\e[48;2;{lower.Red};{lower.Green};{lower.Blue}m▀", line);
    }

    [Fact]
    public void Says_when_tokens_share_a_row() =>
        Assert.Contains("largest distance of", Bare(Written(SampleFigures.LongInput(), 80, 30, _blocks)));

    [Fact]
    public void Kitty_chunks_hold_the_png_and_only_the_last_is_final()
    {
        string text = Written(SampleFigures.Typical(), 80, 30, new(TerminalGraphics.Kitty, TerminalColors.Full));
        var chunks = Regex.Matches(text, "\e_G(?<keys>[^;]*);(?<data>[^\e]*)\e\\\\", RegexOptions.ExplicitCapture, TimeSpan.FromSeconds(5));
        Assert.All(chunks, chunk => Assert.InRange(chunk.Groups["data"].Length, 1, 4096));
        Assert.All(chunks.SkipLast(1), chunk => Assert.EndsWith("m=1", chunk.Groups["keys"].Value));
        Assert.EndsWith("m=0", chunks[^1].Groups["keys"].Value);
        var png = PngReader.Read(Convert.FromBase64String(string.Concat(chunks.Select(chunk => chunk.Groups["data"].Value))));
        Assert.InRange(png.Width, 200, 720);
    }

    [Fact]
    public void Sixels_have_at_most_256_colours_and_fill_their_size()
    {
        string text = Written(SampleFigures.Typical(), 80, 30, new(TerminalGraphics.Sixel, TerminalColors.Full));
        Assert.StartsWith("\eP0;1q\"1;1;", text);
        Assert.EndsWith("\e\\\n", text);
        Assert.InRange(Regex.Count(text, "#[0-9]+;2;", RegexOptions.None, TimeSpan.FromSeconds(5)), 2, 256);
        int height = int.Parse(text[..40].Split('"')[1].Split('#')[0].Split(';')[3]);
        Assert.Equal((height + 5) / 6, text.Count(c => c == '-'));
    }

    [Theory]
    [InlineData(24, 24)]
    [InlineData(45, 24)]
    [InlineData(60, 24)]
    [InlineData(80, 8)]
    [InlineData(80, 15)]
    [InlineData(80, 24)]
    [InlineData(200, 60)]
    public void Pixels_stay_inside_the_window_or_give_way_to_blocks(int columns, int lines)
    {
        var size = new TerminalSize { Columns = columns, Lines = lines };
        foreach (var figure in new[] { SampleFigures.Typical(), SampleFigures.LongInput(), SampleFigures.ManyIterations(), SampleFigures.Diverged() })
        {
            string sixel = Written(figure, columns, lines, new(TerminalGraphics.Sixel, TerminalColors.Full));
            string kitty = Written(figure, columns, lines, new(TerminalGraphics.Kitty, TerminalColors.Full));
            string blocks = Written(figure, columns, lines, _blocks);
            if (columns >= 60 && lines >= 24)
                Assert.StartsWith("\eP", sixel);
            if (columns < 40 || lines < 10)
                Assert.Equal(blocks, sixel);
            if (sixel == blocks)
            {
                Assert.Equal(blocks, kitty);
                continue;
            }
            int[] raster = [.. sixel[..40].Split('"')[1].Split('#')[0].Split(';').Select(int.Parse)];
            Assert.InRange(raster[2], 100, columns * size.CharacterWidth);
            Assert.InRange(raster[3], 100, (lines - 1) * size.CharacterHeight);
            string png = string.Concat(kitty.Split("\e\\").SkipLast(1).Select(chunk => chunk[(chunk.IndexOf(';') + 1)..]));
            var image = PngReader.Read(Convert.FromBase64String(png));
            Assert.Equal((raster[2], raster[3]), (image.Width, image.Height));
        }
    }

    [Theory]
    [InlineData(8)]
    [InlineData(12)]
    [InlineData(24)]
    public void A_low_window_merges_tokens_instead_of_scrolling_away(int lines) =>
        Assert.InRange(Lines(SampleFigures.LongInput(), 80, lines, _blocks).Length, 5, Math.Max(lines, 12));

    [Fact]
    public void Writes_nothing_where_nothing_is_wanted() =>
        Assert.Equal("", Written(SampleFigures.Typical(), 80, 30, new(TerminalGraphics.None, TerminalColors.None)));

    static Heatmap[] Figures() =>
    [
        SampleFigures.Typical(), SampleFigures.Sentence(), SampleFigures.OneToken(), SampleFigures.OneIteration(),
        SampleFigures.LongInput(), SampleFigures.Diverged(), SampleFigures.HardLabels(), SampleFigures.LinearScale(),
    ];

    static string Written(Heatmap figure, int columns, int lines, TerminalCapability capability)
    {
        using var text = new StringWriter();
        TerminalWriter.Write(figure, new TerminalSize { Columns = columns, Lines = lines }, capability, text);
        return text.ToString();
    }

    static string[] Lines(Heatmap figure, int columns, int lines, TerminalCapability capability) =>
        Written(figure, columns, lines, capability).TrimEnd('\n').Split('\n');

    static string Bare(string text) => Regex.Replace(text, "\e\\[[0-9;]*m", "", RegexOptions.None, TimeSpan.FromSeconds(5));
}
