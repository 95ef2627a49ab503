using System;
using System.Linq;
using Muninn.Engine.Training;
using Muninn.Kernels;
using Xunit;

namespace Muninn.Tests.Engine.Training;

public sealed class OptimizerTests
{
    static readonly OptimizerSettings _settings = new() { Adam = AdamSettings.Published(0.01) };

    static TrainedTensor[] Tensors() =>
    [
        .. new[] { (Name: "transformer.wte.weight", Count: 5000), (Name: "core.mlp.fc.weight", Count: 771), (Name: "core.norm_1.weight", Count: 33), (Name: "core.attn.qk_bias", Count: 2) }
            .Select(static (tensor, i) => new TrainedTensor(tensor.Name, AdamTests.Numbers(tensor.Count, i), AdamTests.Numbers(tensor.Count, 100 + i))),
    ];

    static float[] Weights(Optimizer optimizer) => [.. optimizer.Tensors.SelectMany(static tensor => tensor.Parameter.ToArray())];

    [Fact]
    public void The_bits_are_the_same_for_any_number_of_threads()
    {
        float[]? expected = null;
        foreach (int threads in new[] { 1, 2, 3 })
        {
            using var pool = new WorkerPool(threads);
            var optimizer = new Optimizer(_settings, Tensors());
            for (int t = 0; t < 3; t++)
                optimizer.Update(pool, 0.01, 0.25);
            expected ??= Weights(optimizer);
            Assert.Equal(expected, Weights(optimizer));
        }
    }

    [Fact]
    public void Gradients_are_clipped_by_their_norm_over_all_tensors()
    {
        using var pool = new WorkerPool(1);
        var optimizer = new Optimizer(_settings with { GradientNormMax = 3 }, Tensors());
        double norm = Math.Sqrt(Tensors().Sum(static tensor => tensor.Gradient.ToArray().Sum(static g => (double)g * g)));
        var outcome = optimizer.Update(pool, 0.01, 0.5);
        Assert.True(outcome.Applied);
        Assert.Equal(0.5 * norm, outcome.GradientNorm, 1e-9 * norm);
        foreach (var (tensor, twin) in optimizer.Tensors.Zip(Tensors()))
        {
            Assert.Equal(1, tensor.State.Updates);
            Adam.Update(_settings.Adam, new AdamStep(0.01, 3 / norm, twin.Decays), twin.Gradient.Span, twin.State, twin.Parameter.Span);
            Assert.Equal(0, tensor.Parameter.ToArray().Zip(twin.Parameter.ToArray(), static (a, b) => Math.Abs(a - b)).Max(), 1e-7);
            Assert.Equal(0, tensor.State.FirstMoment.Zip(twin.State.FirstMoment, static (a, b) => Math.Abs(a - b)).Max(), 1e-8);
        }
    }

    [Theory]
    [InlineData(0.5, 1, 1)]
    [InlineData(1, 1, 1)]
    [InlineData(4, 1, 0.25)]
    [InlineData(4, 2, 0.5)]
    [InlineData(4, double.PositiveInfinity, 1)]
    [InlineData(0, 1, 1)]
    public void Only_norms_above_the_bound_are_shortened(double norm, double bound, double factor) =>
        Assert.Equal(factor, GradientNorm.ClippingFactor(norm, bound));

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    [InlineData(float.NegativeInfinity)]
    public void A_gradient_that_is_not_finite_reaches_no_weight(float value)
    {
        using var pool = new WorkerPool(2);
        var optimizer = new Optimizer(_settings, Tensors());
        optimizer.Tensors[1].Gradient.Span[^1] = value;
        var outcome = optimizer.Update(pool, 0.01);
        Assert.False(outcome.Applied);
        Assert.False(double.IsFinite(outcome.GradientNorm));
        Assert.Equal(Weights(new Optimizer(_settings, Tensors())), Weights(optimizer));
        Assert.All(optimizer.Tensors, static tensor => Assert.Equal(0, tensor.State.Updates));
    }

    [Fact]
    public void Sums_of_squares_have_the_right_value_at_every_length()
    {
        for (int count = 0; count <= 67; count++)
        {
            var numbers = AdamTests.Numbers(count, count);
            Assert.Equal(numbers.Sum(static g => (double)g * g), GradientNorm.SquareSum(numbers), 1e-12);
        }
    }

    [Fact]
    public void Gains_and_biases_do_not_decay() =>
        Assert.Equal(
            [true, true, false, false, false, true],
            [.. Tensors().Select(static tensor => tensor.Decays), TrainedTensor.DecaysByName("transformer.ln_f.weight"), TrainedTensor.DecaysByName("transformer.adapter.weight")]);

    [Fact]
    public void Bad_input_says_what_is_wrong()
    {
        using var pool = new WorkerPool(1);
        var optimizer = new Optimizer(_settings, Tensors());
        Assert.Throws<ArgumentOutOfRangeException>(() => optimizer.Update(pool, double.NaN));
        Assert.Throws<ArgumentOutOfRangeException>(() => optimizer.Update(pool, 0.01, 0));
        Assert.Throws<ArgumentException>(() => new Optimizer(_settings with { GradientNormMax = 0 }, Tensors()));
        Assert.Contains("wte.weight is given 2 times", Assert.Throws<ArgumentException>(() => new Optimizer(_settings, [.. Tensors(), Tensors()[0]])).Message, StringComparison.Ordinal);
        Assert.Contains("2 weights and 3 gradients", Assert.Throws<ArgumentException>(() => new TrainedTensor("a", new float[2], new float[3])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_average_weighs_what_it_saw_by_powers_of_the_decay()
    {
        const int count = 37;
        var average = new WeightAverage(count, 0.9);
        var sums = new double[count];
        double weights = 0;
        for (int n = 1; n <= 50; n++)
        {
            float[] values = AdamTests.Numbers(count, n);
            values[^1] = 3;
            average.Add(values);
            weights = 0.9 * weights + 1;
            for (int i = 0; i < count; i++)
            {
                sums[i] = 0.9 * sums[i] + values[i];
                Assert.Equal(sums[i] / weights, average.Values[i], 1e-6);
            }

            Assert.Equal(3, average.Values[^1]);
        }

        var restored = new WeightAverage(count, 0.9);
        restored.Restore(average.Values, average.Additions);
        restored.Add(AdamTests.Numbers(count, 51));
        average.Add(AdamTests.Numbers(count, 51));
        Assert.Equal(average.Values, restored.Values);
        Assert.Throws<ArgumentException>(() => average.Add([1]));
        Assert.Throws<ArgumentOutOfRangeException>(() => new WeightAverage(2, 1));
    }
}
