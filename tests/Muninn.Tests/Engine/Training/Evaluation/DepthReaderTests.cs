using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using Muninn.Engine.Generation;
using Muninn.Engine.Model;
using Muninn.Engine.Recurrence;
using Muninn.Engine.Training.Evaluation;
using Muninn.Engine.Training.Worlds;
using Muninn.Kernels;
using Xunit;

namespace Muninn.Tests.Engine.Training.Evaluation;

public sealed class DepthReaderTests(Seedling seedling) : IClassFixture<Seedling>
{
    static readonly World _world = new() { Part = WorldPart.HeldOut };

    ReadSequence[] Sequences => [.. new[] { (WorldTask.Sum, 3), (WorldTask.Toggle, 5), (WorldTask.Relay, 4) }.Select(kind =>
    {
        var question = _world.Question(kind.Item1, kind.Item2, 0);
        int[] answer = seedling.Tokens.Answer(question.Answer);
        return new ReadSequence([.. seedling.Tokens.Prompt(question.Text), .. answer], answer.Length);
    })];

    float[][] Read(ReadSettings settings, WorkerPool? pool = null) =>
        DepthReader.Read(seedling.Model, Sequences, settings, LogProbabilities.Of, pool ?? seedling.Pool);

    [Theory]
    [InlineData(1)]
    [InlineData(50)]
    [InlineData(1000)]
    public void A_reading_after_n_iterations_is_that_of_a_plain_run_of_limit_n_to_the_bit(int rowsMax)
    {
        int[] iterations = [1, 2, 5, 12];
        foreach (var start in new[] { InitialState.Zero, InitialState.Random(3) })
        {
            float[][] scores = Read(new ReadSettings { Iterations = iterations, Start = start, RowsMax = rowsMax, RestResidual = 0 });
            foreach (var (sequence, own) in Sequences.Zip(scores))
            {
                Assert.Equal(iterations.Length * sequence.Targets, own.Length);
                using var run = new PromptRun(seedling.Model, seedling.Pool, sequence.Tokens.AsSpan(..^1));
                int vocabulary = seedling.Model.Config.Vocabulary;
                var logits = new float[run.Positions * vocabulary];
                for (int reading = 0; reading < iterations.Length; reading++)
                {
                    run.Logits(run.Run(new RunSettings { Limit = iterations[reading], Start = start }), logits);
                    for (int target = 0; target < sequence.Targets; target++)
                    {
                        int position = sequence.FirstTarget + target;
                        float expected = LogProbabilities.Of(logits.AsSpan(position * vocabulary, vocabulary), sequence.Tokens[position + 1]);
                        Assert.Equal(BitConverter.SingleToInt32Bits(expected), BitConverter.SingleToInt32Bits(own[reading * sequence.Targets + target]));
                    }
                }
            }
        }
    }

    [Fact]
    public void The_same_bits_for_any_number_of_threads_and_rows()
    {
        using var alone = new WorkerPool(1);
        var settings = new ReadSettings { Iterations = ReadSettings.Doubling(40) };
        Assert.Equal(Read(settings with { RowsMax = 7 }, alone), Read(settings));
    }

    [Fact]
    public void Rows_at_rest_leave_and_are_read_as_they_stood()
    {
        var settings = new ReadSettings { Iterations = [.. Enumerable.Range(1, 60)], RestResidual = 1e-6 };
        float[][] whole = Read(settings with { RestResidual = 0 });
        float[][] rested = Read(settings);
        Assert.NotEqual(whole, rested);
        foreach (var (a, b) in whole.Zip(rested))
            Assert.All(a.Zip(b), static pair => Assert.Equal(pair.First, pair.Second, 1e-4));
        // What left is not read again: the last readings are equal to the bit, where those of the whole run still move.
        Assert.All(rested.Zip(Sequences), pair => Assert.Equal(
            pair.First.AsSpan(^pair.Second.Targets..), pair.First.AsSpan(50 * pair.Second.Targets, pair.Second.Targets)));
    }

    [Fact]
    public void Sparse_readings_are_those_of_dense_ones_with_and_without_rest()
    {
        foreach (double rest in new[] { 0, 1e-3 })
        {
            float[][] dense = Read(new ReadSettings { Iterations = [.. Enumerable.Range(1, 20)], RestResidual = 0 });
            float[][] sparse = Read(new ReadSettings { Iterations = [3, 4, 20], RestResidual = rest });
            foreach (var (sequence, i) in Sequences.Select(static (sequence, i) => (sequence, i)))
            {
                int n = sequence.Targets;
                Assert.Equal(dense[i].AsSpan(2 * n, 2 * n), sparse[i].AsSpan(0, 2 * n));
                if (rest > 0) continue;
                Assert.Equal(dense[i].AsSpan(19 * n, n), sparse[i].AsSpan(2 * n, n));
            }
        }
    }

    [Fact]
    public void Bad_settings_are_refused_with_what_and_the_remedy()
    {
        Assert.Contains("give iterations that rise", Refusal(new ReadSettings { Iterations = [2, 2] }), StringComparison.Ordinal);
        Assert.Contains("give one at least", Refusal(new ReadSettings { Iterations = [] }), StringComparison.Ordinal);
        var tokens = new int[seedling.Model.Config.Context + 2];
        Assert.Contains("reads at most", Refusal(new ReadSettings { Iterations = [1] }, new ReadSequence(tokens, 1)), StringComparison.Ordinal);
        Assert.Contains("1 to 2 can be", Refusal(new ReadSettings { Iterations = [1] }, new ReadSequence([1, 2, 3], 3)), StringComparison.Ordinal);
    }

    [Fact]
    public void A_cancelled_reading_throws()
    {
        using var source = new CancellationTokenSource();
        source.Cancel();
        Assert.ThrowsAny<OperationCanceledException>(() => DepthReader.Read(
            seedling.Model, Sequences, new ReadSettings { Iterations = [8] }, LogProbabilities.Of, seedling.Pool, cancellation: source.Token));
        Assert.Empty(DepthReader.Read(seedling.Model, [], new ReadSettings { Iterations = [8] }, LogProbabilities.Of, seedling.Pool));
    }

    string Refusal(ReadSettings settings, params IReadOnlyList<ReadSequence> sequences) => Assert.ThrowsAny<ArgumentException>(
        () => DepthReader.Read(seedling.Model, sequences, settings, LogProbabilities.Of, seedling.Pool)).Message;
}
