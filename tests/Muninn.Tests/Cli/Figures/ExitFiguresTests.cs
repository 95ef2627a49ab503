using System;
using System.Globalization;
using System.Linq;
using System.Text.Json;
using System.Threading.Tasks;
using Xunit;

namespace Muninn.Tests.Cli.Figures;

public sealed class ExitFiguresTests
{
    const string Sentence = "Ann gives the key to Ben.";

    static readonly string[] _rules = ["-n", "16", "--rule", "kl", "--rule", "residual:0.05", "--rule", "entropy:0.001/2", "--verify"];

    static JsonElement.ArrayEnumerator Exits(FigureRun run, string list = "exits") => run.Json.GetProperty(list).EnumerateArray();

    static string Number(JsonElement exit, string name) => FigureRun.Text(exit.GetProperty(name).GetDouble());

    /// <summary>Rule and threshold of an exit, as the plots call them.</summary>
    static string[] Cells(JsonElement exit)
    {
        string name = exit.GetProperty("name").GetString()!;
        string[] parts = name.Split(' ', ':', '/');
        return parts[0] == "fixed" ? ["the same depth for all", parts[1]] : [parts.Length > 2 ? $"{parts[0]}/{parts[2]}" : parts[0], parts[1]];
    }

    [Theory]
    [InlineData("pareto", "divergence_mean", "on_divergence_front")]
    [InlineData("answers", "answers_changed", "on_answer_front")]
    public async Task Points_front_and_real_runs_are_those_of_the_json(string figure, string cost, string front)
    {
        var run = await FigureRun.Of(["exits", Sentence, .. _rules, "--figure", figure]);
        var verified = Exits(run, "verified").ToDictionary(exit => exit.GetProperty("name").GetString()!);
        Assert.True(verified.Count > 3);
        int onFront = 0;
        foreach (var exit in Exits(run))
        {
            string[] cells = [.. Cells(exit), Number(exit, "iterations_mean"), Number(exit, cost)];
            string[] line = run.Line(cells);
            // Of points that are equal in both the plot joins one.
            bool isOnFront = line.Length > 4 && line[4] == "yes";
            onFront += isOnFront ? 1 : 0;
            Assert.True(!isOnFront || exit.GetProperty(front).GetBoolean(), line[1]);
            string[] real = verified.TryGetValue(exit.GetProperty("name").GetString()!, out var other) ? [Number(other, "iterations_mean"), Number(other, cost)] : [];
            Assert.Equal(real, line[(isOnFront ? 5 : 4)..]);
        }

        Assert.Equal(Exits(run).Where(exit => exit.GetProperty(front).GetBoolean()).DistinctBy(exit => (exit.GetProperty("iterations_mean").GetDouble(), exit.GetProperty(cost).GetDouble())).Count(), onFront);
        foreach (string name in (string[])["kl", "residual", "entropy/2", "the same depth for all", "outline: run for real"]) Assert.Contains(name, run.Texts);
        Assert.Contains("seedling · 9 tokens · full depth 16 · start random, seed 0", run.Texts);
    }

