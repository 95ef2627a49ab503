using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.RegularExpressions;
using Muninn.Engine.Checkpoints;
using Muninn.Engine.Text;
using Muninn.Engine.Text.Training;
using Muninn.Engine.Training.Data;
using Muninn.Engine.Training.Data.Corpus;
using Muninn.Engine.Training.Data.Shards;
using Muninn.Tests.Engine.Files;
using Muninn.Tests.Engine.Text;
using Muninn.Tests.Repository;
using Xunit;

namespace Muninn.Tests.Engine.Training.Data;

public sealed class ShardTests
{
    static readonly ModelText _text = ModelText.Open(TextGoldens.SeedlingFolder)!;

    static ShardDraft Draft(TemporaryFolder folder, params (string Name, string Text)[] files) =>
        new([.. files.Select(file => CorpusFile.Of(folder.Write(file.Name, file.Text)))], TextGoldens.SeedlingFolder, _text);

    static TokenShard Made(TemporaryFolder folder, ShardDraft draft) => draft.OpenOrMake(folder.At("made.safetensors"));

    static (int[] Tokens, float[] Weights) Document(TokenShard shard, long document)
    {
        int length = (int)(shard.Start(document + 1) - shard.Start(document));
        var (tokens, weights) = (new int[length], new float[length]);
        shard.Read(shard.Start(document), tokens, weights);
        return (tokens, weights);
    }

    /// <summary>The tokens that count 1, as text.</summary>
    static string Learnt(TokenShard shard, long document)
    {
        var (tokens, weights) = Document(shard, document);
        return _text.Tokenizer.Decode(tokens.Where((_, i) => weights[i] == 1).ToArray());
    }

    [Fact]
    public void Texts_are_framed_and_learnt_whole()
    {
        using var folder = new TemporaryFolder();
        using var shard = Made(folder, Draft(folder, ("a.txt", "The raven."), ("b.txt", "It remembers <|end_turn|> 12\n")));
        Assert.Equal(2, shard.DocumentCount);
        var (tokens, weights) = Document(shard, 0);
        Assert.Equal(new QuestionTokens(_text).Text("The raven."), tokens);
        Assert.All(weights, static weight => Assert.Equal(1, weight));
        Assert.Equal(new QuestionTokens(_text).Text("It remembers <|end_turn|> 12\n"), Document(shard, 1).Tokens);
        Assert.Equal((shard.TokenCount, 39L), (shard.LabelCount, shard.TextBytes));
        Assert.Equal(["a.txt", "b.txt"], shard.Sources);
        Assert.Equal(768, shard.Vocabulary);
    }

    [Fact]
    public void Of_prompt_and_completion_the_completion_is_learnt()
    {
        using var folder = new TemporaryFolder();
        var draft = Draft(folder, ("a.jsonl", """{"prompt": "Who has it?", "completion": " Ann."}"""));
        using (var shard = Made(folder, draft))
        {
            var questions = new QuestionTokens(_text);
            Assert.Equal([.. questions.Prompt("Who has it?"), .. questions.Answer("Ann")], Document(shard, 0).Tokens);
            Assert.Equal(" Ann.<|end_text|>", Learnt(shard, 0));
        }

        using var weighed = Made(folder, draft with { PromptWeight = 0.25f });
        Assert.Equal(0.25f, Document(weighed, 0).Weights[0]);
        Assert.Equal(weighed.TokenCount, weighed.LabelCount);
    }

