using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;
using Muninn.Engine.Text;
using Muninn.Engine.Text.Training;
using Muninn.Engine.Training.Data;
using Muninn.Engine.Training.Data.Corpus;
using Muninn.Engine.Training.Data.Shards;

namespace Muninn.Fuzz;

/// <summary>Shards and JSON lines, and their readers under test.</summary>
static class CorpusSeeds
{
    const string Text = """
        {"text": "Ann gives the key to Ben.", "source": ["a", 1, null]}
        {"prompt": "Who has it?", "completion": " Zoë \u2042."}

        {"messages": [{"role": "user", "content": "Who?"}, {"role": "assistant", "content": "Ben \ud83d\ude00."}]}
        """;

    static readonly string _folder = Directory.CreateTempSubdirectory("muninn-fuzz-").FullName;

    /// <summary>A few lines of each form.</summary>
    public static List<Seed> Lines() => [new(Encoding.UTF8.GetBytes(Text)), new(Encoding.UTF8.GetBytes(Text.ReplaceLineEndings("\r\n")))];

    /// <summary>A shard of these lines.</summary>
    public static List<Seed> Shards()
    {
        AppDomain.CurrentDomain.ProcessExit += static (_, _) => Directory.Delete(_folder, recursive: true);
        new TokenizerTrainer(new TokenizerPlan { Vocabulary = 270 }).Learn().Write(_folder);
        var text = ModelText.Open(_folder) ?? throw new InvalidOperationException("the tokenizer that was just written is not there");
        File.WriteAllText(At("seed.jsonl"), Text);
        var path = At("seed.safetensors");
        new ShardDraft([CorpusFile.Of(At("seed.jsonl"))], _folder, text).OpenOrMake(path).Dispose();
        return [new Seed(File.ReadAllBytes(path))];
    }

    /// <summary>Opens a shard; what is let pass must give its documents.</summary>
    public static void ReadShard(byte[] input)
    {
        File.WriteAllBytes(At("input.safetensors"), input);
        using var shard = TokenShard.Open(At("input.safetensors"));
        _ = (shard.Tokenizer, shard.Key, shard.Sources.Count, shard.TextBytes);
        var source = new ShardSource(shard, 5, 0);
        for (long number = 0; number < source.ExampleCount; number++)
            _ = source.At(number);
    }

    /// <summary>Reads JSON lines, and the same bytes as text in its three ways.</summary>
    public static void ReadLines(byte[] input)
    {
        File.WriteAllBytes(At("input.jsonl"), input);
        File.WriteAllBytes(At("input.txt"), input);
        foreach (var split in Enum.GetValues<DocumentSplit>())
            Read(At("input.txt"), split);
        _ = CorpusFile.Of(At("input.jsonl")).Documents().Sum(static document => document.Texts.Sum(static text => text.Length));
    }

    static void Read(string path, DocumentSplit split)
    {
        try
        {
            _ = CorpusFile.Of(path).Documents(split).Count();
        }
        catch (InvalidDataException)
        {
            // The documented refusal; the next way comes next.
        }
    }

    static string At(string name) => Path.Combine(_folder, name);
}
