using System.Collections.Generic;
using System.Linq;
using Muninn.Engine.Checkpoints;
using Muninn.Kernels;

namespace Muninn.Engine.Initialization;

/// <summary>The weights that a model has before training.</summary>
public static class ModelInitialization
{
    /// <summary>Every tensor of a fresh model; each is computed when it is written and is never in memory as a whole.</summary>
    /// <remarks>
    /// An element depends on the seed, its tensor's name and its number there alone: not on the threads, the files or the element type,
    /// which only rounds. A tied head is not written, nor a rotary table, which follows from the shape.
    /// </remarks>
    /// <param name="config">The model's shape.</param>
    /// <param name="seed">Any number; the same seed gives the same weights.</param>
    /// <param name="type">F32 or BF16.</param>
    /// <param name="pool">Computes; in use while a tensor is written, one at a time.</param>
    public static IReadOnlyList<TensorSource> Tensors(ModelConfig config, ulong seed, DType type, WorkerPool pool)
    {
        var pipeline = new TensorPipeline(pool, type);
        var laws = WeightLaw.Of(config);
        return [.. WeightNames.Required(config).Select(weight =>
        {
            long count = weight.Shape.Aggregate(1L, static (product, size) => checked(product * size));
            var fill = laws[weight.Name].FillOf(seed, weight.Name, count);
            return new TensorSource(weight.Name, type, weight.Shape, stream => pipeline.Write(count, fill, stream));
        })];
    }
}
