using System;
using System.IO;
using System.Linq;
using System.Text.Json;
using System.Threading.Tasks;
using Xunit;

namespace Muninn.Tests.Cli;

public sealed class ExitsCommandTests
{
    const string Sentence = "Ann gives the key to Ben.";

    static async Task<JsonElement> Json(params string[] arguments)
    {
        var answer = await MuninnProcess.Run(["exits", "--json", .. arguments]);
        Assert.Equal("", answer.Error);
        Assert.Equal(0, answer.ExitCode);
        return JsonDocument.Parse(answer.Output).RootElement;
    }

    static JsonElement Exit(JsonElement report, string name, string list = "exits") =>
        report.GetProperty(list).EnumerateArray().Single(exit => exit.GetProperty("name").GetString() == name);

    [Fact]
    public async Task Every_rule_has_its_thresholds_beside_fixed_depths()
    {
        var answer = await MuninnProcess.Run("exits", Sentence, "-n", "16");
        Assert.Equal((0, ""), (answer.ExitCode, answer.Error));
        string[] lines = answer.Output.TrimEnd('\n').Split('\n');
        Assert.Equal("exits · seedling · 9 tokens · full depth 16 · start random, seed 0", lines[0]);
        Assert.Matches("^rule +iterations +share +KL mean +KL worst +changed +passes +front$", lines[1]);
        Assert.All(lines, line => Assert.True(line.Length <= 80, line));
        Assert.Matches("^fixed 16 +16.00 100.0% +0 +0 +0 +34.0 +kp$", lines.Single(line => line.StartsWith("fixed 16", StringComparison.Ordinal)));
        foreach (string rule in (string[])["residual:0.03", "cosine:0.001", "acceleration:0.01", "contraction:0.05", "entropy:0.001", "kl:0.001", "minp-kl:1e-5", "stable-token:5"])
            Assert.Contains(lines, line => line.StartsWith(rule + " ", StringComparison.Ordinal));
        Assert.Contains(lines, line => line.StartsWith("• Of the rules the fewest", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_rule_that_never_stops_costs_the_full_depth_and_changes_nothing()
    {
        var report = await Json(Sentence, "-n", "5", "--rule", "residual:1e-30", "--verify");
        var exit = Exit(report, "residual:1e-30");
        Assert.Equal((5, 0, 0, 0), (exit.GetProperty("iterations_mean").GetDouble(), exit.GetProperty("divergence_mean").GetDouble(),
            exit.GetProperty("answers_changed").GetInt32(), exit.GetProperty("stopped_by_rule").GetInt32()));
        var real = Exit(report, "residual:1e-30", "verified");
        Assert.Equal((5, 0, 9), (real.GetProperty("iterations_mean").GetDouble(), real.GetProperty("divergence_mean").GetDouble(), real.GetProperty("same_stops").GetInt32()));
        Assert.Equal(9, report.GetProperty("full_depth").GetProperty("divergence").GetArrayLength());
    }

    [Fact]
    public async Task One_rule_at_one_threshold_and_its_interval_stands_beside_fixed_depths_alone()
    {
        var report = await Json(Sentence, "-n", "8", "--rule", "kl:5e-4/2", "--rule", "entropy", "--interval", "4");
        string[] names = [.. report.GetProperty("exits").EnumerateArray().Select(exit => exit.GetProperty("name").GetString()!)];
        Assert.Equal(
            ["fixed 1", "fixed 2", "fixed 3", "fixed 4", "fixed 6", "fixed 8", "kl:5e-4/2",
                "entropy:0.01/4", "entropy:0.003/4", "entropy:0.001/4", "entropy:3e-4/4", "entropy:1e-4/4", "entropy:3e-5/4"], names);
        Assert.All(Exit(report, "kl:5e-4/2").GetProperty("iterations").EnumerateArray(), i => Assert.Equal(0, i.GetInt32() % 2));
        Assert.Equal(0, report.GetProperty("verified").GetArrayLength());
    }

    [Fact]
    public async Task Many_texts_are_one_table()
    {
        using var folder = new TemporaryFolder();
        string file = folder.Write("prompts.txt", $"{Sentence}\n\nThe raven.\r\n");
        var both = await Json("--prompts", file, "-n", "4", "--rule", "residual:0.2", "--verify", "--out", folder.At("e.csv"));
        var one = await Json(Sentence, "-n", "4", "--rule", "residual:0.2");
        var two = await Json("The raven.", "-n", "4", "--rule", "residual:0.2");
        static int[] Iterations(JsonElement report) => [.. Exit(report, "residual:0.2").GetProperty("iterations").EnumerateArray().Select(i => i.GetInt32())];
        Assert.Equal([.. Iterations(one), .. Iterations(two)], Iterations(both));
        Assert.Equal(2, both.GetProperty("prompts").GetArrayLength());
        string[] lines = (await File.ReadAllTextAsync(folder.At("e.csv"))).TrimEnd().Split("\r\n");
        Assert.StartsWith("rule,iterations_mean,share,divergence_mean", lines[0]);
        Assert.Equal(1 + 5, lines.Length);
        Assert.All(lines, line => Assert.Equal(13, line.Count(c => c == ',')));
        Assert.Matches("^residual:0.2,.*,(true|false),(true|false),(true|false),[0-9.]+,[0-9.E-]+,[0-9]+$", lines[^1]);
    }

    [Theory]
    [InlineData("every table has fixed depths; leave 'fixed' out", "--rule", "fixed")]
    [InlineData("'klx' is no exit rule", "--rule", "klx")]
    [InlineData("'x' is no threshold for residual", "--rule", "residual:x")]
    [InlineData("--interval: '0' is no whole number from 1", "--interval", "0")]
    [InlineData("--prompts and TEXT are both given", "--prompts", "a.txt")]
    public async Task Bad_options_are_named(string message, params string[] arguments)
    {
        var answer = await MuninnProcess.Run(["exits", Sentence, .. arguments]);
        Assert.Equal(2, answer.ExitCode);
        Assert.Contains(message, answer.Error);
        Assert.Equal("", answer.Output);
    }

    [Fact]
    public async Task A_file_of_empty_lines_is_no_file_of_prompts()
    {
        using var folder = new TemporaryFolder();
        var answer = await MuninnProcess.Run("exits", "--prompts", folder.Write("p.txt", "\n\r\n"));
        Assert.Equal(2, answer.ExitCode);
        Assert.Contains("has no line with a text. Give one text a line.", answer.Error);
        answer = await MuninnProcess.Run("exits", "--prompts", folder.At("none.txt"));
        Assert.NotEqual(0, answer.ExitCode);
        Assert.Contains("none.txt", answer.Error);
    }
}
