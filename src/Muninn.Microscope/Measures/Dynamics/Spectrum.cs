using System;
using System.Collections.Generic;
using System.Linq;
using System.Numerics;

namespace Muninn.Microscope.Measures.Dynamics;

/// <summary>How the leading eigenvalues are sought.</summary>
public sealed record SpectrumSettings
{
    /// <summary>How many, a conjugate pair counting once.</summary>
    public int Count { get; init; } = 3;

    /// <summary>Most vectors of the Krylov space before it is cut down; above the count by three at least.</summary>
    public int SubspaceMax { get; init; } = 64;

    /// <summary>Most times that it is cut down.</summary>
    public int RestartsMax { get; init; } = 16;

    /// <summary>Residual at which an eigenvalue counts as found, as a share of the spectral radius.</summary>
    public double Tolerance { get; init; } = 1e-5;

    /// <summary>Seed of the start vector.</summary>
    public ulong Seed { get; init; }
}

/// <summary>An eigenvalue λ with x of length 1; of a conjugate pair the one with angle ≥ 0.</summary>
/// <param name="Real">Re λ.</param>
/// <param name="Imaginary">Im λ, at least 0.</param>
/// <param name="Residual">
/// ‖Jx − λx‖, computed with J itself: λ is an eigenvalue of some matrix that differs from J by no more than this. Where J is far
/// from normal, eigenvalues of J itself may lie farther away.
/// </param>
public sealed record Eigenpair(double Real, double Imaginary, double Residual)
{
    /// <summary>|λ|: growth per iteration along the eigenvector.</summary>
    public double Modulus => Math.Sqrt(Real * Real + Imaginary * Imaginary);

    /// <summary>Turn per iteration in radians, 0 … π: 0 falls (or grows) straight, π changes sides at every iteration.</summary>
    public double Angle => Math.Atan2(Imaginary, Real);
}

/// <summary>
/// Leading eigenvalues of a linear map from products alone (Arnoldi with thick restarts), largest modulus first, each with the residual
/// that certifies it.
/// </summary>
/// <remarks>
/// No residual proves that nothing larger was missed; what is missed must be nearly absent from a random start vector and its
/// images. Multiplicities are invisible: of all directions that share an eigenvalue, a Krylov space holds the one that its start has.
/// Sources: Arnoldi, 1951; Stewart, "A Krylov-Schur algorithm for large eigenproblems", 2001.
/// </remarks>
public sealed class Spectrum
{
    internal Spectrum(IReadOnlyList<Eigenpair> leading, bool isConverged, int products)
    {
        Leading = leading;
        IsConverged = isConverged;
        Products = products;
    }

    /// <summary>Leading eigenvalues, largest modulus first, each once however many directions it has; empty where J is not finite.</summary>
    public IReadOnlyList<Eigenpair> Leading { get; }

    /// <summary>Whether the measured residual of the first is within the tolerance.</summary>
    public bool IsConverged { get; }

    /// <summary>Products with J that were taken.</summary>
    public int Products { get; }

    /// <summary>Spectral radius ρ = |λ₁|: asymptotic contraction per iteration at a fixed point; NaN where J is not finite.</summary>
    public double Radius => Leading.Count > 0 ? Leading[0].Modulus : double.NaN;

    /// <summary>Angle of λ₁ in radians; NaN where J is not finite.</summary>
    public double Angle => Leading.Count > 0 ? Leading[0].Angle : double.NaN;

    /// <summary>Residual of λ₁; NaN where J is not finite.</summary>
    public double Residual => Leading.Count > 0 ? Leading[0].Residual : double.NaN;

    /// <summary>Of one map.</summary>
    /// <param name="step">J.</param>
    /// <param name="dimension">Numbers of a direction, at least 1.</param>
    /// <param name="settings">How many, and how exact.</param>
    public static Spectrum Of(TangentStep step, int dimension, SpectrumSettings settings) => OfBlocks(step, 1, dimension, settings)[0];

    /// <summary>Of the blocks on the diagonal of a map in which no block moves another: all of them side by side, by the same products.</summary>
    /// <param name="step">J, <c>[blocks · width]</c>.</param>
    /// <param name="blocks">How many, at least 1.</param>
    /// <param name="width">Numbers of a block, at least 1.</param>
    /// <param name="settings">How many eigenvalues of each, and how exact.</param>
    public static Spectrum[] OfBlocks(TangentStep step, int blocks, int width, SpectrumSettings settings)
    {
        ArgumentNullException.ThrowIfNull(step);
        ArgumentNullException.ThrowIfNull(settings);
        ArgumentOutOfRangeException.ThrowIfLessThan(blocks, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(settings.Count, 1, nameof(settings));
        ArgumentOutOfRangeException.ThrowIfLessThan(settings.SubspaceMax, settings.Count + 3, nameof(settings));
        var spaces = new KrylovSpace[blocks];
        for (int block = 0; block < blocks; block++)
            spaces[block] = new KrylovSpace(width, block, settings);
        var product = new BlockProduct(step, blocks, width);
        while (!Array.TrueForAll(spaces, static space => space.IsDone))
        {
            product.Take(block => spaces[block].IsDone ? default : spaces[block].Last);
            for (int block = 0; block < blocks; block++)
                spaces[block].Accept(product.Of(block));
        }

        return Certified(product, spaces, settings);
    }

    static Spectrum[] Certified(BlockProduct product, KrylovSpace[] spaces, SpectrumSettings settings)
    {
        int blocks = spaces.Length;
        var found = new List<Eigenpair>[blocks];
        for (int block = 0; block < blocks; block++)
            found[block] = [];
        for (int i = 0; i < settings.Count; i++)
        {
            double[][] real = [.. spaces.Select(space => space.VectorOf(i, static x => x.Real))];
            double[][] imaginary = [.. spaces.Select(space => space.VectorOf(i, static x => x.Imaginary))];
            product.Take(block => real[block]);
            double[][] ofReal = [.. Enumerable.Range(0, blocks).Select(block => product.Of(block).ToArray())];
            product.Take(block => imaginary[block]);
            for (int block = 0; block < blocks; block++)
            {
                if (i < spaces[block].Count)
                    found[block].Add(PairOf(spaces[block].Value(i), real[block], imaginary[block], ofReal[block], product.Of(block)));
            }
        }

        return
        [
            .. Enumerable.Range(0, blocks).Select(block => new Spectrum(
                found[block],
                found[block].Count > 0 && found[block][0].Residual <= Math.Max(1e-12, settings.Tolerance * found[block][0].Modulus),
                spaces[block].Products)),
        ];
    }

    /// <summary>‖J(a + ib) − λ(a + ib)‖ / ‖a + ib‖.</summary>
    static Eigenpair PairOf(Complex value, double[] a, double[] b, double[] ofA, ReadOnlySpan<double> ofB)
    {
        double sum = 0;
        double size = 0;
        for (int i = 0; i < a.Length; i++)
        {
            double real = ofA[i] - (value.Real * a[i] - value.Imaginary * b[i]);
            double imaginary = ofB[i] - (value.Real * b[i] + value.Imaginary * a[i]);
            sum += real * real + imaginary * imaginary;
            size += a[i] * a[i] + b[i] * b[i];
        }

        return new Eigenpair(value.Real, value.Imaginary, Math.Sqrt(sum / size));
    }
}
