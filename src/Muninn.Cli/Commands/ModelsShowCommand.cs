using System.Collections.Generic;
using System.Linq;
using System.Text.Json;
using Muninn.Cli.Frame;
using Muninn.Cli.Input;
using Muninn.Cli.Results;
using Muninn.Engine.Checkpoints;
using Muninn.Engine.Text;
using Muninn.Kernels;

namespace Muninn.Cli.Commands;

/// <summary>Shows what is known about one model.</summary>
sealed class ModelsShowCommand : Verb
{
    readonly Setting<string> _model = InputSettings.ModelSetting();
    readonly Flag _tensors = new() { Name = "--tensors", Description = "List every tensor with its type and shape." };
    readonly Flag _json = new() { Name = "--json", Description = "Print JSON." };

    /// <inheritdoc/>
    public override string Name => "models show";

    /// <inheritdoc/>
    public override string Summary => "Show the shape, size and memory of a model.";

    /// <inheritdoc/>
    public override Positional Positional => new("MODEL", "The model; instead of --model.", 0, 1);

    /// <inheritdoc/>
    public override IReadOnlyList<SettingGroup> Groups => [new("Options", [_model, _tensors, _json])];

    /// <inheritdoc/>
    public override IReadOnlyList<(string Purpose, string Line)> Examples =>
    [
        ("the default model", "muninn models show"),
        ("one from the Hugging Face cache", "muninn models show tomg-group-umd/huginn-0125"),
    ];

    /// <inheritdoc/>
    public override bool RunsAnywhere => true;

    /// <inheritdoc/>
    public override int Run(Invocation invocation)
    {
        if (invocation.Words.Count > 0 && invocation.IsTyped(_model))
            throw new UsageException("MODEL and --model are both given. Leave one out.");
        var reference = invocation.Words is [var word] ? word : invocation.Value(_model);
        using var files = ModelFiles.Open(reference);
        var checkpoint = files.Checkpoint;
        var facts = Facts(files.Location, checkpoint, files.Text);
        var withTensors = invocation.IsSet(_tensors);
        if (invocation.IsSet(_json))
        {
            JsonOutput.Print(invocation.Shell, json => WriteJson(json, facts, checkpoint, withTensors));
            return ExitCode.Success;
        }

        var output = invocation.Shell.Output;
        int width = facts.Max(f => f.Label.Length);
        foreach (var (label, _, value, shown) in facts) output.WriteLine($"{label.PadRight(width)}  {shown ?? value.ToString()}");
        foreach (var note in checkpoint.Notes) output.WriteLine("note: " + note);
        if (!withTensors) return ExitCode.Success;
        output.WriteLine();
        foreach (var tensor in checkpoint.Tensors) output.WriteLine($"{tensor.DType,-5} {tensor.ShapeText,-18} {tensor.Name}");
        return ExitCode.Success;
    }

    static List<(string Label, string Key, object Value, string? Shown)> Facts(
        ModelLocation location, Checkpoint checkpoint, ModelText? text)
    {
        var config = checkpoint.Config;
        long blockWeights = checkpoint.Tensors.Where(t => t.Name == WeightNames.Adapter || t.Name.Contains(".core_block.", System.StringComparison.Ordinal))
            .Sum(WeightStorage.WeightsIn);
        // A panel-packed float32 copy of every weight is what a run holds at most.
        long unpacked = 4 * checkpoint.ParameterCount;
        long keysAndValues = 2L * 4 * config.Width;
        return
        [
            ("Model", "name", location.Reference, null),
            ("Folder", "folder", location.Folder, null),
            ("Fingerprint", "fingerprint", checkpoint.Fingerprint, null),
            ("Width", "width", config.Width, null),
            ("Heads", "heads", config.Heads, $"{config.Heads} of {config.HeadWidth}"),
            ("Hidden", "hidden", config.Hidden, null),
            ("Vocabulary", "vocabulary", config.Vocabulary, null),
            ("Context", "context", config.Context, null),
            ("Prelude blocks", "prelude_blocks", config.PreludeBlocks, null),
            ("Core blocks", "core_blocks", config.CoreBlocks, $"{config.CoreBlocks}, iterated; trained with {config.MeanRecurrence} iterations on average"),
            ("Coda blocks", "coda_blocks", config.CodaBlocks, null),
            ("Parameters", "parameters", checkpoint.ParameterCount, Amount.Count(checkpoint.ParameterCount)),
            ("of these iterated", "core_parameters", blockWeights, Amount.Count(blockWeights)),
            ("Weights on disk", "weight_bytes", checkpoint.WeightBytes,
                $"{Amount.Bytes(checkpoint.WeightBytes)} in {checkpoint.WeightFiles.Count} file(s), {string.Join(", ", checkpoint.Tensors.Select(t => t.DType).Distinct())}"),
            ("Matrices stored as", "weights", checkpoint.IntegerWeights ?? "floats",
                checkpoint.IntegerWeights is { } integers ? $"{integers}, a bf16 scale for every {WeightFormats.GroupInputs} inputs" : null),
            ("Weights as float32", "float32_bytes", unpacked, Amount.Bytes(unpacked)),
            ("Keys and values", "key_value_bytes_per_block_and_token", keysAndValues, $"{Amount.Bytes(keysAndValues)} a block and token"),
            ("Head", "tied_embedding", config.TiedEmbedding, config.TiedEmbedding ? "tied to the embedding" : "its own"),
            ("Query/key bias", "query_key_bias", config.QueryKeyBias, config.QueryKeyBias ? "yes" : "no"),
            ("Rotary table", "rotary_stored", checkpoint.RotaryTable is not null,
                $"base {config.RotaryBase}, {(checkpoint.RotaryTable is { } table ? $"stored as {table.DType}" : "not stored")}"),
            ("Tokenizer", "tokenizer", text is not null, text is null ? "none" : $"{text.Tokenizer.VocabularySize} tokens"),
        ];
    }

    static void WriteJson(
        Utf8JsonWriter json, List<(string Label, string Key, object Value, string? Shown)> facts, Checkpoint checkpoint, bool withTensors)
    {
        foreach (var (_, key, value, _) in facts)
        {
            switch (value)
            {
                case int number: json.WriteNumber(key, number); break;
                case long number: json.WriteNumber(key, number); break;
                case bool truth: json.WriteBoolean(key, truth); break;
                default: json.WriteString(key, value.ToString()); break;
            }
        }

        json.WriteStartArray("notes");
        foreach (var note in checkpoint.Notes) json.WriteStringValue(note);
        json.WriteEndArray();
        if (!withTensors) return;
        json.WriteStartArray("tensors");
        foreach (var tensor in checkpoint.Tensors)
        {
            json.WriteStartObject();
            json.WriteString("name", tensor.Name);
            json.WriteString("type", tensor.DType.ToString());
            json.WriteStartArray("shape");
            foreach (long size in tensor.Shape) json.WriteNumberValue(size);
            json.WriteEndArray();
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }
}
