using System;
using System.Collections.Generic;
using System.IO;
using System.IO.Compression;
using System.Linq;
using System.Text.Json;
using System.Threading.Tasks;
using Muninn.Engine.Checkpoints;
using Xunit;

namespace Muninn.Tests.Cli;

public sealed class TrajectoriesCommandTests
{
    static async Task<JsonElement> Json(params string[] arguments)
    {
        var answer = await MuninnProcess.Run(["trajectories", "--json", .. arguments]);
        Assert.Equal("", answer.Error);
        Assert.Equal(0, answer.ExitCode);
        return JsonDocument.Parse(answer.Output).RootElement;
    }

    [Fact]
    public async Task Json_holds_classes_tests_scores_and_paths()
    {
        var report = await Json("The raven remembers.", "--seeds", "18", "--axes", "2", "--iterations", "20", "--horizon", "40");
        var tokens = report.GetProperty("tokens").EnumerateArray().ToArray();
        Assert.All(tokens, token =>
        {
            Assert.Equal("fixed point", token.GetProperty("class").GetString());
            Assert.InRange(token.GetProperty("q").GetDouble(), 0, 0.01);
            Assert.InRange(token.GetProperty("ratio").GetDouble(), 0.05, 0.8);
            var shrinking = token.GetProperty("shrinking");
            double[] byModel =
            [
                .. new[] { "phase_randomised", "autoregressive1", "autoregressive2", "autoregressive_by_axis" }.Select(name => shrinking.GetProperty("p_" + name).GetDouble()),
            ];
            var sizes = shrinking.GetProperty("p_sizes_alone");
            double most = Math.Max(byModel.Max(), sizes.ValueKind == JsonValueKind.Null ? 0 : sizes.GetDouble());
            Assert.Equal(most, shrinking.GetProperty("p").GetDouble());
            Assert.Equal(token.GetProperty("late_steps").GetInt32() < 16 ? 0 : token.GetProperty("late_steps").GetInt32() / 4 * 4 / Math.Min(8, token.GetProperty("late_steps").GetInt32() / 4),
                token.GetProperty("phase_block_steps").GetInt32());
        });
        var basis = report.GetProperty("basis");
        // Iterations 0 to 20 and s*.
        Assert.Equal([.. Enumerable.Range(0, 21), 40], basis.GetProperty("iterations").EnumerateArray().Select(i => i.GetInt32()));
        Assert.Equal(2, basis.GetProperty("explained").GetArrayLength());
        Assert.Equal(tokens.Length, basis.GetProperty("scores").GetArrayLength());
        Assert.Equal([22, 2], [basis.GetProperty("scores")[1].GetArrayLength(), basis.GetProperty("scores")[1][3].GetArrayLength()]);
        var paths = report.GetProperty("paths");
        Assert.Equal((18, 17, 0.01), (paths.GetProperty("runs").GetInt32(), paths.GetProperty("compared").GetInt32(), paths.GetProperty("margin").GetDouble()));
        Assert.All(paths.GetProperty("tokens").EnumerateArray(), token => Assert.True(token.GetProperty("equivalent").GetBoolean()));
        Assert.Contains(report.GetProperty("findings").EnumerateArray(), finding => finding.GetProperty("kind").GetString() == "path_independence");
    }

