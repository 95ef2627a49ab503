using System;

namespace Muninn.Microscope.Measures.Motion;

/// <summary>
/// Random phases on the spectrum of the series, block by block. A block is followed by as many zeros: so its ends are not
/// tied together, and its spectrum is no sharper than the block is long. All coordinates get the same phases, which keeps
/// how they go with each other; each block has its own.
/// </summary>
/// <remarks>
/// Source: Prichard and Theiler, "Generating surrogate data for time series with several simultaneously measured variables",
/// 1994. In one block a tone stays a tone of the same frequency that is no longer quite steady.
/// </remarks>
sealed class PhaseSurrogates : SurrogateSource
{
    readonly int _columns;
    readonly ulong _seed;
    readonly int _stream;
    readonly int[] _starts;
    readonly RowFourier _fourier;
    readonly double[][] _spectra;
    readonly double[] _rows;

    /// <summary>Takes the spectra.</summary>
    /// <param name="series">The series.</param>
    /// <param name="blocks">How many blocks of equal length, at least 1.</param>
    /// <param name="seed">The user's seed.</param>
    /// <param name="stream">Different for every source.</param>
    public PhaseSurrogates(StepSeries series, int blocks, ulong seed, int stream)
    {
        (_columns, _seed, _stream) = (series.Columns, seed, stream);
        _starts = new int[blocks + 1];
        int longest = 0;
        for (int b = 1; b <= blocks; b++)
        {
            _starts[b] = b * series.Count / blocks;
            longest = Math.Max(longest, _starts[b] - _starts[b - 1]);
        }

        _fourier = new RowFourier(RowFourier.LengthFor(longest), _columns);
        _spectra = new double[blocks][];
        for (int b = 0; b < blocks; b++)
        {
            double[] spectrum = new double[_fourier.Length * _columns];
            series.Values[(_starts[b] * _columns)..(_starts[b + 1] * _columns)].CopyTo(spectrum);
            _fourier.Transform(spectrum, isInverse: false);
            RowMath.Scale(spectrum, 1.0 / _fourier.Length);
            _spectra[b] = spectrum;
        }

        _rows = new double[_fourier.Length * _columns];
    }

    /// <inheritdoc/>
    public override void Draw(int number, Span<double> destination)
    {
        int half = _fourier.Length / 2;
        var draws = new SurrogateDraws(_seed, _stream, checked(number * _spectra.Length * (half + 1)));
        for (int b = 0; b < _spectra.Length; b++)
        {
            _spectra[b].CopyTo(_rows, 0);
            for (int k = 0; k <= half; k++)
            {
                double phase = draws.Next();
                // The mean and the fastest beat are real: they have a sign, and no phase.
                var (sine, cosine) = k == 0 || k == half ? (0, phase < 0.5 ? -1 : 1) : Math.SinCos(2 * Math.PI * phase);
                Turn(k, cosine, sine);
                if (k > 0 && k < half)
                    Turn(_fourier.Length - k, cosine, -sine);
            }

            _fourier.Transform(_rows, isInverse: true);
            int length = (_starts[b + 1] - _starts[b]) * _columns;
            _rows.AsSpan(0, length).CopyTo(destination[(_starts[b] * _columns)..]);
        }
    }

    void Turn(int row, double cosine, double sine)
    {
        Span<double> values = _rows.AsSpan(row * _columns, _columns);
        RowMath.Turn(values[..(_columns / 2)], values[(_columns / 2)..], cosine, sine);
    }
}
