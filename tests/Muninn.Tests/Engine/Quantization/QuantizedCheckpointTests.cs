using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using Muninn.Engine.Checkpoints;
using Muninn.Engine.Files;
using Muninn.Engine.Model;
using Muninn.Engine.Quantization;
using Muninn.Engine.Recurrence;
using Muninn.Kernels;
using Muninn.Tests.Reference;
using Xunit;

namespace Muninn.Tests.Engine.Quantization;

public sealed class QuantizedCheckpointTests
{
    static readonly string _original = GoldenFile.FolderOf("tiny-f32");

    internal static string Quantize(TemporaryFolder folder, WeightFormat format, string? source = null)
    {
        using var checkpoint = Checkpoint.Open(source ?? _original);
        using var pool = new WorkerPool(2);
        CheckpointWriter.Write(FolderTarget.Of(folder.At("q")), new CheckpointDraft
        {
            Config = checkpoint.Config,
            ConfigText = QuantizedConfig.Of(Path.Combine(checkpoint.Folder, "config.json"), format),
            Shards = ShardPlan.Of(CheckpointQuantization.Of(checkpoint, format, pool).Tensors, 1 << 30),
            Type = DType.BF16,
            Metadata = WeightStorage.Metadata(format, checkpoint.Fingerprint),
        });
        return folder.At("q");
    }

    static float[] FinalStates(string folder, WeightPacking packing)
    {
        using var checkpoint = Checkpoint.Open(folder);
        using var model = RecurrentModel.Load(checkpoint, new ModelOptions { Packing = packing });
        using var pool = new WorkerPool(1);
        return new PromptRun(model, pool, [3, 1, 4, 1, 5, 9, 2, 6]).Run(new RunSettings { Limit = 10 }).ToArray();
    }

    /// <summary>Writes the quantised model again, with tensors and metadata changed.</summary>
    static string Spoil(TemporaryFolder folder, Func<List<TensorSource>, Dictionary<string, string>, List<TensorSource>> spoil)
    {
        string source = Quantize(folder, WeightFormat.Int8);
        using var file = SafetensorsFile.Open(Path.Combine(source, "model.safetensors"));
        var metadata = file.Metadata.ToDictionary(StringComparer.Ordinal);
        folder.Write("spoilt/config.json", File.ReadAllBytes(Path.Combine(source, "config.json")));
        var tensors = spoil([.. file.Tensors.Select(TensorSource.Copy)], metadata);
        SafetensorsWriter.Write(folder.At("spoilt", "model.safetensors"), tensors, metadata);
        return folder.At("spoilt");
    }

    static string Message(TemporaryFolder folder, Func<List<TensorSource>, Dictionary<string, string>, List<TensorSource>> spoil) =>
        Assert.Throws<InvalidDataException>(() => Checkpoint.Open(Spoil(folder, spoil)).Dispose()).Message;

    [Theory]
    [InlineData(WeightFormat.Int8)]
    [InlineData(WeightFormat.Int4)]
    public void The_file_holds_what_the_quantiser_gives(WeightFormat format)
    {
        using var folder = new TemporaryFolder();
        using var original = Checkpoint.Open(_original);
        using var written = Checkpoint.Open(Quantize(folder, format));
        Assert.Equal(format == WeightFormat.Int8 ? "int8" : "int4", written.IntegerWeights);
        foreach (var name in WeightNames.Matrices(original.Config))
        {
            float[] weights = original.Tensor(name).ToFloat32();
            var tensor = written.Tensor(name);
            if (original.Tensor(name).Shape[1] % 32 != 0)
            {
                Assert.Equal(DType.BF16, tensor.DType);
                continue;
            }

            var codes = new byte[format.RowBytes(weights.Length)];
            var scales = new ushort[weights.Length / 32];
            GroupQuantizer.Quantize(format, weights, codes, scales);
            Assert.Equal(codes, tensor.Bytes.ToArray());
            Assert.Equal(scales, written.Tensor(WeightStorage.ScalesOf(name)).BrainFloat16.ToArray());
        }

        Assert.Equal(original.Tensor(WeightNames.FinalNorm).Bytes.ToArray(), written.Tensor(WeightNames.FinalNorm).Bytes.ToArray());
        Assert.Equal(DType.BF16, written.Embedding.DType);
        Assert.Equal(original.ParameterCount, written.ParameterCount);
    }

