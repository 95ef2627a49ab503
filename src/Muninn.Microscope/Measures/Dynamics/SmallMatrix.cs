using System;
using System.Linq;
using System.Numerics;
using MathNet.Numerics.LinearAlgebra;

namespace Muninn.Microscope.Measures.Dynamics;

/// <summary>Dense matrices that fit a Krylov space, solved whole.</summary>
static class SmallMatrix
{
    /// <summary>Eigenvalues, largest modulus first, with an eigenvector of length 1 each; of a conjugate pair the one with angle ≥ 0.</summary>
    /// <param name="entries">Of a square matrix, finite.</param>
    public static (Complex Value, Complex[] Vector)[] Eigen(double[,] entries)
    {
        var solved = Matrix<double>.Build.DenseOfArray(entries).Evd(Symmetricity.Asymmetric);
        var packed = solved.EigenVectors;
        int size = packed.RowCount;
        return
        [
            .. Enumerable.Range(0, size).Where(i => solved.EigenValues[i].Imaginary >= 0)
                .Select(i => (Value: solved.EigenValues[i], Vector: Column(i)))
                .OrderByDescending(static pair => pair.Value.Magnitude),
        ];

        // A pair stands in two columns: real part, then imaginary part.
        Complex[] Column(int i)
        {
            bool isPair = solved.EigenValues[i].Imaginary > 0;
            var column = new Complex[size];
            for (int row = 0; row < size; row++)
                column[row] = new Complex(packed[row, i], isPair ? packed[row, i + 1] : 0);
            double norm = Math.Sqrt(column.Sum(static x => x.Real * x.Real + x.Imaginary * x.Imaginary));
            return [.. column.Select(x => x / norm)];
        }
    }

    /// <summary>The largest singular value with its vectors.</summary>
    /// <param name="entries">A matrix, finite.</param>
    public static (double Value, double[] Left, double[] Right) LargestSingular(double[,] entries)
    {
        var solved = Matrix<double>.Build.DenseOfArray(entries).Svd();
        return (solved.S[0], solved.U.Column(0).ToArray(), solved.VT.Row(0).ToArray());
    }
}
