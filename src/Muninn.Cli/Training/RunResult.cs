using System.Collections.Generic;
using System.Globalization;
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
                ["muninn.train.recipe"] = RunFingerprint.Of(recipe),
                ["muninn.train.updates"] = trainer.Progress.Updates.ToString(CultureInfo.InvariantCulture),
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
