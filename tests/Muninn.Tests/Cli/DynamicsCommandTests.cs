using System;
using System.Collections.Generic;
using System.IO;
using System.IO.Compression;
using System.Linq;
using System.Text.Json;
using System.Threading.Tasks;
using Muninn.Kernels;
using Muninn.Tests.Engine.Quantization;
using Xunit;

namespace Muninn.Tests.Cli;

public class DynamicsCommandTests
{
    const string Sentence = "The raven remembers.";

    static Task<Answer> Dynamics(params string[] arguments) => MuninnProcess.Run(["dynamics", .. arguments]);

    [Fact]
    public async Task Prints_a_line_for_each_token_and_what_it_means_within_eighty_columns()
    {
        var answer = await Dynamics(Sentence, "--stretch", "--pulls");
        Assert.Equal((0, ""), (answer.ExitCode, answer.Error));
        var lines = answer.Output.Split('\n');
        Assert.StartsWith("seedling · 12 tokens · Jacobian at iteration 128 · start random, seed 0", lines[0]);
        Assert.All(lines, line => Assert.True(line.Length <= 80, line));
        // The columns stand under their heads.
        Assert.Equal(lines[2].Length, lines[3].Length);
        Assert.Equal(12, lines.Skip(3).TakeWhile(line => line.Length > 0).Count());
        Assert.Contains("pulls, ‖J‖ from 32 probes each", answer.Output);
        Assert.Contains("every token contracts", answer.Output);
    }

    [Fact]
    public async Task Json_has_all_numbers_and_the_same_bytes_on_any_threads_and_without_avx512()
    {
        string[] line = ["dynamics", Sentence, "--stretch", "--pulls", "--lyapunov", "2", "--eigenvalues", "2", "--json"];
        var answer = await MuninnProcess.Run([.. line, "--threads", "1"]);
        Assert.Equal((0, ""), (answer.ExitCode, answer.Error));
        Assert.Equal(answer.Output, (await MuninnProcess.Run([.. line, "--threads", "3"])).Output);
        var other = await MuninnProcess.Run(new Call { Arguments = line, Environment = new Dictionary<string, string> { ["DOTNET_EnableAVX512"] = "0" } });
        Assert.Equal(answer.Output, other.Output);
        var json = JsonDocument.Parse(answer.Output).RootElement;
        var tokens = json.GetProperty("tokens").EnumerateArray().ToArray();
        Assert.Equal(12, tokens.Length);
        Assert.All(tokens, token =>
        {
            Assert.Equal(2, token.GetProperty("eigenvalues").GetArrayLength());
            Assert.Equal(2, token.GetProperty("lyapunov").GetArrayLength());
            Assert.True(token.GetProperty("radius_is_certified").GetBoolean());
            Assert.InRange(token.GetProperty("eigenvalues")[0].GetProperty("residual").GetDouble(), 0, 1e-5);
            Assert.InRange(token.GetProperty("radius").GetDouble(), 0, 1);
            Assert.True(token.GetProperty("stretch").GetDouble() >= token.GetProperty("radius").GetDouble() - 1e-6);
        });
        Assert.Equal(12, json.GetProperty("pulls").GetProperty("norm").GetArrayLength());
        Assert.NotEmpty(json.GetProperty("findings").EnumerateArray());
    }

    [Fact]
    public async Task Files_hold_the_numbers_and_no_exponents_are_made_where_none_are_wanted()
    {
        using var folder = new TemporaryFolder();
        var answer = await Dynamics(
            Sentence, "--lyapunov", "0", "--pulls", "--probes", "999", "--out", folder.At("a.json"), "--out", folder.At("a.npz"));
        Assert.Equal((0, ""), (answer.ExitCode, answer.Error));
        Assert.Contains("pulls, ‖J‖ exact", answer.Output);
        var json = JsonDocument.Parse(File.ReadAllText(folder.At("a.json"))).RootElement;
        Assert.False(json.GetProperty("tokens")[0].TryGetProperty("lyapunov", out _));
        Assert.False(json.GetProperty("tokens")[0].TryGetProperty("stretch", out _));
        using var arrays = ZipFile.OpenRead(folder.At("a.npz"));
        var names = arrays.Entries.Select(entry => entry.Name).ToArray();
        Assert.Contains("eigenvalue_modulus.npy", names);
        Assert.Contains("pulls.npy", names);
        Assert.DoesNotContain("lyapunov.npy", names);
    }

    [Fact]
    public async Task Weights_in_whole_numbers_are_widened()
    {
        using var folder = new TemporaryFolder();
        var model = QuantizedCheckpointTests.Quantize(folder, WeightFormat.Int8);
        var answer = await Dynamics("--model", model, "--tokens", "5,17,3", "--iterations", "20");
        Assert.Equal(0, answer.ExitCode);
        Assert.Contains("the weights of", answer.Error);
        Assert.Contains("3 tokens", answer.Output);
    }

    [Theory]
    [InlineData("a rate takes 4 iterations at least", "--iterations", "3")]
    [InlineData("no whole number from 1 to 32", "--eigenvalues", "0")]
    [InlineData("no whole number from 2 to 65536", "--probes", "1")]
    [InlineData("no number above 0 to 1", "--epsilon", "0")]
    [InlineData("must end in .json, .csv, .npz, .svg, .png", "--out", "a.html")]
    public async Task Bad_options_are_refused(string message, params string[] arguments)
    {
        var answer = await Dynamics([Sentence, .. arguments]);
        Assert.Equal((2, ""), (answer.ExitCode, answer.Output));
        Assert.Contains(message, answer.Error);
    }

    [Fact]
    public async Task A_text_of_one_token_has_no_pulls_to_tell_of()
    {
        var answer = await Dynamics("--tokens", "5", "--pulls", "--iterations", "20");
        Assert.Equal((0, ""), (answer.ExitCode, answer.Error));
        Assert.DoesNotContain("strongest pull", answer.Output);
    }

    [Fact]
    public async Task What_does_not_fit_in_memory_is_refused_with_the_figures()
    {
        var answer = await MuninnProcess.Run(new Call
        {
            Arguments = ["dynamics", "--tokens", string.Join(',', Enumerable.Repeat(5, 900)), "--iterations", "200"],
            Environment = new Dictionary<string, string> { ["DOTNET_GCHeapHardLimit"] = "0x8000000" },
        });
        Assert.NotEqual(0, answer.ExitCode);
        Assert.Equal("", answer.Output);
        Assert.Contains("for what is measured of it", answer.Error);
        Assert.Contains("Give fewer --iterations, or a shorter text.", answer.Error);
    }
}
