using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using Muninn.Engine.Files;
using Muninn.Engine.Training.Data;
using Muninn.Engine.Training.Data.Shards;
using Xunit;

namespace Muninn.Tests.Engine.Training.Data;

public sealed class ShardSourceTests
{
    /// <summary>Documents of given lengths whose tokens are all different, with weights by parity.</summary>
    static TokenShard Shard(TemporaryFolder folder, params IEnumerable<int> lengths)
    {
        using var writer = new ShardWriter(FileTarget.Of(folder.At("shard")), 1 << 20);
        int token = 0;
        foreach (int length in lengths)
        {
            for (int i = 0; i < length; i++, token++)
                writer.Add([token], Weight(token));
            writer.EndDocument("here");
        }

        writer.Complete(new() { ["tokenizer"] = "t", ["key"] = "k", ["sources"] = "h 1 n", ["text_bytes"] = "1" });
        return TokenShard.Open(folder.At("shard"));
    }

    static float Weight(int token) => token / 3 % 2;

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(1000)]
    public void Every_epoch_predicts_every_token_that_counts_once(int context)
    {
        int[] lengths = [2, 3, 5, 6, 7, 11, 2, 100];
        using var folder = new TemporaryFolder();
        using var shard = Shard(folder, lengths);
        var source = new ShardSource(shard, context, seed: 3);
        // Pieces as the definition says, without those in which nothing counts.
        var pieces = new List<int[]>();
        for (int i = 0, first = 0; i < lengths.Length; first += lengths[i++])
        {
            int[] document = [.. Enumerable.Range(first, lengths[i])];
            pieces.AddRange(Enumerable.Range(0, (lengths[i] - 2) / context + 1).Select(piece => document.Skip(piece * context).Take(context + 1).ToArray()));
        }

        pieces.RemoveAll(static tokens => tokens[1..].All(static token => Weight(token) == 0));
        Assert.Equal(pieces.Count, source.ExampleCount);
        for (long epoch = 0; epoch < 3; epoch++)
        {
            var examples = Enumerable.Range(0, (int)source.ExampleCount).Select(i => source.At(epoch * source.ExampleCount + i)).ToList();
            Assert.All(examples, example => Assert.InRange(example.Rows, 1, context));
            Assert.Equal(pieces, examples.Select(static example => example.Tokens.ToArray()).OrderBy(static tokens => tokens[0]));
            Assert.All(examples, static example => Assert.Equal(example.Tokens.ToArray().Select(Weight), example.Weights.ToArray()));
            Assert.Equal(epoch, source.Epoch((epoch + 1) * source.ExampleCount - 1));
        }
    }

    [Fact]
    public void A_number_gives_the_same_document_whatever_came_before()
    {
        using var folder = new TemporaryFolder();
        using var shard = Shard(folder, Enumerable.Range(0, 5000).Select(static i => 2 + i % 40));
        var source = new ShardSource(shard, 16, seed: 1);
        var again = new ShardSource(shard, 16, seed: 1);
        int[][] forwards = [.. Enumerable.Range(0, 20_000).Select(i => source.At(i).Tokens.ToArray())];
        for (int number = forwards.Length - 1; number >= 0; number -= 7)
            Assert.Equal(forwards[number], again.At(number).Tokens.ToArray());
        Assert.NotEqual(forwards[0], new ShardSource(shard, 16, seed: 2).At(0).Tokens.ToArray());
        Assert.NotEqual(forwards[0], forwards[source.ExampleCount]);
        Assert.Equal(source.ExampleCount, forwards.Take((int)source.ExampleCount).Select(static tokens => tokens[0]).Distinct().Count());
    }

    [Fact]
    public void Bad_numbers_are_refused()
    {
        using var folder = new TemporaryFolder();
        using var shard = Shard(folder, 2, 4);
        Assert.Throws<ArgumentOutOfRangeException>(() => new ShardSource(shard, 0, 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => new ShardSource(shard, 1, 0).At(-1));
        Assert.Throws<ArgumentOutOfRangeException>(() => shard.Read(5, new int[2], new float[2]));
        Assert.Equal([2, 3, 4, 5], new ShardSource(shard, 9, 0).At(long.MaxValue >> 10).Tokens.ToArray());
    }

    [Fact]
    public void A_run_is_not_taken_up_again_with_other_documents()
    {
        using var folder = new TemporaryFolder();
        using var shard = Shard(folder, 20, 30);
        var source = new ShardSource(shard, 8, seed: 3);
        new ShardSource(shard, 8, seed: 3).Restore(source.Memory());
        Assert.Contains("does not hold the documents", Assert.Throws<ArgumentException>(() => new ShardSource(shard, 4, 3).Restore(source.Memory())).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => source.Restore([]));
    }

    [Fact]
    public void A_shard_in_which_nothing_counts_is_refused()
    {
        using var folder = new TemporaryFolder();
        using var shard = Shard(folder, 3);
        Assert.Contains("there is nothing to learn", Assert.Throws<InvalidDataException>(() => new ShardSource(shard, 8, 0)).Message, StringComparison.Ordinal);
    }
}
