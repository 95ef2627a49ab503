using System;
using System.Collections.Generic;
using System.Linq;
using Muninn.Engine.Checkpoints;
using Muninn.Engine.Model;
using Muninn.Engine.Recurrence;
using Muninn.Microscope.Measures.Lenses;
using Muninn.Tests.Engine.Generation;
using Muninn.Tests.Engine.Recurrence;
using Muninn.Tests.Oracle;
using Xunit;

namespace Muninn.Tests.Microscope.Measures.Lenses;

public sealed class LensMeterTests
{
    const int Width = ToyCores.Width;
    const int Vocabulary = 37;
    static readonly int[] _ids = [5, 0, 36, 12];

    static int StateBytes => sizeof(float) * _ids.Length * Width;

    /// <summary>Each position at its own rate, from noise.</summary>
    static void Iterate(int limit, IterationObserver observer, ulong seed = 4, CoreStep? core = null, int positions = 4) =>
        new RecurrentRun(core ?? ToyCores.Contractions([0.9f, 0.5f, -0.8f, 0.95f]), Width, positions).Run(
            RowBatch.ForPrompt(positions), Noise.Floats(positions * Width, 3),
            new RunSettings { Limit = limit, Start = InitialState.Given(Noise.Floats(positions * Width, seed).Select(x => 4 * x).ToArray()) },
            new float[positions * Width], new RowEnding[positions], null, observer);

    static LensTable Read(LensSettings settings, Readout? readout = null, long heldBytes = long.MaxValue, CoreStep? core = null, int[]? ids = null)
    {
        ids ??= _ids;
        var meter = new LensMeter(ids, readout ?? ToyReadouts.Noisy(Width, Vocabulary), settings, heldBytes);
        foreach (int limit in meter.Limits)
            Iterate(limit, meter.Observe, core: core, positions: ids.Length);
        return meter.ToTable();
    }

    static LensTwin[][] Twins(int horizon, Readout readout)
    {
        var twins = new List<LensTwin[]>();
        Iterate(horizon, (in IterationView view) =>
        {
            float[] logits = new float[_ids.Length * readout.Vocabulary];
            readout.Head(view.State, _ids.Length, logits);
            twins.Add([.. Enumerable.Range(0, _ids.Length).Select(t => LensTwin.Of(logits.AsSpan(t * readout.Vocabulary, readout.Vocabulary)))]);
        });
        return [.. twins];
    }

    [Fact]
    public void Every_number_is_the_twins()
    {
        const int Horizon = 30;
        var readout = ToyReadouts.Noisy(Width, Vocabulary);
        var twins = Twins(Horizon, readout);
        var table = Read(new LensSettings { Horizon = Horizon, TopCount = 3, DivergenceBound = 0.02 }, readout);
        Assert.Equal(Enumerable.Range(0, Horizon + 1), table.Iterations);
        for (int m = 0; m <= Horizon; m++)
        {
            for (int t = 0; t < _ids.Length; t++)
            {
                var twin = twins[m][t];
                int cell = m * _ids.Length + t;
                Assert.Equal(twin.Order[..3], table.TopTokens(m, t).ToArray());
                for (int i = 0; i < 3; i++)
                    Assert.Equal(twin.LogP[twin.Order[i]], table.LogProbabilities[cell * 3 + i], 1e-5);
                Assert.Equal(twin.Entropy, table.Entropy[cell], 1e-6);
                Assert.Equal(twin.DivergenceOf(twins[Horizon][t]), table.Divergence[cell], 1e-6);
                Assert.Equal(twin.RankOf(twins[Horizon][t].Order[0]), table.Rank[cell]);
                if (t + 1 == _ids.Length)
                {
                    Assert.Equal(LensTable.NoRank, table.NextRank[cell]);
                    Assert.Equal(float.NaN, table.NextLogProbability[cell]);
                    continue;
                }

                Assert.Equal(twin.LogP[_ids[t + 1]], table.NextLogProbability[cell], 1e-5);
                Assert.Equal(twin.RankOf(_ids[t + 1]), table.NextRank[cell]);
            }
        }

        for (int t = 0; t < _ids.Length; t++)
        {
            Assert.Equal(LensTwin.From(table.Iterations, m => twins[m][t].Order[0] == twins[Horizon][t].Order[0]), table.Commit[t]);
            Assert.Equal(LensTwin.From(table.Iterations, m => twins[m][t].DivergenceOf(twins[Horizon][t]) < 0.02), table.Settled[t]);
            Assert.Equal(Enumerable.Range(1, Horizon).Count(m => twins[m][t].Order[0] != twins[m - 1][t].Order[0]), table.Changes[t]);
            var end = twins[Horizon][t];
            Assert.Equal(end.LogP[end.Order[0]] - end.LogP[end.Order[1]], table.FinalMargin[t], 1e-5);
        }

        Assert.True(table.Commit.Distinct().Count() > 1 && table.Settled.Distinct().Count() > 1);
        Assert.All(Enumerable.Range(0, _ids.Length), t => Assert.Equal((0f, 1), (table.Divergence[Horizon * _ids.Length + t], table.Rank[Horizon * _ids.Length + t])));
    }

