using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading.Tasks;
using Muninn.Engine.Checkpoints;
using Xunit;

namespace Muninn.Tests.Cli;

public class TraceCommandTests
{
    /// <summary>Relative L2 distance to the reference values, as promised.</summary>
    const double Tolerance = 2e-5;

    static string Reference(string name) => Path.Combine(AppContext.BaseDirectory, "reference", name);

    static async Task<Answer> Trace(string output, params string[] arguments) =>
        await MuninnProcess.Run(["trace", "--out", output, .. arguments]);

    [Theory]
    [InlineData("tiny-f32")]
    [InlineData("tiny-bf16")]
    [InlineData("tiny-trainlike")]
    public async Task Agrees_with_the_reference(string name)
    {
        using var folder = new TemporaryFolder();
        using var expected = SafetensorsFile.Open(Path.Combine(Reference(name), "expected.safetensors"));
        var ids = Ids(expected.Tensor("in.ids"));
        var start = folder.At("start.safetensors");
        var given = expected.Tensor("in.start");
        SafetensorsWriter.Write(start, [TensorSource.Float32("s0", given.Shape, given.ToFloat32())], new Dictionary<string, string>());
        int[] states = [.. expected.Tensors.Where(t => t.Name.StartsWith("random.state.", StringComparison.Ordinal))
            .Select(t => int.Parse(t.Name["random.state.".Length..])).Order()];
        int[] logits = [.. expected.Tensors.Where(t => t.Name.StartsWith("random.logits.", StringComparison.Ordinal))
            .Select(t => int.Parse(t.Name["random.logits.".Length..])).Order()];
        Assert.NotEmpty(states);
        Assert.NotEmpty(logits);

        var answer = await Trace(folder.At("trace.safetensors"), "--model", Reference(name), "--tokens", string.Join(',', ids),
            "--initial-state", start, "--rotary", "stored",
            "--states", string.Join(',', states), "--logits", string.Join(',', logits));
        Assert.Equal(0, answer.ExitCode);
        using var trace = SafetensorsFile.Open(folder.At("trace.safetensors"));
        Assert.Equal(ids, Ids(trace.Tensor("tokens")));
        Near(expected.Tensor("random.distance"), trace.Tensor("distance").ToFloat32(), Norm(expected.Tensor("random.limit")));
        Near(expected.Tensor("random.residual"), trace.Tensor("residual").ToFloat32());
        Parts(expected, "random.state.", states, trace.Tensor("states"));
        Parts(expected, "random.normed.", states, trace.Tensor("normalized_states"));
        Parts(expected, "random.logits.", logits, trace.Tensor("logits"));
    }

    static void Parts(SafetensorsFile expected, string prefix, int[] iterations, Tensor actual)
    {
        Assert.Equal(iterations.Length, (int)actual.Shape[0]);
        var all = actual.ToFloat32();
        int length = all.Length / iterations.Length;
        for (int i = 0; i < iterations.Length; i++) Near(expected.Tensor($"{prefix}{iterations[i]}"), all.AsSpan(i * length, length));
    }

    static void Near(Tensor expected, ReadOnlySpan<float> actual, double scale = 0)
    {
        var values = expected.ToFloat32();
        Assert.Equal(values.Length, actual.Length);
        double error = 0;
        double size = 0;
        for (int i = 0; i < values.Length; i++)
        {
            error += Math.Pow((double)values[i] - actual[i], 2);
            size += (double)values[i] * values[i];
        }

        double relative = Math.Sqrt(error) / Math.Max(Math.Sqrt(size), scale);
        Assert.True(relative <= Tolerance, $"{expected.Name}: relative L2 {relative:e2}, allowed {Tolerance:e2}");
    }

    static double Norm(Tensor tensor) => Math.Sqrt(tensor.ToFloat32().Sum(v => (double)v * v));

    static int[] Ids(Tensor tensor) => tensor.DType == DType.I32
        ? tensor.Int32.ToArray()
        : [.. tensor.Int64.ToArray().Select(id => (int)id)];

