using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using Muninn.Cli.Frame;
using Muninn.Cli.Results;
using Muninn.Engine.Checkpoints;
using Muninn.Engine.Files;
using Muninn.Engine.Training.Recipes;
using Muninn.Engine.Training.Runs;
using Muninn.Kernels;

namespace Muninn.Cli.Training;

/// <summary>The model that a run ends with: the averages of the weights where they are held, else the last ones; bf16.</summary>
static class RunResult
{
    const string RecipeKey = "muninn.train.recipe";
    const string UpdatesKey = "muninn.train.updates";

    /// <summary>Whether a folder holds the result of this very run.</summary>
    public static bool IsOf(string folder, Trainer trainer, string fingerprint)
    {
        string path = Path.Combine(folder, CheckpointFiles.Weights);
        if (!File.Exists(path)) return false;
        using var file = SafetensorsFile.Open(path);
        return file.Metadata.GetValueOrDefault(RecipeKey) == fingerprint
            && file.Metadata.GetValueOrDefault(UpdatesKey) == trainer.Progress.Updates.ToString(CultureInfo.InvariantCulture);
    }

    /// <summary>Writes it, whole or not at all.</summary>
    public static void Write(FolderTarget target, Trainer trainer, IReadOnlyList<string> companions, TrainingRecipe recipe, Shell shell)
    {
        var tensors = trainer.Model.Weights.Select((weight, i) => TensorSource.BrainFloat16(
            weight.Name,
            [.. weight.Shape],
            Rounded(trainer.Averages.Count > 0 ? trainer.Averages[i].Values : weight.Values)));
        var draft = new CheckpointDraft
        {
            Config = trainer.Model.Config,
            Shards = ShardPlan.Of([.. tensors], long.MaxValue),
            Type = DType.BF16,
            Companions = companions,
            Metadata = new Dictionary<string, string>
            {
                ["muninn.version"] = Product.Version,
                [RecipeKey] = RunFingerprint.Of(recipe),
                [UpdatesKey] = trainer.Progress.Updates.ToString(CultureInfo.InvariantCulture),
                ["muninn.train.tokens"] = trainer.Progress.Rows.ToString(CultureInfo.InvariantCulture),
            },
        };
        CheckpointOutput.Write(target, draft, shell);
    }

    static ushort[] Rounded(float[] values)
    {
        var rounded = new ushort[values.Length];
        BrainFloats.Round(values, rounded);
        return rounded;
    }
}
