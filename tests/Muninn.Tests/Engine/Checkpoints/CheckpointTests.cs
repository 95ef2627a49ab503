using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using Muninn.Engine.Checkpoints;
using Xunit;

namespace Muninn.Tests.Engine.Checkpoints;

public sealed class CheckpointTests
{
    [Theory]
    [InlineData("tiny-f32", 64, 8, 445_504)]
    [InlineData("tiny-bf16", 96, 4, 450_144)]
    [InlineData("tiny-trainlike", 40, 5, 0)]
    public void Opens_the_reference_models(string name, int width, int blocks, long parameters)
    {
        using var checkpoint = Checkpoint.Open(Path.Combine(AppContext.BaseDirectory, "reference", name));
        Assert.Equal((width, blocks), (checkpoint.Config.Width, checkpoint.Config.Blocks));
        Assert.Empty(checkpoint.Notes);
        var counted = WeightNames.Required(checkpoint.Config).Sum(static t => t.Shape.Aggregate(1L, static (a, b) => a * b));
        Assert.Equal(counted, checkpoint.ParameterCount);
        Assert.True(parameters == 0 || parameters == counted, $"{counted}");
        Assert.Equal(counted * checkpoint.Embedding.DType.Bits() / 8, checkpoint.WeightBytes);
        foreach (var tensor in checkpoint.Tensors)
            Assert.All(tensor.ToFloat32(), static value => Assert.True(float.IsFinite(value)));
    }

    [Fact]
    public void Reads_the_numbers_that_the_file_holds()
    {
        using var checkpoint = Checkpoint.Open(Path.Combine(AppContext.BaseDirectory, "reference", "tiny-bf16"));
        var table = checkpoint.RotaryTable;
        Assert.NotNull(table);
        Assert.Equal([1L, 128, 1, 16, 2], table.Shape.ToArray());
        // Position 0 is not rotated: cos 0 = 1, sin 0 = 0.
        Assert.Equal([1, 0, 1, 0], table.ToFloat32().AsSpan(0, 4).ToArray());
        var embedding = checkpoint.Embedding;
        var slow = embedding.BrainFloat16.ToArray().Select(static bits => BitConverter.UInt32BitsToSingle((uint)bits << 16));
        Assert.Equal(slow, embedding.ToFloat32());
        var part = new float[5];
        embedding.CopyTo(100, part);
        Assert.Equal(embedding.ToFloat32().AsSpan(100, 5).ToArray(), part);
        Assert.Same(embedding, checkpoint.Head);
        Assert.Throws<InvalidOperationException>(() => embedding.Float32.Length);
    }

    [Fact]
    public void Checks_the_bounds_of_every_read()
    {
        using var checkpoint = Checkpoint.Open(Path.Combine(AppContext.BaseDirectory, "reference", "tiny-f32"));
        var norm = checkpoint.Tensor(WeightNames.FinalNorm);
        Assert.Throws<ArgumentException>(() => norm.CopyTo(new float[65]));
        Assert.Throws<ArgumentOutOfRangeException>(() => norm.CopyTo(60, new float[5]));
        Assert.Throws<ArgumentOutOfRangeException>(() => norm.CopyTo(-1, new float[5]));
        Assert.Throws<ArgumentOutOfRangeException>(() => norm.Slice(0, 257).Length);
        Assert.Throws<ArgumentOutOfRangeException>(() => norm.Slice(-1, 1).Length);
        Assert.Contains("transformer.wte.weight", Assert.Throws<ArgumentException>(() => checkpoint.Tensor("no")).Message);
    }

    [Fact]
    public void Names_all_missing_extra_and_misshapen_tensors_at_once()
    {
        using var folder = new TemporaryFolder();
        var small = new SmallCheckpoint();
        small.Tensors.Remove(WeightNames.Adapter);
        small.Tensors.Remove(WeightNames.Block(ModelPart.Core, 1).Norm(3));
        small.Tensors["transformer.extra"] = ([1], DType.F32, 0);
        small.Tensors["transformer.core_block.2.norm_1.weight"] = ([8], DType.F32, 0);
        small.Tensors[WeightNames.FinalNorm] = ([9], DType.F32, 0);
        small.Tensors[WeightNames.Embedding] = ([10, 8], DType.I32, 0);
        small.Tensors[WeightNames.RotaryTable] = ([1, 16, 1, 2, 3], DType.F32, 0);
        var message = Assert.Throws<InvalidDataException>(() => Checkpoint.Open(small.Write(folder))).Message;
        Assert.Contains("2 missing: transformer.adapter.weight, transformer.core_block.1.norm_3.weight.", message);
        Assert.Contains("2 not part of this model: transformer.core_block.2.norm_1.weight, transformer.extra.", message);
        Assert.Contains("3 not as expected", message);
        Assert.Contains("transformer.ln_f.weight is [9], expected [8]", message);
        Assert.Contains("transformer.wte.weight is I32, expected F32, BF16 or F16", message);
        Assert.Contains("freqs_cis is [1, 16, 1, 2, 3], expected [1, 16, 1, 2, 2]", message);
    }

