using System;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text.Json;
using System.Threading.Tasks;
using Xunit;

namespace Muninn.Tests.Cli;

public class BenchCommandTests
{
    [Fact]
    public async Task Every_figure_is_there_once_and_every_case_has_a_ratio()
    {
        var answer = await MuninnProcess.Run("bench", "--quick", "--json");
        Assert.Equal("", answer.Error);
        Assert.Equal(0, answer.ExitCode);
        var root = JsonDocument.Parse(answer.Output).RootElement;
        Assert.Equal(1, root.GetProperty("threads").GetInt32());
        Assert.True(root.GetProperty("quick").GetBoolean());
        Assert.NotEqual("", root.GetProperty("processor").GetString());
        var figures = root.GetProperty("figures").EnumerateArray().ToList();
        string[] names = [.. figures.Select(f => f.GetProperty("name").GetString() ?? "")];
        Assert.Equal(names.Distinct(), names);
        Assert.Equal(
            Environment.ProcessorCount < 2
                ? ["limits", "products", "attention", "prompt", "row", "start", "passes", "decode", "depth"]
                : ["limits", "products", "threads", "attention", "prompt", "row", "start", "passes", "decode", "depth"],
            figures.Select(f => f.GetProperty("group").GetString()).Distinct());
        foreach (var f in figures)
        {
            var group = f.GetProperty("group").GetString();
            Assert.Equal(group is not ("limits" or "start") && f.GetProperty("unit").GetString() != "B", f.TryGetProperty("ratio", out var ratio));
            // A glance is held against no goal.
            Assert.False(f.TryGetProperty("reached", out _));
            if (f.GetProperty("unit").GetString() == "B") Assert.Equal(0, f.GetProperty("value").GetDouble());
            else Assert.True(f.GetProperty("value").GetDouble() > 0);
            if (ratio.ValueKind == JsonValueKind.Number) Assert.True(ratio.GetDouble() > 0);
        }

        Assert.Contains("FMA peak, one thread", names);
        Assert.Contains("product f32, 64 rows, 5632 x 2048", names);
        foreach (var type in new[] { "f32", "bf16", "int8", "int4" }) Assert.Contains($"product {type}, 1 row, weights from memory", names);
    }

