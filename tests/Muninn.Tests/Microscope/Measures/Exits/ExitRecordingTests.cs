using System;
using System.Collections.Generic;
using System.Linq;
using Muninn.Engine.Caching;
using Muninn.Engine.Generation;
using Muninn.Engine.Model;
using Muninn.Engine.Recurrence;
using Muninn.Microscope.Measures.Exits;
using Muninn.Microscope.Measures.Lenses;
using Muninn.Tests.Engine.Generation;
using Muninn.Tests.Engine.Recurrence;
using Muninn.Tests.Microscope.Measures.Lenses;
using Muninn.Tests.Oracle;
using Xunit;

namespace Muninn.Tests.Microscope.Measures.Exits;

public sealed class ExitRecordingTests
{
    const int Width = ToyCores.Width;
    const int Vocabulary = 41;
    const int Positions = 5;
    const int Limit = 40;

    static readonly CoreStep _core = ToyCores.Contractions([0.9f, 0.5f, -0.8f, 0.97f, 0.3f]);

    static ExitCandidate[] Everything =>
    [
        .. ExitCandidate.Depths(Limit), .. ExitCandidate.Rules.SelectMany(ExitCandidate.Ladder),
        .. ExitCandidate.Rules.Where(rule => rule.ReadsLogits).SelectMany(rule => ExitCandidate.Ladder(rule with { CodaInterval = 3 })),
    ];

    static RunSettings Settings(int limit) => new()
    {
        Limit = limit,
        Start = InitialState.Given(Noise.Floats(Positions * Width, 4).Select(x => 4 * x).ToArray()),
    };

    static (RowEnding[] Endings, float[] Final) Iterate(CoreStep core, RunSettings settings, Readout readout, IterationObserver? observer = null)
    {
        var endings = new RowEnding[Positions];
        float[] final = new float[Positions * Width];
        new RecurrentRun(core, Width, Positions, (rows, state, logits) => readout.Head(state, rows.Count, logits), readout.Vocabulary).Run(
            RowBatch.ForPrompt(Positions), Noise.Floats(Positions * Width, 3), settings, final, endings, null, observer);
        return (endings, final);
    }

    static ExitRecording Record(CoreStep core, Readout readout, int horizon = 60)
    {
        var recording = new ExitRecording(Positions, readout, Limit, horizon);
        Iterate(core, Settings(horizon), readout, recording.Observe);
        return recording;
    }

    static LensTwin[] Rows(Readout readout, float[] states)
    {
        float[] logits = new float[Positions * Vocabulary];
        readout.Head(states, Positions, logits);
        return [.. Enumerable.Range(0, Positions).Select(t => LensTwin.Of(logits.AsSpan(t * Vocabulary, Vocabulary)))];
    }

    [Fact]
    public void Where_rows_do_not_see_each_other_every_replay_is_the_run_with_that_rule_to_the_iteration()
    {
        var readout = ToyReadouts.Noisy(Width, Vocabulary);
        var candidates = Everything;
        var exits = Record(_core, readout).Replay(candidates);
        var full = Rows(readout, Iterate(_core, Settings(Limit), readout).Final);
        int early = 0;
        for (int c = 0; c < candidates.Length; c++)
        {
            var settings = Settings(Math.Min(Limit, candidates[c].Rule is null ? candidates[c].Depth : Limit)) with { Exit = candidates[c].Rule };
            var (endings, final) = Iterate(_core, settings, readout);
            Assert.Equal(endings.Select(ending => ending.Iterations), exits.Iterations[c]);
            Assert.Equal(endings.Select(ending => ending.Reason == ExitReason.RuleMet), exits.RuleMet[c]);
            var rows = Rows(readout, final);
            for (int t = 0; t < Positions; t++)
            {
                Assert.Equal(rows[t].DivergenceOf(full[t]), exits.Divergence[c][t], 1e-6);
                Assert.Equal(rows[t].Order[0] != full[t].Order[0], exits.Changed[c][t]);
            }

            early += exits.RuleMet[c].Count(met => met);
        }

        Assert.True(early > candidates.Length, $"{early} early exits");
    }

