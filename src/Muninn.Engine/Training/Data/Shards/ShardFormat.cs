namespace Muninn.Engine.Training.Data.Shards;

/// <summary>Names in a shard's file, which is a safetensors file; docs/training-data.md describes it.</summary>
static class ShardFormat
{
    /// <summary>Value of <see cref="Format"/>.</summary>
    public const string Name = "muninn-shard-1";

    /// <summary>Metadata: what kind of file it is.</summary>
    public const string Format = "format";

    /// <summary>Metadata: fingerprint of the tokenizer.</summary>
    public const string Tokenizer = "tokenizer";

    /// <summary>Metadata: every token is below this.</summary>
    public const string Vocabulary = "vocabulary";

    /// <summary>Metadata: what it was made of and how, as a hash.</summary>
    public const string Key = "key";

    /// <summary>Metadata: UTF-8 bytes of all texts.</summary>
    public const string TextBytes = "text_bytes";

    /// <summary>Metadata: a line for each source: SHA-256, bytes, name.</summary>
    public const string Sources = "sources";

    /// <summary>Metadata of a tensor: SHA-256 of its bytes.</summary>
    public const string HashEnding = ".sha256";

    /// <summary>Tensor: all documents one behind another.</summary>
    public const string Tokens = "tokens";

    /// <summary>Tensor: where each document starts, and where the last one ends.</summary>
    public const string Documents = "documents";

    /// <summary>Tensor: the first token of each run of tokens that count alike.</summary>
    public const string RunStarts = "weights.start";

    /// <summary>Tensor: how much the tokens of each run count.</summary>
    public const string RunWeights = "weights";
}
