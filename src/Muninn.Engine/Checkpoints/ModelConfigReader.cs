using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text.Json;
using Muninn.Engine.Files;

namespace Muninn.Engine.Checkpoints;

/// <summary>Checks the keys of a <c>config.json</c> one by one; see <see cref="ModelConfig"/>.</summary>
sealed class ModelConfigReader
{
    /// <summary>Largest <c>config.json</c> in bytes.</summary>
    public const int FileLengthMax = 1 << 20;

    /// <summary>The architecture that is read.</summary>
    public const string ModelType = "huginn_raven";

    // Training, bookkeeping and library settings: they change nothing that is computed from given weights.
    static readonly string[] _ignored =
    [
        "_attn_implementation", "_attn_implementation_autoset", "_name_or_path", "activation_checkpoint_impl",
        "architectures", "attn_implementation", "auto_map", "dtype", "effective_expected_depth", "finetuning_task",
        "gradient_checkpointing", "id2label", "init_orthogonal", "init_strategy", "initializer_range",
        "keys_to_ignore_at_inference", "label2id", "name", "output_attentions", "output_hidden_states",
        "padding_multiple", "problem_type", "quantization_config", "return_dict", "sampling_scheme", "task_specific_params",
        "test_time_noise_type", "tokenizer_class", "torch_dtype", "torchscript", "transformers_version",
        "use_bfloat16", "use_cache",
    ];

    readonly Dictionary<string, JsonElement> _values = new(StringComparer.Ordinal);
    readonly SortedSet<string> _known = new(_ignored, StringComparer.Ordinal);
    readonly string _path;

    ModelConfigReader(JsonElement root, string path)
    {
        _path = path;
        foreach (var property in root.EnumerateObject())
            _values.Add(property.Name, property.Value);
    }

    /// <summary>Reads the text of a <c>config.json</c>.</summary>
    /// <param name="utf8Json">The text.</param>
    /// <param name="path">The file's name, for messages.</param>
    public static ModelConfig Read(ReadOnlyMemory<byte> utf8Json, string path) =>
        JsonFile.ReadObject(utf8Json, path, root => new ModelConfigReader(root, path).ReadConfig());

    ModelConfig ReadConfig()
    {
        if (Text("model_type") is not { } modelType)
            throw Bad("model_type", "nothing", $"\"{ModelType}\"");
        if (modelType != ModelType)
            throw Bad("model_type", $"\"{modelType}\"",
                $"\"{ModelType}\"; other architectures cannot be run");

        var config = ReadShape() with
        {
            NormEpsilon = (float)Number("norm_eps", 1e-6, 1e-30, 1),
            QueryKeyBias = Flag("qk_bias", fallback: true),
            TiedEmbedding = Flag("tie_embeddings", fallback: true),
            RotaryBase = Number("rope_base", 50_000, 1, 1e12),
            MeanRecurrence = Whole("mean_recurrence", 1, ModelConfig.RecurrenceMax, 32),
            MeanBackpropagation = Whole("mean_backprop_depth", 0, ModelConfig.RecurrenceMax, 8),
        };
        CheckShape(config);
        CheckArchitecture(config);
        config = config with
        {
            BeginToken = TokenIds("bos_token_id", config.Vocabulary) is [var begin] ? begin : null,
            EndTokens = TokenIds("eos_token_id", config.Vocabulary),
            PadToken = TokenIds("pad_token_id", config.Vocabulary) is [var pad] ? pad : null,
        };
        RefuseUnknown();
        return config;
    }

    ModelConfig ReadShape()
    {
        var named = _values.ContainsKey("n_heads") || !_values.ContainsKey("num_attention_heads")
            ? "n_heads"
            : "num_attention_heads";
        var width = Whole("n_embd", 2, ModelConfig.WidthMax);
        return new ModelConfig
        {
            Width = width,
            Heads = Whole(named, 1, width),
            Hidden = Whole("intermediate_size", 1, ModelConfig.HiddenMax),
            Vocabulary = Whole("vocab_size", 1, ModelConfig.VocabularyMax),
            Context = Whole("block_size", 1, ModelConfig.ContextMax),
            PreludeBlocks = Whole("n_layers_in_prelude", 0, ModelConfig.BlocksMax),
            CoreBlocks = Whole("n_layers_in_recurrent_block", 1, ModelConfig.BlocksMax),
            CodaBlocks = Whole("n_layers_in_coda", 0, ModelConfig.BlocksMax),
        };
    }

    void CheckShape(ModelConfig config)
    {
        Agree("n_heads", config.Heads);
        Agree("num_attention_heads", config.Heads);
        if (config.Width % config.Heads != 0)
            throw Bad("n_heads", $"{config.Heads}", $"a divisor of n_embd, which is {config.Width}");
        if (config.HeadWidth % 2 != 0)
            throw Bad("n_heads", $"{config.Heads} heads of {config.HeadWidth}",
                "heads of an even width, since the rotary embedding turns pairs");
        Agree("num_key_value_heads", config.Heads);
        Agree("head_dim", config.HeadWidth);
        Agree("hidden_size", config.Width);
        Agree("n_layers", config.Blocks);
        Agree("num_hidden_layers", config.Blocks);
        Agree("padded_vocab_size", config.Vocabulary);
        Agree("max_position_embeddings", config.Context);
    }

