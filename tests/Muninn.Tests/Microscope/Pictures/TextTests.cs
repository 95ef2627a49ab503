using System.Linq;
using System.Text;
using Muninn.Microscope.Pictures;
using Xunit;

namespace Muninn.Tests.Microscope.Pictures;

public sealed class TextTests
{
    [Theory]
    [InlineData("abc", 3)]
    [InlineData("記憶", 4)]
    [InlineData("e\u0301", 1)]
    [InlineData("🙂", 2)]
    [InlineData("ｱ", 1)]
    [InlineData("한", 2)]
    [InlineData("a\u200db", 2)]
    [InlineData("␣↵", 2)]
    public void Counts_the_columns_of_a_terminal(string text, int columns) => Assert.Equal(columns, CharacterWidth.Of(text));

    [Fact]
    public void Fits_any_text_into_exactly_its_columns()
    {
        foreach (string text in new[] { "", "a", "記憶する", "🙂🙂🙂", "e\u0301te\u0301", "long enough to be cut" })
        {
            for (int columns = 1; columns < 12; columns++)
                Assert.Equal(columns, CharacterWidth.Of(CharacterWidth.Fit(text, columns)));
        }
    }

    [Fact]
    public void Shows_what_must_not_be_written_by_its_code()
    {
        Assert.Equal("⟨U+0000⟩a⟨U+001B⟩", TextMetrics.Shown("\0a\u001b"));
        Assert.Equal("⟨U+D800⟩x", TextMetrics.Shown("\ud800x"));
        Assert.Equal("x⟨U+DC00⟩", TextMetrics.Shown("x\udc00"));
        Assert.Equal("⟨U+202E⟩", TextMetrics.Shown("\u202e"));
        Assert.Equal("🙂é", TextMetrics.Shown("🙂é"));
    }

    [Fact]
    public void Shortens_to_the_width_and_closes_with_an_ellipsis()
    {
        string text = string.Concat(Enumerable.Repeat("word ", 30));
        string shorter = TextMetrics.Shorten(text, 12, 100);
        Assert.EndsWith("…", shorter);
        Assert.InRange(TextMetrics.Width(shorter, 12), 80, 100);
        Assert.Equal("short", TextMetrics.Shorten("short", 12, 100));
    }

    [Fact]
    public void The_font_holds_ascii_and_the_signs_of_pictures()
    {
        string signs = string.Concat(Enumerable.Range(32, 95).Select(code => (char)code)) + "‖−⁻⁰¹²³⁴⁵⁶⁷⁸⁹␣↵⇥…⟨⟩·×≤éÄñß";
        Assert.All(signs.EnumerateRunes(), rune => Assert.True(StrokeFont.Holds(rune), $"{rune}"));
        Assert.False(StrokeFont.Holds(new Rune('記')));
        Assert.NotEmpty(StrokeFont.Of(new Rune('記')).Strokes);
    }

    [Fact]
    public void Viridis_has_its_published_ends_middle_and_a_rising_lightness()
    {
        Assert.Equal(Color.Of(0x440154), Viridis.At(0));
        Assert.Equal(Color.Of(0x21918c), Viridis.At(128));
        Assert.Equal(Color.Of(0xfde725), Viridis.At(255));
        var lightness = Enumerable.Range(0, 32).Select(i => Viridis.At(i * 8).Lightness).ToArray();
        Assert.Equal(lightness.Order(), lightness);
    }
}
