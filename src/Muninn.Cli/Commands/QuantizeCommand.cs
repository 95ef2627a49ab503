using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using Muninn.Cli.Frame;
using Muninn.Cli.Input;
using Muninn.Cli.Results;
using Muninn.Engine.Checkpoints;
using Muninn.Engine.Files;
using Muninn.Engine.Quantization;
using Muninn.Engine.Text;
using Muninn.Kernels;

namespace Muninn.Cli.Commands;

/// <summary>Writes a checkpoint with shorter weights and says how faithfully it follows the original.</summary>
sealed class QuantizeCommand : Verb
{
    const long ShardLength = 2_000_000_000;

    /// <summary>What a checkpoint has beside weights and configuration, as the usual libraries name it.</summary>
    readonly Setting<string> _model = InputSettings.ModelSetting();

    readonly Setting<WeightFormat?> _weights = new(
        Reads.Word<WeightFormat?>(("int8", WeightFormat.Int8), ("int4", WeightFormat.Int4), ("bf16", WeightFormat.BrainFloat16)), null)
    {
        Name = "--weights",
        ValueName = "TYPE",
        Description = "int8 or int4, whole numbers with a scale for every 32 inputs: 8.5 or 4.5 bits a weight; or bf16.",
        Choices = ["int8", "int4", "bf16"],
    };

    readonly Setting<string?> _out = new(Reads.Path, null)
    {
        Name = "--out",
        ShortName = "-o",
        ValueName = "FOLDER",
        Description = "The folder to write; it must be new, or empty.",
        TakesFile = true,
    };

    readonly Setting<long> _shardSize = new(Reads.Bytes(ShardPlan.LengthLeast), ShardLength)
    {
        Name = "--shard-size",
        ValueName = "SIZE",
        Description = "Most bytes of weights in a file, e.g. 500MB, 4GiB; a larger tensor has a file to itself.",
        FallbackText = "2GB",
    };

    readonly Setting<int?> _threads = InputSettings.ThreadsSetting("one for each processor");

    readonly Flag _noReport = new() { Name = "--no-report", Description = "Only write; run neither model." };

    readonly Setting<string?> _text = new(Reads.Text, null)
    {
        Name = "--text",
        ValueName = "TEXT",
        Description = "Let both models read this text.",
        FallbackText = "a few sentences, or random tokens where there is no tokenizer",
    };

    readonly Setting<string?> _file = new(Reads.Path, null)
    {
        Name = "--file",
        ValueName = "FILE",
        Description = "Let both models read the text in FILE, UTF-8.",
        TakesFile = true,
    };

    readonly Setting<int[]?> _tokens = new(Reads.TokenIds, null)
    {
        Name = "--tokens",
        ValueName = "IDS",
        Description = "Let both models read these token ids, e.g. 5,17,3.",
    };

    readonly Setting<int> _horizon = new(Reads.Number(1, InputSettings.MostIterations), 64)
    {
        Name = "--horizon",
        ValueName = "N",
        Description = "The last iteration compared; states are compared after 1, 2, 4 ... and N iterations, predictions after N.",
        FallbackText = "64",
    };

    readonly Setting<ulong> _seed = new(Reads.Seed, 0)
    {
        Name = "--seed",
        ValueName = "N",
        Description = "Seed of the random start, the same for both models, and of random tokens.",
        FallbackText = "0",
    };

    readonly Setting<OutputFile?> _json = new(static text => OutputFile.Read(".json")(text), null)
    {
        Name = "--json",
        ValueName = "FILE",
        Description = "Write the report as JSON to FILE.",
        TakesFile = true,
    };

    /// <inheritdoc/>
    public override string Name => "quantize";

    /// <inheritdoc/>
    public override string Summary => "Write a model with int8, int4 or bf16 weights, and measure how faithful it is.";

    /// <inheritdoc/>
    public override string Description =>
        "The matrices of the blocks and the adapter become whole numbers with a bf16 scale for every 32 inputs; embedding and head become " +
        "bf16, norms and biases stay. The folder is there whole or not at all and loads like any model. Then both models run the same " +
        "prompts from the same starts: the report says how far the states are apart (relative L2 and cosine, mean and worst token), how far " +
        "the predictions (Kullback-Leibler divergence), and how often both find the same token the likeliest.";

    /// <inheritdoc/>
    public override Positional Positional => new("MODEL", "The model; instead of --model.", 0, 1);

    /// <inheritdoc/>
    public override IReadOnlyList<SettingGroup> Groups =>
    [
        new("Model and output", [_model, _weights, _out, _shardSize, _threads]),
        new("Report", [_noReport, _text, _file, _tokens, _horizon, _seed, _json]),
    ];

