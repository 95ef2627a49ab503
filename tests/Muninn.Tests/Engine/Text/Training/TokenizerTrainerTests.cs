using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;
using Muninn.Engine.Text;
using Muninn.Engine.Text.Training;
using Muninn.Engine.Training.Worlds;
using Xunit;

namespace Muninn.Tests.Engine.Text.Training;

public sealed class TokenizerTrainerTests
{
    static readonly string[] _texts = [.. WorldCorpus.Texts(1, 400)];

    static LearntTokenizer Learnt(TokenizerPlan plan, IEnumerable<string>? texts = null)
    {
        var trainer = new TokenizerTrainer(plan);
        foreach (var text in texts ?? _texts) trainer.Add(text);
        return trainer.Learn();
    }

    static ModelText Opened(TokenizerPlan plan, TemporaryFolder folder)
    {
        Learnt(plan).Write(folder.Root);
        return ModelText.Open(folder.Root)!;
    }

    [Fact]
    public void Every_text_comes_back_from_its_tokens()
    {
        using var folder = new TemporaryFolder();
        var tokenizer = Opened(new TokenizerPlan { Vocabulary = 600 }, folder).Tokenizer;
        Assert.Equal(600, tokenizer.VocabularySize);
        for (ulong number = 0; number < 300; number++)
        {
            var text = RandomText.Unicode(3, number);
            Assert.Equal(text, tokenizer.Decode(tokenizer.Encode(text)));
        }
    }

    [Fact]
    public void Every_byte_has_a_token_of_its_own()
    {
        using var folder = new TemporaryFolder();
        var tokenizer = Opened(new TokenizerPlan { Vocabulary = 300 }, folder).Tokenizer;
        for (int value = 0; value < 256; value++)
            Assert.Equal([(byte)value], tokenizer.BytesOf(value).ToArray());
    }

    [Fact]
    public void Encoding_gives_as_many_tokens_as_were_counted_while_learning()
    {
        var learnt = Learnt(new TokenizerPlan { Vocabulary = 500 });
        var tokenizer = learnt.ToTokenizer();
        double bytes = _texts.Sum(static text => (double)Encoding.UTF8.GetByteCount(text));
        Assert.Equal(bytes / _texts.Sum(text => (double)tokenizer.Encode(text).Length), learnt.BytesPerToken, 1e-12);
        Assert.True(learnt.BytesPerToken > 2.5, $"{learnt.BytesPerToken}");
    }

    [Fact]
    public void Special_tokens_come_last_and_frame_texts_and_chats()
    {
        using var folder = new TemporaryFolder();
        var text = Opened(new TokenizerPlan { Vocabulary = 400 }, folder);
        Assert.Equal(394, text.Tokenizer.IdOf("<|begin_text|>"));
        Assert.Equal(395, text.Tokenizer.IdOf("<|end_text|>"));
        Assert.Equal(399, text.Tokenizer.IdOf("<|pad|>"));
        Assert.Equal([394], text.Frame.Before);
        Assert.Empty(text.Frame.After);
        Assert.Equal("<|end_text|>", text.Config.EosToken);
        Assert.Equal(
            "<|begin_text|><|begin_header|>user<|end_header|>\n\nHello<|end_turn|><|begin_header|>Huginn<|end_header|>\n\n", text.RenderChat([new("user", "Hello")]));
        Assert.Equal("Huginn", AnswerForm.Of(text).Role);
    }

    [Fact]
    public void Its_chat_template_is_the_seedlings()
    {
        using var folder = new TemporaryFolder();
        var text = Opened(new TokenizerPlan { Vocabulary = 400 }, folder);
        var seedling = ModelText.Open(TextGoldens.SeedlingFolder)!;
        Assert.Equal(seedling.Config.ChatTemplates["default"], text.Config.ChatTemplates["default"]);
    }

    [Fact]
    public void Other_special_tokens_leave_the_built_in_template_out()
    {
        using var folder = new TemporaryFolder();
        var plan = new TokenizerPlan { Vocabulary = 300, BeginText = "<s>", EndText = "</s>", Padding = "[PAD]", OtherSpecial = ["<mask>"] };
        var text = Opened(plan, folder);
        Assert.Null(text.ChatTemplate);
        Assert.Equal(["<s>", "</s>", "<mask>", "[PAD]"], Enumerable.Range(296, 4).Select(id => text.Tokenizer.NameOf(id)));
    }

    [Theory]
    [InlineData(true, "1,2,3")]
    [InlineData(false, "123")]
    public void Digits_stand_apart_or_together(bool apart, string expected)
    {
        var tokenizer = Learnt(new TokenizerPlan { Vocabulary = 265, DigitsApart = apart }, Enumerable.Repeat("123 123", 5)).ToTokenizer();
        Assert.Equal(expected, string.Join(',', tokenizer.Encode("123").Select(tokenizer.NameOf)));
    }

