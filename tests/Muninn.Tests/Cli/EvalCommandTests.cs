using System;
using System.IO;
using System.Linq;
using System.Text.Json;
using System.Threading.Tasks;
using Xunit;

namespace Muninn.Tests.Cli;

public sealed class EvalCommandTests
{
    static readonly string[] _few = ["--questions", "5", "--steps", "1,8", "--tasks", "toggle,sum", "-n", "8"];

    static async Task<Answer> Eval(params string[] arguments) => await MuninnProcess.Run(["eval", .. arguments]);

    static async Task<JsonElement> Json(params string[] arguments)
    {
        var answer = await Eval([.. arguments, "--json"]);
        Assert.Equal(("", 0), (answer.Error, answer.ExitCode));
        using var document = JsonDocument.Parse(answer.Output);
        return document.RootElement.Clone();
    }

    [Fact]
    public async Task Prints_a_table_for_each_task_within_eighty_columns()
    {
        var answer = await Eval([.. _few, "--exit", "residual:1e-2"]);
        Assert.Equal(("", 0), (answer.Error, answer.ExitCode));
        string[] lines = answer.Output.Split('\n');
        Assert.Equal("seedling · 20 held-out questions · start zero · seed 0", lines[0]);
        Assert.Matches("^toggle +1 +2 +4 +8 +stable$", lines[4]);
        Assert.Matches("^  1 step, n=5( +100){4} +[0-9.]+/[0-9.]+$", lines[5]);
        Assert.Matches("^  8 steps, n=5( +[0-9]+){4} +[0-9.]+/[0-9.]+$", lines[6]);
        Assert.Matches("^  all, n=10( +[0-9]+){4}$", lines[7]);
        Assert.Contains(lines, static line => line.StartsWith("Generated with residual:0.01", StringComparison.Ordinal));
        Assert.Contains("• At 8 steps, from 1 iteration to 8: toggle ", answer.Output);
        Assert.Contains("• Steps against mean iterations until an answer stays right, Spearman:", answer.Output);
        Assert.All(lines, static line => Assert.True(line.Length <= 80, line));
    }

    [Fact]
    public async Task Numbers_are_the_same_for_any_threads_and_with_or_without_rest()
    {
        var one = await Json([.. _few, "--threads", "1"]);
        var two = await Json(["seedling", .. _few, "--threads", "2", "--no-rest"]);
        Assert.Equal(one.GetProperty("cells").GetRawText(), two.GetProperty("cells").GetRawText());
        Assert.NotEqual(one.GetProperty("cells").GetRawText(), (await Json([.. _few, "--seed", "1"])).GetProperty("cells").GetRawText());
        Assert.Equal((1e-6, 0), (one.GetProperty("options").GetProperty("rest_residual").GetDouble(), two.GetProperty("options").GetProperty("rest_residual").GetDouble()));
    }

    [Fact]
    public async Task Cells_hold_counts_shares_intervals_and_chance()
    {
        var report = await Json([.. _few, "--exit", "stable-token:2", "--initial-state", "random"]);
        var cells = report.GetProperty("cells").EnumerateArray().ToList();
        Assert.Equal([("toggle", 1), ("toggle", 8), ("sum", 1), ("sum", 8)], cells.Select(static cell => (cell.GetProperty("task").GetString()!, cell.GetProperty("steps").GetInt32())));
        Assert.Equal(0.5, cells[0].GetProperty("chance").GetDouble());
        Assert.Equal(JsonValueKind.Null, cells[2].GetProperty("chance").ValueKind);
        foreach (var cell in cells)
        {
            var shares = cell.GetProperty("accuracy").EnumerateArray().ToList();
            Assert.Equal([1, 2, 4, 8], shares.Select(static share => share.GetProperty("iterations").GetInt32()));
            int[] right = [.. cell.GetProperty("right_after_each_iteration").EnumerateArray().Select(static count => count.GetInt32())];
            Assert.Equal(8, right.Length);
            Assert.Equal([right[0], right[1], right[3], right[7]], shares.Select(static share => share.GetProperty("right").GetInt32()));
            Assert.All(shares, static share => Assert.InRange(share.GetProperty("accuracy").GetDouble(), share.GetProperty("low").GetDouble(), share.GetProperty("high").GetDouble()));
            Assert.Equal(right[^1], cell.GetProperty("stable_from").EnumerateArray().Count(static from => from.GetInt32() > 0));
            Assert.Equal(right[^1], cell.GetProperty("stable").GetProperty("questions").GetInt32());
            Assert.InRange(cell.GetProperty("exit").GetProperty("mean_iterations").GetDouble(), 2, 7);
        }

        Assert.Equal("stable-token:2", report.GetProperty("options").GetProperty("exit").GetString());
        Assert.Equal(2, report.GetProperty("tasks").GetArrayLength());
        Assert.NotEqual(0, report.GetProperty("findings").GetArrayLength());
    }

