using System;
using System.Collections.Generic;
using System.Linq;
using Muninn.Engine.Recurrence;
using Muninn.Tests.Oracle;
using Xunit;

namespace Muninn.Tests.Engine.Recurrence;

/// <summary>Exit rules on rows whose rest is known.</summary>
public sealed class ExitToyTests
{
    const int Width = ToyCores.Width;

    static (List<double> Values, RowEnding Ending, float[] Final) Run(
        CoreStep core, ExitRule rule, float injected = 1, int limit = 400, float[]? start = null)
    {
        var monitor = rule.Start(1, Width, 0);
        monitor.Begin(0);
        var values = new List<double>();
        float[] final = new float[Width];
        var endings = new RowEnding[1];
        var settings = new RunSettings { Limit = limit, Exit = rule, Start = start is null ? InitialState.Zero : InitialState.Given(start) };
        new RecurrentRun(core, Width, 1).Run(RowBatch.ForPrompt(1), [injected, injected], settings, final, endings, null,
            (in IterationView view) =>
            {
                if (view.Iteration > 0)
                    values.Add(monitor.Check(0, new ExitView(view.Iteration, view.State, view.Previous)).Value);
            });
        return (values, endings[0], final);
    }

    /// <summary>The values of a row of one number that takes these steps, from 1.</summary>
    static ExitCheck[] Walk(ExitRule rule, IEnumerable<double> steps)
    {
        var monitor = rule.Start(1, 1, 0);
        monitor.Begin(0);
        double place = 1;
        var seen = new List<ExitCheck>();
        foreach (double step in steps)
        {
            float previous = (float)place;
            place += step;
            seen.Add(monitor.Check(0, new ExitView(seen.Count + 1, [(float)place], [previous])));
        }

        return [.. seen];
    }

    [Theory]
    [InlineData(0.3f)]
    [InlineData(0.5f)]
    [InlineData(0.9f)]
    public void A_contractions_tail_is_the_distance_that_is_left(float a)
    {
        var (values, _, _) = Run(ToyCores.Contraction(a), new ContractionExit(1e-5), limit: 60);
        double state = 0;
        int compared = 0;
        for (int i = 1; i <= values.Count; i++)
        {
            state = a * state + 1;
            double left = (1 / (1 - (double)a) - state) / state;
            if (i < 5)
            {
                Assert.Equal(double.NaN, values[i - 1]);
                continue;
            }

            // Below that the states' rounding shows in the steps.
            if (left < 1e-4)
                break;
            Assert.Equal(left, values[i - 1], 0.01 * left);
            compared++;
        }

        Assert.True(compared >= 3, $"{compared} compared");
    }

    [Fact]
    public void A_contraction_stops_where_its_distance_is_what_was_asked_for()
    {
        foreach (double threshold in (double[])[0.1, 0.03, 1e-3])
        {
            var (_, ending, final) = Run(ToyCores.Contraction(0.8f), new ContractionExit(threshold));
            Assert.Equal(ExitReason.RuleMet, ending.Reason);
            double left = Math.Abs(5 - final[0]) / final[0];
            Assert.InRange(left, threshold * 0.75, threshold * 1.01);
        }
    }

    [Theory]
    [InlineData(0.01)]
    [InlineData(0.5)]
    [InlineData(2)]
    public void A_rotation_never_contracts(double angle)
    {
        var (values, ending, _) = Run(ToyCores.Rotation(angle), new ContractionExit(0.5), limit: 2000, start: [3, 4]);
        Assert.Equal(new RowEnding(2000, ExitReason.LimitReached), ending);
        Assert.True(values.Skip(4).Min() > 1, $"{values.Skip(4).Min()}");
    }

    [Fact]
    public void A_rotation_never_meets_the_other_rules_of_states()
    {
        foreach (var rule in (ExitRule[])[new ResidualExit(), new CosineExit(), new AccelerationExit()])
            Assert.Equal(ExitReason.LimitReached, Run(ToyCores.Rotation(0.5), rule, limit: 2000, start: [3, 4]).Ending.Reason);
    }

