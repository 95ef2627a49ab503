using System;
using Muninn.Engine.Training.Data.Shards;

namespace Muninn.Engine.Training.Data;

/// <summary>The documents of a shard, all of them once in each epoch, in an order that is drawn anew each time.</summary>
/// <remarks>
/// A document with more than <c>context</c> tokens to predict is cut into pieces, each an example of its own: piece p reads the tokens from p · context
/// on, and the last token that one piece predicts is the first that the next one reads, so that every token is predicted once. Pieces are
/// counted when the source is made; of their numbers only every thousandth is kept in memory. The shard must stay open.
/// </remarks>
public sealed class ShardSource : ExampleSource
{
    /// <summary>Documents between two numbers that are kept.</summary>
    const int Stride = 1024;

    readonly TokenShard _shard;
    readonly int _context;
    readonly ulong _seed;
    readonly long[] _firstPiece;

    /// <summary>Counts the examples of a shard.</summary>
    /// <param name="shard">Stays open as long as the source is in use.</param>
    /// <param name="context">Most rows of an example, at least 1.</param>
    /// <param name="seed">Which of all sequences of orders.</param>
    public ShardSource(TokenShard shard, int context, ulong seed)
    {
        ArgumentNullException.ThrowIfNull(shard);
        ArgumentOutOfRangeException.ThrowIfLessThan(context, 1);
        (_shard, _context, _seed) = (shard, context, seed);
        _firstPiece = new long[(shard.DocumentCount + Stride - 1) / Stride];
        for (long document = 0; document < shard.DocumentCount; document++)
        {
            if (document % Stride == 0) _firstPiece[document / Stride] = ExampleCount;
            ExampleCount += Pieces(document);
        }
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
        var (epoch, place) = Math.DivRem(number, ExampleCount);
        long example = new DocumentOrder(_seed, epoch, ExampleCount).At(place);
        int found = Array.BinarySearch(_firstPiece, example);
        long document = (found >= 0 ? found : ~found - 1) * (long)Stride;
        long piece = example - _firstPiece[document / Stride];
        for (long pieces; piece >= (pieces = Pieces(document)); document++)
            piece -= pieces;
        var (first, end) = (_shard.Start(document) + piece * _context, _shard.Start(document + 1));
        int length = (int)Math.Min(end - first, _context + 1L);
        int[] tokens = new int[length];
        float[] weights = new float[length];
        _shard.Read(first, tokens, weights);
        return new TrainingExample(tokens, weights);
    }

    long Pieces(long document) => (_shard.Start(document + 1) - _shard.Start(document) - 2) / _context + 1;
}
