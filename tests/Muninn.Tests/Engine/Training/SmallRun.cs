using System.IO;
using System.Text.Json.Nodes;
using Muninn.Engine.Checkpoints;
using Muninn.Engine.Initialization;
using Muninn.Engine.Model;
using Muninn.Engine.Text;
using Muninn.Engine.Training;
using Muninn.Engine.Training.Data;
using Muninn.Engine.Training.Recipes;
using Muninn.Engine.Training.Runs;
using Muninn.Kernels;
using Muninn.Tests.Repository;

namespace Muninn.Tests.Engine.Training;

/// <summary>A recipe for a model of 17,000 weights, to be written as it is or spoiled in one place.</summary>
static class SmallRun
{
    /// <summary>The folder of the tokenizer that small runs use.</summary>
    public static string Tokenizer => Path.Combine(SourceTree.Root, "models", "seedling");

    public static JsonObject Recipe() => new()
    {
        ["model"] = new JsonObject
        {
            ["model_type"] = "huginn_raven",
            ["n_embd"] = 16,
            ["n_heads"] = 2,
            ["intermediate_size"] = 24,
            ["vocab_size"] = 768,
            ["block_size"] = 128,
            ["n_layers_in_prelude"] = 1,
            ["n_layers_in_recurrent_block"] = 1,
            ["n_layers_in_coda"] = 1,
            ["tie_embeddings"] = true,
            ["qk_bias"] = true,
            ["mean_recurrence"] = 3,
            ["mean_backprop_depth"] = 2,
        },
        ["tokenizer"] = Tokenizer,
        ["seed"] = 3,
        ["data"] = new JsonObject
        {
            ["worlds"] = new JsonObject
            {
                ["tasks"] = new JsonObject
                {
                    ["toggle"] = new JsonObject { ["steps"] = 4 },
                    ["chain"] = new JsonObject { ["steps"] = 3, ["share"] = 2 },
                },
                ["raised_over"] = 4,
                ["raised_at"] = 0.4,
                ["decoys"] = 2,
                ["prose"] = 0.2,
                ["chat"] = 0.2,
                ["weights"] = new JsonObject { ["question"] = 0.1, ["answer"] = 4 },
            },
        },
        ["batch"] = new JsonObject { ["rows"] = 160, ["micro_batches"] = 2 },
        ["optimizer"] = new JsonObject { ["rate"] = 0.01 },
        ["schedule"] = new JsonObject { ["warm_up"] = 0.1 },
        ["budget"] = new JsonObject { ["tokens"] = 320 * 12 },
        ["average"] = 0.9,
        ["checkpoint"] = new JsonObject { ["updates"] = 5 },
        ["probe"] = new JsonObject { ["updates"] = 6 },
    };

    public static TrainingRecipe Read(TemporaryFolder folder, JsonObject recipe) =>
        TrainingRecipe.Read(folder.Write("recipe.json", recipe.ToJsonString()));

    /// <summary>A fresh model of the recipe, written and loaded.</summary>
    public static TrainingModel Model(TemporaryFolder folder, TrainingRecipe recipe, WorkerPool pool)
    {
        string path = folder.At("fresh");
        if (!Directory.Exists(path))
        {
            CheckpointWriter.Write(Muninn.Engine.Files.FolderTarget.Of(path), new CheckpointDraft
            {
                Config = recipe.Model!,
                Shards = ShardPlan.Of(ModelInitialization.Tensors(recipe.Model!, recipe.Seed, DType.F32, pool), long.MaxValue),
                Type = DType.F32,
            });
        }

        return Load(path);
    }

    public static TrainingModel Load(string path)
    {
        using var checkpoint = Checkpoint.Open(path);
        return TrainingModel.Load(checkpoint, RotarySource.Exact);
    }

    public static Trainer Trainer(TrainingRecipe recipe, TrainingModel model, WorkerPool pool) => new(
        recipe.Settings(model.Config, recipe.Updates!.Value),
        model,
        new WorldSource(recipe.Worlds!, new QuestionTokens(ModelText.Open(Tokenizer)!)),
        pool);
}
