using System;
using System.Linq;
using Muninn.Engine.Recurrence;
using Muninn.Microscope.Measures.Exits;
using Muninn.Tests.Engine.Checkpoints;
using Muninn.Tests.Engine.Recurrence;
using Muninn.Tests.Microscope.Measures.Lenses;
using Muninn.Tests.Oracle;
using Xunit;

namespace Muninn.Tests.Microscope.Measures.Exits;

public sealed class ExitTableTests
{
    static ExitRecording Recording(int positions, int limit, int horizon, float rate = 0.9f)
    {
        var readout = ToyReadouts.Noisy(ToyCores.Width, 23);
        var recording = new ExitRecording(positions, readout, limit, horizon);
        new RecurrentRun(ToyCores.Contraction(rate), ToyCores.Width, positions).Run(
            RowBatch.ForPrompt(positions), Noise.Floats(positions * ToyCores.Width, 3), new RunSettings { Limit = horizon },
            new float[positions * ToyCores.Width], new RowEnding[positions], null, recording.Observe);
        return recording;
    }

    // One prelude block, two of the core, one of the coda.
    static Muninn.Engine.Checkpoints.ModelConfig Config => new SmallCheckpoint().Parsed();

    [Fact]
    public void Passes_count_every_check_of_the_coda_and_the_end()
    {
        var table = ExitTable.Of([Recording(3, 10, 20)],
        [
            new(null, 4), new(new ResidualExit(1e-9)), new(new DivergenceExit(1e-30)), new(new DivergenceExit(1e-30) { CodaInterval = 3 }),
            new(new DivergenceExit(1e-30) { CodaInterval = 5 }), new(new DivergenceExit(1e3)), new(new DivergenceExit(1e3) { CodaInterval = 4 }),
        ], Config);
        // 1 + 2 · iterations + codas.
        Assert.Equal([1 + 8 + 1, 1 + 20 + 1, 1 + 20 + 10, 1 + 20 + 4, 1 + 20 + 2, 1 + 2 + 1, 1 + 8 + 1], table.Outcomes.Select(o => o.BlockPassesMean));
        Assert.Equal([4, 10, 10, 10, 10, 1, 4], table.Outcomes.Select(o => o.IterationsMean));
    }

    [Fact]
    public void Prompts_stand_one_behind_the_other()
    {
        var table = ExitTable.Of([Recording(3, 10, 20), Recording(1, 10, 20, 0.5f)], [new(null, 2), new(new ResidualExit(0.05))], Config);
        Assert.Equal(4, table.Tokens);
        Assert.Equal([3, 1], table.Prompts);
        Assert.All(table.Outcomes, outcome => Assert.Equal((4, 4, 4, 4), (outcome.Iterations.Length, outcome.Divergence.Length, outcome.Changed.Length, outcome.RuleMet.Length)));
        Assert.Equal(Recording(1, 10, 20, 0.5f).Replay([new(null, 2)]).Divergence[0][0], table.Outcomes[0].Divergence[3]);
        Assert.True(table.Outcomes[1].Iterations[3] < table.Outcomes[1].Iterations[0]);
        Assert.Equal(table.Outcomes[0].Divergence.Max(), (float)table.Outcomes[0].DivergenceWorst);
        Assert.Contains("cannot share a table", Assert.Throws<ArgumentException>(
            () => ExitTable.Of([Recording(3, 10, 20), Recording(1, 9, 20)], [new(null, 2)], Config)).Message);
    }

    [Fact]
    public void Ladders_go_from_early_exits_to_late_ones()
    {
        foreach (var rule in ExitCandidate.Rules)
        {
            var ladder = ExitCandidate.Ladder(rule);
            Assert.Equal(6, ladder.Distinct().Count());
            var table = ExitTable.Of([Recording(3, 64, 64)], ladder, Config);
            Assert.Equal(table.Outcomes.Select(o => o.IterationsMean).Order(), table.Outcomes.Select(o => o.IterationsMean));
            Assert.All(ladder, candidate => Assert.Equal(rule.CodaInterval, candidate.Rule!.CodaInterval));
        }

        Assert.Equal([1, 2, 3, 4, 5], ExitCandidate.Depths(5).Select(c => c.Depth));
        Assert.Equal([1], ExitCandidate.Depths(1).Select(c => c.Depth));
    }

    [Fact]
    public void The_front_is_what_nothing_beats()
    {
        double[] cost = [1, 2, 2, 3, 4, 1, 5, double.NaN, 0.5];
        double[] loss = [9, 5, 6, 5, 1, 9, 1, 0, double.NaN];
        bool[] expected = [true, true, false, false, true, true, false, false, false];
        Assert.Equal(expected, ParetoFront.Of(cost, loss));
        Assert.Equal([], ParetoFront.Of([], []));
        Assert.Throws<ArgumentException>(() => ParetoFront.Of([1], []));
    }