    [Fact]
    public async Task The_table_fits_into_eighty_columns_and_says_that_nothing_orbits()
    {
        var answer = await MuninnProcess.Run("trajectories", "The raven remembers what it saw.", "--seeds", "18");
        Assert.Equal((0, ""), (answer.ExitCode, answer.Error));
        Assert.All(answer.Output.Split('\n'), line => Assert.InRange(line.Length, 0, 80));
        Assert.Contains("No orbit, slider or drift could be told", answer.Output);
        Assert.Contains("come to rest in a fixed point", answer.Output);
        Assert.Contains("end in the same place within the stated margin", answer.Output.ReplaceLineEndings(" ").Replace("   ", " ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Same_bytes_on_any_threads_and_other_surrogates_with_another_seed()
    {
        string[] line = ["trajectories", "Hi there", "--initial-state", "zero", "--json"];
        var first = await MuninnProcess.Run([.. line, "--threads", "1"]);
        var second = await MuninnProcess.Run([.. line, "--threads", "3"]);
        var plain = await MuninnProcess.Run(new Call
        {
            Arguments = [.. line, "--threads", "1"],
            Environment = new Dictionary<string, string> { ["DOTNET_EnableAVX512"] = "0" },
        });
        var other = await MuninnProcess.Run([.. line, "--seed", "5"]);
        Assert.Equal(first.Output, second.Output);
        Assert.Equal(first.Output, plain.Output);
        Assert.NotEqual(first.Output, other.Output);
    }

    [Fact]
    public async Task Files_hold_what_was_found()
    {
        using var folder = new TemporaryFolder();
        var answer = await MuninnProcess.Run(new Call
        {
            Arguments = ["trajectories", "Hi there", "--seeds", "2", "--out", "a.npz", "--out", "a.json"],
            Folder = folder.Root,
        });
        Assert.Equal((0, ""), (answer.ExitCode, answer.Error));
        using var archive = await ZipFile.OpenReadAsync(folder.At("a.npz"), TestContext.Current.CancellationToken);
        Assert.Equal(
            ["axes", "basins", "beat", "beat_error", "beat_q", "beat_share", "between", "class", "explained", "iterations", "p", "plane_share", "q", "ratio",
                "scores", "tokens", "within"],
            archive.Entries.Select(entry => Path.GetFileNameWithoutExtension(entry.Name)).Order(StringComparer.Ordinal));
        using var json = JsonDocument.Parse(await File.ReadAllBytesAsync(folder.At("a.json"), TestContext.Current.CancellationToken));
        Assert.Equal(2, json.RootElement.GetProperty("paths").GetProperty("runs").GetInt32());
        Assert.Equal(JsonValueKind.Null, json.RootElement.GetProperty("paths").GetProperty("tokens")[0].GetProperty("p").ValueKind);
        Assert.Contains("too few to show", answer.Output);
    }

    [Fact]
    public async Task A_start_that_is_not_finite_is_a_class_and_has_no_axes()
    {
        using var folder = new TemporaryFolder();
        var values = new float[3 * 128];
        values[128] = float.NaN;
        SafetensorsWriter.Write(folder.At("s.safetensors"), [TensorSource.Float32("s0", [3, 128], values)], new Dictionary<string, string>());
        var report = await Json("--tokens", "5,6,7", "--initial-state", folder.At("s.safetensors"));
        Assert.Equal(
            ["fixed point", "not finite", "not finite"], report.GetProperty("tokens").EnumerateArray().Select(token => token.GetProperty("class").GetString()));
        Assert.Equal([0, 1], report.GetProperty("tokens").EnumerateArray().Skip(1).Select(token => token.GetProperty("first_not_finite").GetInt32()));
        Assert.False(report.TryGetProperty("basis", out _));
    }

    [Fact]
    public async Task Few_iterations_say_how_many_are_needed()
    {
        var answer = await MuninnProcess.Run("trajectories", "Hi", "--iterations", "3", "--horizon", "5");
        Assert.Equal(0, answer.ExitCode);
        Assert.Contains("too short", answer.Output);
        Assert.Contains("rest is tested from 8 iterations on", answer.Output);
    }

    [Theory]
    [InlineData("--seeds is 1, but path independence compares runs", "--seeds", "1")]
    [InlineData("--seeds starts at random, and --initial-state is zero", "--seeds", "4", "--initial-state", "zero")]
    [InlineData("--margin is what counts as the same place", "--margin", "0.1")]
    [InlineData("the horizon is 600, but motion is read from at most 512", "--horizon", "600")]
    [InlineData("--surrogates: '5' is no whole number from 99", "--surrogates", "5")]
    [InlineData("--axes is 16, but the states span at most 9", "--axes", "16", "--iterations", "1", "--horizon", "2")]
    [InlineData("'middle' is none of rest, token-mean, common-mean", "--centring", "middle")]
    [InlineData("must end in .json, .npz, .svg, .png", "--out", "a.csv")]
    [InlineData("'panel' is none of panels, waterfall, starts", "--figure", "panel")]
    public async Task What_cannot_be_is_refused(string message, params string[] arguments)
    {
        var answer = await MuninnProcess.Run(["trajectories", "Hi", .. arguments]);
        Assert.Equal((2, ""), (answer.ExitCode, answer.Output));
        Assert.Contains(message, answer.Error);
    }
}
