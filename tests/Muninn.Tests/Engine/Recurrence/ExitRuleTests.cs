using System;
using System.Collections.Generic;
using System.Linq;
using Muninn.Engine.Recurrence;
using Muninn.Tests.Oracle;
using Xunit;

namespace Muninn.Tests.Engine.Recurrence;

/// <summary>What holds for every exit rule.</summary>
public sealed class ExitRuleTests
{
    const int Width = 37;

    static readonly ExitRule[] _rules =
    [
        new ResidualExit(), new CosineExit(), new AccelerationExit(), new ContractionExit(),
        new EntropyExit(), new DivergenceExit(), new MinPDivergenceExit(), new StableTokenExit(),
    ];

    public static TheoryData<string> Rules { get; } = [.. _rules.Select(rule => rule.GetType().Name)];

    static ExitRule Rule(string name) => _rules.Single(rule => rule.GetType().Name == name);

    /// <summary>Rows that come to rest at a pace of their own: s₀ … s_n, and logits of each.</summary>
    static (float[][] States, float[][] Logits) Sequence(ulong seed, int iterations, int vocabulary, double pace = 0.8, double spread = 6)
    {
        float[][] Of(int length, double scale, ulong stream) =>
        [
            .. Enumerable.Range(0, iterations + 1).Select(i => Enumerable.Range(0, length).Select(c => (float)(scale * (
                Noise.At(stream, c) + Math.Pow(pace, i) * (Noise.At(stream + 1, c) + 0.2 * Noise.At(stream + 2 + (ulong)i, c))))).ToArray()),
        ];
        return (Of(Width, 3, seed * 1000), Of(vocabulary, spread, seed * 1000 + 500));
    }

    static ExitCheck Check(ExitMonitor monitor, ExitRule rule, int row, int iteration, float[][] states, float[][] logits) =>
        monitor.Check(row, new ExitView(
            iteration, states[iteration], states[iteration - 1], rule.ReadsLogitsAt(iteration) ? logits[iteration] : default));

    static ExitCheck[] Run(ExitRule rule, float[][] states, float[][] logits)
    {
        var monitor = rule.Start(1, states[0].Length, logits[0].Length);
        monitor.Begin(0);
        return [.. Enumerable.Range(1, states.Length - 1).Select(i => Check(monitor, rule, 0, i, states, logits))];
    }

    static void AssertNear(double expected, double actual, double tolerance, string where)
    {
        if (double.IsNaN(expected) || double.IsInfinity(expected))
            Assert.True(expected.Equals(actual), $"{where}: {actual}, not {expected}");
        else
            Assert.True(Math.Abs(expected - actual) <= tolerance * Math.Max(1, Math.Abs(expected)), $"{where}: {actual}, not {expected}");
    }

    /// <summary>Seen: below 1e-13. Vocabularies about the 16 entries that one pass takes at a time.</summary>
    [Theory]
    [MemberData(nameof(Rules))]
    public void Values_are_those_of_the_formulas(string name)
    {
        ulong seed = 1;
        foreach (int vocabulary in (int[])[1, 2, 7, 15, 16, 17, 31, 32, 33, 100, 1000])
        {
            foreach (int interval in (int[])[1, 2, 5])
            {
                foreach (double spread in (double[])[0.5, 6, 60, 2000])
                {
                    // p below 1e-300 has no logarithm in the twin.
                    if (spread > 60 && name == nameof(DivergenceExit))
                        continue;
                    var rule = Rule(name) with { CodaInterval = interval };
                    var (states, logits) = Sequence(seed++, 12, vocabulary, 0.7, spread);
                    double[] expected = ExitTextbook.Values(rule, states, logits);
                    var seen = Run(rule, states, logits);
                    for (int i = 0; i < expected.Length; i++)
                        AssertNear(expected[i], seen[i].Value, 1e-11, $"{rule} over {vocabulary} with seed {seed}, iteration {i + 1}");
                }
            }
        }
    }

