using System;
using Muninn.Microscope.Measures.Dynamics;

namespace Muninn.Tests.Microscope.Measures.Dynamics;

/// <summary>Linear maps with known answers.</summary>
static class ToyMaps
{
    /// <summary>J · v of a matrix that is written out.</summary>
    internal static TangentStep Of(double[,] matrix) => (tangents, directions, products) =>
    {
        var n = matrix.GetLength(0);
        for (var d = 0; d < directions; d++)
        {
            for (var row = 0; row < n; row++)
            {
                double sum = 0;
                for (var column = 0; column < n; column++) sum += matrix[row, column] * tangents[d * n + column];
                products[d * n + row] = sum;
            }
        }
    };

    internal static double[,] Transposed(double[,] matrix)
    {
        var n = matrix.GetLength(0);
        var transposed = new double[n, n];
        for (var row = 0; row < n; row++)
        {
            for (var column = 0; column < n; column++) transposed[column, row] = matrix[row, column];
        }

        return transposed;
    }

    internal static double[,] Turn(double rate, double angle) => new[,]
    {
        { rate * Math.Cos(angle), -rate * Math.Sin(angle) },
        { rate * Math.Sin(angle), rate * Math.Cos(angle) },
    };

    /// <summary>Blocks on the diagonal, and below it what is given.</summary>
    internal static double[,] Blocks(double below, params double[][,] blocks)
    {
        var width = blocks[0].GetLength(0);
        var n = width * blocks.Length;
        var matrix = new double[n, n];
        for (var row = 0; row < n; row++)
        {
            for (var column = 0; column < n; column++)
            {
                if (row / width == column / width) matrix[row, column] = blocks[row / width][row % width, column % width];
                else if (row > column) matrix[row, column] = below * Math.Sin(1 + 3 * row + 7 * column);
            }
        }

        return matrix;
    }

    /// <summary>A large matrix, similar to blocks of known eigenvalues by a sequence of turns, so that no basis vector is special.</summary>
    internal static double[,] Hidden(double[,] matrix)
    {
        var n = matrix.GetLength(0);
        var hidden = (double[,])matrix.Clone();
        for (var i = 0; i < 3 * n; i++)
        {
            int a = i % n, b = (i * 7 + 1 + i / n) % n;
            if (a == b) continue;
            var (cosine, sine) = (Math.Cos(i + 1.0), Math.Sin(i + 1.0));
            for (var c = 0; c < n; c++)
                (hidden[a, c], hidden[b, c]) = (cosine * hidden[a, c] - sine * hidden[b, c], sine * hidden[a, c] + cosine * hidden[b, c]);
            for (var r = 0; r < n; r++)
                (hidden[r, a], hidden[r, b]) = (cosine * hidden[r, a] - sine * hidden[r, b], sine * hidden[r, a] + cosine * hidden[r, b]);
        }

        return hidden;
    }
}
