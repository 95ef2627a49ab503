using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Text.Json.Nodes;
using System.Threading.Tasks;
using Muninn.Tests.Engine.Files;
using Muninn.Tests.Engine.Training;
using Xunit;

namespace Muninn.Tests.Cli;

public sealed class TrainCommandTests : IDisposable
{
    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_recipe_becomes_a_model_that_other_commands_read()
    {
        var answer = await Train("run");
        Assert.Equal(0, answer.ExitCode);
        // So few updates teach nothing, and are told to.
        Assert.StartsWith("alarm: update 6: 3 iterations gain", answer.Error, StringComparison.Ordinal);
        Assert.Contains("12 updates", answer.Output);
        Assert.Contains("model is ready", answer.Output);
        Assert.Equal(["0000000010", "0000000012"], Checkpoints("run"));
        Assert.Equal(File.ReadAllText(_folder.At("recipe.json")), File.ReadAllText(_folder.At("run", "recipe.json")));
        foreach (string model in (string[])[_folder.At("run", "model"), _folder.At("run", "checkpoints", "0000000010")])
        {
            var heatmap = await MuninnProcess.Run("heatmap", "--model", model, "The door is open.", "--iterations", "8", "--graphics", "ascii");
            Assert.Equal((0, ""), (heatmap.ExitCode, heatmap.Error));
        }

        var lines = File.ReadAllLines(_folder.At("run", "log.jsonl")).Select(line => JsonNode.Parse(line)!).ToList();
        Assert.Equal([0, 5, 6, 10, 12], lines.Select(line => (int)line["update"]!));
        Assert.Equal([5, 5, 2], lines.Where(line => line["updates"] is not null).Select(line => (int)line["updates"]!));
        Assert.All(lines.Where(line => line["probe"] is not null), line => Assert.InRange((double)line["probe"]!["loss_at_mean"]!, 1, 10));

        string dashboard = File.ReadAllText(_folder.At("run", "dashboard.html"));
        Assert.Contains("12 of 12 updates", dashboard);
        foreach (string figure in (string[])["Loss", "Loss by Iterations", "Hardest Questions Asked", "States", "Token Correlation", "Gradient Norm", "Learning Rate"])
            Assert.Contains($">{figure}<", dashboard);
        Assert.Contains("alarms, the last at update", dashboard);

        // Nothing is left to be done, and nothing is done.
        var again = await Train("run");
        Assert.Equal(0, again.ExitCode);
        Assert.Contains("on from update 12", again.Output);
    }