    void CheckArchitecture(ModelConfig config)
    {
        Only("architecture_class_name", "RecurrentGPT");
        Only("block_class_name", "SandwichBlock");
        Only("norm_class_name", "RMSNorm_llama");
        Only("mlp_class_name", "GatedMLP");
        Only("nonlin_name", "SiLU");
        Only("injection_type", "linear");
        Only("state_init", "like-init");
        if (Flag("bias", fallback: false))
            throw Bad("bias", "true", "false: matrices without biases");
        if (Flag("tie_word_embeddings", config.TiedEmbedding) != config.TiedEmbedding)
            throw Bad("tie_word_embeddings", Found("tie_word_embeddings"),
                $"the same as tie_embeddings, {(config.TiedEmbedding ? "true" : "false")}");
        Near("test_time_noise", 0);
        Near("rope_theta", config.RotaryBase);
        if (Present("rope_scaling") is { } scaling && scaling.ValueKind != JsonValueKind.Null)
            throw Bad("rope_scaling", Found("rope_scaling"), "null: scaled rotary angles cannot be run");
        Near("init_scale", 1);
        if (Present("init_values") is not { } values || values.ValueKind == JsonValueKind.Null)
            return;
        CheckInitialValues(values, config);
    }

    void CheckInitialValues(JsonElement values, ModelConfig config)
    {
        if (values.ValueKind != JsonValueKind.Object)
            throw Bad("init_values", Found("init_values"), "an object of numbers");
        foreach (var property in values.EnumerateObject())
        {
            var name = $"init_values.{property.Name}";
            if (property.Value.ValueKind != JsonValueKind.Number || !property.Value.TryGetDouble(out var value))
                throw Bad(name, JsonFile.Describe(property.Value), "a number");

            // Of these only two act on a trained model: the scale of embeddings and the spread of start states.
            double? expected = property.Name switch
            {
                "embed_scale" => config.EmbeddingScale,
                "std" => config.InitialStateDeviation,
                "embedding" or "out_proj" => null,
                _ => throw Bad(name, "an unknown key", "embed_scale, embedding, out_proj or std"),
            };
            if (expected is { } wanted && !IsNear(value, wanted))
                throw Bad(name, JsonFile.Describe(property.Value), Invariant(wanted) + ", which follows from n_embd");
        }
    }

    List<int> TokenIds(string key, int vocabulary)
    {
        if (Present(key) is not { } value || value.ValueKind == JsonValueKind.Null)
            return [];
        var ids = new List<int>();
        var items = value.ValueKind == JsonValueKind.Array ? [.. value.EnumerateArray()] : new[] { value };
        foreach (var item in items)
        {
            if (item.ValueKind != JsonValueKind.Number || !item.TryGetInt32(out var id) || id < 0 || id >= vocabulary)
                throw Bad(key, JsonFile.Describe(value), $"token ids from 0 to {vocabulary - 1}");
            ids.Add(id);
        }

        return ids;
    }

    void RefuseUnknown()
    {
        List<string> unknown = [.. _values.Keys.Where(key => !_known.Contains(key)).Order(StringComparer.Ordinal)];
        if (unknown.Count > 0)
            throw new InvalidDataException(
                $"{_path}: unknown key '{NameList.Of(unknown)}' might change the result; known keys: "
                + $"{string.Join(", ", _known)}. Remove it if it changes nothing.");
    }

    JsonElement? Present(string key)
    {
        _known.Add(key);
        return _values.TryGetValue(key, out var value) ? value : null;
    }

    string Found(string key) => _values.TryGetValue(key, out var value) ? JsonFile.Describe(value) : "nothing";

    string? Text(string key)
    {
        if (Present(key) is not { } value)
            return null;
        return value.ValueKind == JsonValueKind.String ? value.GetString() : throw Bad(key, Found(key), "a text");
    }

    void Only(string key, string expected)
    {
        if (Text(key) is { } found && found != expected)
            throw Bad(key, Found(key), $"\"{expected}\"; nothing else can be run");
    }

    bool Flag(string key, bool fallback) => Present(key)?.ValueKind switch
    {
        null => fallback,
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => throw Bad(key, Found(key), "true or false"),
    };

    int Whole(string key, int min, int max, int? fallback = null)
    {
        if (Present(key) is not { } value)
            return fallback ?? throw Bad(key, "nothing", $"a whole number from {min} to {max}");
        return value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var number) && number >= min && number <= max
            ? number
            : throw Bad(key, Found(key), $"a whole number from {min} to {max}");
    }

    double Number(string key, double fallback, double min, double max)
    {
        if (Present(key) is not { } value)
            return fallback;
        return value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var number) && number >= min && number <= max
            ? number
            : throw Bad(key, Found(key), $"a number from {Invariant(min)} to {Invariant(max)}");
    }

    void Agree(string key, int expected)
    {
        if (Present(key) is not { } value)
            return;
        if (value.ValueKind != JsonValueKind.Number || !value.TryGetInt32(out var number) || number != expected)
            throw Bad(key, Found(key), $"{expected}, as the other keys say");
    }

    void Near(string key, double expected)
    {
        if (Present(key) is not { } value)
            return;
        if (value.ValueKind != JsonValueKind.Number || !value.TryGetDouble(out var number) || !IsNear(number, expected))
            throw Bad(key, Found(key), $"{Invariant(expected)}; nothing else can be run");
    }

    static bool IsNear(double value, double expected) => Math.Abs(value - expected) <= 1e-6 * Math.Abs(expected);

    static string Invariant(double value) => value.ToString("R", CultureInfo.InvariantCulture);

    InvalidDataException Bad(string key, string found, string expected) =>
        new($"{_path}: key '{key}': found {found}, expected {expected}.");
}
