using System;
using System.Linq;
using System.Numerics;

namespace Muninn.Microscope.Measures.Dynamics;

/// <summary>
/// An orthonormal basis of v, Jv, J²v, … and J within it, an upper Hessenberg matrix H: Arnoldi's process, for one block.
/// </summary>
sealed class KrylovSpace
{
    /// <summary>What remains of a product below this share of it is rounding: the space is closed under J.</summary>
    const double ClosedShare = 1e-13;

    readonly int _width;
    readonly SpectrumSettings _settings;
    readonly double[]?[] _basis;
    readonly double[,] _hessenberg;
    readonly double[] _parts;
    double[]?[] _solvedBasis = [];
    int _size;

    /// <summary>Starts from a random vector.</summary>
    /// <param name="width">Numbers of a vector.</param>
    /// <param name="number">Number of the block.</param>
    /// <param name="settings">How many eigenvalues, and how exact.</param>
    public KrylovSpace(int width, int number, SpectrumSettings settings)
    {
        _width = width;
        _settings = settings;
        int size = Math.Min(settings.SubspaceMax, width);
        _basis = new double[size + 1][];
        _hessenberg = new double[size + 1, size];
        _parts = new double[size + 1];
        var first = new double[width];
        Vectors.Random(settings.Seed, number, first);
        _basis[0] = first;
    }

    /// <summary>Whether nothing more is to be multiplied: all is found, or J is not finite.</summary>
    public bool IsDone { get; private set; }

    /// <summary>Whether the space is closed under J: what was found is exact but for rounding.</summary>
    public bool IsWhole { get; private set; }

    /// <summary>Products that were taken.</summary>
    public int Products { get; private set; }

    /// <summary>Leading eigenvalues of H with their vectors in the basis, and the estimate of their residual.</summary>
    public (Complex Value, Complex[] Vector, double Estimate)[] Pairs { get; private set; } = [];

    /// <summary>The vector to multiply next.</summary>
    public ReadOnlySpan<double> Last => _basis[_size];

    /// <summary>Takes J · <see cref="Last"/>.</summary>
    /// <param name="product">The product.</param>
    /// <param name="isCheck">Whether to look what is found by now.</param>
    public void Accept(ReadOnlySpan<double> product, bool isCheck)
    {
        if (IsDone)
            return;
        Products++;
        double[] next = product.ToArray();
        double length = Vectors.Norm(next);
        if (!double.IsFinite(length))
        {
            Pairs = [];
            IsDone = true;
            return;
        }

        double rest = Vectors.Orthogonalize(_basis, _size + 1, next, _parts);
        for (int row = 0; row <= _size; row++)
            _hessenberg[row, _size] = _parts[row];
        _size++;
        _hessenberg[_size, _size - 1] = rest;
        IsWhole = rest <= ClosedShare * length || _size == _width;
        if (!IsWhole)
        {
            Vectors.Scale(1 / rest, next);
            _basis[_size] = next;
        }

        if (IsWhole || isCheck)
            Solve();
    }

    /// <summary>Begins again with what was nearly found; nothing happens where all is.</summary>
    public void Restart()
    {
        if (IsDone)
            return;
        var first = new double[_width];
        for (int i = 0; i < Math.Min(_settings.Count, Pairs.Length); i++)
        {
            // Any mixture of both parts of a complex vector spans the same plane after one product.
            Vectors.Add(1, VectorOf(i, static x => x.Real), first);
            Vectors.Add(1, VectorOf(i, static x => x.Imaginary), first);
        }

        Vectors.Scale(1 / Vectors.Norm(first), first);
        Array.Clear(_basis);
        _basis[0] = first;
        _size = 0;
        Array.Clear(_hessenberg);
    }

    /// <summary>A part of an eigenvector, <c>[width]</c>; zeros where there are not as many.</summary>
    public double[] VectorOf(int pair, Func<Complex, double> part)
    {
        var vector = new double[_width];
        if (pair < Pairs.Length)
        {
            for (int i = 0; i < Pairs[pair].Vector.Length; i++)
                Vectors.Add(part(Pairs[pair].Vector[i]), _solvedBasis[i]!, vector);
        }

        return vector;
    }

    void Solve()
    {
        var square = new double[_size, _size];
        for (int row = 0; row < _size; row++)
        {
            for (int column = 0; column < _size; column++)
                square[row, column] = _hessenberg[row, column];
        }

        double rest = _hessenberg[_size, _size - 1];
        Pairs = [.. SmallMatrix.Eigen(square).Take(_settings.Count).Select(pair => (pair.Value, pair.Vector, rest * pair.Vector[^1].Magnitude))];
        _solvedBasis = [.. _basis.Take(_size)];
        double allowed = _settings.Tolerance * Pairs[0].Value.Magnitude / 2;
        IsDone = IsWhole || (Pairs.Length == _settings.Count && Pairs.All(pair => pair.Estimate <= allowed));
    }
}
