using System;
using System.Linq;
using Muninn.Kernels;
using Muninn.Tests.Oracle;
using Xunit;

namespace Muninn.Tests.Kernels;

/// <summary>Every kernel of a derivative, every small length, at every border: the bits it gives anywhere, and no byte beyond.</summary>
public sealed class TangentBorderTests : IDisposable
{
    const int Longest = 35;
    const int Directions = 2;

    readonly WorkerPool _pool = new(1);
    readonly GuardedFloats[] _memory = [.. Enumerable.Range(0, 5).Select(_ => new GuardedFloats(40_000))];

    /// <summary>Distance from the lower guard in floats; −1 lies at the upper guard.</summary>
    public static TheoryData<int> Offsets => [0, 1, 15, -1];

    public void Dispose()
    {
        foreach (var memory in _memory) memory.Dispose();
        _pool.Dispose();
    }

    [Theory]
    [MemberData(nameof(Offsets))]
    public void Norms_stay_inside(int offset)
    {
        const int Rows = 2;
        for (var width = 0; width <= Longest; width++)
        {
            var x = Noise.Floats(Rows * width, 1);
            var gain = Noise.Floats(width, 2);
            var changes = Noise.Floats(Directions * x.Length, 3);
            var tangent = new float[changes.Length];
            var gradient = new float[changes.Length];
            RmsNorm.AddThenNormalizeTangent(x, gain, changes, changes, Directions, Rows, width, 1e-6f, tangent);
            RmsNorm.NormalizeGradient(x, gain, changes, Directions, Rows, width, 1e-6f, gradient);
            Span<float> guardedX = Place(0, offset, x), guardedGain = Place(1, offset, gain), guarded = Place(2, offset, changes);
            var result = Place(3, offset, new float[changes.Length]);
            RmsNorm.AddThenNormalizeTangent(guardedX, guardedGain, guarded, guarded, Directions, Rows, width, 1e-6f, result);
            Near.SameBits(tangent, result, $"width {width},");
            RmsNorm.NormalizeGradient(guardedX, guardedGain, guarded, Directions, Rows, width, 1e-6f, result);
            Near.SameBits(gradient, result, $"width {width},");
        }
    }

    [Theory]
    [MemberData(nameof(Offsets))]
    public void Gates_stay_inside(int offset)
    {
        const int Rows = 2;
        for (var hidden = 0; hidden <= Longest; hidden++)
        {
            var x = Noise.Floats(2 * Rows * hidden, 4);
            var pairs = Noise.Floats(Directions * x.Length, 5);
            var single = Noise.Floats(pairs.Length / 2, 6);
            var tangent = new float[single.Length];
            var gradient = new float[pairs.Length];
            GatedSilu.MultiplyTangent(x, pairs, Directions, Rows, hidden, tangent, _pool);
            GatedSilu.MultiplyGradient(x, single, Directions, Rows, hidden, gradient, _pool);
            var guarded = Place(0, offset, x);
            var there = Place(2, offset, new float[single.Length]);
            GatedSilu.MultiplyTangent(guarded, Place(1, offset, pairs), Directions, Rows, hidden, there, _pool);
            Near.SameBits(tangent, there, $"hidden {hidden},");
            var back = Place(3, offset, new float[pairs.Length]);
            GatedSilu.MultiplyGradient(guarded, Place(4, offset, single), Directions, Rows, hidden, back, _pool);
            Near.SameBits(gradient, back, $"hidden {hidden},");
        }
    }

    [Theory]
    [MemberData(nameof(Offsets))]
    public void Attention_stays_inside(int offset)
    {
        const int Rows = 19;
        for (var headWidth = 1; headWidth <= Longest; headWidth++)
        {
            var layout = new KeyValueLayout(2, headWidth);
            var x = Noise.Floats(Rows * 3 * layout.Width, 7);
            var triples = Noise.Floats(Directions * x.Length, 8);
            var single = Noise.Floats(triples.Length / 3, 9);
            var tangent = new float[single.Length];
            var gradient = new float[triples.Length];
            AttentionTangent.Read(layout, x, triples, Directions, Rows, TangentReach.Whole, tangent, _pool);
            AttentionTangent.ReadGradient(layout, x, single, Directions, Rows, TangentReach.Whole, gradient, _pool);
            var guarded = Place(0, offset, x);
            var there = Place(2, offset, new float[single.Length]);
            AttentionTangent.Read(layout, guarded, Place(1, offset, triples), Directions, Rows, TangentReach.Whole, there, _pool);
            Near.SameBits(tangent, there, $"head width {headWidth},");
            var back = Place(3, offset, new float[triples.Length]);
            AttentionTangent.ReadGradient(layout, guarded, Place(4, offset, single), Directions, Rows, TangentReach.Whole, back, _pool);
            Near.SameBits(gradient, back, $"head width {headWidth},");
            back = Place(3, offset, new float[x.Length]);
            AttentionGradient.Read(layout, x, single, [0, 4, Rows], gradient, _pool);
            AttentionGradient.Read(layout, guarded, Place(1, offset, single.AsSpan(0, Rows * layout.Width)), [0, 4, Rows], back, _pool);
            Near.SameBits(gradient.AsSpan(0, x.Length), back, $"head width {headWidth},");
        }
    }

