using System;
using System.Linq;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Muninn.Engine.Text;
using Xunit;

namespace Muninn.Tests.Engine.Text;

public sealed class BytePairTokenizerTests
{
    [Theory]
    [InlineData("seedling")]
    [InlineData("gpt2-style")]
    [InlineData("llama3-style")]
    public void Gives_ten_thousand_random_texts_back_exactly(string name)
    {
        var tokenizer = TextGoldens.Tokenizer(name);
        for (var i = 0UL; i < 10_000; i++)
        {
            var text = RandomText.Unicode(seed: 7, i);
            var ids = tokenizer.Encode(text);
            Assert.Equal(text, tokenizer.Decode(ids));
            Assert.Equal(text, tokenizer.Decode(tokenizer.Encode(text, SpecialTokens.AsText)));
            Assert.Equal(Encoding.UTF8.GetBytes(text), ids.SelectMany(id => tokenizer.BytesOf(id).ToArray()));
        }
    }

    [Fact]
    public void A_lone_surrogate_counts_as_the_replacement_character()
    {
        var tokenizer = TextGoldens.Tokenizer("seedling");
        Assert.Equal(tokenizer.Encode("a\uFFFDb\uFFFD"), tokenizer.Encode("a\uD800b\uDC00"));
        Assert.Equal("\uFFFD", tokenizer.Decode(tokenizer.Encode("\uDBFF")));
    }

    [Fact]
    public void Special_tokens_in_a_text_are_text_on_request()
    {
        var tokenizer = TextGoldens.Tokenizer("seedling");
        Assert.Equal([763], tokenizer.Encode("<|end_text|>"));
        var asText = tokenizer.Encode("<|end_text|>", SpecialTokens.AsText);
        Assert.DoesNotContain(763, asText);
        Assert.Equal("<|end_text|>", tokenizer.Decode(asText));
    }

    [Fact]
    public void Knows_names_ids_and_bytes()
    {
        var tokenizer = TextGoldens.Tokenizer("seedling");
        Assert.Equal(768, tokenizer.VocabularySize);
        Assert.Equal(762, tokenizer.IdOf("<|begin_text|>"));
        Assert.Null(tokenizer.IdOf("nonesuch"));
        Assert.True(tokenizer.IsSpecial(762));
        Assert.False(tokenizer.IsSpecial(32));
        Assert.Equal("Ġ", tokenizer.NameOf(32));
        Assert.Equal([0x20], tokenizer.BytesOf(32).ToArray());
        Assert.False(tokenizer.Contains(768));
        Assert.Empty(tokenizer.BytesOf(768).ToArray());
        Assert.Equal("", tokenizer.Decode([768, 100_000]));
        Assert.Throws<ArgumentOutOfRangeException>(() => tokenizer.Decode([-1]));
    }

    [Theory]
    // The original takes every numeric character for a digit, the oracle of the goldens only 0 to 9.
    [InlineData("²³", "Ġ|Â|²|Ġ|Â|³")]
    // And it looks at single_word.
    [InlineData("a[WORD]", "Ġa|[|W|O|R|D|]")]
    [InlineData("_[WORD]", "Ġ|_|[|W|O|R|D|]")]
    [InlineData("![WORD]!", "Ġ|!|[WORD]|Ġ|!")]
    // The token of two spaces is found first; [MASK] takes the two on its right.
    [InlineData("  [MASK]  ", "  |[MASK]")]
    [InlineData("longest", "longest")]
    public void Finds_added_tokens_as_the_original_does(string text, string expected)
    {
        var tokenizer = TextGoldens.Tokenizer("added-tokens");
        Assert.Equal(expected, string.Join('|', tokenizer.Encode(text).Select(tokenizer.NameOf)));
    }

    [Theory]
    [InlineData("Removed", false, "The|final|countdown")]
    [InlineData("Removed", true, "-|-|-")]
    [InlineData("Isolated", false, "The|-|final|-|-|countdown")]
    [InlineData("Isolated", true, "The|-|final|-|-|countdown")]
    [InlineData("MergedWithPrevious", false, "The-|final-|-|countdown")]
    [InlineData("MergedWithNext", false, "The|-final|-|-countdown")]
    [InlineData("MergedWithPrevious", true, "The|-final|-|-countdown")]
    [InlineData("MergedWithNext", true, "The-|final-|-|countdown")]
    [InlineData("Contiguous", false, "The|-|final|--|countdown")]
    public void Splits_by_each_behavior(string behavior, bool invert, string expected)
    {
        // Every piece is a token of its own, so that the ids show the pieces.
        string[] vocabulary = ["The", "final", "countdown", "-", "--", "The-", "final-", "-final", "-countdown"];
        var json = Minimal(vocabulary);
        json["model"]!["ignore_merges"] = true;
        json["pre_tokenizer"] = new JsonObject
        {
            ["type"] = "Split",
            ["pattern"] = new JsonObject { ["String"] = "-" },
            ["behavior"] = behavior,
            ["invert"] = invert,
        };
        var tokenizer = Parse(json);
        Assert.Equal(expected, string.Join('|', tokenizer.Encode("The-final--countdown").Select(tokenizer.NameOf)));
    }