    [Fact]
    public async Task A_run_that_is_killed_again_and_again_ends_with_the_same_bytes()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "signals are sent with kill");
        var json = SmallRun.Recipe();
        json["budget"]!["tokens"] = 320 * 120;
        Assert.Equal(0, (await Train("whole", json, "--threads", "1")).ExitCode);
        var random = new Random(7);
        int killed = 0;
        for (int attempt = 0; attempt < 12; attempt++)
        {
            using var process = Start("cut", "--threads", attempt % 2 == 0 ? "2" : "1");
            await Task.Delay(random.Next(300, 1500));
            if (!process.HasExited)
            {
                process.Kill();
                killed++;
            }

            await MuninnProcess.Ended(process);
        }

        Assert.InRange(killed, 1, 12);
        Assert.Equal(0, (await Train("cut", json)).ExitCode);
        foreach (string file in (string[])["model/model.safetensors", "checkpoints/0000000120/model.safetensors", "checkpoints/0000000120/training.safetensors"])
            Assert.Equal(File.ReadAllBytes(_folder.At("whole", file)), File.ReadAllBytes(_folder.At("cut", file)));
        Assert.Equal(["0000000115", "0000000120"], Checkpoints("cut"));
        Assert.Equal(Told("whole"), Told("cut"));

        // All but the time.
        IEnumerable<string> Told(string run) => File.ReadLines(_folder.At(run, "log.jsonl")).Select(line =>
        {
            var told = JsonNode.Parse(line)!.AsObject();
            told.Remove("seconds");
            return told.ToJsonString();
        });
    }

    [Fact]
    public async Task Ctrl_C_writes_a_checkpoint_and_the_run_goes_on()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "signals are sent with kill");
        var json = SmallRun.Recipe();
        json["budget"]!["tokens"] = 320 * 100_000;
        json["checkpoint"]!["updates"] = 1_000_000;
        _folder.Write("recipe.json", json.ToJsonString());
        using var process = Start("run");
        var patience = Stopwatch.StartNew();
        while (!File.Exists(_folder.At("run", "log.jsonl")) || new FileInfo(_folder.At("run", "log.jsonl")).Length == 0)
        {
            Assert.True(patience.Elapsed < TimeSpan.FromSeconds(60) && !process.HasExited);
            await Task.Delay(20);
        }

        using (var kill = Process.Start("kill", ["-INT", $"{process.Id}"])) await kill.WaitForExitAsync();
        string output = await process.StandardOutput.ReadToEndAsync();
        await MuninnProcess.Ended(process);
        Assert.Equal(130, process.ExitCode);
        Assert.Contains("the same command goes on from there", output);
        long stopped = long.Parse(Checkpoints("run")[^1]);
        Assert.True(stopped > 0);
        var next = await Train("run", json, "--updates", $"{stopped + 2}");
        Assert.Equal(0, next.ExitCode);
        Assert.Contains($"on from update {stopped}", next.Output);
        Assert.Equal(stopped + 2, long.Parse(Checkpoints("run")[^1]));
    }

    [Fact]
    public async Task What_is_not_ours_stays_and_what_changes_nothing_may_change()
    {
        Assert.Equal(0, (await Train("run", SmallRun.Recipe(), "--updates", "6")).ExitCode);
        foreach (string name in (string[])["best", "0000000003.removed", ".0000000004.1-1.tmp"])
            _folder.Write($"run/checkpoints/{name}/a.txt", "a");
        var json = SmallRun.Recipe();
        json["about"] = "another word";
        json["checkpoint"]!["updates"] = 4;
        Assert.Equal(0, (await Train("run", json)).ExitCode);
        Assert.Equal(["0000000008", "0000000012", "best"], Checkpoints("run"));
        json["seed"] = 4;
        Assert.Contains("another recipe", (await Train("run", json)).Error);

        // Something that is no result of this run is neither believed nor replaced.
        Assert.Equal(0, (await Train("run")).ExitCode);
        Directory.Delete(_folder.At("run", "model"), recursive: true);
        _folder.Write("run/model/mine.txt", "mine");
        var taken = await Train("run");
        Assert.Equal(1, taken.ExitCode);
        Assert.Contains("nothing is overwritten", taken.Error);
    }

    [Fact]
    public async Task A_full_disk_leaves_the_last_checkpoint()
    {
        using var disk = new SmallDisk(kibibytes: 900);
        var json = SmallRun.Recipe();
        json["checkpoint"]!["updates"] = 2;
        _folder.Write("recipe.json", json.ToJsonString());
        // One of 100 kB, then two of 350 kB: the second of these has no room.
        var answer = await MuninnProcess.Run("train", _folder.At("recipe.json"), "--out", disk.File("run"));
        Assert.Equal(1, answer.ExitCode);
        Assert.Contains("cannot be written: it needs", answer.Error);
        string checkpoints = Path.Combine(disk.File("run"), "checkpoints");
        string[] left = [.. Directory.GetDirectories(checkpoints).Select(folder => Path.GetFileName(folder)!).Order()];
        Assert.Equal(["0000000000", "0000000002"], left);
        // With room the run goes on from it.
        Assert.True(disk.Grow(kibibytes: 4096));
        Assert.Equal(0, (await MuninnProcess.Run("train", _folder.At("recipe.json"), "--out", disk.File("run"))).ExitCode);
        Assert.Equal(0, (await Train("whole", json)).ExitCode);
        Assert.Equal(File.ReadAllBytes(_folder.At("whole", "model", "model.safetensors")), File.ReadAllBytes(Path.Combine(disk.File("run"), "model", "model.safetensors")));
    }

    [Fact]
    public async Task A_model_can_be_trained_further()
    {
        var json = SmallRun.Recipe();
        json.Remove("model");
        json.Remove("tokenizer");
        json["init_from"] = SmallRun.Tokenizer;
        json["batch"] = new JsonObject { ["rows"] = 640 };
        json["budget"]!["tokens"] = 2 * 640;
        // What seedling was not taught.
        json["data"]!["worlds"]!["chat"] = 0;
        json["data"]!["worlds"]!["prose"] = 0;
        json["data"]!["worlds"]!["decoys"] = 0;
        json["optimizer"]!["rate"] = 1e-4;
        var answer = await Train("run", json);
        Assert.Equal((0, ""), (answer.ExitCode, answer.Error));
        var line = JsonNode.Parse(File.ReadLines(_folder.At("run", "log.jsonl")).First())!;
        // seedling knows the worlds.
        Assert.InRange((double)line["probe"]!["loss_at_mean"]!, 0.05, 1);
        Assert.Equal(0, (await Train("other", json, "--init-from", _folder.At("run", "model"))).ExitCode);
        var foreign = await Train("run", json, "--init-from", _folder.At("run", "model"));
        Directory.Delete(_folder.At("run", "checkpoints", "0000000002"), recursive: true);
        Assert.Contains("written by another recipe", (await Train("run", json, "--init-from", _folder.At("run", "model"))).Error);
        Assert.Equal(1, foreign.ExitCode);
        Assert.Contains("written by another recipe", foreign.Error);
    }

    [Fact]
    public async Task Files_and_worlds_are_mixed_and_a_run_goes_on_in_both()
    {
        _folder.Write("notes.txt", string.Join("\n\n", Enumerable.Range(0, 40).Select(i => $"The raven remembers {i} hills. The door is open.")));
        var built = await MuninnProcess.Run(
            "data", "build", _folder.At("notes.txt"), "--documents", "blank-lines", "--model", SmallRun.Tokenizer, "--out", _folder.At("notes.safetensors"));
        Assert.Equal(0, built.ExitCode);
        var json = SmallRun.Recipe();
        json["data"]!["worlds"]!["share"] = 0.5;
        json["data"]!["shards"] = new JsonArray(new JsonObject { ["file"] = "notes.safetensors", ["share"] = 0.5 });
        Assert.Equal(0, (await Train("whole", json)).ExitCode);
        Assert.Equal(0, (await Train("cut", json, "--updates", "7")).ExitCode);
        Assert.Equal(0, (await Train("cut", json)).ExitCode);
        foreach (string file in (string[])["model/model.safetensors", "checkpoints/0000000012/training.safetensors"])
            Assert.Equal(File.ReadAllBytes(_folder.At("whole", file)), File.ReadAllBytes(_folder.At("cut", file)));

        json["data"]!.AsObject().Remove("worlds");
        Assert.Equal(0, (await Train("files", json)).ExitCode);
        Assert.DoesNotContain("levels", File.ReadAllText(_folder.At("files", "log.jsonl")));
        json["data"]!["shards"]![0]!["file"] = "none.safetensors";
        var missing = await Train("missing", json);
        Assert.Equal(3, missing.ExitCode);
        Assert.Contains("none.safetensors", missing.Error);
    }

    [Fact]
    public async Task A_budget_of_minutes_becomes_updates_once()
    {
        var json = SmallRun.Recipe();
        json["budget"] = new JsonObject { ["minutes"] = 0.01 };
        Assert.Equal(0, (await Train("run", json)).ExitCode);
        long updates = long.Parse(File.ReadAllText(_folder.At("run", "updates.txt")));
        Assert.True(updates > 0);
        Assert.Equal(updates, long.Parse(Checkpoints("run")[^1]));
        // The length that was measured is all that minutes decide.
        json["budget"] = new JsonObject { ["tokens"] = 320 * updates };
        Assert.Equal(0, (await Train("tokens", json)).ExitCode);
        Assert.Equal(
            File.ReadAllBytes(_folder.At("run", "checkpoints", $"{updates:D10}", "model.safetensors")).AsSpan()[^65536..],
            File.ReadAllBytes(_folder.At("tokens", "checkpoints", $"{updates:D10}", "model.safetensors")).AsSpan()[^65536..]);
    }

    [Fact]
    public async Task What_cannot_be_trained_is_said()
    {
        Assert.Contains("there is no recipe 'none.json'", (await MuninnProcess.Run("train", "none.json")).Error);
        var json = SmallRun.Recipe();
        json["model"]!["vocab_size"] = 700;
        await Refused(json, 1, "the tokenizer has 768 tokens and the model 700 rows");
        json = SmallRun.Recipe();
        json["tokenizer"] = "nowhere";
        await Refused(json, 3, "there is no folder");
        json = SmallRun.Recipe();
        json["batch"]!["rows"] = 2;
        await Refused(json, 1, "a batch has 2");
        json = SmallRun.Recipe();
        json.Remove("model");
        json["init_from"] = "no-such-model";
        await Refused(json, 3, "no-such-model");
        json = SmallRun.Recipe();
        json["data"]!["shards"] = new JsonArray(new JsonObject { ["file"] = "none.safetensors" });
        await Refused(json, 3, "none.safetensors");
        json = SmallRun.Recipe();
        json["surprise"] = 1;
        await Refused(json, 1, "'surprise'");

        async Task Refused(JsonObject recipe, int exitCode, string message)
        {
            var answer = await Train("refused", recipe);
            Assert.False(Directory.Exists(_folder.At("refused", "checkpoints")));
            Assert.Contains(message, answer.Error);
            Assert.Equal(exitCode, answer.ExitCode);
        }
    }

    [Fact]
    public async Task Two_runs_cannot_share_a_folder()
    {
        var json = SmallRun.Recipe();
        json["budget"]!["tokens"] = 320 * 100_000;
        _folder.Write("recipe.json", json.ToJsonString());
        using var process = Start("run");
        var patience = Stopwatch.StartNew();
        while (!File.Exists(_folder.At("run", ".lock")))
        {
            Assert.True(patience.Elapsed < TimeSpan.FromSeconds(60) && !process.HasExited);
            await Task.Delay(20);
        }

        var second = await Train("run", json);
        process.Kill();
        await MuninnProcess.Ended(process);
        Assert.Equal(1, second.ExitCode);
        Assert.Contains("is in use by another training run", second.Error);
    }

    Task<Answer> Train(string run, params string[] more) => Train(run, SmallRun.Recipe(), more);

    Task<Answer> Train(string run, JsonObject recipe, params string[] more)
    {
        _folder.Write("recipe.json", recipe.ToJsonString());
        return MuninnProcess.Run(["train", _folder.At("recipe.json"), "--out", _folder.At(run), .. more]);
    }

    Process Start(string run, params string[] more)
    {
        var process = MuninnProcess.Start(new Call { Arguments = ["train", _folder.At("recipe.json"), "--out", _folder.At(run), .. more] });
        process.StandardInput.Close();
        return process;
    }

    string[] Checkpoints(string run) =>
        [.. Directory.GetDirectories(_folder.At(run, "checkpoints")).Select(folder => Path.GetFileName(folder)!).Order(StringComparer.Ordinal)];
}