    [Theory]
    [InlineData(0, 13)]
    [InlineData(1, 13)]
    [InlineData(3, 5)]
    [InlineData(12, 2)]
    [InlineData(13, 1)]
    public void Numbers_do_not_depend_on_what_is_held(int statesHeld, int runs)
    {
        var settings = new LensSettings { Horizon = 12 };
        var expected = Read(settings);
        long bytes = statesHeld * (long)StateBytes;
        var actual = Read(settings, heldBytes: bytes);
        Assert.Equal(runs, new LensMeter(_ids, ToyReadouts.Noisy(Width, Vocabulary), settings, bytes).Limits.Count);
        Assert.Equal(expected.Tokens, actual.Tokens);
        Assert.Equal(expected.LogProbabilities, actual.LogProbabilities);
        Assert.Equal(expected.Entropy, actual.Entropy);
        Assert.Equal(expected.Divergence, actual.Divergence);
        Assert.Equal(expected.Rank, actual.Rank);
        Assert.Equal(expected.Commit, actual.Commit);
        Assert.Equal(expected.Settled, actual.Settled);
    }

    [Fact]
    public void Some_iterations_give_the_rows_of_all()
    {
        var all = Read(new LensSettings { Horizon = 12 });
        var some = Read(new LensSettings { Horizon = 12, Iterations = [0, 3, 7] });
        Assert.Equal([0, 3, 7, 12], some.Iterations);
        foreach (int iteration in some.Iterations)
        {
            for (int t = 0; t < _ids.Length; t++)
                Assert.Equal(all.TopTokens(all.ReadingOf(iteration), t).ToArray(), some.TopTokens(some.ReadingOf(iteration), t).ToArray());
        }

        Assert.Equal(-1, some.ReadingOf(4));
    }

    [Fact]
    public void A_horizon_of_one_has_two_readings_and_of_none_one()
    {
        var table = Read(new LensSettings { Horizon = 1 }, heldBytes: 0);
        Assert.Equal([0, 1], table.Iterations);
        Assert.All(table.Commit, commit => Assert.InRange(commit!.Value, 0, 1));
        Assert.All(Read(new LensSettings { Horizon = 0 }).Commit, commit => Assert.Equal(0, commit));
    }

    [Fact]
    public void One_token_has_no_next_one()
    {
        var table = Read(new LensSettings { Horizon = 3 }, ids: [7]);
        Assert.All(table.NextRank, rank => Assert.Equal(LensTable.NoRank, rank));
        Assert.Equal(4, table.Readings);
    }

