using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Runtime.InteropServices;
using Muninn.Engine.Checkpoints;
using Muninn.Engine.Model;
using Muninn.Engine.Recurrence;
using Muninn.Kernels;
using Muninn.Tests.Reference;
using Xunit;

namespace Muninn.Tests.Engine.Model;

/// <summary>The reference model tiny-f32, stored in other ways.</summary>
public sealed class StoredTypeTests
{
    static float[] FinalStates(string folder)
    {
        using var checkpoint = Checkpoint.Open(folder);
        using var model = RecurrentModel.Load(checkpoint, new ModelOptions());
        using var pool = new WorkerPool(1);
        return new PromptRun(model, pool, [3, 1, 4, 1, 5, 9, 2, 6]).Run(new RunSettings { Limit = 10 }).ToArray();
    }

    static string Rewrite(TemporaryFolder folder, Func<Tensor, float[], TensorSource> rewrite)
    {
        string source = GoldenFile.FolderOf("tiny-f32");
        File.Copy(Path.Combine(source, "config.json"), folder.At("config.json"));
        using var file = SafetensorsFile.Open(Path.Combine(source, "model.safetensors"));
        SafetensorsWriter.Write(
            folder.At("model.safetensors"), [.. file.Tensors.Select(tensor => rewrite(tensor, tensor.ToFloat32()))],
            new Dictionary<string, string>());
        return folder.Root;
    }

    static TensorSource AsFloat32(Tensor tensor, float[] values) => TensorSource.Float32(tensor.Name, tensor.Shape, values);

    static TensorSource AsHalf(Tensor tensor, float[] values) => new(
        tensor.Name, DType.F16, tensor.Shape, stream => stream.Write(MemoryMarshal.AsBytes<Half>([.. values.Select(v => (Half)v)])));

    static TensorSource AsBrainFloat(Tensor tensor, float[] values) => TensorSource.BrainFloat16(
        tensor.Name, tensor.Shape, (ushort[])[.. values.Select(v => (ushort)(BitConverter.SingleToUInt32Bits(v) >> 16))]);

    [Fact]
    public void Halves_compute_exactly_what_the_same_numbers_in_float32_compute()
    {
        using var halves = new TemporaryFolder();
        using var widened = new TemporaryFolder();
        float[] expected = FinalStates(Rewrite(widened, (tensor, values) => AsFloat32(tensor, [.. values.Select(v => (float)(Half)v)])));
        Assert.Equal(expected, FinalStates(Rewrite(halves, AsHalf)));
        Assert.NotEqual(expected, FinalStates(GoldenFile.FolderOf("tiny-f32")));
    }

    [Fact]
    public void Types_may_be_mixed_in_one_file()
    {
        using var mixed = new TemporaryFolder();
        float[] states = FinalStates(Rewrite(mixed, (tensor, values) => tensor.Name switch
        {
            _ when tensor.Name.Contains("mlp", StringComparison.Ordinal) => AsBrainFloat(tensor, values),
            _ when tensor.Name.Contains("attn", StringComparison.Ordinal) => AsHalf(tensor, values),
            _ => AsFloat32(tensor, values),
        }));
        // Rounded weights give another model, but a near one.
        Assert.InRange(GoldenFile.RelativeDistance(states, FinalStates(GoldenFile.FolderOf("tiny-f32"))), 1e-4, 0.1);
    }

    [Fact]
    public void Embeddings_are_the_rows_of_any_type_times_the_root_of_the_width()
    {
        foreach (var rewrite in new Func<Tensor, float[], TensorSource>[] { AsFloat32, AsBrainFloat, AsHalf })
        {
            using var folder = new TemporaryFolder();
            using var checkpoint = Checkpoint.Open(Rewrite(folder, rewrite));
            using var model = RecurrentModel.Load(checkpoint, new ModelOptions());
            int width = model.Config.Width;
            int[] tokens = [0, 3, model.Config.Vocabulary - 1, 3];
            float[] rows = new float[tokens.Length * width];
            model.Embed(tokens, rows);
            float[] all = checkpoint.Embedding.ToFloat32();
            Assert.Equal(
                tokens.SelectMany(token => all[(token * width)..((token + 1) * width)]).Select(value => value * MathF.Sqrt(width)), rows);
            long least = long.MaxValue;
            for (int i = 0; i < 5; i++)
            {
                long before = GC.GetAllocatedBytesForCurrentThread();
                model.Embed(tokens, rows);
                least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
            }

            Assert.Equal(0, least);
        }
    }

