using System;
using Muninn.Kernels;
using Muninn.Tests.Oracle;
using Xunit;

namespace Muninn.Tests.Kernels;

public sealed class MatrixProductTests
{
    /// <summary>Each of k roundings loses at most 2⁻²⁵ of a partial sum, which wanders like √k and so stays far below k.</summary>
    static double Tolerance(int inputs) => 1e-6 + Math.ScaleB(inputs, -24);

    [Theory]
    [InlineData(WeightFormat.Float32)]
    [InlineData(WeightFormat.BrainFloat16)]
    public void Equals_the_textbook_for_every_small_size(WeightFormat format)
    {
        using var pool = new WorkerPool(2);
        for (var size = 0; size <= 67; size++)
        {
            foreach (var rows in (int[])[0, 1, 2, 7, 13, 15, 31])
            {
                // Inputs and outputs run through all lengths in different orders.
                Compare(format, rows, outputs: size, inputs: size * 29 % 68, pool);
            }
        }
    }

    [Theory]
    [InlineData(WeightFormat.Float32, 5, 33, 2049)]
    [InlineData(WeightFormat.Float32, 41, 40, 4100)]
    [InlineData(WeightFormat.BrainFloat16, 5, 33, 2049)]
    [InlineData(WeightFormat.BrainFloat16, 41, 40, 4101)]
    [InlineData(WeightFormat.Float32, 300, 64, 1000)]
    [InlineData(WeightFormat.BrainFloat16, 300, 65, 1001)]
    public void Equals_the_textbook_when_rows_and_inputs_need_several_blocks(WeightFormat format, int rows, int outputs, int inputs)
    {
        using var pool = new WorkerPool(2);
        Compare(format, rows, outputs, inputs, pool);
    }

    [Theory]
    [InlineData(WeightFormat.Float32, 2301)]
    [InlineData(WeightFormat.BrainFloat16, 4601)]
    [InlineData(WeightFormat.Int8, 3872)]
    [InlineData(WeightFormat.Int4, 7072)]
    public void Gives_a_row_the_same_bits_alone_and_among_any_others(WeightFormat format, int inputs)
    {
        const int Outputs = 200, Most = 40;
        using var one = new WorkerPool(1);
        using var two = new WorkerPool(2);
        using var three = new WorkerPool(3);
        using var matrix = AnyWeights.Noisy(format, Outputs, inputs);
        var weights = matrix.Packed;
        var x = Noise.Floats(Most * inputs, 5);
        var alone = new float[Most * Outputs];
        for (var r = 0; r < Most; r++)
            MatrixProduct.Multiply(x.AsSpan(r * inputs, inputs), 1, weights, alone.AsSpan(r * Outputs, Outputs), one);
        foreach (var pool in (WorkerPool[])[one, two, three])
        {
            for (var rows = 1; rows <= Most; rows++)
            {
                var together = new float[rows * Outputs];
                MatrixProduct.Multiply(x, rows, weights, together, pool);
                Near.SameBits(alone.AsSpan(0, rows * Outputs), together, $"{rows} rows, {pool.Threads} threads,");
            }
        }
    }

    [Theory]
    [InlineData(WeightFormat.Float32)]
    [InlineData(WeightFormat.BrainFloat16)]
    public void Sums_in_order_with_fused_multiply_adds(WeightFormat format)
    {
        const int Rows = 9, Outputs = 37, Inputs = 2100;
        using var pool = new WorkerPool(2);
        using var weights = Packed(format, Outputs, Inputs, out var matrix);
        var x = Noise.Floats(Rows * Inputs, 6);
        var expected = new float[Rows * Outputs];
        for (var i = 0; i < expected.Length; i++)
        {
            for (var k = 0; k < Inputs; k++)
                expected[i] = MathF.FusedMultiplyAdd(x[i / Outputs * Inputs + k], matrix[i % Outputs * Inputs + k], expected[i]);
        }

        var actual = new float[Rows * Outputs];
        MatrixProduct.Multiply(x, Rows, weights, actual, pool);
        Near.SameBits(expected, actual);
    }