    [Fact]
    public void Of_equally_likely_tokens_the_lower_id_comes_first()
    {
        // Tokens 3 and 9 tie above the rest, which tie too.
        var readout = ToyReadouts.Of(Width, Vocabulary, (_, logits) => logits[3] = logits[9] = 2);
        var table = Read(new LensSettings { Horizon = 2, TopCount = 4 }, readout);
        Assert.Equal([3, 9, 0, 1], table.TopTokens(0, 0).ToArray());
        Assert.Equal(3, table.FinalTokens[0]);
        Assert.Equal(0, table.FinalMargin[0]);
        // 5 follows at position −1, 0 at position 0: third of all; 36 is the last.
        Assert.Equal(3, table.NextRank[0]);
        Assert.Equal(Vocabulary, table.NextRank[1]);
        Assert.All(table.Commit, commit => Assert.Equal(0, commit));
    }

    [Fact]
    public void An_answer_that_comes_back_commits_only_the_second_time()
    {
        // The first number of the state counts iterations: token 1 at 0 … 3 and from 6 on, token 2 between.
        CoreStep count = (rows, _, state, next) =>
        {
            for (int i = 0; i < rows.Count * Width; i++)
                next[i] = rows.Iterations[i / Width] + 1;
        };
        var readout = ToyReadouts.Of(Width, 3, (state, logits) => logits[state[0] is 4 or 5 ? 2 : 1] = 5);
        var table = Read(new LensSettings { Horizon = 9, TopCount = 3 }, readout, core: count, ids: [0]);
        Assert.Equal(6, table.Commit[0]);
        Assert.Equal(2, table.Changes[0]);
        // Token 2 is ahead there, and of the two others, which tie, the lower id.
        Assert.Equal(3, table.Rank[4]);
    }

    [Fact]
    public void Logits_that_are_no_numbers_are_named_where_they_stand()
    {
        // Position 1 becomes NaN at the third iteration and remains so.
        var table = Read(new LensSettings { Horizon = 6 }, core: ToyCores.NotANumberBomb, ids: [5, 0, 36]);
        int cell = 3 * 3 + 1;
        Assert.All(table.TopTokens(3, 1).ToArray(), token => Assert.Equal(LensTable.NoToken, token));
        Assert.True(float.IsNaN(table.Entropy[cell]) && float.IsNaN(table.Divergence[cell]) && float.IsNaN(table.LogProbabilities[cell * 5]));
        Assert.Equal((LensTable.NoRank, LensTable.NoRank), (table.Rank[cell], table.NextRank[cell]));
        Assert.Equal((LensTable.NoToken, null, null), (table.FinalTokens[1], table.Commit[1], table.Settled[1]));
        // Before that there are tokens, but nothing to compare them with.
        Assert.True(table.Likeliest(2, 1) >= 0 && float.IsNaN(table.Divergence[2 * 3 + 1]));
        Assert.NotNull(table.Commit[0]);
        var finding = LensFindings.Describe(table, ["a", "b", "c"])[0];
        Assert.Contains("1 token has logits that are not finite, first at iteration 3: “b” (position 1)", finding.Text);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(38)]
    public void More_tokens_than_there_are_cannot_be_kept(int top) => Assert.Contains(
        $"likeliest {top} tokens are to be kept of a vocabulary of 37; give 1 to 37",
        Assert.Throws<ArgumentException>(() => new LensMeter(_ids, ToyReadouts.Noisy(Width, Vocabulary), new() { Horizon = 2, TopCount = top })).Message);

    [Fact]
    public void All_tokens_of_the_vocabulary_can_be_kept() => Assert.Equal(
        Enumerable.Range(0, Vocabulary), Read(new() { Horizon = 1, TopCount = Vocabulary }).TopTokens(0, 0).ToArray().Order());

