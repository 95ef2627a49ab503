using System;

namespace Muninn.Tests.Oracle;

/// <summary>The slow, obvious twins of the kernels: double precision, one element at a time.</summary>
static class Textbook
{
    /// <summary>y[r, n] = Σₖ x[r, k] · w[n, k].</summary>
    internal static double[] Product(ReadOnlySpan<float> x, int rows, ReadOnlySpan<float> matrix, int outputs, int inputs)
    {
        var y = new double[rows * outputs];
        for (var r = 0; r < rows; r++)
        {
            for (var n = 0; n < outputs; n++)
            {
                for (var k = 0; k < inputs; k++) y[r * outputs + n] += (double)x[r * inputs + k] * matrix[n * inputs + k];
            }
        }

        return y;
    }

    internal static double[] RmsNorm(ReadOnlySpan<float> x, ReadOnlySpan<float> gain, int rows, int width, double epsilon)
    {
        var y = new double[rows * width];
        for (var r = 0; r < rows; r++)
        {
            double squares = 0;
            for (var c = 0; c < width; c++) squares += (double)x[r * width + c] * x[r * width + c];
            for (var c = 0; c < width; c++) y[r * width + c] = x[r * width + c] / Math.Sqrt(squares / width + epsilon) * gain[c];
        }

        return y;
    }

    internal static double[] GatedSilu(ReadOnlySpan<float> gateAndFactor, int rows, int hidden)
    {
        var y = new double[rows * hidden];
        for (var r = 0; r < rows; r++)
        {
            for (var c = 0; c < hidden; c++)
            {
                double gate = gateAndFactor[2 * r * hidden + c];
                y[r * hidden + c] = gate / (1 + Math.Exp(-gate)) * gateAndFactor[(2 * r + 1) * hidden + c];
            }
        }

        return y;
    }

    /// <summary>Queries, keys and values after the bias and the turn.</summary>
    internal static double[] Rotary(
        ReadOnlySpan<float> queryKeyValue, int rows, int heads, int headWidth, ReadOnlySpan<float> bias, ReadOnlySpan<float> table, ReadOnlySpan<int> positions)
    {
        var width = heads * headWidth;
        var y = new double[rows * 3 * width];
        for (var i = 0; i < y.Length; i++) y[i] = queryKeyValue[i];
        for (var r = 0; r < rows; r++)
        {
            for (var i = 0; i < 2 * width; i += 2)
            {
                var pair = i % headWidth / 2;
                double cosine = table[(positions[r] * (headWidth / 2) + pair) * 2];
                double sine = table[(positions[r] * (headWidth / 2) + pair) * 2 + 1];
                var a = y[r * 3 * width + i] + (bias.IsEmpty ? 0 : bias[i]);
                var b = y[r * 3 * width + i + 1] + (bias.IsEmpty ? 0 : bias[i + 1]);
                y[r * 3 * width + i] = a * cosine - b * sine;
                y[r * 3 * width + i + 1] = b * cosine + a * sine;
            }
        }

        return y;
    }

    /// <summary>
    /// Attention of row <paramref name="row"/> to some rows of the same array, the way a beginner would write it.
    /// </summary>
    internal static double[] Attention(ReadOnlySpan<float> queryKeyValue, int row, ReadOnlySpan<int> seen, int heads, int headWidth)
    {
        var width = heads * headWidth;
        var y = new double[width];
        for (var head = 0; head < heads; head++)
        {
            var weights = new double[seen.Length];
            double largest = double.NegativeInfinity, total = 0;
            for (var i = 0; i < seen.Length; i++)
            {
                for (var d = 0; d < headWidth; d++)
                {
                    weights[i] += (double)queryKeyValue[row * 3 * width + head * headWidth + d]
                        * queryKeyValue[(seen[i] * 3 + 1) * width + head * headWidth + d];
                }

                weights[i] /= Math.Sqrt(headWidth);
                largest = Math.Max(largest, weights[i]);
            }

            for (var i = 0; i < seen.Length; i++) total += weights[i] = Math.Exp(weights[i] - largest);
            for (var i = 0; i < seen.Length; i++)
            {
                for (var d = 0; d < headWidth; d++)
                    y[head * headWidth + d] += weights[i] / total * queryKeyValue[(seen[i] * 3 + 2) * width + head * headWidth + d];
            }
        }

        return y;
    }
}
