using System;
using System.IO;
using System.Linq;
using System.Text.Json;
using System.Threading.Tasks;
using Muninn.Microscope.Figures;
using Muninn.Microscope.Writers;
using Xunit;

namespace Muninn.Tests.Cli.Figures;

public sealed class CaptureFiguresTests
{
    static async Task<string> Output(params string[] arguments)
    {
        var answer = await MuninnProcess.Run(["inspect", .. arguments]);
        Assert.Equal((0, ""), (answer.ExitCode, answer.Error));
        return answer.Output;
    }

    [Fact]
    public async Task Patterns_stand_side_by_side_with_their_difference()
    {
        using var folder = new TemporaryFolder();
        await Output("The raven.", "--at", "core[1,4,16].block[1].pattern", "--out", folder.At("a.svg"), "--out", folder.At("a.png"));
        PictureTexts.AssertPng(folder.At("a.png"));
        string[] texts = PictureTexts.Of(folder.At("a.svg"));
        Assert.Superset(
            new[] { "iteration 1", "iteration 4", "iteration 16", "16 minus 1", "core.block[1].pattern: mean of 4 heads", "core.block[1].pattern: head 3", "masked" }.ToHashSet(),
            texts.ToHashSet());
    }

    [Fact]
    public async Task Weights_in_the_picture_are_means_of_the_captured_ones()
    {
        using var folder = new TemporaryFolder();
        string output = await Output("The raven.", "--at", "core[1,16].block[0].pattern[0,2]", "--graphics", "ascii", "--out", folder.At("a.json"));
        string[][] table = PictureTexts.Table(output);
        Assert.Equal(["token", "i=1", "i=16"], table[0]);
        using var json = JsonDocument.Parse(await File.ReadAllBytesAsync(folder.At("a.json"), TestContext.Current.CancellationToken));
        var entry = json.RootElement.GetProperty("addresses")[0];
        // [iterations, blocks, positions, heads, columns]
        float[] values = [.. entry.GetProperty("values").EnumerateArray().SelectMany(row => row.EnumerateArray()).Select(value => value.GetSingle())];
        int count = json.RootElement.GetProperty("tokens").GetArrayLength();
        Assert.Equal(2 * count * 2 * count, values.Length);
        for (int row = 0; row < count; row++)
        {
            for (int i = 0; i < 2; i++)
            {
                int start = (i * count + row) * 2 * count;
                float largest = Enumerable.Range(0, row + 1).Max(column => (float)(((double)values[start + column] + values[start + count + column]) / 2));
                Assert.EndsWith(" " + PlainText.Of(ColorRange.NumberText(largest)), table[row + 1][i + 1], StringComparison.Ordinal);
            }
        }
    }