    [Fact]
    public void Settings_that_cannot_be_are_refused()
    {
        var readout = ToyReadouts.Noisy(Width, Vocabulary);
        Assert.Throws<ArgumentException>(() => new LensMeter(_ids, readout, new() { Horizon = 4, Iterations = [3, 3] }));
        Assert.Throws<ArgumentException>(() => new LensMeter(_ids, readout, new() { Horizon = 4, Iterations = [5] }));
        Assert.Throws<ArgumentException>(() => new LensMeter(_ids, readout, new() { Horizon = 4, DivergenceBound = 0 }));
        Assert.Throws<ArgumentException>(() => new LensMeter([37], readout, new() { Horizon = 4 }));
        Assert.Throws<ArgumentOutOfRangeException>(() => new LensMeter([], readout, new() { Horizon = 4 }));
    }

    [Fact]
    public void Runs_that_are_missing_too_short_or_others_are_refused()
    {
        var readout = ToyReadouts.Noisy(Width, Vocabulary);
        var meter = new LensMeter(_ids, readout, new() { Horizon = 5 }, 3 * StateBytes);
        Assert.Equal([5, 2], meter.Limits);
        Assert.Throws<InvalidOperationException>(() => meter.ToTable());
        Iterate(5, meter.Observe);
        Assert.Contains("Run 1 of 2", Assert.Throws<InvalidOperationException>(() => meter.ToTable()).Message);
        Assert.Contains("not the first again", Assert.Throws<InvalidOperationException>(() => Iterate(2, meter.Observe, seed: 5)).Message);

        var early = new LensMeter(_ids, readout, new() { Horizon = 5 });
        Iterate(4, early.Observe);
        Assert.Throws<InvalidOperationException>(() => early.ToTable());
        Assert.Contains("must go on to 5", Assert.Throws<InvalidOperationException>(() => Iterate(5, early.Observe)).Message);
    }

    [Fact]
    public void The_coda_lens_of_a_model_is_its_logits_and_the_raw_one_leaves_out_the_coda()
    {
        using var subject = new GenerationSubject("tiny-f32");
        using var run = new PromptRun(subject.Model, subject.Pool, subject.Prompt);
        int vocabulary = subject.Model.Config.Vocabulary;
        int positions = run.Positions;
        foreach (var kind in (LensKind[])[LensKind.Coda, LensKind.Raw])
        {
            var blocks = new CoreBlockOutputs(subject.Model.Config.CoreBlocks, positions, subject.Model.Config.Width);
            run.SiteWatch = blocks.Watch;
            var meter = new LensMeter(subject.Prompt, Readout.Of(kind, run, subject.Model), new() { Horizon = 4 }, blocks: blocks);
            var expected = new List<float[]>();
            IterationObserver observer = meter.Observe;
            float[] final = run.Run(new RunSettings { Limit = 4, Start = InitialState.Random(3) }, observer: observer + ((in IterationView view) =>
            {
                float[] logits = new float[positions * vocabulary];
                if (kind == LensKind.Coda)
                {
                    run.Logits(view.State, logits);
                }
                else
                {
                    float[] normed = new float[view.State.Length];
                    subject.Model.FinalNorm.Apply(view.State, positions, normed);
                    run.Head(normed, positions, logits);
                }

                expected.Add(logits);
            })).ToArray();
            run.SiteWatch = null;
            // Reading must not disturb the run.
            using var alone = new PromptRun(subject.Model, subject.Pool, subject.Prompt);
            Assert.Equal(alone.Run(new RunSettings { Limit = 4, Start = InitialState.Random(3) }).ToArray(), final);

            var table = meter.ToTable();
            Assert.Equal(1 + 4 * subject.Model.Config.CoreBlocks, table.Readings);
            for (int iteration = 0; iteration <= 4; iteration++)
            {
                for (int t = 0; t < positions; t++)
                {
                    var twin = LensTwin.Of(expected[iteration].AsSpan(t * vocabulary, vocabulary));
                    Assert.Equal(twin.Order[..5], table.TopTokens(table.ReadingOf(iteration), t).ToArray());
                }
            }

            Assert.Equal(
                Enumerable.Range(1, 4).SelectMany(i => Enumerable.Range(0, subject.Model.Config.CoreBlocks).Select(b => (i, b == subject.Model.Config.CoreBlocks - 1 ? -1 : b))).Prepend((0, -1)),
                table.Iterations.Zip(table.Blocks));
        }
    }