    [Theory]
    [InlineData(nameof(ResidualExit), 1)]
    [InlineData(nameof(CosineExit), double.NaN)]
    [InlineData(nameof(AccelerationExit), double.NaN)]
    [InlineData(nameof(ContractionExit), double.NaN)]
    [InlineData(nameof(EntropyExit), 98.61370563888010)]
    [InlineData(nameof(DivergenceExit), 0.22314355131420976)]
    [InlineData(nameof(MinPDivergenceExit), 0.22314355131420976)]
    [InlineData(nameof(StableTokenExit), 0)]
    public void First_values_from_zeros_are_the_originals(string name, double expected)
    {
        // p = 0.8, 0.2: Σ ½ (ln ½ − ln p) = ½ ln(0.25 / 0.16). Entropy: of four equal ones, ln 4 but for the 1e-10.
        float[] logits = name == nameof(EntropyExit) ? [7, 7, 7, 7] : [(float)Math.Log(4), 0];
        var first = Run(Rule(name), [new float[3], [1, 2, 3]], [logits, logits])[0];
        AssertNear(expected, first.Value, 1e-7, name);
        Assert.False(first.Stops);
    }

    [Theory]
    [MemberData(nameof(Rules))]
    public void Rows_that_share_a_monitor_get_what_they_get_alone(string name)
    {
        var rule = Rule(name) with { CodaInterval = 2 };
        var sequences = Enumerable.Range(0, 12).Select(s => Sequence((ulong)s + 70, 9 + s % 4, 50, 0.4 + 0.05 * s)).ToArray();
        var alone = sequences.Select(s => Run(rule, s.States, s.Logits)).ToArray();
        var monitor = rule.Start(3, Width, 50);
        // Three numbers; whenever one's sequence is over, the next takes it.
        var waiting = new Queue<int>(Enumerable.Range(0, 12));
        (int Sequence, int Iteration)[] running = [.. Enumerable.Repeat((-1, 0), 3)];
        for (int turn = 0; ; turn++)
        {
            int row = (int)((Noise.At(5, turn) + 1) * 1.5f);
            var (sequence, iteration) = running[row];
            if (sequence < 0 || iteration == sequences[sequence].States.Length - 1)
            {
                if (waiting.Count == 0)
                    break;
                running[row] = (waiting.Dequeue(), 0);
                monitor.Begin(row);
                continue;
            }

            running[row].Iteration++;
            var (states, logits) = sequences[sequence];
            Assert.Equal(alone[sequence][iteration], Check(monitor, rule, row, iteration + 1, states, logits));
        }
    }

    /// <summary>Without the bad value every rule stops these rows: they stand still.</summary>
    [Theory]
    [MemberData(nameof(Rules))]
    public void What_is_not_finite_stops_no_row(string name)
    {
        var rule = Rule(name);
        foreach (float bad in (float[])[float.NaN, float.PositiveInfinity, float.NegativeInfinity])
        {
            // Always, and once: then the row goes on and stops as if it had begun there.
            foreach (var (once, all) in ((int, bool)[])[(-1, false), (4, false), (-1, true), (4, true)])
            {
                float[][] states = [.. Enumerable.Range(0, 30).Select(_ => Noise.Floats(Width, 3))];
                float[][] logits = [.. Enumerable.Range(0, 30).Select(_ => Noise.Floats(50, 4))];
                Assert.Contains(Run(rule, states, logits), check => check.Stops);
                for (int i = 1; i < states.Length; i++)
                {
                    if (once >= 0 && i != once)
                        continue;
                    states[i][20] = logits[i][20] = bad;
                    if (!all)
                        continue;
                    states[i].AsSpan().Fill(bad);
                    logits[i].AsSpan().Fill(bad);
                }

                var seen = Run(rule, states, logits);
                if (once < 0)
                    Assert.All(seen, check => Assert.False(check.Stops || rule.IsMet(check.Value)));
                else
                    Assert.True(!seen[once - 1].Stops && !seen[once].Stops && seen[^1].Stops, $"{rule}: {string.Join(' ', seen)}");
            }
        }
    }