    [Fact]
    public async Task Many_heads_leave_the_means_and_those_that_change_most()
    {
        using var folder = new TemporaryFolder();
        await Output(
            "The raven.", "--at", "core[*].block[*].pattern", "--at", "core[1-60].block[*].pattern[3,0]", "--at", "prelude[0].pattern", "--out", folder.At("a.svg"));
        string words = PictureTexts.Flowing(folder.At("a.svg"));
        Assert.Contains("Of 16 lines 12 are shown: means, and the heads that change most from the first to the last iteration.", words);
        Assert.Contains("4 of 60 iterations are shown.", words);
        Assert.Contains("Not shown, for iterations or positions of their own: prelude[0].pattern.", words);
        string[] lines = [.. PictureTexts.Of(folder.At("a.svg")).Where(text => text.StartsWith("core.block", StringComparison.Ordinal))];
        Assert.Equal(12, lines.Length);
        Assert.Equal(4, lines.Count(line => line.Contains("mean of", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Means_stand_without_their_heads_and_one_head_by_itself()
    {
        using var folder = new TemporaryFolder();
        await Output("The raven.", "--at", "core[1,4].block[*].pattern", "--figure", "means", "--out", folder.At("a.svg"));
        string[] lines = [.. PictureTexts.Of(folder.At("a.svg")).Where(text => text.StartsWith("core.block", StringComparison.Ordinal))];
        Assert.Equal(["core.block[0].pattern: mean of 4 heads", "core.block[1].pattern: mean of 4 heads"], lines);
        await Output("The raven.", "--at", "core[1,4].block[0].pattern[2]", "--figure", "means", "--out", folder.At("b.svg"));
        Assert.Contains("iteration 4", PictureTexts.Of(folder.At("b.svg")));
    }

    [Fact]
    public async Task Norms_in_the_picture_are_those_of_the_report()
    {
        using var folder = new TemporaryFolder();
        string[] line = ["The raven.", "--iterations", "3", "--at", "core[*].block[0].mlp", "--at", "state[*]", "--at", "core[*].block[1].v[2]"];
        string[][] table = PictureTexts.Table(await Output([.. line, "--graphics", "ascii", "--out", folder.At("n.svg")]));
        using var json = JsonDocument.Parse(await Output([.. line, "--json"]));
        var addresses = json.RootElement.GetProperty("addresses").EnumerateArray().ToArray();
        int count = json.RootElement.GetProperty("tokens").GetArrayLength();
        // s₀ has no pass of the core.
        Assert.Equal(["place", "token", "i=1", "i=2", "i=3"], table[0]);
        Assert.Equal(3 * count, table.Length - 1);
        string[] places = ["core.block[0].mlp", "state", "core.block[1].v[2]"];
        for (int place = 0; place < places.Length; place++)
        {
            for (int t = 0; t < count; t++)
            {
                string[] row = table[1 + place * count + t];
                Assert.Equal(places[place], row[0]);
                var norms = addresses[place].GetProperty("norm").EnumerateArray().Skip(place == 1 ? 1 : 0).Select(rows => rows[t].GetDouble());
                Assert.Equal(norms.Select(norm => PlainText.Of(ColorRange.NumberText(norm))), row[^3..]);
            }
        }

        Assert.Superset(places.ToHashSet(), PictureTexts.Of(folder.At("n.svg")).ToHashSet());
    }

    [Theory]
    [InlineData("5", "core[*].block[0].pattern")]
    [InlineData("5,6", "core[*].block[0].pattern@last")]
    [InlineData("5,6", "coda[0].pattern")]
    [InlineData("5", "state[0]")]
    [InlineData("5,6", "prelude[*].output")]
    [InlineData("5,6", "core[1,64].block[*].q[1]@0")]
    public async Task Borders_have_pictures(string tokens, string address)
    {
        using var folder = new TemporaryFolder();
        await Output("--tokens", tokens, "--at", address, "--out", folder.At("a.svg"));
        Assert.NotEmpty(PictureTexts.Of(folder.At("a.svg")));
    }

    [Fact]
    public async Task A_long_text_has_a_picture()
    {
        using var folder = new TemporaryFolder();
        string text = string.Concat(Enumerable.Repeat("The raven remembers what it saw. ", 14));
        await Output(text, "--at", "core[1,8].block[0].pattern", "--at", "state[*]", "--iterations", "8", "--out", folder.At("n.svg"));
        await Output(text, "--at", "core[1,8].block[0].pattern", "--iterations", "8", "--out", folder.At("a.svg"));
        Assert.Contains("state", PictureTexts.Of(folder.At("n.svg")));
        Assert.Contains("Log Weight", PictureTexts.Of(folder.At("a.svg")));
        Assert.Contains(PictureTexts.Of(folder.At("a.svg")), line => line.StartsWith("more cells than pixels", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("--figure patterns shows attention weights, and no --at names any", "state[*]", "patterns")]
    [InlineData("--figure norms shows the sizes of states and branches, and every --at names attention weights", "core[1].block[0].pattern", "norms")]
    public async Task Where_there_is_nothing_to_draw_it_says_so(string message, string address, string figure)
    {
        using var folder = new TemporaryFolder();
        var answer = await MuninnProcess.Run("inspect", "Hi", "--at", address, "--figure", figure, "--out", folder.At("a.svg"), "--out", folder.At("a.json"));
        Assert.Equal((2, ""), (answer.ExitCode, answer.Output));
        Assert.Contains(message, answer.Error);
        Assert.Empty(Directory.GetFiles(folder.Root));
    }
}
