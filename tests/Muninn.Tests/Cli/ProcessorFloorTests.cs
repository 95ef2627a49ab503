using System.Collections.Generic;
using System.IO;
using System.Threading.Tasks;
using Muninn.Kernels;
using Xunit;

namespace Muninn.Tests.Cli;

/// <summary>What runs, and what says why it does not, on a processor without AVX2.</summary>
public sealed class ProcessorFloorTests
{
    static Task<Answer> Below(string variable, TemporaryFolder folder, params string[] arguments) => MuninnProcess.Run(
        new Call { Arguments = arguments, Folder = folder.Root, Environment = new Dictionary<string, string> { [variable] = "0" } });

    [Theory]
    [InlineData("DOTNET_EnableAVX2", "heatmap", "Hi", "--out", "a.svg")]
    [InlineData("DOTNET_EnableHWIntrinsic", "heatmap", "Hi", "--out", "a.svg")]
    [InlineData("DOTNET_EnableAVX2", "trace", "Hi", "--out", "a.safetensors")]
    [InlineData("DOTNET_EnableAVX2", "init", "--like", "seedling", "--out", "a")]
    [InlineData("DOTNET_EnableAVX2", "bench")]
    public async Task Commands_that_compute_say_what_is_missing_and_write_nothing(string variable, params string[] arguments)
    {
        using var folder = new TemporaryFolder();
        var answer = await Below(variable, folder, arguments);
        Assert.Equal((1, ""), (answer.ExitCode, answer.Output));
        Assert.StartsWith($"muninn {arguments[0]}: The kernels need a processor with AVX2 and FMA", answer.Error);
        Assert.Contains("does not offer AVX2 and FMA. Use another machine, or unset DOTNET_EnableAVX2", answer.Error);
        Assert.DoesNotContain('\n', answer.Error.TrimEnd());
        Assert.Empty(Directory.GetFileSystemEntries(folder.Root));
    }

    [Theory]
    [InlineData("doctor")]
    [InlineData("tokenize", "Hi")]
    [InlineData("detokenize", "5")]
    [InlineData("models", "list")]
    [InlineData("completion", "bash")]
    [InlineData("heatmap", "--help")]
    [InlineData("--version")]
    public async Task Commands_that_compute_nothing_run(params string[] arguments)
    {
        using var folder = new TemporaryFolder();
        var answer = await Below("DOTNET_EnableAVX2", folder, arguments);
        Assert.Equal((0, ""), (answer.ExitCode, answer.Error));
        Assert.NotEqual("", answer.Output);
    }

    [Fact]
    public async Task Doctor_says_whether_the_kernels_run()
    {
        using var folder = new TemporaryFolder();
        Assert.Matches("kernels +cannot run here: they need AVX2 and FMA", (await Below("DOTNET_EnableAVX2", folder, "doctor")).Output);
        Assert.Matches("kernels +run here", (await MuninnProcess.Run("doctor")).Output);
    }

    [Fact]
    public async Task A_mistake_in_the_options_comes_first()
    {
        using var folder = new TemporaryFolder();
        var answer = await Below("DOTNET_EnableAVX2", folder, "heatmap", "Hi", "--iterashuns", "3");
        Assert.Equal(2, answer.ExitCode);
        Assert.Contains("unknown option '--iterashuns'", answer.Error);
    }

    [Theory]
    [InlineData(false, false, "AVX2 and FMA")]
    [InlineData(false, true, "AVX2")]
    [InlineData(true, false, "FMA")]
    public void Error_names_what_is_missing(bool avx2, bool fma, string missing) =>
        Assert.Contains($"does not offer {missing}. Use another machine", ProcessorFloor.Without(avx2, fma).Message);
}
