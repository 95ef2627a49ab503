using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading;
using Muninn.Engine.Checkpoints;
using Muninn.Engine.Files;
using Muninn.Engine.Initialization;
using Muninn.Tests.Engine.Files;
using Xunit;

namespace Muninn.Tests.Engine.Checkpoints;

public sealed class CheckpointWriterTests
{
    static readonly ModelConfig _config = new SmallCheckpoint().Parsed();

    static CheckpointDraft Draft(long shardLength, IReadOnlyList<TensorSource> tensors) =>
        new() { Config = _config, Shards = ShardPlan.Of(tensors, shardLength), Type = DType.F32 };

    static List<TensorSource> Tensors() => new SmallCheckpoint().Sources();

    [Theory]
    [InlineData(1000)]
    [InlineData(2500)]
    [InlineData(1_000_000)]
    public void Any_shard_size_gives_the_same_checkpoint(long shardLength)
    {
        using var folder = new TemporaryFolder();
        CheckpointWriter.Write(FolderTarget.Of(folder.At("all")), Draft(1_000_000, Tensors()));
        CheckpointWriter.Write(FolderTarget.Of(folder.At("one")), Draft(shardLength, Tensors()));
        using var all = Checkpoint.Open(folder.At("all"));
        using var one = Checkpoint.Open(folder.At("one"));
        Assert.Equal(shardLength == 1_000_000 ? 1 : 2, Math.Min(2, one.WeightFiles.Count));
        Assert.Equal(shardLength == 1_000_000, File.Exists(folder.At("one", "model.safetensors")));
        Assert.Equal(shardLength != 1_000_000, File.Exists(folder.At("one", "model.safetensors.index.json")));
        Assert.Equal(all.Fingerprint, one.Fingerprint);
        foreach (var tensor in all.Tensors)
            Assert.Equal(tensor.ToFloat32(), one.Tensor(tensor.Name).ToFloat32());
        Assert.Empty(one.Notes);
        Assert.Equal(2, Directory.GetFileSystemEntries(folder.Root).Length);
    }

    [Fact]
    public void Shards_are_filled_in_order_up_to_the_size()
    {
        TensorSource[] tensors = [.. new[] { 600, 400, 1, 2500, 1000 }.Select((length, i) =>
            new TensorSource($"t{i}", DType.U8, [length], static _ => { }))];
        var plan = ShardPlan.Of(tensors, 1000);
        Assert.Equal(["t0 t1", "t2", "t3", "t4"], plan.Shards.Select(static shard => string.Join(' ', shard.Tensors.Select(static t => t.Name))));
        Assert.Equal("model-00001-of-00004.safetensors", plan.Shards[0].FileName);
        Assert.Equal((4501, 4501), (plan.TotalLength, plan.ElementCount));
        Assert.Equal("model.safetensors", Assert.Single(ShardPlan.Of(tensors, 4501).Shards).FileName);
        Assert.Throws<ArgumentException>(() => ShardPlan.Of([], 1000));
        Assert.Throws<ArgumentOutOfRangeException>(() => ShardPlan.Of(tensors, 999));
    }

    [Fact]
    public void Files_carry_the_metadata_and_the_format()
    {
        using var folder = new TemporaryFolder();
        var draft = Draft(1_000_000, Tensors()) with { Metadata = new Dictionary<string, string> { ["origin"] = "test" } };
        CheckpointWriter.Write(FolderTarget.Of(folder.At("one")), draft);
        using var file = SafetensorsFile.Open(folder.At("one", "model.safetensors"));
        Assert.Equal(new Dictionary<string, string> { ["format"] = "pt", ["origin"] = "test" }, file.Metadata);
    }

    [Fact]
    public void A_failure_leaves_nothing_behind()
    {
        using var folder = new TemporaryFolder();
        var tensors = Tensors();
        tensors.Add(new TensorSource("broken", DType.U8, [1000], static _ => throw new IOException("the source is gone")));
        Assert.Equal("the source is gone", Assert.Throws<IOException>(
            () => CheckpointWriter.Write(FolderTarget.Of(folder.At("out")), Draft(1000, tensors))).Message);
        Assert.Empty(Directory.GetFileSystemEntries(folder.Root));
    }