    /// <summary>Codes and scales widened by the test itself, as an ordinary float32 checkpoint.</summary>
    [Theory]
    [InlineData(WeightFormat.Int8)]
    [InlineData(WeightFormat.Int4)]
    public void Packed_as_float32_it_computes_the_same_bits_as_its_widened_twin(WeightFormat format)
    {
        using var folder = new TemporaryFolder();
        string quantised = Quantize(folder, format);
        using var file = SafetensorsFile.Open(Path.Combine(quantised, "model.safetensors"));
        var twin = new List<TensorSource>();
        foreach (var tensor in file.Tensors.Where(static t => !t.Name.EndsWith(WeightStorage.ScalesSuffix, StringComparison.Ordinal)))
        {
            if (WeightStorage.IntegerFormat(tensor.DType) is null)
            {
                twin.Add(TensorSource.Float32(tensor.Name, tensor.Shape, tensor.ToFloat32()));
                continue;
            }

            float[] scales = file.Tensor(WeightStorage.ScalesOf(tensor.Name)).ToFloat32();
            byte[] bytes = tensor.Bytes.ToArray();
            int[] codes = format == WeightFormat.Int8 ? [.. bytes.Select(static b => (int)(sbyte)b)] : [.. bytes.SelectMany(static b => new[] { (b & 15) - 8, (b >> 4) - 8 })];
            twin.Add(TensorSource.Float32(
                tensor.Name, [tensor.Shape[0], codes.Length / tensor.Shape[0]], (float[])[.. codes.Select((code, i) => code * scales[i / 32])]));
        }

        folder.Write("twin/config.json", File.ReadAllBytes(Path.Combine(_original, "config.json")));
        SafetensorsWriter.Write(folder.At("twin", "model.safetensors"), twin, new Dictionary<string, string>());
        float[] expected = FinalStates(folder.At("twin"), WeightPacking.Float32);
        Assert.Equal(expected, FinalStates(quantised, WeightPacking.Float32));
        float[] asStored = FinalStates(quantised, WeightPacking.AsStored);
        Assert.NotEqual(expected, asStored);
        // Rows are rounded too, to 7 or 8 bits.
        Assert.InRange(GoldenFile.RelativeDistance(asStored, expected), 1e-6, 0.1);
    }

    [Fact]
    public void Brain_floats_are_the_nearest()
    {
        using var folder = new TemporaryFolder();
        using var original = Checkpoint.Open(_original);
        using var written = Checkpoint.Open(Quantize(folder, WeightFormat.BrainFloat16));
        Assert.Null(written.IntegerWeights);
        float[] weights = original.Tensor(WeightNames.Adapter).ToFloat32();
        var expected = new ushort[weights.Length];
        BrainFloats.Round(weights, expected);
        Assert.Equal(expected, written.Tensor(WeightNames.Adapter).BrainFloat16.ToArray());
    }