    [Fact]
    public async Task Writes_pictures_json_and_csv()
    {
        using var folder = new TemporaryFolder();
        var answer = await Eval([.. _few, .. new[] { "svg", "png", "json", "csv" }.SelectMany(ending => new[] { "--out", folder.At("a." + ending) })]);
        Assert.Equal(("", 0), (answer.Error, answer.ExitCode));
        Assert.Equal(4, Directory.GetFiles(folder.Root).Length);
        string picture = await File.ReadAllTextAsync(folder.At("a.svg"));
        Assert.Contains("Accuracy on Held-Out Questions", picture);
        Assert.Contains("does not prove", picture.Replace("\n", " ", StringComparison.Ordinal));
        string[] lines = await File.ReadAllLinesAsync(folder.At("a.csv"));
        Assert.Equal("task,steps,iterations,questions,right,accuracy,low,high", lines[0]);
        Assert.Equal(1 + 4 * 8, lines.Length);
        Assert.StartsWith("sum,8,8,5,", lines[^1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Says_how_well_texts_are_predicted()
    {
        using var folder = new TemporaryFolder();
        await File.WriteAllTextAsync(folder.At("prose.txt"), "The old raven remembers the garden. The door is open and Ann waits.");
        var answer = await Eval("--questions", "0", "--text", folder.At("prose.txt"), "-n", "8", "--window", "16");
        Assert.Equal(("", 0), (answer.Error, answer.ExitCode));
        Assert.Matches("prose.txt · ([0-9]+) of \\1 tokens predicted, 67 bytes, 0.[0-9]+ tokens a byte", answer.Output);
        Assert.Contains("  bits a byte ", answer.Output);
        var report = await Json("--questions", "0", "--text", folder.At("prose.txt"), "-n", "8");
        Assert.False(report.TryGetProperty("cells", out _));
        var readings = report.GetProperty("texts")[0].GetProperty("readings").EnumerateArray().ToList();
        Assert.Equal([1, 2, 4, 8], readings.Select(static one => one.GetProperty("iterations").GetInt32()));
        Assert.All(readings, static one => Assert.InRange(one.GetProperty("perplexity").GetDouble(), 1, 768));
        await File.WriteAllTextAsync(folder.At("lines.txt"), "The door is open.\r\n\nAnn waits.\n");
        report = await Json("--questions", "0", "--text", folder.At("lines.txt"), "--lines", "-n", "8");
        Assert.Equal((2, 27), (report.GetProperty("texts")[0].GetProperty("windows").GetInt32(), report.GetProperty("texts")[0].GetProperty("bytes").GetInt32()));
        await File.WriteAllTextAsync(folder.At("empty.txt"), "");
        answer = await Eval("--questions", "0", "--text", folder.At("empty.txt"));
        Assert.Equal((1, ""), (answer.ExitCode, answer.Output));
        Assert.Contains("give a longer text", answer.Error);
        Assert.Equal(3, (await Eval("--text", folder.At("none.txt"))).ExitCode);
    }

    [Theory]
    [InlineData("--questions 0", "there is nothing to ask")]
    [InlineData("--tasks relay,relay", "--tasks: 'relay,relay' has a task twice")]
    [InlineData("--tasks relays", "'relays' is none of relay, sum, chain, toggle, ordering")]
    [InlineData("--steps 0", "A Relay question of 0 steps cannot be told; give 1 to 19.")]
    [InlineData("--steps 4,20", "A Relay question of 20 steps cannot be told; give 1 to 19.")]
    [InlineData("--decoys 64", "--decoys: '64' is no whole number from 0 to 63")]
    [InlineData("--initial-state start.safetensors", "--initial-state: 'start.safetensors' is none of zero, random")]
    [InlineData("seedling --model seedling", "MODEL and --model are both given")]
    [InlineData("seedling other", "2 words where MODEL is one")]
    [InlineData("--exit tired", "'tired' is no exit rule")]
    [InlineData("--questions 1 --window 100000", "--window is 100000, and this model reads 5 to")]
    [InlineData("--text a.txt --questions 0 --exit residual", "--exit stops tokens of answers")]
    [InlineData("--out table.txt", "the name must end in .json, .csv, .svg, .png")]
    public async Task Refuses_with_the_reason(string line, string expected)
    {
        var answer = await Eval(line.Split(' '));
        Assert.Equal((2, ""), (answer.ExitCode, answer.Output));
        Assert.Contains(expected, answer.Error);
    }

    [Fact]
    public async Task A_model_without_a_tokenizer_or_a_template_cannot_be_asked_so()
    {
        string reference = Path.Combine(AppContext.BaseDirectory, "reference", "tiny-f32");
        var answer = await Eval(reference, "--questions", "1");
        Assert.Equal((2, ""), (answer.ExitCode, answer.Output));
        Assert.Contains("has no tokenizer.json", answer.Error);
        Assert.Equal(3, (await Eval("no-such-model")).ExitCode);
    }
}
