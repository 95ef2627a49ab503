using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Runtime.InteropServices;
using System.Text.Json;
using Muninn.Engine.Checkpoints;
using Muninn.Engine.Initialization;
using Muninn.Kernels;
using Muninn.Tests.Reference;
using Xunit;

namespace Muninn.Tests.Engine.Initialization;

public sealed class ModelInitializationTests
{
    public static TheoryData<string> Cases => [.. GoldenFile.Cases];

    static ModelConfig Config(string name) => ModelConfig.Read(Path.Combine(GoldenFile.FolderOf(name), "config.json"));

    static Dictionary<string, byte[]> Bytes(ModelConfig config, ulong seed, DType type, int threads)
    {
        using var pool = new WorkerPool(threads);
        return ModelInitialization.Tensors(config, seed, type, pool).ToDictionary(static tensor => tensor.Name, static tensor =>
        {
            using var stream = new MemoryStream();
            tensor.WriteTo(stream);
            Assert.Equal(tensor.Length, stream.Length);
            return stream.ToArray();
        });
    }

    static float[] Floats(byte[] bytes) => MemoryMarshal.Cast<byte, float>(bytes).ToArray();

    /// <summary>The numbers of a model by the kinds that the reference tells apart.</summary>
    static Dictionary<string, List<float>> Kinds(ModelConfig config, ulong seed)
    {
        var kinds = new Dictionary<string, List<float>>();
        foreach (var (name, bytes) in Bytes(config, seed, DType.F32, 1))
        {
            var values = Floats(bytes).AsSpan();
            if (name.EndsWith("attn.Wqkv.weight", StringComparison.Ordinal))
            {
                int third = values.Length / 3;
                Add("attn.Wqkv.q", values[..third]);
                Add("attn.Wqkv.k", values[third..(2 * third)]);
                Add("attn.Wqkv.v", values[(2 * third)..]);
            }
            else if (name.EndsWith("mlp.fc.weight", StringComparison.Ordinal))
            {
                Add("mlp.fc.first_half", values[..(values.Length / 2)]);
                Add("mlp.fc.second_half", values[(values.Length / 2)..]);
            }
            else
            {
                Add(name.Contains("norm_", StringComparison.Ordinal) || name.Contains("ln_f", StringComparison.Ordinal) ? "norms"
                    : new[] { "attn.proj", "mlp.proj", "qk_bias", "wte", "lm_head", "adapter" }
                        .Single(kind => name.Contains(kind, StringComparison.Ordinal)), values);
            }
        }

        return kinds;

        void Add(string kind, ReadOnlySpan<float> values)
        {
            if (!kinds.TryGetValue(kind, out var list)) kinds.Add(kind, list = []);
            list.AddRange(values);
        }
    }

