using System;
using System.Linq;
using System.Threading;
using Muninn.Engine.Caching;
using Muninn.Engine.Checkpoints;
using Muninn.Engine.Model;
using Muninn.Engine.Recurrence;
using Muninn.Kernels;
using Muninn.Tests.Reference;
using Xunit;

namespace Muninn.Tests.Engine.Model;

public sealed class ForwardPassTests : IDisposable
{
    readonly Checkpoint _checkpoint = Checkpoint.Open(GoldenFile.FolderOf("tiny-f32"));
    readonly RecurrentModel _model;
    readonly WorkerPool _pool = new(1);

    public ForwardPassTests() => _model = RecurrentModel.Load(_checkpoint, new ModelOptions());

    public void Dispose()
    {
        _model.Dispose();
        _checkpoint.Dispose();
        _pool.Dispose();
    }

    float[] RunTogether(int[][] prompts, int iterations, WorkerPool pool) => RunTogether(_model, prompts, iterations, pool);

    static KeyValueStore StoreOf(RecurrentModel model, int sequences, int positions)
    {
        var store = new KeyValueStore(
            model.Config, StoreCapacity.For(CachePolicy.LatestOnly, 1, positions, model.Config.CoreBlocks, sequences));
        for (int sequence = 0; sequence < sequences; sequence++)
            Assert.Equal(sequence, store.Open(CachePolicy.LatestOnly, 1, positions));
        return store;
    }

    /// <summary>Final states of several prompts that share every pass, [all rows, width].</summary>
    static float[] RunTogether(RecurrentModel model, int[][] prompts, int iterations, WorkerPool pool)
    {
        int[] tokens = [.. prompts.SelectMany(prompt => prompt)];
        var rows = RowBatch.ForSequences([.. prompts.Select(prompt => prompt.Length)]);
        int positions = prompts.Max(prompt => prompt.Length);
        using var store = StoreOf(model, prompts.Length, positions);
        var pass = new ForwardPass(model, pool, store, tokens.Length);
        float[] injected = new float[tokens.Length * model.Config.Width];
        float[] final = new float[injected.Length];
        pass.Prelude(rows, tokens, injected);
        new RecurrentRun(pass.Core, model.Config.Width, tokens.Length).Run(
            rows, injected, new RunSettings { Limit = iterations, Start = InitialState.Random(3) }, final, new RowEnding[tokens.Length]);
        return final;
    }

    [Fact]
    public void A_prompt_gets_the_same_bits_alone_and_in_a_batch_and_with_any_threads()
    {
        int[][] prompts = [[5, 17, 300, 2], [511], [.. Enumerable.Range(40, 37)], [8, 8, 8]];
        float[] together = RunTogether(prompts, 9, _pool);
        using var two = new WorkerPool(2);
        using var three = new WorkerPool(3);
        Assert.Equal(together, RunTogether(prompts, 9, two));
        Assert.Equal(together, RunTogether(prompts, 9, three));
        int start = 0;
        foreach (int[] prompt in prompts)
        {
            float[] alone = RunTogether([prompt], 9, _pool);
            Assert.Equal(alone, together[start..(start + alone.Length)]);
            start += alone.Length;
        }
    }

    [Fact]
    public void A_longer_prompt_does_not_change_earlier_positions()
    {
        float[] longer = RunTogether([[5, 17, 300, 2, 9, 10]], 6, _pool);
        float[] shorter = RunTogether([[5, 17, 300]], 6, _pool);
        Assert.Equal(shorter, longer[..shorter.Length]);
    }

    [Theory]
    [InlineData("tiny-f32", 1)]
    [InlineData("tiny-f32", 2)]
    [InlineData("tiny-bf16", 1)]
    [InlineData("tiny-bf16", 3)]
    public void An_iteration_allocates_nothing_after_warm_up(string name, int threads)
    {
        using var checkpoint = Checkpoint.Open(GoldenFile.FolderOf(name));
        using var pool = new WorkerPool(threads);
        using var model = RecurrentModel.Load(checkpoint, new ModelOptions(), pool);
        var run = new PromptRun(model, pool, [1, 2, 3, 4, 5, 6, 7]);
        // The runtime itself may allocate once in a while (code is compiled again, a lock is first waited for); an iteration
        // that allocates does so every time.
        long least = long.MaxValue;
        long before = 0;
        run.Run(new RunSettings { Limit = 40 }, null, (in IterationView view) =>
        {
            long now = GC.GetAllocatedBytesForCurrentThread();
            if (view.Iteration > 3)
                least = Math.Min(least, now - before);
            before = now;
        });
        Assert.Equal(0, least);
    }

    [Fact]
    public void Logits_read_during_a_run_do_not_disturb_it()
    {
        int[] tokens = [1, 2, 3, 4, 5];
        float[] logits = new float[5 * _model.Config.Vocabulary];
        var quiet = new PromptRun(_model, _pool, tokens);
        var observed = new PromptRun(_model, _pool, tokens);
        float[] expected = quiet.Run(new RunSettings { Limit = 12 }).ToArray();
        float[] actual = observed.Run(
            new RunSettings { Limit = 12 }, null, (in IterationView view) => observed.Logits(view.State, logits)).ToArray();
        Assert.Equal(expected, actual);
    }

