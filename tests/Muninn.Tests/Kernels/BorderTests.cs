using System;
using System.Linq;
using System.Runtime.InteropServices;
using Muninn.Kernels;
using Muninn.Tests.Oracle;
using Xunit;

namespace Muninn.Tests.Kernels;

/// <summary>Every kernel, every small length, at every border and on no border at all.</summary>
public sealed class BorderTests : IDisposable
{
    const int Longest = 67;

    readonly WorkerPool _pool = new(1);
    readonly GuardedFloats[] _memory = [.. Enumerable.Range(0, 5).Select(_ => new GuardedFloats(40_000))];

    /// <summary>Distance from the lower guard in floats; −1 lies at the upper guard.</summary>
    public static TheoryData<int> Offsets => [0, 1, 5, 15, -1];

    public void Dispose()
    {
        foreach (var memory in _memory) memory.Dispose();
        _pool.Dispose();
    }

    [Theory]
    [MemberData(nameof(Offsets))]
    public void Products_stay_inside(int offset)
    {
        for (var inputs = 0; inputs <= Longest; inputs++)
        {
            foreach (var (rows, outputs) in ((int, int)[])[(1, 33), (3, 7), (14, 32), (15, 65)])
            {
                var matrix = Place(0, offset, Noise.Floats(outputs * inputs, 1));
                var x = Place(1, offset, Noise.Floats(rows * inputs, 2));
                var y = Place(2, offset, new float[rows * outputs]);
                using var weights = PanelWeights.Pack(matrix, outputs, inputs);
                MatrixProduct.Multiply(x, rows, weights, y, _pool);
                Near.Equal(Textbook.Product(x, rows, matrix, outputs, inputs), y, 1e-5, $"{rows}×{inputs}×{outputs},");
            }
        }
    }

    [Theory]
    [MemberData(nameof(Offsets))]
    public void Products_with_half_wide_weights_stay_inside(int offset)
    {
        for (var inputs = 0; inputs <= Longest; inputs++)
        {
            const int Rows = 3, Outputs = 35;
            var halves = Noise.BrainFloats(Outputs * inputs, 1);
            var room = Place(0, offset, new float[(halves.Length + 1) / 2]);
            // With an odd count the first half of the first float stays unused at the upper guard.
            var matrix = MemoryMarshal.Cast<float, ushort>(room)[^halves.Length..];
            halves.CopyTo(matrix);
            var x = Place(1, offset, Noise.Floats(Rows * inputs, 2));
            var y = Place(2, offset, new float[Rows * Outputs]);
            using var weights = PanelWeights.PackBrainFloat16(matrix, Outputs, inputs);
            MatrixProduct.Multiply(x, Rows, weights, y, _pool);
            Near.Equal(Textbook.Product(x, Rows, Noise.Widened(halves), Outputs, inputs), y, 1e-5, $"{inputs} inputs,");
            MatrixProduct.Multiply(x, inputs == 0 ? 0 : 1, weights, y, _pool);
        }
    }

    [Theory]
    [MemberData(nameof(Offsets))]
    public void Norms_stay_inside(int offset)
    {
        for (var width = 0; width <= Longest; width++)
        {
            var x = Place(0, offset, Noise.Floats(2 * width, 1));
            var residual = Place(1, offset, Noise.Floats(2 * width, 2));
            var gain = Place(2, offset, Noise.Floats(width, 3));
            var y = Place(3, offset, new float[2 * width]);
            RmsNorm.Normalize(x, gain, 2, width, 1e-6f, y);
            Near.Equal(Textbook.RmsNorm(x, gain, 2, width, 1e-6), y, 4e-6, $"width {width},");
            var sum = new float[2 * width];
            for (var i = 0; i < sum.Length; i++) sum[i] = x[i] + residual[i];
            RmsNorm.AddThenNormalize(x, residual, gain, 2, width, 1e-6f, y);
            Near.Equal(Textbook.RmsNorm(sum, gain, 2, width, 1e-6), y, 4e-6, $"width {width},");
        }
    }

