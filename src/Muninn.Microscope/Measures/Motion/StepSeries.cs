using System;
using System.Runtime.CompilerServices;
using MathNet.Numerics.LinearAlgebra;
using MathNet.Numerics.LinearAlgebra.Double;

namespace Muninn.Microscope.Measures.Motion;

/// <summary>
/// Steps d_i = s_i − s_{i−1} of one token as points in as many coordinates as they span: all lengths and angles are those of
/// the full space, at a cost that does not depend on its width. The coordinates are along the principal axes of the steps.
/// </summary>
/// <param name="count">Steps (n).</param>
/// <param name="columns">Coordinates of a step, even.</param>
/// <param name="values">The coordinates, <c>[count, columns]</c>.</param>
sealed class StepSeries(int count, int columns, double[] values)
{
    /// <summary>Energy left out of a step's coordinates, as a share of the largest step's.</summary>
    const double Tolerance = 1e-10;

    /// <summary>Steps (n).</summary>
    public int Count => count;

    /// <summary>Coordinates of a step, even.</summary>
    public int Columns => columns;

    /// <summary>The coordinates, <c>[count, columns]</c>.</summary>
    public ReadOnlySpan<double> Values => values;

    /// <summary>Coordinates of step <paramref name="i"/>.</summary>
    public ReadOnlySpan<double> Step(int i) => Values.Slice(i * columns, columns);

    /// <summary>Coordinates from inner products: a Cholesky factor with pivots, turned to its principal axes, largest first.</summary>
    /// <param name="gram">⟨d_i, d_j⟩, <c>[count, count]</c>, symmetric.</param>
    /// <param name="count">Steps.</param>
    public static StepSeries FromGram(ReadOnlySpan<double> gram, int count)
    {
        double[] left = new double[count];
        double largest = 0;
        for (int i = 0; i < count; i++)
        {
            left[i] = gram[i * count + i];
            largest = Math.Max(largest, left[i]);
        }

        double[] factor = new double[count * count];
        int rank = 0;
        for (; rank < count; rank++)
        {
            int pivot = 0;
            for (int i = 1; i < count; i++)
            {
                if (left[i] > left[pivot])
                    pivot = i;
            }

            if (!(left[pivot] > Tolerance * largest))
                break;
            double root = Math.Sqrt(left[pivot]);
            ReadOnlySpan<double> at = factor.AsSpan(pivot * count, rank);
            for (int i = 0; i < count; i++)
            {
                double value = (gram[i * count + pivot] - RowMath.Dot(factor.AsSpan(i * count, rank), at)) / root;
                factor[i * count + rank] = value;
                left[i] -= value * value;
            }

            left[pivot] = 0;
        }

        return Turned(factor, count, rank);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    static StepSeries Turned(double[] factor, int count, int rank)
    {
        var scatter = new DenseMatrix(rank);
        for (int i = 0; i < count; i++)
        {
            for (int c = 0; c < rank; c++)
                RowMath.AddScaled(scatter.Values.AsSpan(c * rank, rank), factor.AsSpan(i * count, rank), factor[i * count + c]);
        }

        double[] axes = ((DenseMatrix)scatter.Evd(Symmetricity.Symmetric).EigenVectors).Values;
        int columns = Math.Max(2, rank + rank % 2);
        double[] values = new double[count * columns];
        for (int i = 0; i < count; i++)
        {
            for (int c = 0; c < rank; c++)
                values[i * columns + c] = RowMath.Dot(factor.AsSpan(i * count, rank), axes.AsSpan((rank - 1 - c) * rank, rank));
        }

        return new StepSeries(count, columns, values);
    }
}
