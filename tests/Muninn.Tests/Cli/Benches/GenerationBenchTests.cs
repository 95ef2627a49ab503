using System;
using System.Linq;
using Muninn.Cli.Benches;
using Muninn.Engine.Checkpoints;
using Muninn.Engine.Files;
using Muninn.Engine.Generation;
using Muninn.Engine.Model;
using Muninn.Engine.Text;
using Muninn.Kernels;
using Xunit;

namespace Muninn.Tests.Cli.Benches;

/// <summary>What generation is measured with: texts, a model made wider, rounds of a batch.</summary>
public class GenerationBenchTests
{
    static readonly string _seedling = System.IO.Path.Combine(AppContext.BaseDirectory, "models", "seedling");

    [Fact]
    public void A_model_made_wider_computes_the_same()
    {
        using var folder = new TemporaryFolder();
        using var narrow = Checkpoint.Open(_seedling);
        var config = WidenedWeights.Shape(narrow.Config, copies: 4, hiddenCopies: 2);
        CheckpointWriter.Write(
            FolderTarget.Of(folder.At("wide")),
            new CheckpointDraft { Config = config, Shards = ShardPlan.Of(WidenedWeights.Of(narrow, config), long.MaxValue), Type = DType.BF16 });
        using var wide = Checkpoint.Open(folder.At("wide"));
        Assert.Equal((512, 16, 672), (wide.Config.Width, wide.Config.Heads, wide.Config.Hidden));
        var (few, many) = (Logits(narrow), Logits(wide));
        double error = Math.Sqrt(few.Zip(many).Sum(static pair => Math.Pow(pair.Second - 2 * pair.First, 2)));
        Assert.InRange(error / Math.Sqrt(few.Sum(static logit => 4.0 * logit * logit)), 0, 1e-5);
    }

    [Fact]
    public void Every_prompt_has_an_answer_and_comes_again()
    {
        var prompts = new HeldOutPrompts(7);
        string[] questions = [.. prompts.Questions(60)];
        string[] beginnings = [.. prompts.Beginnings(60)];
        Assert.Equal(questions, new HeldOutPrompts(7).Questions(60));
        Assert.Equal(beginnings, new HeldOutPrompts(7).Beginnings(60));
        Assert.NotEqual(questions, new HeldOutPrompts(8).Questions(60));
        Assert.Equal(60, questions.Distinct().Count());
        Assert.All(questions, static text => Assert.EndsWith("?", text, StringComparison.Ordinal));
        Assert.All(beginnings, static text => Assert.InRange(text.Split(' ').Length, 5, 15));
        var tokenizer = ModelText.Open(_seedling)!.Tokenizer;
        Assert.All(questions, text => Assert.Equal(text, tokenizer.Decode(tokenizer.Encode(text))));
    }

    [Fact]
    public void A_round_takes_a_token_of_every_request_and_the_next_joins_where_one_has_ended()
    {
        var rounds = TokenRounds.Of([[1, 2], [3, 4, 5], [6], [7]], rows: 2);
        Assert.Equal([[1, 3], [2, 4], [5, 6], [7]], rounds);
    }

    [Theory]
    [InlineData(false, 2 + 3 + 1)]
    [InlineData(true, 3 + 3 + 3)]
    public void Rows_that_stopped_wait_or_go_on_until_the_slowest_has(bool goesOn, int rowPasses)
    {
        using var checkpoint = Checkpoint.Open(_seedling);
        using var model = RecurrentModel.Load(checkpoint, new ModelOptions());
        using var pool = new WorkerPool(1);
        using var rounds = new TokenRounds([[2, 3, 1], [4]], goesOn, 3, model, pool);
        while (rounds.Step())
        {
        }

        Assert.Equal(1, rounds.Done);
        Assert.Equal((3 + 4, rowPasses + 4), ((int)rounds.Counts.CorePasses, (int)rounds.Counts.CoreRows));
    }

    [Fact]
    public void Occupancy_counts_passes_while_work_is_waiting()
    {
        using var checkpoint = Checkpoint.Open(_seedling);
        using var model = RecurrentModel.Load(checkpoint, new ModelOptions());
        using var pool = new WorkerPool(1);
        var requests = new[] { 3, 5, 4 }.Select(static limit => new GenerationRequest { Prompt = new[] { 1 }, Limit = limit, TokensMax = 1 }).ToList();
        using var run = new DepthRun(requests, 2, 2, model, pool);
        while (run.Step())
        {
        }

        // Two of three run for 3 iterations; then nothing waits.
        Assert.Equal((1.0, 2.0, 1.0), (run.Done, run.RowsPerPass, run.Occupancy));
        Assert.Equal([[3], [5], [4]], run.Iterations);
    }

    static float[] Logits(Checkpoint checkpoint)
    {
        using var model = RecurrentModel.Load(checkpoint, new ModelOptions());
        using var pool = new WorkerPool(1);
        using var run = new PromptRun(model, pool, [762, 40, 41, 300]);
        var logits = new float[4 * checkpoint.Config.Vocabulary];
        run.Logits(run.Run(new Muninn.Engine.Recurrence.RunSettings { Limit = 6, Start = Muninn.Engine.Recurrence.InitialState.Zero }), logits);
        return logits;
    }
}
