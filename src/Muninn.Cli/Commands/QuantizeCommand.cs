using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using Muninn.Cli.Frame;
using Muninn.Cli.Input;
using Muninn.Cli.Results;
using Muninn.Engine.Checkpoints;
using Muninn.Engine.Quantization;
using Muninn.Engine.Randomness;
using Muninn.Engine.Text;
using Muninn.Kernels;

namespace Muninn.Cli.Commands;

/// <summary>Writes a checkpoint with smaller weights, and says what that costs.</summary>
sealed class QuantizeCommand : Verb
{
    const long ShardLength = 2_000_000_000;

    /// <summary>Tokens of the prompt that is drawn for a model without a tokenizer.</summary>
    const int DrawnTokens = 32;

    /// <summary>What the report reads when no text is given: prose, a question that needs steps, a list, numbers.</summary>
    static readonly string[] _sentences =
    [
        InputSettings.ExampleSentence,
        "Ann gives the key to Ben. Ben gives the key to Cleo. Cleo gives the key to Dan. Who has it last?",
        "The raven flew over the grey sea at dawn, and nobody on the shore looked up.",
        "Tom has 3 apples and gets 4 more. He gives 2 away. How many apples does Tom have?",
    ];

    readonly Setting<WeightFormat?> _weights = new(
        static text => Reads.Word(("int8", WeightFormat.Int8), ("int4", WeightFormat.Int4), ("bf16", WeightFormat.BrainFloat16))(text), null)
    {
        Name = "--weights",
        ShortName = "-w",
        ValueName = "TYPE",
        Description = "How weights are stored: int8 (8.5 bits a weight), int4 (4.5 bits) or bf16.",
        Choices = ["int8", "int4", "bf16"],
    };

