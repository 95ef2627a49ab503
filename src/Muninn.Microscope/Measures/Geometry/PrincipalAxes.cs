using System;
using System.Runtime.CompilerServices;
using System.Threading;
using MathNet.Numerics.LinearAlgebra;
using MathNet.Numerics.LinearAlgebra.Double;
using Muninn.Engine.Randomness;
using Muninn.Kernels;
using Muninn.Microscope.Measures.Motion;

namespace Muninn.Microscope.Measures.Geometry;

/// <summary>
/// Finds the leading eigenvectors of XᵀX for the centred states X: exactly where the smaller side is small, else by subspace
/// iteration with Rayleigh–Ritz, whose passes read every state once and whose memory does not depend on their number.
/// </summary>
/// <remarks>Source: Halko, Martinsson and Tropp, "Finding structure with randomness", 2011.</remarks>
sealed class PrincipalAxes(StateCloud cloud, SharedBasis basis, WorkerPool? pool, CancellationToken cancellation)
{
    /// <summary>Largest smaller side that is solved densely.</summary>
    const int DenseMax = 256;

    /// <summary>Directions that are carried beyond the axes, for speed.</summary>
    const int Spare = 8;

    const int PassesMax = 40;

    /// <summary>Axes are found when this is left of their residual …</summary>
    const double Precision = 1e-9;

    /// <summary>… or a pass adds no more than this share to what they hold: where the spectrum is flat, any axes are as good.</summary>
    const double Gain = 1e-8;

    /// <summary>The states are summed in this many parts, whatever the threads.</summary>
    const int Parts = 8;

    readonly int _width = cloud.Width;
    readonly int _axes = basis.Settings.Axes;

