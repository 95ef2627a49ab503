using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.Json;
using System.Threading.Tasks;
using Muninn.Engine.Checkpoints;
using Muninn.Microscope.Recordings;
using Xunit;

namespace Muninn.Tests.Cli;

public sealed class RecordCommandTests
{
    const string Sentence = "The raven remembers.";

    static async Task<Answer> Good(params string[] arguments)
    {
        var answer = await MuninnProcess.Run(arguments);
        Assert.Equal("", answer.Error);
        Assert.Equal(0, answer.ExitCode);
        return answer;
    }

    static async Task<string> Record(TemporaryFolder folder, string name, params string[] more)
    {
        await Good(["record", Sentence, "--out", folder.At(name), .. more]);
        return folder.At(name);
    }

    [Fact]
    public async Task Shows_without_the_model_what_heatmap_shows_with_it()
    {
        using var folder = new TemporaryFolder();
        var path = await Record(folder, "a.muninn");
        var heatmap = await Good("heatmap", Sentence, "--measure-floor");
        // Elsewhere, and with no model that could be found by its name.
        var show = await MuninnProcess.Run(new Call { Arguments = ["show", path], Environment = new Dictionary<string, string> { ["MUNINN_MODEL"] = "/nowhere" } });
        Assert.Equal(0, show.ExitCode);
        Assert.EndsWith("\n\n" + heatmap.Output, show.Output, StringComparison.Ordinal);
        Assert.Contains("seedling, bf16, width 128", show.Output);
        Assert.Contains("states    65 iterations 0-64 of", show.Output);
        Assert.Contains("measured by restarts beside s*", show.Output);
        Assert.DoesNotContain(show.Output.Split('\n'), line => line.Length > 80);

        var one = JsonDocument.Parse((await Good("heatmap", Sentence, "--measure-floor", "--json")).Output).RootElement;
        var other = JsonDocument.Parse((await Good("show", path, "--json")).Output).RootElement;
        foreach (var member in one.EnumerateObject())
            Assert.Equal(member.Value.GetRawText(), other.GetProperty(member.Name).GetRawText());
        Assert.Equal("F32", other.GetProperty("recording").GetProperty("states").GetProperty("type").GetString());
    }

    [Fact]
    public async Task An_earlier_file_is_replaced_and_that_is_said()
    {
        using var folder = new TemporaryFolder();
        string[] line = ["record", "Hi", "-n", "4", "--horizon", "8", "--states", "none", "--out", folder.At("a.muninn")];
        Assert.DoesNotContain("in place of", (await Good(line)).Output);
        Assert.Contains("a.muninn, in place of an earlier file\n", (await Good(line)).Output);
    }

    [Fact]
    public async Task A_folder_and_a_file_of_another_kind_are_called_what_they_are()
    {
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(folder.At("report"));
        await File.WriteAllTextAsync(folder.At("notes.md"), "# Notes that are no recording\n");
        await File.WriteAllTextAsync(folder.At("cut.muninn"), "cut");
        var answer = await MuninnProcess.Run("show", folder.At("report"));
        Assert.Equal((1, ""), (answer.ExitCode, answer.Output));
        Assert.Contains("is a folder, not a recording. Name a .muninn file in it; a report's is recording.muninn.", answer.Error);
        var notes = await MuninnProcess.Run("show", folder.At("notes.md"));
        Assert.Equal((1, ""), (notes.ExitCode, notes.Output));
        Assert.Contains("notes.md' is no recording: ", notes.Error);
        Assert.Contains("'muninn record' makes one", notes.Error);
        // What is called a recording is damaged.
        Assert.DoesNotContain("is no recording", (await MuninnProcess.Run("show", folder.At("cut.muninn"))).Error);
    }

    [Fact]
    public async Task Files_made_from_a_recording_are_those_made_by_heatmap()
    {
        using var folder = new TemporaryFolder();
        var path = await Record(folder, "a.muninn", "--states", "none");
        string[] types = ["svg", "png", "html", "csv", "npz"];
        await Good(["heatmap", Sentence, "--measure-floor", "--positions", "1-3", .. types.SelectMany(type => new[] { "-o", folder.At("h." + type) })]);
        await Good(["show", path, "--positions", "1-3", .. types.SelectMany(type => new[] { "-o", folder.At("s." + type) })]);
        foreach (var type in types)
            Assert.True(File.ReadAllBytes(folder.At("h." + type)).SequenceEqual(File.ReadAllBytes(folder.At("s." + type))), type);
    }

