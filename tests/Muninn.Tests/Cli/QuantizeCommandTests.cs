using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Text.Json;
using System.Threading.Tasks;
using Muninn.Engine.Checkpoints;
using Muninn.Tests.Reference;
using Muninn.Tests.Repository;
using Xunit;

namespace Muninn.Tests.Cli;

public sealed class QuantizeCommandTests
{
    // 276 M parameters: some seconds of writing, in which a test can reach it.
    const string LargeConfig = """
        {"model_type":"huginn_raven","n_embd":1024,"n_heads":16,"intermediate_size":5632,"vocab_size":65536,"block_size":512,
         "n_layers_in_prelude":2,"n_layers_in_recurrent_block":4,"n_layers_in_coda":2}
        """;

    static Dictionary<string, byte[]> Contents(string folder) =>
        Directory.GetFiles(folder).ToDictionary(static path => Path.GetFileName(path), File.ReadAllBytes);

    [Theory]
    // Measured: 0.0138 to 0.0146 and 98.2 %; 0.0722 to 0.0774 and 93.8 %; the shipped model is bf16 already.
    [InlineData("int8", 0.01, 0.02, 0.95)]
    [InlineData("int4", 0.05, 0.1, 0.9)]
    [InlineData("bf16", 0, 0, 1)]
    public async Task The_shipped_model_stays_near_itself(string weights, double distanceLeast, double distanceMost, double agreementLeast)
    {
        using var folder = new TemporaryFolder();
        var made = await MuninnProcess.Run(
            "quantize", "seedling", "--weights", weights, "--out", folder.At("out"), "--json", folder.At("report.json"));
        Assert.Equal((0, ""), (made.ExitCode, made.Error));
        Assert.Contains($"weights {weights}; the original", made.Output);
        Assert.Contains("same likeliest token after", made.Output);
        using var report = JsonDocument.Parse(File.ReadAllBytes(folder.At("report.json")));
        var states = report.RootElement.GetProperty("states").EnumerateArray().ToList();
        Assert.Equal([1, 2, 4, 8, 16, 32, 64], states.Select(static s => s.GetProperty("iteration").GetInt32()));
        Assert.All(states, s => Assert.InRange(s.GetProperty("relative_l2_mean").GetDouble(), distanceLeast, distanceMost));
        Assert.InRange(report.RootElement.GetProperty("top1_agreement").GetDouble(), agreementLeast, 1);

        var picture = await MuninnProcess.Run("heatmap", "The door is open.", "--model", folder.At("out"), "--iterations", "8");
        Assert.Equal(0, picture.ExitCode);
        var shown = await MuninnProcess.Run("models", "show", folder.At("out"));
        Assert.Equal((0, ""), (shown.ExitCode, shown.Error));
        if (weights == "bf16")
        {
            Assert.Equal("", picture.Error);
            return;
        }

        Assert.StartsWith("note: the weights of ", picture.Error);
        Assert.Contains($" are {weights}, so what is shown is how a nearby model moves", picture.Error);
        Assert.Contains($"{weights}, a bf16 scale for every 32 inputs", shown.Output);
        using var original = Checkpoint.Open(Path.Combine(SourceTree.Root, "models", "seedling"));
        using var quantised = Checkpoint.Open(folder.At("out"));
        Assert.Equal(original.ParameterCount, quantised.ParameterCount);
        Assert.NotEqual(original.Fingerprint, quantised.Fingerprint);
    }

    [Fact]
    public async Task The_same_bytes_come_from_any_threads_and_vectors()
    {
        using var folder = new TemporaryFolder();
        foreach (var weights in new[] { "int8", "int4" })
        {
            await Make("one", "--threads", "1");
            await Make("two", "--threads", "2");
            await Make("narrow");
            foreach (var other in new[] { "two", "narrow" })
                Assert.All(Contents(folder.At("one" + weights)), pair => Assert.Equal(pair.Value, Contents(folder.At(other + weights))[pair.Key]));

            async Task Make(string name, params string[] more)
            {
                var environment = new Dictionary<string, string>();
                if (name == "narrow") environment["DOTNET_EnableAVX512"] = "0";
                string[] arguments = ["quantize", GoldenFile.FolderOf("tiny-f32"), "--weights", weights, "--no-report", "--out", folder.At(name + weights), .. more];
                var answer = await MuninnProcess.Run(new Call { Arguments = arguments, Environment = environment });
                Assert.Equal((0, ""), (answer.ExitCode, answer.Error));
                Assert.Contains("left in bf16, because 32 does not divide their inputs: transformer.coda.0.mlp.proj.weight", answer.Output);
            }
        }
    }