    [Theory]
    [MemberData(nameof(Offsets))]
    public void Gates_stay_inside(int offset)
    {
        for (var hidden = 0; hidden <= Longest; hidden++)
        {
            var x = Place(0, offset, Noise.Floats(6 * hidden, 1));
            var y = Place(1, offset, new float[3 * hidden]);
            GatedSilu.Multiply(x, 3, hidden, y, _pool);
            Near.Equal(Textbook.GatedSilu(x, 3, hidden), y, 1e-6, $"hidden {hidden},");
        }
    }

    [Theory]
    [MemberData(nameof(Offsets))]
    public void Rotations_stay_inside(int offset)
    {
        for (var headWidth = 2; headWidth <= Longest; headWidth += 2)
        {
            var before = Noise.Floats(2 * 3 * 2 * headWidth, 1);
            var x = Place(0, offset, before);
            var bias = Place(1, offset, Noise.Floats(2 * 2 * headWidth, 2));
            var table = Place(2, offset, Noise.Floats(2 * headWidth, 3));
            Rotary.Apply(x, 2, 2, headWidth, bias, table, [1, 0]);
            Near.Equal(Textbook.Rotary(before, 2, 2, headWidth, bias, table, [1, 0]), x, 5e-7, $"head width {headWidth},");
        }
    }

    [Theory]
    [MemberData(nameof(Offsets))]
    public void Attention_stays_inside(int offset)
    {
        for (var headWidth = 1; headWidth <= Longest; headWidth++)
        {
            const int Rows = 18;
            var layout = new KeyValueLayout(2, headWidth);
            var x = Place(0, offset, Noise.Floats(Rows * 3 * layout.Width, 1));
            var keys = Place(1, offset, new float[layout.KeyLength(32)]);
            var values = Place(2, offset, new float[layout.ValueLength(32)]);
            var y = Place(3, offset, new float[Rows * layout.Width]);
            Attention.Write(layout, x, Rows, [.. Enumerable.Range(0, Rows)], keys, values);
            Attention.Read(layout, x, Rows, Tables.Growing(Rows).Visible, keys, values, y, _pool);
            for (var r = 0; r < Rows; r++)
            {
                var expected = Textbook.Attention(x, r, [.. Enumerable.Range(0, r + 1)], 2, headWidth);
                Near.Equal(expected, y.Slice(r * layout.Width, layout.Width), 4e-6, $"head width {headWidth}, row {r},");
            }
        }
    }

    [Theory]
    [MemberData(nameof(Offsets))]
    public void Attention_to_half_wide_numbers_stays_inside(int offset)
    {
        for (var headWidth = 1; headWidth <= Longest; headWidth++)
        {
            const int Rows = 32;
            var layout = new KeyValueLayout(2, headWidth);
            var x = Place(0, offset, Noise.Widened(Noise.BrainFloats(Rows * 3 * layout.Width, 1)));
            var keys = MemoryMarshal.Cast<float, ushort>(Place(1, offset, new float[layout.KeyLength(Rows) / 2]));
            var values = MemoryMarshal.Cast<float, ushort>(Place(2, offset, new float[layout.ValueLength(Rows) / 2]));
            var y = Place(3, offset, new float[Rows * layout.Width]);
            // Every second place of the last panel first, then the other one.
            var tables = new Tables(new int[Rows], [2, .. Enumerable.Range(2, Rows - 1)], [1, 0], [0xAAAA, 0xFFFF]);
            Attention.Write(layout, x, Rows, [.. Enumerable.Range(0, Rows)], keys, values);
            Attention.Copy(layout, 31, 16, keys, values);
            Attention.Read(layout, x, Rows, tables.Visible, keys, values, y, _pool);
            for (var r = 0; r < Rows; r++)
            {
                var expected = Textbook.Attention(x, r, tables.Seen(r), 2, headWidth);
                Near.Equal(expected, y.Slice(r * layout.Width, layout.Width), 4e-6, $"head width {headWidth}, row {r},");
            }
        }
    }

    Span<float> Place(int memory, int offset, ReadOnlySpan<float> content)
    {
        var span = offset < 0 ? _memory[memory].Last(content.Length) : _memory[memory].First(content.Length, offset);
        content.CopyTo(span);
        return span;
    }
}