    [Fact]
    public void Damage_is_told_by_file_tensor_and_remedy()
    {
        const string scales = WeightNames.Adapter + WeightStorage.ScalesSuffix;
        Assert.Contains($"1 missing: {scales}", Told((tensors, _) => [.. tensors.Where(static t => t.Name != scales)]));
        Assert.Contains($"{scales} is [1] of BF16, expected [64, 4] of BF16", Told((tensors, _) =>
            [.. tensors.Where(static t => t.Name != scales), TensorSource.BrainFloat16(scales, [1], new ushort[1])]));
        Assert.Contains($"{WeightNames.Adapter} is [2, 64] of U8, expected [64, 64]", Told((tensors, _) =>
            [.. tensors.Where(static t => t.Name != WeightNames.Adapter), new TensorSource(WeightNames.Adapter, DType.U8, [2, 64], static s => s.Write(new byte[128]))]));
        Assert.Contains($"{WeightNames.Embedding} is U8, expected F32, BF16 or F16", Told((tensors, _) =>
            [.. tensors.Where(static t => t.Name != WeightNames.Embedding), new TensorSource(WeightNames.Embedding, DType.U8, [512, 64], static s => s.Write(new byte[512 * 64]))]));
        Assert.Contains("inputs share a scale and do not divide 176", Told((tensors, _) =>
            [.. tensors.Where(static t => t.Name != "transformer.coda.0.mlp.proj.weight"), new TensorSource("transformer.coda.0.mlp.proj.weight", DType.I8, [64, 176], static s => s.Write(new byte[64 * 176]))]));
        Assert.Contains("has no 'muninn.weights.format'", Told((tensors, metadata) => Without(WeightStorage.FormatKey)(tensors, metadata)));
        Assert.Contains("'muninn.weights.format' is 'muninn-quantised-9', this version reads muninn-quantised-1", Told((tensors, metadata) =>
            With(WeightStorage.FormatKey, "muninn-quantised-9")(tensors, metadata)));
        Assert.Contains("'muninn.weights' is 'int3', this version reads int8, int4, bf16", Told((tensors, metadata) =>
            With(WeightStorage.WeightsKey, "int3")(tensors, metadata)));
        Assert.Contains("'muninn.weights.group' is '64', this version reads 32", Told((tensors, metadata) =>
            With(WeightStorage.GroupKey, "64")(tensors, metadata)));

        static string Told(Func<List<TensorSource>, Dictionary<string, string>, List<TensorSource>> spoil)
        {
            using var folder = new TemporaryFolder();
            var message = Message(folder, spoil);
            Assert.Contains(folder.At("spoilt"), message);
            return message;
        }

        static Func<List<TensorSource>, Dictionary<string, string>, List<TensorSource>> Without(string key) => (tensors, metadata) =>
        {
            metadata.Remove(key);
            return tensors;
        };

        static Func<List<TensorSource>, Dictionary<string, string>, List<TensorSource>> With(string key, string value) => (tensors, metadata) =>
        {
            metadata[key] = value;
            return tensors;
        };
    }

    [Fact]
    public void A_truncated_file_is_refused()
    {
        using var folder = new TemporaryFolder();
        string quantised = Quantize(folder, WeightFormat.Int4);
        using (var file = new FileStream(Path.Combine(quantised, "model.safetensors"), FileMode.Open))
            file.SetLength(file.Length - 10);
        Assert.Contains("model.safetensors", Assert.Throws<InvalidDataException>(() => Checkpoint.Open(quantised).Dispose()).Message);
    }

    [Fact]
    public void A_quantised_model_is_not_quantised_again()
    {
        using var folder = new TemporaryFolder();
        using var again = new TemporaryFolder();
        string quantised = Quantize(folder, WeightFormat.Int8);
        Assert.Contains("holds int8 weights already", Assert.Throws<InvalidDataException>(() => Quantize(again, WeightFormat.Int4, quantised)).Message);
    }

    [Theory]
    [InlineData(WeightFormat.Int8)]
    [InlineData(WeightFormat.Int4)]
    [InlineData(WeightFormat.BrainFloat16)]
    public void Weights_that_are_no_numbers_are_told_and_nothing_is_left(WeightFormat format)
    {
        using var source = new TemporaryFolder();
        using var folder = new TemporaryFolder();
        File.Copy(Path.Combine(_original, "config.json"), source.At("config.json"));
        using (var file = SafetensorsFile.Open(Path.Combine(_original, "model.safetensors")))
        {
            SafetensorsWriter.Write(source.At("model.safetensors"), [.. file.Tensors.Select(static tensor =>
            {
                float[] values = tensor.ToFloat32();
                if (tensor.Name == WeightNames.Adapter) values[3 * 128 + 7] = float.NaN;
                return TensorSource.Float32(tensor.Name, tensor.Shape, values);
            })], new Dictionary<string, string>());
        }

        var error = Assert.Throws<InvalidDataException>(() => Quantize(folder, format, source.Root));
        Assert.Contains($"{source.At("model.safetensors")}: tensor '{WeightNames.Adapter}' holds NaN in row 3, column 7", error.Message);
        Assert.Empty(Directory.GetFileSystemEntries(folder.Root));
    }
}
