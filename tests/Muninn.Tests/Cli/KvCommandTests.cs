using System.Linq;
using System.Text.Json;
using System.Threading.Tasks;
using Xunit;

namespace Muninn.Tests.Cli;

public sealed class KvCommandTests
{
    static async Task<JsonElement> Json(params string[] arguments)
    {
        var answer = await MuninnProcess.Run(["kv", "--json", .. arguments]);
        Assert.Equal("", answer.Error);
        Assert.Equal(0, answer.ExitCode);
        return JsonDocument.Parse(answer.Output).RootElement;
    }

    // Keys and values of width numbers for every block, position and slot; positions in whole sixteens.
    static long Expected(long positions, long width, long outerBlocks, long coreBlocks, long slots, long bytes) =>
        (positions + 15) / 16 * 16 * 2 * width * (outerBlocks + coreBlocks * slots) * bytes;

    [Theory]
    [InlineData(1000, 12, "per-iteration", 12)]
    [InlineData(1, 5, "shared:3", 3)]
    [InlineData(17, 5, "anchored:2,2", 4)]
    [InlineData(16, 3, "anchored:2,2", 3)]
    [InlineData(1024, 64, "latest", 1)]
    public async Task Memory_follows_the_formula(int context, int iterations, string cache, int slots)
    {
        var report = await Json("--context", $"{context}", "--iterations", $"{iterations}", "--cache", cache);
        var row = Assert.Single(report.GetProperty("caches").EnumerateArray());
        Assert.Equal(slots, row.GetProperty("slots").GetInt32());
        Assert.Equal(Expected(context, 128, 2, 2, slots, 4), row.GetProperty("float32_bytes").GetInt64());
        Assert.Equal(Expected(context, 128, 2, 2, slots, 2), row.GetProperty("bfloat16_bytes").GetInt64());
        Assert.Equal(Expected(16, 128, 2, 2, slots, 4) / 16, row.GetProperty("float32_bytes_per_token").GetDouble());
    }

    [Fact]
    public async Task A_published_shape_needs_no_weights()
    {
        var report = await Json("huginn-0125");
        Assert.Equal((4096, 32), (report.GetProperty("context").GetInt32(), report.GetProperty("iterations").GetInt32()));
        var full = report.GetProperty("caches").EnumerateArray().First(row => row.GetProperty("cache").GetString() == "per-iteration");
        Assert.Equal(Expected(4096, 5280, 4, 4, 32, 4), full.GetProperty("float32_bytes").GetInt64());
    }

    [Fact]
    public async Task The_table_has_a_line_for_each_policy()
    {
        var answer = await MuninnProcess.Run("kv", "--cache", "latest", "--cache", "shared:2");
        string[] lines = answer.Output.TrimEnd('\n').Split('\n');
        Assert.Equal("Keys and values of seedling: 1024 tokens, at most 8 iterations of 2 blocks, 2 blocks outside", lines[0]);
        Assert.Matches(@"^latest +1 +4\.00 MiB +4\.00 KiB +2\.00 MiB +2\.00 KiB$", lines[3]);
        Assert.Matches(@"^shared:2 +2 +6\.00 MiB", lines[4]);
    }

    [Theory]
    [InlineData(2, "--context is 2000, but seedling reads at most 1024", "--context", "2000")]
    [InlineData(3, "MODEL: 'hugin' is neither a known shape", "hugin")]
    [InlineData(2, "MODEL and --model are both given", "seedling", "--model", "seedling")]
    [InlineData(2, "'some' is no cache", "--cache", "some")]
    public async Task Refuses_what_does_not_exist(int exitCode, string message, params string[] arguments)
    {
        var answer = await MuninnProcess.Run(["kv", .. arguments]);
        Assert.Equal(exitCode, answer.ExitCode);
        Assert.Contains(message, answer.Error);
    }
}
