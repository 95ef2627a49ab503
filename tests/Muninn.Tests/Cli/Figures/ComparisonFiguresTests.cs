using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text.Json;
using System.Threading.Tasks;
using Xunit;

namespace Muninn.Tests.Cli.Figures;

public sealed class ComparisonFiguresTests
{
    const string Left = "Ann gives the key to Ben.";

    static readonly string[] _words = ["compare", Left, "--iterations", "24", "--horizon", "48", "--to-text", "Ann gives the door to Ben."];

    static string Model(string name) => Path.Combine(AppContext.BaseDirectory, "reference", name);

    [Fact]
    public async Task The_map_holds_the_ratios_of_the_json()
    {
        var run = await FigureRun.Of(_words);
        var pairs = HoldsTheRatios(run, 24);
        Assert.Contains(pairs, pair => FigureRun.Numbers(pair.GetProperty("log10_ratio")).Any(ratio => Math.Abs(ratio) > 0.01));
        Assert.Contains($"seedling · start random, seed 0 · {pairs.Count} pairs of tokens · left alone: ␣key · right alone: ␣door", run.Texts);
        Assert.Contains("log₁₀ (right / left)", run.Texts);
    }

    [Fact]
    public async Task A_side_below_the_floor_counts_as_the_floor_in_the_map_too()
    {
        Assert.Equal("log10 (right / left)", Muninn.Microscope.Writers.PlainText.Of("log₁₀ (right / left)"));
        // The left model is at rest long before the right one is.
        var run = await FigureRun.Of("compare", "--tokens", "5,6,7", "--to-model", Model("tiny-trainlike"), "--align", "position", "-n", "64");
        HoldsTheRatios(run, 64);
        Assert.DoesNotContain("-", run.Table[2]);
        Assert.Contains(run.Texts, text => text.StartsWith("below the rounding floor", StringComparison.Ordinal));
    }

    static List<JsonElement> HoldsTheRatios(FigureRun run, int last)
    {
        var pairs = run.Json.GetProperty("pairs").EnumerateArray().ToList();
        string[] head = run.Line("token");
        int[] iterations = [.. head[1..].Select(cell => int.Parse(cell[2..], CultureInfo.InvariantCulture))];
        Assert.Equal((0, last), (iterations[0], iterations[^1]));
        for (int pair = 0; pair < pairs.Count; pair++)
        {
            double[] ratios = FigureRun.Numbers(pairs[pair].GetProperty("log10_ratio"));
            Assert.Equal(
                iterations.Select(i => double.IsNaN(ratios[i]) ? "-" : ratios[i].ToString("+0.###;-0.###;0", CultureInfo.InvariantCulture)),
                run.Table[1 + pair][1..]);
            string label = pairs[pair].GetProperty("text").GetString()!;
            Assert.Contains(run.Texts, text => text == label || text.StartsWith($"{label} | ", StringComparison.Ordinal));
        }

        return pairs;
    }

    [Fact]
    public async Task Curves_hold_the_quartiles_of_the_json_without_pairs_that_are_equal()
    {
        var run = await FigureRun.Of([.. _words, "--figure", "fidelity"]);
        var states = run.Json.GetProperty("fidelity").GetProperty("states").EnumerateArray().ToList();
        Assert.Equal(48, states[^1].GetProperty("iteration").GetInt32());
        int shown = 0;
        foreach (var state in states.Where(state => state.GetProperty("iteration").GetInt32() <= 24))
        {
            Assert.Equal(5, state.GetProperty("tokens_equal").GetInt32());
            double[] distance = FigureRun.Numbers(state.GetProperty("relative_l2_quartiles")), cosine = FigureRun.Numbers(state.GetProperty("cosine_distance_quartiles"));
            Assert.True(distance[0] <= distance[1] && distance[1] <= distance[2] && cosine[0] <= cosine[1] && cosine[1] <= cosine[2]);
            Assert.Equal([$"{state.GetProperty("iteration")}", FigureRun.Text(distance[1]), FigureRun.Text(cosine[1])], run.Line($"{state.GetProperty("iteration")}"));
            shown++;
        }

        Assert.Equal(14, shown);
        Assert.Contains("5 of 8 pairs are equal to the bit and left out.", run.Words);
    }

    [Theory]
    [InlineData("left: seedling", "right: elsewhere", "--to-model", "elsewhere")]
    [InlineData("left: seed 0", "right: seed 1", "--to-seed", "1")]
    [InlineData("left: random, seed 0", "right: zero", "--to-initial-state", "zero")]
    public async Task Maps_are_called_by_what_differs(string left, string right, string option, string value)
    {
        using var folder = new TemporaryFolder();
        if (value == "elsewhere")
        {
            value = folder.At("elsewhere");
            Directory.CreateDirectory(value);
            foreach (string file in Directory.GetFiles(Path.Combine(AppContext.BaseDirectory, "models", "seedling"))) File.Copy(file, Path.Combine(value, Path.GetFileName(file)));
        }

        // One token on each side.
        var run = await FigureRun.Of("compare", "--tokens", "5", "-n", "6", "--horizon", value == "zero" ? "6" : "12", option, value);
        Assert.Equal(value == "zero", run.Words.Contains("The last column is s* itself, and zero by construction.", StringComparison.Ordinal));
        Assert.Contains(left, run.Texts);
        Assert.Contains(right, run.Texts);
        Assert.Contains(run.Texts, text => text.EndsWith("1 pair of tokens", StringComparison.Ordinal));
        if (option == "--to-model")
            await FigureRun.Refused("the states of all 1 pairs are equal to the bit at every iteration", "compare", "--tokens", "5", "-n", "6", option, value, "--figure", "fidelity");
    }

    [Fact]
    public async Task Models_of_other_widths_have_a_map_and_no_curves()
    {
        string[] line = ["compare", "--tokens", "5,6,7", "--to-model", Model("tiny-f32"), "--align", "position", "-n", "6", "--horizon", "12"];
        var run = await FigureRun.Of(line);
        Assert.False(run.Json.TryGetProperty("fidelity", out _));
        await FigureRun.Refused("the figure 'fidelity' has nothing to show: the models have other widths or vocabularies, so that their states cannot be compared. Give --figure map.", [.. line, "--figure", "fidelity"]);
    }

    [Fact]
    public async Task What_is_not_finite_is_left_out_or_refused()
    {
        using var folder = new TemporaryFolder();
        string[] line = ["compare", "--tokens", "5,6,7", "-n", "6", "--horizon", "12", "--to-initial-state", "zero"];
        string[] all = [.. line, "--initial-state", FigureRun.BrokenStart(folder, 3, 0)], some = [.. line, "--initial-state", FigureRun.BrokenStart(folder, 3, 2)];
        await FigureRun.Refused("no two states of the 3 pairs are finite and differ. Give texts or a model that do not diverge", [.. all, "--figure", "fidelity"]);
        string[] both = ["compare", "--tokens", "5,6,7", "-n", "6", "--horizon", "12", "--initial-state", FigureRun.BrokenStart(folder, 3, 0), "--to-seed", "1"];
        await FigureRun.Refused("the figure 'map' has nothing to show: no distance of the 3 pairs is finite", both);
        var run = await FigureRun.Of([.. some, "--figure", "fidelity"]);
        Assert.Contains("1 has states that are not finite.", run.Words);
        run = await FigureRun.Of(some);
        Assert.Equal(7, run.Table[0].Length - 1);
    }
}