    [Fact]
    public void A_rule_that_reads_logits_gets_them_at_its_interval_alone()
    {
        var readout = ToyReadouts.Noisy(Width, Vocabulary);
        var exits = Record(_core, readout).Replay([new(new StableTokenExit(1) { CodaInterval = 7 }), new(new DivergenceExit(0.1) { CodaInterval = 3 })]);
        Assert.All(exits.Iterations[0].Zip(exits.RuleMet[0]), exit => Assert.True(exit.First == Limit || (exit.First % 7 == 0 && exit.Second)));
        Assert.All(exits.Iterations[1].Zip(exits.RuleMet[1]), exit => Assert.True(exit.First == Limit || (exit.First % 3 == 0 && exit.Second)));
        Assert.Contains(14, exits.Iterations[0]);
    }

    [Fact]
    public void Full_depth_is_compared_with_the_horizon()
    {
        var readout = ToyReadouts.Noisy(Width, Vocabulary);
        var (divergence, changed) = Record(_core, readout, 60).FullDepthAgainstHorizon();
        var full = Rows(readout, Iterate(_core, Settings(Limit), readout).Final);
        var beyond = Rows(readout, Iterate(_core, Settings(60), readout).Final);
        for (int t = 0; t < Positions; t++)
        {
            Assert.Equal(full[t].DivergenceOf(beyond[t]), divergence[t], 1e-6);
            Assert.Equal(full[t].Order[0] != beyond[t].Order[0], changed[t]);
        }

        Assert.All(Record(_core, readout, Limit).FullDepthAgainstHorizon().Divergence, value => Assert.Equal(0, value));
    }

    [Fact]
    public void A_drift_never_exits_and_a_flip_keeps_its_depth()
    {
        var readout = ToyReadouts.Noisy(Width, Vocabulary);
        ExitCandidate[] states = [new(new ResidualExit(1e-4)), new(new ContractionExit()), new(null, 3), new(null, 1000)];
        foreach (var core in (CoreStep[])[ToyCores.Drift, ToyCores.Flip])
        {
            var exits = Record(core, readout).Replay(states);
            Assert.All(exits.Iterations[0].Concat(exits.Iterations[1]).Concat(exits.Iterations[3]), i => Assert.Equal(Limit, i));
            Assert.All(exits.RuleMet.SelectMany(met => met), Assert.False);
            Assert.All(exits.Iterations[2], i => Assert.Equal(3, i));
        }
    }

    [Fact]
    public void Logits_that_are_no_numbers_leave_no_divergence_and_stop_nothing()
    {
        var readout = ToyReadouts.Noisy(Width, Vocabulary);
        var recording = Record(ToyCores.NotANumberBomb, readout);
        var table = ExitTable.Of([recording], [new(new DivergenceExit()), new(null, 2)], new Muninn.Tests.Engine.Checkpoints.SmallCheckpoint().Parsed());
        Assert.Equal(Limit, table.Outcomes[0].Iterations[1]);
        Assert.Equal(1, table.NotFinite);
        Assert.True(float.IsNaN(table.Outcomes[0].Divergence[1]) && double.IsNaN(table.Outcomes[0].DivergenceMean) && double.IsNaN(table.Outcomes[0].DivergenceWorst));
        Assert.False(table.Outcomes[0].OnDivergenceFront);
        Assert.Contains("1 of 5 tokens have logits that are not finite", ExitFindings.Describe(table, [], candidate => $"{candidate}")[0].Text);
    }

