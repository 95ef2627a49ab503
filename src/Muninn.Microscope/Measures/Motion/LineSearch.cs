using System;

namespace Muninn.Microscope.Measures.Motion;

/// <summary>The strongest single beat in the steps of a token.</summary>
/// <param name="Frequency">Radians an iteration, above 0 and up to π.</param>
/// <param name="Error">
/// Standard error of the frequency if what is left in the plane of the beat is white noise: √(24·σ² / (amplitude²·n³)).
/// </param>
/// <param name="Resolution">2π / n: two beats nearer than this cannot be told from one.</param>
/// <param name="Share">Share of the energy of all steps that the beat holds, 0 … 1.</param>
/// <param name="Roundness">
/// Area of its ellipse against that of the circle of the same energy: 1 a circle, 0 to and fro on a line.
/// </param>
public sealed record Beat(double Frequency, double Error, double Resolution, double Share, double Roundness)
{
    /// <summary>Share of the energy within its own plane that the beat holds: what swings with a memory of its own loses some of it.</summary>
    public double Coherence { get; init; }
}

/// <summary>
/// Searches the frequency whose cosine and sine explain the most of a series by least squares, over all coordinates together:
/// the spectrum of the full space, which is that of the trace of its autocovariance. From two turns in the window up to π.
/// </summary>
/// <remarks>
/// Least squares and not the periodogram: a real tone near 0 or π meets its own mirror image. Not the leading plane: in noise
/// that plane is not the plane of the beat.
/// </remarks>
sealed class LineSearch
{
    /// <summary>An orbit has gone round at least this often within the window.</summary>
    public const double TurnsMin = 2;

    /// <summary>The grid's peak is at least this share of the true one: sinc² of a quarter of a bin is 0.81.</summary>
    const double GridShare = 0.75;

    /// <summary>Nearer to π than this share of the resolution is π.</summary>
    const double AlternatingShare = 0.05;

    const int Sections = 22;

    readonly int _count;
    readonly int _columns;
    readonly RowFourier _fourier;
    readonly double[] _rows;
    readonly double[] _centred;
    readonly double[] _cosines;
    readonly double[] _sines;
    readonly int _first;

    public LineSearch(int count, int columns)
    {
        (_count, _columns) = (count, columns);
        _fourier = new RowFourier(RowFourier.LengthFor(count), columns);
        _rows = new double[_fourier.Length * columns];
        _centred = new double[count * columns];
        _cosines = new double[columns];
        _sines = new double[columns];
        _first = (int)Math.Ceiling(TurnsMin * _fourier.Length / count);
    }

    /// <summary>Share of the energy in the mean step: 1 where all steps are the same.</summary>
    public double MeanShare { get; private set; }

    /// <summary>Largest share of the energy that one frequency explains.</summary>
    /// <param name="values">Coordinates of the steps, <c>[count, columns]</c>.</param>
    /// <param name="bar">A peak of the grid that cannot come up to this share is not refined.</param>
    public double Largest(ReadOnlySpan<double> values, double bar = 0)
    {
        double energy = Centre(values);
        if (!(energy > 0))
            return 0;
        _centred.CopyTo(_rows, 0);
        Array.Clear(_rows, _centred.Length, _rows.Length - _centred.Length);
        _fourier.Transform(_rows, isInverse: false);
        int half = _fourier.Length / 2;
        int best = _first;
        double most = 0;
        for (int k = _first; k <= half; k++)
        {
            double explained = ExplainedOnGrid(k);
            if (explained > most)
                (most, best) = (explained, k);
        }

        _peak = 2 * Math.PI * best / _fourier.Length;
        _energy = energy;
        if (most < GridShare * bar * energy)
            return most / energy;
        return Refine() / energy;
    }

    double _peak;
    double _energy;

    /// <summary>The beat behind the last <see cref="Largest"/>.</summary>
    public Beat ToBeat()
    {
        double explained = Explained(_peak);
        var (cc, ss, cs) = Products(_peak);
        double determinant = cc * ss - cs * cs;
        bool isAlternating = IsAlternating(determinant);
        double[] a = new double[_columns];
        double[] b = new double[_columns];
        for (int c = 0; c < _columns; c++)
        {
            a[c] = isAlternating ? _cosines[c] / cc : (ss * _cosines[c] - cs * _sines[c]) / determinant;
            b[c] = isAlternating ? 0 : (cc * _sines[c] - cs * _cosines[c]) / determinant;
        }

        double size = RowMath.NormSquared(a) + RowMath.NormSquared(b);
        double cross = RowMath.Dot(a, b);
        double area = Math.Sqrt(Math.Max(0, RowMath.NormSquared(a) * RowMath.NormSquared(b) - cross * cross));
        double noise = NoiseEnergy(a, b, out bool isFlat);
        double variance = noise / (_count * (isFlat ? 1 : 2));
        double error = size > 0 ? Math.Sqrt(24 * variance / (size * Math.Pow(_count, 3))) : double.NaN;
        return new Beat(_peak, error, 2 * Math.PI / _count, explained / _energy, size > 0 ? 2 * area / size : 0)
        {
            Coherence = explained + noise > 0 ? explained / (explained + noise) : 0,
        };
    }

