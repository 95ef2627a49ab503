using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Muninn.Engine.Checkpoints;
using Muninn.Engine.Text;
using F = Muninn.Engine.Training.Data.Shards.ShardFormat;

namespace Muninn.Engine.Training.Data.Shards;

/// <summary>A file of documents in tokens, mapped into memory and checked to its last byte when it is opened.</summary>
public sealed class TokenShard : IDisposable
{
    const int Portion = 1 << 20;

    readonly SafetensorsFile _file;
    readonly Tensor _tokens;
    readonly Tensor _documents;
    readonly Tensor _runStarts;
    readonly Tensor _runWeights;

    TokenShard(SafetensorsFile file)
    {
        _file = file;
        _tokens = Known(F.Tokens, DType.U16, DType.I32);
        _documents = Known(F.Documents, DType.I64);
        _runStarts = Known(F.RunStarts, DType.I64);
        _runWeights = Known(F.RunWeights, DType.F32);
    }

    /// <summary>The file's name.</summary>
    public string Path => _file.Path;

    /// <summary>The fingerprint of the tokenizer; see <see cref="TokenizerFingerprint"/>.</summary>
    public string Tokenizer => Text(F.Tokenizer);

    /// <summary>Every token is below this.</summary>
    public int Vocabulary => (int)Whole(F.Vocabulary, 1, TokenizerReader.MaxVocabulary);

    /// <summary>What it was made of and how; see <see cref="ShardDraft.Key"/>.</summary>
    public string Key => Text(F.Key);

    /// <summary>Bytes of all texts in UTF-8, before they were framed.</summary>
    public long TextBytes => Whole(F.TextBytes, 0, long.MaxValue);

    /// <summary>Names of the files it was made of.</summary>
    public IReadOnlyList<string> Sources => [.. Text(F.Sources).Split('\n').Select(static line => line.Split(' ', 3)[^1])];

    /// <summary>How many documents there are.</summary>
    public long DocumentCount => _documents.ElementCount - 1;

    /// <summary>How many tokens there are.</summary>
    public long TokenCount => _tokens.ElementCount;

    /// <summary>Tokens that count more than nothing.</summary>
    public long LabelCount { get; private set; }

    /// <summary>Tokens of the longest document.</summary>
    public long LongestDocument { get; private set; }

    /// <summary>Opens a shard and reads all of it once.</summary>
    /// <param name="path">The file.</param>
    /// <param name="tokenizer">The fingerprint that it must have; null for any.</param>
    /// <exception cref="InvalidDataException">It is damaged, cut short, no shard, or of another tokenizer.</exception>
    /// <exception cref="IOException">It is missing or cannot be read.</exception>
    public static TokenShard Open(string path, string? tokenizer = null)
    {
        var file = SafetensorsFile.Open(path);
        try
        {
            if (file.Metadata.GetValueOrDefault(F.Format) is var format && format != F.Name)
                throw new InvalidDataException($"{path} is no shard: its metadata say format = '{format ?? "nothing"}'; expected '{F.Name}'. 'muninn data build' makes one.");
            var shard = new TokenShard(file);
            if (tokenizer is not null && shard.Tokenizer != tokenizer)
                throw new InvalidDataException(
                    $"{path} was made with the tokenizer {shard.Tokenizer}; the model's is {tokenizer}, to which its tokens mean something else. Make it again with 'muninn data build'.");
            shard.Check();
            return shard;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>The first token of a document; of the count of documents, the end of the last one.</summary>
    /// <param name="document">0 … <see cref="DocumentCount"/>.</param>
    public long Start(long document) => Integer(_documents, document);

    /// <summary>Tokens, and how much each counts.</summary>
    /// <param name="first">The first token.</param>
    /// <param name="tokens">Overwritten.</param>
    /// <param name="weights">Overwritten; as many.</param>
    /// <exception cref="ArgumentOutOfRangeException">The range leaves the shard.</exception>
    public void Read(long first, Span<int> tokens, Span<float> weights)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(first);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(tokens.Length, TokenCount - first, nameof(tokens));
        ArgumentOutOfRangeException.ThrowIfNotEqual(weights.Length, tokens.Length);
        Widen(first, tokens);
        for (int done = 0; done < weights.Length;)
        {
            long run = RunOf(first + done);
            long end = run + 1 < _runStarts.ElementCount ? Integer(_runStarts, run + 1) : TokenCount;
            int count = (int)Math.Min(end - first - done, weights.Length - done);
            weights.Slice(done, count).Fill(Weight(run));
            done += count;
        }
    }

    /// <summary>Whether any of some tokens counts.</summary>
    /// <param name="first">The first token.</param>
    /// <param name="end">Behind the last one.</param>
    public bool HasLabels(long first, long end)
    {
        for (long run = RunOf(first); run < _runStarts.ElementCount && Integer(_runStarts, run) < end; run++)
        {
            if (Weight(run) > 0) return true;
        }

        return false;
    }

    /// <summary>Closes the file.</summary>
    public void Dispose() => _file.Dispose();

    void Widen(long first, Span<int> tokens)
    {
        if (_tokens.DType == DType.I32)
        {
            MemoryMarshal.Cast<byte, int>(_tokens.Slice(first * sizeof(int), tokens.Length * sizeof(int))).CopyTo(tokens);
            return;
        }

        var halves = MemoryMarshal.Cast<byte, ushort>(_tokens.Slice(first * sizeof(ushort), tokens.Length * sizeof(ushort)));
        for (int i = 0; i < tokens.Length; i++)
            tokens[i] = halves[i];
    }

    /// <summary>The run that a token belongs to: the last one that starts at it or before.</summary>
    long RunOf(long token)
    {
        long least = 0, most = _runStarts.ElementCount - 1;
        while (least < most)
        {
            long middle = (least + most + 1) / 2;
            if (Integer(_runStarts, middle) <= token) least = middle;
            else most = middle - 1;
        }

        return least;
    }

    void Check()
    {
        foreach (var tensor in new[] { _tokens, _documents, _runStarts, _runWeights })
            CheckHash(tensor);
        _ = (Tokenizer, Key, TextBytes, Sources);
        if (DocumentCount < 1) throw Bad($"tensor '{F.Documents}' has {_documents.ElementCount} entries; a shard has at least one document, which is 2");
        CheckDocuments();
        CheckRuns();
        CheckTokens();
    }

    void CheckHash(Tensor tensor)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        for (long at = 0; at < tensor.Length; at += Portion)
            hash.AppendData(tensor.Slice(at, (int)Math.Min(Portion, tensor.Length - at)));
        var found = Convert.ToHexStringLower(hash.GetCurrentHash());
        var expected = Text(tensor.Name + F.HashEnding);
        if (found != expected) throw Bad($"the bytes of tensor '{tensor.Name}' hash to {found}; the metadata say {expected}");
    }

