using System;
using System.Linq;

namespace Muninn.Microscope.Measures.Dynamics;

/// <summary>How the largest singular value is sought.</summary>
public sealed record StretchSettings
{
    /// <summary>Most steps, each one product with J and one with Jᵀ.</summary>
    public int StepsMax { get; init; } = 96;

    /// <summary>Residual at which it counts as found, as a share of it.</summary>
    public double Tolerance { get; init; } = 1e-4;

    /// <summary>Seed of the start vector.</summary>
    public ulong Seed { get; init; }
}

/// <summary>
/// The largest singular value σ of a linear map (Golub and Kahan's bidiagonalisation): the most that one iteration can stretch
/// any direction. Where it exceeds the spectral radius, a disturbance may grow before it fades.
/// </summary>
/// <param name="Largest">σ = ‖Jx‖ of a certain x of length 1: never more than the true one but for rounding; NaN where J is not finite.</param>
/// <param name="Residual">‖Jᵀy − σx‖ with y = Jx / σ: some singular value lies within it.</param>
/// <param name="IsConverged">Whether the measured residual is within the tolerance.</param>
/// <param name="Steps">Steps that were taken, each with a product of J and one of Jᵀ.</param>
public sealed record Stretch(double Largest, double Residual, bool IsConverged, int Steps)
{
    const int StepsBetweenChecks = 8;

    /// <summary>Of one map.</summary>
    /// <param name="step">J.</param>
    /// <param name="transposed">Jᵀ.</param>
    /// <param name="dimension">Numbers of a direction, at least 1.</param>
    /// <param name="settings">How exact.</param>
    public static Stretch Of(TangentStep step, TangentStep transposed, int dimension, StretchSettings settings) =>
        OfBlocks(step, transposed, 1, dimension, settings)[0];