    /// <summary>A row wider than the portions in which narrow types are read.</summary>
    [Fact]
    public void Elements_are_read_in_portions_without_a_seam()
    {
        using var folder = new TemporaryFolder();
        float[] values = [.. Enumerable.Range(0, 20_000).Select(i => (float)(Half)(i * 0.37f))];
        SafetensorsWriter.Write(
            folder.At("f"), [new TensorSource("t", DType.F16, [20_000], stream => stream.Write(MemoryMarshal.AsBytes<Half>([.. values.Select(v => (Half)v)])))],
            new Dictionary<string, string>());
        using var file = SafetensorsFile.Open(folder.At("f"));
        float[] read = new float[19_990];
        file.Tensor("t").ReadElements(7, read);
        Assert.Equal(values[7..^3], read);
        Assert.Throws<ArgumentOutOfRangeException>(() => file.Tensor("t").ReadElements(11, read));
        Assert.Throws<ArgumentOutOfRangeException>(() => file.Tensor("t").ReadElements(-1, read));
    }

    /// <summary>Touching the mapping there would end the process: embeddings are read from the file.</summary>
    [Fact]
    public void A_file_that_was_shortened_is_told_when_an_embedding_is_read()
    {
        using var folder = new TemporaryFolder();
        using var checkpoint = Checkpoint.Open(Rewrite(folder, AsFloat32));
        using var model = RecurrentModel.Load(checkpoint, new ModelOptions());
        using (var file = new FileStream(folder.At("model.safetensors"), FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
            file.SetLength(0);
        var error = Assert.Throws<EndOfStreamException>(() => model.Embed([1], new float[model.Config.Width]));
        Assert.Contains("model.safetensors ends at byte", error.Message);
    }

    [Fact]
    public void Weights_that_are_not_numbers_run_to_the_end()
    {
        using var broken = new TemporaryFolder();
        float[] states = FinalStates(Rewrite(broken, (tensor, values) =>
        {
            if (tensor.Name.EndsWith("core_block.1.mlp.proj.weight", StringComparison.Ordinal))
                values[7] = float.NaN;
            return AsFloat32(tensor, values);
        }));
        Assert.All(states, value => Assert.True(float.IsNaN(value)));
    }

    [Fact]
    public void A_stored_copy_of_a_tied_head_is_not_used()
    {
        using var copied = new TemporaryFolder();
        string source = GoldenFile.FolderOf("tiny-f32");
        File.Copy(Path.Combine(source, "config.json"), copied.At("config.json"));
        using var file = SafetensorsFile.Open(Path.Combine(source, "model.safetensors"));
        var embedding = file.Tensor(WeightNames.Embedding);
        SafetensorsWriter.Write(
            copied.At("model.safetensors"),
            [.. file.Tensors.Select(tensor => AsFloat32(tensor, tensor.ToFloat32())),
                TensorSource.Float32(WeightNames.Head, embedding.Shape, new float[embedding.ElementCount])],
            new Dictionary<string, string>());
        using var checkpoint = Checkpoint.Open(copied.Root);
        using var model = RecurrentModel.Load(checkpoint, new ModelOptions());
        using var pool = new WorkerPool(1);
        var run = new PromptRun(model, pool, [1, 2, 3]);
        float[] logits = new float[3 * model.Config.Vocabulary];
        run.Logits(run.Run(new RunSettings { Limit = 4 }), logits);
        Assert.Contains(logits, value => Math.Abs(value) > 1);
        Assert.Contains(checkpoint.Notes, note => note.Contains(WeightNames.Head, StringComparison.Ordinal));
    }
}
