using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Linq;
using System.Threading;

namespace Muninn.Cli.Benches;

/// <summary>What the machine, or something else, reaches at most, measured anew at every call.</summary>
/// <param name="name">What a ratio to it is a share of, e.g. <c>of FMA peak</c>.</param>
/// <param name="perSecond">Measures it for some milliseconds: work per second.</param>
sealed class Limit(string name, Func<double> perSecond)
{
    /// <summary>What a ratio to it is a share of.</summary>
    public string Name => name;

    /// <summary>The most that any probe gave.</summary>
    public double Best { get; private set; }

    /// <summary>Measures it: work per second.</summary>
    public double Probe()
    {
        double rate = perSecond();
        Best = Math.Max(Best, rate);
        return rate;
    }
}

/// <summary>Medians over the rounds of a case.</summary>
/// <param name="PerSecond">Work per second.</param>
/// <param name="Ratio">Share of what the limit would have allowed in the same time.</param>
/// <param name="LimitPerSecond">What the limit was meanwhile.</param>
readonly record struct Figure(double PerSecond, double Ratio, double LimitPerSecond)
{
    /// <summary>The medians of <paramref name="rounds"/>, each on its own.</summary>
    public static Figure MedianOf(IReadOnlyCollection<Figure> rounds) =>
        new(
            Median(rounds.Select(static round => round.PerSecond)),
            Median(rounds.Select(static round => round.Ratio)),
            Median(rounds.Select(static round => round.LimitPerSecond)));

    /// <summary>The middle value; of an even number the mean of the two in the middle.</summary>
    public static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToList();
        return (sorted[(sorted.Count - 1) / 2] + sorted[sorted.Count / 2]) / 2;
    }
}

/// <summary>
/// A clock that stops for a probe: probe, case, probe, case … A neighbour on the machine slows a case and the probes right beside
/// it alike, so their ratio holds where both figures waver.
/// </summary>
/// <param name="limit">What is probed.</param>
/// <param name="stopping">Ends the measuring at the next mark.</param>
sealed class Yardstick(Limit limit, CancellationToken stopping)
{
    double _before;
    long _start;

    /// <summary>Time of the pieces since <see cref="Start"/> or <see cref="Take"/>, without the probes.</summary>
    public double Seconds { get; private set; }

    /// <summary>Work that the limit, as probed before and behind each piece, would have allowed in that time.</summary>
    public double Possible { get; private set; }

    /// <summary>Probes, then starts the clock.</summary>
    public void Start()
    {
        stopping.ThrowIfCancellationRequested();
        (Seconds, Possible) = (0, 0);
        _before = limit.Probe();
        _start = Stopwatch.GetTimestamp();
    }

    /// <summary>Stops the clock, probes, and starts it again: one piece is over and the next begins.</summary>
    public void Mark()
    {
        double seconds = Stopwatch.GetElapsedTime(_start).TotalSeconds;
        stopping.ThrowIfCancellationRequested();
        double after = limit.Probe();
        Seconds += seconds;
        Possible += seconds * (_before + after) / 2;
        _before = after;
        _start = Stopwatch.GetTimestamp();
    }

    /// <summary>The figure of all pieces so far, which are forgotten.</summary>
    /// <param name="work">What was done in them.</param>
    public Figure Take(double work)
    {
        var figure = new Figure(work / Seconds, work / Possible, Possible / Seconds);
        (Seconds, Possible) = (0, 0);
        return figure;
    }

    /// <summary>Measures something short, several times a round.</summary>
    /// <param name="piece">The case.</param>
    /// <param name="work">What one call does.</param>
    /// <param name="depth">How many rounds, and how long each.</param>
    public Figure Measure(Action piece, double work, BenchDepth depth)
    {
        int repeats = RepeatsOf(piece, depth.RoundSeconds);
        var rounds = new List<Figure>();
        Start();
        while (rounds.Count < depth.Rounds)
        {
            for (int i = 0; i < repeats; i++) piece();
            Mark();
            rounds.Add(Take(work * repeats));
        }

        return Figure.MedianOf(rounds);
    }

    /// <summary>How often a piece fits into a time, at least once; warms it up.</summary>
    public static int RepeatsOf(Action piece, double seconds)
    {
        piece();
        long start = Stopwatch.GetTimestamp();
        int calls = 0;
        while (calls == 0 || Stopwatch.GetElapsedTime(start).TotalSeconds < seconds)
        {
            piece();
            calls++;
        }

        return Math.Max(1, (int)Math.Ceiling(calls * seconds / Stopwatch.GetElapsedTime(start).TotalSeconds));
    }
}