    [Fact]
    public void Joins_the_pair_that_was_learnt_first()
    {
        var json = Minimal(["a", "b", "c", "bc", "ab", "abc"]);
        json["model"]!["merges"] = new JsonArray("b c", new JsonArray("a", "bc"), "a b");
        var tokenizer = Parse(json);
        Assert.Equal([5], tokenizer.Encode("abc"));
        Assert.Equal([4, 4], tokenizer.Encode("abab"));
    }

    [Fact]
    public void Joins_like_the_slow_obvious_way()
    {
        var json = Minimal(["a", "b", "aa", "ab", "ba", "aab", "aaaa", "abab", "abba", "baab"]);
        string[][] merges = [["a", "b"], ["a", "a"], ["ab", "ab"], ["aa", "aa"], ["b", "a"], ["ab", "ba"], ["ba", "ab"]];
        json["model"]!["merges"] = JsonSerializer.SerializeToNode(merges);
        var tokenizer = Parse(json);
        for (var i = 0UL; i < 500; i++)
        {
            var text = RandomText.Over("ab", seed: 1, i, lengthMax: 30);
            Assert.Equal(JoinSlowly(text, merges), tokenizer.Encode(text).Select(id => tokenizer.NameOf(id)!));
        }
    }

    [Fact]
    public void A_word_of_a_hundred_thousand_letters_does_not_hang()
    {
        var tokenizer = TextGoldens.Tokenizer("seedling");
        foreach (var text in (string[])[new('a', 100_000), new(' ', 100_000), string.Concat(Enumerable.Repeat("the", 33_000)), new('\u0301', 50_000)])
            Assert.Equal(text, tokenizer.Decode(tokenizer.Encode(text)));
        var composing = TextGoldens.Tokenizer("qwen-style");
        Assert.NotEmpty(composing.Encode("a" + string.Concat(Enumerable.Repeat("\u0301\u0323", 50_000))));
    }

    [Fact]
    public void Spells_unknown_characters_as_the_file_says()
    {
        var json = Minimal(["?", "a", "<0xC3>", "<0xA9>"]);
        json["model"]!["unk_token"] = "?";
        Assert.Equal([1, 0, 0, 1], Parse(json).Encode("aéza"));
        json["model"]!["fuse_unk"] = true;
        Assert.Equal([1, 0, 1], Parse(json).Encode("aéza"));
        json["model"]!["byte_fallback"] = true;
        Assert.Equal([1, 2, 3, 0, 1], Parse(json).Encode("aéza"));
        json["model"]!["unk_token"] = null;
        Assert.Equal([1, 2, 3, 1], Parse(json).Encode("aéza"));
    }

    [Fact]
    public void Reads_a_vocabulary_of_65536_tokens()
    {
        var names = Enumerable.Range(0, 65_536).Select(static i => FormattableString.Invariant($"t{i}")).ToArray();
        var tokenizer = Parse(Minimal(names));
        Assert.Equal(65_536, tokenizer.VocabularySize);
    }

    static string[] JoinSlowly(string text, string[][] merges)
    {
        var parts = text.Select(static letter => letter.ToString()).ToList();
        while (true)
        {
            var best = (Rank: int.MaxValue, At: -1);
            for (var i = 0; i + 1 < parts.Count; i++)
            {
                var rank = Array.FindIndex(merges, pair => pair[0] == parts[i] && pair[1] == parts[i + 1]);
                if (rank >= 0 && rank < best.Rank)
                    best = (rank, i);
            }

            if (best.At < 0)
                return [.. parts];
            parts[best.At] += parts[best.At + 1];
            parts.RemoveAt(best.At + 1);
        }
    }

    internal static JsonObject Minimal(string[] vocabulary)
    {
        var vocab = new JsonObject();
        foreach (var (name, id) in vocabulary.Select(static (name, id) => (name, id)))
            vocab[name] = id;
        return new()
        {
            ["added_tokens"] = new JsonArray(),
            ["decoder"] = new JsonObject { ["type"] = "Fuse" },
            ["model"] = new JsonObject { ["type"] = "BPE", ["vocab"] = vocab, ["merges"] = new JsonArray() },
        };
    }

    internal static BytePairTokenizer Parse(JsonNode json) =>
        BytePairTokenizer.Parse(Encoding.UTF8.GetBytes(json.ToJsonString()), "t/tokenizer.json");
}
