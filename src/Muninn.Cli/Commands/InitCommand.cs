using System.Collections.Generic;
using System.Globalization;
using Muninn.Cli.Frame;
using Muninn.Cli.Input;
using Muninn.Cli.Results;
using Muninn.Engine.Checkpoints;
using Muninn.Engine.Initialization;
using Muninn.Kernels;

namespace Muninn.Cli.Commands;

/// <summary>Writes a checkpoint with fresh weights.</summary>
sealed class InitCommand : Verb
{
    const long ShardLength = 2_000_000_000;

    readonly Setting<string?> _like = new(Reads.Text, null)
    {
        Name = "--like",
        ValueName = "NAME",
        Description = "Take the shape of this model: huginn-0125, or anything --model takes, of which only config.json is read.",
    };

    readonly Setting<string?> _config = new(Reads.Path, null)
    {
        Name = "--config",
        ValueName = "FILE",
        Description = "Take the shape that this config.json describes.",
        TakesFile = true,
    };

    readonly Setting<string?> _out = new(Reads.Path, null)
    {
        Name = "--out",
        ShortName = "-o",
        ValueName = "FOLDER",
        Description = "The folder to write; it must be new, or empty.",
        TakesFile = true,
    };

    readonly Setting<ulong> _seed = new(Reads.Seed, 0)
    {
        Name = "--seed",
        ValueName = "N",
        Description = "Seed of every weight; the same seed gives the same weights, whatever the type, the files and the threads.",
        FallbackText = "0",
    };

    readonly Setting<DType> _type = new(Reads.Word(("bf16", DType.BF16), ("f32", DType.F32)), DType.BF16)
    {
        Name = "--dtype",
        ValueName = "TYPE",
        Description = "How weights are stored: bf16, the nearest to the weights of f32, or f32.",
        Choices = ["bf16", "f32"],
        FallbackText = "bf16",
    };

    readonly Setting<long> _shardSize = new(Reads.Bytes(ShardPlan.LengthLeast), ShardLength)
    {
        Name = "--shard-size",
        ValueName = "SIZE",
        Description = "Most bytes of weights in a file, e.g. 500MB, 4GiB; a larger tensor has a file to itself.",
        FallbackText = "2GB",
    };

    readonly Setting<int?> _threads = InputSettings.ThreadsSetting("one for each processor");

    /// <inheritdoc/>
    public override string Name => "init";

    /// <inheritdoc/>
    public override string Summary => "Write a checkpoint of any shape with the weights a model has before training.";

    /// <inheritdoc/>
    public override string Description =>
        "Weights are drawn as the original does: normal, cut at three deviations, of deviation sqrt(2/(5 width)), output projections and " +
        "the factor of the gated layer smaller by sqrt(2 depth); norm gains 1, biases 0. The folder holds config.json and safetensors " +
        "files, no tokenizer: run it with --tokens, or put a tokenizer.json beside. It is there whole or not at all.";

    /// <inheritdoc/>
    public override IReadOnlyList<SettingGroup> Groups =>
    [
        new("Shape", [_like, _config]),
        new("Output", [_out, _seed, _type, _shardSize, _threads]),
    ];

    /// <inheritdoc/>
    public override IReadOnlyList<(string Purpose, string Line)> Examples =>
    [
        ("a fresh model of the size of Huginn, 6.6 GiB", "muninn init --like huginn-0125 --seed 1 --out fresh-huginn"),
        ("a shape of your own", "muninn init --config config.json --seed 1 --out small"),
        ("then", "muninn heatmap --model small --tokens 5,17,3"),
    ];

    /// <inheritdoc/>
    public override int Run(Invocation invocation)
    {
        var shell = invocation.Shell;
        var shape = Shape(invocation);
        var name = invocation.Value(_out)
            ?? throw new UsageException("--out is missing: give the name of the folder to write, e.g. --out fresh.");
        var type = invocation.Value(_type);
        ulong seed = invocation.Value(_seed);
        var target = OutputFolder.Target(name);
        using var pool = new WorkerPool(invocation.Value(_threads) ?? System.Math.Min(WorkerPool.ThreadsMax, System.Environment.ProcessorCount));
        var plan = ShardPlan.Of(ModelInitialization.Tensors(shape.Config, seed, type, pool), invocation.Value(_shardSize));
        var draft = new CheckpointDraft
        {
            Config = shape.Config,
            Shards = plan,
            Type = type,
            Metadata = new Dictionary<string, string>
            {
                ["muninn.version"] = Product.Version,
                ["muninn.init.seed"] = seed.ToString(CultureInfo.InvariantCulture),
            },
        };

        var files = plan.Shards.Count == 1 ? "one file" : $"{plan.Shards.Count} files";
        shell.Output.WriteLine($"{shape.Name}: {Amount.Count(plan.ElementCount)} parameters, {Amount.Bytes(plan.TotalLength)} of {type} in {files}");
        shell.Output.Flush();
        CheckpointOutput.Write(target, draft, shell);
        shell.Output.WriteLine($"{target.Path} is ready. It has no tokenizer: give token ids, e.g.");
        shell.Output.WriteLine($"  muninn heatmap --model {name} --tokens 5,17,3");
        return ExitCode.Success;
    }

    ModelShape Shape(Invocation invocation)
    {
        var like = invocation.Value(_like);
        var config = invocation.Value(_config);
        if (like is not null && config is not null)
        {
            // What is typed wins over the environment; both in one place contradict each other.
            if (invocation.IsTyped(_like) == invocation.IsTyped(_config))
                throw new UsageException("--like and --config are both given, and each is a shape. Leave one out.");
            if (invocation.IsTyped(_like)) config = null;
        }

        if (config is not null) return ModelShape.Of(config);
        return like is not null
            ? ModelShape.Like(like)
            : throw new UsageException("the shape is missing: give --like NAME, e.g. --like huginn-0125, or --config FILE.");
    }
}
