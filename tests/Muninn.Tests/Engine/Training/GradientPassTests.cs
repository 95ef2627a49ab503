using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.Json;
using Muninn.Engine.Checkpoints;
using Muninn.Engine.Model;
using Muninn.Engine.Training;
using Muninn.Kernels;
using Muninn.Tests.Engine.Quantization;
using Muninn.Tests.Oracle;
using Muninn.Tests.Reference;
using Xunit;

namespace Muninn.Tests.Engine.Training;

public sealed class GradientPassTests : IDisposable
{
    readonly WorkerPool _pool = new(1);

    public static IEnumerable<TheoryDataRow<string, int, int>> References =>
        from name in GoldenFile.Cases
        from steps in new[] { (Free: 0, Recorded: 4), (Free: 3, Recorded: 2), (Free: 5, Recorded: 3) }
        select new TheoryDataRow<string, int, int>(name, steps.Free, steps.Recorded);

    public void Dispose() => _pool.Dispose();

    [Theory]
    [MemberData(nameof(References))]
    public void Loss_and_gradients_equal_the_original_s(string name, int free, int recorded)
    {
        var golden = GoldenFile.Open(name);
        using var expected = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(golden.Folder, "expected.json")));
        string key = $"n{free}k{recorded}";
        var model = Load(name, RotarySource.Stored);
        double loss = Run(model, _pool, golden, free, recorded);
        double asked = expected.RootElement.GetProperty("results").GetProperty("train").GetProperty(key).GetProperty("loss").GetDouble();
        Assert.Equal(1, loss / asked, 1e-6);

        string[] rows = [.. expected.RootElement.GetProperty("gradient_rows").EnumerateArray().Select(row => row.GetString()!)];
        Assert.Equal(rows.Order(StringComparer.Ordinal), model.Weights.Select(weight => weight.Name).Order(StringComparer.Ordinal));
        float[] probes = golden.Floats($"train.{key}.probe");
        int columns = probes.Length / rows.Length;
        for (int row = 0; row < rows.Length; row++)
        {
            var gradient = model.Weight(rows[row]).Gradient;
            double distance = ProbeDistance(gradient, probes.AsSpan(row * columns, columns));
            if (golden.Has($"train.{key}.grad.{rows[row]}"))
                distance = Math.Max(distance, GoldenFile.RelativeDistance(gradient, golden.Floats($"train.{key}.grad.{rows[row]}")));
            // 5e-6 was seen at most.
            Assert.True(distance <= 1e-4, $"{rows[row]}: {distance:G3}");
        }

        Assert.Equal(name == "tiny-trainlike", golden.Has($"train.{key}.grad.{rows[0]}"));
    }

    /// <summary>
    /// The largest of three: of the norm; of the sum, on the scale that an error of that size can reach; of the entries, on their
    /// own scale or on that of the whole, where they are smaller.
    /// </summary>
    static double ProbeDistance(float[] gradient, ReadOnlySpan<float> probe)
    {
        int count = probe.Length - 2;
        double norm = Math.Sqrt(gradient.Sum(value => (double)value * value));
        double ofNorm = Math.Abs(norm - probe[0]) / probe[0];
        double ofSum = Math.Abs(gradient.Sum(value => (double)value) - probe[1]) / (probe[0] * Math.Sqrt(gradient.Length));
        double difference = 0, size = 0;
        for (int j = 0; j < count; j++)
        {
            double error = gradient[(long)j * gradient.Length / count] - probe[2 + j];
            difference += error * error;
            size += (double)probe[2 + j] * probe[2 + j];
        }

        double scale = Math.Max(Math.Sqrt(size), probe[0] * Math.Sqrt((double)count / gradient.Length));
        return Math.Max(Math.Max(ofNorm, ofSum), Math.Sqrt(difference) / scale);
    }

    [Theory]
    [InlineData("tiny-trainlike", 2, 2)]
    [InlineData("tiny-f32", 1, 1)]
    public void Gradients_equal_differences_in_double(string name, int free, int recorded)
    {
        int[] tokens = [7, 3, 99, 3, 55], labels = [3, CrossEntropy.Ignored, 3, 55, 100];
        var model = Load(name, RotarySource.Exact);
        var start = Noise.Floats(tokens.Length * model.Config.Width, 1);
        var pass = new GradientPass(model, _pool, new GradientShape { RowsMax = tokens.Length, RecordedMax = recorded });
        double loss = pass.Run(Batch(tokens, labels, tokens.Length), start, free, recorded);
        var twin = new LossTwin(model, model.RotaryTable, tokens, labels);
        // Where the record begins, the state stands still.
        var state = twin.Run(Array.ConvertAll(start, static value => new Real(value)), free);
        Assert.Equal(1, loss / (twin.Of(state, recorded) / 4), 1e-6);
        // The tied model is slow in double: every sixth of its tensors, the embedding first.
        foreach (var weight in model.Weights.Where((_, i) => !model.Config.TiedEmbedding || i % 6 == 0))
        {
            double typical = Math.Sqrt(weight.Gradient.Sum(value => (double)value * value) / weight.Gradient.Length);
            int steepest = Array.FindIndex(weight.Gradient, value => Math.Abs(value) >= weight.Gradient.Max(Math.Abs));
            foreach (int place in (int[])[steepest, weight.Values.Length / 3])
            {
                double error = Math.Abs(Difference(twin, state, recorded, weight, place) / 4 - weight.Gradient[place]);
                error /= Math.Max(typical, Math.Abs(weight.Gradient[place]));
                // 8e-6 was seen at most.
                Assert.True(error <= 1e-4, $"{weight.Name}[{place}]: {error:G3}");
            }
        }
    }

    /// <summary>(loss(w + h) − loss(w − h)) / 2h, with the steps that float32 allows.</summary>
    static double Difference(LossTwin twin, Real[] state, int recorded, TrainingWeight weight, int place)
    {
        const float Step = 3e-5f;
        float value = weight.Values[place], above = value + Step, below = value - Step;
        weight.Values[place] = above;
        double forward = twin.Of(state, recorded);
        weight.Values[place] = below;
        double back = twin.Of(state, recorded);
        weight.Values[place] = value;
        return (forward - back) / ((double)above - below);
    }

    [Fact]
    public void Rows_of_the_embedding_that_no_token_reads_have_no_gradient_unless_they_are_the_head()
    {
        var golden = GoldenFile.Open("tiny-trainlike");
        // The last row has no label, and no other sees it.
        int[] tokens = golden.Integers("in.train_ids")[..^1];
        Assert.Equal(CrossEntropy.Ignored, golden.Integers("in.train_labels")[^1]);
        var model = Load("tiny-trainlike", RotarySource.Exact);
        Run(model, _pool, golden, 1, 2);
        int width = model.Config.Width;
        for (int token = 0; token < model.Config.Vocabulary; token++)
        {
            var row = model.Weight(WeightNames.Embedding).Gradient[(token * width)..((token + 1) * width)];
            Assert.Equal(tokens.Contains(token), row.Any(value => value is < 0 or > 0));
            Assert.Contains(model.Weight(WeightNames.Head).Gradient[(token * width)..((token + 1) * width)], value => value is < 0 or > 0);
        }

        var tied = Load("tiny-f32", RotarySource.Exact);
        Run(tied, _pool, GoldenFile.Open("tiny-f32"), 1, 2);
        Assert.DoesNotContain(tied.Weights, weight => weight.Name == WeightNames.Head);
        Assert.DoesNotContain(tied.Weight(WeightNames.Embedding).Gradient.Chunk(tied.Config.Width), row => row.All(value => value is 0));
    }

    [Theory]
    [InlineData("tiny-f32")]
    [InlineData("tiny-bf16")]
    public void The_bits_do_not_depend_on_threads(string name)
    {
        var golden = GoldenFile.Open(name);
        var model = Load(name, RotarySource.Stored);
        double loss = Run(model, _pool, golden, 3, 2);
        foreach (int threads in (int[])[2, 3])
        {
            using var pool = new WorkerPool(threads);
            var other = Load(name, RotarySource.Stored);
            Assert.Equal(loss, Run(other, pool, golden, 3, 2));
            foreach (var weight in model.Weights)
                Assert.Equal(weight.Gradient, other.Weight(weight.Name).Gradient);
        }
    }

    [Fact]
    public void A_sequence_without_a_label_changes_nothing()
    {
        var golden = GoldenFile.Open("tiny-trainlike");
        var both = Load("tiny-trainlike", RotarySource.Exact);
        var first = Load("tiny-trainlike", RotarySource.Exact);
        int[] tokens = golden.Integers("in.train_ids"), labels = golden.Integers("in.train_labels");
        float[] start = golden.Floats("in.train_start");
        labels.AsSpan(12).Fill(CrossEntropy.Ignored);
        double loss = Pass(both, _pool, 24, 3).Run(Batch(tokens, labels, 12, 12), start, 2, 3);
        var pass = Pass(first, _pool, 12, 5);
        var batch = Batch(tokens[..12], labels[..12], 12);
        Assert.Equal(loss, pass.Run(batch, start.AsSpan(0, start.Length / 2), 2, 3));
        Assert.Equal(loss, pass.Run(batch, start.AsSpan(0, start.Length / 2), 2, 3, factor: 0));
        foreach (var weight in both.Weights)
            Assert.Equal(weight.Gradient, first.Weight(weight.Name).Gradient);
    }

    [Fact]
    public void Batches_add_up()
    {
        var golden = GoldenFile.Open("tiny-f32");
        int[] tokens = golden.Integers("in.train_ids"), labels = golden.Integers("in.train_labels");
        float[] start = golden.Floats("in.train_start");
        var together = Load("tiny-f32", RotarySource.Exact);
        var apart = Load("tiny-f32", RotarySource.Exact);
        double loss = Pass(together, _pool, 24, 2).Run(Batch(tokens, labels, 12, 12), start, 0, 2);
        var pass = Pass(apart, _pool, 12, 2);
        int half = start.Length / 2;
        int[] counts = [labels[..12].Count(label => label >= 0), labels[12..].Count(label => label >= 0)];
        double sum = 0;
        for (int s = 0; s < 2; s++)
        {
            double share = (double)counts[s] / counts.Sum();
            sum += share * pass.Run(Batch(tokens[(12 * s)..(12 * s + 12)], labels[(12 * s)..(12 * s + 12)], 12), start.AsSpan(half * s, half), 0, 2, share);
        }

        Assert.Equal(1, sum / loss, 1e-12);
        foreach (var weight in together.Weights)
            Assert.InRange(GoldenFile.RelativeDistance(apart.Weight(weight.Name).Gradient, weight.Gradient), 0, 1e-5);
        apart.ClearGradients();
        Assert.All(apart.Weights, weight => Assert.DoesNotContain(weight.Gradient, value => value is not 0));
    }

    [Fact]
    public void A_small_step_against_the_gradient_lowers_the_loss_by_what_the_gradient_promises()
    {
        var golden = GoldenFile.Open("tiny-trainlike");
        var model = Load("tiny-trainlike", RotarySource.Exact);
        double before = Run(model, _pool, golden, 0, 2);
        double squares = model.Weights.Sum(weight => weight.Gradient.Sum(value => (double)value * value));
        double rate = 1e-3 / squares;
        foreach (var weight in model.Weights)
        {
            for (int i = 0; i < weight.Values.Length; i++)
                weight.Values[i] -= (float)(rate * weight.Gradient[i]);
        }

        double after = Run(model, _pool, golden, 0, 2);
        Assert.InRange((before - after) / (rate * squares), 0.9, 1.1);
    }

    [Fact]
    public void A_weight_that_is_not_a_number_gives_a_loss_that_is_none()
    {
        var golden = GoldenFile.Open("tiny-trainlike");
        var model = Load("tiny-trainlike", RotarySource.Exact);
        model.Weight(WeightNames.Adapter).Values[3] = float.NaN;
        Assert.True(double.IsNaN(Run(model, _pool, golden, 1, 1)));
    }

    [Fact]
    public void Bad_batches_are_refused_before_anything_is_added()
    {
        var model = Load("tiny-trainlike", RotarySource.Exact);
        var pass = Pass(model, _pool, 3, 2);
        int[] tokens = [1, 2, 3];
        var start = new float[3 * model.Config.Width];
        var good = Batch(tokens, tokens, 1, 2);
        string Refused(TrainingBatch batch) => Message(() => pass.Run(batch, start, 0, 1));
        Assert.Contains("Labels has 2 elements, and the batch 3 rows", Refused(good with { Labels = new int[2] }));
        Assert.Contains("LabelWeights has 2 elements, and the batch 3 rows", Refused(good with { LabelWeights = new float[2] }));
        Assert.Contains("Label 128 of row 2", Refused(good with { Labels = (int[])[1, 2, 128] }));
        Assert.Contains("Token 128 of row 1", Refused(good with { Tokens = (int[])[1, 128, 3] }));
        Assert.Contains("Token -100 of row 0", Refused(good with { Tokens = (int[])[-100, 1, 3] }));
        Assert.Contains("All 3 labels", Refused(good with { Labels = (int[])[-100, -100, -100] }));
        Assert.Contains("row 1 has weight -1", Refused(good with { LabelWeights = (float[])[1, -1, 3] }));
        Assert.Contains("row 1 has weight NaN", Refused(good with { LabelWeights = (float[])[1, float.NaN, 3] }));
        Assert.Contains("row 2 has weight Infinity", Refused(good with { LabelWeights = (float[])[1, 0, float.PositiveInfinity] }));
        Assert.Contains("add up to 0", Refused(good with { Labels = (int[])[-100, 1, 2], LabelWeights = (float[])[1, 0, 0] }));
        Assert.Contains("add up to 4 rows, but there are 3", Refused(good with { Lengths = (int[])[1, 3] }));
        Assert.Contains("Sequence 1 has 0 positions", Refused(good with { Lengths = (int[])[1, 0, 2] }));
        Assert.Contains("Sequence 0 has -1 positions", Refused(good with { Lengths = (int[])[-1, 4] }));
        Assert.Contains("no sequences", Refused(Batch([], [])));
        Assert.Contains("4 rows, and this pass has memory for 3", Refused(Batch([1, 2, 3, 4], [1, 2, 3, 4], 2, 2)));
        Assert.Contains("Sequence 0 has 65 positions", Refused(Batch(new int[65], new int[65], 65)));
        Assert.Contains("start has 1 elements", Message(() => pass.Run(good, [0], 0, 1)));
        Assert.Contains("recorded", Message(() => pass.Run(good, start, 0, 3)));
        Assert.Contains("recorded", Message(() => pass.Run(good, start, 0, 0)));
        Assert.Contains("free", Message(() => pass.Run(good, start, -1, 1)));
        Assert.Contains("iterations", Message(() => pass.Evaluate(good, start, 0)));
        Assert.Contains("Label 128 of row 2", Message(() => pass.Evaluate(good with { Labels = (int[])[1, 2, 128] }, start, 1)));
        Assert.Contains("trains no tensor 'x'", Message(() => model.Weight("x")));
        Assert.All(model.Weights, weight => Assert.DoesNotContain(weight.Gradient, value => value is not 0));
    }

    [Fact]
    public void Whole_number_weights_do_not_train()
    {
        using var folder = new TemporaryFolder();
        using var checkpoint = Checkpoint.Open(QuantizedCheckpointTests.Quantize(folder, WeightFormat.Int8));
        Assert.Contains("int8", Assert.Throws<InvalidDataException>(() => TrainingModel.Load(checkpoint, RotarySource.Exact)).Message);
    }

    [Fact]
    public void Nothing_is_allocated_but_at_first()
    {
        var golden = GoldenFile.Open("tiny-trainlike");
        var model = Load("tiny-trainlike", RotarySource.Exact);
        var batch = Batch(golden);
        float[] start = golden.Floats("in.train_start");
        var pass = Pass(model, _pool, 24, 2);
        long least = long.MaxValue;
        for (int i = 0; i < 5; i++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            pass.Run(batch, start, 1, 2);
            pass.Evaluate(batch, start, 2);
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        Assert.Equal(0, least);
    }

    static TrainingModel Load(string name, RotarySource rotary)
    {
        using var checkpoint = Checkpoint.Open(GoldenFile.FolderOf(name));
        return TrainingModel.Load(checkpoint, rotary);
    }

    static GradientPass Pass(TrainingModel model, WorkerPool pool, int rows, int recorded) =>
        new(model, pool, new GradientShape { RowsMax = rows, RecordedMax = recorded });

    static TrainingBatch Batch(int[] tokens, int[] labels, params int[] lengths) => new() { Tokens = tokens, Labels = labels, Lengths = lengths };

    static TrainingBatch Batch(GoldenFile golden)
    {
        int[] tokens = golden.Integers("in.train_ids");
        return Batch(tokens, golden.Integers("in.train_labels"), tokens.Length / 2, tokens.Length / 2);
    }

    static double Run(TrainingModel model, WorkerPool pool, GoldenFile golden, int free, int recorded)
    {
        var batch = Batch(golden);
        return Pass(model, pool, batch.Tokens.Length, recorded).Run(batch, golden.Floats("in.train_start"), free, recorded);
    }

    static string Message(Action action) => Assert.ThrowsAny<ArgumentException>(action).Message;
}
