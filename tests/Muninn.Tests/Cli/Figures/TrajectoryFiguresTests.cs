using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text.Json;
using System.Threading.Tasks;
using Muninn.Engine.Checkpoints;
using Muninn.Microscope.Figures;
using Xunit;

namespace Muninn.Tests.Cli.Figures;

public sealed class TrajectoryFiguresTests
{
    static readonly string[] _quick = ["--iterations", "16", "--horizon", "24", "--surrogates", "99"];

    static async Task<string> Output(params string[] arguments)
    {
        // Wide enough for every table in one piece.
        var answer = await MuninnProcess.Run(new Call
        {
            Arguments = ["trajectories", .. arguments],
            Environment = new Dictionary<string, string> { ["COLUMNS"] = "200" },
        });
        Assert.Equal((0, ""), (answer.ExitCode, answer.Error));
        return answer.Output;
    }

    [Fact]
    public async Task Panels_hold_what_the_numbers_say()
    {
        using var folder = new TemporaryFolder();
        string output = await Output(
            ["The raven remembers.", .. _quick, "--out", folder.At("t.svg"), "--out", folder.At("t.png"), "--out", folder.At("t.json")]);
        Assert.Contains("t.svg: ", output);
        PictureTexts.AssertPng(folder.At("t.png"));
        string[] texts = PictureTexts.Of(folder.At("t.svg"));
        using var json = JsonDocument.Parse(await File.ReadAllBytesAsync(folder.At("t.json"), TestContext.Current.CancellationToken));
        var tokens = json.RootElement.GetProperty("tokens").EnumerateArray().ToArray();
        foreach (var token in tokens)
        {
            Assert.Contains(texts, text => text.StartsWith($"{token.GetProperty("position")} ", StringComparison.Ordinal));
            Assert.Contains(token.GetProperty("class").GetString()!, texts);
        }

        Assert.Equal(
            tokens.Select(token => Percent(token.GetProperty("plane_share")) + " in plane"), texts.Where(text => text.EndsWith(" in plane", StringComparison.Ordinal)));
        var explained = json.RootElement.GetProperty("basis").GetProperty("explained");
        Assert.Contains($"Component 1 ({Percent(explained[0])} of the variance)", texts);
        Assert.Contains($"Component 2 ({Percent(explained[1])} of the variance)", texts);
        string words = PictureTexts.Flowing(folder.At("t.svg"));
        Assert.Contains($"after {json.RootElement.GetProperty("options").GetProperty("tests")} tests against surrogates", words);
        Assert.DoesNotContain("Shown of", words);
    }

    static string Percent(JsonElement share) => (100 * share.GetDouble()).ToString("0", CultureInfo.InvariantCulture) + " %";

    [Fact]
    public async Task The_ends_of_paths_are_the_scores()
    {
        string[] line = ["Hi there", .. _quick, "--centring", "common-mean"];
        string[][] table = PictureTexts.Table(await Output([.. line, "--graphics", "ascii"]));
        using var json = JsonDocument.Parse(await Output([.. line, "--json"]));
        var scores = json.RootElement.GetProperty("basis").GetProperty("scores");
        Assert.Equal(["token", "class", "in plane", "start i=0", "end i=24"], table[0]);
        Assert.Equal(scores.GetArrayLength(), table.Length - 1);
        for (int t = 0; t < scores.GetArrayLength(); t++)
        {
            var path = scores[t].EnumerateArray().ToArray();
            Assert.Equal([Point(path[0]), Point(path[^1])], table[t + 1][3..]);
        }

        static string Point(JsonElement point) =>
            PlainNumber($"({ColorRange.NumberText(point[0].GetDouble())}, {ColorRange.NumberText(point[1].GetDouble())})");
    }

    // As tables in 7-bit text write powers of ten.
    static string PlainNumber(string text) => Muninn.Microscope.Writers.PlainText.Of(text);

    [Fact]
    public async Task The_waterfall_shows_the_distances_of_the_heatmap()
    {
        string[] line = ["Hi there", "--iterations", "16", "--horizon", "24"];
        string[][] table = PictureTexts.Table(await Output([.. line, "--surrogates", "99", "--figure", "waterfall", "--graphics", "ascii"]));
        var heatmap = await MuninnProcess.Run(["heatmap", .. line, "--json"]);
        using var json = JsonDocument.Parse(heatmap.Output);
        var tokens = json.RootElement.GetProperty("tokens").EnumerateArray().ToArray();
        Assert.Equal(tokens.Length, table.Length - 1);
        int[] shown = [.. table[0].Skip(1).Select(head => int.Parse(head[2..], CultureInfo.InvariantCulture))];
        Assert.Equal((0, 16), (shown[0], shown[^1]));
        for (int t = 0; t < tokens.Length; t++)
        {
            var distances = json.RootElement.GetProperty("distance")[t];
            Assert.Equal(shown.Select(i => PlainNumber(ColorRange.NumberText(distances[i].GetDouble()))), table[t + 1][1..]);
        }
    }

