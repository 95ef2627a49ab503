using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Runtime.InteropServices;
using Muninn.Cli.Frame;
using Muninn.Engine.Checkpoints;
using Muninn.Engine.Model;

namespace Muninn.Cli.Benches;

/// <summary>
/// A model with weights of no meaning, large enough that its speed says something: width 1024, two core blocks, in a
/// temporary folder that goes with it.
/// </summary>
sealed class BenchModel : IDisposable
{
    const string Config = """
        {
          "model_type": "huginn_raven", "torch_dtype": "float32",
          "architecture_class_name": "RecurrentGPT", "block_class_name": "SandwichBlock", "norm_class_name": "RMSNorm_llama",
          "mlp_class_name": "GatedMLP", "nonlin_name": "SiLU", "injection_type": "linear", "state_init": "like-init",
          "n_embd": 1024, "num_attention_heads": 16, "num_key_value_heads": 16, "intermediate_size": 2816,
          "vocab_size": 256, "block_size": 512, "tie_embeddings": true, "bias": false, "qk_bias": false,
          "norm_eps": 1e-06, "rope_base": 50000, "mean_recurrence": 32, "mean_backprop_depth": 8,
          "n_layers_in_prelude": 0, "n_layers_in_recurrent_block": 2, "n_layers_in_coda": 0
        }
        """;

    readonly string _folder;
    readonly IDisposable _mark;
    readonly Checkpoint _checkpoint;

    BenchModel(string folder, IDisposable mark, Checkpoint checkpoint)
    {
        _mark = mark;
        _folder = folder;
        _checkpoint = checkpoint;
        Model = RecurrentModel.Load(checkpoint, new ModelOptions());
    }

    /// <summary>The weights, ready to run.</summary>
    public RecurrentModel Model { get; }

    /// <summary>Writes the checkpoint (about 110 MB) and opens it.</summary>
    /// <param name="unfinished">Learns of its folder.</param>
    public static BenchModel Create(UnfinishedFiles unfinished)
    {
        var folder = Directory.CreateTempSubdirectory("muninn-bench-").FullName;
        var mark = unfinished.BeginFolder(folder);
        try
        {
            var path = Path.Combine(folder, "config.json");
            File.WriteAllText(path, Config);
            var tensors = WeightNames.Required(ModelConfig.Read(path)).Select(TensorOf).ToList();
            SafetensorsWriter.Write(Path.Combine(folder, "model.safetensors"), tensors, new Dictionary<string, string>());
            return new BenchModel(folder, mark, Checkpoint.Open(folder));
        }
        catch
        {
            Directory.Delete(folder, recursive: true);
            mark.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Model.Dispose();
        _checkpoint.Dispose();
        Directory.Delete(_folder, recursive: true);
        _mark.Dispose();
    }

    static TensorSource TensorOf((string Name, long[] Shape) weight) => new(weight.Name, DType.F32, weight.Shape, stream =>
    {
        var isGain = weight.Shape.Length == 1;
        long count = weight.Shape.Aggregate(1L, static (product, size) => product * size);
        var values = new float[checked((int)count)];
        for (int i = 0; i < values.Length; i++) values[i] = isGain ? 1 : Mixed(i);
        stream.Write(MemoryMarshal.AsBytes(values.AsSpan()));
    });

    // Even in −0.03 … 0.03: products of width 1024 stay of the size of a state.
    static float Mixed(int index) => ((((uint)index * 2654435761u) >> 8) / (float)(1 << 24) - 0.5f) * 0.06f;
}
