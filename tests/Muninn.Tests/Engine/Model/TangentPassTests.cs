using System;
using System.IO;
using System.Linq;
using Muninn.Engine.Caching;
using Muninn.Engine.Checkpoints;
using Muninn.Engine.Model;
using Muninn.Engine.Recurrence;
using Muninn.Kernels;
using Muninn.Tests.Engine.Quantization;
using Muninn.Tests.Kernels;
using Muninn.Tests.Oracle;
using Muninn.Tests.Reference;
using Xunit;

namespace Muninn.Tests.Engine.Model;

public sealed class TangentPassTests
{
    static readonly int[] _tokens = [5, 17, 100, 2, 9];

    static string Folder(string name) =>
        name == "seedling" ? Path.Combine(AppContext.BaseDirectory, "models", name) : GoldenFile.FolderOf(name);

    /// <summary>e and the states of a run, s₀ first.</summary>
    static (float[] Injected, float[][] States) Run(RecurrentModel model, WorkerPool pool, int iterations)
    {
        using var store = new KeyValueStore(
            model.Config, StoreCapacity.For(CachePolicy.LatestOnly, 1, _tokens.Length, model.Config.CoreBlocks));
        Assert.Equal(0, store.Open(CachePolicy.LatestOnly, 1, _tokens.Length));
        var injected = new float[_tokens.Length * model.Config.Width];
        new ForwardPass(model, pool, store, _tokens.Length).Prelude(RowBatch.ForPrompt(_tokens.Length), _tokens, injected);
        var states = new float[iterations + 1][];
        using var run = new PromptRun(model, pool, _tokens);
        run.Run(new RunSettings { Limit = iterations, Start = InitialState.Random(1) }, null,
            (in IterationView view) => states[view.Iteration] = view.State.ToArray());
        return (injected, states);
    }

    [Theory]
    [InlineData("tiny-f32")]
    [InlineData("tiny-bf16")]
    [InlineData("tiny-trainlike")]
    [InlineData("seedling")]
    public void Products_equal_central_differences_and_duals_in_double(string name)
    {
        using var checkpoint = Checkpoint.Open(Folder(name));
        using var pool = new WorkerPool(1);
        using var model = RecurrentModel.Load(checkpoint, new ModelOptions());
        using var pass = new TangentPass(model, pool, _tokens);
        var twin = new CoreTwin(checkpoint);
        var (injected, states) = Run(model, pool, 40);
        var tangents = Noise.Floats(2 * pass.Dimension, 3);
        var products = new float[tangents.Length];
        foreach (var iteration in (int[])[0, 3, 40])
        {
            var state = states[iteration];
            pass.At(state);
            foreach (var reach in Enum.GetValues<TangentReach>())
            {
                pass.Apply(tangents, 2, reach, products);
                for (var d = 0; d < 2; d++)
                {
                    var v = tangents.AsSpan(d * pass.Dimension, pass.Dimension);
                    var product = products.AsSpan(d * pass.Dimension, pass.Dimension);
                    var exact = Dual.Slopes(twin.Step(injected, Dual.Of(state, v), reach == TangentReach.Own));
                    // Some forty roundings of float32 on the way; 5e-7 was seen at most, in either comparison.
                    Near.Relative(exact, product, 3e-6, $"{name}, iteration {iteration}, {reach}, duals");
                    if (reach == TangentReach.Whole)
                        Near.Relative(CentralDifference(twin, injected, state, v), product, 1e-4, $"{name}, iteration {iteration}, differences");
                }
            }
        }
    }

    /// <summary>(core(s + h v) − core(s − h v)) / 2h in double.</summary>
    static double[] CentralDifference(CoreTwin twin, float[] injected, float[] state, ReadOnlySpan<float> v)
    {
        const double Step = 1e-5;
        var forward = new Real[state.Length];
        var back = new Real[state.Length];
        for (var i = 0; i < state.Length; i++) (forward[i], back[i]) = (new(state[i] + Step * v[i]), new(state[i] - Step * v[i]));
        return [.. twin.Step(injected, forward).Zip(twin.Step(injected, back), static (a, b) => (a.Value - b.Value) / (2 * Step))];
    }

    [Theory]
    [InlineData("tiny-f32", 1)]
    [InlineData("tiny-bf16", 2)]
    [InlineData("seedling", 3)]
    public void The_state_it_computes_on_the_way_has_the_bits_of_an_iteration(string name, int threads)
    {
        using var checkpoint = Checkpoint.Open(Folder(name));
        using var pool = new WorkerPool(threads);
        using var model = RecurrentModel.Load(checkpoint, new ModelOptions());
        using var pass = new TangentPass(model, pool, _tokens);
        var (_, states) = Run(model, pool, 6);
        for (var i = 0; i < 6; i++)
        {
            pass.At(states[i]);
            Assert.Equal(states[i + 1], pass.Next);
        }
    }

