using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using Muninn.Cli.Frame;
using Muninn.Cli.Results;
using Muninn.Engine.Checkpoints;
using Muninn.Engine.Files;
using Muninn.Engine.Initialization;
using Muninn.Engine.Text;
using Muninn.Engine.Training.Data;
using Muninn.Engine.Training.Recipes;
using Muninn.Engine.Training.Runs;
using Muninn.Kernels;

namespace Muninn.Cli.Training;

/// <summary>The first checkpoint of a run, which no update has touched: fresh weights, or those of another model, in float32.</summary>
static class RunStart
{
    /// <summary>Writes it, and the recipe beside it.</summary>
    /// <returns>Its folder.</returns>
    /// <exception cref="InvalidDataException">Model and tokenizer do not fit.</exception>
    public static string Write(TrainingRecipe recipe, TrainingFolder folder, WorkerPool pool, Shell shell)
    {
        using var initial = recipe.InitialModel is { } name ? ModelFiles.Open(name) : null;
        var config = recipe.Model ?? initial!.Checkpoint.Config;
        string tokenizer = recipe.Tokenizer ?? initial!.Checkpoint.Folder;
        if (!Directory.Exists(tokenizer))
            throw new DirectoryNotFoundException($"{recipe.File}: there is no folder '{tokenizer}' with a tokenizer. Check 'tokenizer'.");
        var text = ModelText.Open(tokenizer)
            ?? throw new InvalidDataException($"{recipe.File}: '{tokenizer}' has no tokenizer.json. Make one with 'muninn tokenizer train'.");
        if (text.Tokenizer.VocabularySize > config.Vocabulary)
            throw new InvalidDataException(
                $"{recipe.File}: the tokenizer has {text.Tokenizer.VocabularySize} tokens and the model {config.Vocabulary} rows for them; "
                + "give a model whose vocab_size is at least that.");
        RequireSound(recipe, tokenizer, text, config);
        var target = folder.Checkpoint(0);
        var draft = new CheckpointDraft
        {
            // What the model is trained for is what it is used with.
            Config = config with
            {
                MeanRecurrence = recipe.MeanIterations ?? config.MeanRecurrence,
                MeanBackpropagation = recipe.TrackedIterations ?? config.MeanBackpropagation,
            },
            Shards = ShardPlan.Of(Tensors(recipe, config, initial?.Checkpoint, pool), long.MaxValue),
            Type = DType.F32,
            Companions = CheckpointFiles.Companions(tokenizer),
            Metadata = new Dictionary<string, string>
            {
                ["muninn.version"] = Product.Version,
                ["muninn.init.seed"] = recipe.Seed.ToString(CultureInfo.InvariantCulture),
            },
        };
        FileOutput.Write(folder.Recipe, stream => stream.Write(recipe.Text.Span));
        CheckpointOutput.Write(target, TrainingCheckpoint.First(draft, RunFingerprint.Of(recipe)), shell);
        return target.Path;
    }

    /// <summary>Finds what is wrong before anything is written: a run that cannot begin leaves no trace.</summary>
    static void RequireSound(TrainingRecipe recipe, string tokenizer, ModelText text, ModelConfig config)
    {
        try
        {
            var settings = recipe.Settings(config, recipe.Updates ?? 1);
            using var data = RunData.Open(recipe, tokenizer, text, config);
            new BatchPacker(data.Source, settings.Rows, config.Context).Take();
        }
        catch (Exception error) when (error is ArgumentException or InvalidOperationException)
        {
            throw new InvalidDataException($"{recipe.File}: {error.Message}", error);
        }
    }

    static IReadOnlyCollection<TensorSource> Tensors(TrainingRecipe recipe, ModelConfig config, Checkpoint? initial, WorkerPool pool)
    {
        if (initial is null) return ModelInitialization.Tensors(config, recipe.Seed, DType.F32, pool);
        if (initial.IntegerWeights is { } integers)
            throw new InvalidDataException($"{initial.Folder}: the weights are stored as {integers}, and small steps would be lost in them; train from a checkpoint of floats.");
        return [.. WeightNames.Required(config).Select(weight => TensorSource.Float32(weight.Name, [.. weight.Shape], initial.Tensor(weight.Name).ToFloat32()))];
    }
}
