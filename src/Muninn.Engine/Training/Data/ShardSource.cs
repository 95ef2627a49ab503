using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.IO;
using System.Security.Cryptography;
using System.Text;
using Muninn.Engine.Training.Data.Shards;

namespace Muninn.Engine.Training.Data;

/// <summary>The documents of a shard, all of them once in each epoch, in an order that is drawn anew each time.</summary>
/// <remarks>
/// A document with more than <c>context</c> tokens to predict is cut into pieces, each an example of its own: piece p reads the tokens from p · context
/// on, and the last token that one piece predicts is the first that the next one reads, so that every token is predicted once. Pieces in which
/// no predicted token counts are left out. Examples are counted when the source is made; the place of every 128th is kept. The shard must stay open.
/// </remarks>
public sealed class ShardSource : ExampleSource
{
    /// <summary>Examples between two places that are kept.</summary>
    const int Stride = 128;

    readonly TokenShard _shard;
    readonly int _context;
    readonly ulong _seed;
    readonly List<(long Document, long Piece)> _places = [];

    /// <summary>Counts the examples of a shard.</summary>
    /// <param name="shard">Stays open as long as the source is in use.</param>
    /// <param name="context">Most rows of an example, at least 1.</param>
    /// <param name="seed">Which of all sequences of orders.</param>
    /// <exception cref="InvalidDataException">Nothing in the shard counts.</exception>
    public ShardSource(TokenShard shard, int context, ulong seed)
    {
        ArgumentNullException.ThrowIfNull(shard);
        ArgumentOutOfRangeException.ThrowIfLessThan(context, 1);
        (_shard, _context, _seed) = (shard, context, seed);
        for (var place = (Document: 0L, Piece: 0L); ToNext(ref place); place.Piece++, ExampleCount++)
        {
            if (ExampleCount % Stride == 0) _places.Add(place);
        }

        if (ExampleCount == 0)
            throw new InvalidDataException($"{shard.Path}: no token of its {shard.DocumentCount} documents counts, so that there is nothing to learn. Build it with other weights.");
    }

    /// <summary>Examples in one epoch: documents, or their pieces.</summary>
    public long ExampleCount { get; }

    /// <summary>How often all have been gone through before a number.</summary>
    /// <param name="number">From 0.</param>
    public long Epoch(long number) => number / ExampleCount;

    /// <inheritdoc/>
    public override TrainingExample At(long number)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(number);
        var (epoch, at) = Math.DivRem(number, ExampleCount);
        long example = new DocumentOrder(_seed, epoch, ExampleCount).At(at);
        var place = _places[(int)(example / Stride)];
        for (long left = example % Stride; left > 0; left--)
        {
            place.Piece++;
            ToNext(ref place);
        }

        var (first, end) = Borders(place.Document, place.Piece);
        int[] tokens = new int[end - first];
        float[] weights = new float[tokens.Length];
        _shard.Read(first, tokens, weights);
        return new TrainingExample(tokens, weights);
    }

    /// <summary>Nothing is remembered; what the documents are is, so that a run is not taken up again with others.</summary>
    public override long[] Memory() =>
        [BinaryPrimitives.ReadInt64LittleEndian(SHA256.HashData(Encoding.UTF8.GetBytes(_shard.Key))), ExampleCount];

    /// <inheritdoc/>
    public override void Restore(ReadOnlySpan<long> memory)
    {
        if (!memory.SequenceEqual(Memory()))
            throw new ArgumentException($"{_shard.Path} does not hold the documents that the run was begun with, or they are cut for another context; put them back, or begin a new run.");
    }

    /// <summary>From a place on to the first piece in which something counts.</summary>
    /// <returns>Whether there is one.</returns>
    bool ToNext(ref (long Document, long Piece) place)
    {
        for (; place.Document < _shard.DocumentCount; place = (place.Document + 1, 0))
        {
            long pieces = (_shard.Start(place.Document + 1) - _shard.Start(place.Document) - 2) / _context + 1;
            for (; place.Piece < pieces; place.Piece++)
            {
                var (first, end) = Borders(place.Document, place.Piece);
                if (_shard.HasLabels(first + 1, end)) return true;
            }
        }

        return false;
    }

    (long First, long End) Borders(long document, long piece)
    {
        long first = _shard.Start(document) + piece * _context;
        return (first, Math.Min(_shard.Start(document + 1), first + _context + 1));
    }
}