    /// <summary>Of the blocks on the diagonal of a map in which no block moves another, side by side.</summary>
    /// <param name="step">J, <c>[blocks · width]</c>.</param>
    /// <param name="transposed">Jᵀ.</param>
    /// <param name="blocks">How many, at least 1.</param>
    /// <param name="width">Numbers of a block, at least 1.</param>
    /// <param name="settings">How exact.</param>
    public static Stretch[] OfBlocks(TangentStep step, TangentStep transposed, int blocks, int width, StretchSettings settings)
    {
        ArgumentNullException.ThrowIfNull(step);
        ArgumentNullException.ThrowIfNull(transposed);
        ArgumentNullException.ThrowIfNull(settings);
        ArgumentOutOfRangeException.ThrowIfLessThan(blocks, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(settings.StepsMax, 1, nameof(settings));
        var there = new BlockProduct(step, blocks, width);
        var back = new BlockProduct(transposed, blocks, width);
        var spaces = new Bidiagonal[blocks];
        for (int block = 0; block < blocks; block++)
            spaces[block] = new Bidiagonal(width, block, settings);
        int stepsMax = Math.Min(settings.StepsMax, width);
        for (int steps = 1; steps <= stepsMax && !Array.TrueForAll(spaces, static space => space.IsDone); steps++)
        {
            there.Take(block => spaces[block].IsDone ? default : spaces[block].Right);
            for (int block = 0; block < blocks; block++)
                spaces[block].AcceptLeft(there.Of(block));
            back.Take(block => spaces[block].IsDone ? default : spaces[block].Left);
            for (int block = 0; block < blocks; block++)
                spaces[block].AcceptRight(back.Of(block), steps % StepsBetweenChecks == 0 || steps == stepsMax);
        }

        return Certified(there, back, spaces, settings);
    }

    static Stretch[] Certified(BlockProduct there, BlockProduct back, Bidiagonal[] spaces, StretchSettings settings)
    {
        int blocks = spaces.Length;
        double[][] right = [.. spaces.Select(static space => space.Best())];
        var left = new double[blocks][];
        var values = new double[blocks];
        there.Take(block => right[block]);
        for (int block = 0; block < blocks; block++)
        {
            left[block] = there.Of(block).ToArray();
            values[block] = Vectors.Norm(left[block]);
            if (values[block] > 0)
                Vectors.Scale(1 / values[block], left[block]);
        }

        back.Take(block => left[block]);
        return [.. Enumerable.Range(0, blocks).Select(ToStretch)];

        Stretch ToStretch(int block)
        {
            double[] difference = back.Of(block).ToArray();
            Vectors.Add(-values[block], right[block], difference);
            double residual = Vectors.Norm(difference);
            if (!spaces[block].IsFinite)
                return new Stretch(double.NaN, double.NaN, false, spaces[block].Steps);
            bool isConverged = residual <= Math.Max(1e-12, settings.Tolerance * values[block]);
            return new Stretch(values[block], residual, isConverged, spaces[block].Steps);
        }
    }

    /// <summary>Bases U and V in which J is upper bidiagonal, for one block.</summary>
    sealed class Bidiagonal
    {
        const double ClosedShare = 1e-13;

        readonly double _tolerance;
        readonly double[]?[] _left;
        readonly double[]?[] _right;
        readonly double[] _diagonal;
        readonly double[] _above;
        readonly double[] _parts;
        double[] _coefficients = [1];

        public Bidiagonal(int width, int number, StretchSettings settings)
        {
            int size = Math.Min(settings.StepsMax, width);
            _tolerance = settings.Tolerance;
            _left = new double[size][];
            _right = new double[size + 1][];
            _diagonal = new double[size];
            _above = new double[size];
            _parts = new double[size + 1];
            var first = new double[width];
            Vectors.Random(settings.Seed, number, first);
            _right[0] = first;
        }

        public bool IsDone { get; private set; }

        public bool IsWhole { get; private set; }

        public bool IsFinite { get; private set; } = true;

        public int Steps { get; private set; }

        public ReadOnlySpan<double> Right => _right[Steps];

        public ReadOnlySpan<double> Left => _left[Steps];

        public void AcceptLeft(ReadOnlySpan<double> product)
        {
            if (IsDone)
                return;
            double[] next = product.ToArray();
            double length = Vectors.Norm(next);
            if (!double.IsFinite(length))
            {
                (IsFinite, IsDone) = (false, true);
                return;
            }

            double rest = Vectors.Orthogonalize(_left, Steps, next, _parts);
            // A direction that J takes to what is known already, or to nothing, adds no new one.
            _diagonal[Steps] = rest;
            if (rest > ClosedShare * length)
                Vectors.Scale(1 / rest, next);
            else
                Array.Clear(next);
            _left[Steps] = next;
        }

        public void AcceptRight(ReadOnlySpan<double> product, bool isCheck)
        {
            if (IsDone)
                return;
            double[] next = product.ToArray();
            double length = Vectors.Norm(next);
            double rest = Vectors.Orthogonalize(_right, Steps + 1, next, _parts);
            _above[Steps++] = rest;
            IsWhole = rest <= ClosedShare * length || Steps == next.Length;
            if (!IsWhole)
            {
                Vectors.Scale(1 / rest, next);
                _right[Steps] = next;
            }

            if (IsWhole || isCheck)
                Solve();
        }

        /// <summary>The right singular vector as found by now, of length 1.</summary>
        public double[] Best()
        {
            var vector = new double[_right[0]!.Length];
            for (int i = 0; i < _coefficients.Length; i++)
                Vectors.Add(_coefficients[i], _right[i]!, vector);
            return vector;
        }

        void Solve()
        {
            var entries = new double[Steps, Steps];
            for (int i = 0; i < Steps; i++)
            {
                entries[i, i] = _diagonal[i];
                if (i + 1 < Steps)
                    entries[i, i + 1] = _above[i];
            }

            (double value, double[] left, double[] right) = SmallMatrix.LargestSingular(entries);
            _coefficients = right;
            IsDone = IsWhole || _above[Steps - 1] * Math.Abs(left[^1]) <= _tolerance * value / 2;
        }
    }
}
