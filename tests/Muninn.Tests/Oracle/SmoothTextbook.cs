using System;

namespace Muninn.Tests.Oracle;

/// <summary>The kernels of the core once more, one element at a time, over any numbers: with duals they give exact derivatives.</summary>
static class SmoothTextbook<T> where T : struct, IScalar<T>
{
    internal static T[] Product(T[] x, int rows, float[] matrix, int outputs, int inputs)
    {
        var y = new T[rows * outputs];
        for (var r = 0; r < rows; r++)
        {
            for (var n = 0; n < outputs; n++)
            {
                var sum = T.Of(0);
                for (var k = 0; k < inputs; k++) sum += x[r * inputs + k] * T.Of(matrix[n * inputs + k]);
                y[r * outputs + n] = sum;
            }
        }

        return y;
    }

    internal static T[] RmsNorm(T[] x, float[] gain, int rows, int width, double epsilon)
    {
        var y = new T[rows * width];
        for (var r = 0; r < rows; r++)
        {
            var squares = T.Of(0);
            for (var c = 0; c < width; c++) squares += x[r * width + c] * x[r * width + c];
            var root = T.Sqrt(squares / T.Of(width) + T.Of(epsilon));
            for (var c = 0; c < width; c++) y[r * width + c] = x[r * width + c] / root * T.Of(gain[c]);
        }

        return y;
    }

    internal static T[] GatedSilu(T[] gateAndFactor, int rows, int hidden)
    {
        var y = new T[rows * hidden];
        for (var r = 0; r < rows; r++)
        {
            for (var c = 0; c < hidden; c++)
            {
                var gate = gateAndFactor[2 * r * hidden + c];
                y[r * hidden + c] = gate / (T.Of(1) + T.Exp(T.Of(0) - gate)) * gateAndFactor[(2 * r + 1) * hidden + c];
            }
        }

        return y;
    }

    internal static T[] Rotary(T[] queryKeyValue, int rows, int heads, int headWidth, float[] bias, float[] table, int[] positions)
    {
        var width = heads * headWidth;
        var y = (T[])queryKeyValue.Clone();
        for (var r = 0; r < rows; r++)
        {
            for (var i = 0; i < 2 * width; i += 2)
            {
                var turn = (positions[r] * (headWidth / 2) + i % headWidth / 2) * 2;
                T cosine = T.Of(table[turn]), sine = T.Of(table[turn + 1]);
                var a = y[r * 3 * width + i] + T.Of(bias.Length == 0 ? 0 : bias[i]);
                var b = y[r * 3 * width + i + 1] + T.Of(bias.Length == 0 ? 0 : bias[i + 1]);
                y[r * 3 * width + i] = a * cosine - b * sine;
                y[r * 3 * width + i + 1] = b * cosine + a * sine;
            }
        }

        return y;
    }

    /// <summary>Row r sees rows 0 … r; where <paramref name="isOwn"/>, keys and values of other rows stand still.</summary>
    internal static T[] Attention(T[] queryKeyValue, int rows, int heads, int headWidth, bool isOwn)
    {
        var width = heads * headWidth;
        var y = new T[rows * width];
        for (var r = 0; r < rows; r++)
        {
            for (var head = 0; head < heads; head++)
            {
                var weights = new T[r + 1];
                var total = T.Of(0);
                for (var j = 0; j <= r; j++)
                {
                    var score = T.Of(0);
                    for (var d = 0; d < headWidth; d++)
                        score += queryKeyValue[r * 3 * width + head * headWidth + d] * Seen(r, j, queryKeyValue[(j * 3 + 1) * width + head * headWidth + d]);
                    // Scores of these tests are small: no largest one is taken away.
                    weights[j] = T.Exp(score / T.Of(Math.Sqrt(headWidth)));
                    total += weights[j];
                }

                for (var d = 0; d < headWidth; d++)
                {
                    var sum = T.Of(0);
                    for (var j = 0; j <= r; j++)
                        sum += weights[j] / total * Seen(r, j, queryKeyValue[(j * 3 + 2) * width + head * headWidth + d]);
                    y[r * width + head * headWidth + d] = sum;
                }
            }
        }

        return y;

        T Seen(int row, int other, T x) => isOwn && row != other ? T.Still(x) : x;
    }
}