    [Fact]
    public void Needs_a_head_of_its_own_where_it_is_not_tied()
    {
        using var folder = new TemporaryFolder();
        var small = new SmallCheckpoint();
        small.Config["tie_embeddings"] = false;
        Assert.Contains("1 missing: lm_head.weight",
            Assert.Throws<InvalidDataException>(() => Checkpoint.Open(small.Write(folder))).Message);
        small.Tensors[WeightNames.Head] = ([10, 8], DType.F16, 9);
        using var checkpoint = Checkpoint.Open(small.Write(folder));
        Assert.Equal(WeightNames.Head, checkpoint.Head.Name);
        Assert.Equal(DType.F16, checkpoint.Head.DType);
        Assert.Equal((float)BitConverter.UInt16BitsToHalf(0x0909), checkpoint.Head.ToFloat32()[3]);
    }

    [Fact]
    public void Says_when_a_stored_copy_of_a_tied_head_differs()
    {
        using var folder = new TemporaryFolder();
        var small = new SmallCheckpoint();
        var embedding = small.Tensors[WeightNames.Embedding];
        small.Tensors[WeightNames.Head] = embedding;
        using (var same = Checkpoint.Open(small.Write(folder)))
            Assert.Empty(same.Notes);
        small.Tensors[WeightNames.Head] = embedding with { Fill = 200 };
        using var differs = Checkpoint.Open(small.Write(folder));
        Assert.Contains("lm_head.weight differs", Assert.Single(differs.Notes));
        Assert.Same(differs.Embedding, differs.Head);
        Assert.Equal(differs.ParameterCount, differs.Tensors.Where(static t => t.Name != "lm_head.weight").Sum(static t => t.ElementCount));
    }

    [Fact]
    public void Compares_a_copy_of_another_type_by_value()
    {
        using var folder = new TemporaryFolder();
        var small = new SmallCheckpoint();
        small.Tensors[WeightNames.Embedding] = ([10, 8], DType.F32, 0);
        small.Tensors[WeightNames.Head] = ([10, 8], DType.BF16, 0);
        using (var same = Checkpoint.Open(small.Write(folder)))
            Assert.Empty(same.Notes);
        small.Tensors[WeightNames.Head] = ([10, 8], DType.BF16, 1);
        using var differs = Checkpoint.Open(small.Write(folder));
        Assert.Single(differs.Notes);
    }

    [Fact]
    public void Opens_weights_that_are_not_numbers()
    {
        using var folder = new TemporaryFolder();
        var small = new SmallCheckpoint();
        small.Tensors[WeightNames.FinalNorm] = ([8], DType.F32, 0xFF);
        using var checkpoint = Checkpoint.Open(small.Write(folder));
        Assert.All(checkpoint.Tensor(WeightNames.FinalNorm).ToFloat32(), static value => Assert.True(float.IsNaN(value)));
        Assert.Equal(16, checkpoint.Fingerprint.Length);
    }

    [Fact]
    public void Gives_the_same_fingerprint_however_files_are_split()
    {
        using var one = new TemporaryFolder();
        using var two = new TemporaryFolder();
        var small = new SmallCheckpoint();
        using var whole = Checkpoint.Open(small.Write(one));
        using var shards = Checkpoint.Open(small.WriteShards(two, static (_, _, _) => { }));
        Assert.Equal(whole.Fingerprint, shards.Fingerprint);
        Assert.Equal(2, shards.WeightFiles.Count);
        Assert.Matches("^[0-9a-f]{16}$", whole.Fingerprint);
    }

    [Fact]
    public void Changes_the_fingerprint_with_any_weight_or_fact()
    {
        var seen = new HashSet<string>();
        foreach (var change in new Action<SmallCheckpoint>[]
            {
                static _ => { },
                static s => s.Tensors[WeightNames.FinalNorm] = ([8], DType.F32, 99),
                static s => s.Tensors[WeightNames.FinalNorm] = ([8], DType.BF16, 99),
                static s => s.Config["rope_base"] = 10_000,
                static s => s.Config["norm_eps"] = 1e-5,
                static s => s.Config["block_size"] = 17,
            })
        {
            using var folder = new TemporaryFolder();
            var small = new SmallCheckpoint();
            change(small);
            using var checkpoint = Checkpoint.Open(small.Write(folder));
            Assert.True(seen.Add(checkpoint.Fingerprint));
        }
    }