    [Fact]
    public async Task A_histogram_counts_the_tokens_of_one_threshold_of_each_rule_and_of_its_real_run()
    {
        var run = await FigureRun.Of(["exits", Sentence, .. _rules, "--figure", "histogram"]);
        var exits = Exits(run).ToList();
        // Of kl the threshold on the front that is nearest to eight iterations.
        var kl = exits.Where(exit => exit.GetProperty("name").GetString()!.StartsWith("kl:", StringComparison.Ordinal) && exit.GetProperty("on_divergence_front").GetBoolean())
            .MinBy(exit => Math.Abs(exit.GetProperty("iterations_mean").GetDouble() - 8));
        foreach (var exit in (JsonElement[])[kl, .. exits.Where(exit => exit.GetProperty("name").GetString() is "residual:0.05" or "entropy:0.001/2")])
        {
            string name = exit.GetProperty("name").GetString()!;
            var real = Exits(run, "verified").Single(other => other.GetProperty("name").GetString() == name);
            foreach (var (title, numbers) in ((string, JsonElement)[])[($"{name}, replay", exit), ($"{name}, real run", real)])
            {
                double[] iterations = FigureRun.Numbers(numbers.GetProperty("iterations"));
                int atLimit = 9 - numbers.GetProperty("stopped_by_rule").GetInt32();
                Assert.Equal(
                    [title, "9", Number(numbers, "iterations_mean"), $"{iterations.Order().ElementAt(4)}", $"{iterations.Min()}", $"{iterations.Max()}", $"{atLimit}"],
                    run.Line(title));
                Assert.Contains(title, run.Texts);
                Assert.Contains(FormattableString.Invariant($"mean {Muninn.Microscope.Figures.ColorRange.NumberText(iterations.Average())} · 9 tokens") + (atLimit > 0 ? $" · {atLimit} at the limit" : ""), run.Texts);
            }
        }

        Assert.DoesNotContain(run.Texts, text => text.StartsWith("fixed", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Tokens_without_an_exit_stand_at_the_limit()
    {
        var run = await FigureRun.Of("exits", "--tokens", "5", "-n", "3", "--rule", "residual:1e-30", "--figure", "histogram");
        Assert.Equal(["residual:1e-30", "1", "3", "3", "3", "3", "1"], run.Line("residual:1e-30"));
        Assert.Contains("mean 3 · 1 tokens · 1 at the limit", run.Texts);
        run = await FigureRun.Of("exits", "--tokens", "5", "-n", "1", "--rule", "residual:1e-30");
        Assert.Equal(["residual", "1e-30", "1", "0"], run.Line("residual")[..4]);
    }

    [Fact]
    public async Task What_is_not_finite_is_refused_before_anything_is_written()
    {
        using var folder = new TemporaryFolder();
        string[] some = ["exits", "--tokens", "5,6,7", "-n", "4", "--rule", "residual", "--initial-state", FigureRun.BrokenStart(folder, 3, 2)];
        await FigureRun.Refused("the figure 'pareto' has nothing to show: 1 of 3 tokens have logits that are not finite, and so has every mean divergence. Give another figure", some);
        // Two tokens can still be told.
        var run = await FigureRun.Of([.. some, "--figure", "answers"]);
        Assert.Contains("1 token has logits that are not finite and says nothing.", run.Words);
        string[] all = ["exits", "--tokens", "5,6,7", "-n", "4", "--rule", "residual", "--initial-state", FigureRun.BrokenStart(folder, 3, 0)];
        foreach (string figure in (string[])["pareto", "answers", "histogram"])
            await FigureRun.Refused($"the figure '{figure}' has nothing to show: 3 of 3 tokens have logits that are not finite. Give other texts or another model", [.. all, "--figure", figure]);
        // The table needs no figure.
        var answer = await MuninnProcess.Run(all);
        Assert.Equal(0, answer.ExitCode);
        Assert.Contains("3 of 3 tokens have logits that are not finite", answer.Output);
    }

    [Fact]
    public async Task Under_a_figure_the_table_has_the_fronts_alone()
    {
        var plain = await MuninnProcess.Run("exits", Sentence, "-n", "8");
        var drawn = await MuninnProcess.Run("exits", Sentence, "-n", "8", "--graphics", "blocks");
        int lines = plain.Output.Split('\n').Count(IsRow), shown = drawn.Output.Split('\n').Count(IsRow);
        Assert.InRange(shown, 2, lines - 2);
        Assert.Contains(string.Create(CultureInfo.InvariantCulture, $"({lines - shown} that are on no front are left out; --graphics none shows all)"), drawn.Output);

        static bool IsRow(string line) => line.Contains("% ", StringComparison.Ordinal);
    }
}
