using System;
using System.Linq;
using System.Numerics;

namespace Muninn.Microscope.Measures.Motion;

/// <summary>
/// Stationary autoregressive noise of order 1 or 2 that is fitted to the series: one set of coefficients for all coordinates,
/// from the autocovariance in the full space. The innovations of a surrogate are those of the series, turned at random in time.
/// </summary>
/// <remarks>
/// Turning keeps the covariance of the innovations to the last bit but rounding: for Gaussian noise of known coefficients the
/// test is exact, in any number of dimensions (Langsrud, "Rotation tests", 2005). The turn is a product of random plane
/// rotations in two butterflies. Memory is capped at the length of the window, so that noise is what is fitted and not the motion.
/// </remarks>
sealed class AutoregressiveSurrogates : SurrogateSource
{
    const int Rounds = 2;

    readonly int _count;
    readonly int _columns;
    readonly int _order;
    readonly ulong _seed;
    readonly int _stream;
    readonly double[] _innovations;
    readonly int[] _places;
    readonly int _drawsEach;
    readonly double[] _mixed;
    readonly double[] _correlation;
    readonly double[] _firstScale;
    readonly double[] _secondScale;

    /// <summary>Fits the coefficients and takes the innovations.</summary>
    /// <param name="series">The series, along its principal axes.</param>
    /// <param name="order">1 or 2.</param>
    /// <param name="isByAxis">Whether every axis has coefficients of its own.</param>
    /// <param name="seed">The user's seed.</param>
    /// <param name="stream">Different for every source.</param>
    public AutoregressiveSurrogates(StepSeries series, int order, bool isByAxis, ulong seed, int stream)
    {
        (_count, _columns, _order, _seed, _stream) = (series.Count, series.Columns, order, seed, stream);
        First = new double[_columns];
        Second = new double[_columns];
        _correlation = new double[_columns];
        _firstScale = new double[_columns];
        _secondScale = new double[_columns];
        Fit(series, isByAxis);
        _innovations = series.Values.ToArray();
        Whiten(series);
        _places = new int[_count];
        _mixed = new double[_innovations.Length];
        int levels = BitOperations.Log2(BitOperations.RoundUpToPowerOf2((uint)_count));
        // A place and a sign for every row, an angle for every pair of every level.
        _drawsEach = Rounds * (2 * _count + levels * (_count / 2 + 1));
    }

    /// <summary>How much of the step before is kept, for each axis.</summary>
    public double[] First { get; }

    /// <summary>How much of the step before that is kept, for each axis.</summary>
    public double[] Second { get; }

    /// <inheritdoc/>
    public override void Draw(int number, Span<double> destination)
    {
        var draws = new SurrogateDraws(_seed, _stream, checked(number * _drawsEach));
        _innovations.CopyTo(destination);
        for (int round = 0; round < Rounds; round++)
        {
            Permute(destination, ref draws);
            for (int stride = 1; stride < _count; stride *= 2)
            {
                for (int i = 0; i + stride < _count; i++)
                {
                    if ((i & stride) != 0)
                        continue;
                    var (sine, cosine) = Math.SinCos(2 * Math.PI * draws.Next());
                    RowMath.Turn(Row(destination, i), Row(destination, i + stride), cosine, sine);
                }
            }
        }

        Color(destination);
    }

    void Permute(Span<double> rows, ref SurrogateDraws draws)
    {
        for (int i = 0; i < _count; i++)
            _places[i] = i;
        for (int i = _count - 1; i > 0; i--)
        {
            int other = (int)(draws.Next() * (i + 1));
            (_places[i], _places[other]) = (_places[other], _places[i]);
        }

        rows.CopyTo(_mixed);
        for (int i = 0; i < _count; i++)
        {
            Span<double> row = Row(rows, i);
            _mixed.AsSpan(_places[i] * _columns, _columns).CopyTo(row);
            if (draws.Next() < 0.5)
                RowMath.Scale(row, -1);
        }
    }

    // The first steps have no past: each is scaled as the stationary process has it.
    void Whiten(StepSeries series)
    {
        for (int i = _count - 1; i >= 0; i--)
        {
            Span<double> row = Row(_innovations, i);
            if (i >= 1)
                RowMath.AddProduct(row, series.Step(i - 1), i == 1 ? _correlation : First, -1);
            if (i >= 2 && _order > 1)
                RowMath.AddProduct(row, series.Step(i - 2), Second, -1);
            for (int c = 0; i < 2 && c < _columns; c++)
                row[c] *= i == 0 ? _firstScale[c] : _secondScale[c];
        }
    }

    void Color(Span<double> rows)
    {
        for (int i = 0; i < _count; i++)
        {
            Span<double> row = Row(rows, i);
            for (int c = 0; i < 2 && c < _columns; c++)
                row[c] /= i == 0 ? _firstScale[c] : _secondScale[c];
            if (i >= 1)
                RowMath.AddProduct(row, Row(rows, i - 1), i == 1 ? _correlation : First, 1);
            if (i >= 2 && _order > 1)
                RowMath.AddProduct(row, Row(rows, i - 2), Second, 1);
        }
    }

    Span<double> Row(Span<double> rows, int i) => rows.Slice(i * _columns, _columns);

    void Fit(StepSeries series, bool isByAxis)
    {
        double[][] covariances = [new double[_columns], new double[_columns], new double[_columns]];
        for (int lag = 0; lag < covariances.Length; lag++)
        {
            for (int i = 0; i + lag < _count; i++)
                RowMath.AddProduct(covariances[lag], series.Step(i), series.Step(i + lag), 1.0 / (_count - lag));
        }

        var (first, second) = isByAxis ? default : Coefficients(covariances[0].Sum(), covariances[1].Sum(), covariances[2].Sum());
        for (int c = 0; c < _columns; c++)
        {
            if (isByAxis)
                (first, second) = Coefficients(covariances[0][c], covariances[1][c], covariances[2][c]);
            (First[c], Second[c]) = (first, second);
            // Correlation of neighbours in the stationary process, and what the past leaves open.
            double correlation = first / (1 - second);
            double open = 1 - first * correlation - second * (first * correlation + second);
            _correlation[c] = correlation;
            _firstScale[c] = Math.Sqrt(open);
            _secondScale[c] = Math.Sqrt(open / (1 - correlation * correlation));
        }
    }

    // Yule–Walker with unbiased covariances: a bias, however small, would be found in a wide space, where chance is small too.
    (double First, double Second) Coefficients(double zero, double one, double two)
    {
        if (!(zero > 0))
            return (0, 0);
        (one, two) = (one / zero, two / zero);
        double most = 1 - 1.0 / _count;
        if (_order == 1 || Math.Abs(one) >= most)
            return (Math.Clamp(one, -most, most), 0);
        double second = Math.Clamp((two - one * one) / (1 - one * one), -most * most, 1);
        double first = one * (1 - second);
        // The poles are the roots of z² − first · z − second.
        double spread = first * first + 4 * second;
        double radius = spread < 0 ? Math.Sqrt(-second) : (Math.Abs(first) + Math.Sqrt(spread)) / 2;
        double shrink = radius > 0 ? Math.Min(1, most / radius) : 1;
        return (first * shrink, second * shrink * shrink);
    }
}
