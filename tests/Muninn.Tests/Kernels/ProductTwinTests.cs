using System;
using Muninn.Kernels;
using Muninn.Tests.Oracle;
using Xunit;

namespace Muninn.Tests.Kernels;

/// <summary>Products in every format against a twin that anybody can read.</summary>
public sealed class ProductTwinTests
{
    const int RowsMost = 67;

    public static TheoryData<WeightFormat> Formats => AnyWeights.Formats;

    [Theory]
    [MemberData(nameof(Formats))]
    public void Give_the_bits_of_the_twin_for_every_number_of_rows_and_outputs(WeightFormat format)
    {
        using var pool = new WorkerPool(2);
        for (var rows = 1; rows <= RowsMost; rows++)
        {
            // Outputs and inputs run through all lengths in orders of their own.
            var outputs = 1 + rows * 29 % RowsMost;
            var inputs = format.IsInteger() ? rows * 5 % 7 * 32 : rows * 31 % 68;
            using var weights = AnyWeights.Noisy(format, outputs, inputs, (ulong)rows);
            CompareBits(weights, rows, pool);
        }
    }

    /// <summary>Deep enough for several blocks of inputs and high enough for several blocks of rows, whatever their sizes.</summary>
    [Theory]
    [InlineData(WeightFormat.Float32, 7, 37, 4100)]
    [InlineData(WeightFormat.Float32, 430, 35, 1031)]
    [InlineData(WeightFormat.BrainFloat16, 7, 37, 4101)]
    [InlineData(WeightFormat.BrainFloat16, 430, 35, 2063)]
    [InlineData(WeightFormat.Int8, 7, 37, 7904)]
    [InlineData(WeightFormat.Int8, 430, 35, 3872)]
    [InlineData(WeightFormat.Int4, 7, 37, 13_600)]
    [InlineData(WeightFormat.Int4, 430, 35, 6752)]
    public void Give_the_bits_of_the_twin_when_rows_and_inputs_need_several_blocks(WeightFormat format, int rows, int outputs, int inputs)
    {
        using var pool = new WorkerPool(2);
        using var weights = AnyWeights.Noisy(format, outputs, inputs);
        CompareBits(weights, rows, pool);
    }

    [Fact]
    public void Are_within_a_hundred_thousandth_of_double_precision_with_float32_weights()
    {
        using var pool = new WorkerPool(2);
        for (var rows = 1; rows <= RowsMost; rows++)
        {
            var (outputs, inputs) = (2 * rows + 1, 1 + rows * 613 % 2500);
            using var weights = AnyWeights.Noisy(WeightFormat.Float32, outputs, inputs);
            var x = Noise.Floats(rows * inputs, 8);
            var y = new float[rows * outputs];
            MatrixProduct.Multiply(x, rows, weights.Packed, y, pool);
            // Seen: 4.3e-7 at most.
            Near.Relative(Textbook.Product(x, rows, weights.Widened, outputs, inputs), y, 1e-5, $"{rows}×{inputs}×{outputs}");
        }
    }

    /// <summary>
    /// Numbers spread evenly have a root mean square of 1/√3 of the largest; rounding them to 2 · 64 or 2 · 127 steps errs by
    /// 1/√12 of a step: 0.8 % and 0.4 %.
    /// </summary>
    [Theory]
    [InlineData(WeightFormat.Int8, 0.009)]
    [InlineData(WeightFormat.Int4, 0.0045)]
    public void Err_with_integer_weights_by_the_rounding_of_the_rows_alone(WeightFormat format, double tolerance)
    {
        const int Rows = 19, Outputs = 77, Inputs = 1024;
        using var pool = new WorkerPool(2);
        using var weights = AnyWeights.Noisy(format, Outputs, Inputs);
        var x = Noise.Floats(Rows * Inputs, 9);
        var y = new float[Rows * Outputs];
        MatrixProduct.Multiply(x, Rows, weights.Packed, y, pool);
        Near.Relative(Textbook.Product(x, Rows, weights.Widened, Outputs, Inputs), y, tolerance, $"{format}");
    }

    static void CompareBits(AnyWeights weights, int rows, WorkerPool pool)
    {
        var x = Noise.Floats(rows * weights.Inputs, 3);
        var y = new float[rows * weights.Outputs];
        y.AsSpan().Fill(float.NaN);
        MatrixProduct.Multiply(x, rows, weights.Packed, y, pool);
        Near.SameBits(weights.Product(x, rows), y, $"{weights.Format} {rows}×{weights.Inputs}×{weights.Outputs},");
    }
}