    [Theory]
    [MemberData(nameof(Offsets))]
    public void A_turn_back_stays_inside(int offset)
    {
        for (var headWidth = 2; headWidth <= Longest; headWidth += 2)
        {
            var gradients = Noise.Floats(2 * 3 * 2 * headWidth, 10);
            var table = Noise.Floats(3 * headWidth, 11);
            var guarded = Place(0, offset, gradients);
            Rotary.ApplyGradient(guarded, 2, 2, headWidth, Place(1, offset, table), [2, 1]);
            Rotary.ApplyGradient(gradients, 2, 2, headWidth, table, [2, 1]);
            Near.SameBits(gradients, guarded, $"head width {headWidth},");
        }
    }

    [Theory]
    [MemberData(nameof(Offsets))]
    public void Gradients_of_weights_stay_inside(int offset)
    {
        const int Rows = 3, Outputs = 5;
        for (var width = 1; width <= Longest; width++)
        {
            float[] x = Noise.Floats(Rows * 3 * 2 * width, 12), gradients = Noise.Floats(Rows * Outputs, 13), sums = Noise.Floats(Outputs * 2 * width, 14);
            Span<float> guardedX = Place(0, offset, x), guardedGradients = Place(1, offset, gradients), guarded = Place(2, offset, sums);
            WeightGradient.Add(gradients, x, Rows, Outputs, 2 * width, sums, _pool);
            WeightGradient.Add(guardedGradients, guardedX[..(Rows * 2 * width)], Rows, Outputs, 2 * width, guarded, _pool);
            Near.SameBits(sums, guarded, $"width {width},");
            WeightGradient.AddPaired(gradients, x, x.AsSpan(1), Rows, Outputs, width, sums, _pool);
            WeightGradient.AddPaired(
                guardedGradients, guardedX, Place(3, offset, x.AsSpan(1, Rows * width)), Rows, Outputs, width, guarded, _pool);
            Near.SameBits(sums, guarded, $"width {width},");
            WeightGradient.AddNormalized(gradients, x, sums, 1e-6f, Rows, Outputs, width, sums.AsSpan(width), _pool);
            WeightGradient.AddNormalized(
                guardedGradients, guardedX, Place(3, offset, sums.AsSpan(0, width)), 1e-6f, Rows, Outputs, width, guarded[width..], _pool);
            WeightGradient.AddGated(gradients, x, Rows, Outputs, width, sums, _pool);
            WeightGradient.AddGated(guardedGradients, guardedX, Rows, Outputs, width, guarded, _pool);
            Near.SameBits(sums, guarded, $"width {width},");
            var dx = new float[Rows * width];
            var there = Place(4, offset, dx);
            ResidualNorm.ApplyGradient(x, sums, x.AsSpan(1), x.AsSpan(2), Rows, width, 1e-6f, dx, sums, _pool);
            ResidualNorm.ApplyGradient(
                guardedX, guarded, Place(3, offset, x.AsSpan(1, Rows * width)), x.AsSpan(2, Rows * width), Rows, width, 1e-6f, there, guarded, _pool);
            Near.SameBits(sums, guarded, $"width {width},");
            Near.SameBits(dx, there, $"width {width},");
            var table = Place(4, offset, sums.AsSpan(0, Outputs * width));
            Embedding.AddGradient(Place(0, offset, x.AsSpan(0, Rows * width)), [4, 0, 4], width, 2, table);
            Embedding.AddGradient(x, [4, 0, 4], width, 2, sums.AsSpan(0, Outputs * width));
            Near.SameBits(sums.AsSpan(0, Outputs * width), table, $"width {width},");
            var logits = Place(0, offset, x.AsSpan(0, Rows * width));
            CrossEntropy.Gradient(logits, [0, width - 1, CrossEntropy.Ignored], [], Rows, width, 0.5f, new double[Rows], [], _pool);
            CrossEntropy.Gradient(x, [0, width - 1, CrossEntropy.Ignored], [], Rows, width, 0.5f, new double[Rows], [], _pool);
            Near.SameBits(x.AsSpan(0, Rows * width), logits, $"width {width},");
        }
    }

    Span<float> Place(int memory, int offset, ReadOnlySpan<float> content)
    {
        var span = offset < 0 ? _memory[memory].Last(content.Length) : _memory[memory].First(content.Length, offset);
        content.CopyTo(span);
        return span;
    }
}
