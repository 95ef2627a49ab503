using System;
using System.Linq;
using System.Runtime.InteropServices;
using Muninn.Kernels;
using Muninn.Tests.Oracle;
using Xunit;

namespace Muninn.Tests.Kernels;

/// <summary>Products in every format, at every border and on no border at all.</summary>
public sealed class ProductBorderTests : IDisposable
{
    const float Epsilon = 1e-6f;

    readonly WorkerPool _pool = new(1);
    readonly GuardedFloats[] _memory = [.. Enumerable.Range(0, 3).Select(_ => new GuardedFloats(8_000))];

    /// <summary>Distance from the lower guard in floats; −1 lies at the upper guard.</summary>
    public static TheoryData<WeightFormat, int> Places
    {
        get
        {
            var places = new TheoryData<WeightFormat, int>();
            foreach (var format in Enum.GetValues<WeightFormat>())
            {
                foreach (var offset in (int[])[0, 1, 5, 15, -1]) places.Add(format, offset);
            }

            return places;
        }
    }

    public void Dispose()
    {
        foreach (var memory in _memory) memory.Dispose();
        _pool.Dispose();
    }

    [Theory]
    [MemberData(nameof(Places))]
    public void Products_stay_inside(WeightFormat format, int offset) => ForEach(format, (rows, weights) =>
    {
        var content = Noise.Floats(rows * weights.Inputs, 2);
        var x = Place<float>(0, offset, content);
        var y = Place<float>(1, offset, new float[rows * weights.Outputs]);
        MatrixProduct.Multiply(x, rows, weights.Packed, y, _pool);
        Near.SameBits(weights.Product(content, rows), y, $"{rows}×{weights.Inputs}×{weights.Outputs},");
        Near.SameBits(content, x, "operand");
    });

    [Theory]
    [MemberData(nameof(Places))]
    public void Normalized_products_stay_inside(WeightFormat format, int offset) => ForEach(format, (rows, weights) =>
    {
        var x = Place<float>(0, offset, Noise.Floats(rows * weights.Inputs, 2));
        var gain = Place<float>(1, offset, Noise.Floats(weights.Inputs, 3));
        var y = Place<float>(2, offset, new float[rows * weights.Outputs]);
        MatrixProduct.MultiplyNormalized(x, gain, Epsilon, rows, weights.Packed, y, _pool);
        var between = new float[rows * weights.Inputs];
        RmsNorm.Normalize(x, gain, rows, weights.Inputs, Epsilon, between);
        Near.SameBits(weights.Product(between, rows), y, $"{rows}×{weights.Inputs}×{weights.Outputs},");
    });

    [Theory]
    [MemberData(nameof(Places))]
    public void Gated_products_stay_inside(WeightFormat format, int offset) => ForEach(format, (rows, weights) =>
    {
        var x = Place<float>(0, offset, Noise.Floats(2 * rows * weights.Inputs, 2));
        var y = Place<float>(1, offset, new float[rows * weights.Outputs]);
        MatrixProduct.MultiplyGated(x, rows, weights.Packed, y, _pool);
        var between = new float[rows * weights.Inputs];
        GatedSilu.Multiply(x, rows, weights.Inputs, between, _pool);
        Near.SameBits(weights.Product(between, rows), y, $"{rows}×{weights.Inputs}×{weights.Outputs},");
    });

    [Theory]
    [MemberData(nameof(Places))]
    public void Paired_products_stay_inside(WeightFormat format, int offset) => ForEach(format, (rows, weights) =>
    {
        if (weights.Inputs % 2 != 0) return;
        var half = weights.Inputs / 2;
        var first = Place<float>(0, offset, Noise.Floats(rows * half, 2));
        var second = Place<float>(1, offset, Noise.Floats(rows * half, 3));
        var y = Place<float>(2, offset, new float[rows * weights.Outputs]);
        MatrixProduct.MultiplyPaired(first, second, rows, weights.Packed, y, _pool);
        var between = new float[rows * weights.Inputs];
        for (var i = 0; i < between.Length; i++)
        {
            var (row, column) = (i / weights.Inputs, i % weights.Inputs);
            between[i] = column < half ? first[row * half + column] : second[row * half + column - half];
        }

        Near.SameBits(weights.Product(between, rows), y, $"{rows}×{weights.Inputs}×{weights.Outputs},");
    });

    [Theory]
    [MemberData(nameof(Places))]
    public void Packing_stays_inside(WeightFormat format, int offset) => ForEach(format, (rows, weights) =>
    {
        var (outputs, inputs) = (weights.Outputs, weights.Inputs);
        var scales = Place<ushort>(1, offset, weights.Scales);
        using var packed = format switch
        {
            WeightFormat.Float32 => PanelWeights.Pack(Place<float>(0, offset, weights.Widened), outputs, inputs),
            WeightFormat.BrainFloat16 => PanelWeights.PackBrainFloat16(scales, outputs, inputs),
            _ => PanelWeights.PackIntegers(format, Place<byte>(0, offset, weights.Rows), scales, outputs, inputs),
        };
        var x = Noise.Floats(rows * inputs, 2);
        var y = new float[rows * outputs];
        MatrixProduct.Multiply(x, rows, packed, y, _pool);
        Near.SameBits(weights.Product(x, rows), y, $"{rows}×{inputs}×{outputs},");
    });

    static void ForEach(WeightFormat format, Action<int, AnyWeights> test)
    {
        for (var inputs = 0; inputs <= 96; inputs += format.IsInteger() ? WeightFormats.GroupInputs : inputs < 67 ? 1 : 29)
        {
            foreach (var (rows, outputs) in ((int, int)[])[(1, 33), (3, 7), (13, 17), (14, 32), (15, 65)])
            {
                using var weights = AnyWeights.Noisy(format, outputs, inputs);
                test(rows, weights);
            }
        }
    }

    Span<T> Place<T>(int memory, int offset, ReadOnlySpan<T> content) where T : unmanaged
    {
        var bytes = MemoryMarshal.AsBytes(content);
        var floats = (bytes.Length + sizeof(float) - 1) / sizeof(float);
        var room = MemoryMarshal.Cast<float, T>(offset < 0 ? _memory[memory].Last(floats) : _memory[memory].First(floats, offset));
        var span = offset < 0 ? room[^content.Length..] : room[..content.Length];
        content.CopyTo(span);
        return span;
    }
}