    [Fact]
    public void A_cycle_of_two_meets_no_rule_of_states()
    {
        foreach (var rule in (ExitRule[])[new ResidualExit(), new CosineExit(), new AccelerationExit(), new ContractionExit()])
            Assert.Equal(ExitReason.LimitReached, Run(ToyCores.Flip, rule, 0, 1000, [3, 4]).Ending.Reason);
        // Around another point than zero, with steps that take turns: long, short, long, short.
        CoreStep limping = (rows, _, state, next) =>
        {
            bool odd = rows.Iterations[0] % 2 == 1;
            next[0] = state[0] + (odd ? 0.1f : -0.1f);
            next[1] = state[1] + (odd ? 1e-3f : -0.3f) * (rows.Iterations[0] % 4 < 2 ? 1 : -1);
        };
        foreach (var rule in (ExitRule[])[new AccelerationExit(), new ContractionExit()])
            Assert.Equal(ExitReason.LimitReached, Run(limping, rule, 0, 1000, [3, 4]).Ending.Reason);
    }

    [Fact]
    public void A_drift_moves_on_by_every_rule_but_acceleration()
    {
        float[] start = [10, 10];
        Assert.Equal(ExitReason.LimitReached, Run(ToyCores.Drift, new ContractionExit(), start: start).Ending.Reason);
        // What its remarks warn of: steps that are alike are no acceleration. Twice: iterations 2 and 3.
        Assert.Equal(new RowEnding(3, ExitReason.RuleMet), Run(ToyCores.Drift, new AccelerationExit(), start: start).Ending);
    }

    [Fact]
    public void Acceleration_asks_for_two_hits_in_a_row()
    {
        // Second differences −0.1, −0.001, −0.1, −0.001, −0.001.
        var seen = Walk(new AccelerationExit(0.005), [0.5, 0.4, 0.399, 0.299, 0.298, 0.297]);
        Assert.Equal([false, false, false, false, false, true], seen.Select(check => check.Stops));
        Assert.True(seen[2].Value < 0.005 && seen[4].Value < 0.005);
    }

    [Fact]
    public void One_step_that_is_small_by_accident_does_not_stop_a_contraction()
    {
        foreach (double accident in (double[])[0, 1e-9, 1e-4, 0.01, 0.3])
        {
            for (int at = 5; at < 40; at++)
            {
                double[] steps = [.. Enumerable.Range(0, 80).Select(i => Math.Pow(0.9, i) * (i == at ? accident : 1))];
                var seen = Walk(new ContractionExit(0.02), steps);
                int stop = Array.FindIndex(seen, check => check.Stops);
                double left = steps.Skip(stop + 1).Sum() / (1 + steps.Take(stop + 1).Sum());
                Assert.InRange(left, 0.001, 0.0202);
                Assert.True(stop > 20, $"stopped at {stop} with the accident at {at}");
            }
        }
    }

    [Fact]
    public void A_row_at_rest_meets_every_rule_of_states()
    {
        CoreStep rest = (_, _, state, next) => state.CopyTo(next);
        Assert.Equal(1, Run(rest, new ResidualExit(), start: [3, 4]).Ending.Iterations);
        Assert.Equal(1, Run(rest, new CosineExit(), start: [3, 4]).Ending.Iterations);
        Assert.Equal(3, Run(rest, new AccelerationExit(), start: [3, 4]).Ending.Iterations);
        Assert.Equal(5, Run(rest, new ContractionExit(), start: [3, 4]).Ending.Iterations);
        // At zero there is no size to divide by, and nothing moves.
        Assert.Equal(5, Run(rest, new ContractionExit()).Ending.Iterations);
    }

