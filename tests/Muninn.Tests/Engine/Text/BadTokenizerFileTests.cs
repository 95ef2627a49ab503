using System;
using System.IO;
using System.Linq;
using System.Text;
using System.Text.Json.Nodes;
using Muninn.Engine.Text;
using Xunit;

namespace Muninn.Tests.Engine.Text;

public sealed class BadTokenizerFileTests
{
    const string Good = """
        { "added_tokens": [{"id": 3, "content": "<e>", "special": true}], "normalizer": null, "pre_tokenizer": null,
          "post_processor": null, "decoder": null,
          "model": {"type": "BPE", "vocab": {"a": 0, "b": 1, "ab": 2}, "merges": ["a b"]} }
        """;

    [Theory]
    [InlineData("\"type\": \"BPE\"", "\"type\": \"Unigram\"", "BPE, found Unigram")]
    [InlineData("\"a b\"", "\"a c\"", "model.merges[0]: expected tokens of the vocabulary, found 'c'")]
    [InlineData("\"a b\"", "\"b a\"", "found 'ba'")]
    [InlineData("\"a b\"", "\"ab\"", "two tokens with a space between, found 'ab'")]
    [InlineData("\"a b\"", "\"a  b\"", "two tokens with a space between")]
    [InlineData("\"a b\"", "[\"a\"]", "a pair of tokens")]
    [InlineData("\"a b\"", "[\"a\", 1]", "model.merges[0][1]: expected a string, found a number")]
    [InlineData("\"b\": 1", "\"b\": 0", "model.vocab[b]: expected an id of its own, found 0, which is 'a'")]
    [InlineData("\"b\": 1", "\"b\": -1", "an id from 0 to")]
    [InlineData("\"b\": 1", "\"b\": 2000000000", "an id from 0 to 1048575, found 2000000000")]
    [InlineData("\"b\": 1", "\"b\": 1e300", "a whole number of at most 32 bits")]
    [InlineData("\"b\": 1", "\"b\": 1.5", "a whole number of at most 32 bits, found 1.5")]
    [InlineData("\"b\": 1", "\"b\": null", "model.vocab[b]: expected a whole number")]
    [InlineData("\"b\": 1", "\"a\": 1", "not valid JSON")]
    [InlineData("\"b\": 1", "1: 1", "not valid JSON")]
    [InlineData("\"b\": 1", "\"\\ud800\": 1", "lone surrogate")]
    [InlineData("\"<e>\"", "\"\\udc00\"", "added_tokens[0].content: expected valid Unicode")]
    [InlineData("\"<e>\"", "\"\"", "a token with content")]
    [InlineData("\"id\": 3", "\"id\": 0", "added_tokens[0]: expected the content 'a', which the vocabulary has for id 0")]
    [InlineData("\"<e>\"", "\"ab\"", "expected the id 2, which the vocabulary has for 'ab', found 3")]
    [InlineData("\"special\": true", "\"special\": 1", "added_tokens[0].special: expected true or false")]
    [InlineData("\"special\": true", "\"colour\": true", "'colour'")]
    [InlineData("\"normalizer\": null", "\"normalizer\": {\"type\": \"BertNormalizer\"}", "normalizer: expected a normalizer of the type")]
    [InlineData("\"pre_tokenizer\": null", "\"pre_tokenizer\": {\"type\": \"Metaspace\"}", "found Metaspace")]
    [InlineData("\"pre_tokenizer\": null", "\"pre_tokenizer\": {\"type\": \"Split\", \"pattern\": {\"Regex\": \"(a\"}, \"behavior\": \"Isolated\"}", "pre_tokenizer.pattern.Regex: the pattern '(a' has a '(' without its ')'")]
    [InlineData("\"pre_tokenizer\": null", "\"pre_tokenizer\": {\"type\": \"Split\", \"pattern\": {\"String\": \"a\"}, \"behavior\": \"Sideways\"}", "found Sideways")]
    [InlineData("\"decoder\": null", "\"decoder\": {\"type\": \"CTC\"}", "found CTC")]
    [InlineData("\"post_processor\": null", "\"post_processor\": {\"type\": \"BertProcessing\"}", "found BertProcessing")]
    [InlineData("\"post_processor\": null", "\"post_processor\": {\"type\": \"TemplateProcessing\", \"single\": [{\"SpecialToken\": {\"id\": \"x\"}}], \"special_tokens\": {}}", "the key 'x'")]
    [InlineData("\"merges\"", "\"dropout\": 0.1, \"merges\"", "dropout makes the ids random")]
    [InlineData("\"merges\"", "\"unk_token\": \"x\", \"merges\"", "a token of the vocabulary, found 'x'")]
    [InlineData("\"merges\"", "\"end_of_word_suffix\": \"</w>\", \"merges\"", "found '</w>'")]
    [InlineData("\"merges\"", "\"surprise\": 1, \"merges\"", "'surprise'")]
    public void Says_what_is_wrong(string good, string bad, string message)
    {
        Assert.Contains(good, Good, StringComparison.Ordinal);
        var error = Assert.Throws<InvalidDataException>(() => Parse(Good.Replace(good, bad, StringComparison.Ordinal)));
        Assert.StartsWith("t/tokenizer.json: ", error.Message, StringComparison.Ordinal);
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Reads_the_file_that_the_bad_ones_are_made_from() => Assert.Equal([2, 3], Parse(Good).Encode("ab<e>"));

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("{}")]
    [InlineData("{\"model\": []}")]
    [InlineData("{\"model\": {\"type\": \"BPE\", \"vocab\": [], \"merges\": []}}")]
    public void Refuses_what_is_no_tokenizer(string json) => Assert.Throws<InvalidDataException>(() => Parse(json));