    void CheckDocuments()
    {
        if (Start(0) != 0 || Start(DocumentCount) != TokenCount)
            throw Bad($"documents go from token {Start(0)} to {Start(DocumentCount)}; expected 0 to {TokenCount}");
        for (long document = 0; document < DocumentCount; document++)
        {
            long start = Start(document), end = Start(document + 1);
            if (start < 0 || end > TokenCount || end - start < 2)
                throw Bad($"document {document} goes from token {start} to {end}; expected at least two of the {TokenCount} tokens");
            LongestDocument = Math.Max(LongestDocument, end - start);
        }
    }

    void CheckRuns()
    {
        long count = _runStarts.ElementCount;
        if (count < 1 || _runWeights.ElementCount != count)
            throw Bad($"'{F.RunStarts}' has {count} entries and '{F.RunWeights}' {_runWeights.ElementCount}; expected as many, and at least one");
        for (long run = 0; run < count; run++)
        {
            long start = Integer(_runStarts, run), end = run + 1 < count ? Integer(_runStarts, run + 1) : TokenCount;
            if ((run == 0 && start != 0) || start < 0 || end <= start || end > TokenCount)
                throw Bad($"run {run} of weights goes from token {start} to {end}; expected runs without a gap from 0 to {TokenCount}");
            float weight = Weight(run);
            if (!(weight >= 0 && float.IsFinite(weight))) throw Bad($"run {run} has the weight {weight}; expected a number from 0 on");
            if (weight > 0) LabelCount += end - start;
        }
    }

    void CheckTokens()
    {
        int vocabulary = Vocabulary;
        int[] portion = new int[Math.Min(Portion, TokenCount)];
        for (long at = 0; at < TokenCount; at += portion.Length)
        {
            var tokens = portion.AsSpan(0, (int)Math.Min(portion.Length, TokenCount - at));
            Widen(at, tokens);
            foreach (int token in tokens)
            {
                if ((uint)token >= (uint)vocabulary) throw Bad($"there is a token {token}; the vocabulary has {vocabulary}");
            }
        }
    }

    static long Integer(Tensor tensor, long index) => MemoryMarshal.Read<long>(tensor.Slice(index * sizeof(long), sizeof(long)));

    float Weight(long run) => MemoryMarshal.Read<float>(_runWeights.Slice(run * sizeof(float), sizeof(float)));

    Tensor Known(string name, params ReadOnlySpan<DType> types)
    {
        if (!_file.TryGetTensor(name, out var tensor)) throw Bad($"it has no tensor '{name}'");
        return types.Contains(tensor.DType) && tensor.Shape.Length == 1
            ? tensor
            : throw Bad($"tensor '{name}' is {tensor.DType} {tensor.ShapeText}; expected {string.Join(" or ", types.ToArray())} with one dimension");
    }

    string Text(string key) => _file.Metadata.TryGetValue(key, out var value) ? value : throw Bad($"its metadata lack '{key}'");

    long Whole(string key, long least, long most) =>
        long.TryParse(Text(key), NumberStyles.None, CultureInfo.InvariantCulture, out long value) && value >= least && value <= most
            ? value
            : throw Bad($"its metadata say {key} = '{Text(key)}'; expected a whole number from {least} to {most}");

    InvalidDataException Bad(string what) => new($"{Path}: the shard is damaged: {what}. Make it again with 'muninn data build'.");
}
