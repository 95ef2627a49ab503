using System;
using System.Collections.Generic;
using System.Linq;
using Muninn.Microscope.Measures.Motion;
using Muninn.Microscope.Trajectories;
using Xunit;

namespace Muninn.Tests.Microscope.Measures.Motion;

/// <summary>What means nothing must not be given a name.</summary>
public sealed class NullModelTests
{
    static StepSeries SeriesOf(double[][] steps)
    {
        int count = steps.Length;
        double[] gram = new double[count * count];
        for (int i = 0; i < count; i++)
        {
            for (int j = 0; j < count; j++)
                gram[i * count + j] = steps[i].Zip(steps[j], (a, b) => a * b).Sum();
        }

        return StepSeries.FromGram(gram, count);
    }

    static double[][] Steps(int count, int width, Func<int, int, double> step) =>
        [.. Enumerable.Range(0, count).Select(i => Enumerable.Range(0, width).Select(c => step(i, c)).ToArray())];

    static double[] AutocovarianceOf(ReadOnlySpan<double> rows, int columns)
    {
        int count = rows.Length / columns;
        double[] sums = new double[count];
        for (int lag = 0; lag < count; lag++)
        {
            for (int i = 0; i + lag < count; i++)
                sums[lag] += RowMath.Dot(rows.Slice(i * columns, columns), rows.Slice((i + lag) * columns, columns));
        }

        return sums;
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(7)]
    [InlineData(40)]
    public void Coordinates_keep_every_inner_product(int width)
    {
        double[][] steps = Steps(20, width, (i, c) => ToyTrajectories.Normal(1, 0, c, i) * Math.Pow(0.8, i));
        var series = SeriesOf(steps);
        Assert.InRange(series.Columns, Math.Min(width, 2), Math.Min(width, 20) + 1);
        for (int i = 0; i < 20; i++)
        {
            for (int j = 0; j < 20; j++)
                Assert.Equal(steps[i].Zip(steps[j], (a, b) => a * b).Sum(), RowMath.Dot(series.Step(i), series.Step(j)), 1e-4 * steps[0].Sum(x => x * x));
        }
    }

    [Fact]
    public void A_fourier_transform_and_its_inverse_are_the_textbooks()
    {
        const int Length = 16;
        double[] values = [.. Enumerable.Range(0, Length * 2).Select(i => ToyTrajectories.Normal(2, 0, 0, i))];
        double[] rows = [.. values];
        var fourier = new RowFourier(Length, 2);
        fourier.Transform(rows, isInverse: false);
        for (int k = 0; k < Length; k++)
        {
            double real = 0, imaginary = 0;
            for (int i = 0; i < Length; i++)
            {
                var (sine, cosine) = Math.SinCos(-2 * Math.PI * i * k / Length);
                real += cosine * values[2 * i] - sine * values[2 * i + 1];
                imaginary += sine * values[2 * i] + cosine * values[2 * i + 1];
            }

            Assert.Equal(real, rows[2 * k], 1e-12);
            Assert.Equal(imaginary, rows[2 * k + 1], 1e-12);
        }

        fourier.Transform(rows, isInverse: true);
        Assert.All(Enumerable.Range(0, values.Length), i => Assert.Equal(values[i] * Length, rows[i], 1e-12));
    }

    [Fact]
    public void Phase_randomised_surrogates_keep_the_autocovariance_on_average()
    {
        var series = SeriesOf(Steps(24, 5, (i, c) => Math.Cos(0.8 * i + c) + 0.3 * ToyTrajectories.Normal(3, 0, c, i)));
        var source = new PhaseSurrogates(series, 1, 7, 0);
        double[] expected = AutocovarianceOf(series.Values, series.Columns);
        double[] mean = new double[expected.Length];
        double[] rows = new double[series.Values.Length];
        const int Draws = 4000;
        for (int number = 0; number < Draws; number++)
        {
            source.Draw(number, rows);
            double[] drawn = AutocovarianceOf(rows, series.Columns);
            for (int lag = 0; lag < mean.Length; lag++)
                mean[lag] += drawn[lag] / Draws;
        }

        // The window is a part of the padded block: a lag is seen in n − lag of its places.
        double share = mean[0] / expected[0];
        for (int lag = 0; lag < 12; lag++)
            Assert.Equal(share * expected[lag] * (24 - lag) / 24, mean[lag], 0.03 * mean[0]);
    }