    [Fact]
    public void Order_and_grouping_of_texts_change_nothing()
    {
        var plan = new TokenizerPlan { Vocabulary = 500, Pattern = TokenizerPlan.SeedlingPattern };
        var halves = new TokenizerTrainer(plan);
        var other = new TokenizerTrainer(plan);
        foreach (var text in _texts.Take(150).Reverse()) halves.Add(text);
        foreach (var text in _texts.Skip(150).Reverse()) other.Add(text);
        halves.Add(other);
        Assert.Equal(Learnt(plan).TokenizerJson().ToArray(), halves.Learn().TokenizerJson().ToArray());
    }

    [Fact]
    public void No_learnt_token_has_a_special_ones_name()
    {
        var plan = new TokenizerPlan { Vocabulary = 280, BeginText = "the", Pattern = "[a-z]+" };
        var tokenizer = Learnt(plan, Enumerable.Repeat("the the the", 9)).ToTokenizer();
        Assert.True(tokenizer.IsSpecial(tokenizer.IdOf("the")!.Value));
    }

    [Fact]
    public void Fewer_pairs_than_asked_for_give_a_smaller_vocabulary()
    {
        var learnt = Learnt(new TokenizerPlan { Vocabulary = 5000 }, ["ab ab"]);
        Assert.Equal((256 + 6 + 1, 1, 1), (learnt.Vocabulary, learnt.Learnt, learnt.MergeCount));
        Assert.Equal(learnt.Vocabulary, learnt.ToTokenizer().VocabularySize);
    }

    [Fact]
    public void Half_characters_count_as_replaced()
    {
        var plan = new TokenizerPlan { Vocabulary = 265 };
        Assert.Equal(Learnt(plan, ["a\uFFFDb\uFFFD"]).TokenizerJson().ToArray(), Learnt(plan, ["a\uD800b\uDC00"]).TokenizerJson().ToArray());
    }

    [Fact]
    public void Plans_that_cannot_be_followed_say_why()
    {
        var plan = new TokenizerPlan { Vocabulary = 300 };
        Assert.Contains("261", Refusal(plan with { Vocabulary = 261 }), StringComparison.Ordinal);
        Assert.Contains("from 262 to 1048576", Refusal(plan with { Vocabulary = 2_000_000 }), StringComparison.Ordinal);
        Assert.Contains("at least 0 times", Refusal(plan with { LeastCount = 0 }), StringComparison.Ordinal);
        Assert.Contains("'<|pad|>' is named 2 times", Refusal(plan with { BeginText = "<|pad|>" }), StringComparison.Ordinal);
        Assert.Contains("'a' is no name", Refusal(plan with { EndText = "a" }), StringComparison.Ordinal);
        Assert.Contains("(", Refusal(plan with { Pattern = "(" }), StringComparison.Ordinal);
        Assert.Contains("the chat template", Refusal(plan with { ChatTemplate = "{% nonsense %}" }), StringComparison.Ordinal);

        static string Refusal(TokenizerPlan plan) => Assert.Throws<InvalidDataException>(() => new TokenizerTrainer(plan)).Message;
    }

    /// <summary>Hugging Face's own library reads the file, gives the same ids and the same text back. Skipped, and said so, where it is not installed.</summary>
    [Fact]
    public void The_original_library_reads_it_and_agrees()
    {
        Assert.SkipUnless(PythonProcess.Has("tokenizers"), "there is no python3 with 'tokenizers' here: that Hugging Face's library reads a learnt tokenizer.json is NOT tested");
        using var folder = new TemporaryFolder();
        var tokenizer = Opened(new TokenizerPlan { Vocabulary = 600 }, folder);
        string[] texts = [.. _texts.Take(50), "Ünïcode 乌鸦 123 ½ \r\n\n  x", "<|end_turn|>a 12 <|pad|>"];
        var script = folder.Write("check.py", """
            import sys, json, tokenizers
            t = tokenizers.Tokenizer.from_file(sys.argv[1])
            for line in open(sys.argv[2], encoding="utf-8"):
                case = json.loads(line)
                ids = t.encode(case["text"]).ids
                assert ids == case["ids"], (case, ids)
                assert t.decode(ids[1:], skip_special_tokens=False) == case["text"], case
            """);
        var cases = folder.Write("cases.jsonl", string.Join('\n', texts.Select(text =>
            $$"""{"text": {{System.Text.Json.JsonSerializer.Serialize(text)}}, "ids": [{{string.Join(", ", tokenizer.EncodePrompt(text))}}]}""")));
        Assert.Equal((0, ""), PythonProcess.Run(script, folder.At("tokenizer.json"), cases));
    }
}