    [Fact]
    public void Samples_large_checkpoints_first_and_last_bytes_included()
    {
        var seen = new HashSet<string>();
        using var folder = new TemporaryFolder();
        var small = new SmallCheckpoint();
        // 70 MiB of embedding, all zero and sparse on disk but for the byte that is changed.
        small.Config["vocab_size"] = 2_300_000;
        small.Tensors.Remove(WeightNames.Embedding);
        var sources = small.Sources();
        folder.Write("config.json", small.Config.ToJsonString());
        var length = 2_300_000L * 8 * 4;
        sources.Add(new TensorSource(WeightNames.Embedding, DType.F32, [2_300_000, 8], stream =>
        {
            stream.SetLength(stream.Position + length);
            stream.Position += length;
        }));
        var path = folder.At("model.safetensors");
        SafetensorsWriter.Write(path, sources, new Dictionary<string, string>());
        long offset;
        using (var checkpoint = Checkpoint.Open(folder.Root))
        {
            offset = checkpoint.Embedding.Entry.Offset;
            Assert.True(seen.Add(checkpoint.Fingerprint));
        }

        foreach (var at in new[] { 0, length - 1 })
        {
            using (var stream = new FileStream(path, FileMode.Open))
            {
                stream.Position = offset + at;
                stream.WriteByte(1);
            }

            using var checkpoint = Checkpoint.Open(folder.Root);
            Assert.True(seen.Add(checkpoint.Fingerprint));
        }
    }

    [Fact]
    public void Prefers_the_single_file_and_says_so()
    {
        using var folder = new TemporaryFolder();
        var small = new SmallCheckpoint();
        small.WriteShards(folder, static (_, _, _) => { });
        small.Write(folder);
        using var checkpoint = Checkpoint.Open(folder.Root);
        Assert.Equal("model.safetensors", Path.GetFileName(Assert.Single(checkpoint.WeightFiles)));
        Assert.Contains("the single file is used", Assert.Single(checkpoint.Notes));
    }

    [Fact]
    public void Rejects_shards_that_contradict_their_index()
    {
        var name = WeightNames.FinalNorm;
        Refuses("is in both a.safetensors and b.safetensors", (first, second, _) => second.Add(first[0]));
        Refuses($"{name} is not in a.safetensors", (first, _, _) => first.RemoveAll(t => t.Name == name));
        Refuses($"{name} is in a.safetensors, the index says b.safetensors", (_, _, map) => map[name] = "b.safetensors");
        Refuses($"{name} is in a.safetensors, not in the index", (_, _, map) => map.Remove(name));
        Refuses("1 of them missing: c.safetensors", (_, _, map) => map["more"] = "c.safetensors");
        Refuses("weight_map is empty", (_, _, map) => map.Clear());
        foreach (var escape in new[] { "../a.safetensors", "/tmp/a.safetensors", "x\\a.safetensors", "C:a.safetensors",
            "..safetensors", ".safetensors", "a.bin", "", "a\0.safetensors" })
            Refuses("in the same folder", (_, _, map) => map[name] = escape);
        Refuses("in the same folder", (_, _, map) => map[name] = 7);

        static void Refuses(
            string reason, Action<List<TensorSource>, List<TensorSource>, System.Text.Json.Nodes.JsonObject> spoil)
        {
            using var folder = new TemporaryFolder();
            new SmallCheckpoint().WriteShards(folder, spoil);
            Assert.Contains(reason, Assert.Throws<InvalidDataException>(() => Checkpoint.Open(folder.Root)).Message);
        }
    }

    [Fact]
    public void Says_what_a_folder_lacks()
    {
        using var folder = new TemporaryFolder();
        Assert.Throws<DirectoryNotFoundException>(() => Checkpoint.Open(folder.At("no")));
        Assert.Contains("it has no config.json, and neither",
            Assert.Throws<FileNotFoundException>(() => Checkpoint.Open(folder.Root)).Message);
        folder.Write("config.json", "{}");
        Assert.Contains("it has neither model.safetensors nor model.safetensors.index.json",
            Assert.Throws<FileNotFoundException>(() => Checkpoint.Open(folder.Root)).Message);
    }

    [Fact]
    public void Refuses_a_file_that_is_cut_short_anywhere()
    {
        using var folder = new TemporaryFolder();
        new SmallCheckpoint().Write(folder);
        var bytes = File.ReadAllBytes(folder.At("model.safetensors"));
        for (var length = 0; length < bytes.Length; length += 97)
        {
            folder.Write("model.safetensors", bytes[..length]);
            var error = Assert.Throws<InvalidDataException>(() => Checkpoint.Open(folder.Root));
            Assert.StartsWith(folder.At("model.safetensors"), error.Message);
        }
    }

    [Fact]
    public void Refuses_use_after_it_is_closed()
    {
        using var folder = new TemporaryFolder();
        var checkpoint = Checkpoint.Open(new SmallCheckpoint().Write(folder));
        checkpoint.Dispose();
        Assert.Throws<ObjectDisposedException>(() => checkpoint.Embedding.ToFloat32());
    }
}
