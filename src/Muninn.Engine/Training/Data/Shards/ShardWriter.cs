using System;
using System.Collections.Generic;
using System.IO;
using System.Runtime.InteropServices;
using Muninn.Engine.Checkpoints;
using Muninn.Engine.Files;
using F = Muninn.Engine.Training.Data.Shards.ShardFormat;

namespace Muninn.Engine.Training.Data.Shards;

/// <summary>Takes tokens document by document and then writes them as a shard. What it holds in memory does not grow.</summary>
sealed class ShardWriter : IDisposable
{
    readonly FileTarget _target;
    readonly bool _isShort;
    readonly int _vocabulary;
    readonly Spill _tokens;
    readonly Spill _documents;
    readonly Spill _runStarts;
    readonly Spill _runWeights;
    long _tokenCount;
    long _documentStart;
    long _documentCount;
    long _runCount;
    float _weight;

    /// <summary>Begins a shard.</summary>
    /// <param name="target">Where it will lie.</param>
    /// <param name="vocabulary">Every token is below this.</param>
    public ShardWriter(FileTarget target, int vocabulary)
    {
        _target = target;
        _vocabulary = vocabulary;
        _isShort = vocabulary <= 1 << 16;
        _tokens = new Spill(target.TemporaryPath + ".tokens");
        _documents = new Spill(target.TemporaryPath + ".documents");
        _runStarts = new Spill(target.TemporaryPath + ".starts");
        _runWeights = new Spill(target.TemporaryPath + ".weights");
        Add(_documents, 0L);
    }

    /// <summary>Appends tokens that count alike to the document.</summary>
    public void Add(ReadOnlySpan<int> tokens, float weight)
    {
        if (tokens.IsEmpty) return;
        if (_runCount == 0 || weight != _weight)
        {
            Add(_runStarts, _tokenCount);
            Add(_runWeights, weight);
            _runCount++;
            _weight = weight;
        }

        _tokenCount += tokens.Length;
        Span<ushort> halves = stackalloc ushort[4096];
        for (; _isShort && !tokens.IsEmpty; tokens = tokens[Math.Min(tokens.Length, halves.Length)..])
        {
            int count = Math.Min(tokens.Length, halves.Length);
            for (int i = 0; i < count; i++)
                halves[i] = checked((ushort)tokens[i]);
            _tokens.Write(MemoryMarshal.AsBytes(halves[..count]));
        }

        _tokens.Write(MemoryMarshal.AsBytes(tokens));
    }

    /// <summary>Ends the document.</summary>
    /// <param name="place">File and line, for the message.</param>
    /// <exception cref="InvalidDataException">It has fewer than two tokens.</exception>
    public void EndDocument(string place)
    {
        if (_tokenCount - _documentStart < 2)
            throw new InvalidDataException($"{place}: the document is {_tokenCount - _documentStart} tokens, of which none is predicted. Leave it out.");
        Add(_documents, _tokenCount);
        _documentStart = _tokenCount;
        _documentCount++;
    }

    /// <summary>Writes the file, whole or not at all.</summary>
    /// <param name="metadata">What stands in it besides what the writer knows.</param>
    public void Complete(Dictionary<string, string> metadata)
    {
        metadata[F.Format] = F.Name;
        metadata[F.Vocabulary] = FormattableString.Invariant($"{_vocabulary}");
        SafetensorsWriter.Write(
            _target,
            [
                Tensor(F.Tokens, _isShort ? DType.U16 : DType.I32, _tokenCount, _tokens, metadata),
                Tensor(F.Documents, DType.I64, _documentCount + 1, _documents, metadata),
                Tensor(F.RunStarts, DType.I64, _runCount, _runStarts, metadata),
                Tensor(F.RunWeights, DType.F32, _runCount, _runWeights, metadata),
            ],
            metadata);
    }

    /// <summary>Whether a failure is one of the writer's own files.</summary>
    public bool IsOwn(IOException error) => error.Message.Contains(_target.TemporaryPath, StringComparison.Ordinal);

    /// <inheritdoc/>
    public void Dispose()
    {
        _tokens.Dispose();
        _documents.Dispose();
        _runStarts.Dispose();
        _runWeights.Dispose();
    }

    static TensorSource Tensor(string name, DType type, long count, Spill bytes, Dictionary<string, string> metadata)
    {
        metadata[name + F.HashEnding] = bytes.Sha256;
        return new TensorSource(name, type, [count], bytes.CopyTo);
    }

    static void Add<T>(Spill spill, T value) where T : unmanaged => spill.Write(MemoryMarshal.AsBytes(new ReadOnlySpan<T>(in value)));
}
