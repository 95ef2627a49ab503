using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Threading.Tasks;
using Muninn.Engine.Checkpoints;
using Muninn.Tests.Engine.Files;
using Muninn.Tests.Reference;
using Xunit;

namespace Muninn.Tests.Cli;

public sealed class InitCommandTests
{
    // 138 M parameters, half a gigabyte of f32: some seconds of writing, in which a test can reach it.
    const string LargeConfig = """
        {"model_type":"huginn_raven","n_embd":1024,"n_heads":16,"intermediate_size":2816,"vocab_size":32768,"block_size":512,
         "n_layers_in_prelude":2,"n_layers_in_recurrent_block":4,"n_layers_in_coda":2}
        """;

    static string Config(string name) => Path.Combine(GoldenFile.FolderOf(name), "config.json");

    static Dictionary<string, byte[]> Contents(string folder) =>
        Directory.GetFiles(folder).ToDictionary(static path => Path.GetFileName(path), File.ReadAllBytes);

    [Fact]
    public async Task A_fresh_model_runs()
    {
        using var folder = new TemporaryFolder();
        var made = await MuninnProcess.Run("init", "--config", Config("tiny-f32"), "--seed", "1", "--out", folder.At("fresh"));
        Assert.Equal((0, ""), (made.ExitCode, made.Error));
        Assert.Contains("parameters", made.Output);
        Assert.Contains($"muninn heatmap --model {folder.At("fresh")} --tokens 5,17,3", made.Output);
        Assert.Equal(["config.json", "model.safetensors"], Contents(folder.At("fresh")).Keys.Order(StringComparer.Ordinal));

        var picture = await MuninnProcess.Run("heatmap", "--model", folder.At("fresh"), "--tokens", "1,2,3", "--iterations", "16");
        Assert.Equal((0, ""), (picture.ExitCode, picture.Error));
        Assert.Contains("#3", picture.Output);
        var trace = await MuninnProcess.Run(
            "trace", "--model", folder.At("fresh"), "--tokens", "1,2,3", "--iterations", "2", "--logits", "2", "--out", folder.At("t.safetensors"));
        Assert.Equal((0, ""), (trace.ExitCode, trace.Error));
        var shown = await MuninnProcess.Run("models", "show", folder.At("fresh"));
        Assert.Equal((0, ""), (shown.ExitCode, shown.Error));
        Assert.Contains("Tokenizer           none", shown.Output);
    }

    [Theory]
    [InlineData("heatmap")]
    [InlineData("trace", "--out", "a.safetensors")]
    [InlineData("tokenize")]
    public async Task A_text_for_a_model_without_a_tokenizer_is_refused_with_the_remedy(params string[] command)
    {
        using var folder = new TemporaryFolder();
        await MuninnProcess.Run("init", "--config", Config("tiny-f32"), "--out", folder.At("fresh"));
        var answer = await MuninnProcess.Run(new Call { Arguments = [.. command, "Hi", "--model", folder.At("fresh")], Folder = folder.Root });
        Assert.Equal(2, answer.ExitCode);
        Assert.Contains("has no tokenizer.json, so no text can be read. Give token ids with --tokens, e.g. --tokens 5,17,3.", answer.Error);
    }

    [Fact]
    public async Task The_same_seed_gives_the_same_weights_for_any_files_threads_and_vectors()
    {
        using var folder = new TemporaryFolder();
        string[] common = ["init", "--config", Config("tiny-bf16"), "--seed", "7", "--dtype", "f32"];
        await Make("one", "--threads", "1");
        await Make("two", "--threads", "2");
        await Make("shards", "--shard-size", "20kB", "--threads", "2");
        await Make("narrow");
        await Make("mixed");
        foreach (var other in new[] { "two", "narrow", "mixed" })
            Assert.All(Contents(folder.At("one")), pair => Assert.Equal(pair.Value, Contents(folder.At(other))[pair.Key]));
        using var one = Checkpoint.Open(folder.At("one"));
        using var shards = Checkpoint.Open(folder.At("shards"));
        Assert.True(shards.WeightFiles.Count > 3);
        Assert.Equal(one.Fingerprint, shards.Fingerprint);
        Assert.All(one.Tensors, tensor => Assert.Equal(tensor.ToFloat32(), shards.Tensor(tensor.Name).ToFloat32()));

        async Task Make(string name, params string[] more)
        {
            var environment = new Dictionary<string, string>();
            if (name == "narrow") environment["DOTNET_EnableAVX512"] = "0";
            if (name == "mixed") environment["DOTNET_PreferredVectorBitWidth"] = "256";
            var answer = await MuninnProcess.Run(new Call { Arguments = [.. common, .. more, "--out", folder.At(name)], Environment = environment });
            Assert.Equal((0, ""), (answer.ExitCode, answer.Error));
        }
    }

    [Fact]
    public async Task Like_takes_a_model_by_name_or_folder()
    {
        using var folder = new TemporaryFolder();
        Assert.Equal(0, (await MuninnProcess.Run("init", "--like", "seedling", "--out", folder.At("a"))).ExitCode);
        Assert.Equal(0, (await MuninnProcess.Run("init", "--like", folder.At("a"), "--out", folder.At("b"), "--seed", "0", "--dtype", "bf16")).ExitCode);
        Assert.All(Contents(folder.At("a")), pair => Assert.Equal(pair.Value, Contents(folder.At("b"))[pair.Key]));
        using var model = Checkpoint.Open(folder.At("a"));
        Assert.Equal((128, DType.BF16), (model.Config.Width, model.Embedding.DType));
    }

