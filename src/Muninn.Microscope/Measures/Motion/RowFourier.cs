using System;
using System.Numerics;

namespace Muninn.Microscope.Measures.Motion;

/// <summary>
/// Fourier transforms along time of many columns at once. A row holds complex numbers, all real parts first: two real
/// series share a column, one as its real, one as its imaginary part.
/// </summary>
sealed class RowFourier
{
    readonly int _columns;
    readonly double[] _cosine;
    readonly double[] _sine;

    /// <summary>Tables for one shape.</summary>
    /// <param name="length">Rows, a power of two.</param>
    /// <param name="columns">Doubles in a row, even.</param>
    public RowFourier(int length, int columns)
    {
        Length = length;
        _columns = columns;
        _cosine = new double[length / 2];
        _sine = new double[length / 2];
        for (int i = 0; i < length / 2; i++)
            (_sine[i], _cosine[i]) = Math.SinCos(2 * Math.PI * i / length);
    }

    /// <summary>Rows.</summary>
    public int Length { get; }

    /// <summary>The least length that holds <paramref name="count"/> rows and as many zeros.</summary>
    public static int LengthFor(int count) => (int)BitOperations.RoundUpToPowerOf2((uint)(2 * count));

    /// <summary>X[k] = Σ_i x[i] · e^{∓2π·√−1·i·k / length}, in place; the inverse has no factor 1 / length.</summary>
    public void Transform(Span<double> rows, bool isInverse)
    {
        Reverse(rows);
        for (int half = 1; half < Length; half *= 2)
        {
            int stride = Length / (2 * half);
            for (int start = 0; start < Length; start += 2 * half)
            {
                for (int i = 0; i < half; i++)
                    RowMath.Butterfly(
                        Row(rows, start + i), Row(rows, start + i + half), _cosine[i * stride], isInverse ? _sine[i * stride] : -_sine[i * stride]);
            }
        }
    }

    Span<double> Row(Span<double> rows, int row) => rows.Slice(row * _columns, _columns);

    void Reverse(Span<double> rows)
    {
        for (int i = 1, j = 0; i < Length; i++)
        {
            int bit = Length >> 1;
            for (; (j & bit) != 0; bit >>= 1)
                j ^= bit;
            j ^= bit;
            if (i >= j)
                continue;
            Span<double> a = Row(rows, i);
            Span<double> b = Row(rows, j);
            for (int c = 0; c < a.Length; c++)
                (a[c], b[c]) = (b[c], a[c]);
        }
    }
}
