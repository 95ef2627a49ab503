using System;
using System.Linq;
using Muninn.Engine.Checkpoints;
using Muninn.Engine.Model;
using Muninn.Engine.Training;
using Muninn.Kernels;
using Muninn.Tests.Oracle;
using Muninn.Tests.Reference;
using Xunit;

namespace Muninn.Tests.Engine.Training;

/// <summary>Sequences of different lengths in one batch, labels that count differently, and losses without a gradient.</summary>
public sealed class PackedBatchTests : IDisposable
{
    static readonly int[] _lengths = [5, 1, 17, 33, 2];

    readonly WorkerPool _pool = new(1);

    public void Dispose() => _pool.Dispose();

    [Theory]
    [InlineData("tiny-f32", false)]
    [InlineData("tiny-trainlike", true)]
    public void A_batch_is_the_sum_of_its_sequences(string name, bool isWeighted)
    {
        var model = Load(name);
        var other = Load(name);
        var batch = Batch(model.Config, isWeighted);
        float[] start = Start(model.Config);
        var pass = new GradientPass(model, _pool, new GradientShape { RowsMax = 70, RecordedMax = 2 });
        double loss = pass.Run(batch, start, 2, 2);
        var single = new GradientPass(other, _pool, new GradientShape { RowsMax = 40, RecordedMax = 3 });
        double sum = 0;
        for (int sequence = 0, first = 0; sequence < _lengths.Length; first += _lengths[sequence++])
        {
            var rows = first..(first + _lengths[sequence]);
            var (own, share) = (Cut(batch, rows), WeightOf(Cut(batch, rows)) / WeightOf(batch));
            if (share is 0) continue;
            sum += share * single.Run(own, start.AsSpan(first * model.Config.Width, _lengths[sequence] * model.Config.Width), 2, 2, share);
            // What a row computes depends on no other sequence: bit for bit.
            Assert.Equal(pass.Losses[rows], single.Losses);
            Assert.Equal(pass.Hits[rows], single.Hits);
            Assert.Equal(pass.State[(first * model.Config.Width)..][..single.State.Length], single.State);
            Assert.Equal(pass.PreviousState[(first * model.Config.Width)..][..single.State.Length], single.PreviousState);
        }

        Assert.Equal(1, sum / loss, 1e-12);
        foreach (var weight in model.Weights)
            Assert.InRange(GoldenFile.RelativeDistance(other.Weight(weight.Name).Gradient, weight.Gradient), 0, 1e-5);
    }

    [Fact]
    public void The_bits_do_not_depend_on_threads()
    {
        var model = Load("tiny-trainlike");
        var batch = Batch(model.Config, isWeighted: true);
        double loss = new GradientPass(model, _pool, new GradientShape { RowsMax = 58, RecordedMax = 2 }).Run(batch, Start(model.Config), 1, 2);
        foreach (int threads in (int[])[2, 3])
        {
            using var pool = new WorkerPool(threads);
            var other = Load("tiny-trainlike");
            Assert.Equal(
                loss, new GradientPass(other, pool, new GradientShape { RowsMax = 64, RecordedMax = 2 }).Run(batch, Start(model.Config), 1, 2));
            foreach (var weight in model.Weights)
                Assert.Equal(weight.Gradient, other.Weight(weight.Name).Gradient);
        }
    }

    [Theory]
    [InlineData("tiny-f32")]
    [InlineData("tiny-trainlike")]
    public void What_is_computed_once_more_has_the_same_bits_and_takes_less_memory(string name)
    {
        var (model, other) = (Load(name), Load(name));
        var config = model.Config;
        var batch = Batch(config, isWeighted: true);
        float[] start = Start(config);
        var shape = new GradientShape { RowsMax = 58, RecordedMax = 8 };
        var (pass, bytes) = Allocated(() => new GradientPass(model, _pool, shape));
        var (again, fewer) = Allocated(() => new GradientPass(other, _pool, shape with { Recompute = true }));
        for (int recorded = 1; recorded <= 3; recorded++)
        {
            Assert.Equal(pass.Run(batch, start, 2, recorded), again.Run(batch, start, 2, recorded));
            Assert.Equal(pass.Evaluate(batch, start, recorded), again.Evaluate(batch, start, recorded));
        }

        foreach (var weight in model.Weights)
            Assert.Equal(weight.Gradient, other.Weight(weight.Name).Gradient);
        // All blocks of eight iterations, of prelude and coda, against those of the largest of the three.
        int held = config.PreludeBlocks + 8 * config.CoreBlocks + config.CodaBlocks;
        int together = Math.Max(config.CoreBlocks, Math.Max(config.PreludeBlocks, config.CodaBlocks));
        long block = 58 * sizeof(float) * BlockTape.FloatsPerRow(config);
        Assert.InRange((double)(bytes - fewer) / ((held - together) * block), 0.99, 1.02);
    }