    [Fact]
    public void A_wish_to_stop_leaves_nothing_behind()
    {
        using var folder = new TemporaryFolder();
        using var stopping = new CancellationTokenSource();
        long seen = 0;
        void Stop(long written)
        {
            seen = written;
            if (written > 2000) stopping.Cancel();
        }

        Assert.Throws<OperationCanceledException>(
            () => CheckpointWriter.Write(FolderTarget.Of(folder.At("out")), Draft(1_000_000, Tensors()), Stop, stopping.Token));
        // The next write of the same file already ends it; the largest tensor has 768 bytes.
        Assert.InRange(seen, 2001, 2000 + 768);
        Assert.Empty(Directory.GetFileSystemEntries(folder.Root));
    }

    [Fact]
    public void A_folder_taken_away_while_stopping_is_no_other_failure()
    {
        using var folder = new TemporaryFolder();
        using var stopping = new CancellationTokenSource();
        var target = FolderTarget.Of(folder.At("out"));
        var tensors = Tensors();
        tensors.Add(new TensorSource("last", DType.U8, [0], _ =>
        {
            stopping.Cancel();
            Directory.Delete(target.TemporaryPath, recursive: true);
        }));
        Assert.Throws<OperationCanceledException>(() => CheckpointWriter.Write(target, Draft(1000, tensors), null, stopping.Token));
        Assert.Empty(Directory.GetFileSystemEntries(folder.Root));
    }

    [Fact]
    public void The_configuration_comes_last()
    {
        using var folder = new TemporaryFolder();
        var target = FolderTarget.Of(folder.At("out"));
        var tensors = Tensors();
        string[] there = [];
        tensors.Add(new TensorSource("last", DType.U8, [0], _ => there = [.. Directory.GetFiles(target.TemporaryPath).Select(static f => Path.GetFileName(f))]));
        CheckpointWriter.Write(target, Draft(1000, tensors));
        Assert.NotEmpty(there);
        Assert.DoesNotContain("config.json", there);
        Assert.DoesNotContain("model.safetensors.index.json", there);
        Assert.False(Directory.Exists(target.TemporaryPath));
    }

    [Fact]
    public void A_disk_without_room_is_refused_before_anything_is_written()
    {
        using var disk = new SmallDisk();
        var target = FolderTarget.Of(disk.File("out"));
        bool asked = false;
        var tensor = new TensorSource("t", DType.U8, [1 << 20], _ => asked = true);
        var message = Assert.Throws<IOException>(() => CheckpointWriter.Write(target, Draft(1 << 20, [tensor]))).Message;
        Assert.Contains($"it needs {(1 << 20) + 512 + (1 << 16)} bytes, its disk has 65536 left", message, StringComparison.Ordinal);
        Assert.False(asked);
        Assert.Empty(Directory.GetFileSystemEntries(disk.Path));
    }

    [Theory]
    [InlineData("tiny-f32")]
    [InlineData("tiny-bf16")]
    [InlineData("tiny-trainlike")]
    public void Configurations_come_back_as_they_were(string name)
    {
        var config = ModelConfig.Read(Path.Combine(Reference.GoldenFile.FolderOf(name), "config.json"));
        AssertReturns(config);
        AssertReturns(config with { BeginToken = 1, EndTokens = [2, 3], PadToken = 0, RotaryBase = 12345.678, NormEpsilon = 1.25e-5f });
        AssertReturns(config with { EndTokens = [5], PreludeBlocks = 0, CodaBlocks = 0, MeanBackpropagation = 0, MeanRecurrence = 1 });
    }

    [Fact]
    public void The_published_configuration_comes_back_too() => AssertReturns(PublishedShape.Find("huginn-0125")!.Config);

    static void AssertReturns(ModelConfig config)
    {
        foreach (var type in new[] { DType.F32, DType.BF16, DType.U8 })
        {
            var text = ModelConfigWriter.Write(config, type);
            var back = ModelConfig.Parse(text, "config.json");
            Assert.Equal(config.EndTokens, back.EndTokens);
            // Lists are equal as objects only; all else is compared by value.
            Assert.Equal(config with { EndTokens = [] }, back with { EndTokens = [] });
            Assert.Equal(text, ModelConfigWriter.Write(back, type));
        }
    }
}
