using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using Muninn.Engine.Checkpoints;
using Muninn.Engine.Text;
using Muninn.Engine.Training.Data;
using Muninn.Engine.Training.Data.Shards;
using Muninn.Engine.Training.Recipes;

namespace Muninn.Cli.Training;

/// <summary>The data that a recipe names: shards stay open as long as this is not disposed.</summary>
sealed class RunData : IDisposable
{
    readonly List<TokenShard> _shards = [];

    RunData(Func<RunData, ExampleSource> make)
    {
        try
        {
            Make = () => make(this);
            Source = Make();
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>The documents of the run.</summary>
    public ExampleSource Source { get; }

    /// <summary>The same documents from the beginning, for who wants to read on the side.</summary>
    public Func<ExampleSource> Make { get; }

    /// <summary>Opens the data for a model.</summary>
    /// <param name="recipe">Names it.</param>
    /// <param name="folder">The model's folder.</param>
    /// <param name="text">The model's tokenizer, which shards must be made with.</param>
    /// <param name="config">The model's shape.</param>
    /// <exception cref="InvalidDataException">A shard is spoiled or of another tokenizer.</exception>
    /// <exception cref="FileNotFoundException">A shard is not there.</exception>
    public static RunData Open(TrainingRecipe recipe, string folder, ModelText text, ModelConfig config) => new(data => data.SourceOf(recipe, folder, text, config));

    ExampleSource SourceOf(TrainingRecipe recipe, string folder, ModelText text, ModelConfig config)
    {
        var parts = new List<(ExampleSource Source, double Share)>();
        if (recipe.Worlds is { } worlds)
            parts.Add((new WorldSource(worlds, new QuestionTokens(text)), recipe.WorldShare));
        foreach (var (shard, index) in recipe.Shards.Select(static (shard, index) => (shard, index)))
        {
            if (index == _shards.Count)
                _shards.Add(TokenShard.Open(shard.File, TokenizerFingerprint.Of(folder, text)));
            parts.Add((new ShardSource(_shards[index], Math.Min(config.Context, recipe.Rows), recipe.Seed + (ulong)index), shard.Share));
        }

        return parts.Count == 1 ? parts[0].Source : new MixedSource(parts);
    }

    /// <inheritdoc/>
    public void Dispose() => _shards.ForEach(static shard => shard.Dispose());
}