    /// <summary>Fills the basis.</summary>
    public void Find()
    {
        double total = 0;
        double[] row = new double[_width];
        for (int i = 0; i < cloud.Count; i++)
        {
            cloud.Read(i, row);
            total += RowMath.NormSquared(row);
        }

        basis.Total = total;
        bool isDense = Math.Min(cloud.Count, _width) <= DenseMax;
        basis.IsExact = isDense;
        if (!(total > 0))
        {
            // Nothing moves: any axes do.
            for (int k = 0; k < _axes; k++)
                basis.Axes[k * _width + k] = 1;
            basis.IsExact = true;
        }
        else if (!isDense)
            Iterate();
        else if (_width <= cloud.Count)
            FromCovariance();
        else
            FromGram();
        FixSigns();
        Project();
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    void FromCovariance()
    {
        var covariance = new DenseMatrix(_width);
        double[] row = new double[_width];
        double[] sums = covariance.Values;
        for (int i = 0; i < cloud.Count; i++)
        {
            cloud.Read(i, row);
            for (int c = 0; c < _width; c++)
                RowMath.AddScaled(sums.AsSpan(c * _width, _width), row, row[c]);
        }

        var solved = covariance.Evd(Symmetricity.Symmetric);
        for (int k = 0; k < _axes; k++)
        {
            for (int c = 0; c < _width; c++)
                basis.Axes[k * _width + c] = solved.EigenVectors[c, _width - 1 - k];
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    void FromGram()
    {
        int count = cloud.Count;
        double[] rows = new double[count * _width];
        for (int i = 0; i < count; i++)
            cloud.Read(i, rows.AsSpan(i * _width, _width));
        var gram = new DenseMatrix(count);
        for (int i = 0; i < count; i++)
        {
            for (int j = 0; j <= i; j++)
                gram[i, j] = gram[j, i] = RowMath.Dot(rows.AsSpan(i * _width, _width), rows.AsSpan(j * _width, _width));
        }

        var solved = gram.Evd(Symmetricity.Symmetric);
        for (int k = 0; k < _axes; k++)
        {
            Span<double> axis = basis.Axes.AsSpan(k * _width, _width);
            for (int i = 0; i < count; i++)
                RowMath.AddScaled(axis, rows.AsSpan(i * _width, _width), solved.EigenVectors[i, count - 1 - k]);
        }

        // Axes without variance come out as nothing: they are filled up, at right angles to the others.
        Orthonormalize(basis.Axes, _axes);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    void Iterate()
    {
        int block = Math.Min(_width, _axes + Spare);
        double[] directions = new double[block * _width];
        for (int i = 0; i < directions.Length; i++)
            directions[i] = CounterRandom.TruncatedNormal(0, RandomStream.Surrogates, int.MaxValue, i);
        Orthonormalize(directions, block);
        double[] images = new double[directions.Length];
        double held = 0;
        for (int pass = 0; pass < PassesMax; pass++)
        {
            Map(directions, images, block);
            var (residual, sum) = Rotate(directions, images, block);
            basis.Residual = residual;
            if (residual <= Precision || (sum - held <= Gain * sum && pass > 1))
                break;
            held = sum;
            images.CopyTo(directions, 0);
            Orthonormalize(directions, block);
        }

        directions.AsSpan(0, basis.Axes.Length).CopyTo(basis.Axes);
    }

    /// <summary>images = XᵀX · directions, one pass over the states.</summary>
    void Map(double[] directions, double[] images, int block)
    {
        double[][] parts = new double[Parts][];
        SharedWork.Run(Parts, part =>
        {
            double[] sums = parts[part] = new double[images.Length];
            double[] row = new double[_width];
            int end = (int)((long)(part + 1) * cloud.Count / Parts);
            for (int i = (int)((long)part * cloud.Count / Parts); i < end; i++)
            {
                cloud.Read(i, row);
                for (int k = 0; k < block; k++)
                    RowMath.AddScaled(sums.AsSpan(k * _width, _width), row, RowMath.Dot(row, directions.AsSpan(k * _width, _width)));
            }
        }, pool, cancellation);
        Array.Clear(images);
        foreach (double[] part in parts)
            RowMath.AddScaled(images, part, 1);
    }

    /// <summary>Turns directions and their images to the Ritz vectors, largest first; gives the residual of the axes and what they hold.</summary>
    (double Residual, double Held) Rotate(double[] directions, double[] images, int block)
    {
        var small = new DenseMatrix(block);
        for (int i = 0; i < block; i++)
        {
            for (int j = 0; j <= i; j++)
                small[i, j] = small[j, i] = RowMath.Dot(directions.AsSpan(i * _width, _width), images.AsSpan(j * _width, _width));
        }

        var solved = small.Evd(Symmetricity.Symmetric);
        double[] turned = Turned(directions);
        double[] turnedImages = Turned(images);
        turned.CopyTo(directions, 0);
        turnedImages.CopyTo(images, 0);
        double largest = solved.EigenValues[block - 1].Real;
        double residual = 0;
        double held = 0;
        double[] left = new double[_width];
        for (int k = 0; k < _axes; k++)
        {
            held += solved.EigenValues[block - 1 - k].Real;
            images.AsSpan(k * _width, _width).CopyTo(left);
            RowMath.AddScaled(left, directions.AsSpan(k * _width, _width), -solved.EigenValues[block - 1 - k].Real);
            residual = Math.Max(residual, Math.Sqrt(RowMath.NormSquared(left)) / largest);
        }

        return (residual, held);

        double[] Turned(double[] vectors)
        {
            double[] result = new double[vectors.Length];
            for (int k = 0; k < block; k++)
            {
                for (int i = 0; i < block; i++)
                    RowMath.AddScaled(
                        result.AsSpan(k * _width, _width), vectors.AsSpan(i * _width, _width), solved.EigenVectors[i, block - 1 - k]);
            }

            return result;
        }
    }

    /// <summary>Gram and Schmidt, twice for every vector; what vanishes is replaced by a coordinate axis.</summary>
    void Orthonormalize(double[] vectors, int count)
    {
        int spare = 0;
        for (int k = 0; k < count; k++)
        {
            Span<double> vector = vectors.AsSpan(k * _width, _width);
            double before = RowMath.NormSquared(vector);
            while (true)
            {
                for (int round = 0; round < 2; round++)
                {
                    for (int j = 0; j < k; j++)
                    {
                        ReadOnlySpan<double> other = vectors.AsSpan(j * _width, _width);
                        RowMath.AddScaled(vector, other, -RowMath.Dot(vector, other));
                    }
                }

                double after = RowMath.NormSquared(vector);
                if (after > 1e-20 * before && after > 0)
                {
                    RowMath.Scale(vector, 1 / Math.Sqrt(after));
                    break;
                }

                vector.Clear();
                vector[spare++] = before = 1;
            }
        }
    }

    void FixSigns()
    {
        for (int k = 0; k < _axes; k++)
        {
            Span<double> axis = basis.Axes.AsSpan(k * _width, _width);
            int largest = 0;
            for (int c = 1; c < _width; c++)
            {
                // Entries that are equal but for rounding must not decide by their rounding.
                if (Math.Abs(axis[c]) > Math.Abs(axis[largest]) * (1 + 1e-6))
                    largest = c;
            }

            if (axis[largest] < 0)
                RowMath.Scale(axis, -1);
        }
    }

    void Project()
    {
        double[] row = new double[_width];
        double[] held = new double[basis.PlaneShare.Length];
        double[] all = new double[held.Length];
        int iterations = basis.Iterations.Length;
        for (int i = 0; i < cloud.Count; i++)
        {
            cloud.Read(i, row);
            all[i / iterations] += RowMath.NormSquared(row);
            for (int k = 0; k < _axes; k++)
            {
                double score = RowMath.Dot(row, basis.Axes.AsSpan(k * _width, _width));
                basis.Scores[i * _axes + k] = score;
                basis.Explained[k] += basis.Total > 0 ? score * score / basis.Total : 0;
                held[i / iterations] += k < 2 ? score * score : 0;
            }
        }

        for (int t = 0; t < held.Length; t++)
            basis.PlaneShare[t] = all[t] > 0 ? held[t] / all[t] : 1;
    }
}
