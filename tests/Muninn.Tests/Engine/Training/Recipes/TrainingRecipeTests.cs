using System;
using System.IO;
using System.Text.Json.Nodes;
using Muninn.Engine.Training;
using Muninn.Engine.Training.Recipes;
using Muninn.Engine.Training.Worlds;
using Xunit;

namespace Muninn.Tests.Engine.Training.Recipes;

public sealed class TrainingRecipeTests : IDisposable
{
    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_recipe_says_what_a_run_is_made_by()
    {
        var recipe = SmallRun.Read(_folder, SmallRun.Recipe());
        Assert.Equal(16, recipe.Model!.Width);
        Assert.Equal(SmallRun.Tokenizer, recipe.Tokenizer);
        Assert.Equal(new TrainingBudget(3840, null), recipe.Budget);
        Assert.Equal(12, recipe.Updates);
        Assert.Equal((WorldTask.Toggle, 1.0, 4), (recipe.Worlds!.Tasks[0].Task, recipe.Worlds!.Tasks[0].Share, recipe.Worlds!.Tasks[0].StepsMax));
        Assert.Equal((4f, 0.1f, 1f), (recipe.Worlds!.AnswerWeight, recipe.Worlds!.QuestionWeight, recipe.Worlds!.ProseWeight));
        var settings = recipe.Settings(recipe.Model, 100);
        Assert.Equal((3, 2, 0.5, 3ul), (settings.Depth.Mean, settings.Depth.Tracked, settings.Depth.Deviation, settings.Depth.Seed));
        Assert.Equal((100L, 10L, 20L, 0.01), (settings.Schedule.Steps, settings.Schedule.WarmUp, settings.Schedule.CoolDown, settings.Schedule.BaseRate));
        Assert.Equal(AdamSettings.Published(0.01), settings.Optimizer.Adam);
        Assert.Equal((5, 6), (recipe.UpdatesPerCheckpoint, recipe.UpdatesPerProbe));
    }

    [Fact]
    public void The_recipes_of_the_repository_are_read()
    {
        foreach (string path in Directory.GetFiles(Path.Combine(Muninn.Tests.Repository.SourceTree.Root, "models", "recipes"), "*.json"))
            Assert.True(TrainingRecipe.Read(path).Updates > 0);
    }

    [Fact]
    public void A_falling_shape_has_no_cool_down()
    {
        var json = SmallRun.Recipe();
        json["schedule"] = new JsonObject { ["shape"] = "cosine" };
        Assert.Equal(0, SmallRun.Read(_folder, json).Rate.CoolDown);
    }

    [Fact]
    public void Paths_start_from_the_recipe_s_folder()
    {
        var json = SmallRun.Recipe();
        json["tokenizer"] = "here";
        Assert.Equal(_folder.At("here"), SmallRun.Read(_folder, json).Tokenizer);
    }

    [Fact]
    public void AdamW_and_its_numbers_can_be_asked_for()
    {
        var json = SmallRun.Recipe();
        json["optimizer"] = new JsonObject { ["rule"] = "adamw", ["rate"] = 5e-7, ["decay"] = 0, ["beta2"] = 0.99, ["gradient_norm"] = 0.5 };
        var optimizer = SmallRun.Read(_folder, json).Optimizer;
        Assert.Equal(AdamSettings.AdamW(5e-7, 0) with { Beta2 = 0.99 }, optimizer.Adam);
        Assert.Equal(0.5, optimizer.GradientNormMax);
    }

    [Theory]
    [InlineData("batch.rows", "0", "batch.rows: expected a whole number from 1, found 0")]
    [InlineData("batch.row", "100", "only the keys rows, micro_batches, recompute, found 'row'")]
    [InlineData("optimizer.rule", "\"sgd\"", "optimizer.rule: expected published or adamw, found 'sgd'")]
    [InlineData("optimizer.rate", "-1", "base rate")]
    [InlineData("optimizer.rate", "\"1\"", "optimizer.rate: expected a number, found a string")]
    [InlineData("budget.minutes", "3", "either 'tokens' or 'minutes', found both")]
    [InlineData("budget.tokens", "0", "expected a number of tokens from 1, found 0")]
    [InlineData("schedule.warm_up", "2", "expected a share of all updates, from 0 to 1, found 2")]
    [InlineData("schedule.shape", "\"saw\"", "expected constant, linear or cosine, found 'saw'")]
    [InlineData("schedule", "{\"shape\":\"cosine\",\"cool_down\":0.1}", "expected none beside the shape cosine, which falls by itself, found 0.1")]
    [InlineData("depth", "{\"mean\":0}", "the mean of iterations is 0")]
    [InlineData("average", "1", "average of the weights keeps 1")]
    [InlineData("data.worlds.tasks.riddle", "{\"steps\":2}", "expected a task, one of relay, sum, chain, toggle, ordering, found 'riddle'")]
    [InlineData("data.worlds.tasks.sum", "{\"steps\":64}", "Sum goes up to 64 steps; give 1 to 63")]
    [InlineData("data.worlds.prose", "2", "share of prose is 2")]
    [InlineData("data.shards", "[{\"file\":\"a\",\"share\":0}]", "data.shards[0].share: expected a number above 0, found 0")]
    [InlineData("data.shards", "[{\"fil\":\"a\"}]", "only the keys file, share, found 'fil'")]
    [InlineData("data", "{}", "expected 'worlds', or 'shards', or both, found neither")]
    [InlineData("init_from", "\"x\"", "found both")]
    [InlineData("model.n_embd", "17", "n_embd")]
    [InlineData("checkpoint.updates", "0", "checkpoint.updates: expected a whole number from 1, found 0")]
    [InlineData("seed", "-1", "seed: expected a whole number from 0")]
    [InlineData("modell", "{}", "only the keys model, init_from")]
    public void What_cannot_be_is_refused_with_its_place(string key, string value, string message)
    {
        var json = SmallRun.Recipe();
        JsonObject at = json;
        string[] keys = key.Split('.');
        foreach (string part in keys[..^1])
            at = (JsonObject)at[part]!;
        at[keys[^1]] = JsonNode.Parse(value);
        var error = Assert.Throws<InvalidDataException>(() => SmallRun.Read(_folder, json));
        Assert.Contains(message, error.Message, StringComparison.OrdinalIgnoreCase);
        Assert.StartsWith(_folder.At("recipe.json"), error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("model", "either 'model'")]
    [InlineData("tokenizer", "the key 'tokenizer'")]
    [InlineData("data", "the key 'data'")]
    [InlineData("batch", "the key 'batch'")]
    [InlineData("optimizer", "the key 'optimizer'")]
    [InlineData("budget", "the key 'budget'")]
    public void What_is_missing_is_named(string key, string message)
    {
        var json = SmallRun.Recipe();
        json.Remove(key);
        Assert.Contains(message, Assert.Throws<InvalidDataException>(() => SmallRun.Read(_folder, json)).Message);
    }

    [Fact]
    public void No_spoiled_recipe_does_more_than_be_refused()
    {
        byte[] text = System.Text.Encoding.UTF8.GetBytes(SmallRun.Recipe().ToJsonString());
        for (int i = 0; i < text.Length; i += 7)
        {
            byte kept = text[i];
            text[i] = (byte)(kept ^ (1 + i % 64));
            try
            {
                TrainingRecipe.Read(_folder.Write("recipe.json", text));
            }
            catch (Exception error) when (error is InvalidDataException)
            {
                Assert.Contains("recipe.json", error.Message);
            }

            text[i] = kept;
        }
    }
}