    [Fact]
    public void A_row_that_trembles_by_rounding_is_at_rest()
    {
        CoreStep tremble = (_, _, state, next) =>
        {
            next[0] = state[0] == 3 ? MathF.BitIncrement(3) : 3;
            next[1] = 4;
        };
        Assert.Equal(new RowEnding(5, ExitReason.RuleMet), Run(tremble, new ContractionExit(1e-3), start: [3, 4]).Ending);
    }

    [Fact]
    public void The_best_token_counts_only_as_long_as_it_stays()
    {
        int[] best = [3, 3, 3, 1, 1, 1, 1, 1, 1];
        var rule = new StableTokenExit(3);
        var monitor = rule.Start(1, 1, 20);
        monitor.Begin(0);
        var seen = new List<(double, bool)>();
        for (int i = 0; i < best.Length; i++)
        {
            float[] logits = new float[20];
            logits[best[i]] = 1;
            // Equally large, and later: the lowest id counts.
            logits[19] = i % 2;
            var check = monitor.Check(0, new ExitView(i + 1, [0], [0], logits));
            seen.Add((check.Value, check.Stops));
        }

        Assert.Equal([(0, false), (1, false), (2, false), (0, false), (1, false), (2, false), (3, true), (4, true), (5, true)], seen);
    }

    [Fact]
    public void Zeros_of_either_sign_are_equal()
    {
        var monitor = new StableTokenExit(1).Start(1, 1, 2);
        monitor.Begin(0);
        Assert.False(monitor.Check(0, new ExitView(1, [0], [0], [-0f, 0f])).Stops);
        Assert.True(monitor.Check(0, new ExitView(2, [0], [0], [0f, -0f])).Stops);
        Assert.True(monitor.Check(0, new ExitView(3, [0], [0], [-0f, -0f])).Stops);
    }

    [Fact]
    public void A_vocabulary_of_65536_is_summed_to_the_last_digits()
    {
        float[][] logits = [.. Enumerable.Range(0, 3).Select(i => Enumerable.Range(0, 65536).Select(c => 9 * Noise.At(4 + (ulong)i, c)).ToArray())];
        float[][] states = [[1], [1], [1]];
        foreach (var rule in (ExitRule[])[new EntropyExit(), new DivergenceExit(), new MinPDivergenceExit()])
        {
            var monitor = rule.Start(1, 1, 65536);
            monitor.Begin(0);
            double[] expected = ExitTextbook.Values(rule, states, logits);
            for (int i = 1; i < 3; i++)
                Assert.Equal(expected[i - 1], monitor.Check(0, new ExitView(i, states[i], states[i - 1], logits[i])).Value, 1e-11);
        }
    }

    [Fact]
    public void Rows_of_a_run_stop_where_they_stop_alone_though_others_leave()
    {
        float[] rates = [0.9f, 0.1f, 0.7f, 0.3f];
        float[] e = [1, 1, 2, 2, 3, 3, 5, 5];
        foreach (var rule in (ExitRule[])[new AccelerationExit(), new ContractionExit()])
        {
            var settings = new RunSettings { Limit = 200, Exit = rule };
            var endings = new RowEnding[4];
            new RecurrentRun(ToyCores.Contractions(rates), Width, 4).Run(RowBatch.ForPrompt(4), e, settings, new float[8], endings);
            for (int position = 0; position < 4; position++)
                Assert.Equal(Run(ToyCores.Contraction(rates[position]), rule, e[position * Width]).Ending, endings[position]);
            Assert.True(endings.Distinct().Count() > 2);
        }
    }

    [Fact]
    public void A_run_refuses_a_rule_that_reads_logits()
    {
        var error = Assert.Throws<ArgumentException>(() => new RecurrentRun(ToyCores.Flip, Width, 1).Run(
            RowBatch.ForPrompt(1), [1, 1], new RunSettings { Limit = 3, Exit = new DivergenceExit() }, new float[2], new RowEnding[1]));
        Assert.Contains("DivergenceExit compares logits", error.Message);
        Assert.Contains("such as ResidualExit", error.Message);
    }
}
