using System;
using System.IO;
using System.IO.Compression;
using System.Linq;
using System.Text.Json;
using System.Threading.Tasks;
using Muninn.Engine.Checkpoints;
using Xunit;

namespace Muninn.Tests.Cli;

public sealed class InspectCommandTests
{
    static string Reference(string name) => Path.Combine(AppContext.BaseDirectory, "reference", name);

    static Task<Answer> Inspect(params string[] arguments) => MuninnProcess.Run(["inspect", .. arguments]);

    [Theory]
    [InlineData("tiny-f32")]
    [InlineData("tiny-bf16")]
    [InlineData("tiny-trainlike")]
    public async Task Sites_agree_with_the_reference(string name)
    {
        using var folder = new TemporaryFolder();
        using var expected = SafetensorsFile.Open(Path.Combine(Reference(name), "expected.safetensors"));
        var ids = string.Join(',', expected.Tensor("in.ids").Int64.ToArray());
        var start = folder.At("start.safetensors");
        var given = expected.Tensor("in.start");
        SafetensorsWriter.Write(start, [TensorSource.Float32("s0", given.Shape, given.ToFloat32())], new System.Collections.Generic.Dictionary<string, string>());
        var answer = await Inspect(
            "--model", Reference(name), "--tokens", ids, "--rotary", "stored", "--initial-state", start, "--iterations", "1",
            "--at", "core[1].block[*].output", "--at", "core[1].block[*].attention", "--at", "prelude[0].output", "--at", "coda[0].attention",
            "--out", folder.At("values.safetensors"));
        Assert.Equal(0, answer.ExitCode);
        using var values = SafetensorsFile.Open(folder.At("values.safetensors"));
        string[] blocks = [.. expected.Tensors.Select(t => t.Name).Where(n => n.StartsWith("trace.transformer.core_block.", StringComparison.Ordinal))];
        Assert.NotEmpty(blocks);
        foreach (var golden in blocks)
        {
            int block = int.Parse(golden.Split('.')[3]);
            var tensor = values.Tensor(golden.EndsWith(".attn", StringComparison.Ordinal) ? "core[1].block[*].attention" : "core[1].block[*].output");
            Near(expected.Tensor(golden), tensor.ToFloat32().AsSpan(block * (int)(tensor.Shape[2] * tensor.Shape[3]), (int)(tensor.Shape[2] * tensor.Shape[3])));
        }

        Near(expected.Tensor("trace.transformer.prelude.0"), values.Tensor("prelude[0].output").ToFloat32());
        Near(expected.Tensor("trace.transformer.coda.0.attn"), values.Tensor("coda[0].attention").ToFloat32());
        Assert.Equal(Enumerable.Range(0, (int)values.Tensor("core[1].block[*].output").Shape[1]), values.Tensor("core[1].block[*].output#blocks").Int32.ToArray());
        Assert.Equal("muninn-capture-1", values.Metadata["format"]);
    }

    static void Near(Tensor expected, ReadOnlySpan<float> actual)
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