    [Fact]
    public void Recordings_that_cannot_be_are_refused()
    {
        var readout = ToyReadouts.Noisy(Width, Vocabulary);
        Assert.Contains("The horizon, 3, lies before full depth, 4", Assert.Throws<ArgumentException>(() => new ExitRecording(1, readout, 4, 3)).Message);
        Assert.Throws<ArgumentOutOfRangeException>(() => new ExitRecording(1, readout, 0, 3));
        var recording = new ExitRecording(Positions, readout, 4, 9);
        Iterate(_core, Settings(8), readout, recording.Observe);
        Assert.Contains("came to iteration 8, and 9 are needed", Assert.Throws<InvalidOperationException>(() => recording.Replay([])).Message);
        var config = new Muninn.Tests.Engine.Checkpoints.SmallCheckpoint().Parsed();
        Assert.Contains("no recording", Assert.Throws<ArgumentException>(() => ExitTable.Of([], [new(null, 1)], config)).Message);
        Assert.Contains("no candidate", Assert.Throws<ArgumentException>(() => ExitTable.Of([recording], [], config)).Message);
    }

    public static TheoryData<string> ModelRules { get; } =
        [.. (string[])["residual", "cosine", "acceleration", "contraction", "entropy", "kl", "minp-kl", "stable-token"]];

    static ExitRule Rule(string name, int interval) => ExitCandidate.Rules[ModelRules.ToList().FindIndex(row => row.Data == name)] with { CodaInterval = interval };

    /// <summary>A prompt of one token is all a rule can see of itself: there the replay is the real run, of a model too.</summary>
    [Theory]
    [MemberData(nameof(ModelRules))]
    public void The_first_token_of_a_model_stops_where_the_real_run_stops_it(string name)
    {
        using var subject = GenerationSubject.Seedling();
        foreach (int interval in (int[])[1, 3])
        {
            var settings = new RunSettings { Limit = 32, Start = InitialState.Random(5) };
            int[] prompt = [65, 66, 300, 301];
            using var run = new PromptRun(subject.Model, subject.Pool, prompt);
            var recording = new ExitRecording(prompt.Length, Readout.Of(LensKind.Coda, run, subject.Model), 32, 32);
            run.Run(settings, observer: recording.Observe);
            var candidates = ExitCandidate.Ladder(Rule(name, interval));
            var exits = recording.Replay(candidates);
            for (int c = 0; c < candidates.Count; c++)
            {
                var real = ExitVerification.Of(run, recording, candidates[c].Rule!, settings);
                Assert.Equal(exits.Iterations[c][0], real.Iterations[0]);
                Assert.Equal(exits.Divergence[c][0], real.Divergence[0], 1e-6);
                Assert.Equal(exits.Changed[c][0], real.Changed[0]);
            }
        }
    }

    /// <summary>Another way to run the same: requests whose prompt is one flight, and the last row of each prefix.</summary>
    [Theory]
    [MemberData(nameof(ModelRules))]
    public void A_real_run_of_a_prompt_stops_tokens_where_generation_stops_them(string name)
    {
        using var subject = GenerationSubject.Seedling();
        int[] prompt = [.. Enumerable.Range(0, 12).Select(i => 40 + 31 * i)];
        foreach (int interval in (int[])[1, 3])
        {
            var rule = Rule(name, interval);
            var settings = new RunSettings { Limit = 32, Start = InitialState.Random(5), Exit = rule };
            using var run = new PromptRun(subject.Model, subject.Pool, prompt);
            run.Run(settings);
            int[] iterations = [.. run.Endings.ToArray().Select(ending => ending.Iterations)];
            List<int> expected = [];
            for (int length = 1; length <= prompt.Length; length++)
            {
                expected.Add(subject.Generate(new GenerationRequest
                {
                    Prompt = prompt.AsMemory(0, length),
                    PromptChunk = prompt.Length,
                    TokensMax = 1,
                    Limit = 32,
                    Exit = rule,
                    Start = settings.Start,
                    Cache = CachePolicy.LatestOnly,
                }).Tokens[0].Iterations);
            }

            Assert.Equal(expected, iterations);
        }
    }
}