    [Fact]
    public async Task A_page_holds_all_that_was_recorded()
    {
        using var folder = new TemporaryFolder();
        var path = await Record(folder, "a.muninn", "--lens", "0-64");
        await Good("show", path, "--out", folder.At("a.html"));
        var page = await File.ReadAllTextAsync(folder.At("a.html"), TestContext.Current.CancellationToken);
        foreach (string part in new[] { "\"name\":\"residual\"", "\"name\":\"entropy\"", "\"lens\":{\"iterations\":[0,1,", "\"paths\":{\"iterations\":[0,1," })
            Assert.Contains(part, page);
        await Good("show", path, "--positions", "2,0", "--out", folder.At("b.html"));
        Assert.Contains("\"positions\":[2,0]", await File.ReadAllTextAsync(folder.At("b.html"), TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task The_same_bytes_on_any_threads_and_without_avx512()
    {
        using var folder = new TemporaryFolder();
        var first = await Bytes("1", [], "--threads", "1");
        Assert.Equal(first, await Bytes("2", [], "--threads", "2"));
        Assert.Equal(first, await Bytes("3", new() { ["DOTNET_EnableAVX512"] = "0" }));
        Assert.NotEqual(first, await Bytes("4", [], "--seed", "1"));

        async Task<byte[]> Bytes(string name, Dictionary<string, string> environment, params string[] more)
        {
            var answer = await MuninnProcess.Run(new Call
            {
                Arguments = ["record", Sentence, "--states", "0,3,64", "--lens", "1,8", "--out", folder.At(name + ".muninn"), .. more],
                Environment = environment,
            });
            Assert.Equal("", answer.Error);
            return await File.ReadAllBytesAsync(folder.At(name + ".muninn"));
        }
    }

    [Fact]
    public async Task States_are_those_of_trace()
    {
        using var folder = new TemporaryFolder();
        var path = await Record(folder, "a.muninn", "--states", "9,0,200", "--positions", "4,1");
        await Good("trace", Sentence, "--states", "0,9,200,128", "--out", folder.At("t.safetensors"));
        var recording = RecordingReader.Read(path);
        using var trace = SafetensorsFile.Open(folder.At("t.safetensors"));
        var states = trace.Tensor("states").ToFloat32();
        int positions = recording.Tokens.Ids.Length;
        Assert.Equal([0, 9, 200], recording.States!.Iterations);
        Assert.Equal([1, 4], recording.States.Positions);
        for (int i = 0; i < 3; i++)
        {
            var expected = states.AsSpan(i * positions * 128, positions * 128);
            Assert.Equal([.. expected.Slice(128, 128), .. expected.Slice(4 * 128, 128)], recording.Trajectory!.State(recording.States.Iterations[i]).ToArray());
        }

        Assert.Equal(states[(3 * positions * 128)..], recording.Rest);
        Assert.Equal(200, recording.Header.Limit);
        Assert.Equal(trace.Tensor("distance").ToFloat32(), recording.Convergence.Distance);
        Assert.Equal(trace.Metadata["fingerprint"], recording.Header.Fingerprint);
        Assert.Equal("<|begin_text|>" + Sentence, System.Text.Encoding.UTF8.GetString([.. recording.Tokens.Pieces.SelectMany(piece => piece.ToArray())]));
    }

    [Fact]
    public async Task Halves_say_in_the_file_and_in_show_what_they_lose()
    {
        using var folder = new TemporaryFolder();
        var half = await Record(folder, "a.muninn", "--states-as", "f16", "--states", "0-8");
        var whole = await Record(folder, "b.muninn", "--states", "0-8");
        Assert.True(new FileInfo(half).Length < new FileInfo(whole).Length);
        var show = await Good("show", half, "--graphics", "none");
        Assert.Contains("F16: storing them so moved one by up to", string.Join(' ', show.Output.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)));
        Assert.InRange(RecordingReader.Read(half).States!.Rounding, 1e-4, 1e-2);
        Assert.Equal(0, RecordingReader.Read(whole).States!.Rounding);
    }

    [Fact]
    public async Task The_lens_lists_what_the_model_would_say()
    {
        using var folder = new TemporaryFolder();
        var path = await Record(folder, "a.muninn", "--states", "none", "--lens", "64,1,8", "--top", "3");
        await Good("trace", Sentence, "--logits", "8", "--out", folder.At("t.safetensors"));
        var lens = RecordingReader.Read(path).Lens!;
        using var trace = SafetensorsFile.Open(folder.At("t.safetensors"));
        var logits = trace.Tensor("logits").ToFloat32();
        Assert.Equal([1, 8, 64], lens.Iterations);
        for (int t = 0; t < lens.Positions; t++)
        {
            var row = logits[(t * 768)..((t + 1) * 768)];
            Assert.Equal(Array.IndexOf(row, row.Max()), lens.Tokens[(lens.Positions + t) * 3]);
        }

        // Beyond the horizon the run goes on to the last reading.
        var further = RecordingReader.Read(await Record(folder, "b.muninn", "--states", "none", "--lens", "140", "--top", "1000"));
        Assert.Equal((140, 768), (further.Header.Limit, further.Lens!.Top));
        Assert.All(further.Lens.Divergence, divergence => Assert.Equal(0, divergence));
        var json = JsonDocument.Parse((await Good("show", path, "--json")).Output).RootElement.GetProperty("recording").GetProperty("lens");
        Assert.Equal(3 * lens.Positions, json.GetArrayLength());
        Assert.Equal(3, json[0].GetProperty("top").GetArrayLength());
    }

    [Fact]
    public async Task Slices_and_merges_make_the_whole_again()
    {
        using var folder = new TemporaryFolder();
        var whole = await Record(folder, "w.muninn", "--states", "0-9");
        await Good("show", whole, "--iterations", "0-4", "--out", folder.At("a.muninn"), "--graphics", "none");
        await Good("show", whole, "--iterations", "5-9", "--out", folder.At("b.muninn"), "--graphics", "none");
        await Good("show", folder.At("b.muninn"), folder.At("a.muninn"), "--out", folder.At("m.muninn"), "--graphics", "none");
        Assert.Equal(await File.ReadAllBytesAsync(whole), await File.ReadAllBytesAsync(folder.At("m.muninn")));

        var other = await Record(folder, "o.muninn", "--states", "0-9", "--seed", "1");
        var answer = await MuninnProcess.Run("show", whole, other, "--out", folder.At("x.muninn"));
        Assert.Equal(1, answer.ExitCode);
        Assert.Contains("differ in the start: random, seed 0 and random, seed 1", answer.Error);
        answer = await MuninnProcess.Run("show", whole, "--iterations", "3,12", "--out", folder.At("x.muninn"));
        Assert.Equal(2, answer.ExitCode);
        Assert.Contains("--iterations: States of iteration 12 were not recorded; the recording holds iterations 0-9", answer.Error);
        Assert.False(File.Exists(folder.At("x.muninn")));
    }

    [Fact]
    public async Task Arrays_of_the_states_go_to_npz()
    {
        using var folder = new TemporaryFolder();
        var path = await Record(folder, "a.muninn", "--states", "0-3");
        await Good("show", path, "--iterations", "1,2", "--out", folder.At("x.npz"), "--graphics", "none");
        using var zip = System.IO.Compression.ZipFile.OpenRead(folder.At("x.npz"));
        Assert.Contains("states.npy", zip.Entries.Select(entry => entry.Name));
        Assert.Equal(128 + 2 * RecordingReader.Read(path).Tokens.Ids.Length * 128 * 4, zip.GetEntry("states.npy")!.Length);
    }

    [Theory]
    [InlineData("--iterations 10 --horizon 9", "--horizon is 9 and --iterations 10")]
    [InlineData("--states 10001", "--states: iteration 10001 is above the largest allowed, 10000")]
    [InlineData("--states 1,1", "1 stands twice")]
    [InlineData("--positions 99", "--positions: position 99 is outside the text")]
    [InlineData("--states none --positions 1", "--states none keeps none")]
    [InlineData("--states-as f8", "'f8' is none of f32, f16, bf16")]
    [InlineData("--lens x", "'x' in 'x' is neither a number nor a range")]
    [InlineData("--top 0", "'0' is no whole number from 1 to 1000")]
    [InlineData("--out b.muninn", "--out is given 2 times")]
    [InlineData("--file /dev/null", "TEXT and --file are both given")]
    [InlineData("--stretch", "give --dynamics too")]
    [InlineData("--dynamics -n 3", "--iterations is 3, but a rate takes 4 iterations at least")]
    [InlineData("--attention 0,1", "--attention: iteration 0 is the start")]
    [InlineData("--attention 129", "--attention: iteration 129 lies beyond the run, which ends at 128")]
    [InlineData("--attention x", "'x' in 'x' is neither a number nor a range")]
    [InlineData("--classes --horizon 513", "the horizon is 513, but motion is read from at most 512 iterations")]
    public async Task Refuses_with_the_reason(string line, string expected)
    {
        using var folder = new TemporaryFolder();
        var answer = await MuninnProcess.Run(["record", Sentence, "--out", folder.At("a.muninn"), .. line.Split(' ')]);
        Assert.Equal(2, answer.ExitCode);
        Assert.Contains(expected, answer.Error);
        Assert.Empty(Directory.GetFiles(folder.Root));
    }

    [Fact]
    public async Task A_text_without_a_token_is_refused()
    {
        using var folder = new TemporaryFolder();
        var answer = await MuninnProcess.Run("record", "", "--out", folder.At("a.muninn"));
        Assert.Equal(2, answer.ExitCode);
        Assert.Contains("TEXT is empty: there is no token to look at", answer.Error);
        Assert.Equal(2, (await MuninnProcess.Run("record", "Hi")).ExitCode);
        Assert.Equal(2, (await MuninnProcess.Run("record", "Hi", "--out", "a.txt")).ExitCode);
        Assert.Empty(Directory.GetFiles(folder.Root));
    }

    [Fact]
    public async Task Show_refuses_what_is_no_recording()
    {
        using var folder = new TemporaryFolder();
        Assert.Equal(3, (await MuninnProcess.Run("show", folder.At("none.muninn"))).ExitCode);
        var answer = await MuninnProcess.Run("show", folder.Write("text.muninn", "no recording at all"), "--out", folder.At("x.svg"));
        Assert.Equal(1, answer.ExitCode);
        Assert.Contains("text.muninn", answer.Error);
        Assert.False(File.Exists(folder.At("x.svg")));
        await Good("trace", "Hi", "--out", folder.At("t.safetensors"));
        answer = await MuninnProcess.Run("show", folder.At("t.safetensors"));
        Assert.Equal(1, answer.ExitCode);
        Assert.Contains("format = 'muninn-trace-1'; expected 'muninn-recording-1'. 'muninn record' makes one", answer.Error);
        Assert.Equal(2, (await MuninnProcess.Run("show")).ExitCode);
        Assert.NotEqual(0, (await MuninnProcess.Run("show", folder.Root)).ExitCode);
    }

    [Fact]
    public async Task Every_section_has_the_numbers_of_the_command_that_shows_it()
    {
        using var folder = new TemporaryFolder();
        var recording = RecordingReader.Read(await Record(folder, "a.muninn", "--all", "--states", "none"));
        Assert.Equal(Enumerable.Range(0, 65), recording.Lens!.Iterations);

        var root = await Json("dynamics", Sentence, "--stretch", "--json");
        var dynamics = recording.Dynamics!;
        foreach (var (token, t) in root.GetProperty("tokens").EnumerateArray().Select(static (token, t) => (token, t)))
        {
            Assert.Equal((float)token.GetProperty("rate").GetDouble(), dynamics.Rate[t]);
            Assert.Equal((float)token.GetProperty("iterations_to_epsilon").GetDouble(), dynamics.Arrival[t]);
            Assert.Equal(token.GetProperty("radius").GetDouble(), dynamics.Radius(t), 1e-7);
            Assert.Equal(token.GetProperty("half_life").GetDouble(), dynamics.HalfLife(t), 1e-5);
            Assert.Equal(token.GetProperty("radius_is_certified").GetBoolean(), dynamics.IsCertified[t * dynamics.Count]);
            Assert.Equal((float)token.GetProperty("stretch").GetDouble(), dynamics.Stretch![t]);
            Assert.Equal((float)token.GetProperty("lyapunov")[0].GetDouble(), dynamics.Exponents[t]);
        }

        Assert.Equal(Texts(root), dynamics.Findings);
        root = await Json("trajectories", Sentence, "--json");
        var classes = recording.Classes!;
        foreach (var (token, t) in root.GetProperty("tokens").EnumerateArray().Select(static (token, t) => (token, t)))
        {
            Assert.Equal(token.GetProperty("class").GetString(), Muninn.Microscope.Measures.Motion.MotionNames.Of(classes.Class[t]));
            Assert.Equal((float)token.GetProperty("q").GetDouble(), classes.CorrectedOf(t));
        }

        // The command also speaks of the projection, which a recording computes anew.
        Assert.Equal(Texts(root).Take(classes.Findings.Count), classes.Findings);
        root = await Json("exits", Sentence, "--json");
        var exits = recording.Exits!;
        Assert.Equal(root.GetProperty("exits").GetArrayLength(), exits.Candidates.Count);
        foreach (var (outcome, c) in root.GetProperty("exits").EnumerateArray().Select(static (outcome, c) => (outcome, c)))
        {
            Assert.Equal(outcome.GetProperty("name").GetString(), exits.Candidates[c]);
            Assert.Equal(outcome.GetProperty("iterations_mean").GetDouble(), exits.IterationsMean(c));
            Assert.Equal(outcome.GetProperty("divergence_mean").GetDouble(), exits.DivergenceMean(c), 1e-9);
            Assert.Equal(outcome.GetProperty("answers_changed").GetInt32(), exits.ChangedCount(c));
        }

        Assert.Equal(Texts(root), exits.Findings);
        var patterns = recording.Patterns!;
        Assert.Equal([1, 2, 4, 8, 16, 32, 64], patterns.Iterations);
        await Good("inspect", Sentence, "--at", "core[4,64].block[1].pattern", "--out", folder.At("p.safetensors"));
        using var inspected = SafetensorsFile.Open(folder.At("p.safetensors"));
        var tensor = inspected.Tensor("core[4,64].block[1].pattern");
        float[] all = tensor.ToFloat32();
        int count = recording.Tokens.Ids.Length;
        for (int t = 0; t < count; t++)
        {
            for (int u = 0; u < count; u++)
            {
                float mean = Enumerable.Range(0, 4).Average(head => all[((count + t) * 4 + head) * count + u]);
                Assert.Equal(u > t ? float.NaN : mean, patterns.Row(6, t)[u], 1e-6f);
            }
        }

        static async Task<JsonElement> Json(params string[] arguments) => JsonDocument.Parse((await Good(arguments)).Output).RootElement;

        static IEnumerable<string?> Texts(JsonElement root) =>
            root.GetProperty("findings").EnumerateArray().Select(static finding => finding.GetProperty("text").GetString());
    }

    [Fact]
    public async Task Sections_change_nothing_else_and_are_shown_and_exported()
    {
        using var folder = new TemporaryFolder();
        var bare = RecordingReader.Read(await Record(folder, "a.muninn"));
        var path = await Record(folder, "b.muninn", "--dynamics", "--classes", "--exits", "--attention", "1,64");
        var whole = RecordingReader.Read(path);
        Assert.Equal(bare.Convergence.Distance, whole.Convergence.Distance);
        Assert.Equal(bare.Rest, whole.Rest);
        Assert.Null(whole.Lens);
        Assert.Null(whole.Dynamics!.Stretch);
        var show = await Good("show", path, "--graphics", "none", "-o", folder.At("x.json"), "-o", folder.At("x.npz"), "-o", folder.At("x.muninn"), "--positions", "2,1");
        foreach (string part in new[] { "dynamics  rates", "classes   ", "exits     ", "attention mean over 4 heads of core block 1 in 2 iterations 1, 64", "• Around the state of iteration 128" })
            Assert.Contains(part, show.Output);
        Assert.DoesNotContain(show.Output.Split('\n'), line => line.Length > 80);
        var json = JsonDocument.Parse(await File.ReadAllTextAsync(folder.At("x.json"), TestContext.Current.CancellationToken)).RootElement;
        int count = whole.Tokens.Ids.Length;
        Assert.Equal(count, json.GetProperty("dynamics").GetProperty("tokens").GetArrayLength());
        Assert.Equal(count, json.GetProperty("classes").GetProperty("tokens").GetArrayLength());
        Assert.Equal(60, json.GetProperty("exits").GetProperty("candidates").GetArrayLength());
        Assert.Equal(JsonValueKind.Null, json.GetProperty("attention").GetProperty("weights")[1][0][1].ValueKind);
        var printed = JsonDocument.Parse((await Good("show", path, "--json")).Output).RootElement;
        Assert.Equal(json.GetProperty("dynamics").GetRawText(), printed.GetProperty("dynamics").GetRawText());
        using var zip = System.IO.Compression.ZipFile.OpenRead(folder.At("x.npz"));
        Assert.Equal(128 + 2 * 3 * 2 * 4, zip.GetEntry("eigenvalues.npy")!.Length);
        Assert.Equal(128 + 2 * 2 * count * 4, zip.GetEntry("attention.npy")!.Length);
        Assert.Equal(128 + 60 * 2 * 4, zip.GetEntry("exit_iterations.npy")!.Length);
        Assert.Equal(128 + 2 * 3 * 4, zip.GetEntry("class_q.npy")!.Length);
        Assert.Equal(whole.Dynamics.Rate, RecordingReader.Read(folder.At("x.muninn")).Dynamics!.Rate);
        var bytes = await File.ReadAllBytesAsync(path, TestContext.Current.CancellationToken);
        await Record(folder, "c.muninn", "--dynamics", "--classes", "--exits", "--attention", "1,64", "--threads", "2");
        Assert.Equal(bytes, await File.ReadAllBytesAsync(folder.At("c.muninn"), TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task States_that_are_not_finite_are_recorded_with_all_that_is_left_to_say()
    {
        using var folder = new TemporaryFolder();
        float[] start = [.. Enumerable.Range(0, 3 * 128).Select(static i => i == 130 ? float.NaN : MathF.Sin(i))];
        SafetensorsWriter.Write(folder.At("start.safetensors"), [TensorSource.Float32("s0", [3, 128], start)], new Dictionary<string, string>());
        await Good("record", "--tokens", "5,6,7", "--initial-state", folder.At("start.safetensors"), "--all", "--out", folder.At("a.muninn"));
        var recording = RecordingReader.Read(folder.At("a.muninn"));
        Assert.True(float.IsFinite(recording.Dynamics!.Rate[0]) && float.IsNaN(recording.Dynamics.Rate[1]) && double.IsNaN(recording.Dynamics.Radius(2)));
        Assert.Equal(["fixed point", "not finite", "not finite"], recording.Classes!.Class.Select(Muninn.Microscope.Measures.Motion.MotionNames.Of));
        Assert.True(float.IsNaN(recording.Patterns!.Row(0, 1)[0]) && recording.Patterns.Row(0, 0)[0] == 1);
        Assert.True(double.IsNaN(recording.Exits!.DivergenceMean(0)));
        await Good("show", folder.At("a.muninn"), "--graphics", "none", "-o", folder.At("a.html"), "-o", folder.At("a.npz"), "-o", folder.At("a.json"));
    }

    [Fact]
    public async Task Weights_in_whole_numbers_are_widened_for_derivatives_and_the_file_says_so()
    {
        using var folder = new TemporaryFolder();
        Assert.Equal(0, (await MuninnProcess.Run("quantize", "seedling", "--weights", "int4", "--out", folder.At("q4"))).ExitCode);
        foreach (var (name, flags) in new[] { ("a", new[] { "--dynamics" }), ("b", ["--classes"]) })
        {
            var answer = await MuninnProcess.Run(["record", "Hi", "--model", folder.At("q4"), "--out", folder.At(name + ".muninn"), .. flags]);
            Assert.Equal(0, answer.ExitCode);
            Assert.Equal(name == "a", RecordingReader.Read(folder.At(name + ".muninn")).Header.Notes.Any(static note => note.Contains("held in float32 here", StringComparison.Ordinal)));
        }

        var merge = await MuninnProcess.Run("show", folder.At("a.muninn"), folder.At("b.muninn"), "--out", folder.At("c.muninn"));
        Assert.Equal(1, merge.ExitCode);
        Assert.Contains("their distances differ: one of them was made otherwise", merge.Error);
    }
}
