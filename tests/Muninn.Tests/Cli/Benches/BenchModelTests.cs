using System;
using System.Runtime.InteropServices;
using System.Threading;
using Muninn.Cli.Benches;
using Muninn.Cli.Frame;
using Muninn.Engine.Checkpoints;
using Muninn.Engine.Model;
using Muninn.Kernels;
using Xunit;

namespace Muninn.Tests.Cli.Benches;

/// <summary>What the bench measures with: matrices, shapes, and how much work a run is.</summary>
public class BenchModelTests
{
    static readonly string _seedling = System.IO.Path.Combine(AppContext.BaseDirectory, "models", "seedling");

    [Theory]
    [InlineData(WeightFormat.Float32, 4.0)]
    [InlineData(WeightFormat.BrainFloat16, 2.0)]
    [InlineData(WeightFormat.Int8, 34.0 / 32)]
    [InlineData(WeightFormat.Int4, 18.0 / 32)]
    public void Matrices_of_every_format_give_products_that_are_numbers(WeightFormat format, double bytesPerWeight)
    {
        const int Outputs = 96;
        const int Inputs = 256;
        using var pool = new WorkerPool(1);
        using var weights = RepeatedRows.Pack(format, Outputs, Inputs, pool);
        Assert.InRange(weights.Bytes, bytesPerWeight * Outputs * Inputs, 1.2 * bytesPerWeight * Outputs * Inputs);
        var y = new float[Outputs];
        MatrixProduct.Multiply(RepeatedRows.Floats(Inputs), 1, weights, y, pool);
        Assert.All(y, static value => Assert.True(float.IsNormal(value)));
        // Rows differ, up to 64 of them.
        Assert.Equal(64, new System.Collections.Generic.HashSet<float>(y[..64]).Count);
        Assert.Equal(y[0], y[64]);
    }

    [Theory]
    [InlineData(32L << 20)]
    [InlineData(48L << 20)]
    public void No_cache_holds_a_quarter_of_the_model_of_one_row(long cacheBytes)
    {
        var shape = TemporaryModel.RowShape(2048, cacheBytes);
        Assert.True(shape.ProductWeightsPerIteration * 18 / 32 >= 4 * cacheBytes);
        Assert.Equal(0, shape.Hidden % 32);
        Assert.Equal(TemporaryModel.RowShape(2048, 0).CoreBlocks, shape.CoreBlocks);
    }

    [Fact]
    public void The_model_of_one_row_has_an_end()
    {
        Assert.Equal(8 * 256, TemporaryModel.RowShape(256, long.MaxValue / 8).Hidden);
    }

    [Fact]
    public void Work_of_a_prompt_is_counted_from_its_tensors()
    {
        using var checkpoint = Checkpoint.Open(_seedling);
        using var model = RecurrentModel.Load(checkpoint, new ModelOptions());
        using var pool = new WorkerPool(1);
        var clock = new PromptClock(model, 3, pool, CancellationToken.None);
        double once = 0;
        double core = 0;
        foreach (var tensor in checkpoint.Tensors)
        {
            if (tensor.Shape.Length != 2) continue;
            // Every token passes every matrix; that of the embedding is the head.
            if (tensor.Name.Contains("core_block", StringComparison.Ordinal) || tensor.Name == WeightNames.Adapter) core += tensor.ElementCount;
            else once += tensor.ElementCount;
        }

        Assert.Equal(2 * 3 * (once + 5 * core), clock.OperationsOf(5));
        Assert.Equal(core * sizeof(ushort), model.CoreBytes);
        Assert.Equal((once + 5 * core) * sizeof(ushort), clock.BytesOf(5));
    }

    [Fact]
    public void A_prompt_has_figures_for_its_parts_and_allocates_nothing()
    {
        using var checkpoint = Checkpoint.Open(_seedling);
        using var model = RecurrentModel.Load(checkpoint, new ModelOptions());
        using var pool = new WorkerPool(1);
        var clock = new PromptClock(model, 3, pool, CancellationToken.None);
        int probes = 0;
        var limit = new Limit("of it", () =>
        {
            probes++;
            return 1e9;
        });
        var depth = BenchDepth.Quick with { Iterations = 4, PromptRounds = 2 };
        AssertFigure(clock.Whole(depth, 1e6, limit));
        // Of each round: at the start, after the prelude, each iteration, the logits.
        Assert.Equal(2 * (1 + 1 + 4 + 1), probes);
        AssertFigure(clock.Iteration(4, limit));
        AssertFigure(clock.Block(4, limit));
        Assert.Equal(0, clock.AllocatedBytes(5));

        static void AssertFigure(Figure figure)
        {
            Assert.True(figure.PerSecond > 0);
            Assert.Equal(figure.PerSecond / 1e9, figure.Ratio, figure.Ratio * 1e-9);
        }
    }

    [Fact]
    public void Machine_says_what_it_is()
    {
        Assert.NotEqual("", Machine.ProcessorName);
        Assert.InRange(Machine.LastLevelCacheBytes, 1 << 18, 1L << 36);
        Assert.Contains(Machine.VectorBits, new[] { 0, 128, 256, 512 });
        Assert.True(RuntimeInformation.ProcessArchitecture != Architecture.X64 || Machine.VectorBits >= 128);
    }
}