    /// <summary>Equal to four fresh models of the original in mean and deviation, within four standard errors of both samples.</summary>
    [Theory]
    [MemberData(nameof(Cases))]
    public void Every_kind_of_tensor_has_the_statistics_that_the_original_measured(string name)
    {
        var config = Config(name);
        using var expected = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(GoldenFile.FolderOf(name), "expected.json")));
        var init = expected.RootElement.GetProperty("results").GetProperty("init");
        Assert.Equal(init.GetProperty("std").GetDouble(), config.WeightDeviation, 1e-7);
        Assert.Equal(init.GetProperty("out_std").GetDouble(), config.OutputDeviation, 1e-8);

        var kinds = Kinds(config, 3);
        foreach (var property in expected.RootElement.GetProperty("init_measured").EnumerateObject())
        {
            if (property.Name == "start_state") continue;
            var values = kinds[property.Name];
            var (mean, deviation, largest, count) = (
                property.Value.GetProperty("mean").GetDouble(), property.Value.GetProperty("std").GetDouble(),
                property.Value.GetProperty("largest").GetDouble(), property.Value.GetProperty("count").GetInt64());
            double ownMean = values.Average(static x => (double)x);
            double ownDeviation = Math.Sqrt(values.Average(x => (x - ownMean) * (x - ownMean)));
            double error = deviation * Math.Sqrt(1.0 / count + 1.0 / values.Count);
            Assert.True(Math.Abs(ownMean - mean) <= 4 * error, $"{property.Name}: mean {ownMean}, expected {mean} ± {4 * error}");
            Assert.True(Math.Abs(ownDeviation - deviation) <= 4 * error / Math.Sqrt(2),
                $"{property.Name}: deviation {ownDeviation}, expected {deviation} ± {4 * error / Math.Sqrt(2)}");

            // The largest of n lies below the cut by about cut / (n · 0.027): a hundredth for the fewest here.
            double ownLargest = values.Max(Math.Abs);
            Assert.True(Math.Abs(ownLargest - largest) <= 0.03 * largest, $"{property.Name}: largest {ownLargest}, expected {largest}");
            double cut = 3.04078 * deviation * (1 + 4 / Math.Sqrt(count));
            Assert.True(deviation == 0 || ownLargest <= cut, $"{property.Name}: largest {ownLargest} beyond the cut, {cut}");
        }
    }

    [Fact]
    public void Threads_do_not_change_a_byte()
    {
        // An embedding of more than one portion, so that writing and computing overlap.
        var config = Config("tiny-trainlike") with { Vocabulary = 70_001 };
        foreach (var type in new[] { DType.F32, DType.BF16 })
        {
            var one = Bytes(config, 1, type, 1);
            foreach (int threads in new[] { 2, 3, 5 })
            {
                var several = Bytes(config, 1, type, threads);
                Assert.All(one, pair => Assert.True(pair.Value.AsSpan().SequenceEqual(several[pair.Key]), pair.Key));
            }
        }
    }

    [Fact]
    public void Brain_floats_are_the_rounded_floats()
    {
        var config = Config("tiny-bf16");
        var wide = Bytes(config, 5, DType.F32, 2);
        foreach (var (name, bytes) in Bytes(config, 5, DType.BF16, 2))
            Assert.Equal(Floats(wide[name]).Select(BrainFloats.Round), MemoryMarshal.Cast<byte, ushort>(bytes).ToArray());
    }

    [Fact]
    public void An_element_depends_on_seed_name_and_number_alone()
    {
        var config = Config("tiny-f32");
        var model = Bytes(config, 1, DType.F32, 2);
        var other = Bytes(config, 2, DType.F32, 2);
        var deeper = Bytes(config with { CoreBlocks = 1, MeanRecurrence = 128, CodaBlocks = 3, PreludeBlocks = 1 }, 1, DType.F32, 1);
        foreach (var (name, bytes) in deeper)
        {
            var random = Floats(bytes).Distinct().Skip(1).Any();
            if (model.TryGetValue(name, out var same)) Assert.Equal(same, bytes);
            if (other.TryGetValue(name, out var unlike)) Assert.Equal(random, !unlike.AsSpan().SequenceEqual(bytes));
        }

        // No two tensors share a beginning.
        string[] beginnings = [.. model.Values.Where(static bytes => Floats(bytes).Distinct().Skip(1).Any()).Select(static bytes => Convert.ToHexString(bytes, 0, 16))];
        Assert.Equal(beginnings.Length, beginnings.Distinct().Count());
    }

    [Theory]
    [InlineData("tiny-f32")]
    [InlineData("tiny-bf16")]
    [InlineData("tiny-trainlike")]
    public void It_has_every_tensor_that_is_required_and_no_other(string name)
    {
        var config = Config(name);
        using var pool = new WorkerPool(1);
        var tensors = ModelInitialization.Tensors(config, 0, DType.BF16, pool);
        Assert.Equal(WeightNames.Required(config).Select(static weight => weight.Name), tensors.Select(static tensor => tensor.Name));
    }

    [Fact]
    public void The_published_shape_has_the_published_number_of_parameters()
    {
        var config = PublishedShape.Find("huginn-0125")!.Config;
        using var pool = new WorkerPool(1);
        var plan = ShardPlan.Of(ModelInitialization.Tensors(config, 0, DType.BF16, pool), 2_000_000_000);
        Assert.Equal(3_564_976_800, plan.ElementCount);
        Assert.Equal(7_129_953_600, plan.TotalLength);
        Assert.Equal(132, config.ExpectedDepth);
        Assert.Null(PublishedShape.Find("Huginn-0125"));
    }

    [Fact]
    public void Other_element_types_are_refused()
    {
        using var pool = new WorkerPool(1);
        Assert.Contains("F32 or BF16", Assert.Throws<ArgumentOutOfRangeException>(
            () => ModelInitialization.Tensors(Config("tiny-f32"), 0, DType.F16, pool)).Message);
    }
}