    [Fact]
    public void Refuses_deep_nesting()
    {
        Assert.Throws<InvalidDataException>(() => Parse(new string('[', 100_000)));
        var nested = string.Concat(Enumerable.Repeat("{\"type\":\"Sequence\",\"normalizers\":[", 25))
            + string.Concat(Enumerable.Repeat("]}", 25));
        Assert.Throws<InvalidDataException>(() => Parse(Good.Replace("\"normalizer\": null", $"\"normalizer\": {nested}", StringComparison.Ordinal)));
    }

    [Fact]
    public void A_hostile_pattern_ends_with_an_error()
    {
        var json = BytePairTokenizerTests.Minimal(["a", "b"]);
        json["pre_tokenizer"] = new JsonObject
        {
            ["type"] = "Split",
            ["pattern"] = new JsonObject { ["Regex"] = "(a+)+b" },
            ["behavior"] = "Isolated",
        };
        var tokenizer = BytePairTokenizerTests.Parse(json);
        Assert.Equal([0, 0, 1], tokenizer.Encode("aab"));
        Assert.Contains("steps", Assert.Throws<InvalidDataException>(() => tokenizer.Encode(new('a', 60))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Changed_bytes_never_do_worse_than_an_error()
    {
        var bytes = File.ReadAllBytes(TextGoldens.PathOf("tokenizers", "byte-fallback.tokenizer.json"));
        for (var i = 0UL; i < 300; i++)
        {
            var changed = bytes.ToArray();
            for (var j = 0UL; j < 3; j++)
                changed[RandomText.Number(3, i, j) % (ulong)bytes.Length] = (byte)RandomText.Number(4, i, j);
            try
            {
                BytePairTokenizer.Parse(changed.AsSpan(0, (int)(RandomText.Number(5, i, 0) % 2 == 0 ? (ulong)bytes.Length
                    : RandomText.Number(5, i, 1) % (ulong)bytes.Length)), "changed").Encode("a b\n");
            }
            catch (InvalidDataException)
            {
                // What a bad file is to end with.
            }
        }
    }

    static BytePairTokenizer Parse(string json) => BytePairTokenizer.Parse(Encoding.UTF8.GetBytes(json), "t/tokenizer.json");
}
