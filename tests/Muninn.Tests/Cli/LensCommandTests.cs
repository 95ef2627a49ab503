using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.Json;
using System.Threading.Tasks;
using System.Xml.Linq;
using Xunit;

namespace Muninn.Tests.Cli;

public sealed class LensCommandTests
{
    const string Sentence = "Ann gives the key to Ben.";

    static async Task<JsonElement> Json(params string[] arguments)
    {
        var answer = await MuninnProcess.Run(["lens", "--json", .. arguments]);
        Assert.Equal("", answer.Error);
        Assert.Equal(0, answer.ExitCode);
        return JsonDocument.Parse(answer.Output).RootElement;
    }

    [Fact]
    public async Task The_grid_fits_the_width_and_marks_what_is_committed()
    {
        var answer = await MuninnProcess.Run("lens", Sentence);
        Assert.Equal((0, ""), (answer.ExitCode, answer.Error));
        string[] lines = answer.Output.TrimEnd('\n').Split('\n');
        Assert.Equal("coda lens · seedling · 9 tokens · end at iteration 128 · start random, seed 0", lines[0]);
        Assert.Matches("^token +0 +1 +.* 128 +commit near +p$", lines[1]);
        Assert.All(lines, line => Assert.True(line.Length <= 80, line));
        // Every answer stands in the last column.
        Assert.All(lines[2..11], line => Assert.Contains("*", line));
        Assert.Contains(lines, line => line.StartsWith("• The likeliest next token no longer changes from iteration", StringComparison.Ordinal));
        var wide = await MuninnProcess.Run(new Call { Arguments = ["lens", Sentence, "--aligned", "prediction"], Environment = new Dictionary<string, string> { ["COLUMNS"] = "60" } });
        Assert.All(wide.Output.Split('\n'), line => Assert.True(line.Length <= 60, line));
        Assert.Contains("(nothing is predicted for the first token)", wide.Output);
    }

    [Fact]
    public async Task Json_has_the_shapes_that_are_promised()
    {
        var report = await Json(Sentence, "-n", "6", "--horizon", "12", "--top", "3", "--blocks", "--initial-state", "zero");
        int tokens = report.GetProperty("tokens").GetArrayLength();
        var lens = report.GetProperty("lens");
        // Iteration 0, and two blocks of each other one.
        const int Readings = 1 + 12 * 2;
        Assert.Equal(9, tokens);
        Assert.Equal(Readings, lens.GetProperty("iterations").GetArrayLength());
        Assert.Equal([-1, 0, -1, 0], lens.GetProperty("blocks").EnumerateArray().Take(4).Select(e => e.GetInt32()));
        foreach (string name in (string[])["tokens", "log_probabilities", "entropy", "divergence", "rank", "next_log_probability", "next_rank"])
        {
            var array = lens.GetProperty(name);
            Assert.Equal(Readings, array.GetArrayLength());
            Assert.All(array.EnumerateArray(), row => Assert.Equal(tokens, row.GetArrayLength()));
        }

        Assert.All(lens.GetProperty("tokens").EnumerateArray().SelectMany(row => row.EnumerateArray()), top => Assert.Equal(3, top.GetArrayLength()));
        Assert.Equal(JsonValueKind.Null, lens.GetProperty("next_log_probability")[0][tokens - 1].ValueKind);
        var texts = report.GetProperty("texts");
        foreach (var token in report.GetProperty("tokens").EnumerateArray())
        {
            Assert.Equal(token.GetProperty("final_text").GetString(), texts.GetProperty($"{token.GetProperty("final_token")}").GetString());
            Assert.InRange(token.GetProperty("commit").GetInt32(), 0, 12);
        }
    }

    [Fact]
    public async Task The_horizon_is_the_logits_of_a_trace()
    {
        using var folder = new TemporaryFolder();
        var report = await Json(Sentence, "--horizon", "128");
        var answer = await MuninnProcess.Run("trace", Sentence, "--logits", "128", "--out", folder.At("t.safetensors"));
        Assert.Equal(0, answer.ExitCode);
        using var trace = Muninn.Engine.Checkpoints.SafetensorsFile.Open(folder.At("t.safetensors"));
        float[] logits = trace.Tensor("logits").ToFloat32();
        var tokens = report.GetProperty("tokens");
        int vocabulary = logits.Length / tokens.GetArrayLength();
        for (int t = 0; t < tokens.GetArrayLength(); t++)
        {
            var row = logits.AsSpan(t * vocabulary, vocabulary).ToArray();
            Assert.Equal(Array.IndexOf(row, row.Max()), tokens[t].GetProperty("final_token").GetInt32());
        }
    }