    [Fact]
    public async Task Shards_random_tokens_and_a_prompt_of_ids()
    {
        using var folder = new TemporaryFolder();
        var random = await MuninnProcess.Run(
            "quantize", "--model", GoldenFile.FolderOf("tiny-f32"), "--weights", "int8", "--shard-size", "40kB", "--out", folder.At("a"), "--horizon", "5");
        Assert.Equal((0, ""), (random.ExitCode, random.Error));
        Assert.Contains("3 prompts of random tokens, 96 tokens", random.Output);
        Assert.True(File.Exists(folder.At("a", CheckpointFiles.Index)));
        var given = await MuninnProcess.Run(
            "quantize", GoldenFile.FolderOf("tiny-f32"), "--weights", "int4", "--out", folder.At("b"), "--tokens", "1,2,3");
        Assert.Equal((0, ""), (given.ExitCode, given.Error));
        Assert.Contains("--tokens, 3 tokens, seed 0, against the original in float32", given.Output);
    }

    public static TheoryData<int, string, string[]> Mistakes => new()
    {
        { 2, "--weights is missing", ["seedling", "--out", "a"] },
        { 2, "--out is missing", ["seedling", "--weights", "int8"] },
        { 2, "--weights: 'int7' is none of int8, int4, bf16", ["seedling", "--weights", "int7", "--out", "a"] },
        { 2, "MODEL and --model are both given", ["seedling", "--model", "b", "--weights", "int8", "--out", "a"] },
        { 2, "--text and --tokens are both given", ["seedling", "--weights", "int8", "--out", "a", "--text", "x", "--tokens", "1"] },
        { 2, "token id 99999999 at position 0 is outside", ["seedling", "--weights", "int8", "--out", "a", "--tokens", "99999999"] },
        { 2, "--json is a file for the report", ["seedling", "--weights", "int8", "--out", "a", "--no-report", "--json", "r.json"] },
        { 3, "nowhere", ["nowhere", "--weights", "int8", "--out", "a"] },
        { 1, "'full' is a folder with 1 entry in it", ["seedling", "--weights", "int8", "--out", "full"] },
        { 1, "divide neither width 40 nor hidden 112. Use --weights bf16", [GoldenFile.FolderOf("tiny-trainlike"), "--weights", "int8", "--out", "a"] },
    };

    [Theory]
    [MemberData(nameof(Mistakes))]
    public async Task Mistakes_are_named_and_nothing_is_written(int exitCode, string message, string[] arguments)
    {
        using var folder = new TemporaryFolder();
        folder.Write("full/kept", "old");
        var answer = await MuninnProcess.Run(new Call { Arguments = ["quantize", .. arguments], Folder = folder.Root });
        Assert.Contains(message, answer.Error, StringComparison.Ordinal);
        Assert.Equal(exitCode, answer.ExitCode);
        Assert.Equal(["full"], Directory.GetFileSystemEntries(folder.Root).Select(static path => Path.GetFileName(path)));
    }

    [Theory]
    [InlineData("TERM", 143)]
    [InlineData("KILL", 137)]
    public async Task An_ended_run_leaves_no_checkpoint(string signal, int exitCode)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "signals are sent with kill");
        using var folder = new TemporaryFolder();
        folder.Write("config.json", LargeConfig);
        Assert.Equal(0, (await MuninnProcess.Run("init", "--config", folder.At("config.json"), "--out", folder.At("model"))).ExitCode);
        string[] arguments = ["quantize", folder.At("model"), "--weights", "int4", "--shard-size", "30MB", "--no-report", "--out", folder.At("out")];
        using var process = MuninnProcess.Start(new Call { Arguments = arguments });
        process.StandardInput.Close();
        var patience = Stopwatch.StartNew();
        while (!Temporary().Any(static path => Directory.EnumerateFiles(path, "model-00001-of-*.safetensors").Any()))
        {
            Assert.True(patience.Elapsed < TimeSpan.FromSeconds(60) && !process.HasExited);
            await Task.Delay(2);
        }

        using (var kill = Process.Start("kill", ["-" + signal, $"{process.Id}"])) await kill.WaitForExitAsync();
        await MuninnProcess.Ended(process);
        Assert.Equal(exitCode, process.ExitCode);
        Assert.False(Directory.Exists(folder.At("out")));
        Assert.Equal(signal == "KILL" ? 1 : 0, Temporary().Count());
        foreach (var leftover in Temporary())
            Assert.Throws<FileNotFoundException>(() => Checkpoint.Open(leftover).Dispose());

        IEnumerable<string> Temporary() => Directory.GetDirectories(folder.Root).Where(static path => path.EndsWith(".tmp", StringComparison.Ordinal));
    }
}