    [Theory]
    [MemberData(nameof(Rules))]
    public void Checks_allocate_nothing(string name)
    {
        var rule = Rule(name);
        var (states, logits) = Sequence(8, 6, 333);
        var monitor = rule.Start(2, Width, 333);
        void Pass()
        {
            for (int row = 0; row < 2; row++)
            {
                monitor.Begin(row);
                for (int i = 1; i < states.Length; i++)
                    Check(monitor, rule, row, i, states, logits);
            }
        }

        Pass();
        // The least of several: the runtime itself may allocate once in a while.
        long least = long.MaxValue;
        for (int attempt = 0; attempt < 5; attempt++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            for (int i = 0; i < 50; i++)
                Pass();
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        Assert.Equal(0, least);
    }

    [Fact]
    public void Only_rules_that_read_logits_ask_for_them_and_only_at_multiples()
    {
        foreach (var rule in _rules)
        {
            bool reads = rule is EntropyExit or DivergenceExit or MinPDivergenceExit or StableTokenExit;
            Assert.Equal(reads, rule.ReadsLogits);
            int[] asked = [.. Enumerable.Range(1, 12).Where((rule with { CodaInterval = 4 }).ReadsLogitsAt)];
            Assert.Equal(reads ? [4, 8, 12] : [], asked);
            Assert.Equal(reads, rule.ReadsLogitsAt(1));
        }
    }

    [Theory]
    [MemberData(nameof(Rules))]
    public void The_border_itself_is_met_by_counts_and_by_no_difference(string name)
    {
        var rule = Rule(name);
        double border = rule is StableTokenExit stable ? stable.Count : (double)rule.GetType().GetProperty("Threshold")!.GetValue(rule)!;
        Assert.Equal(rule is StableTokenExit, rule.IsMet(border));
        Assert.Equal(rule is not StableTokenExit, rule.IsMet(Math.BitDecrement(border)));
        Assert.Equal(rule is StableTokenExit, rule.IsMet(Math.BitIncrement(border)));
        Assert.False(rule.IsMet(double.NaN));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    public void Thresholds_that_are_none_are_refused_with_the_value_and_the_remedy(double threshold)
    {
        ExitRule[] rules =
        [
            new ResidualExit(threshold), new CosineExit(threshold), new AccelerationExit(threshold), new ContractionExit(threshold),
            new EntropyExit(threshold), new DivergenceExit(threshold), new MinPDivergenceExit(threshold),
        ];
        foreach (var rule in rules)
        {
            var error = Assert.Throws<ArgumentOutOfRangeException>(() => rule.Start(1, 4, 4));
            Assert.Contains($"threshold is {threshold}; give a finite number above 0.", error.Message);
        }
    }

    [Fact]
    public void Other_settings_out_of_range_are_refused()
    {
        Assert.Contains("is 0; give at least 1", Assert.Throws<ArgumentOutOfRangeException>(
            () => new StableTokenExit(0).Start(1, 4, 4)).Message);
        Assert.Contains("interval is 0; give at least 1", Assert.Throws<ArgumentOutOfRangeException>(
            () => (new DivergenceExit() with { CodaInterval = 0 }).Start(1, 4, 4)).Message);
        foreach (double share in (double[])[0, -0.1, 1.1, double.NaN])
        {
            Assert.Contains($"share is {share}; give a number above 0 and at most 1", Assert.Throws<ArgumentOutOfRangeException>(
                () => new MinPDivergenceExit(1e-5, share).Start(1, 4, 4)).Message);
        }

        foreach (var rule in _rules)
        {
            Assert.Throws<ArgumentOutOfRangeException>(() => rule.Start(0, 4, 4));
            Assert.Throws<ArgumentOutOfRangeException>(() => rule.Start(1, 0, 4));
            if (rule.ReadsLogits)
                Assert.Throws<ArgumentOutOfRangeException>(() => rule.Start(1, 4, 0));
            else
                rule.Start(1, 4, 0);
        }
    }

    [Theory]
    [MemberData(nameof(Rules))]
    public void Views_of_another_shape_are_refused_with_both_sizes(string name)
    {
        var rule = Rule(name);
        var monitor = rule.Start(1, 4, 6);
        monitor.Begin(0);
        var error = Assert.Throws<ArgumentException>(() => monitor.Check(0, new ExitView(1, new float[5], new float[5], new float[7])));
        Assert.Contains(rule.ReadsLogits ? "7 logits" : "5 entries", error.Message);
        Assert.Contains(rule.ReadsLogits ? "vocabulary of 6" : "width of 4", error.Message);
    }
}