    [Theory]
    [InlineData(1, false)]
    [InlineData(2, false)]
    [InlineData(2, true)]
    public void Autoregressive_surrogates_have_the_fitted_memory(int order, bool isByAxis)
    {
        const int Count = 300;
        double[][] steps = new double[Count][];
        for (int i = 0; i < Count; i++)
        {
            steps[i] = [.. Enumerable.Range(0, 6).Select(c => ToyTrajectories.Normal(5, 0, c, i)
                + (i > 0 ? 0.9 * steps[i - 1][c] : 0) - (i > 1 && order == 2 ? 0.5 * steps[i - 2][c] : 0))];
        }

        var series = SeriesOf(steps);
        var source = new AutoregressiveSurrogates(series, order, isByAxis, 3, 0);
        Assert.InRange(source.First[0], 0.8, 1);
        Assert.InRange(source.Second[0], order == 1 ? 0 : -0.65, order == 1 ? 0 : -0.35);
        double[] rows = new double[series.Values.Length];
        source.Draw(1, rows);
        double[] expected = AutocovarianceOf(series.Values, series.Columns);
        double[] drawn = AutocovarianceOf(rows, series.Columns);
        for (int lag = 0; lag < 3; lag++)
            Assert.Equal(expected[lag] / expected[0], drawn[lag] / drawn[0], 0.1);
        Assert.Equal(expected[0], drawn[0], 0.25 * expected[0]);
    }

    [Fact]
    public void A_surrogate_is_a_function_of_its_number()
    {
        var series = SeriesOf(Steps(20, 4, (i, c) => ToyTrajectories.Normal(8, 0, c, i)));
        foreach (var model in Enum.GetValues<NullModel>())
        {
            double[] once = new double[series.Values.Length];
            double[] again = new double[once.Length];
            double[] other = new double[once.Length];
            var source = SurrogateSource.Of(model, series, 2, 5, 0);
            source.Draw(3, once);
            source.Draw(4, other);
            SurrogateSource.Of(model, series, 2, 5, 0).Draw(3, again);
            Assert.Equal(once, again);
            Assert.NotEqual(once, other);
        }
    }

    /// <summary>Noise of four kinds, token by token: white, with a memory, swinging, and swinging in one plane alone.</summary>
    static Trajectory Noises(int runs, int iterations, int width, ulong seed)
    {
        Trajectory[] kinds =
        [
            ToyTrajectories.Noise(runs, iterations, width, 0, 0, seed),
            ToyTrajectories.Noise(runs, iterations, width, 0.8, 0, seed + 1),
            ToyTrajectories.Noise(runs, iterations, width, 1.2, -0.8, seed + 2),
            ToyTrajectories.Noise(runs, iterations, width, -0.5, 0, seed + 3),
        ];
        return ToyTrajectories.From(runs, iterations, width, (t, i) =>
        {
            float[] state = kinds[t % 4].State(i).Slice(t * width, width).ToArray();
            // Every eighth swings in two numbers and is white in the others.
            if (t % 8 == 3)
                kinds[2].State(i).Slice(t * width, 2).CopyTo(state);
            return state;
        });
    }

    [Fact]
    public void No_class_is_claimed_on_two_hundred_surrogate_runs()
    {
        var motions = Motions.Measure(Noises(200, 64, 16, 31), new MotionSettings { SurrogatesMax = 100_000 });
        // A lone test comes below q = 0.01 if nothing else hinders it.
        Assert.InRange(motions.SmallestAdjusted, 0, 0.0061);
        Assert.All(motions.Tokens, token => Assert.Equal(MotionClass.NotToldApart, token.Class));
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(0.8, 0)]
    [InlineData(1.2, -0.8)]
    [InlineData(-0.5, 0)]
    public void No_kind_of_noise_is_claimed_more_often_than_the_level(double first, double second)
    {
        const int Runs = 200;
        var motions = Motions.Measure(
            ToyTrajectories.Noise(Runs, 64, 16, first, second, 131), new MotionSettings { Surrogates = 199, SurrogatesMax = 199 });
        // 1 % of 200 is 2; seven or more have a chance of 0.4 %.
        Assert.InRange(motions.Tokens.Count(token => token.Shrinking!.P <= 0.01), 0, 6);
        Assert.InRange(motions.Tokens.Count(token => token.Beating!.P <= 0.01), 0, 6);
        Assert.InRange(motions.Tokens.Count(token => token.Heading!.P <= 0.01), 0, 6);
    }

