using System;
using System.Linq;
using Muninn.Engine.Text;
using Xunit;

namespace Muninn.Tests.Engine.Text;

public sealed class TokenTextTests
{
    [Theory]
    [InlineData("seedling")]
    [InlineData("gpt2-style")]
    [InlineData("llama3-style")]
    [InlineData("qwen-style")]
    public void Pieces_together_are_the_decoded_text_and_hold_whole_characters(string name)
    {
        var tokenizer = TextGoldens.Tokenizer(name);
        foreach (string text in TextGoldens.Strings)
        {
            int[] ids = tokenizer.Encode(text, SpecialTokens.AsText);
            string[] pieces = PiecesOf(tokenizer, ids);
            Assert.Equal(tokenizer.Decode(ids), string.Concat(pieces));
            Assert.All(pieces, static piece => Assert.True(piece.Length == 0 || !char.IsHighSurrogate(piece[^1])));
        }
    }

    [Theory]
    [InlineData("seedling")]
    [InlineData("gpt2-style")]
    public void Any_tokens_in_any_order_give_the_text_that_decoding_gives(string name)
    {
        var tokenizer = TextGoldens.Tokenizer(name);
        int[] plain = [.. Enumerable.Range(0, tokenizer.VocabularySize).Where(id => tokenizer.Contains(id) && !tokenizer.IsSpecial(id))];
        var random = new Random(5);
        for (int round = 0; round < 300; round++)
        {
            int[] ids = [.. Enumerable.Range(0, random.Next(1, 40)).Select(_ => plain[random.Next(plain.Length)])];
            Assert.Equal(tokenizer.Decode(ids), string.Concat(PiecesOf(tokenizer, ids)));
        }
    }

    [Fact]
    public void Half_a_character_is_held_back_and_what_never_becomes_one_is_replaced()
    {
        var tokenizer = TextGoldens.Tokenizer("seedling");
        int[] bytes = tokenizer.Encode("𝒳");
        Assert.True(bytes.Length > 1, "the character is spelled by several tokens");
        var text = new TokenText(tokenizer);
        Assert.All(bytes[..^1], id => Assert.Equal("", text.Push(id)));
        Assert.Equal("𝒳", text.Push(bytes[^1]));
        Assert.Equal("", text.Finish());
        Assert.Equal("", text.Push(bytes[0]));
        Assert.Equal("\uFFFD", text.Finish());
    }

    [Fact]
    public void Special_tokens_and_unused_ids_show_nothing()
    {
        var tokenizer = TextGoldens.Tokenizer("seedling");
        int end = tokenizer.IdOf("<|end_turn|>")!.Value;
        Assert.Equal(["a", "", "", ""], PiecesOf(tokenizer, [tokenizer.Encode("a")[0], end, 100_000]));
        Assert.Throws<ArgumentOutOfRangeException>(() => new TokenText(tokenizer).Push(-1));
    }

    static string[] PiecesOf(Tokenizer tokenizer, int[] ids)
    {
        var text = new TokenText(tokenizer);
        return [.. ids.Select(text.Push).ToArray(), text.Finish()];
    }
}
