using System;
using System.IO;
using System.Linq;
using System.Text;
using Muninn.Engine.Checkpoints;
using Muninn.Engine.Files;
using Muninn.Engine.Text;
using Muninn.Engine.Training.Data;
using Muninn.Engine.Training.Worlds;

namespace Muninn.Engine.Training.Recipes;

/// <summary>Reads recipe files; a key that is not known is an error, since it would be meant to change the result.</summary>
static class RecipeReader
{
    const int FileLengthMax = 1 << 20;

    internal static TrainingRecipe Read(string path)
    {
        byte[] text = JsonFile.ReadBytes(path, FileLengthMax);
        string folder = Path.GetDirectoryName(Path.GetFullPath(path)) ?? "";
        var recipe = JsonFile.ReadObject(text, path, root => Recipe(new JsonPlace(root, path, ""), path, text, folder));
        try
        {
            // Ranges are checked where they are known; with the shortest run, whatever the budget.
            recipe.Worlds?.Validated();
            if (recipe.Model is { } model) recipe.Settings(model, recipe.Updates ?? 1);
        }
        catch (ArgumentException error)
        {
            throw new InvalidDataException($"{path}: {error.Message}", error);
        }

        return recipe;
    }

    static TrainingRecipe Recipe(JsonPlace root, string path, byte[] text, string folder)
    {
        root.Only(
            "model", "init_from", "tokenizer", "seed", "data", "depth", "batch", "optimizer", "schedule", "budget", "average", "checkpoint",
            "probe", "about");
        var batch = root.Required("batch").Only("rows", "micro_batches", "recompute");
        var depth = root.Optional("depth")?.Only("mean", "tracked", "deviation");
        var optimizer = root.Required("optimizer");
        var model = root.Optional("model");
        string? initial = root.Optional("init_from")?.Text();
        if (model is null == initial is null)
            throw root.Wrong("either 'model', the shape of a fresh one, or 'init_from', a checkpoint", model is null ? "neither" : "both");
        string? tokenizer = root.Optional("tokenizer")?.Text();
        if (model is not null && tokenizer is null)
            throw root.Wrong("the key 'tokenizer', a folder with tokenizer.json, for a fresh model", "no such key");
        var data = root.Required("data").Only("worlds", "shards");
        var worlds = data.Optional("worlds");
        ShardShare[] shards = [.. data.Optional("shards")?.Items().Select(shard => Shard(shard, folder)) ?? []];
        if (worlds is null && shards.Length == 0)
            throw data.Wrong("'worlds', or 'shards', or both", "neither");
        return new TrainingRecipe
        {
            File = path,
            Text = text,
            Model = model is null ? null : Shape(model),
            InitialModel = initial is null ? null : Directory.Exists(Path.Combine(folder, initial)) ? Path.Combine(folder, initial) : initial,
            Tokenizer = tokenizer is null ? null : Path.Combine(folder, tokenizer),
            Seed = root.Optional("seed")?.Seed() ?? 0,
            Worlds = worlds is null ? null : Worlds(worlds),
            WorldShare = worlds?.Optional("share") is { } share ? Above0(share) : 1,
            Shards = shards,
            MeanIterations = depth?.Optional("mean")?.Whole(),
            TrackedIterations = depth?.Optional("tracked")?.Whole(),
            DepthDeviation = depth?.Optional("deviation")?.Number() ?? 0.5,
            Rows = Positive(batch.Required("rows")),
            MicroBatches = batch.Optional("micro_batches") is { } micro ? Positive(micro) : 1,
            Recompute = batch.Truth("recompute", false),
            Optimizer = Optimizer(optimizer),
            Rate = Rate(root.Optional("schedule"), optimizer.Required("rate").Number()),
            Budget = Budget(root.Required("budget")),
            AverageDecay = root.Optional("average")?.Number(),
            UpdatesPerCheckpoint = Every(root, "checkpoint", 500),
            UpdatesPerProbe = Every(root, "probe", 100),
        };
    }

    static ModelConfig Shape(JsonPlace model)
    {
        if (!model.IsObject)
            throw model.Wrong("an object with the keys of config.json", "something else");
        return ModelConfig.Parse(Encoding.UTF8.GetBytes(model.Value.GetRawText()), $"{model.File}: {model.Path}");
    }

    static ShardShare Shard(JsonPlace shard, string folder)
    {
        shard.Only("file", "share");
        return new ShardShare(Path.Combine(folder, shard.Text("file")), shard.Optional("share") is { } share ? Above0(share) : 1);
    }

    static double Above0(JsonPlace share) => share.Number() is var number && number > 0 ? number : throw share.Wrong("a number above 0", $"{number}");