    [Fact]
    public void A_block_in_the_middle_is_read_as_what_it_gave()
    {
        using var subject = new GenerationSubject("tiny-f32");
        using var run = new PromptRun(subject.Model, subject.Pool, subject.Prompt);
        var config = subject.Model.Config;
        var blocks = new CoreBlockOutputs(config.CoreBlocks, run.Positions, config.Width);
        var seen = new List<float[]>();
        var watch = blocks.Watch;
        run.SiteWatch = watch with
        {
            Observer = watch.Observer + ((in SiteView view) =>
            {
                if (view.Place.Block == 0)
                    seen.Add(view.Values.ToArray());
            }),
        };
        var meter = new LensMeter(subject.Prompt, Readout.Of(LensKind.Raw, run, subject.Model), new() { Horizon = 3 }, blocks: blocks);
        run.Run(new RunSettings { Limit = 3 }, observer: meter.Observe);
        var table = meter.ToTable();
        int reading = Enumerable.Range(0, table.Readings).Single(m => table.Iterations[m] == 2 && table.Blocks[m] == 0);
        float[] normed = new float[seen[1].Length];
        float[] logits = new float[run.Positions * config.Vocabulary];
        subject.Model.FinalNorm.Apply(seen[1], run.Positions, normed);
        run.Head(normed, run.Positions, logits);
        Assert.Equal(LensTwin.Of(logits.AsSpan(0, config.Vocabulary)).Order[..5], table.TopTokens(reading, 0).ToArray());
    }

    [Fact]
    public void Only_the_core_is_kept_and_of_it_all_blocks_but_the_last()
    {
        var blocks = new CoreBlockOutputs(3, 1, 2);
        Assert.Equal(2, blocks.Count);
        var rows = RowBatch.ForPrompt(1);
        foreach (var part in Enum.GetValues<ModelPart>())
        {
            foreach (var site in Enum.GetValues<BlockSite>())
            {
                for (int block = 0; block < 4; block++)
                    Show(new SitePlace(part, block, site), [10 * (int)part + block, (int)site]);
            }
        }

        Assert.Equal([10 * (int)ModelPart.Core + 0, (int)BlockSite.Output], blocks.Output(0).ToArray());
        Assert.Equal([10 * (int)ModelPart.Core + 1, (int)BlockSite.Output], blocks.Output(1).ToArray());
        Assert.Contains("Block 1 gave 4 numbers where 2 were expected",
            Assert.Throws<InvalidOperationException>(() => Show(new SitePlace(ModelPart.Core, 1, BlockSite.Output), new float[4])).Message);

        void Show(SitePlace place, float[] values)
        {
            if (blocks.Watch.Wants(place, rows))
                blocks.Watch.Observer(new SiteView(place, rows, values.Length, values));
        }
    }

    [Fact]
    public void A_prediction_is_read_at_the_token_before()
    {
        var table = Read(new LensSettings { Horizon = 2 });
        var token = new AlignedLens(table, LensAlignment.Token);
        var prediction = new AlignedLens(table, LensAlignment.Prediction);
        Assert.Equal([0, 1, 2, 3], Enumerable.Range(0, 4).Select(row => token.PositionOf(row)!.Value));
        Assert.Equal([null, 0, 1, 2], Enumerable.Range(0, 4).Select(prediction.PositionOf));
        Assert.Equal([0, 36, 12, null], Enumerable.Range(0, 4).Select(token.ActualOf));
        Assert.Equal([null, 0, 36, 12], Enumerable.Range(0, 4).Select(prediction.ActualOf));
        Assert.Throws<ArgumentOutOfRangeException>(() => token.PositionOf(4));
    }
}
