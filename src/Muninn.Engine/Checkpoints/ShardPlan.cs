using System;
using System.Collections.Generic;
using System.Linq;

namespace Muninn.Engine.Checkpoints;

/// <summary>A weight file to be written.</summary>
/// <param name="FileName">Its name in the checkpoint's folder.</param>
/// <param name="Tensors">What it holds.</param>
public sealed record Shard(string FileName, IReadOnlyList<TensorSource> Tensors);

/// <summary>How the tensors of a checkpoint are spread over files.</summary>
public sealed class ShardPlan
{
    /// <summary>Smallest file size that can be asked for, in bytes.</summary>
    public const long LengthLeast = 1000;

    ShardPlan(IReadOnlyList<Shard> shards) => Shards = shards;

    /// <summary>The files, in order.</summary>
    public IReadOnlyList<Shard> Shards { get; }

    /// <summary>Size of all tensors in bytes; headers come on top.</summary>
    public long TotalLength => Shards.Sum(static shard => shard.Tensors.Sum(static tensor => tensor.Length));

    /// <summary>How many numbers the tensors hold.</summary>
    public long ElementCount =>
        Shards.Sum(static shard => shard.Tensors.Sum(static tensor => 8 * tensor.Length / tensor.DType.Bits()));

    /// <summary>Fills files one after another, in the order of the tensors; what fits into one becomes a single file.</summary>
    /// <param name="tensors">All tensors, at least one.</param>
    /// <param name="lengthMax">Most bytes of tensors in a file, at least <see cref="LengthLeast"/>; a larger tensor has a file to itself.</param>
    /// <exception cref="ArgumentException">There are no tensors.</exception>
    public static ShardPlan Of(IReadOnlyCollection<TensorSource> tensors, long lengthMax)
    {
        ArgumentNullException.ThrowIfNull(tensors);
        ArgumentOutOfRangeException.ThrowIfLessThan(lengthMax, LengthLeast);
        if (tensors.Count == 0)
            throw new ArgumentException("A checkpoint has at least one tensor; none was given.", nameof(tensors));
        var files = new List<List<TensorSource>>();
        long length = 0;
        foreach (var tensor in tensors)
        {
            if (files.Count == 0 || length + tensor.Length > lengthMax)
            {
                files.Add([]);
                length = 0;
            }

            files[^1].Add(tensor);
            length += tensor.Length;
        }

        return new ShardPlan(files.Count == 1
            ? [new Shard(CheckpointFiles.Weights, files[0])]
            : [.. files.Select((file, i) => new Shard(CheckpointFiles.Shard(i + 1, files.Count), file))]);
    }
}
