using System;
using System.IO;
using System.Linq;
using System.Text.Json;
using Muninn.Engine.Checkpoints;
using Muninn.Engine.Recurrence;
using Muninn.Tests.Reference;
using Xunit;

namespace Muninn.Tests.Engine.Recurrence;

public sealed class InitialStateTests
{
    public static TheoryData<string> Cases { get; } = [.. GoldenFile.Cases];

    /// <summary>
    /// Statistics of the original's random start states, each of some ten thousand draws: equal within four standard errors of
    /// both samples; the constants behind them to float32.
    /// </summary>
    [Theory]
    [MemberData(nameof(Cases))]
    public void Random_starts_have_the_statistics_that_the_original_measured(string name)
    {
        using var expected = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(GoldenFile.FolderOf(name), "expected.json")));
        var config = ModelConfig.Read(Path.Combine(GoldenFile.FolderOf(name), "config.json"));
        var init = expected.RootElement.GetProperty("results").GetProperty("init");
        Assert.Equal(init.GetProperty("std").GetDouble(), config.InitialStateDeviation, 1e-7);
        Assert.Equal(init.GetProperty("embed_scale").GetDouble(), config.EmbeddingScale, 1e-5);

        var measured = expected.RootElement.GetProperty("init_measured").GetProperty("start_state");
        int count = measured.GetProperty("count").GetInt32();
        int positions = 1024;
        float[] state = new float[positions * config.Width];
        InitialState.Random(2).Fill(RowBatch.ForPrompt(positions), config.Width, state);
        double mean = state.Average(value => (double)value);
        double deviation = Math.Sqrt(state.Average(value => (value - mean) * (value - mean)));
        double error = deviation * Math.Sqrt(1.0 / count + 1.0 / state.Length);
        Assert.Equal(measured.GetProperty("mean").GetDouble(), mean, 4 * error);
        Assert.Equal(measured.GetProperty("std").GetDouble(), deviation, 4 * error / Math.Sqrt(2));
        double cut = 3 * config.InitialStateDeviation * config.EmbeddingScale;
        Assert.InRange(measured.GetProperty("largest").GetDouble(), 0.97 * cut, cut * (1 + 1e-6));
        Assert.InRange(state.Max(Math.Abs), 0.97 * cut, cut * (1 + 1e-6));
    }
}