    [Theory]
    [InlineData("tiny-f32")]
    [InlineData("tiny-bf16")]
    public void The_way_back_is_the_transpose_of_the_way_there(string name)
    {
        using var checkpoint = Checkpoint.Open(Folder(name));
        using var pool = new WorkerPool(1);
        using var model = RecurrentModel.Load(checkpoint, new ModelOptions());
        using var pass = new TangentPass(model, pool, _tokens);
        pass.At(Run(model, pool, 5).States[5]);
        int n = pass.Dimension;
        var units = new float[n * n];
        for (var i = 0; i < n; i++) units[i * n + i] = 1;
        var columns = new float[n * n];
        var rows = new float[n * n];
        foreach (var reach in Enum.GetValues<TangentReach>())
        {
            pass.Apply(units, n, reach, columns);
            pass.ApplyTransposed(units, n, reach, rows);
            var transposed = new double[n * n];
            for (var i = 0; i < n * n; i++) transposed[i % n * n + i / n] = columns[i];
            Near.Relative(transposed, rows, 3e-6, $"{name}, {reach}");
        }
    }

    [Fact]
    public void Directions_get_the_same_bits_together_and_alone_in_place_and_on_any_threads()
    {
        using var checkpoint = Checkpoint.Open(Folder("tiny-f32"));
        using var pool = new WorkerPool(1);
        using var three = new WorkerPool(3);
        using var model = RecurrentModel.Load(checkpoint, new ModelOptions());
        using var pass = new TangentPass(model, pool, _tokens);
        using var other = new TangentPass(model, three, _tokens);
        var state = Run(model, pool, 2).States[2];
        pass.At(state);
        other.At(state);
        // More than go through the core together.
        const int Directions = 230;
        var tangents = Noise.Floats(Directions * pass.Dimension, 4);
        var together = new float[tangents.Length];
        var alone = new float[tangents.Length];
        pass.Apply(tangents, Directions, TangentReach.Whole, together);
        for (var first = 0; first < tangents.Length; first += pass.Dimension)
            pass.Apply(tangents.AsSpan(first), 1, TangentReach.Whole, alone.AsSpan(first));
        Assert.Equal(together, alone);
        other.Apply(tangents, Directions, TangentReach.Whole, alone);
        Assert.Equal(together, alone);
        other.ApplyTransposed(tangents, Directions, TangentReach.Own, alone);
        pass.ApplyTransposed(tangents, Directions, TangentReach.Own, together);
        Assert.Equal(together, alone);
        pass.ApplyTransposed(tangents, Directions, TangentReach.Own, tangents);
        Assert.Equal(together, tangents);
    }

    [Fact]
    public void A_position_moves_none_before_it_and_alone_it_moves_as_in_the_whole()
    {
        using var checkpoint = Checkpoint.Open(Folder("tiny-f32"));
        using var pool = new WorkerPool(1);
        using var model = RecurrentModel.Load(checkpoint, new ModelOptions());
        using var pass = new TangentPass(model, pool, _tokens);
        pass.At(Run(model, pool, 2).States[2]);
        int width = pass.Width;
        for (var u = 0; u < _tokens.Length; u++)
        {
            var tangent = new float[pass.Dimension];
            Noise.Fill(tangent.AsSpan(u * width, width), 5);
            var whole = new float[pass.Dimension];
            var own = new float[pass.Dimension];
            pass.Apply(tangent, 1, TangentReach.Whole, whole);
            pass.Apply(tangent, 1, TangentReach.Own, own);
            Assert.All(whole[..(u * width)], static x => Assert.Equal(0, x));
            Assert.All(whole[(u * width)..].Chunk(width), static row => Assert.Contains(row, static x => x != 0));
            Assert.Equal(whole[(u * width)..((u + 1) * width)], own[(u * width)..((u + 1) * width)]);
            Assert.All(own[((u + 1) * width)..], static x => Assert.Equal(0, x));
        }
    }

    [Fact]
    public void Refuses_weights_in_whole_numbers_and_takes_them_widened()
    {
        using var folder = new TemporaryFolder();
        using var checkpoint = Checkpoint.Open(QuantizedCheckpointTests.Quantize(folder, WeightFormat.Int8));
        using var pool = new WorkerPool(1);
        using var model = RecurrentModel.Load(checkpoint, new ModelOptions());
        var error = Assert.Throws<ArgumentException>(() => new TangentPass(model, pool, _tokens));
        Assert.Contains("Int8", error.Message);
        Assert.Contains("Packing = Float32", error.Message);
        using var widened = RecurrentModel.Load(checkpoint, new ModelOptions { Packing = WeightPacking.Float32 });
        using var pass = new TangentPass(widened, pool, _tokens);
        Assert.Equal(_tokens.Length * 64, pass.Dimension);
    }

    [Fact]
    public void Refuses_directions_without_a_state_and_spans_of_another_size()
    {
        using var checkpoint = Checkpoint.Open(Folder("tiny-f32"));
        using var pool = new WorkerPool(1);
        using var model = RecurrentModel.Load(checkpoint, new ModelOptions());
        using var pass = new TangentPass(model, pool, [1, 2]);
        Assert.Contains("call At first", Assert.Throws<InvalidOperationException>(() =>
            pass.Apply(new float[128], 1, TangentReach.Whole, new float[128])).Message);
        Assert.Contains("has 127 numbers, but 2 positions of width 64 need 128", Assert.Throws<ArgumentException>(() =>
            pass.At(new float[127])).Message);
        pass.At(new float[128]);
        Assert.Contains("need 256 numbers", Assert.Throws<ArgumentException>(() =>
            pass.Apply(new float[255], 2, TangentReach.Whole, new float[256])).Message);
        Assert.Contains("no tokens", Assert.Throws<ArgumentException>(() => new TangentPass(model, pool, [])).Message);
    }
}
