using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;
using System.Text.Json;
using System.Threading.Tasks;
using Muninn.Engine.Checkpoints;
using Xunit;

namespace Muninn.Tests.Cli;

public class HeatmapCommandTests
{
    const string Sentence = "The raven remembers.";

    static string Reference(string name) => Path.Combine(AppContext.BaseDirectory, "reference", name);

    static async Task<JsonElement> Json(params string[] arguments)
    {
        var answer = await MuninnProcess.Run(["heatmap", "--json", .. arguments]);
        Assert.Equal("", answer.Error);
        Assert.Equal(0, answer.ExitCode);
        return JsonDocument.Parse(answer.Output).RootElement;
    }

    [Fact]
    public async Task Shows_picture_and_findings_of_the_example_sentence()
    {
        var answer = await MuninnProcess.Run(new Call { Arguments = ["heatmap"], Redirection = "< /dev/null" });
        Assert.Equal(0, answer.ExitCode);
        Assert.Equal("", answer.Error);
        Assert.Contains("Latent State Convergence", answer.Output);
        Assert.Contains("Iterations at Test Time", answer.Output);
        Assert.Contains("Log Distance", answer.Output);
        Assert.Contains("_demonstr", answer.Output);
        Assert.Contains("• Every token converges", answer.Output);
    }

    [Fact]
    public async Task Json_has_every_number_and_the_findings()
    {
        var json = await Json(Sentence, "--iterations", "5", "--horizon", "40");
        var tokens = json.GetProperty("tokens");
        var rows = json.GetProperty("distance");
        Assert.Equal(tokens.GetArrayLength(), rows.GetArrayLength());
        Assert.All(rows.EnumerateArray(), row => Assert.Equal(6, row.GetArrayLength()));
        Assert.All(json.GetProperty("residual").EnumerateArray(), row => Assert.Equal(5, row.GetArrayLength()));
        Assert.Equal("<|begin_text|>", tokens[0].GetProperty("text").GetString());
        Assert.Equal(40, json.GetProperty("options").GetProperty("horizon").GetInt32());
        Assert.NotEqual(0, json.GetProperty("findings").GetArrayLength());
        Assert.Equal(tokens[1].GetProperty("start").GetSingle(), rows[1][0].GetSingle());
    }

    [Fact]
    public async Task Horizon_at_the_last_iteration_makes_its_column_zero()
    {
        var json = await Json(Sentence, "--iterations", "1", "--horizon", "1");
        Assert.All(json.GetProperty("distance").EnumerateArray(), row => Assert.Equal(0, row[1].GetSingle()));
        Assert.All(json.GetProperty("distance").EnumerateArray(), row => Assert.True(row[0].GetSingle() > 0));
    }

    [Fact]
    public async Task Distances_agree_with_the_reference()
    {
        using var folder = new TemporaryFolder();
        using var expected = SafetensorsFile.Open(Path.Combine(Reference("tiny-f32"), "expected.safetensors"));
        var given = expected.Tensor("in.start");
        SafetensorsWriter.Write(
            folder.At("s.safetensors"), [TensorSource.Float32("s0", given.Shape, given.ToFloat32())], new Dictionary<string, string>());
        var ids = expected.Tensor("in.ids");
        var list = ids.DType == DType.I32 ? ids.Int32.ToArray().Select(i => (long)i) : ids.Int64.ToArray();
        var json = await Json("--model", Reference("tiny-f32"), "--tokens", string.Join(',', list),
            "--initial-state", folder.At("s.safetensors"));
        var distance = expected.Tensor("random.distance").ToFloat32();
        var actual = json.GetProperty("distance").EnumerateArray().SelectMany(r => r.EnumerateArray()).Select(e => e.GetSingle()).ToArray();
        Assert.Equal(distance.Length, actual.Length);
        double error = Math.Sqrt(distance.Zip(actual, (a, b) => Math.Pow((double)a - b, 2)).Sum());
        double size = Math.Sqrt(distance.Sum(d => (double)d * d));
        Assert.True(error <= 2e-5 * size, $"relative L2 {error / size:e2}");
    }

    [Fact]
    public async Task Every_file_has_the_same_bytes_on_any_run_any_threads_and_without_avx512()
    {
        using var folder = new TemporaryFolder();
        string[] types = ["svg", "png", "html", "json", "csv", "npz"];
        var first = await Files("a", new Dictionary<string, string> { ["MUNINN_THREADS"] = "1" });
        var second = await Files("b", new Dictionary<string, string> { ["MUNINN_THREADS"] = "2" });
        var third = await Files("c", new Dictionary<string, string> { ["DOTNET_EnableAVX512"] = "0" });
        for (int i = 0; i < types.Length; i++)
        {
            Assert.True(first[i].SequenceEqual(second[i]), $"{types[i]} depends on the threads");
            Assert.True(first[i].SequenceEqual(third[i]), $"{types[i]} depends on AVX-512");
            Assert.NotEmpty(first[i]);
        }

        async Task<byte[][]> Files(string name, Dictionary<string, string> environment)
        {
            Directory.CreateDirectory(folder.At(name));
            var outputs = types.SelectMany(t => new[] { "--out", Path.Combine(folder.At(name), "raven." + t) });
            var answer = await MuninnProcess.Run(new Call { Arguments = ["heatmap", Sentence, .. outputs], Environment = environment });
            Assert.Equal("", answer.Error);
            Assert.Equal(types.Length, Directory.GetFiles(folder.At(name)).Length);
            return [.. types.Select(t => File.ReadAllBytes(Path.Combine(folder.At(name), "raven." + t)))];
        }
    }

