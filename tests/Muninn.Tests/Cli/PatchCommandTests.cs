using System;
using System.Collections.Generic;
using System.IO;
using System.IO.Compression;
using System.Linq;
using System.Text.Json;
using System.Threading.Tasks;
using Muninn.Cli.Input;
using Muninn.Engine.Checkpoints;
using Xunit;

namespace Muninn.Tests.Cli;

public sealed class PatchCommandTests
{
    static Task<Answer> Patch(params string[] arguments) => MuninnProcess.Run(["patch", .. arguments]);

    static async Task<JsonElement> Json(params string[] arguments)
    {
        var answer = await Patch([.. arguments, "--json"]);
        Assert.Equal(("", 0), (answer.Error, answer.ExitCode));
        return JsonDocument.Parse(answer.Output).RootElement;
    }

    [Fact]
    public async Task Values_that_inspect_wrote_change_nothing_when_they_are_put_back()
    {
        using var folder = new TemporaryFolder();
        string address = "core[2-3].block[1].mlp@1-last";
        await MuninnProcess.Run("inspect", "The raven.", "-n", "4", "--at", address, "--at", "state[2]", "--out", folder.At("v.safetensors"));
        var same = await Json("The raven.", "-n", "4", "-e", $"{address}=replace({folder.At("v.safetensors")})");
        Assert.Equal("assumed", same.GetProperty("rounding_floor").GetString());
        Assert.All(same.GetProperty("effects")[0].GetProperty("tokens").EnumerateArray(), static token =>
            Assert.Equal(("untouched", 0), (token.GetProperty("state").GetString(), token.GetProperty("divergence").GetDouble())));
        var edit = same.GetProperty("edits")[0];
        Assert.Equal($"{address}=replace(v.safetensors)", edit.GetProperty("edit").GetString());
        Assert.Equal([2, 1, 6, 128], edit.GetProperty("changes").EnumerateArray().Select(static size => size.GetInt32()));
        Assert.Equal(64, edit.GetProperty("values_sha256").GetString()!.Length);

        var other = await Json("The raven.", "-n", "4", "-e", $"{address}=add({folder.At("v.safetensors")},-0.5)", "-e", $"{address}=scale(2)");
        Assert.Equal(3, other.GetProperty("effects").GetArrayLength());
        Assert.All(other.GetProperty("effects")[2].GetProperty("distance").EnumerateArray(), static row => Assert.All(
            row.EnumerateArray().Take(2), static value => Assert.Equal(0, value.GetDouble())));
        // x − x/2, doubled, is x again, to the bit; each alone is not.
        Assert.Equal(
            [false, false, true],
            other.GetProperty("effects").EnumerateArray().Select(static effect => effect.GetProperty("tokens").EnumerateArray().All(static token =>
                token.GetProperty("state").GetString() == "untouched")));
    }

    [Fact]
    public async Task Swapping_state_and_injected_of_a_prompt_of_the_same_length_gives_its_answer()
    {
        string[] line = ["--tokens", "5,6,7,8", "-n", "5", "--from-tokens", "9,4,2,8"];
        var swapped = (await Json([.. line, "-e", "state[0]=swap", "-e", "prelude[last].output=swap"])).GetProperty("effects")[2];
        var plain = (await Json("--tokens", "9,4,2,8", "-n", "5", "-e", "state[0]=scale(1)")).GetProperty("effects")[0];
        foreach (int t in Enumerable.Range(0, 4))
        {
            Assert.Equal(
                plain.GetProperty("tokens")[t].GetProperty("top_before").GetInt32(), swapped.GetProperty("tokens")[t].GetProperty("top_after").GetInt32());
        }
    }

    [Fact]
    public async Task The_table_says_what_was_done_and_what_came_of_it()
    {
        using var folder = new TemporaryFolder();
        var answer = await Patch(
            "The raven remembers.", "-e", "core[4-8].block[1].mlp@3=zero", "-e", "state[12]@last=swap", "--from", "The door is open.", "--align", "end",
            "--out", folder.At("p.npz"), "--out", folder.At("p.json"));
        Assert.Equal(("", 0), (answer.Error, answer.ExitCode));
        Assert.Contains("   1  core[4-8].block[1].mlp@3=zero\n   2  state[12]@last=swap\n", answer.Output);
        Assert.Contains("swap takes from: <|begin_text|> The ␣door ␣is ␣open . (aligned: end)", answer.Output);
        Assert.Contains("\nall ", answer.Output);
        Assert.Contains("3 the same to the bit at every iteration; 9 back where the unedited run ends", answer.Output.Replace("\n  ", " "));
        Assert.All(answer.Output.Split('\n'), static line => Assert.True(line.Length <= 80, line));
        using var zip = ZipFile.OpenRead(folder.At("p.npz"));
        Assert.Contains("distance.npy", zip.Entries.Select(static e => e.FullName));
        var json = JsonDocument.Parse(File.ReadAllBytes(folder.At("p.json"))).RootElement;
        Assert.Equal("end", json.GetProperty("other").GetProperty("align").GetString());
        Assert.Equal("state[12]@5", json.GetProperty("edits")[1].GetProperty("from_address").GetString());
        Assert.Equal([[0], [1], [0, 1]], json.GetProperty("effects").EnumerateArray().Select(static effect =>
            effect.GetProperty("edits").EnumerateArray().Select(static edit => edit.GetInt32()).ToArray()));
        var rows = json.GetProperty("effects")[1].GetProperty("distance");
        Assert.Equal(12, rows.GetArrayLength());
        Assert.Equal(65, rows[0].GetArrayLength());
        // Only the last position is touched by the swap, from the iteration of the swap on.
        Assert.All(Enumerable.Range(0, 11), t => Assert.All(rows[t].EnumerateArray(), static value => Assert.Equal(0, value.GetDouble())));
        Assert.Equal(12, rows[11].EnumerateArray().TakeWhile(static value => value.GetDouble() == 0).Count());
    }

