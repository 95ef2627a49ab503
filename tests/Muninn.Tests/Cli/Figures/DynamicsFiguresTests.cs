using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text.Json;
using System.Threading.Tasks;
using Muninn.Engine.Checkpoints;
using Muninn.Microscope.Figures;
using Muninn.Microscope.Writers;
using Xunit;

namespace Muninn.Tests.Cli.Figures;

public sealed class DynamicsFiguresTests
{
    static readonly string[] _quick = ["--iterations", "16", "--lyapunov", "0"];

    static async Task<string> Output(params string[] arguments)
    {
        var answer = await MuninnProcess.Run(["dynamics", .. arguments, .. _quick]);
        Assert.Equal((0, ""), (answer.ExitCode, answer.Error));
        return answer.Output;
    }

    [Fact]
    public async Task The_spectrum_holds_what_the_numbers_say()
    {
        using var folder = new TemporaryFolder();
        await Output("The raven remembers.", "--eigenvalues", "4", "--out", folder.At("d.svg"), "--out", folder.At("d.png"), "--out", folder.At("d.json"));
        PictureTexts.AssertPng(folder.At("d.png"));
        string[] texts = PictureTexts.Of(folder.At("d.svg"));
        using var json = JsonDocument.Parse(await File.ReadAllBytesAsync(folder.At("d.json"), TestContext.Current.CancellationToken));
        foreach (var token in json.RootElement.GetProperty("tokens").EnumerateArray())
        {
            double angle = token.GetProperty("eigenvalues")[0].GetProperty("angle").GetDouble() / Math.PI;
            string numbers = $"ρ {ColorRange.NumberText(token.GetProperty("radius").GetDouble())}  ∠ {angle.ToString("0.00", CultureInfo.InvariantCulture)} π";
            Assert.Contains(texts, text => text.StartsWith($"{token.GetProperty("position")} ", StringComparison.Ordinal) && text.EndsWith(numbers, StringComparison.Ordinal));
        }

        Assert.Contains("unit circle", texts);
        Assert.Contains("4 largest eigenvalues of each token", PictureTexts.Flowing(folder.At("d.svg")));
        Assert.DoesNotContain(texts, text => text.Contains("uncertain", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Conjugates_stand_beside_each_other_and_residuals_are_the_measured_ones()
    {
        string[] line = ["Hi there", "--eigenvalues", "6"];
        string[][] table = PictureTexts.Table(await Output([.. line, "--graphics", "ascii"]));
        using var json = JsonDocument.Parse(await Output([.. line, "--json"]));
        var tokens = json.RootElement.GetProperty("tokens").EnumerateArray().ToArray();
        Assert.Equal(["token", "modulus", "angle/pi", "residual", "count"], table[0]);
        for (int t = 0; t < tokens.Length; t++)
        {
            var pairs = tokens[t].GetProperty("eigenvalues").EnumerateArray().ToArray();
            int count = pairs.Sum(pair => pair.GetProperty("imaginary").GetDouble() == 0 ? 1 : 2);
            Assert.Equal(
                [Plain(pairs[0].GetProperty("modulus")), Plain(pairs[0].GetProperty("residual")), $"{count}"], [table[t + 1][1], table[t + 1][3], table[t + 1][4]]);
        }
    }

    static string Plain(JsonElement number) => PlainText.Of(ColorRange.NumberText(number.GetDouble()));

    [Fact]
    public async Task Pulls_are_measured_where_their_figure_is_asked_for()
    {
        using var folder = new TemporaryFolder();
        string[] line = ["The raven remembers.", "--figure", "pulls", "--probes", "8"];
        string[][] table = PictureTexts.Table(await Output([.. line, "--graphics", "ascii", "--out", folder.At("p.json"), "--out", folder.At("p.svg")]));
        using var json = JsonDocument.Parse(await File.ReadAllBytesAsync(folder.At("p.json"), TestContext.Current.CancellationToken));
        double[][] norms =
        [
            .. json.RootElement.GetProperty("pulls").GetProperty("norm").EnumerateArray().Select(row => row.EnumerateArray().Select(norm => norm.GetDouble()).ToArray()),
        ];
        for (int t = 1; t < norms.Length; t++)
        {
            int strongest = Enumerable.Range(0, t).MaxBy(u => norms[t][u]);
            Assert.Equal(PlainText.Of(ColorRange.NumberText(norms[t][t])), table[t + 1][2]);
            Assert.EndsWith($"({strongest})", table[t + 1][3], StringComparison.Ordinal);
            Assert.Equal(PlainText.Of(ColorRange.NumberText(norms[t][strongest])), table[t + 1][4]);
        }

        double error = json.RootElement.GetProperty("pulls").GetProperty("standard_error").EnumerateArray().SelectMany(row => row.EnumerateArray())
            .Zip(norms.SelectMany(row => row), (e, norm) => norm > 0 ? e.GetDouble() / norm : 0).Max();
        Assert.Contains($"8 random directions each, standard errors up to {(100 * error).ToString("0.#", CultureInfo.InvariantCulture)} %", PictureTexts.Flowing(folder.At("p.svg")));
    }

    [Fact]
    public async Task A_table_has_a_line_for_each_token()
    {
        using var folder = new TemporaryFolder();
        await Output("Hi there", "--pulls", "--stretch", "--eigenvalues", "2", "--out", folder.At("d.csv"), "--out", folder.At("d.json"));
        string[] lines = (await File.ReadAllTextAsync(folder.At("d.csv"), TestContext.Current.CancellationToken)).TrimEnd().Split("\r\n");
        using var json = JsonDocument.Parse(await File.ReadAllBytesAsync(folder.At("d.json"), TestContext.Current.CancellationToken));
        var tokens = json.RootElement.GetProperty("tokens").EnumerateArray().ToArray();
        string[] names = lines[0].Split(',');
        Assert.Equal(tokens.Length, lines.Length - 1);
        foreach (string name in new[] { "rate", "rate_standard_error", "half_life", "rest_residual", "radius", "radius_up_to", "stretch", "normality_gap" })
        {
            int column = Array.IndexOf(names, name);
            for (int t = 0; t < tokens.Length; t++)
            {
                string cell = lines[t + 1].Split(',')[column];
                var value = tokens[t].GetProperty(name);
                Assert.Equal(value.ValueKind == JsonValueKind.Null ? "" : value.GetDouble().ToString("R", CultureInfo.InvariantCulture), cell);
            }
        }

        Assert.Contains("residual2", names);
        Assert.DoesNotContain("lyapunov1", names);
        Assert.Equal("pull_strongest", names[^1]);
        Assert.EndsWith(",,", lines[1], StringComparison.Ordinal);
        var norms = json.RootElement.GetProperty("pulls").GetProperty("norm");
        Assert.EndsWith($",0,{norms[1][0].GetDouble().ToString("R", CultureInfo.InvariantCulture)}", lines[2], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Many_tokens_are_grey_behind_those_of_the_largest_radius()
    {
        using var folder = new TemporaryFolder();
        string text = string.Concat(Enumerable.Repeat("The raven remembers what it saw. ", 14));
        await Output(text, "--eigenvalues", "1", "--out", folder.At("d.svg"), "--out", folder.At("d.json"));
        using var json = JsonDocument.Parse(await File.ReadAllBytesAsync(folder.At("d.json"), TestContext.Current.CancellationToken));
        var tokens = json.RootElement.GetProperty("tokens").EnumerateArray().ToArray();
        string[] texts = PictureTexts.Of(folder.At("d.svg"));
        Assert.True(tokens.Length > 200);
        Assert.Contains($"and {tokens.Length - SpectrumDisc.NamedMost} more", texts);
        foreach (var token in tokens.OrderByDescending(token => token.GetProperty("radius").GetDouble()).Take(SpectrumDisc.NamedMost))
            Assert.Contains(texts, name => name.StartsWith($"{token.GetProperty("position")} ", StringComparison.Ordinal) && name.Contains('ρ'));
    }

    [Theory]
    [InlineData("5")]
    [InlineData("5,6")]
    public async Task One_and_two_tokens_have_pictures(string tokens)
    {
        using var folder = new TemporaryFolder();
        foreach (string figure in new[] { "spectrum", "pulls" })
        {
            await Output("--tokens", tokens, "--figure", figure, "--out", folder.At($"{figure}.svg"));
            Assert.NotEmpty(PictureTexts.Of(folder.At($"{figure}.svg")));
        }
    }

    [Fact]
    public async Task Tokens_without_a_finite_jacobian_are_named_and_all_of_them_are_refused()
    {
        using var folder = new TemporaryFolder();
        string[] line = ["--tokens", "5,6,7", "--initial-state", folder.At("s.safetensors"), "--out", folder.At("d.svg")];
        var values = new float[3 * 128];
        values[128] = float.NaN;
        SafetensorsWriter.Write(folder.At("s.safetensors"), [TensorSource.Float32("s0", [3, 128], values)], new Dictionary<string, string>());
        await Output(line);
        Assert.Equal(2, PictureTexts.Of(folder.At("d.svg")).Count(text => text.EndsWith("no finite eigenvalue", StringComparison.Ordinal)));
        File.Delete(folder.At("d.svg"));
        values[0] = float.NaN;
        SafetensorsWriter.Write(folder.At("s.safetensors"), [TensorSource.Float32("s0", [3, 128], values)], new Dictionary<string, string>());
        var refused = await MuninnProcess.Run(["dynamics", .. line, .. _quick]);
        Assert.Equal((2, ""), (refused.ExitCode, refused.Output));
        Assert.Contains("there is no eigenvalue to draw, for the Jacobian at iteration 32 is not finite at any token", refused.Error);
        Assert.False(File.Exists(folder.At("d.svg")));
    }
}