    [Fact]
    public async Task Same_bytes_on_any_run_any_threads_and_without_avx512()
    {
        using var folder = new TemporaryFolder();
        string[] line = ["trace", "The raven remembers what it saw.", "--states", "0,3,64", "--logits", "2,64", "--out"];
        var first = await Bytes("1", [], "--threads", "1");
        Assert.Equal(first, await Bytes("2", [], "--threads", "1"));
        Assert.Equal(first, await Bytes("3", [], "--threads", "2"));
        Assert.Equal(first, await Bytes("4", new() { ["MUNINN_THREADS"] = "3" }));
        Assert.Equal(first, await Bytes("5", new() { ["DOTNET_EnableAVX512"] = "0" }));
        Assert.NotEqual(first, await Bytes("6", new() { ["MUNINN_SEED"] = "1" }));

        async Task<byte[]> Bytes(string name, Dictionary<string, string> environment, params string[] more)
        {
            var path = folder.At(name + ".safetensors");
            var answer = await MuninnProcess.Run(new Call { Arguments = [.. line, path, .. more], Environment = environment });
            Assert.Equal("", answer.Error);
            return await File.ReadAllBytesAsync(path);
        }
    }

    [Fact]
    public async Task Metadata_say_what_the_numbers_depend_on_and_nothing_else()
    {
        using var folder = new TemporaryFolder();
        await Trace(folder.At("a.safetensors"), "Hi", "--iterations", "3", "--horizon", "9", "--seed", "7", "--initial-state", "zero");
        using var trace = SafetensorsFile.Open(folder.At("a.safetensors"));
        Assert.Equal(
            ["fingerprint", "floor", "format", "horizon", "initial_state", "iterations", "model", "rotary", "seed", "tolerance", "version"],
            trace.Metadata.Keys.Order());
        Assert.Equal("7", trace.Metadata["seed"]);
        Assert.Equal("9", trace.Metadata["horizon"]);
        Assert.Equal("zero", trace.Metadata["initial_state"]);
        Assert.Equal("[3, 4]", trace.Tensor("distance").ShapeText);
        Assert.Equal("[3, 3]", trace.Tensor("residual").ShapeText);
        Assert.Equal("[3]", trace.Tensor("horizon_residual").ShapeText);
        Assert.Equal(4, trace.Tensors.Count);
    }

    [Fact]
    public async Task States_beyond_the_horizon_are_run()
    {
        using var folder = new TemporaryFolder();
        await Trace(folder.At("a.safetensors"), "Hi", "--iterations", "2", "--horizon", "4", "--states", "9,0");
        await Trace(folder.At("b.safetensors"), "Hi", "--iterations", "9", "--horizon", "10", "--states", "0,9");
        using var a = SafetensorsFile.Open(folder.At("a.safetensors"));
        using var b = SafetensorsFile.Open(folder.At("b.safetensors"));
        var (x, y) = (a.Tensor("states").ToFloat32(), b.Tensor("states").ToFloat32());
        Assert.Equal(x[..(x.Length / 2)], y[(x.Length / 2)..]);
        Assert.Equal(x[(x.Length / 2)..], y[..(x.Length / 2)]);
    }

    [Fact]
    public async Task Difference_of_the_rotary_tables_is_reported()
    {
        using var folder = new TemporaryFolder();
        var exact = await Trace(folder.At("a.safetensors"), "--tokens", "5,6", "--model", Reference("tiny-bf16"));
        Assert.Contains("The stored rotary table differs from the exact one by up to", exact.Error);
        var none = await Trace(folder.At("a.safetensors"), "--tokens", "5,6", "--model", Reference("tiny-trainlike"), "--rotary", "stored");
        Assert.Contains("stores no rotary table", none.Error);
    }