    [Fact]
    public void A_model_holds_weights_and_gradients_once_each_and_a_pass_what_it_says()
    {
        var golden = GoldenFile.FolderOf("tiny-f32");
        using var checkpoint = Checkpoint.Open(golden);
        var (model, bytes) = Allocated(() => TrainingModel.Load(checkpoint, RotarySource.Exact));
        var config = model.Config;
        long parameters = model.Weights.Sum(weight => (long)weight.Values.Length);
        long table = (long)config.Context * config.HeadWidth;
        // Names, shapes and lists beside them.
        Assert.InRange(bytes, sizeof(float) * (2 * parameters + table), sizeof(float) * (2 * parameters + table) + 100_000);

        var (pass, held) = Allocated(() => new GradientPass(model, _pool, new GradientShape { RowsMax = 1000, RecordedMax = 4 }));
        int blocks = config.PreludeBlocks + 4 * config.CoreBlocks + config.CodaBlocks;
        // The states of five iterations, what is injected and its gradient, two on their way, the coda's output, its norm, and one of a block.
        long rows = blocks * BlockTape.FloatsPerRow(config) + 12 * config.Width;
        long logits = (long)1000 * config.Vocabulary;
        Assert.InRange(held, sizeof(float) * (1000 * rows + logits), sizeof(float) * (1000 * rows + logits) + 200_000);
        Assert.Equal(0, pass.Rows);
    }