    /// <inheritdoc/>
    public override IReadOnlyList<(string Purpose, string Line)> Examples =>
    [
        ("half the size of bf16, nearly as faithful", "muninn quantize seedling --weights int8 --out seedling-int8"),
        ("a quarter, with the report for machines", "muninn quantize seedling --weights int4 --out seedling-int4 --json fidelity.json"),
    ];

    /// <inheritdoc/>
    public override int Run(Invocation invocation)
    {
        var shell = invocation.Shell;
        if (invocation.Words.Count > 0 && invocation.IsTyped(_model))
            throw new UsageException("MODEL and --model are both given. Leave one out.");
        var format = invocation.Value(_weights)
            ?? throw new UsageException("--weights is missing: give the type of the weights, e.g. --weights int8.");
        var name = invocation.Value(_out)
            ?? throw new UsageException("--out is missing: give the name of the folder to write, e.g. --out quantised.");
        var report = Given(invocation);
        var json = invocation.Value(_json);
        if (json is not null && invocation.IsSet(_noReport))
            throw new UsageException("--json is a file for the report, which --no-report leaves out. Leave one out.");
        OutputFile.Check(json is null ? [] : [json]);
        ulong seed = invocation.Value(_seed);
        var location = new ModelLocator(ModelPlaces.FromProcess()).Find(invocation.Words is [var word] ? word : invocation.Value(_model));
        using var original = Checkpoint.Open(location.Folder);
        // Before the writing: what cannot be read shall not be found out after it.
        var prompts = invocation.IsSet(_noReport) ? null
            : FidelityPrompts.Of(report, ModelText.Open(location.Folder), original.Config, location.Reference, seed);
        using var pool = new WorkerPool(invocation.Value(_threads) ?? Math.Min(WorkerPool.ThreadsMax, Environment.ProcessorCount));
        var target = OutputFolder.Target(name);
        Write(original, format, target, invocation.Value(_shardSize), pool, shell);
        if (prompts is null) return ExitCode.Success;
        var fidelity = FidelityReport.Of(original, target.Path, prompts, invocation.Value(_horizon), seed, pool, shell);
        fidelity.Print(shell.Output);
        json?.Write(shell, file => FileOutput.Write(file, stream => JsonOutput.Write(stream, fidelity.Write)));
        return ExitCode.Success;
    }

    static void Write(Checkpoint original, WeightFormat format, FolderTarget target, long shardSize, WorkerPool pool, Shell shell)
    {
        var quantization = CheckpointQuantization.Of(original, format, pool);
        var plan = ShardPlan.Of(quantization.Tensors, shardSize);
        var metadata = WeightStorage.Metadata(format, original.Fingerprint);
        metadata["muninn.version"] = Product.Version;
        var draft = new CheckpointDraft
        {
            Config = original.Config,
            ConfigText = QuantizedConfig.Of(Path.Combine(original.Folder, CheckpointFiles.Config), format),
            Companions = CheckpointFiles.Companions(original.Folder),
            Shards = plan,
            Type = DType.BF16,
            Metadata = metadata,
        };
        CheckpointOutput.Write(target, draft, shell);
        var files = plan.Shards.Count == 1 ? "one file" : $"{plan.Shards.Count} files";
        shell.Output.WriteLine(
            $"{target.Path}: {Amount.Bytes(plan.TotalLength)} in {files}, weights {WeightStorage.NameOf(format)}; the original {Amount.Bytes(original.WeightBytes)}");
        if (quantization.Kept.Count > 0)
            shell.Output.WriteLine($"left in bf16, because 32 does not divide their inputs: {string.Join(", ", quantization.Kept)}");
        shell.Output.Flush();
    }

    Prompt? Given(Invocation invocation)
    {
        var text = invocation.Value(_text);
        var file = invocation.Value(_file);
        int[]? tokens = invocation.Value(_tokens);
        string[] given = [.. new[] { (_text.Name, (object?)text), (_file.Name, file), (_tokens.Name, tokens) }.Where(static s => s.Item2 is not null).Select(static s => s.Name)];
        if (given.Length > 1)
            throw new UsageException($"{string.Join(" and ", given)} are both given; the report reads one text. Leave one out.");
        if (given.Length == 0) return null;
        var words = text ?? (file is null ? null : TextInput.ReadFile(file));
        if (words is { Length: 0 })
            throw new UsageException($"{given[0]}: there is no token to look at. Give a text.");
        return new Prompt(words, tokens, file is null ? given[0] : $"the file '{file}'", new PromptFrame.Special());
    }
}
