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

public sealed class TerminalFigureTests
{
    static readonly TerminalCapability _blocks = new(TerminalGraphics.Blocks, TerminalColors.Full);

    [Theory]
    [InlineData(24)]
    [InlineData(48)]
    [InlineData(80)]
    [InlineData(200)]
    public void Every_line_fits_the_window(int columns)
    {
        foreach (var capability in new[] { _blocks, TerminalCapability.Plain, _blocks with { Colors = TerminalColors.Indexed256 } })
        {
            foreach (var figure in SampleAll.Figures())
            {
                string text = Written(figure, columns, 40, capability);
                Show(figure, columns, capability, text);
                Assert.All(text.TrimEnd('\n').Split('\n'), line => Assert.InRange(CharacterWidth.Of(Bare(line)), 0, columns - 1));
            }
        }
    }

    [Fact]
    public void Plain_text_is_seven_bit_and_holds_the_numbers()
    {
        foreach (var figure in SampleAll.Figures())
        {
            string text = Written(figure, 80, 30, TerminalCapability.Plain);
            Assert.All(text, c => Assert.True(c is '\n' or (>= ' ' and <= '~'), $"U+{(int)c:X4} in {figure.Title}"));
            foreach (string header in figure.ToTable().Headers.Select(header => header.Split(' ')[0]))
                Assert.Contains(header, text);
        }
    }

    [Fact]
    public void A_wide_table_goes_on_below_with_its_first_column()
    {
        string text = Written(SampleCurves.Waterfall(), 50, 30, TerminalCapability.Plain);
        Assert.Equal(3, Regex.Count(text, "^token", RegexOptions.Multiline, TimeSpan.FromSeconds(5)));
        Assert.Contains("i=64", text);
    }

    [Fact]
    public void Text_stays_text_among_the_blocks()
    {
        string bare = Bare(Written(SampleCurves.Fidelity(), 80, 30, _blocks));
        Assert.Contains("Fidelity to float32 over iterations", bare);
        Assert.Contains("int4, groups of 32", bare);
        Assert.Contains("Iterations at Test Time", bare);
        Assert.Contains(bare, c => c is > '\u2800' and <= '\u28ff');
    }

    [Fact]
    public void Cells_of_a_map_keep_their_colours()
    {
        var figure = SampleGrids.Lens(6, 4);
        var low = Viridis.At(0);
        string text = Written(figure with { Values = [.. figure.Values.Select((_, i) => i % 5 == 0 ? 0.0 : 8)] }, 80, 40, _blocks);
        Assert.Contains($"\e[48;2;{low.Red};{low.Green};{low.Blue}m", text);
    }

    [Fact]
    public void Pixels_stay_inside_the_window()
    {
        var size = new TerminalSize { Columns = 120, Lines = 50 };
        foreach (var figure in SampleAll.Figures())
        {
            string sixel = Written(figure, 120, 50, new(TerminalGraphics.Sixel, TerminalColors.Full));
            if (!sixel.StartsWith("\eP", StringComparison.Ordinal))
                continue;
            int[] raster = [.. sixel[..40].Split('"')[1].Split('#')[0].Split(';').Select(int.Parse)];
            Assert.InRange(raster[2], 100, 120 * size.CharacterWidth);
            Assert.InRange(raster[3], 100, 49 * size.CharacterHeight);
        }
        Assert.StartsWith("\e_G", Written(SampleCurves.Fidelity(), 120, 50, new(TerminalGraphics.Kitty, TerminalColors.Full)));
    }

    [Fact]
    public void Writes_nothing_where_nothing_is_wanted() =>
        Assert.Equal("", Written(SampleCurves.Fidelity(), 80, 30, new(TerminalGraphics.None, TerminalColors.None)));

    static string Written(Figure figure, int columns, int lines, TerminalCapability capability)
    {
        using var text = new StringWriter();
        TerminalWriter.Write(figure, new TerminalSize { Columns = columns, Lines = lines }, capability, text);
        return text.ToString();
    }

    /// <summary>With MUNINN_GALLERY set, what was written is kept there, to be looked at in a terminal.</summary>
    static void Show(Figure figure, int columns, TerminalCapability capability, string text)
    {
        if (Environment.GetEnvironmentVariable("MUNINN_GALLERY") is not { Length: > 0 } gallery || capability.Colors == TerminalColors.Indexed256)
            return;
        string kind = capability.Colors == TerminalColors.None ? "txt" : "ansi";
        Directory.CreateDirectory(gallery);
        File.WriteAllText(Path.Combine(gallery, $"{figure.GetType().Name}-{columns}.{kind}"), text);
    }

    static string Bare(string text) => Regex.Replace(text, "\e\\[[0-9;]*m", "", RegexOptions.None, TimeSpan.FromSeconds(5));
}