    [Fact]
    public async Task A_long_text_shows_the_slowest_tokens_and_says_so()
    {
        using var folder = new TemporaryFolder();
        string text = string.Concat(Enumerable.Repeat("The raven remembers what it saw. ", 14));
        await Output([text, .. _quick, "--out", folder.At("t.svg"), "--out", folder.At("t.json")]);
        await Output([text, .. _quick, "--figure", "waterfall", "--out", folder.At("w.svg")]);
        using var json = JsonDocument.Parse(await File.ReadAllBytesAsync(folder.At("t.json"), TestContext.Current.CancellationToken));
        var tokens = json.RootElement.GetProperty("tokens").EnumerateArray().ToArray();
        Assert.True(tokens.Length > 200);
        Assert.All(tokens, token => Assert.Equal("fixed point", token.GetProperty("class").GetString()));
        var slowest = tokens.OrderByDescending(token => token.GetProperty("ratio").GetDouble()).Take(16).Select(token => token.GetProperty("position").GetInt32()).Order();
        string words = PictureTexts.Flowing(folder.At("t.svg"));
        Assert.Contains($"Shown of {tokens.Length} tokens: the 16 slowest of {tokens.Length} in a fixed point.", words);
        Assert.Contains($"16 of {tokens.Length} tokens", words);
        string[] heads = [.. PictureTexts.Of(folder.At("t.svg")).Where(label => label.Length > 2 && char.IsAsciiDigit(label[0]) && label.Contains(' ') && !label.Contains(" in plane") && !label.Contains('='))];
        Assert.All(slowest, position => Assert.Contains(heads, head => head.StartsWith($"{position} ", StringComparison.Ordinal)));
        Assert.Contains($"{tokens.Length} tokens", PictureTexts.Flowing(folder.At("w.svg")));
    }

    [Theory]
    [InlineData("5")]
    [InlineData("5,6")]
    public async Task One_and_two_tokens_have_pictures(string tokens)
    {
        using var folder = new TemporaryFolder();
        foreach (string figure in new[] { "panels", "waterfall" })
        {
            await Output(["--tokens", tokens, .. _quick, "--figure", figure, "--out", folder.At($"{figure}.svg")]);
            Assert.NotEmpty(PictureTexts.Of(folder.At($"{figure}.svg")));
        }
    }

    [Fact]
    public async Task Starts_and_ends_are_those_of_the_numbers()
    {
        using var folder = new TemporaryFolder();
        var none = await MuninnProcess.Run(["trajectories", "--tokens", "5,6,7", .. _quick, "--figure", "starts", "--out", folder.At("none.svg")]);
        Assert.Equal((2, false), (none.ExitCode, File.Exists(folder.At("none.svg"))));
        Assert.Contains("--figure starts needs runs from several starts. Give --seeds 18", none.Error);
        string[] line = ["--tokens", "5,6,7", .. _quick, "--seeds", "18", "--figure", "starts"];
        await Output([.. line, "--out", folder.At("s.svg"), "--out", folder.At("s.json")]);
        string words = PictureTexts.Flowing(folder.At("s.svg"));
        Assert.Contains("3 tokens · 18 random starts", words);
        Assert.Contains("same place within 0.01", words);
        Assert.Contains("fewer than 15.3 % of starts", words);
        string[][] table = PictureTexts.Table(await Output([.. line, "--graphics", "ascii"]));
        using var json = JsonDocument.Parse(await File.ReadAllBytesAsync(folder.At("s.json"), TestContext.Current.CancellationToken));
        var tokens = json.RootElement.GetProperty("paths").GetProperty("tokens").EnumerateArray().ToArray();
        Assert.Equal(["position of the token", "starts s₀ apart", "ends s* apart", "a run still moved"], table[0].Select(static head => head.Replace("s0", "s₀", StringComparison.Ordinal)));
        for (int t = 0; t < tokens.Length; t++)
            Assert.Equal([$"{t}", Share(tokens[t], "between_starts"), Share(tokens[t], "between"), Share(tokens[t], "within")], table[t + 1]);

        static string Share(JsonElement token, string name) =>
            PlainNumber(ColorRange.NumberText(token.GetProperty(name).GetDouble() / token.GetProperty("rest_norm").GetDouble()));
    }

    [Fact]
    public async Task States_that_are_not_finite_have_a_waterfall_and_no_panels()
    {
        using var folder = new TemporaryFolder();
        var values = new float[3 * 128];
        values[128] = float.NaN;
        SafetensorsWriter.Write(folder.At("s.safetensors"), [TensorSource.Float32("s0", [3, 128], values)], new Dictionary<string, string>());
        string[] line = ["trajectories", "--tokens", "5,6,7", .. _quick, "--initial-state", folder.At("s.safetensors")];
        var refused = await MuninnProcess.Run([.. line, "--out", folder.At("p.svg")]);
        Assert.Equal((2, ""), (refused.ExitCode, refused.Output));
        Assert.Contains("--figure panels needs axes that all tokens share, and 2 of 3 tokens have states that are not finite, the first at position 1", refused.Error);
        Assert.False(File.Exists(folder.At("p.svg")));
        Assert.Equal(2, (await MuninnProcess.Run([.. line, "--graphics", "blocks"])).ExitCode);
        var answer = await MuninnProcess.Run([.. line, "--figure", "waterfall", "--out", folder.At("w.svg")]);
        Assert.Equal((0, ""), (answer.ExitCode, answer.Error));
        Assert.Contains("not a finite number from here on: the state diverged", PictureTexts.Of(folder.At("w.svg")));
    }
}