    readonly Setting<string?> _out = new(Reads.Path, null)
    {
        Name = "--out",
        ShortName = "-o",
        ValueName = "DIR",
        Description = "The folder to write, new or empty.",
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

    readonly Flag _noReport = new() { Name = "--no-report", Description = "Write the checkpoint and compare nothing." };

    readonly Setting<string?> _text = new(Reads.Text, null)
    {
        Name = "--text",
        ValueName = "TEXT",
        Description = "What both models read for the report.",
        FallbackText = "four built-in sentences; 32 drawn tokens where there is no tokenizer",
    };

    readonly Setting<int[]?> _tokens = new(Reads.TokenIds, null)
    {
        Name = "--tokens",
        ValueName = "IDS",
        Description = "The same as token ids, e.g. 5,17,3.",
    };

    readonly Setting<int> _iterations = new(Reads.Number(1, InputSettings.MostIterations), 64)
    {
        Name = "--iterations",
        ShortName = "-n",
        ValueName = "N",
        Description = "The last iteration that the report compares.",
        FallbackText = "64",
    };

    readonly Setting<ulong> _seed = new(Reads.Seed, 0)
    {
        Name = "--seed",
        ValueName = "N",
        Description = "Seed of the start states, the same for both models.",
        FallbackText = "0",
    };

    readonly Setting<OutputFile?> _json = new(static text => OutputFile.Read(".json")(text), null)
    {
        Name = "--json",
        ValueName = "FILE",
        Description = "Also write the report to FILE, a name that ends in .json.",
        TakesFile = true,
    };

    /// <inheritdoc/>
    public override string Name => "quantize";

    /// <inheritdoc/>
    public override string Summary => "Write a checkpoint with smaller weights and report how faithfully it follows the original.";

    /// <inheritdoc/>
    public override string Description =>
        "int8 and int4 store the matrices of the products as whole numbers with a bfloat16 scale for each 32 inputs; norms, biases and " +
        "the embedding stay as they are. The result loads like any checkpoint. The report runs both models from the same start: how far " +
        "apart their states are, iteration by iteration, and how much that changes the next token.";

    /// <inheritdoc/>
    public override Positional Positional => new("MODEL", "The model to start from: a folder, an alias or org/name[@revision].", 1, 1);

    /// <inheritdoc/>
    public override IReadOnlyList<SettingGroup> Groups =>
    [
        new("Output", [_weights, _out, _shardSize, _threads]),
        new("Report", [_noReport, _text, _tokens, _iterations, _seed, _json]),
    ];

    /// <inheritdoc/>
    public override IReadOnlyList<(string Purpose, string Line)> Examples =>
    [
        ("half the size of bfloat16", "muninn quantize seedling --weights int8 --out seedling-int8"),
        ("then", "muninn heatmap --model seedling-int8 \"The raven remembers.\""),
    ];

    /// <inheritdoc/>
    public override int Run(Invocation invocation)
    {
        var shell = invocation.Shell;
        var format = invocation.Value(_weights) ?? throw new UsageException("--weights is missing: give int8, int4 or bf16.");
        var name = invocation.Value(_out)
            ?? throw new UsageException("--out is missing: give the name of the folder to write, e.g. --out smaller.");
        var json = invocation.Value(_json);
        if (json is not null) OutputFile.Check([json]);
        int threads = invocation.Value(_threads) ?? Math.Min(WorkerPool.ThreadsMax, Environment.ProcessorCount);
        var location = new ModelLocator(ModelPlaces.FromProcess()).Find(invocation.Words[0]);
        var target = CheckpointOutput.Target(name);
        List<int[]> prompts;
        using (var source = Checkpoint.Open(location.Folder))
        {
            prompts = invocation.IsSet(_noReport) ? [] : Prompts(invocation, source.Config, location);
            Write(source, format, target, invocation.Value(_shardSize), threads, shell);
        }

        if (prompts.Count == 0) return ExitCode.Success;
        var report = new FidelityReport(prompts, invocation.Value(_iterations), invocation.Value(_seed), threads);
        var fidelity = report.Compare(location.Folder, target.Path, shell);
        shell.Output.WriteLine();
        shell.Output.WriteLine($"How it follows {location.Reference}, over {prompts.Count} prompt(s), {fidelity.Positions} tokens:");
        foreach (var line in FidelityReport.Table(fidelity)) shell.Output.WriteLine(line);
        json?.Write(shell, file => Engine.Files.FileOutput.Write(file, stream => JsonOutput.Write(stream, writer =>
        {
            writer.WriteString("version", Product.Version);
            writer.WriteString("model", location.Reference);
            writer.WriteString("weights", NameOf(format));
            report.WriteJson(writer, fidelity);
        })));
        return ExitCode.Success;
    }

    static void Write(Checkpoint source, WeightFormat format, Engine.Files.FolderTarget target, long shardSize, int threads, Shell shell)
    {
        using var pool = new WorkerPool(threads);
        var plan = ShardPlan.Of(ModelQuantizer.Tensors(source, format, pool), shardSize);
        var kept = ModelQuantizer.Kept(source, format);
        if (kept.Count > 0)
            shell.Error.WriteLine(
                $"note: {kept.Count} matrices keep their type, because groups of {WeightFormats.GroupInputs} do not divide their inputs: {string.Join(", ", kept.Take(4))}{(kept.Count > 4 ? ", …" : "")}");
        var draft = new CheckpointDraft
        {
            Config = source.Config,
            Shards = plan,
            Type = DType.BF16,
            Copied = ModelText.FilesOf(source.Folder),
            Metadata = new Dictionary<string, string>
            {
                ["muninn.version"] = Product.Version,
                [ModelQuantizer.WeightsKey] = NameOf(format),
                ["muninn.group"] = WeightFormats.GroupInputs.ToString(CultureInfo.InvariantCulture),
                ["muninn.source.fingerprint"] = source.Fingerprint,
            },
        };
        CheckpointOutput.Write(target, draft, shell);
        shell.Output.WriteLine($"{target.Path}: {Amount.Bytes(plan.TotalLength)} as {NameOf(format)}, from {Amount.Bytes(source.WeightBytes)}.");
        shell.Output.Flush();
    }

    List<int[]> Prompts(Invocation invocation, ModelConfig config, ModelLocation location)
    {
        var (text, tokens) = (invocation.Value(_text), invocation.Value(_tokens));
        if (text is not null && tokens is not null) throw new UsageException("--text and --tokens are both given; the report reads one. Leave one out.");
        var tokenizer = ModelText.Open(location.Folder);
        if (text is null && tokens is null && tokenizer is null) return [Drawn(config.Vocabulary, invocation.Value(_seed))];
        IEnumerable<Prompt> prompts = tokens is not null
            ? [new Prompt(null, tokens, _tokens.Name, new PromptFrame.Bare())]
            : (text is not null ? [text] : _sentences).Select(sentence => new Prompt(sentence, null, _text.Name, new PromptFrame.Special()));
        var read = new List<int[]>();
        foreach (var prompt in prompts)
        {
            var ids = PromptTokens.Of(prompt, tokenizer, location.Reference);
            ids.Check(config, prompt);
            read.Add(ids.Ids);
        }

        return read;
    }

    static int[] Drawn(int vocabulary, ulong seed)
    {
        return [.. Enumerable.Range(0, DrawnTokens).Select(i => (int)(vocabulary * CounterRandom.Uniform(seed, RandomStream.Tokens, i, 0)))];
    }

    static string NameOf(WeightFormat format) => format switch
    {
        WeightFormat.Int8 => "int8",
        WeightFormat.Int4 => "int4",
        WeightFormat.BrainFloat16 => "bf16",
        _ => "f32",
    };
}
