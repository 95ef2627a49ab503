using System;
using System.Collections.Generic;
using System.IO;
using Muninn.Engine.Checkpoints;
using Muninn.Engine.Training.Data;
using Muninn.Engine.Training.Runs;

namespace Muninn.Engine.Training.Recipes;

/// <summary>How long a run is.</summary>
/// <param name="Tokens">Rows of all updates, rounded up to whole ones; batches leave some empty, so that a few per cent fewer tokens are seen. Null: <paramref name="Minutes"/> decide.</param>
/// <param name="Minutes">
/// Minutes of updates at the pace of the first ones, from which the number of updates is then fixed once and for all; null: tokens decide.
/// </param>
public sealed record TrainingBudget(long? Tokens, double? Minutes);

/// <summary>A file of documents cut into tokens, and how many of all documents come from it.</summary>
/// <param name="File">The shard.</param>
/// <param name="Share">Against the other data; above 0.</param>
public sealed record ShardShare(string File, double Share);

/// <summary>A rate that follows shares of a run whose length is not yet known.</summary>
/// <param name="Rate">η; above 0.</param>
/// <param name="WarmUp">The share of the updates in which the rate rises from 0.</param>
/// <param name="CoolDown">The share in which it falls to 0 at the end.</param>
/// <param name="Shape">What is between.</param>
/// <param name="Floor">The lowest rate after the warm-up, not a share of it.</param>
public sealed record RateShares(double Rate, double WarmUp, double CoolDown, RateShape Shape, double Floor)
{
    /// <summary>The rate of a run of so many updates.</summary>
    /// <param name="updates">At least 1.</param>
    public RateSchedule Over(long updates) => new()
    {
        BaseRate = Rate,
        Steps = updates,
        WarmUp = (long)(WarmUp * updates),
        CoolDown = (long)(CoolDown * updates),
        Shape = Shape,
        Floor = Floor,
    };
}

/// <summary>Everything that a training run is made by: the content of a recipe file.</summary>
public sealed record TrainingRecipe
{
    /// <summary>The file, as given.</summary>
    public required string File { get; init; }

    /// <summary>Its bytes.</summary>
    public required ReadOnlyMemory<byte> Text { get; init; }

    /// <summary>The shape of a model that is trained from scratch; null: <see cref="InitialModel"/> is trained further.</summary>
    public ModelConfig? Model { get; init; }

    /// <summary>A checkpoint that is trained further; null: fresh weights.</summary>
    public string? InitialModel { get; init; }

    /// <summary>The checkpoint that was asked for instead of what the recipe names, as it was spelled; null: none.</summary>
    public string? InitialModelOverride { get; init; }

    /// <summary>The folder of the tokenizer's files; null: that of <see cref="InitialModel"/>.</summary>
    public string? Tokenizer { get; init; }

    /// <summary>Seed of fresh weights, of depths and of starts.</summary>
    public ulong Seed { get; init; }

    /// <summary>The generated worlds; null: none of them.</summary>
    public WorldSettings? Worlds { get; init; }

    /// <summary>How many of all documents are of the worlds, against the shares of <see cref="Shards"/>.</summary>
    public double WorldShare { get; init; } = 1;

    /// <summary>Files of documents.</summary>
    public IReadOnlyList<ShardShare> Shards { get; init; } = [];

    /// <summary>r̄; null: the model's own.</summary>
    public int? MeanIterations { get; init; }

    /// <summary>Iterations that gradients flow through; null: the model's own.</summary>
    public int? TrackedIterations { get; init; }

    /// <summary>Deviation of the logarithm of the depth's rate.</summary>
    public double DepthDeviation { get; init; } = 0.5;

    /// <summary>The most rows of a micro-batch.</summary>
    public required int Rows { get; init; }

    /// <summary>Micro-batches of an update.</summary>
    public int MicroBatches { get; init; } = 1;

    /// <summary>Whether activations are computed again on the way back.</summary>
    public bool Recompute { get; init; }

    /// <summary>How gradients become updates.</summary>
    public required OptimizerSettings Optimizer { get; init; }

    /// <summary>The learning rate.</summary>
    public required RateShares Rate { get; init; }

    /// <summary>How long the run is.</summary>
    public required TrainingBudget Budget { get; init; }

    /// <summary>The share of the average of the weights that an update keeps; null: the last weights are the result.</summary>
    public double? AverageDecay { get; init; }

    /// <summary>Updates between two checkpoints; at least 1.</summary>
    public int UpdatesPerCheckpoint { get; init; } = 500;

    /// <summary>Updates between two looks at the states; at least 1.</summary>
    public int UpdatesPerProbe { get; init; } = 100;

    /// <summary>Reads a recipe.</summary>
    /// <param name="path">A JSON file; paths in it start from its folder.</param>
    /// <exception cref="IOException">It cannot be read.</exception>
    /// <exception cref="InvalidDataException">It is not valid: the message says where, what was expected, what was found.</exception>
    public static TrainingRecipe Read(string path) => RecipeReader.Read(path);

    /// <summary>Updates that tokens make; null where minutes decide.</summary>
    public long? Updates
    {
        get
        {
            long rows = (long)Rows * MicroBatches;
            return Budget.Tokens is { } tokens ? (tokens + rows - 1) / rows : null;
        }
    }

    /// <summary>What an update does, in a run of so many.</summary>
    /// <param name="config">The model.</param>
    /// <param name="updates">At least 1.</param>
    /// <exception cref="ArgumentException">A setting is out of its range.</exception>
    public TrainerSettings Settings(ModelConfig config, long updates)
    {
        ArgumentNullException.ThrowIfNull(config);
        return new TrainerSettings
        {
            Depth = new DepthSampler
            {
                Mean = MeanIterations ?? config.MeanRecurrence,
                Tracked = TrackedIterations ?? config.MeanBackpropagation,
                Deviation = DepthDeviation,
                Seed = Seed,
            },
            Optimizer = Optimizer,
            Schedule = Rate.Over(updates),
            Rows = Rows,
            MicroBatches = MicroBatches,
            AverageDecay = AverageDecay,
            Recompute = Recompute,
            Seed = Seed,
        }.Validated();
    }
}
