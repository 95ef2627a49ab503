using System.Collections.Generic;
using System.IO;
using Muninn.Cli.Frame;
using Muninn.Cli.Input;
using Muninn.Cli.Training;
using Muninn.Engine.Training.Recipes;

namespace Muninn.Cli.Commands;

/// <summary>Trains a model by a recipe, or goes on where an earlier run was ended.</summary>
sealed class TrainCommand : Verb
{
    readonly Setting<string?> _out = new(Reads.Path, null)
    {
        Name = "--out",
        ShortName = "-o",
        ValueName = "FOLDER",
        Description = "Where the run lives; one that was begun there goes on.",
        FallbackText = "the recipe's name with -run, in the current folder",
        TakesFile = true,
    };

    readonly Setting<string?> _initial = new(Reads.Text, null)
    {
        Name = "--init-from",
        ValueName = "MODEL",
        Description = "Train this model further, instead of what the recipe names: an alias, a name or a folder.",
    };

    readonly Setting<long?> _updates = new(static text => Reads.Number(1, int.MaxValue)(text), null)
    {
        Name = "--updates",
        ValueName = "N",
        Description = "Stop, with a checkpoint, when the run has made N updates in all; it can go on later.",
    };

    readonly Setting<int?> _threads = InputSettings.ThreadsSetting("one for each processor");

    /// <inheritdoc/>
    public override string Name => "train";

    /// <inheritdoc/>
    public override string Summary => "Train a model by a recipe; stop and go on at any time, to the same bits.";

    /// <inheritdoc/>
    public override string Description =>
        "The recipe is a small JSON file: the model's shape, data, optimiser and budget (docs/training.md). The folder holds checkpoints, which "
        + "every command reads as a model, a log with a JSON object for each line, a picture of the run, and in the end the model in bf16. "
        + "Ctrl-C writes a checkpoint and stops; a killed run loses what came after its last one. The same command goes on from there, and the "
        + "weights are the same to the bit as if nothing had happened, on any number of threads.";

    /// <inheritdoc/>
    public override Positional Positional => new("RECIPE", "The recipe, a JSON file.", 1, 1);

    /// <inheritdoc/>
    public override IReadOnlyList<SettingGroup> Groups => [new("Run", [_out, _initial, _updates, _threads])];

    /// <inheritdoc/>
    public override IReadOnlyList<(string Purpose, string Line)> Examples =>
    [
        ("a small model that answers questions, in hours", "muninn train models/recipes/sapling.json --out sapling"),
        ("look into it while it learns", "muninn heatmap \"Rosa has 3 nuts.\" --model sapling/checkpoints/0000000500"),
        ("train a model further", "muninn train recipe.json --init-from seedling --out seedling-2"),
    ];

    /// <inheritdoc/>
    public override int Run(Invocation invocation)
    {
        string path = invocation.Words[0];
        if (!File.Exists(path))
            throw new FileNotFoundException($"there is no recipe '{path}'. Check the name; docs/training.md shows one.");
        var recipe = TrainingRecipe.Read(path);
        if (invocation.Value(_initial) is { } initial)
            recipe = recipe with { InitialModel = initial, InitialModelOverride = initial, Model = null, Tokenizer = null };
        var plan = new TrainingPlan
        {
            Recipe = recipe,
            Folder = invocation.Value(_out) ?? Path.GetFileNameWithoutExtension(path) + "-run",
            UpdatesMax = invocation.Value(_updates),
            Threads = invocation.Value(_threads),
        };
        using var session = TrainingSession.Open(plan, invocation.Shell);
        return session.Run();
    }
}
