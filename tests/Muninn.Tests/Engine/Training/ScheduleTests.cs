using System;
using System.IO;
using System.Linq;
using System.Text.Json;
using Muninn.Engine.Training;
using Muninn.Tests.Reference;
using Xunit;

namespace Muninn.Tests.Engine.Training;

public sealed class ScheduleTests
{
    static JsonElement Expected(string name)
    {
        using var document = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(GoldenFile.FolderOf("optimizer"), "expected.json")));
        return document.RootElement.GetProperty(name).Clone();
    }

    /// <summary>Seen: 3.4e-9 of a rate, the digits that the reference was written with.</summary>
    [Theory]
    [InlineData("trapezoid", RateShape.Constant)]
    [InlineData("cosine", RateShape.Cosine)]
    [InlineData("linear", RateShape.Linear)]
    public void Rates_are_the_references(string name, RateShape shape)
    {
        var expected = Expected("learning_rate").GetProperty(name);
        var schedule = new RateSchedule
        {
            BaseRate = expected.GetProperty("lr").GetDouble(),
            Floor = expected.GetProperty("min_lr").GetDouble(),
            WarmUp = expected.GetProperty("warmup_steps").GetInt64(),
            CoolDown = expected.GetProperty("cooldown_steps").GetInt64(),
            Steps = expected.GetProperty("max_steps").GetInt64(),
            Shape = shape,
        };
        foreach (var (step, rate) in expected.GetProperty("steps").EnumerateArray().Zip(expected.GetProperty("rates").EnumerateArray()))
            Assert.Equal(rate.GetDouble(), schedule.At(step.GetInt64()), 1e-6 * rate.GetDouble());
    }

    [Theory]
    [InlineData(RateShape.Linear)]
    [InlineData(RateShape.Cosine)]
    public void A_shape_without_cool_down_falls_to_the_floor_and_stays(RateShape shape)
    {
        var schedule = new RateSchedule { BaseRate = 1, Steps = 100, WarmUp = 10, Floor = 0.1, Shape = shape };
        double[] rates = [.. Enumerable.Range(10, 100).Select(step => schedule.At(step))];
        Assert.Equal(1, rates[0], 1e-12);
        Assert.Equal(0.1, rates[90], 1e-12);
        Assert.Equal(0.1, rates[99], 1e-12);
        Assert.Equal(0.55, rates[45], 1e-12);
        Assert.All(rates.Zip(rates[1..]), static pair => Assert.True(pair.Second <= pair.First));
    }

    [Fact]
    public void A_schedule_may_be_all_warm_up_or_have_none()
    {
        Assert.Equal(1, new RateSchedule { BaseRate = 1, Steps = 4 }.At(0));
        Assert.Equal(1, new RateSchedule { BaseRate = 1, Steps = 4 }.At(1000));
        var warming = new RateSchedule { BaseRate = 1, Steps = 4, WarmUp = 4, Shape = RateShape.Cosine };
        Assert.Equal([0, 0.25, 0.5, 0.75, 1, 1], Enumerable.Range(0, 6).Select(step => warming.At(step)));
        Assert.Equal(0.2, new RateSchedule { BaseRate = 1, Steps = 4, CoolDown = 4, Floor = 0.2 }.At(4));
    }

    [Fact]
    public void A_schedule_that_does_not_fit_is_refused()
    {
        var good = new RateSchedule { BaseRate = 1, Steps = 10 };
        Assert.Contains("warm-up of 6 and a cool-down of 5 steps do not fit 10", Assert.Throws<ArgumentException>((good with { WarmUp = 6, CoolDown = 5 }).Validated).Message, StringComparison.Ordinal);
        foreach (var bad in new[]
        {
            good with { BaseRate = 0 }, good with { Floor = 2 }, good with { Floor = double.NaN }, good with { Steps = 0 },
            good with { WarmUp = -1 }, good with { CoolDown = -1 }, good with { Shape = (RateShape)9 },
        })
            Assert.Throws<ArgumentException>(bad.Validated);
        Assert.Throws<ArgumentOutOfRangeException>(() => good.At(-1));
    }

    [Fact]
    public void The_batch_grows_as_the_references()
    {
        var expected = Expected("accumulation");
        var ramp = new BatchRamp(
            expected.GetProperty("batch_size").GetInt32(), expected.GetProperty("micro_batch_size").GetInt32(), expected.GetProperty("batch_size_ramp").GetInt64());
        foreach (var (step, value) in expected.GetProperty("steps").EnumerateArray().Zip(expected.GetProperty("values").EnumerateArray()))
            Assert.Equal(value.GetInt32(), ramp.MicroBatchesAt(step.GetInt64()));
        Assert.Equal(1, ramp.MicroBatchesAt(0));
        Assert.Equal(3, new BatchRamp(13, 4).MicroBatchesAt(0));
        Assert.Throws<ArgumentException>(() => new BatchRamp(4, 8).MicroBatchesAt(0));
    }
}