    [Fact]
    public async Task A_table_has_a_line_for_each_reading_of_each_row()
    {
        using var folder = new TemporaryFolder();
        var answer = await MuninnProcess.Run(
            "lens", "--tokens", "5,17,3", "-n", "2", "--horizon", "4", "--aligned", "prediction", "--top", "2", "--out", folder.At("l.csv"), "--out", folder.At("l.json"));
        Assert.Equal(0, answer.ExitCode);
        string[] lines = (await File.ReadAllTextAsync(folder.At("l.csv"))).TrimEnd().Split("\r\n");
        Assert.Equal(
            "row,token,read_at,iteration,block,entropy,divergence,rank,actual,actual_log_probability,actual_rank," +
            "top1,top1_text,top1_log_probability,top2,top2_text,top2_log_probability", lines[0]);
        // Nothing is predicted for the first of three tokens; five iterations.
        Assert.Equal(1 + 2 * 5, lines.Length);
        Assert.All(lines[1..6], line => Assert.Matches("^1,[^,]+,0,[0-4],,", line));
        Assert.Contains("\"divergence_bound\": 0.01", await File.ReadAllTextAsync(folder.At("l.json")));
        Assert.Contains("l.csv: ", answer.Output);
    }

    [Fact]
    public async Task The_picture_holds_what_the_numbers_say()
    {
        using var folder = new TemporaryFolder();
        string[] files = ["--out", folder.At("l.svg"), "--out", folder.At("l.png"), "--out", folder.At("l.json")];
        var answer = await MuninnProcess.Run(["lens", Sentence, "-n", "16", .. files]);
        Assert.Equal((0, ""), (answer.ExitCode, answer.Error));
        string[] texts = [.. XDocument.Load(folder.At("l.svg")).Descendants().Where(e => e.Name.LocalName == "text").Select(e => e.Value)];
        Assert.Contains("16", texts);
        using var json = JsonDocument.Parse(await File.ReadAllTextAsync(folder.At("l.json")));
        foreach (var token in json.RootElement.GetProperty("tokens").EnumerateArray())
            Assert.Contains(token.GetProperty("final_text").GetString()!, texts);
        Assert.Equal([0x89, (byte)'P', (byte)'N', (byte)'G'], (await File.ReadAllBytesAsync(folder.At("l.png")))[..4]);
        var divergence = await MuninnProcess.Run("lens", Sentence, "-n", "16", "--figure", "divergence", "--graphics", "ascii");
        Assert.StartsWith("What the Lens Reads\n", divergence.Output);
        Assert.DoesNotContain("commit near", divergence.Output);
    }

    [Fact]
    public async Task The_same_bytes_come_from_any_number_of_threads()
    {
        var one = await MuninnProcess.Run("lens", Sentence, "--json", "--threads", "1", "--kind", "raw");
        var two = await MuninnProcess.Run("lens", Sentence, "--json", "--threads", "2", "--kind", "raw");
        Assert.Equal(one.OutputBytes, two.OutputBytes);
    }

    [Theory]
    [InlineData("--top is 1000, but the vocabulary of seedling has 768 tokens. Give 1 to 768.", "--top", "1000")]
    [InlineData("--kind: 'codaa' is none of coda, raw", "--kind", "codaa")]
    [InlineData("--bound: '0' is no number above 0", "--bound", "0")]
    [InlineData("the name must end in .json, .csv, .svg, .png.", "--out", "x.npz")]
    [InlineData("--horizon is 4 and --iterations 64", "--horizon", "4")]
    public async Task Bad_options_are_named(string message, params string[] arguments)
    {
        var answer = await MuninnProcess.Run(["lens", Sentence, .. arguments]);
        Assert.Equal(2, answer.ExitCode);
        Assert.Contains(message, answer.Error);
        Assert.Equal("", answer.Output);
    }
}