    [Theory]
    [InlineData("--iterations 10 --horizon 9", "--horizon is 9 and --iterations 10")]
    [InlineData("--iterations 10 --horizon 5", "Give a horizon of 10 or more")]
    [InlineData("--iterations 0", "'0' is no whole number from 1 to 10000")]
    [InlineData("--seed -1", "--seed: '-1' is no whole number")]
    [InlineData("--threads 0", "--threads: '0' is no whole number")]
    [InlineData("--rotary best", "'best' is none of exact, stored")]
    [InlineData("--initial-state noise", "'noise' is neither zero nor random")]
    [InlineData("--tokens 768", "token id 768 at position 0 is outside the model's vocabulary, 0 to 767")]
    [InlineData("--states 3-1", "runs backwards; give 1-3")]
    [InlineData("--states 1,1", "1 stands twice")]
    [InlineData("--logits 10001", "iteration 10001 is above the largest allowed, 10000")]
    [InlineData("--out b.safetensors", "--out is given 2 times")]
    public async Task Refuses_with_the_reason(string line, string expected)
    {
        using var folder = new TemporaryFolder();
        var answer = await Trace(folder.At("a.safetensors"), line.Split(' '));
        Assert.Equal(2, answer.ExitCode);
        Assert.Contains(expected, answer.Error);
        Assert.Empty(Directory.GetFiles(folder.Root));
    }

    [Theory]
    [InlineData("trace.bmp", 2, "the file type '.bmp' of 'trace.bmp' is unknown; the name must end in .safetensors")]
    [InlineData("trace", 2, "'trace' has no file type")]
    [InlineData(".safetensors", 2, "'.safetensors' is an ending without a name")]
    [InlineData("nowhere/trace.safetensors", 1, "there is no folder")]
    [InlineData("/proc/full.safetensors", 1, "'/proc/full.safetensors' cannot be written: ")]
    public async Task Refuses_an_output_it_cannot_write(string output, int exitCode, string expected)
    {
        var answer = await Trace(output, "Hi");
        Assert.Equal(exitCode, answer.ExitCode);
        Assert.Contains(expected, answer.Error);
    }

    [Fact]
    public async Task Link_to_a_device_is_refused()
    {
        Assert.SkipUnless(File.Exists("/dev/full"), "there is no /dev/full here");
        using var folder = new TemporaryFolder();
        File.CreateSymbolicLink(folder.At("full.safetensors"), "/dev/full");
        var answer = await Trace(folder.At("full.safetensors"), "Hi");
        Assert.Equal(1, answer.ExitCode);
        Assert.Contains("leads to /dev/full, a device, which cannot hold a file", answer.Error);
    }

    [Fact]
    public async Task Output_is_required()
    {
        var answer = await MuninnProcess.Run("trace", "Hi");
        Assert.Equal(2, answer.ExitCode);
        Assert.Contains("--out is missing", answer.Error);
    }

    [Fact]
    public async Task Text_longer_than_the_context_is_refused_with_both_lengths()
    {
        using var folder = new TemporaryFolder();
        var answer = await Trace(folder.At("a.safetensors"), "--tokens", string.Join(',', Enumerable.Repeat(5, 1025)));
        Assert.Equal(2, answer.ExitCode);
        Assert.Contains("--tokens has 1025 tokens, the model's context 1024. Shorten it by 1 token", answer.Error);
    }

    [Fact]
    public async Task Start_state_of_another_shape_is_refused_with_both_shapes()
    {
        using var folder = new TemporaryFolder();
        var start = folder.At("s.safetensors");
        SafetensorsWriter.Write(start, [TensorSource.Float32("s0", [2, 64], new float[128])], new Dictionary<string, string>());
        var answer = await Trace(folder.At("a.safetensors"), "Hi", "--initial-state", start);
        Assert.Equal(1, answer.ExitCode);
        Assert.Contains("'s0' is [2, 64]; this text and model need [3, 128]", answer.Error);

        SafetensorsWriter.Write(start, [TensorSource.Float32("start", [2, 64], new float[128])], new Dictionary<string, string>());
        answer = await Trace(folder.At("a.safetensors"), "Hi", "--initial-state", start);
        Assert.Equal(1, answer.ExitCode);
        Assert.Contains("has no tensor 's0'; it has start", answer.Error);

        answer = await Trace(folder.At("a.safetensors"), "Hi", "--initial-state", folder.At("none.safetensors"));
        Assert.Equal(3, answer.ExitCode);
    }
}