    static WorldSettings Worlds(JsonPlace worlds)
    {
        worlds.Only(
            "share", "seed", "tasks", "steps_at_first", "raised_at", "raised_over", "share_at_hardest", "share_of_mastered", "decoys", "prose", "chat", "weights");
        var weights = worlds.Optional("weights")?.Only("answer", "question", "prose");
        return new WorldSettings
        {
            Seed = worlds.Optional("seed")?.Seed() ?? 0,
            Tasks = [.. worlds.Required("tasks").Entries().Select(static entry => Task(entry.Key, entry.Value))],
            StepsAtFirst = worlds.Optional("steps_at_first")?.Whole() ?? 2,
            RaisedAt = worlds.Optional("raised_at")?.Number() ?? 0.9,
            RaisedOver = worlds.Optional("raised_over")?.Whole() ?? 128,
            ShareAtHardest = worlds.Optional("share_at_hardest")?.Number() ?? 0.5,
            ShareOfMastered = worlds.Optional("share_of_mastered")?.Number() ?? 1,
            DecoysMax = worlds.Optional("decoys")?.Whole() ?? 0,
            ShareOfProse = worlds.Optional("prose")?.Number() ?? 0,
            ShareOfChat = worlds.Optional("chat")?.Number() ?? 0,
            AnswerWeight = Weight(weights, "answer"),
            QuestionWeight = Weight(weights, "question"),
            ProseWeight = Weight(weights, "prose"),
        };
    }

    static float Weight(JsonPlace? weights, string key) => (float)(weights?.Optional(key)?.Number() ?? 1);

    static WorldTaskShare Task(string name, JsonPlace value)
    {
        value.Only("share", "steps");
        var names = Enum.GetValues<WorldTask>().ToDictionary(static task => task.ToString().ToLowerInvariant());
        if (!names.TryGetValue(name, out var task))
            throw value.Wrong($"a task, one of {string.Join(", ", names.Keys)}", $"'{name}'");
        return new WorldTaskShare(task, value.Optional("share")?.Number() ?? 1, value.Required("steps").Whole());
    }

    static OptimizerSettings Optimizer(JsonPlace optimizer)
    {
        optimizer.Only("rule", "rate", "beta1", "beta2", "epsilon", "decay", "gradient_norm");
        double rate = optimizer.Required("rate").Number();
        var rule = optimizer.Optional("rule");
        var adam = rule?.Text() switch
        {
            null or "published" => AdamSettings.Published(rate),
            "adamw" => AdamSettings.AdamW(rate),
            var other => throw rule!.Wrong("published or adamw", $"'{other}'"),
        };
        return new OptimizerSettings
        {
            Adam = adam with
            {
                Beta1 = optimizer.Optional("beta1")?.Number() ?? adam.Beta1,
                Beta2 = optimizer.Optional("beta2")?.Number() ?? adam.Beta2,
                Epsilon = optimizer.Optional("epsilon")?.Number() ?? adam.Epsilon,
                WeightDecay = optimizer.Optional("decay")?.Number() ?? adam.WeightDecay,
            },
            GradientNormMax = optimizer.Optional("gradient_norm")?.Number() ?? 1,
        };
    }

    static RateShares Rate(JsonPlace? schedule, double rate)
    {
        schedule?.Only("warm_up", "cool_down", "shape", "floor");
        var shape = schedule?.Optional("shape");
        var coolDown = schedule?.Optional("cool_down");
        bool falls = shape is not null && shape.Text() is "linear" or "cosine";
        // The published schedule cools down from the whole rate, whatever the shape had come to.
        if (falls && coolDown is not null && coolDown.Number() > 0)
            throw coolDown.Wrong($"none beside the shape {shape!.Text()}, which falls by itself", $"{coolDown.Number()}");
        return new RateShares(
            rate,
            Share(schedule?.Optional("warm_up"), 0.01),
            Share(coolDown, falls ? 0 : 0.2),
            shape?.Text() switch
            {
                null or "constant" => RateShape.Constant,
                "linear" => RateShape.Linear,
                "cosine" => RateShape.Cosine,
                var other => throw shape!.Wrong("constant, linear or cosine", $"'{other}'"),
            },
            schedule?.Optional("floor")?.Number() ?? 0);
    }

    static double Share(JsonPlace? place, double otherwise)
    {
        double share = place?.Number() ?? otherwise;
        return share is >= 0 and <= 1 ? share : throw place!.Wrong("a share of all updates, from 0 to 1", $"{share}");
    }

    static TrainingBudget Budget(JsonPlace budget)
    {
        budget.Only("tokens", "minutes");
        var (tokens, minutes) = (budget.Optional("tokens"), budget.Optional("minutes"));
        if (tokens is null == minutes is null)
            throw budget.Wrong("either 'tokens' or 'minutes'", tokens is null ? "neither" : "both");
        if (tokens is not null && tokens.Long() < 1)
            throw tokens.Wrong("a number of tokens from 1", $"{tokens.Long()}");
        if (minutes is not null && !(minutes.Number() > 0))
            throw minutes.Wrong("a number of minutes above 0", $"{minutes.Number()}");
        return new TrainingBudget(tokens?.Long(), minutes?.Number());
    }

    static int Every(JsonPlace root, string key, int otherwise) =>
        root.Optional(key)?.Only("updates") is { } every ? Positive(every.Required("updates")) : otherwise;

    static int Positive(JsonPlace place) =>
        place.Whole() is var number && number >= 1 ? number : throw place.Wrong("a whole number from 1", $"{number}");
}