    [Fact]
    public void More_rows_than_one_chunk_get_the_bits_they_get_in_one()
    {
        using var checkpoint = Checkpoint.Open(System.IO.Path.Combine(AppContext.BaseDirectory, "models", "seedling"));
        using var model = RecurrentModel.Load(checkpoint, new ModelOptions());
        int[] tokens = [.. Enumerable.Range(0, 700).Select(i => i * 31 % 760)];
        int[][] prompts = [tokens[..350], tokens[350..]];
        // The second prompt's rows lie across the border between the first chunk and the second.
        float[] together = RunTogether(model, prompts, 3, _pool);
        float[] first = RunTogether(model, [prompts[0]], 3, _pool);
        float[] second = RunTogether(model, [prompts[1]], 3, _pool);
        Assert.Equal([.. first, .. second], together);
    }

    [Fact]
    public void More_rows_than_the_pass_holds_are_refused_with_both_numbers()
    {
        using var store = StoreOf(_model, 1, 8);
        using var small = StoreOf(_model, 1, 3);
        var pass = new ForwardPass(_model, _pool, store, 3);
        var error = Assert.Throws<ArgumentException>(() =>
            pass.Prelude(RowBatch.ForPrompt(4), [1, 2, 3, 4], new float[4 * _model.Config.Width]));
        Assert.Contains("4 rows", error.Message);
        Assert.Contains("at most 3", error.Message);
        Assert.Contains("position 3 of sequence 0", Assert.Throws<ArgumentException>(() =>
            new ForwardPass(_model, _pool, small, 4).Prelude(
                RowBatch.ForPrompt(4), [1, 2, 3, 4], new float[4 * _model.Config.Width])).Message);
    }

    [Fact]
    public void A_cancelled_run_stops()
    {
        using var source = new CancellationTokenSource();
        int seen = 0;
        Assert.Throws<OperationCanceledException>(() => new PromptRun(_model, _pool, [1, 2]).Run(
            new RunSettings { Limit = 50 }, null, (in IterationView view) =>
            {
                seen = view.Iteration;
                if (view.Iteration == 7)
                    source.Cancel();
            }, source.Token));
        Assert.Equal(7, seen);
    }

    [Fact]
    public void Rows_that_leave_early_keep_their_state_and_the_rest_stay_finite()
    {
        var run = new PromptRun(_model, _pool, [.. Enumerable.Range(100, 24)]);
        float[] final = run.Run(new RunSettings { Limit = 64, Exit = new ResidualExit(0.05) }).ToArray();
        Assert.All(final, value => Assert.True(float.IsFinite(value)));
        Assert.True(run.Endings.ToArray().Select(ending => ending.Iterations).Distinct().Count() > 1);
    }

    [Theory]
    [InlineData(new int[0], "no tokens")]
    [InlineData(new[] { 1, 512 }, "Token 512 at position 1")]
    [InlineData(new[] { -1 }, "Token -1 at position 0")]
    public void Rejects_tokens_that_are_not_in_the_vocabulary(int[] tokens, string message) =>
        Assert.Contains(message, Assert.Throws<ArgumentException>(() => new PromptRun(_model, _pool, tokens)).Message);

    [Fact]
    public void Rejects_a_text_longer_than_the_context()
    {
        var error = Assert.Throws<ArgumentException>(() => new PromptRun(_model, _pool, new int[130]));
        Assert.Contains("130 tokens", error.Message);
        Assert.Contains("at most 128", error.Message);
        new PromptRun(_model, _pool, new int[128]).Run(new RunSettings { Limit = 1 });
    }

    [Fact]
    public void The_computed_rotary_table_is_the_one_that_the_original_stored() =>
        Assert.InRange(_model.StoredRotaryDifference!.Value, 0, 1e-6);

    /// <summary>Stops position 0 after some iterations, and nothing else.</summary>
    sealed record StopsFirst(int Iterations) : ExitRule
    {
        public override bool IsMet(double value) => value == Iterations;

        public override ExitMonitor Start(int rows, int width, int vocabulary) => new Monitor(Iterations);

        sealed class Monitor(int iterations) : ExitMonitor
        {
            public override void Begin(int row)
            {
            }

            public override ExitCheck Check(int row, in ExitView view) =>
                new(row == 0 && view.Iteration == iterations, view.Iteration);
        }
    }

    /// <summary>
    /// Position 0 sees only itself, so a run in which it is put back to s_{n−1} before every later iteration writes the very
    /// keys and values, in every block, that a row which stopped after n iterations has left behind.
    /// </summary>
    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    public void Rows_that_go_on_see_the_last_keys_and_values_of_a_row_that_stopped(int iterations)
    {
        int[] tokens = [17, 3, 300, 42, 8, 511];
        int width = _model.Config.Width;
        float[] stopped = new PromptRun(_model, _pool, tokens).Run(
            new RunSettings { Limit = 20, Start = InitialState.Random(9), Exit = new StopsFirst(iterations) }).ToArray();
        float[] kept = new float[width];
        float[] held = new PromptRun(_model, _pool, tokens).Run(
            new RunSettings { Limit = 20, Start = InitialState.Random(9) },
            (iteration, rows, state) =>
            {
                if (iteration == iterations - 1)
                    state[..width].CopyTo(kept);
                else if (iteration >= iterations)
                    kept.CopyTo(state);
            }).ToArray();
        Assert.Equal(held[width..], stopped[width..]);
        Assert.NotEqual(
            new PromptRun(_model, _pool, tokens).Run(new RunSettings { Limit = 20, Start = InitialState.Random(9) })[width..].ToArray(),
            stopped[width..]);
    }
}
