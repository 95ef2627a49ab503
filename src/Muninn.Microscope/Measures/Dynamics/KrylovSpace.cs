using System;
using System.Collections.Generic;
using System.Linq;
using System.Numerics;

namespace Muninn.Microscope.Measures.Dynamics;

/// <summary>
/// An orthonormal basis of v, Jv, J²v, … and J within it: Arnoldi's process for one block. When the basis is full, it is cut down to
/// the part of the largest eigenvalues (as Krylov and Schur methods do: Stewart, 2001) and grows again.
/// </summary>
sealed class KrylovSpace
{
    /// <summary>What remains of a product below this share of it is rounding: the space is closed under J.</summary>
    const double ClosedShare = 1e-13;

    const int StepsBetweenChecks = 16;

    readonly int _width;
    readonly SpectrumSettings _settings;
    readonly double[]?[] _basis;
    readonly double[,] _projected;
    readonly double[] _parts;
    (Complex Value, Complex[] Vector)[] _found = [];
    int _size;
    int _restarts;

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
        _projected = new double[size + 1, size];
        _parts = new double[size + 1];
        var first = new double[width];
        Vectors.Random(settings.Seed, number, first);
        _basis[0] = first;
    }

    /// <summary>Whether nothing more is to be multiplied: all is found, there is no more to try, or J is not finite.</summary>
    public bool IsDone { get; private set; }

    /// <summary>Whether the space is closed under J as far as the products tell: there is nothing more to multiply.</summary>
    public bool IsWhole { get; private set; }

    /// <summary>Products that were taken.</summary>
    public int Products { get; private set; }

    /// <summary>The vector to multiply next.</summary>
    public ReadOnlySpan<double> Last => _basis[_size];

    /// <summary>Eigenvalues that were found, as many as were wanted or as there are.</summary>
    public int Count => Math.Min(_settings.Count, _found.Length);

    /// <summary>An eigenvalue that was found, the largest first.</summary>
    public Complex Value(int pair) => _found[pair].Value;

    /// <summary>Takes J · <see cref="Last"/>; nothing happens where nothing was to be multiplied.</summary>
    /// <param name="product">The product.</param>
    public void Accept(ReadOnlySpan<double> product)
    {
        if (IsDone)
            return;
        Products++;
        double[] next = product.ToArray();
        double length = Vectors.Norm(next);
        if (!double.IsFinite(length))
        {
            _found = [];
            IsDone = true;
            return;
        }

        double rest = Vectors.Orthogonalize(_basis, _size + 1, next, _parts);
        for (int row = 0; row <= _size; row++)
            _projected[row, _size] = _parts[row];
        _size++;
        _projected[_size, _size - 1] = rest;
        IsWhole = rest <= ClosedShare * length || _size == _width;
        if (!IsWhole)
        {
            Vectors.Scale(1 / rest, next);
            _basis[_size] = next;
        }

        bool isFull = _size == _basis.Length - 1;
        if (IsWhole || isFull || _size % StepsBetweenChecks == 0)
            Solve(rest);
        if (!isFull || IsDone)
            return;
        if (_restarts++ < _settings.RestartsMax)
            Restart(rest);
        else
            IsDone = true;
    }

    /// <summary>A part of an eigenvector, <c>[width]</c>; zeros where there are not as many.</summary>
    public double[] VectorOf(int pair, Func<Complex, double> part)
    {
        var vector = new double[_width];
        if (pair < Count)
        {
            for (int i = 0; i < _found[pair].Vector.Length; i++)
                Vectors.Add(part(_found[pair].Vector[i]), _basis[i]!, vector);
        }

        return vector;
    }

    void Solve(double rest)
    {
        var square = new double[_size, _size];
        for (int row = 0; row < _size; row++)
        {
            for (int column = 0; column < _size; column++)
                square[row, column] = _projected[row, column];
        }

        _found = SmallMatrix.Eigen(square);
        // What J adds beyond the basis, it adds through the last vector alone.
        double allowed = _settings.Tolerance * _found[0].Value.Magnitude / 2;
        IsDone = IsWhole
            || (_found.Length >= _settings.Count && _found.Take(_settings.Count).All(pair => rest * pair.Vector[^1].Magnitude <= allowed));
    }

    /// <summary>
    /// Keeps the part of the space that belongs to the largest eigenvalues, and goes on from the same next vector: no product is lost.
    /// </summary>
    void Restart(double rest)
    {
        double[][] kept = Kept();
        int count = kept.Length;
        var basis = new double[count][];
        for (int k = 0; k < count; k++)
        {
            basis[k] = new double[_width];
            for (int i = 0; i < _size; i++)
                Vectors.Add(kept[k][i], _basis[i]!, basis[k]);
        }

        var projected = new double[count + 1, count];
        for (int column = 0; column < count; column++)
        {
            var image = new double[_size];
            for (int row = 0; row < _size; row++)
            {
                for (int i = 0; i < _size; i++)
                    image[row] += _projected[row, i] * kept[column][i];
            }

            for (int row = 0; row < count; row++)
                projected[row, column] = Vectors.Dot(kept[row], image);
            projected[count, column] = rest * kept[column][_size - 1];
        }

        double[] next = _basis[_size]!;
        Array.Clear(_basis);
        basis.CopyTo(_basis, 0);
        _basis[count] = next;
        Array.Clear(_projected);
        for (int row = 0; row <= count; row++)
        {
            for (int column = 0; column < count; column++)
                _projected[row, column] = projected[row, column];
        }

        _size = count;
    }

    /// <summary>An orthonormal basis, within the space, of what the largest eigenvalues span: pairs stay together, about half of it.</summary>
    double[][] Kept()
    {
        int most = Math.Max(_settings.Count + 1, _size / 2);
        var kept = new List<double[]>();
        foreach (var (value, vector) in _found)
        {
            if (kept.Count >= most || kept.Count + 2 >= _size)
                break;
            Keep(static x => x.Real, vector);
            if (value.Imaginary > 0)
                Keep(static x => x.Imaginary, vector);
        }

        return [.. kept];

        void Keep(Func<Complex, double> part, Complex[] vector)
        {
            double[] column = [.. vector.Select(part)];
            double rest = Vectors.Orthogonalize([.. kept], kept.Count, column, _parts);
            // What is no new direction is spanned already.
            if (rest < 1e-10)
                return;
            Vectors.Scale(1 / rest, column);
            kept.Add(column);
        }
    }
}