    static (T Made, long Bytes) Allocated<T>(Func<T> make)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        var made = make();
        return (made, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public void A_label_that_counts_twice_is_two_labels()
    {
        var model = Load("tiny-trainlike");
        var other = Load("tiny-trainlike");
        int[] tokens = [7, 3, 99, 3, 55], labels = [3, CrossEntropy.Ignored, 3, 55, 100];
        float[] start = Noise.Floats(5 * model.Config.Width, 1), twice = [.. start, .. start];
        var batch = new TrainingBatch { Tokens = tokens, Labels = labels, Lengths = (int[])[5], LabelWeights = (float[])[0.5f, 7, 1, 0, 0.5f] };
        var shape = new GradientShape { RowsMax = 10, RecordedMax = 2 };
        double loss = new GradientPass(model, _pool, shape).Run(batch, start, 0, 2);
        // The twin: row 2 counts in both copies, rows 0 and 4 in one, row 3 in none.
        var twin = new TrainingBatch
        {
            Tokens = (int[])[.. tokens, .. tokens],
            Labels = (int[])[3, CrossEntropy.Ignored, 3, CrossEntropy.Ignored, 100, CrossEntropy.Ignored, CrossEntropy.Ignored, 3, CrossEntropy.Ignored, CrossEntropy.Ignored],
            Lengths = (int[])[5, 5],
        };
        Assert.Equal(1, new GradientPass(other, _pool, shape).Run(twin, twice, 0, 2) / loss, 1e-12);
        foreach (var weight in model.Weights)
            Assert.InRange(GoldenFile.RelativeDistance(other.Weight(weight.Name).Gradient, weight.Gradient), 0, 1e-5);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(7)]
    public void Evaluation_has_the_bits_of_the_loss_and_touches_no_gradient(int iterations)
    {
        var model = Load("tiny-f32");
        var batch = Batch(model.Config, isWeighted: true);
        float[] start = Start(model.Config);
        var pass = new GradientPass(model, _pool, new GradientShape { RowsMax = 58, RecordedMax = 1 });
        double loss = pass.Run(batch, start, iterations - 1, 1);
        double[] losses = pass.Losses.ToArray();
        bool[] hits = pass.Hits.ToArray();
        float[] state = pass.State.ToArray(), previous = pass.PreviousState.ToArray();
        model.ClearGradients();
        Assert.Equal(loss, pass.Evaluate(batch, start, iterations));
        Assert.Equal(losses, pass.Losses);
        Assert.Equal(hits, pass.Hits);
        Assert.Equal(state, pass.State);
        Assert.Equal(previous, pass.PreviousState);
        Assert.NotEqual(state, previous);
        Assert.All(model.Weights, weight => Assert.DoesNotContain(weight.Gradient, value => value is not 0));
        Assert.All(Enumerable.Range(0, losses.Length), row => Assert.Equal(batch.Labels.Span[row] == CrossEntropy.Ignored, losses[row] is 0));
    }

    [Fact]
    public void Hits_are_the_labels_that_greedy_decoding_would_give()
    {
        var model = Load("tiny-trainlike");
        var batch = Batch(model.Config, isWeighted: false);
        float[] start = Start(model.Config);
        var pass = new GradientPass(model, _pool, new GradientShape { RowsMax = 58, RecordedMax = 1 });
        var likeliest = new int[batch.Tokens.Length];
        Array.Fill(likeliest, -1);
        int[] labels = new int[likeliest.Length];
        var lowest = new double[likeliest.Length];
        Array.Fill(lowest, double.PositiveInfinity);
        var hit = new int[likeliest.Length];
        for (int token = 0; token < model.Config.Vocabulary; token++)
        {
            Array.Fill(labels, token);
            pass.Evaluate(batch with { Labels = labels }, start, 3);
            for (int row = 0; row < labels.Length; row++)
            {
                if (pass.Losses[row] < lowest[row]) (lowest[row], likeliest[row]) = (pass.Losses[row], token);
                if (pass.Hits[row]) hit[row] = token;
            }
        }

        Assert.Equal(likeliest, hit);
    }

    [Fact]
    public void The_tensors_of_a_model_are_its_own_memory()
    {
        var model = Load("tiny-f32");
        var tensors = TrainedTensor.Of(model);
        Assert.Equal(model.Weights.Select(weight => weight.Name), tensors.Select(tensor => tensor.Name));
        for (int i = 0; i < tensors.Length; i++)
        {
            tensors[i].Parameter.Span[0] = 3;
            tensors[i].Gradient.Span[0] = 4;
            Assert.Equal((3, 4), (model.Weights[i].Values[0], model.Weights[i].Gradient[0]));
            Assert.Equal(model.Weights[i].Shape.Count == 2 && !tensors[i].Name.Contains("bias", StringComparison.Ordinal), tensors[i].Decays);
        }
    }

    static float[] Start(ModelConfig config) => Noise.Floats(_lengths.Sum() * config.Width, 3);

    static TrainingBatch Batch(ModelConfig config, bool isWeighted)
    {
        int rows = _lengths.Sum();
        int[] labels = [.. Enumerable.Range(0, rows).Select(row => row % 4 == 1 ? CrossEntropy.Ignored : row * 31 % config.Vocabulary)];
        return new TrainingBatch
        {
            Tokens = (int[])[.. Enumerable.Range(0, rows).Select(row => (row * 17 + 5) % config.Vocabulary)],
            Labels = labels,
            LabelWeights = isWeighted ? (float[])[.. Enumerable.Range(0, rows).Select(row => row % 5 / 4f)] : [],
            Lengths = _lengths,
        };
    }

    static TrainingBatch Cut(TrainingBatch batch, Range rows) => new()
    {
        Tokens = batch.Tokens[rows],
        Labels = batch.Labels[rows],
        LabelWeights = batch.LabelWeights.IsEmpty ? default : batch.LabelWeights[rows],
        Lengths = (int[])[batch.Tokens[rows].Length],
    };

    static double WeightOf(TrainingBatch batch) => Enumerable.Range(0, batch.Tokens.Length)
        .Where(row => batch.Labels.Span[row] != CrossEntropy.Ignored).Sum(row => batch.LabelWeights.IsEmpty ? 1 : batch.LabelWeights.Span[row]);

    static TrainingModel Load(string name)
    {
        using var checkpoint = Checkpoint.Open(GoldenFile.FolderOf(name));
        return TrainingModel.Load(checkpoint, RotarySource.Exact);
    }
}
