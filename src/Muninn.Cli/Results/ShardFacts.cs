using System.IO;
using System.Text.Json;
using Muninn.Cli.Frame;
using Muninn.Engine.Training.Data.Shards;

namespace Muninn.Cli.Results;

/// <summary>What is in a shard, in words and as JSON.</summary>
static class ShardFacts
{
    /// <summary>Prints it.</summary>
    /// <param name="shard">The shard.</param>
    /// <param name="name">What it is called.</param>
    /// <param name="shell">Where to.</param>
    public static void Print(TokenShard shard, string name, Shell shell)
    {
        var documents = shard.DocumentCount == 1 ? "1 document" : $"{shard.DocumentCount} documents";
        shell.Output.WriteLine($"{name}: {documents}, {shard.TokenCount} tokens, {Amount.Bytes(new FileInfo(shard.Path).Length)}");
        shell.Output.WriteLine($"  {BytesPerToken(shard):F2} bytes a token; {LabelShare(shard):P1} of the tokens are learnt; the longest document has {shard.LongestDocument}");
        shell.Output.WriteLine($"  made of {string.Join(", ", shard.Sources)} with the tokenizer {shard.Tokenizer}, vocabulary {shard.Vocabulary}");
    }

    /// <summary>Writes it as members of an object.</summary>
    /// <param name="shard">The shard.</param>
    /// <param name="json">Stands inside an object.</param>
    public static void Write(TokenShard shard, Utf8JsonWriter json)
    {
        json.WriteNumber("documents", shard.DocumentCount);
        json.WriteNumber("tokens", shard.TokenCount);
        json.WriteNumber("labels", shard.LabelCount);
        json.WriteNumber("label_share", LabelShare(shard));
        json.WriteNumber("text_bytes", shard.TextBytes);
        json.WriteNumber("bytes_per_token", BytesPerToken(shard));
        json.WriteNumber("longest_document", shard.LongestDocument);
        json.WriteNumber("file_bytes", new FileInfo(shard.Path).Length);
        json.WriteNumber("vocabulary", shard.Vocabulary);
        json.WriteString("tokenizer", shard.Tokenizer);
        json.WriteString("key", shard.Key);
        json.WriteStartArray("sources");
        foreach (var source in shard.Sources) json.WriteStringValue(source);
        json.WriteEndArray();
    }

    static double BytesPerToken(TokenShard shard) => (double)shard.TextBytes / shard.TokenCount;

    static double LabelShare(TokenShard shard) => (double)shard.LabelCount / shard.TokenCount;
}