        Assert.True(Math.Sqrt(error / size) <= 2e-5, $"{expected.Name}: {Math.Sqrt(error / size):e2}");
    }

    [Fact]
    public async Task Every_kind_of_file_holds_the_same_values()
    {
        using var folder = new TemporaryFolder();
        string address = "core[2-3].block[0].pattern[1]@1,last";
        var answer = await Inspect(
            "The raven.", "--iterations", "3", "--at", address, "--out", folder.At("v.npz"), "--out", folder.At("v.json"), "--out",
            folder.At("v.safetensors"), "--json");
        Assert.Equal(("", 0), (answer.Error, answer.ExitCode));
        using var tensors = SafetensorsFile.Open(folder.At("v.safetensors"));
        float[] values = tensors.Tensor(address).ToFloat32();
        Assert.Equal("[2, 1, 2, 1, 7]", tensors.Tensor(address).ShapeText);
        using var json = JsonDocument.Parse(File.ReadAllBytes(folder.At("v.json")));
        var entry = json.RootElement.GetProperty("addresses")[0];
        Assert.Equal(values, entry.GetProperty("values").EnumerateArray().SelectMany(row => row.EnumerateArray()).Select(value => value.GetSingle()));
        Assert.Equal([1, 6], entry.GetProperty("positions").EnumerateArray().Select(value => value.GetInt32()));
        Assert.Equal(1, values[..7].Sum(), 1e-5);
        Assert.All(values[2..7], static weight => Assert.Equal(0, weight));
        using var zip = ZipFile.OpenRead(folder.At("v.npz"));
        Assert.Equal(
            ["tokens.npy", $"{address}.npy", $"{address}#iterations.npy", $"{address}#blocks.npy", $"{address}#positions.npy", $"{address}#heads.npy"],
            zip.Entries.Select(static e => e.FullName));
        using var reader = new BinaryReader(zip.GetEntry($"{address}.npy")!.Open());
        reader.ReadBytes(8);
        reader.ReadBytes(reader.ReadUInt16());
        Assert.Equal(values, Enumerable.Range(0, values.Length).Select(_ => reader.ReadSingle()));
        using var printed = JsonDocument.Parse(answer.Output);
        Assert.False(printed.RootElement.GetProperty("addresses")[0].TryGetProperty("values", out _));
        double entropy = printed.RootElement.GetProperty("addresses")[0].GetProperty("entropy")[0][0].GetDouble();
        Assert.Equal(-values[..2].Sum(static w => w * Math.Log(w)), entropy, 1e-5);
    }

    [Fact]
    public async Task Norms_are_printed_by_iteration_and_block()
    {
        var answer = await Inspect("The raven.", "--iterations", "2", "--at", "core[*].block[0-1].mlp", "--at", "state[0]@1", "--at", "core[1].block[0].v[1,3]");
        Assert.Equal(0, answer.ExitCode);
        string[] lines = [.. answer.Output.Split('\n').Select(static line => line.TrimEnd())];
        Assert.StartsWith("core[*].block[0-1].mlp  [2, 2, 7, 128]", lines[0], StringComparison.Ordinal);
        Assert.Equal(
            ["  core[1].block[0].mlp", "  core[1].block[1].mlp", "  core[2].block[0].mlp", "  core[2].block[1].mlp"],
            lines[2..6].Select(static line => line[..22]));
        Assert.Contains(lines, static line => line.StartsWith("  state[0]  ", StringComparison.Ordinal) && line.EndsWith("at 1 The", StringComparison.Ordinal));
        Assert.Contains(lines, static line => line.StartsWith("  core[1].block[0].v[3] ", StringComparison.Ordinal));
        Assert.All(lines, static line => Assert.True(line.Length <= 80, line));
    }

    [Fact]
    public async Task Same_bytes_with_any_threads()
    {
        using var folder = new TemporaryFolder();
        string[] line = ["The raven.", "--iterations", "4", "--at", "core[*].block[*].pattern", "--at", "coda[*].mlp", "--at", "state[*]"];
        await Inspect([.. line, "--threads", "1", "--out", folder.At("a.npz")]);
        await Inspect([.. line, "--threads", "3", "--out", folder.At("b.npz")]);
        Assert.Equal(File.ReadAllBytes(folder.At("a.npz")), File.ReadAllBytes(folder.At("b.npz")));
    }

    [Theory]
    [InlineData("", "--at is missing")]
    [InlineData("--at layer[1]", "--at: 'layer' at character 1 of 'layer[1]': an address begins with state, prelude, core, coda")]
    [InlineData("--at core[1].block[0].ml", "the sites of a block are input, q, k, v, pattern, attention, afterAttention, mlp, output")]
    [InlineData("--at core[65].block[0].mlp", "--at: core[65].block[0].mlp asks for iteration 65; here they are 1 to 64.")]
    [InlineData("--at state[3]@9", "--at: state[3]@9 asks for position 9; here they are 0 to 2.")]
    [InlineData("--at prelude[7].mlp", "asks for prelude block 7; the only one here is 0.")]
    [InlineData("--at state[1] --at state[1-1]", "--at state[1] is given twice")]
    [InlineData("--at state[1] --out values.csv", "the name must end in .npz, .safetensors, .json, .svg, .png")]
    [InlineData("--at state[1] --horizon 9", "unknown option '--horizon'")]
    public async Task Refuses_with_the_reason(string line, string expected)
    {
        using var folder = new TemporaryFolder();
        var answer = await MuninnProcess.Run(new Call
        {
            Arguments = ["inspect", "Hi", .. line.Split(' ', StringSplitOptions.RemoveEmptyEntries)],
            Folder = folder.Root,
        });
        Assert.Equal(2, answer.ExitCode);
        Assert.Contains(expected, answer.Error);
        Assert.Empty(Directory.GetFiles(folder.Root));
    }
}