    [Theory]
    [InlineData(WeightFormat.Float32)]
    [InlineData(WeightFormat.BrainFloat16)]
    public void Keeps_what_is_not_a_number_in_its_row(WeightFormat format)
    {
        const int Rows = 17, Outputs = 45, Inputs = 71;
        using var pool = new WorkerPool(2);
        using var weights = Packed(format, Outputs, Inputs, out _);
        var x = Noise.Floats(Rows * Inputs, 7);
        var clean = new float[Rows * Outputs];
        MatrixProduct.Multiply(x, Rows, weights, clean, pool);
        x[3 * Inputs + 11] = float.NaN;
        x[8 * Inputs + 70] = float.PositiveInfinity;
        var y = new float[Rows * Outputs];
        MatrixProduct.Multiply(x, Rows, weights, y, pool);
        for (var r = 0; r < Rows; r++)
        {
            for (var n = 0; n < Outputs; n++)
            {
                if (r is 3 or 8) Assert.False(float.IsFinite(y[r * Outputs + n]));
                else Assert.Equal(clean[r * Outputs + n], y[r * Outputs + n]);
            }
        }
    }

    [Fact]
    public void Names_the_operand_that_is_too_short_and_both_lengths()
    {
        using var pool = new WorkerPool(1);
        using var weights = PanelWeights.Pack(new float[12], 4, 3);
        var e = Assert.Throws<ArgumentException>(() => MatrixProduct.Multiply(new float[5], 2, weights, new float[8], pool));
        Assert.Contains("x holds 5 elements, but [rows, inputs] needs 6", e.Message);
        e = Assert.Throws<ArgumentException>(() => MatrixProduct.Multiply(new float[6], 2, weights, new float[7], pool));
        Assert.Contains("destination holds 7 elements, but [rows, outputs] needs 8", e.Message);
    }

    [Fact]
    public void Refuses_a_destination_that_overlaps_the_operand()
    {
        using var pool = new WorkerPool(1);
        using var weights = PanelWeights.Pack(new float[9], 3, 3);
        var memory = new float[8];
        Assert.Throws<ArgumentException>(() => MatrixProduct.Multiply(memory.AsSpan(0, 6), 2, weights, memory.AsSpan(2, 6), pool));
    }

    [Fact]
    public void Takes_a_destination_behind_the_operand_in_the_same_memory()
    {
        using var pool = new WorkerPool(1);
        using var weights = PanelWeights.Pack([1, 0, 0, 0, 2, 0, 0, 0, 3], 3, 3);
        float[] memory = [1, 1, 1, 0, 0, 0];
        MatrixProduct.Multiply(memory, 1, weights, memory.AsSpan(3), pool);
        Assert.Equal([1, 1, 1, 1, 2, 3], memory);
    }

    [Fact]
    public void Refuses_weights_that_were_given_back()
    {
        using var pool = new WorkerPool(1);
        var weights = PanelWeights.Pack(new float[9], 3, 3);
        weights.Dispose();
        weights.Dispose();
        Assert.Throws<ObjectDisposedException>(() => MatrixProduct.Multiply(new float[3], 1, weights, new float[3], pool));
    }

    static PanelWeights Packed(WeightFormat format, int outputs, int inputs, out float[] matrix)
    {
        if (format == WeightFormat.Float32)
        {
            matrix = Noise.Floats(outputs * inputs, 2);
            return PanelWeights.Pack(matrix, outputs, inputs);
        }

        var halves = Noise.BrainFloats(outputs * inputs, 3);
        matrix = Noise.Widened(halves);
        return PanelWeights.PackBrainFloat16(halves, outputs, inputs);
    }

    static void Compare(WeightFormat format, int rows, int outputs, int inputs, WorkerPool pool)
    {
        using var weights = Packed(format, outputs, inputs, out var matrix);
        var x = Noise.Floats(rows * inputs, 1);
        var y = new float[rows * outputs];
        y.AsSpan().Fill(float.NaN);
        MatrixProduct.Multiply(x, rows, weights, y, pool);
        Near.Equal(Textbook.Product(x, rows, matrix, outputs, inputs), y, Tolerance(inputs), $"{format} {rows}×{inputs}×{outputs},");
    }
}
