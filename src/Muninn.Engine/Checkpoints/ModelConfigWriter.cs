using System;
using System.Buffers;
using System.Collections.Generic;
using System.Text.Json;

namespace Muninn.Engine.Checkpoints;

/// <summary>Writes the <c>config.json</c> of a model: what <see cref="ModelConfig"/> reads, and what the original library asks for.</summary>
static class ModelConfigWriter
{
    /// <summary>The text, UTF-8; the same configuration gives the same bytes.</summary>
    /// <param name="config">Shape and constants.</param>
    /// <param name="type">Element type of the weights.</param>
    public static byte[] Write(ModelConfig config, DType type)
    {
        ArgumentNullException.ThrowIfNull(config);
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Indented = true, NewLine = "\n" }))
        {
            json.WriteStartObject();
            WriteArchitecture(json, type);
            WriteShape(json, config);
            WriteConstants(json, config);
            WriteTokens(json, config);
            json.WriteEndObject();
        }

        buffer.Write("\n"u8);
        return buffer.WrittenSpan.ToArray();
    }

    static void WriteArchitecture(Utf8JsonWriter json, DType type)
    {
        json.WriteStartArray("architectures");
        json.WriteStringValue("RavenForCausalLM");
        json.WriteEndArray();
        // Where the original's source files lie beside the weights, its library runs them.
        json.WriteStartObject("auto_map");
        json.WriteString("AutoConfig", "raven_config_minimal.RavenConfig");
        json.WriteString("AutoModelForCausalLM", "raven_modeling_minimal.RavenForCausalLM");
        json.WriteEndObject();
        json.WriteString("model_type", ModelConfigReader.ModelType);
        if (TorchName(type) is { } name) json.WriteString("torch_dtype", name);
        json.WriteString("architecture_class_name", "RecurrentGPT");
        json.WriteString("block_class_name", "SandwichBlock");
        json.WriteString("norm_class_name", "RMSNorm_llama");
        json.WriteString("mlp_class_name", "GatedMLP");
        json.WriteString("nonlin_name", "SiLU");
        json.WriteString("injection_type", "linear");
        json.WriteString("state_init", "like-init");
        json.WriteString("init_strategy", "takase");
        json.WriteBoolean("init_orthogonal", false);
        json.WriteString("sampling_scheme", "poisson-lognormal-filling");
        json.WriteString("activation_checkpoint_impl", "per-iteration");
    }

    static void WriteShape(Utf8JsonWriter json, ModelConfig config)
    {
        json.WriteNumber("n_embd", config.Width);
        // Files written by hand use one name for the heads, the library's own the other.
        json.WriteNumber("n_heads", config.Heads);
        json.WriteNumber("num_attention_heads", config.Heads);
        json.WriteNumber("num_key_value_heads", config.Heads);
        json.WriteNumber("head_dim", config.HeadWidth);
        json.WriteNumber("intermediate_size", config.Hidden);
        json.WriteNumber("vocab_size", config.Vocabulary);
        json.WriteNumber("block_size", config.Context);
        json.WriteNumber("n_layers", config.Blocks);
        json.WriteNumber("n_layers_in_prelude", config.PreludeBlocks);
        json.WriteNumber("n_layers_in_recurrent_block", config.CoreBlocks);
        json.WriteNumber("n_layers_in_coda", config.CodaBlocks);
        json.WriteNumber("effective_expected_depth", config.ExpectedDepth);
    }

    static void WriteConstants(Utf8JsonWriter json, ModelConfig config)
    {
        json.WriteBoolean("bias", false);
        json.WriteBoolean("qk_bias", config.QueryKeyBias);
        json.WriteBoolean("tie_embeddings", config.TiedEmbedding);
        json.WriteNumber("norm_eps", config.NormEpsilon);
        json.WriteNumber("rope_base", config.RotaryBase);
        json.WriteNumber("mean_recurrence", config.MeanRecurrence);
        json.WriteNumber("mean_backprop_depth", config.MeanBackpropagation);
        json.WriteStartObject("init_values");
        json.WriteNumber("std", config.WeightDeviation);
        json.WriteNumber("embedding", config.WeightDeviation);
        json.WriteNumber("out_proj", config.OutputDeviation);
        json.WriteNumber("embed_scale", config.EmbeddingScale);
        json.WriteEndObject();
    }

    static void WriteTokens(Utf8JsonWriter json, ModelConfig config)
    {
        if (config.BeginToken is { } begin) json.WriteNumber("bos_token_id", begin);
        if (config.EndTokens is [var end]) json.WriteNumber("eos_token_id", end);
        if (config.EndTokens.Count > 1) WriteList(json, "eos_token_id", config.EndTokens);
        if (config.PadToken is { } pad) json.WriteNumber("pad_token_id", pad);
    }

    static void WriteList(Utf8JsonWriter json, string key, IReadOnlyList<int> values)
    {
        json.WriteStartArray(key);
        foreach (int value in values) json.WriteNumberValue(value);
        json.WriteEndArray();
    }

    // Only these three have a name in the library that says the same.
    static string? TorchName(DType type) => type switch
    {
        DType.F32 => "float32",
        DType.BF16 => "bfloat16",
        DType.F16 => "float16",
        _ => null,
    };
}
