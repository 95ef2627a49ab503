using Muninn.Engine.Training.Recipes;

namespace Muninn.Cli.Training;

/// <summary>What the command line asks a training run for.</summary>
sealed record TrainingPlan
{
    /// <summary>What the model is made by.</summary>
    public required TrainingRecipe Recipe { get; init; }

    /// <summary>Where the run lives.</summary>
    public required string Folder { get; init; }

    /// <summary>Where to stop before the end; null: at the end.</summary>
    public long? UpdatesMax { get; init; }

    /// <summary>Threads; null: one for each processor.</summary>
    public int? Threads { get; init; }
}
