using System;
using System.Collections.Generic;
using System.Linq;
using System.Text.Json.Nodes;
using Muninn.Engine.Checkpoints;

namespace Muninn.Tests.Engine.Checkpoints;

/// <summary>A valid checkpoint of a few kilobytes, to be written whole or spoiled in one place.</summary>
sealed class SmallCheckpoint
{
    public JsonObject Config { get; } = new()
    {
        ["model_type"] = "huginn_raven",
        ["n_embd"] = 8,
        ["n_heads"] = 2,
        ["intermediate_size"] = 12,
        ["vocab_size"] = 10,
        ["block_size"] = 16,
        ["n_layers_in_prelude"] = 1,
        ["n_layers_in_recurrent_block"] = 2,
        ["n_layers_in_coda"] = 1,
        ["tie_embeddings"] = true,
        ["qk_bias"] = true,
    };

    /// <summary>Shape, element type and fill by tensor name; what is added or removed here ends up in the file.</summary>
    public Dictionary<string, (long[] Shape, DType Type, byte Fill)> Tensors { get; } = new(StringComparer.Ordinal);

    public SmallCheckpoint()
    {
        byte fill = 1;
        foreach (var (name, shape) in WeightNames.Required(Parsed()))
            Tensors.Add(name, (shape, DType.F32, fill++));
    }

    public ModelConfig Parsed() => ModelConfig.Parse(System.Text.Encoding.UTF8.GetBytes(Config.ToJsonString()), "config.json");

    public List<TensorSource> Sources() => [.. Tensors.Select(static pair => Source(pair.Key, pair.Value))];

    public string Write(TemporaryFolder folder)
    {
        folder.Write("config.json", Config.ToJsonString());
        SafetensorsWriter.Write(folder.At("model.safetensors"), Sources(), new Dictionary<string, string>());
        return folder.Root;
    }

    /// <summary>Writes two shards, split where told, and an index; both may be changed before they are written.</summary>
    public string WriteShards(TemporaryFolder folder, Action<List<TensorSource>, List<TensorSource>, JsonObject> spoil)
    {
        folder.Write("config.json", Config.ToJsonString());
        var all = Sources();
        var first = all.Take(7).ToList();
        var second = all.Skip(7).ToList();
        var map = new JsonObject();
        foreach (var source in all)
            map[source.Name] = first.Contains(source) ? "a.safetensors" : "b.safetensors";
        spoil(first, second, map);
        SafetensorsWriter.Write(folder.At("a.safetensors"), first, new Dictionary<string, string>());
        SafetensorsWriter.Write(folder.At("b.safetensors"), second, new Dictionary<string, string>());
        folder.Write("model.safetensors.index.json", new JsonObject { ["weight_map"] = map }.ToJsonString());
        return folder.Root;
    }

    static TensorSource Source(string name, (long[] Shape, DType Type, byte Fill) tensor) =>
        new(name, tensor.Type, tensor.Shape, stream =>
        {
            var bytes = new byte[tensor.Shape.Aggregate(1L, static (a, b) => a * b) * tensor.Type.Bits() / 8];
            Array.Fill(bytes, tensor.Fill);
            stream.Write(bytes);
        });
}
