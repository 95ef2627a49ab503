using System;

namespace Muninn.Tests.Oracle;

/// <summary>The obvious twin of products with integer weights: each group rounded, summed in whole numbers, scaled, added in order.</summary>
static class IntegerProduct
{
    const int Group = 32;

    /// <summary>Scales below this would lose digits; a group so small counts as zero.</summary>
    const float SmallestScale = 1.2e-38f;

    /// <summary>y[r, n] = Σ over groups g in order: (Σₖ number · code, exact) · scale of the row · scale of the weights.</summary>
    /// <param name="x">Operand, <c>[rows, inputs]</c>.</param>
    /// <param name="rows">How many rows.</param>
    /// <param name="codes">Weights, <c>[outputs, inputs]</c>.</param>
    /// <param name="scales">bfloat16 bits, <c>[outputs, inputs / 32]</c>.</param>
    /// <param name="outputs">Rows of the matrix.</param>
    /// <param name="inputs">Columns of the matrix.</param>
    /// <param name="largest">The number that stands for the largest magnitude of a group of a row.</param>
    internal static float[] Of(
        ReadOnlySpan<float> x, int rows, ReadOnlySpan<sbyte> codes, ReadOnlySpan<ushort> scales, int outputs, int inputs, int largest)
    {
        var groups = inputs / Group;
        var y = new float[rows * outputs];
        var numbers = new long[inputs];
        var rowScales = new float[groups];
        for (var r = 0; r < rows; r++)
        {
            var row = x.Slice(r * inputs, inputs);
            for (var g = 0; g < groups; g++)
                rowScales[g] = Round(row.Slice(g * Group, Group), largest, numbers.AsSpan(g * Group, Group));
            for (var n = 0; n < outputs; n++)
            {
                var sum = 0f;
                for (var g = 0; g < groups; g++)
                {
                    long total = 0;
                    for (var k = g * Group; k < (g + 1) * Group; k++) total += numbers[k] * codes[n * inputs + k];
                    var weightScale = BitConverter.UInt32BitsToSingle((uint)scales[n * groups + g] << 16);
                    sum = MathF.FusedMultiplyAdd(total * rowScales[g], weightScale, sum);
                }

                y[r * outputs + n] = sum;
            }
        }

        return y;
    }

    /// <summary>One group of one row as whole numbers; returns their scale, NaN for a group that is not finite.</summary>
    static float Round(ReadOnlySpan<float> group, int largest, Span<long> numbers)
    {
        numbers.Clear();
        var magnitude = 0f;
        foreach (var value in group)
        {
            if (!float.IsFinite(value)) return float.NaN;
            magnitude = MathF.Max(magnitude, MathF.Abs(value));
        }

        var scale = magnitude / largest;
        if (scale < SmallestScale) return 0;
        for (var k = 0; k < group.Length; k++) numbers[k] = (long)MathF.Round(group[k] * (largest / magnitude), MidpointRounding.ToEven);
        return scale;
    }
}