    [Fact]
    public async Task Only_what_is_asked_for_is_measured_and_written()
    {
        using var folder = new TemporaryFolder();
        var answer = await MuninnProcess.Run(
            "bench", "--quick", "--only", "attention", "--only", "INT8, 1 ROW", "--out", folder.At("a.md"), "--out", folder.At("a.json"));
        Assert.Equal("", answer.Error);
        string[] lines = answer.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(["product int8, 1 row, weights from memory", "attention, 128 tokens, 16 heads of 64"], lines.Select(l => l[..56].TrimEnd()));
        Assert.All(lines, l => Assert.Matches(@"\d of (read bandwidth|FMA peak)( +disturbed)?$", l));
        var figures = JsonDocument.Parse(File.ReadAllBytes(folder.At("a.json"))).RootElement.GetProperty("figures");
        Assert.Equal(2, figures.GetArrayLength());
        string[] table = [.. File.ReadAllLines(folder.At("a.md")).Where(l => l.StartsWith('|'))];
        Assert.Equal(6, table.Length);
        Assert.All(table, row => Assert.Equal(5, row.Count(c => c == '|')));
        var value = figures[1].GetProperty("value").GetDouble().ToString("F1", CultureInfo.InvariantCulture);
        Assert.StartsWith($"| attention, 128 tokens, 16 heads of 64 | {value} GFLOP/s |", table[5], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_group_is_meant_by_its_name_alone()
    {
        var answer = await MuninnProcess.Run("bench", "--quick", "--only", "row", "--only", "allocated per iteration");
        Assert.Equal(
            [
                "allocated per iteration, 32 tokens, width 256",
                .. new[] { "bf16", "int8", "int4" }.Select(format => $"one row, {format}, width 256, 4 iterations"),
            ],
            answer.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => l[..56].TrimEnd()));
    }

    [Fact]
    public async Task The_prompt_is_as_large_as_asked_for()
    {
        var answer = await MuninnProcess.Run(
            "bench", "--quick", "--only", "prompt, bf16", "--width", "128", "--prompt-tokens", "7", "-n", "3", "--threads", "2");
        Assert.Equal("", answer.Error);
        Assert.StartsWith("prompt, bf16, 7 tokens, width 128, 3 iterations ", answer.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_given_model_is_measured_in_place_of_all_else()
    {
        var answer = await MuninnProcess.Run("bench", "--quick", "--model", "seedling", "--prompt-tokens", "5", "-n", "2", "--json");
        Assert.Equal("", answer.Error);
        var root = JsonDocument.Parse(answer.Output).RootElement;
        Assert.Equal("seedling", root.GetProperty("model").GetString());
        var figures = root.GetProperty("figures").EnumerateArray().ToList();
        Assert.Equal(
            ["load", "prompt, 5 tokens, 2 iterations", "peak resident memory", "one row, 2 iterations"], figures.Select(f => f.GetProperty("name").GetString()));
        Assert.All(figures, f => Assert.True(f.GetProperty("value").GetDouble() > 0));
        // The program alone is larger than seedling.
        Assert.True(figures[2].GetProperty("ratio").GetDouble() > 1);
    }

    [Theory]
    [InlineData("--only: 'limit' is neither a group nor part of the name of a figure; did you mean limits?", "--only", "limit")]
    [InlineData("--only: 'int5' is neither a group nor part of the name of a figure", "--only", "products", "--only", "int5")]
    [InlineData("--width: 100 is no multiple of 64, the width of a head; give e.g. 64.", "--width", "100")]
    [InlineData("--width: '8193' is no whole number from 64 to 8192.", "--width", "8193")]
    [InlineData("--width is 128, but --model names a model, which has a width of its own. Leave one out.", "--width", "128", "--model", "seedling")]
    [InlineData("--prompt-tokens is 1025; a fresh model reads at most 1024.", "--prompt-tokens", "1025")]
    [InlineData("--prompt-tokens is 1025, but this model reads at most 1024. Give 1024 or fewer.", "--prompt-tokens", "1025", "--model", "seedling")]
    [InlineData("the name must end in .json, .md", "--out", "a.txt")]
    [InlineData("'--out'", "--out", "a.md", "--out", "a.md")]
    public async Task What_makes_no_sense_is_refused_before_anything_is_measured(string expected, params string[] arguments)
    {
        using var folder = new TemporaryFolder();
        var answer = await MuninnProcess.Run(new Call { Arguments = ["bench", .. arguments], Folder = folder.Root });
        Assert.Equal(2, answer.ExitCode);
        Assert.Empty(answer.OutputBytes);
        Assert.Contains(expected.Trim('\''), answer.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_model_that_is_not_there_is_not_found()
    {
        var answer = await MuninnProcess.Run("bench", "--model", "nowhere");
        Assert.Equal(3, answer.ExitCode);
        Assert.Empty(answer.OutputBytes);
    }

    [Fact]
    public async Task An_ended_run_leaves_no_temporary_model()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "signals are sent with kill");
        using var folder = new TemporaryFolder();
        using var process = MuninnProcess.Start(new Call
        {
            Arguments = ["bench", "--only", "block", "--width", "1024"],
            Environment = new System.Collections.Generic.Dictionary<string, string> { ["TMPDIR"] = folder.Root },
        });
        process.StandardInput.Close();
        var patience = Stopwatch.StartNew();
        while (Directory.GetFiles(folder.Root, "*.safetensors*", SearchOption.AllDirectories).Length == 0)
        {
            Assert.True(patience.Elapsed < TimeSpan.FromSeconds(60) && !process.HasExited);
            await Task.Delay(5);
        }

        using (var kill = Process.Start("kill", ["-INT", $"{process.Id}"])) await kill.WaitForExitAsync();
        await MuninnProcess.Ended(process);
        Assert.Equal(130, process.ExitCode);
        Assert.Equal("", await process.StandardError.ReadToEndAsync());
        Assert.Empty(Directory.GetDirectories(folder.Root, "muninn-*"));
    }
}