    [Fact]
    public void Fronts_of_many_points_are_those_of_the_twin()
    {
        double[] cost = [.. Noise.Floats(200, 1).Select(x => Math.Round(5 * x))];
        // Along a slope, so that the front has many points, one step apart.
        double[] loss = [.. Noise.Floats(200, 2).Zip(cost, (x, c) => Math.Round(1 + x - c))];
        bool[] front = ParetoFront.Of(cost, loss);
        for (int i = 0; i < cost.Length; i++)
        {
            // The best loss of all that cost no more is its own, and nothing has it for less.
            double best = cost.Zip(loss).Where(p => p.First <= cost[i]).Min(p => p.Second);
            double cheapest = cost.Zip(loss).Where(p => p.Second <= loss[i]).Min(p => p.First);
            Assert.Equal(best == loss[i] && cheapest == cost[i], front[i]);
        }

        Assert.True(cost.Where((_, i) => front[i]).Distinct().Count() > 5);
    }

    [Fact]
    public void A_real_run_that_is_worse_than_its_replay_is_told()
    {
        var table = ExitTable.Of([Recording(3, 8, 40), Recording(2, 8, 40)], [new(new DivergenceExit(0.1))], Config);
        var replay = table.Outcomes[0];
        VerifiedExit Real(float divergence, int shift) => VerifiedExit.Of(replay,
        [
            new([replay.Iterations[0], replay.Iterations[1] + shift, replay.Iterations[2]], [true, true, true], [divergence, 0, 0], [true, false, false]),
            new([replay.Iterations[3], replay.Iterations[4]], [true, false], [0, 0], [false, false]),
        ]);
        var real = Real(5, -1);
        Assert.Equal([true, true, true, true, false], real.RuleMet);
        Assert.Equal((4, 1, 1, 1.0), (real.SameStops, real.LargestShift, real.ChangedCount, real.DivergenceMean));
        Assert.Contains(ExitFindings.Describe(table, [real], _ => "kl:0.1"), finding => finding.Text.StartsWith(
            "Replays are too kind to 1 of 1 rules that were run for real, 1 of them rules that read logits; at worst kl:0.1:", StringComparison.Ordinal));
        Assert.Contains(ExitFindings.Describe(table, [Real(0, 0)], _ => "kl:0.1"), finding => finding.Text.StartsWith(
            "In real runs of 1 rule no mean divergence is more than 3 times that of the replay", StringComparison.Ordinal));
        Assert.Contains(ExitFindings.Describe(table, [Real(float.NaN, 0)], _ => "kl:0.1"), finding => finding.Text.StartsWith(
            "Whether replays are too kind cannot be told: 1 of 1 real runs", StringComparison.Ordinal));
        Assert.Contains(ExitFindings.Describe(table, [real], _ => "kl:0.1"), finding => finding.Text.StartsWith(
            "Of the 1 rules that were run for real none keeps the mean divergence within 0.01 nats", StringComparison.Ordinal));
        Assert.Contains(ExitFindings.Describe(table, [Real(0.04f, 0)], _ => "kl:0.1"), finding => finding.Text.EndsWith(
            "by kl:0.1 (0.008 nats, 1 of 5 answers changed).", StringComparison.Ordinal));
        Assert.Contains("The runs have 3 tokens, the replay 5", Assert.Throws<ArgumentException>(
            () => VerifiedExit.Of(replay, [new([1, 1, 1], [true, true, true], [0, 0, 0], [false, false, false])])).Message);
    }

    [Fact]
    public void Findings_say_what_is_cheapest_and_where_full_depth_is()
    {
        var candidates = ExitCandidate.Depths(16).Append(new ExitCandidate(new ResidualExit(1e-9))).ToList();
        string[] texts = [.. ExitFindings.Describe(ExitTable.Of([Recording(3, 16, 16, 0.5f)], candidates, Config), [], c => c.Rule is null ? $"fixed {c.Depth}" : "residual").Select(f => f.Text)];
        Assert.Contains(texts, text => text.Contains("by residual (34.0 block passes, 0 answers changed, at worst 0 nats); the same depth for all does it with", StringComparison.Ordinal)
            && text.Contains("no rule needs fewer", StringComparison.Ordinal));
        Assert.Contains(texts, text => text.StartsWith("Full depth is the horizon, 16", StringComparison.Ordinal));
        Assert.Contains(texts, text => text.StartsWith("3 tokens of 1 prompt are few", StringComparison.Ordinal));
        texts = [.. ExitFindings.Describe(ExitTable.Of([Recording(3, 4, 50)], [new(null, 1)], Config), [], _ => "x").Select(f => f.Text)];
        Assert.Contains(texts, text => text.StartsWith("Nothing that was tried keeps the mean divergence", StringComparison.Ordinal));
        Assert.Contains(texts, text => text.StartsWith("Full depth (4) is itself", StringComparison.Ordinal));
    }
}