    [Fact]
    public async Task Files_are_what_their_endings_say()
    {
        using var folder = new TemporaryFolder();
        string[] types = ["svg", "png", "html", "json", "csv", "npz"];
        await MuninnProcess.Run(["heatmap", Sentence, .. types.SelectMany(t => new[] { "-o", folder.At("x." + t) })]);
        Assert.Contains("<svg", await File.ReadAllTextAsync(folder.At("x.svg")));
        Assert.Equal(0x89, (await File.ReadAllBytesAsync(folder.At("x.png")))[0]);
        Assert.Contains("<html", await File.ReadAllTextAsync(folder.At("x.html")));
        Assert.StartsWith("position,token,iteration,distance,residual\r\n0,", await File.ReadAllTextAsync(folder.At("x.csv")));
        Assert.Equal("PK"u8.ToArray(), (await File.ReadAllBytesAsync(folder.At("x.npz")))[..2]);
        var printed = await MuninnProcess.Run("heatmap", Sentence, "--json");
        Assert.Equal(printed.Output, await File.ReadAllTextAsync(folder.At("x.json")));
    }

    [Fact]
    public async Task Positions_choose_rows_and_keep_their_numbers()
    {
        using var folder = new TemporaryFolder();
        var all = await Json(Sentence);
        var some = await Json(Sentence, "--positions", "5,1-2", "--out", folder.At("x.csv"));
        Assert.Equal([5, 1, 2], some.GetProperty("tokens").EnumerateArray().Select(t => t.GetProperty("position").GetInt32()));
        Assert.Equal(all.GetProperty("distance")[5].GetRawText(), some.GetProperty("distance")[0].GetRawText());
        Assert.Equal(all.GetProperty("residual")[2].GetRawText(), some.GetProperty("residual")[2].GetRawText());
        var csv = await File.ReadAllLinesAsync(folder.At("x.csv"));
        Assert.Equal(["5", "1", "2"], csv.Skip(1).Select(l => l.Split(',')[0]).Distinct());
    }

    [Theory]
    [InlineData("none", false, false)]
    [InlineData("ascii", false, false)]
    [InlineData("auto", false, false)]
    [InlineData("blocks", true, true)]
    [InlineData("sixel", true, false)]
    [InlineData("kitty", true, false)]
    public async Task Graphics_can_be_chosen(string graphics, bool escapes, bool blocks)
    {
        var answer = await MuninnProcess.Run("heatmap", Sentence, "--graphics", graphics);
        Assert.Equal(0, answer.ExitCode);
        Assert.Equal(escapes, answer.Output.Contains('\u001b'));
        Assert.Equal(blocks, answer.Output.Contains("\u001b[48;2;", StringComparison.Ordinal));
        Assert.Contains("• ", answer.Output);
    }

    [Fact]
    public async Task No_color_and_a_pipe_have_no_escapes()
    {
        foreach (var (name, value) in new[] { ("NO_COLOR", "1"), ("TERM", "xterm-kitty") })
        {
            var answer = await MuninnProcess.Run(new Call
            {
                Arguments = ["heatmap", Sentence],
                Environment = new Dictionary<string, string> { [name] = value, ["COLORTERM"] = "truecolor" },
            });
            Assert.DoesNotContain("\u001b", answer.Output);
        }
    }

    [Theory]
    [InlineData("80")]
    [InlineData("200")]
    public async Task Picture_fits_the_columns(string columns)
    {
        var answer = await MuninnProcess.Run(new Call
        {
            Arguments = ["heatmap", Sentence],
            Environment = new Dictionary<string, string> { ["COLUMNS"] = columns },
        });
        var widest = answer.Output.Split('\n').Max(l => l.EnumerateRunes().Count());
        Assert.InRange(widest, 60, int.Parse(columns));
    }

