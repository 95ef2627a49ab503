using System;
using System.IO;
using Muninn.Cli.Frame;
using Muninn.Engine.Checkpoints;
using Muninn.Engine.Files;
using Muninn.Engine.Initialization;
using Muninn.Engine.Model;
using Muninn.Engine.Quantization;
using Muninn.Kernels;

namespace Muninn.Cli.Benches;

/// <summary>A model with fresh weights, or with those of a smaller one, in a temporary folder that goes with it.</summary>
sealed class TemporaryModel : IDisposable
{
    const int HeadWidth = 64;

    readonly string _folder;
    readonly IDisposable _mark;
    readonly Checkpoint _checkpoint;

    TemporaryModel(string folder, IDisposable mark, string checkpoint, WorkerPool pool)
    {
        _mark = mark;
        _folder = folder;
        _checkpoint = Checkpoint.Open(checkpoint);
        try
        {
            Model = RecurrentModel.Load(_checkpoint, new ModelOptions(), pool);
        }
        catch
        {
            _checkpoint.Dispose();
            throw;
        }
    }

    /// <summary>The weights, ready to run.</summary>
    public RecurrentModel Model { get; }

    /// <summary>A shape for prompts: one block, two core blocks, one block.</summary>
    /// <param name="width">Width of the state, a multiple of 64.</param>
    public static ModelConfig PromptShape(int width) => Shape(width, width * 11 / 4 / 32 * 32, coreBlocks: 2, otherBlocks: 1);

    /// <summary>A shape for one row: four core blocks, in int4 beyond four times any cache.</summary>
    /// <param name="width">Width of the state, a multiple of 64.</param>
    /// <param name="cacheBytes">The largest cache, in bytes.</param>
    public static ModelConfig RowShape(int width, long cacheBytes)
    {
        const double Int4Bytes = 18.0 / 32;
        const int HiddenStep = 512;
        int hidden = width * 11 / 4 / 32 * 32;
        // No machine's cache makes the model larger than this.
        int hiddenMax = 8 * width;
        while (hidden < hiddenMax && Shape(width, hidden, 4, 0).ProductWeightsPerIteration * Int4Bytes < 4.0 * cacheBytes)
            hidden = int.Min(hiddenMax, hidden + HiddenStep);
        return Shape(width, hidden, coreBlocks: 4, otherBlocks: 0);
    }

    /// <summary>Writes a checkpoint with fresh weights and opens it.</summary>
    /// <param name="config">Its shape.</param>
    /// <param name="format">How its weights are held; integer formats are made from bfloat16, as <c>quantize</c> does.</param>
    /// <param name="pool">Who computes the weights and packs them.</param>
    /// <param name="shell">Learns of its folder, and ends the writing.</param>
    public static TemporaryModel Create(ModelConfig config, WeightFormat format, WorkerPool pool, Shell shell)
    {
        var type = format == WeightFormat.Float32 ? DType.F32 : DType.BF16;
        var tensors = ModelInitialization.Tensors(config, seed: 1, type, pool);
        return Create(new CheckpointDraft { Config = config, Shards = ShardPlan.Of(tensors, long.MaxValue), Type = type }, format, pool, shell);
    }

    /// <summary>Writes a trained model, made wider, and opens it; its weights are bfloat16.</summary>
    /// <param name="folder">Where the trained one lies.</param>
    /// <param name="depth">How wide it becomes.</param>
    /// <param name="pool">Who packs its weights.</param>
    /// <param name="shell">Learns of its folder, and ends the writing.</param>
    public static TemporaryModel Widen(string folder, BenchDepth depth, WorkerPool pool, Shell shell)
    {
        using var narrow = Checkpoint.Open(folder);
        var wide = WidenedWeights.Shape(narrow.Config, depth.Copies, depth.HiddenCopies);
        var shards = ShardPlan.Of(WidenedWeights.Of(narrow, wide), long.MaxValue);
        return Create(new CheckpointDraft { Config = wide, Shards = shards, Type = DType.BF16 }, WeightFormat.BrainFloat16, pool, shell);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Model.Dispose();
        _checkpoint.Dispose();
        Remove(_folder);
        _mark.Dispose();
    }

    static TemporaryModel Create(CheckpointDraft draft, WeightFormat format, WorkerPool pool, Shell shell)
    {
        var folder = Directory.CreateTempSubdirectory("muninn-bench-").FullName;
        var mark = shell.Unfinished.BeginFolder(folder);
        try
        {
            var checkpoint = Path.Combine(folder, "model");
            CheckpointWriter.Write(FolderTarget.Of(checkpoint), draft, stopping: shell.Stopping);
            if (format.IsInteger()) checkpoint = Quantized(checkpoint, format, pool, shell);
            return new TemporaryModel(folder, mark, checkpoint, pool);
        }
        catch
        {
            Remove(folder);
            mark.Dispose();
            throw;
        }
    }

    static string Quantized(string folder, WeightFormat format, WorkerPool pool, Shell shell)
    {
        var smaller = folder + "-quantized";
        using (var source = Checkpoint.Open(folder))
        {
            var draft = new CheckpointDraft
            {
                Config = source.Config,
                Shards = ShardPlan.Of(CheckpointQuantization.Of(source, format, pool).Tensors, long.MaxValue),
                Type = DType.BF16,
                Metadata = WeightStorage.Metadata(format, source.Fingerprint),
            };
            CheckpointWriter.Write(FolderTarget.Of(smaller), draft, stopping: shell.Stopping);
        }

        Remove(folder);
        return smaller;
    }

    static ModelConfig Shape(int width, int hidden, int coreBlocks, int otherBlocks) => new()
    {
        Width = width,
        Heads = width / HeadWidth,
        Hidden = hidden,
        Vocabulary = 4096,
        Context = 1024,
        PreludeBlocks = otherBlocks,
        CoreBlocks = coreBlocks,
        CodaBlocks = otherBlocks,
    };

    static void Remove(string folder)
    {
        // Whoever ends the process by force takes it away before.
        if (Directory.Exists(folder)) Directory.Delete(folder, recursive: true);
    }
}