    [Theory]
    [InlineData("", "--edit is missing")]
    [InlineData("-e state[1]", "'state[1]' does not say what to do: an edit is ADDRESS=OPERATION")]
    [InlineData("-e state[1]=zro", "'zro' in 'state[1]=zro' is no operation; did you mean zero? The operations are zero, mean, scale(FACTOR)")]
    [InlineData("-e state[1]=scale", "scale is written scale(FACTOR), e.g. scale(0.5)")]
    [InlineData("-e state[1]=scale()", "scale is written scale(FACTOR)")]
    [InlineData("-e state[1]=scale(x)", "'x' in 'state[1]=scale(x)' is no finite factor")]
    [InlineData("-e state[1]=scale(1e60)", "is no finite factor")]
    [InlineData("-e state[1]=zero(2)", "zero is written zero, without brackets")]
    [InlineData("-e stat[1]=zero", "did you mean state?")]
    [InlineData("-e state[65]=zero", "--edit: state[65] asks for state 65; here they are 0 to 64.")]
    [InlineData("-e core[1].block[0].pattern=mean", "a mean over positions would look at places that a position does not see")]
    [InlineData("-e state[1]=swap", "give it with --from TEXT or --from-tokens IDS")]
    [InlineData("-e state[1]=zero --from-tokens 5", "--from-tokens is given, but no edit swaps")]
    [InlineData("-e state[1]=zero --align end", "--align is given, but no edit swaps")]
    [InlineData("-e state[1]=swap --from-tokens 5 --from x", "--from and --from-tokens are both given")]
    [InlineData("-e state[1]=swap --from-tokens 5", "state[1] takes position 1 from position 1 of the other prompt, whose positions are 0 to 0")]
    [InlineData("-e state[1]=swap --from-tokens 5 --align 1-2", "'1-2' in '1-2' is no pair HERE=THERE")]
    [InlineData("-e state[1]=swap --from-tokens 5 --align 1=2,1=3", "position 1 stands twice")]
    [InlineData("-e state[1]@2=swap --from-tokens 5 --align 1=0", "changes position 2, but the map has only 1=0")]
    [InlineData("-e state[1]=swap --from-tokens 999999", "is outside the model's vocabulary")]
    [InlineData("-e state[1]=zero --out p.csv", "the name must end in .json, .npz")]
    public async Task Refuses_with_the_reason(string line, string expected)
    {
        using var folder = new TemporaryFolder();
        var answer = await MuninnProcess.Run(new Call
        {
            Arguments = ["patch", "Hi", .. line.Split(' ', StringSplitOptions.RemoveEmptyEntries)],
            Folder = folder.Root,
        });
        Assert.Equal(2, answer.ExitCode);
        Assert.Contains(expected, answer.Error);
        Assert.Empty(Directory.GetFiles(folder.Root));
    }

    [Fact]
    public async Task Files_that_do_not_fit_are_refused_with_what_would()
    {
        using var folder = new TemporaryFolder();
        string file = folder.At("v.safetensors");
        Assert.Equal((3, true), await Refusal($"there is no file '{file}' with values for state[1]"));
        SafetensorsWriter.Write(file, [TensorSource.Float32("v", [5], new float[5])], new Dictionary<string, string>());
        Assert.Equal((1, true), await Refusal("'v' is [5]; state[1] wants [128], one row for all, or [1, 3, 128]"));
        SafetensorsWriter.Write(
            file, [TensorSource.Float32("a", [128], new float[128]), TensorSource.Float32("b", [128], new float[128])], new Dictionary<string, string>());
        Assert.Equal((1, true), await Refusal("has 2 tensors of floating-point numbers (a, b), and none is called state[1]"));
        float[] bad = new float[128];
        bad[7] = float.NaN;
        SafetensorsWriter.Write(file, [TensorSource.Float32("v", [128], bad)], new Dictionary<string, string>());
        Assert.Equal((1, true), await Refusal("value 7 of 'v' is NaN"));
        await File.WriteAllTextAsync(file, "no tensors");
        Assert.Equal((1, true), await Refusal("v.safetensors"));

        async Task<(int ExitCode, bool IsSaid)> Refusal(string expected)
        {
            var answer = await Patch("Hi", "-e", $"state[1]=add({file})");
            return (answer.ExitCode, answer.Error.Contains(expected, StringComparison.Ordinal));
        }
    }

    [Fact]
    public void A_comma_may_be_part_of_a_name()
    {
        Assert.Equal(("a,b.safetensors", 1f), (EditReader.Read("state[1]=add(a,b.safetensors)").File, EditReader.Read("state[1]=add(a,b.safetensors)").Factor));
        Assert.Equal(("a,b.safetensors", -2f), (EditReader.Read("state[1]=add(a,b.safetensors,-2)").File, EditReader.Read("state[1]=add(a,b.safetensors,-2)").Factor));
        Assert.Equal("x=y.safetensors", EditReader.Read("state[1]=replace(x=y.safetensors)").File);
    }
}