    [Theory]
    [InlineData(0.95, 0.3)]
    [InlineData(0.9, 0.2)]
    [InlineData(0, 1)]
    public void Noise_whose_strength_comes_and_goes_does_not_shrink(double memory, double spread)
    {
        const int Runs = 300;
        var motions = Motions.Measure(ToyTrajectories.Gusts(Runs, 64, 4, memory, spread, 91), new MotionSettings { Surrogates = 199, SurrogatesMax = 199 });
        int hits = motions.Tokens.Count(token => token.Shrinking!.P <= 0.01);
        TestContext.Current.TestOutputHelper?.WriteLine($"{memory} {spread}: {hits} of {Runs}");
        Assert.InRange(hits, 0, 7);
    }

    [Theory]
    [InlineData(1.7, -0.95, 64)]
    [InlineData(1.65, -0.9, 64)]
    [InlineData(0.98, 0, 64)]
    [InlineData(0.95, 0, 32)]
    public void Noise_with_a_memory_as_long_as_the_window_is_not_claimed(double first, double second, int iterations)
    {
        const int Runs = 300;
        var settings = new MotionSettings { Surrogates = 199, SurrogatesMax = 199 };
        var tokens = Motions.Measure(ToyTrajectories.Noise(Runs, iterations, 2, first, second, 57), settings).Tokens;
        int beats = tokens.Count(token => token.Beating!.P <= 0.01 && token.Beat!.Coherence >= settings.CoherenceMin);
        int heads = tokens.Count(token => token.Heading!.P <= 0.01 && token.Evenness >= settings.EvennessMin);
        TestContext.Current.TestOutputHelper?.WriteLine($"{first} {second} {iterations}: beats {beats}, directions {heads} of {Runs}");
        Assert.InRange(beats, 0, 7);
        Assert.InRange(heads, 0, 7);
    }

    [Fact]
    public void Raw_rates_of_false_alarm_are_the_nominal_ones()
    {
        const int Runs = 2000;
        var motions = Motions.Measure(
            ToyTrajectories.Noise(Runs, 32, 4, 0.5, 0, 77), new MotionSettings { Surrogates = 199, SurrogatesMax = 199 });
        Assert.All(motions.Tokens, token => Assert.Equal(MotionClass.NotToldApart, token.Class));
        foreach (Func<TokenMotion, MotionTest?> of in new Func<TokenMotion, MotionTest?>[] { token => token.Shrinking, token => token.Beating, token => token.Heading })
        {
            MotionTest[] tests = [.. motions.Tokens.Select(of).OfType<MotionTest>()];
            Assert.Equal(Runs, tests.Length);
            // Three standard errors of 0.01 in 2000 runs are 0.0067. The noise has a memory of one step: that model is exact.
            Assert.InRange(Rate(tests, test => test.ByModel[(int)NullModel.Autoregressive1], 0.01), 0.003, 0.02);
            Assert.InRange(Rate(tests, test => test.ByModel[(int)NullModel.Autoregressive1], 0.1), 0.06, 0.14);
            Assert.InRange(Rate(tests, test => test.P, 0.01), 0, 0.015);
        }

        static double Rate(IReadOnlyList<MotionTest> tests, Func<MotionTest, double> p, double level) =>
            tests.Count(test => p(test) <= level) / (double)tests.Count;
    }

    [Fact]
    public void Correction_is_that_of_the_textbook()
    {
        double[] adjusted = FalseDiscovery.Adjust([0.01, 0.5, 0.02, 0.03, 0.9]);
        double[] expected = [0.05, 0.625, 0.05, 0.05, 0.9];
        Assert.All(Enumerable.Range(0, 5), i => Assert.Equal(expected[i], adjusted[i], 12));
        Assert.Empty(FalseDiscovery.Adjust([]));
    }
}