    public static TheoryData<int, string, string[]> Mistakes => new()
    {
        { 2, "the shape is missing: give --like NAME", ["--out", "a"] },
        { 2, "--out is missing", ["--like", "seedling"] },
        { 2, "--like and --config are both given", ["--like", "seedling", "--config", "c.json", "--out", "a"] },
        { 3, "'hugin-0125' is neither a known shape (huginn-0125) nor a model; did you mean huginn-0125?", ["--like", "hugin-0125", "--out", "a"] },
        { 3, "no.json", ["--config", "no.json", "--out", "a"] },
        { 1, "key 'n_heads': found 3, expected a divisor of n_embd, which is 8", ["--config", "bad.json", "--out", "a"] },
        { 1, "key 'model_type': found \"llama\"", ["--config", "llama.json", "--out", "a"] },
        { 2, "--seed: '-1' is no whole number from 0 to 18446744073709551615", ["--like", "seedling", "--seed", "-1", "--out", "a"] },
        { 2, "--dtype: 'f16' is none of bf16, f32", ["--like", "seedling", "--dtype", "f16", "--out", "a"] },
        { 2, "--shard-size: '2' is no size of at least 1000 bytes", ["--like", "seedling", "--shard-size", "2", "--out", "a"] },
        { 2, "--shard-size: '5 pounds' is no size", ["--like", "seedling", "--shard-size", "5 pounds", "--out", "a"] },
        { 2, "--threads", ["--like", "seedling", "--threads", "0", "--out", "a"] },
        { 1, "there is no folder", ["--like", "seedling", "--out", "no/a"] },
        { 1, "'full' is a folder with 1 entry in it, and nothing is overwritten", ["--like", "seedling", "--out", "full"] },
        { 1, "'bad.json' is a file", ["--like", "seedling", "--out", "bad.json"] },
        { 1, "new folder in it", ["--like", "seedling", "--out", "."] },
    };

    [Theory]
    [MemberData(nameof(Mistakes))]
    public async Task Mistakes_are_named_and_nothing_is_written(int exitCode, string message, string[] arguments)
    {
        using var folder = new TemporaryFolder();
        folder.Write("bad.json", """{"model_type":"huginn_raven","n_embd":8,"n_heads":3,"intermediate_size":1,"vocab_size":1,"block_size":1,"n_layers_in_prelude":0,"n_layers_in_recurrent_block":1,"n_layers_in_coda":0}""");
        folder.Write("llama.json", """{"model_type":"llama"}""");
        folder.Write("full/kept", "old");
        var answer = await MuninnProcess.Run(new Call { Arguments = ["init", .. arguments], Folder = folder.Root });
        Assert.Contains(message, answer.Error, StringComparison.Ordinal);
        Assert.Equal(exitCode, answer.ExitCode);
        Assert.DoesNotContain(" at Muninn.", answer.Error, StringComparison.Ordinal);
        Assert.Equal(["bad.json", "full", "llama.json"], Directory.GetFileSystemEntries(folder.Root).Select(static path => Path.GetFileName(path)).Order(StringComparer.Ordinal));
        Assert.Equal("old", File.ReadAllText(folder.At("full", "kept")));
    }

    [Fact]
    public async Task A_disk_without_room_is_refused_with_both_sizes()
    {
        using var disk = new SmallDisk();
        var answer = await MuninnProcess.Run("init", "--like", "huginn-0125", "--out", disk.File("a"));
        Assert.Equal(1, answer.ExitCode);
        Assert.Contains("parameters, 6.64 GiB of BF16 in 4 files", answer.Output);
        Assert.Contains("bytes, its disk has 65536 left", answer.Error, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(disk.Path));
    }

    [Theory]
    [InlineData("INT", 130)]
    [InlineData("TERM", 143)]
    [InlineData("KILL", 137)]
    public async Task An_ended_run_leaves_no_checkpoint(string signal, int exitCode)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "signals are sent with kill");
        using var folder = new TemporaryFolder();
        folder.Write("config.json", LargeConfig);
        string[] arguments = ["init", "--config", folder.At("config.json"), "--dtype", "f32", "--shard-size", "100MB", "--out", folder.At("out")];
        using var process = MuninnProcess.Start(new Call { Arguments = arguments });
        process.StandardInput.Close();
        var patience = Stopwatch.StartNew();
        while (FirstShard() is null)
        {
            Assert.True(patience.Elapsed < TimeSpan.FromSeconds(60) && !process.HasExited);
            await Task.Delay(5);
        }

        using (var kill = Process.Start("kill", ["-" + signal, $"{process.Id}"])) await kill.WaitForExitAsync();
        await MuninnProcess.Ended(process);
        Assert.Equal(exitCode, process.ExitCode);
        Assert.Equal("", await process.StandardError.ReadToEndAsync());
        Assert.False(Directory.Exists(folder.At("out")));
        string[] left = [.. Directory.GetDirectories(folder.Root)];
        Assert.Equal(signal == "KILL" ? 1 : 0, left.Length);
        foreach (var leftover in left)
        {
            Assert.Throws<FileNotFoundException>(() => Checkpoint.Open(leftover).Dispose());
            var next = await MuninnProcess.Run("init", "--like", "seedling", "--out", folder.At("out"));
            Assert.Equal(0, next.ExitCode);
            Assert.Contains($"note: {leftover} is of another run", next.Error);
        }

        // The first of six shards is complete, the next ones are not: in the midst of the work.
        string? FirstShard() => Directory.GetDirectories(folder.Root)
            .Select(static temporary => Path.Combine(temporary, "model-00001-of-00006.safetensors")).FirstOrDefault(File.Exists);
    }
}
