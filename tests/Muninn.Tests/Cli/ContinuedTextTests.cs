using System;
using System.IO;
using System.Linq;
using System.Text;
using Muninn.Cli.Results;
using Muninn.Engine.Generation;
using Muninn.Engine.Text;
using Xunit;

namespace Muninn.Tests.Cli;

public sealed class ContinuedTextTests
{
    static readonly Tokenizer _tokenizer = ModelText.Open(Path.Combine(AppContext.BaseDirectory, "models", "seedling"))!.Tokenizer;

    [Theory]
    [InlineData("a 🐦 — é 乌鸦\n")]
    [InlineData("The raven remembers.")]
    public void Whole_characters_come_out_and_nothing_else(string text)
    {
        var continued = new ContinuedText(_tokenizer, StopStrings.None);
        var all = new StringBuilder();
        foreach (int token in _tokenizer.Encode(text))
        {
            var (characters, released) = continued.Push(token);
            Assert.DoesNotContain('\uFFFD', characters);
            Assert.False(characters.Length > 0 && char.IsLowSurrogate(characters[0]));
            Assert.Equal(characters, released);
            all.Append(released);
        }

        Assert.Equal("", continued.Finish());
        Assert.Equal(text, all.ToString());
        Assert.Equal(text, continued.Shown);
    }

    [Fact]
    public void A_character_that_stays_half_is_told_at_the_end()
    {
        int[] bytes = _tokenizer.Encode("🐦");
        Assert.True(bytes.Length > 1);
        var continued = new ContinuedText(_tokenizer, StopStrings.None);
        Assert.All(bytes[..^1], token => Assert.Equal(("", ""), continued.Push(token)));
        Assert.Equal("\uFFFD", continued.Finish());
    }

    [Fact]
    public void What_may_begin_a_stop_text_is_held_back()
    {
        var continued = new ContinuedText(_tokenizer, new StopStrings([" the key"]));
        int[] tokens = _tokenizer.Encode("Ben gives the lamp the");
        var released = string.Concat(tokens.Select(token => continued.Push(token).Released));
        Assert.Equal("Ben gives the lamp", released);
        Assert.Equal(" the", continued.Finish());

        var stopped = new ContinuedText(_tokenizer, new StopStrings([" the key"]));
        foreach (int token in _tokenizer.Encode("Ben gives the key to Ann")) stopped.Push(token);
        Assert.Equal(("Ben gives", " the key"), (stopped.Shown, stopped.Stop));
        Assert.Equal("", stopped.Finish());
    }

    [Fact]
    public void Special_tokens_are_no_text()
    {
        var continued = new ContinuedText(_tokenizer, StopStrings.None);
        Assert.Equal(("", ""), continued.Push(_tokenizer.IdOf("<|end_text|>")!.Value));
        Assert.Equal(("", ""), new ContinuedText(null, StopStrings.None).Push(5));
    }
}