    [Fact]
    public void Of_a_conversation_the_models_turns_are_learnt_as_the_model_will_speak_them()
    {
        using var folder = new TemporaryFolder();
        using var shard = Made(folder, Draft(folder, ("a.jsonl", """
            {"messages": [{"role": "user", "content": "Who?"}, {"role": "assistant", "content": "Ann."}]}
            {"messages": [{"role": "system", "content": "S"}, {"role": "user", "content": "Who?"}, {"role": "assistant", "content": "Ann."}, {"role": "user", "content": "Why?"}, {"role": "assistant", "content": "So."}, {"role": "user", "content": "Oh."}]}
            """)));
        var questions = new QuestionTokens(_text);
        Assert.Equal([.. questions.Prompt("Who?", chat: true), .. questions.Answer("Ann", chat: true)], Document(shard, 0).Tokens);
        Assert.Equal("Ann.<|end_turn|>", Learnt(shard, 0));
        Assert.Equal("Ann.<|end_turn|>So.<|end_turn|>", Learnt(shard, 1));
        Assert.EndsWith("<|begin_header|>user<|end_header|>\n\nOh.<|end_turn|>", _text.Tokenizer.Decode(Document(shard, 1).Tokens), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"messages": [{"role": "user", "content": "Who?"}]}""", "no message has the role 'assistant'")]
    [InlineData("""{"messages": [{"role": "assistant", "content": "Ann."}]}""", "turn 1: the chat template does not put this turn")]
    [InlineData("""{"txt": ""}""", "expected the key 'text'")]
    public void A_line_that_teaches_nothing_is_named_and_no_file_is_left(string line, string expected)
    {
        using var folder = new TemporaryFolder();
        var error = Assert.Throws<InvalidDataException>(() => Made(folder, Draft(folder, ("a.jsonl", "{\"text\": \"fine\"}\n" + line))));
        Assert.Contains("a.jsonl:2: ", error.Message, StringComparison.Ordinal);
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
        Assert.Equal(["a.jsonl"], Directory.GetFiles(folder.Root).Select(Path.GetFileName));
    }

    [Fact]
    public void Messages_without_a_chat_template_are_refused()
    {
        using var folder = new TemporaryFolder();
        var trainer = new TokenizerTrainer(new TokenizerPlan { Vocabulary = 262, OtherSpecial = ["<a>", "<b>", "<c>"] });
        trainer.Learn().Write(folder.Root);
        var file = CorpusFile.Of(folder.Write("a.jsonl", """{"messages": [{"role": "user", "content": "Who?"}]}"""));
        var draft = new ShardDraft([file], folder.Root, ModelText.Open(folder.Root)!);
        Assert.Contains("a.jsonl:1: 'messages' need a chat template", Assert.Throws<InvalidDataException>(() => Made(folder, draft)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_there_is_not_made_again_unless_something_changed()
    {
        using var folder = new TemporaryFolder();
        var draft = Draft(folder, ("a.txt", "one\n\ntwo"));
        int read = 0;
        long Documents(ShardDraft which)
        {
            read = 0;
            using var shard = which.OpenOrMake(folder.At("made.safetensors"), _ => read++);
            return shard.DocumentCount;
        }

        Assert.Equal((1L, 1), (Documents(draft), read));
        Assert.Equal((1L, 0), (Documents(draft), read));
        Assert.Equal((2L, 2), (Documents(draft with { Split = DocumentSplit.BlankLines }), read));
        Assert.Equal((1L, 1), (Documents(draft), read));
        Assert.Equal((1L, 1), (Documents(draft with { PromptWeight = 1 }), read));
        Assert.Equal((1L, 1), (Documents(Draft(folder, ("a.txt", "one\n\nTwo"))), read));
        Assert.Equal((1L, 0), (Documents(Draft(folder, ("elsewhere.txt", "one\n\nTwo"))), read));
        // A damaged one is made again.
        var bytes = File.ReadAllBytes(folder.At("made.safetensors"));
        bytes[^1] ^= 1;
        File.WriteAllBytes(folder.At("made.safetensors"), bytes);
        Assert.Equal((1L, 1), (Documents(Draft(folder, ("a.txt", "one\n\nTwo"))), read));
    }

    [Fact]
    public void A_stopped_making_leaves_the_old_file_and_nothing_else()
    {
        using var folder = new TemporaryFolder();
        Made(folder, Draft(folder, ("a.txt", "one"))).Dispose();
        var before = File.ReadAllBytes(folder.At("made.safetensors"));
        var draft = Draft(folder, ("a.txt", "two"));
        Assert.Throws<OperationCanceledException>(() => draft.OpenOrMake(folder.At("made.safetensors"), static _ => throw new OperationCanceledException()));
        Assert.Equal(before, File.ReadAllBytes(folder.At("made.safetensors")));
        Assert.Equal(2, Directory.GetFileSystemEntries(folder.Root).Length);
    }

    [Fact]
    public void A_file_that_changes_meanwhile_is_told()
    {
        using var folder = new TemporaryFolder();
        var draft = Draft(folder, ("a.txt", "one"));
        _ = draft.Key();
        folder.Write("a.txt", "two");
        Assert.Contains("was changed while it was read", Assert.Throws<IOException>(() => Made(folder, draft)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_shard_of_another_tokenizer_is_refused()
    {
        using var folder = new TemporaryFolder();
        Made(folder, Draft(folder, ("a.txt", "one"))).Dispose();
        var error = Assert.Throws<InvalidDataException>(() => TokenShard.Open(folder.At("made.safetensors"), "0123456789abcdef"));
        Assert.Contains("the model's is 0123456789abcdef", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_fingerprint_is_of_what_cuts_texts()
    {
        using var folder = new TemporaryFolder();
        foreach (var name in new[] { "tokenizer.json", "tokenizer_config.json" })
            File.Copy(Path.Combine(TextGoldens.SeedlingFolder, name), folder.At(name));
        string Fingerprint() => TokenizerFingerprint.Of(folder.Root, ModelText.Open(folder.Root)!);
        void Replace(string name, string old, string changed) => File.WriteAllText(folder.At(name), File.ReadAllText(folder.At(name)).Replace(old, changed, StringComparison.Ordinal));
        string seedling = TokenizerFingerprint.Of(TextGoldens.SeedlingFolder, _text);
        Assert.Equal(seedling, Fingerprint());
        Replace("tokenizer_config.json", "\"model_max_length\": 1024", "\"model_max_length\": 99");
        Assert.Equal(seedling, Fingerprint());
        var seen = new HashSet<string>(StringComparer.Ordinal) { seedling };
        Replace("tokenizer_config.json", "trim", "trim ");
        Assert.True(seen.Add(Fingerprint()));
        Replace("tokenizer_config.json", "\"add_bos_token\": true", "\"add_bos_token\": false");
        Assert.True(seen.Add(Fingerprint()));
        Replace("tokenizer.json", "[A-Za-z]", "[A-Za-y]");
        Assert.True(seen.Add(Fingerprint()));
    }

    [Fact]
    public void A_large_vocabulary_takes_wider_tokens()
    {
        using var folder = new TemporaryFolder();
        Muninn.Engine.Files.FileTarget Target(string name) => Muninn.Engine.Files.FileTarget.Of(folder.At(name));
        foreach (var (name, vocabulary) in new[] { ("small", 65_536), ("large", 65_537) })
        {
            using (var writer = new ShardWriter(Target(name), vocabulary))
            {
                int[] tokens = [.. Enumerable.Range(0, 10_000).Select(i => i * 7919 % vocabulary)];
                writer.Add(tokens.AsSpan(0, 9_000), 0.5f);
                writer.Add(tokens.AsSpan(9_000), 0.5f);
                writer.EndDocument("here");
                writer.Complete(new() { ["tokenizer"] = "t", ["key"] = "k", ["sources"] = "h 1 n", ["text_bytes"] = "1" });
                using var shard = TokenShard.Open(folder.At(name));
                Assert.Equal(tokens, Document(shard, 0).Tokens);
                Assert.All(Document(shard, 0).Weights, static weight => Assert.Equal(0.5f, weight));
            }
        }

        Assert.InRange(new FileInfo(folder.At("large")).Length - new FileInfo(folder.At("small")).Length, 19_900, 20_100);
    }

    /// <summary>Every byte of the tensors, and many ways to damage the rest: an error of the documented kind, or the same documents.</summary>
    [Fact]
    public void Damage_is_found()
    {
        using var folder = new TemporaryFolder();
        using (Made(folder, Draft(folder, ("a.jsonl", "{\"text\": \"ab\"}\n{\"prompt\": \"c\", \"completion\": \"d\"}"))))
        {
        }

        byte[] good = File.ReadAllBytes(folder.At("made.safetensors"));
        int header = 8 + (int)BitConverter.ToInt64(good);
        for (int at = header; at < good.Length; at++)
            Assert.False(Opens(folder, With(good, at, (byte)(good[at] ^ 0x10))), $"byte {at}");
        for (int length = 0; length < good.Length; length += 3)
            Assert.False(Opens(folder, good[..length]), $"cut at {length}");
        Assert.False(Opens(folder, [.. good, 0]));
        for (ulong number = 0; number < 600; number++)
        {
            int at = (int)(RandomText.Number(5, number, 0) % (ulong)header);
            Opens(folder, With(good, at, (byte)RandomText.Number(5, number, 1)));
        }
    }

    static byte[] With(byte[] bytes, int at, byte value)
    {
        byte[] changed = [.. bytes];
        changed[at] = value;
        return changed;
    }

    static bool Opens(TemporaryFolder folder, byte[] bytes)
    {
        try
        {
            using var shard = TokenShard.Open(folder.Write("damaged.safetensors", bytes));
            _ = (shard.Key, shard.Sources, shard.TextBytes, shard.Tokenizer);
            Assert.Equal(2, shard.DocumentCount);
            Document(shard, 1);
            return true;
        }
        catch (InvalidDataException)
        {
            return false;
        }
    }

    [Fact]
    public void Foreign_files_are_told_from_shards()
    {
        using var folder = new TemporaryFolder();
        Assert.Contains("is no shard", Assert.Throws<InvalidDataException>(() => TokenShard.Open(Path.Combine(TextGoldens.SeedlingFolder, "model.safetensors"))).Message, StringComparison.Ordinal);
        Assert.Throws<InvalidDataException>(() => TokenShard.Open(folder.Write("a.txt", "no shard at all")));
        Assert.Throws<FileNotFoundException>(() => TokenShard.Open(folder.At("nowhere")));
    }

    /// <summary>Files whose hashes are right, but not what they say.</summary>
    [Theory]
    [InlineData("documents", new long[] { 0, 3, 2, 5 }, "document 1 goes from token 3 to 2")]
    [InlineData("documents", new long[] { 0, 4, 5 }, "document 1 goes from token 4 to 5")]
    [InlineData("documents", new long[] { 0, 2 }, "documents go from token 0 to 2; expected 0 to 5")]
    [InlineData("documents", new long[] { 1, 5 }, "documents go from token 1 to 5; expected 0 to 5")]
    [InlineData("documents", new long[] { 0, long.MaxValue, 5 }, "document 0 goes from token 0 to 9223372036854775807")]
    [InlineData("documents", new long[] { 0, -2, 5 }, "document 0 goes from token 0 to -2")]
    [InlineData("documents", new long[] { 5 }, "a shard has at least one document")]
    [InlineData("documents", new long[0], "a shard has at least one document")]
    [InlineData("weights.start", new long[] { 0, 0 }, "run 0 of weights goes from token 0 to 0")]
    [InlineData("weights.start", new long[] { 1, 3 }, "run 0 of weights goes from token 1 to 3")]
    [InlineData("weights.start", new long[] { 0, 5 }, "run 1 of weights goes from token 5 to 5")]
    [InlineData("weights.start", new long[] { 0 }, "expected as many")]
    [InlineData("weights.start", new long[] { 0, 3, 4 }, "expected as many")]
    public void What_makes_no_sense_is_refused_though_its_hash_is_right(string tensor, long[] values, string expected) =>
        Assert.Contains(expected, Refusal(tensor, DType.I64, values), StringComparison.Ordinal);

    [Fact]
    public void Tokens_weights_and_metadata_are_checked_too()
    {
        Assert.Contains("there is a token 7; the vocabulary has 7", Refusal("tokens", DType.U16, new ushort[] { 1, 2, 7, 3, 4 }), StringComparison.Ordinal);
        Assert.Contains("there is a token -1", Refusal("tokens", DType.I32, [1, 2, -1, 3, 4]), StringComparison.Ordinal);
        Assert.Contains("'tokens' is I64 [2]; expected U16 or I32", Refusal("tokens", DType.I64, new long[2]), StringComparison.Ordinal);
        Assert.Contains("run 1 has the weight NaN", Refusal("weights", DType.F32, [1, float.NaN]), StringComparison.Ordinal);
        Assert.Contains("run 0 has the weight -1", Refusal("weights", DType.F32, [-1f, 1]), StringComparison.Ordinal);
        Assert.Contains("no tensor 'weights'", Refusal("weights", DType.F32, Array.Empty<float>(), drop: "weights"), StringComparison.Ordinal);
        foreach (var key in new[] { "tokenizer", "key", "sources", "text_bytes", "vocabulary", "tokens.sha256" })
            Assert.Contains($"its metadata lack '{key}'", Refusal("weights", DType.F32, [1f, 0], drop: key), StringComparison.Ordinal);
        Assert.Contains("format = 'nothing'", Refusal("weights", DType.F32, [1f, 0], drop: "format"), StringComparison.Ordinal);
    }

    /// <summary>What is said of a shard of five tokens in two documents, one of whose tensors is another.</summary>
    static string Refusal<T>(string tensor, DType type, T[] values, string drop = "") where T : unmanaged
    {
        using var folder = new TemporaryFolder();
        var tensors = new Dictionary<string, (DType Type, byte[] Bytes)>(StringComparer.Ordinal)
        {
            ["tokens"] = (DType.U16, Bytes<ushort>([1, 2, 3, 4, 5])),
            ["documents"] = (DType.I64, Bytes<long>([0, 2, 5])),
            ["weights.start"] = (DType.I64, Bytes<long>([0, 3])),
            ["weights"] = (DType.F32, Bytes<float>([0, 1])),
        };
        var metadata = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["format"] = "muninn-shard-1",
            ["tokenizer"] = "t",
            ["key"] = "k",
            ["sources"] = "h 1 n",
            ["text_bytes"] = "1",
            ["vocabulary"] = "7",
        };
        void Write(string name)
        {
            foreach (var (key, entry) in tensors)
                metadata[key + ".sha256"] = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(entry.Bytes));
            metadata.Remove(drop);
            tensors.Remove(drop);
            SafetensorsWriter.Write(folder.At(name),
                [.. tensors.Select(entry => new TensorSource(entry.Key, entry.Value.Type, [entry.Value.Bytes.Length * 8 / entry.Value.Type.Bits()], stream => stream.Write(entry.Value.Bytes)))], metadata);
        }

        if (drop.Length == 0)
        {
            Write("good");
            TokenShard.Open(folder.At("good")).Dispose();
        }

        tensors[tensor] = (type, Bytes<T>(values));
        Write("bad");
        return Assert.Throws<InvalidDataException>(() => TokenShard.Open(folder.At("bad"))).Message;
    }

    static byte[] Bytes<T>(ReadOnlySpan<T> values) where T : unmanaged => System.Runtime.InteropServices.MemoryMarshal.AsBytes(values).ToArray();

    [Fact]
    public void A_full_disk_is_said_and_leaves_nothing()
    {
        using var disk = new SmallDisk();
        using var folder = new TemporaryFolder();
        var draft = Draft(folder, ("a.txt", string.Concat(Enumerable.Range(0, 60_000).Select(static i => $"{i} "))));
        var error = Assert.Throws<IOException>(() => draft.OpenOrMake(disk.File("made.safetensors")));
        Assert.Contains("made.safetensors' cannot be written: no space is left on its disk", error.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(disk.Path));
    }

    /// <summary>The reader of the docs, with nothing but Python's standard library.</summary>
    [Fact]
    public void The_reader_of_the_docs_reads_it()
    {
        Assert.SkipUnless(PythonProcess.Has("json"), "there is no python3 here: the reader of docs/training-data.md is NOT tested");
        using var folder = new TemporaryFolder();
        using var shard = Made(folder, Draft(folder, ("a.txt", "One."), ("b.txt", "The raven.")));
        string reader = Regex.Match(
            SourceTree.Text("docs/training-data.md").ReplaceLineEndings("\n"), "```python\n(?<code>.*?)```", RegexOptions.Singleline, TimeSpan.FromSeconds(1)).Groups["code"].Value;
        var script = folder.Write("check.py", reader + "print(document(sys.argv[1], 1))\n");
        Assert.Equal((0, $"[{string.Join(", ", Document(shard, 1).Tokens)}]\n"), PythonProcess.Run(script, shard.Path));
    }
}