    /// <summary>Energy of what the beat leaves in its plane, or on its line where it is flat.</summary>
    double NoiseEnergy(double[] a, double[] b, out bool isFlat)
    {
        double[] second = (double[])b.Clone();
        double lengthA = RowMath.NormSquared(a);
        if (lengthA > 0)
            RowMath.AddScaled(second, a, -RowMath.Dot(a, b) / lengthA);
        double lengthB = RowMath.NormSquared(second);
        isFlat = lengthB <= 1e-6 * lengthA;
        double[] row = new double[_columns];
        double sum = 0;
        for (int i = 0; i < _count; i++)
        {
            var (sine, cosine) = Math.SinCos(_peak * i);
            _centred.AsSpan(i * _columns, _columns).CopyTo(row);
            RowMath.AddScaled(row, a, -cosine);
            RowMath.AddScaled(row, b, -sine);
            double alongA = RowMath.Dot(row, a);
            double alongB = RowMath.Dot(row, second);
            sum += (lengthA > 0 ? alongA * alongA / lengthA : 0) + (isFlat ? 0 : alongB * alongB / lengthB);
        }

        return sum;
    }

    double Centre(ReadOnlySpan<double> values)
    {
        double energy = RowMath.NormSquared(values);
        double[] mean = _cosines;
        Array.Clear(mean);
        for (int i = 0; i < _count; i++)
            RowMath.AddScaled(mean, values.Slice(i * _columns, _columns), 1.0 / _count);
        MeanShare = energy > 0 ? _count * RowMath.NormSquared(mean) / energy : 0;
        values.CopyTo(_centred);
        for (int i = 0; i < _count; i++)
            RowMath.AddScaled(_centred.AsSpan(i * _columns, _columns), mean, -1);
        return energy;
    }

    // Two real series share a complex column: their cosine and sine sums come from k and its mirror together.
    double ExplainedOnGrid(int k)
    {
        int half = _columns / 2;
        ReadOnlySpan<double> row = _rows.AsSpan(k * _columns, _columns);
        ReadOnlySpan<double> mirror = _rows.AsSpan((_fourier.Length - k) * _columns, _columns);
        double power = (RowMath.NormSquared(row) + RowMath.NormSquared(mirror)) / 2;
        double real = RowMath.Dot(row, mirror);
        double imaginary = RowMath.Dot(row[half..], mirror[..half]) - RowMath.Dot(row[..half], mirror[half..]);
        return Explained(2 * Math.PI * k / _fourier.Length, (power + real) / 2, (power - real) / 2, -imaginary / 2);
    }

    double Refine()
    {
        double step = 2 * Math.PI / _fourier.Length;
        double low = Math.Max(2 * Math.PI * TurnsMin / _count, _peak - step);
        double high = Math.Min(Math.PI, _peak + step);
        double golden = (Math.Sqrt(5) - 1) / 2;
        double left = high - golden * (high - low);
        double right = low + golden * (high - low);
        double atLeft = Explained(left);
        double atRight = Explained(right);
        for (int i = 0; i < Sections; i++)
        {
            if (atLeft > atRight)
            {
                (high, right, atRight) = (right, left, atLeft);
                left = high - golden * (high - low);
                atLeft = Explained(left);
            }
            else
            {
                (low, left, atLeft) = (left, right, atRight);
                right = low + golden * (high - low);
                atRight = Explained(right);
            }
        }

        _peak = (low + high) / 2;
        // Next to π a sine is a change of size: what is so near to it is called alternating.
        if (Math.PI - _peak < AlternatingShare * 2 * Math.PI / _count)
            _peak = Math.PI;
        return Explained(_peak);
    }

    double Explained(double frequency)
    {
        Array.Clear(_cosines);
        Array.Clear(_sines);
        for (int i = 0; i < _count; i++)
        {
            var (sine, cosine) = Math.SinCos(frequency * i);
            ReadOnlySpan<double> row = _centred.AsSpan(i * _columns, _columns);
            RowMath.AddScaled(_cosines, row, cosine);
            RowMath.AddScaled(_sines, row, sine);
        }

        return Explained(frequency, RowMath.NormSquared(_cosines), RowMath.NormSquared(_sines), RowMath.Dot(_cosines, _sines));
    }

    double Explained(double frequency, double cosines, double sines, double cross)
    {
        var (cc, ss, cs) = Products(frequency);
        double determinant = cc * ss - cs * cs;
        return IsAlternating(determinant) ? cosines / cc : (ss * cosines - 2 * cs * cross + cc * sines) / determinant;
    }

    bool IsAlternating(double determinant) => determinant < 1e-6 * _count * _count;

    /// <summary>Σ cos², Σ sin² and Σ cos · sin of frequency · i over the window, in closed form.</summary>
    (double Cosines, double Sines, double Cross) Products(double frequency)
    {
        double denominator = Math.Sin(frequency);
        double middle = frequency * (_count - 1);
        // At π itself the quotient is that of its derivatives.
        double sum = Math.Abs(denominator) < 1e-9 ? _count * Math.Cos(frequency * _count) / Math.Cos(frequency) : Math.Sin(frequency * _count) / denominator;
        var (sine, cosine) = Math.SinCos(middle);
        return ((_count + sum * cosine) / 2, (_count - sum * cosine) / 2, sum * sine / 2);
    }
}
