using System;
using System.Collections.Generic;
using System.Threading;
using Muninn.Cli.Benches;
using Xunit;

namespace Muninn.Tests.Cli.Benches;

/// <summary>The clock of the bench against limits that are known.</summary>
public class YardstickTests
{
    [Fact]
    public void Median_is_the_middle_value_or_the_mean_of_two()
    {
        Assert.Equal(3, Figure.Median([9, 3, 1]));
        Assert.Equal(2.5, Figure.Median([4, 1, 3, 2]));
        Assert.Equal(new Figure(2, 20, 5), Figure.MedianOf([new(1, 30, 5), new(2, 10, 6), new(3, 20, 4)]));
    }

    [Fact]
    public void A_piece_is_judged_by_the_mean_of_the_probes_around_it()
    {
        var probes = new Queue<double>([10, 30, 50]);
        var yardstick = new Yardstick(new Limit("of it", probes.Dequeue), CancellationToken.None);
        yardstick.Start();
        Spend();
        yardstick.Mark();
        double first = yardstick.Seconds;
        Assert.Equal(20 * first, yardstick.Possible, 9);
        Spend();
        yardstick.Mark();
        Assert.Equal(20 * first + 40 * (yardstick.Seconds - first), yardstick.Possible, 9);
        var (seconds, possible) = (yardstick.Seconds, yardstick.Possible);
        Assert.Equal(new Figure(6 / seconds, 6 / possible, possible / seconds), yardstick.Take(6));
        Assert.Equal(0, yardstick.Seconds);
        Assert.Empty(probes);
    }

    [Fact]
    public void Probes_take_no_time_of_the_case()
    {
        var yardstick = new Yardstick(new Limit("of it", static () => Spend(0.05)), CancellationToken.None);
        yardstick.Start();
        yardstick.Mark();
        yardstick.Mark();
        Assert.InRange(yardstick.Seconds, 0, 0.04);
    }

    [Fact]
    public void Every_round_has_a_probe_before_and_behind_it()
    {
        int probes = 0;
        int pieces = 0;
        var limit = new Limit("of it", () =>
        {
            probes++;
            return 4;
        });
        var depth = BenchDepth.Quick with { Rounds = 5, RoundSeconds = 1e-9 };
        var figure = new Yardstick(limit, CancellationToken.None).Measure(() => pieces++, 8, depth);
        Assert.Equal(6, probes);
        Assert.True(pieces >= 7);
        // Work per second over what was possible per second; rounds may differ in which is the median.
        Assert.Equal(figure.PerSecond / 4, figure.Ratio, figure.Ratio * 1e-9);
    }

    [Fact]
    public void A_wish_to_stop_ends_the_measuring()
    {
        using var stopping = new CancellationTokenSource();
        var yardstick = new Yardstick(new Limit("of it", static () => 1), stopping.Token);
        yardstick.Start();
        stopping.Cancel();
        Assert.Throws<OperationCanceledException>(yardstick.Mark);
        Assert.Throws<OperationCanceledException>(yardstick.Start);
    }

    [Theory]
    [InlineData(0.9, 0.85, false, true)]
    [InlineData(0.8, 0.85, false, false)]
    [InlineData(1.1, 1.15, true, true)]
    [InlineData(1.2, 1.15, true, false)]
    public void A_goal_is_reached_on_its_own_side(double figure, double bound, bool atMost, bool reached)
    {
        Assert.Equal(reached, new BenchRow("g", "n", 7, "GB/s", figure, "of it", new Goal(bound, atMost)).Reached);
        Assert.Equal(reached, new BenchRow("g", "n", figure, "ms", Goal: new Goal(bound, atMost)).Reached);
        Assert.Null(new BenchRow("g", "n", figure, "ms").Reached);
    }

    [Fact]
    public void A_line_says_share_and_goal()
    {
        Assert.Equal(
            "name                                                          7.0 GB/s      0.80 of it               at least 0.85: missed",
            BenchReport.Line(new("g", "name", 7, "GB/s", 0.8, "of it", new Goal(0.85))));
        Assert.EndsWith(" at most 350 ms", BenchReport.Line(new("g", "name", 349.9, "ms", Goal: new Goal(350, AtMost: true))), StringComparison.Ordinal);
        Assert.EndsWith(" ms", BenchReport.Line(new("g", "name", 7, "ms")), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(90, "at least 0.85: missed")]
    [InlineData(80, "at least 0.85: missed, disturbed")]
    public void A_line_says_when_neighbours_took_their_part(double limitPerSecond, string expected)
    {
        var probes = new Queue<double>([70, 100, 60]);
        var limit = new Limit("of it", probes.Dequeue);
        while (probes.Count > 0) _ = limit.Probe();
        var row = BenchRow.Of("g", "name", new Figure(7e9, 0.8, limitPerSecond), "GB/s", limit, new Goal(0.85));
        Assert.Equal(limitPerSecond / 100, row.Quiet);
        Assert.EndsWith(" " + expected, BenchReport.Line(row), StringComparison.Ordinal);
        Assert.EndsWith(row.IsDisturbed ? " disturbed" : " of it", BenchReport.Line(row with { Goal = null }), StringComparison.Ordinal);
    }

    [Fact]
    public void At_most_one_thing_is_held()
    {
        var alive = new List<int>();
        using (var held = new Held<int, Thing>(key => new Thing(alive, key)))
        {
            Assert.Same(held.Get(1), held.Get(1));
            Assert.Equal([1], alive);
            _ = held.Get(2);
            Assert.Equal([2], alive);
        }

        Assert.Empty(alive);
    }

    static double Spend(double seconds = 0.002)
    {
        long start = System.Diagnostics.Stopwatch.GetTimestamp();
        while (System.Diagnostics.Stopwatch.GetElapsedTime(start).TotalSeconds < seconds) Thread.SpinWait(10);
        return 1;
    }

    sealed class Thing : IDisposable
    {
        readonly List<int> _alive;
        readonly int _key;

        public Thing(List<int> alive, int key)
        {
            Assert.Empty(alive);
            (_alive, _key) = (alive, key);
            alive.Add(key);
        }

        public void Dispose() => _alive.Remove(_key);
    }
}
