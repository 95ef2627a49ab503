using System;
using System.IO;
using System.Linq;
using System.Runtime.Intrinsics;
using System.Text.Json;
using Muninn.Engine.Training;
using Muninn.Tests.Reference;
using Xunit;

namespace Muninn.Tests.Engine.Training;

public sealed class AdamTests
{
    static readonly GoldenFile _golden = GoldenFile.Open("optimizer");

    public static TheoryData<string> Variants => [.. Plan().EnumerateObject().Select(static variant => variant.Name)];

    static JsonElement Root()
    {
        using var document = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(GoldenFile.FolderOf("optimizer"), "expected.json")));
        return document.RootElement.GetProperty("plan").Clone();
    }

    static JsonElement Plan() => Root().GetProperty("variants");

    static AdamSettings Settings(string variant)
    {
        var (root, changes) = (Root().GetProperty("base"), Plan().GetProperty(variant));
        return new AdamSettings
        {
            BaseRate = root.GetProperty("lr").GetDouble(),
            Beta1 = root.GetProperty("betas")[0].GetDouble(),
            Beta2 = root.GetProperty("betas")[1].GetDouble(),
            Epsilon = root.GetProperty("eps").GetDouble(),
            WeightDecay = root.GetProperty("weight_decay").GetDouble(),
            UpdateClipping = changes.GetProperty("update_clipping").GetBoolean(),
            Arctangent = changes.GetProperty("atan_adam").GetBoolean(),
            RunningStart = changes.GetProperty("running_init").GetBoolean(),
            DecayFollowsSchedule = changes.GetProperty("decouple_wd").GetBoolean(),
        };
    }

    static double Worst(float[] actual, float[] expected) => actual.Zip(expected, static (a, e) => Math.Abs((double)a - e)).Max();

    /// <summary>
    /// Seen: at most 7.2e-7 in a weight, 1.8e-7 of all; 1.5e-8 in a first moment, 6.4e-8 of all; 7.5e-8 of second ones: the float32 of both.
    /// </summary>
    [Theory]
    [MemberData(nameof(Variants))]
    public void Every_update_of_every_variant_is_the_references(string variant)
    {
        var settings = Settings(variant);
        var parameter = _golden.Floats("in.parameter");
        var state = new AdamState(parameter.Length);
        double[] rates = [.. Root().GetProperty("rates").EnumerateArray().Select(static rate => rate.GetDouble())];
        for (int t = 0; t < rates.Length; t++)
        {
            Adam.Update(settings, new AdamStep(rates[t]), _golden.Floats($"in.gradient.{t}"), state, parameter);
            var expected = _golden.Floats($"{variant}.parameter.{t}");
            Assert.InRange(Worst(parameter, expected), 0, 1e-6);
            Assert.InRange(GoldenFile.RelativeDistance(parameter, expected), 0, 1e-6);
        }

        Assert.InRange(Worst(state.FirstMoment, _golden.Floats($"{variant}.first_moment")), 0, 1e-6);
        Assert.InRange(GoldenFile.RelativeDistance(state.FirstMoment, _golden.Floats($"{variant}.first_moment")), 0, 1e-6);
        Assert.InRange(GoldenFile.RelativeDistance(state.SecondMoment, _golden.Floats($"{variant}.second_moment")), 0, 1e-6);
        Assert.Equal(rates.Length, state.Updates);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(15)]
    [InlineData(16)]
    [InlineData(17)]
    [InlineData(100)]
    public void The_slow_twin_agrees_for_any_length(int count)
    {
        foreach (var settings in new[] { AdamSettings.Published(0.01), AdamSettings.AdamW(0.01), AdamSettings.Published(0.01) with { Floor = false } })
        {
            var parameter = Numbers(count, 1);
            double[] w = [.. parameter], m = new double[count], v = new double[count];
            var state = new AdamState(count);
            for (int t = 1; t <= 5; t++)
            {
                var gradient = Numbers(count, 10 + t);
                gradient[0] = 0;
                double surprise = Adam.Update(settings, new AdamStep(0.01 / t, 0.5), gradient, state, parameter);
                Assert.Equal(Twin(settings, 0.01 / t, t, [.. gradient.Select(static g => 0.5 * g)], w, m, v), surprise, 1e-5);
                Assert.All(parameter, (weight, i) => Assert.Equal(w[i], weight, 1e-6));
            }
        }
    }

    /// <summary>The rule as it is written down, in double.</summary>
    static double Twin(AdamSettings settings, double rate, int t, double[] g, double[] w, double[] m, double[] v)
    {
        double sum = 0;
        for (int i = 0; i < g.Length; i++)
        {
            if (t == 1 && settings.RunningStart)
                (m[i], v[i]) = (g[i], g[i] * g[i]);
            m[i] += (1 - settings.Beta1) * (g[i] - m[i]);
            v[i] = settings.Beta2 * v[i] + (1 - settings.Beta2) * g[i] * g[i];
            if (settings.Floor)
                v[i] = Math.Max(v[i], settings.Epsilon * settings.Epsilon);
            if (v[i] > 0)
                sum += g[i] * g[i] / v[i];
        }

        double surprise = Math.Sqrt(sum / g.Length);
        double a = rate / (settings.UpdateClipping ? Math.Max(1, surprise) : 1) / (1 - Math.Pow(settings.Beta1, t));
        for (int i = 0; i < g.Length; i++)
        {
            double size = Math.Sqrt(v[i] / (1 - Math.Pow(settings.Beta2, t)));
            w[i] *= 1 - settings.WeightDecay * (settings.DecayFollowsSchedule ? rate / settings.BaseRate : rate);
            w[i] -= a * (settings.Arctangent ? Math.Atan2(m[i], size) : m[i] == 0 ? 0 : m[i] / (size + settings.Epsilon));
        }

        return surprise;
    }

    [Fact]
    public void The_first_update_of_the_recipe_moves_every_weight_alike()
    {
        float[] parameter = [1, 1, 1];
        Adam.Update(AdamSettings.Published(0.01) with { WeightDecay = 0 }, new AdamStep(0.01), [3, -1e-3f, 5e-5f], new AdamState(3), parameter);
        double move = 10 * 0.01 * Math.Atan(Math.Sqrt(0.05));
        Assert.Equal(1 - move, parameter[0], 1e-6);
        Assert.Equal(1 + move, parameter[1], 1e-6);
        Assert.Equal(1 - move, parameter[2], 1e-6);
    }

    [Fact]
    public void A_weight_without_gradient_only_decays()
    {
        foreach (var settings in new[] { AdamSettings.Published(0.01), AdamSettings.AdamW(0.01), AdamSettings.Published(0.01) with { Floor = false } })
        {
            float[] parameter = [2, 2];
            Adam.Update(settings with { WeightDecay = 0.5 }, new AdamStep(0.01), [0, 0], new AdamState(2), parameter);
            Assert.Equal(settings.DecayFollowsSchedule ? 1 : 1.99f, parameter[0], 1e-6f);
            Adam.Update(settings with { WeightDecay = 0.5 }, new AdamStep(0.01, Decays: false), [0, 0], new AdamState(2), parameter);
            Assert.Equal(settings.DecayFollowsSchedule ? 1 : 1.99f, parameter[1], 1e-6f);
        }
    }

    [Fact]
    public void A_restored_state_goes_on_with_the_same_bits()
    {
        var (gradient, settings) = (Numbers(37, 3), AdamSettings.Published(0.01));
        var (whole, state) = (Numbers(37, 4), new AdamState(37));
        Adam.Update(settings, new AdamStep(0.01), gradient, state, whole);
        float[] resumed = [.. whole];
        var restored = new AdamState(37);
        restored.Restore(state.FirstMoment, state.SecondMoment, state.Updates);
        Adam.Update(settings, new AdamStep(0.01), gradient, state, whole);
        Adam.Update(settings, new AdamStep(0.01), gradient, restored, resumed);
        Assert.Equal(whole, resumed);
        Assert.Throws<ArgumentException>(() => restored.Restore(state.FirstMoment, [1], 1));
    }

    /// <summary>Seen: 2.9e-13 of the angle.</summary>
    [Fact]
    public void The_arctangent_is_right_to_twelve_digits()
    {
        foreach (double size in new[] { 1e-300, 1e-6, 1, 1e20 })
        {
            for (int i = -1000; i <= 1000; i++)
            {
                double angle = i / 1000.0 * Math.PI / 2;
                var (y, x) = (size * Math.Sin(angle), size * Math.Max(0, Math.Cos(angle)));
                double expected = Math.Atan2(y, x);
                Assert.Equal(expected, Arctangent.Of(Vector512.Create(y), Vector512.Create(x)).ToScalar(), 5e-13 * Math.Abs(expected));
            }
        }

        Assert.Equal(0, Arctangent.Of(Vector512<double>.Zero, Vector512<double>.Zero).ToScalar());
    }

    [Fact]
    public void Settings_out_of_range_are_named_with_their_value()
    {
        var good = AdamSettings.Published(0.01);
        foreach (var (bad, word) in new[]
        {
            (good with { BaseRate = 0 }, "base rate of the optimiser is 0"),
            (good with { BaseRate = double.NaN }, "base rate"),
            (good with { Beta1 = 1 }, "first beta of the optimiser is 1"),
            (good with { Beta2 = -0.1 }, "second beta"),
            (good with { Epsilon = double.PositiveInfinity }, "epsilon"),
            (good with { WeightDecay = 1 }, "weight decay"),
        })
            Assert.Contains(word, Assert.Throws<ArgumentException>(bad.Validated).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => Adam.Update(good, new AdamStep(-1), [1], new AdamState(1), new float[1]));
        Assert.Throws<ArgumentException>(() => Adam.Update(good, new AdamStep(1), [1, 2], new AdamState(1), new float[1]));
    }

    internal static float[] Numbers(int count, int seed)
    {
        var numbers = new float[count];
        new Muninn.Engine.Randomness.WeightNoise((ulong)seed, "numbers").Fill(0, 1, numbers);
        return numbers;
    }
}
