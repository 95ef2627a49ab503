using System.Linq;
using Muninn.Engine.Text;
using Xunit;

namespace Muninn.Tests.Engine.Text;

public sealed class VisibleTextTests
{
    [Theory]
    [InlineData(" the", "␣the")]
    [InlineData("a\n\tb\r", "a↵⇥b⟨0D⟩")]
    [InlineData("\0\u001B\u007F", "⟨00⟩⟨1B⟩⟨7F⟩")]
    [InlineData("\u0085", "⟨U+0085⟩")]
    [InlineData("\u00A0\u200D\u202E\uFEFF", "⟨U+00A0⟩⟨U+200D⟩⟨U+202E⟩⟨U+FEFF⟩")]
    [InlineData("e\u0301", "e\u0301")]
    [InlineData("\u0301", "◌\u0301")]
    [InlineData(" \u0301", "␣◌\u0301")]
    [InlineData("e\u0301\u0302\u0303", "e\u0301\u0302⟨U+0303⟩")]
    [InlineData("❤\uFE0F", "❤⟨U+FE0F⟩")]
    [InlineData("עב", "\u200Eעב\u200E")]
    [InlineData("\u3164\uE000", "⟨U+3164⟩⟨U+E000⟩")]
    [InlineData("𝒳😀中", "𝒳😀中")]
    public void Shows_everything(string text, string expected) => Assert.Equal(expected, VisibleText.Of(text));

    [Fact]
    public void A_lone_surrogate_is_shown_as_the_replacement_character() => Assert.Equal("a\uFFFD", VisibleText.Of("a\uD800"));

    [Fact]
    public void Parts_of_characters_are_shown_as_bytes()
    {
        Assert.Equal("⟨E2 96⟩", VisibleText.Of([0xE2, 0x96]));
        Assert.Equal("␣⟨E2⟩", VisibleText.Of([0x20, 0xE2]));
        Assert.Equal("⟨81⟩a", VisibleText.Of([0x81, 0x61]));
        Assert.Equal("▁", VisibleText.Of([0xE2, 0x96, 0x81]));
    }

    [Fact]
    public void Labels_of_a_sentence_are_legible()
    {
        var tokenizer = TextGoldens.Tokenizer("seedling");
        var ids = tokenizer.Encode("Who has it?\n é");
        Assert.Equal("Who has it?\n é", tokenizer.Decode(ids));
        Assert.Equal("Who␣has␣it?↵␣⟨C3⟩⟨A9⟩", string.Concat(tokenizer.DisplayTexts(ids)));
        Assert.Equal("<|pad|>", tokenizer.DisplayText(767));
        Assert.Equal("⟨id 9999⟩", tokenizer.DisplayText(9999));
        Assert.Equal(768, Enumerable.Range(0, 768).Select(tokenizer.DisplayText).Count(static text => text.Length > 0));
    }
}