    [Theory]
    [InlineData("--out a.bmp", 2, "the file type '.bmp' of 'a.bmp' is unknown; the name must end in .svg, .png, .html, .json, .csv, .npz")]
    [InlineData("--out a", 2, "'a' has no file type")]
    [InlineData("--out a.svg --out a.svg", 2, "'a.svg' is given twice")]
    [InlineData("--out a.svg --out ./a.svg", 2, "are the same file")]
    [InlineData("--out nowhere/a.svg", 1, "there is no folder")]
    [InlineData("--out /proc/full.svg", 1, "'/proc/full.svg' cannot be written: ")]
    [InlineData("--positions 99", 2, "position 99 is outside the text, whose 12 tokens are 0 to 11")]
    [InlineData("--graphics best", 2, "'best' is none of auto, kitty, sixel, blocks, ascii, none")]
    [InlineData("--graphics sixl", 2, "did you mean sixel?")]
    [InlineData("--horizon 63", 2, "--horizon is 63 and --iterations 64")]
    [InlineData("--iterations 500 --horizon 128", 2, "Give a horizon of 500 or more")]
    [InlineData("--model nowhere", 3, "No model 'nowhere'")]
    [InlineData("--outt a.svg", 2, "unknown option '--outt'; did you mean --out?")]
    public async Task Refuses_with_the_reason(string line, int exitCode, string expected)
    {
        using var folder = new TemporaryFolder();
        var answer = await MuninnProcess.Run(new Call { Arguments = ["heatmap", Sentence, .. line.Split(' ')], Folder = folder.Root });
        Assert.Equal(exitCode, answer.ExitCode);
        Assert.Contains(expected, answer.Error);
        Assert.Empty(answer.Output);
        Assert.Empty(Directory.GetFiles(folder.Root));
    }

    [Fact]
    public async Task Variable_may_name_several_outputs()
    {
        using var folder = new TemporaryFolder();
        var answer = await MuninnProcess.Run(new Call
        {
            Arguments = ["heatmap", Sentence, "--graphics", "none"],
            Folder = folder.Root,
            Environment = new Dictionary<string, string> { ["MUNINN_OUT"] = $"a.svg{Path.PathSeparator}a.csv" },
        });
        Assert.Equal(0, answer.ExitCode);
        Assert.True(File.Exists(folder.At("a.svg")));
        Assert.True(File.Exists(folder.At("a.csv")));
    }

    [Fact]
    public async Task Weights_that_are_no_numbers_are_a_finding()
    {
        using var folder = new TemporaryFolder();
        File.Copy(Path.Combine(Reference("tiny-f32"), "config.json"), folder.At("config.json"));
        using (var good = SafetensorsFile.Open(Path.Combine(Reference("tiny-f32"), "model.safetensors")))
        {
            SafetensorsWriter.Write(folder.At("model.safetensors"), [.. good.Tensors.Select(Spoilt)], new Dictionary<string, string>());
        }

        var answer = await MuninnProcess.Run("heatmap", "--tokens", "5,17,3", "--model", folder.Root);
        Assert.Equal(0, answer.ExitCode);
        Assert.Contains("not finite", answer.Output);
        var json = await Json("--tokens", "5,17,3", "--model", folder.Root);
        Assert.Equal("diverged", json.GetProperty("tokens")[0].GetProperty("verdict").GetString());
        Assert.Equal(JsonValueKind.Null, json.GetProperty("distance")[0][9].ValueKind);

        static TensorSource Spoilt(Tensor tensor)
        {
            if (tensor.Name != "transformer.adapter.weight") return TensorSource.Copy(tensor);
            var values = tensor.ToFloat32();
            values[7] = float.NaN;
            return TensorSource.Float32(tensor.Name, tensor.Shape, values);
        }
    }

    [Fact]
    public async Task Long_text_is_legible_on_a_pipe()
    {
        var text = string.Join(' ', Enumerable.Repeat(Sentence, 40));
        var answer = await MuninnProcess.Run(new Call { Arguments = ["heatmap"], Input = Encoding.UTF8.GetBytes(text) });
        Assert.Equal(0, answer.ExitCode);
        // Without a window every token has a line of its own.
        Assert.True(answer.Output.Split('\n').Count(l => l.Contains('@')) > 250);
    }

    [Fact]
    public async Task All_positions_in_another_order_reorder_everything_alike()
    {
        using var folder = new TemporaryFolder();
        var answer = await MuninnProcess.Run(
            "heatmap", "--tokens", "5,17,3", "--positions", "2,1,0", "--iterations", "2", "--graphics", "none",
            "--out", folder.At("p.csv"), "--out", folder.At("p.svg"));
        Assert.Equal(0, answer.ExitCode);
        var plain = await MuninnProcess.Run(
            "heatmap", "--tokens", "5,17,3", "--iterations", "2", "--graphics", "none", "--out", folder.At("q.csv"));
        Assert.Equal(0, plain.ExitCode);
        string[] Rows(string name) => [.. File.ReadAllLines(folder.At(name)).Skip(1)];
        Assert.Equal(Rows("q.csv").Order(StringComparer.Ordinal), Rows("p.csv").Order(StringComparer.Ordinal));
        Assert.StartsWith("2,", Rows("p.csv")[0], StringComparison.Ordinal);
        string svg = File.ReadAllText(folder.At("p.svg"));
        Assert.True(svg.IndexOf("⟨03⟩", StringComparison.Ordinal) < svg.IndexOf("⟨05⟩", StringComparison.Ordinal));
    }
}
