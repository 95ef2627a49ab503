using System.IO;
using System.Linq;
using System.Text.Json;
using System.Threading.Tasks;
using Xunit;

namespace Muninn.Tests.Cli;

public sealed class CompareCommandTests
{
    const string Left = "Ann gives the key to Ben.";

    static Task<Answer> Compare(params string[] arguments) => MuninnProcess.Run(["compare", Left, "--iterations", "24", "--horizon", "48", .. arguments]);

    [Fact]
    public async Task One_changed_word_leaves_the_tokens_before_it_alone()
    {
        var answer = await Compare("--to-text", "Ann gives the door to Ben.", "--json");
        Assert.Equal((0, ""), (answer.ExitCode, answer.Error));
        var json = JsonDocument.Parse(answer.Output).RootElement;
        var pairs = json.GetProperty("pairs").EnumerateArray().ToList();
        Assert.Equal("<|begin_text|>", pairs[0].GetProperty("text").GetString());
        // Attention looks back only: what comes before the change has the same bits on both sides.
        foreach (var pair in pairs.TakeWhile(pair => pair.GetProperty("left").GetInt32() < 5))
            Assert.All(pair.GetProperty("log10_ratio").EnumerateArray(), ratio => Assert.True(ratio.ValueKind == JsonValueKind.Null || ratio.GetDouble() == 0));
        Assert.Contains(pairs[^1].GetProperty("log10_ratio").EnumerateArray(), ratio => ratio.ValueKind == JsonValueKind.Number && ratio.GetDouble() != 0);
        Assert.True(json.GetProperty("fidelity").GetProperty("states").GetArrayLength() > 3);
    }

    [Fact]
    public async Task Another_seed_ends_at_the_same_states()
    {
        var answer = await Compare("--to-seed", "1");
        Assert.Equal(0, answer.ExitCode);
        Assert.Contains("start random, seed 1", answer.Output);
        Assert.Contains("same likeliest token after 100.0 %", answer.Output);
        Assert.All(answer.Output.Split('\n'), line => Assert.True(line.Length <= 100, line));
    }

    [Fact]
    public async Task Files_hold_the_ratios()
    {
        using var folder = new TemporaryFolder();
        var answer = await Compare("--to-initial-state", "zero", "--out", folder.At("c.csv"), "--out", folder.At("c.json"));
        Assert.Equal(0, answer.ExitCode);
        string[] lines = await File.ReadAllLinesAsync(folder.At("c.csv"), TestContext.Current.CancellationToken);
        var json = JsonDocument.Parse(await File.ReadAllTextAsync(folder.At("c.json"), TestContext.Current.CancellationToken)).RootElement;
        int pairs = json.GetProperty("pairs").GetArrayLength();
        Assert.Equal("left,right,token,iteration,log10_ratio", lines[0]);
        Assert.Equal(1 + 25 * pairs, lines.Length);
    }

    [Theory]
    [InlineData("both sides are the same run")]
    [InlineData("both given", "--to-text", "x", "--to-file", "y")]
    [InlineData("--to-text is empty", "--to-text", "")]
    [InlineData("no token in common", "--to-text", "?", "--no-special")]
    public async Task What_cannot_be_compared_is_refused(string words, params string[] arguments)
    {
        var answer = await Compare(arguments);
        Assert.Equal(2, answer.ExitCode);
        Assert.Contains(words, answer.Error);
        Assert.Equal("", answer.Output);
    }
}
