using System;
using Muninn.Engine.Randomness;

namespace Muninn.Microscope.Measures.Motion;

/// <summary>The trivial explanations that a claim about motion must beat.</summary>
public enum NullModel
{
    /// <summary>
    /// Random phases, the same for all coordinates: the amplitude spectrum of the steps at the resolution of the window is
    /// kept, and with it their autocovariance at every lag; which frequencies keep step is not.
    /// </summary>
    PhaseRandomised = 0,

    /// <summary>Stationary noise in which a step remembers the one before.</summary>
    Autoregressive1 = 1,

    /// <summary>Stationary noise in which a step remembers the two before; it may swing, but loses its beat.</summary>
    Autoregressive2 = 2,
}

/// <summary>Makes series that share with a given one what is trivial, and nothing else.</summary>
abstract class SurrogateSource
{
    /// <summary>Draws surrogate <paramref name="number"/>; the same number gives the same series.</summary>
    /// <param name="number">From 0.</param>
    /// <param name="destination">Coordinates, <c>[count, columns]</c>, overwritten.</param>
    public abstract void Draw(int number, Span<double> destination);

    /// <summary>A source for one series.</summary>
    /// <param name="model">What is kept.</param>
    /// <param name="series">The series.</param>
    /// <param name="seed">The user's seed.</param>
    /// <param name="stream">Different for every series and model of one seed.</param>
    public static SurrogateSource Of(NullModel model, StepSeries series, ulong seed, int stream) => model == NullModel.PhaseRandomised
        ? new PhaseSurrogates(series, seed, stream)
        : new AutoregressiveSurrogates(series, (int)model, seed, stream);
}

/// <summary>Uniform numbers of one surrogate, one after the other.</summary>
/// <param name="seed">The user's seed.</param>
/// <param name="stream">Different for every source.</param>
/// <param name="first">Index of the first number.</param>
ref struct SurrogateDraws(ulong seed, int stream, int first)
{
    int _index = first;

    /// <summary>The next number in (0, 1).</summary>
    public double Next() => CounterRandom.Uniform(seed, RandomStream.Surrogates, stream, _index++);
}

/// <summary>
/// Random phases on the spectrum of the series, which is followed by as many zeros: so its ends are not tied together, and
/// the spectrum is no sharper than the window. All coordinates get the same phases: their relations are kept.
/// </summary>
/// <remarks>
/// Source: Prichard and Theiler, "Generating surrogate data for time series with several simultaneously measured variables",
/// 1994. A pure tone keeps its frequency, but not its steadiness.
/// </remarks>
sealed class PhaseSurrogates : SurrogateSource
{
    readonly StepSeries _series;
    readonly ulong _seed;
    readonly int _stream;
    readonly RowFourier _fourier;
    readonly double[] _spectrum;
    readonly double[] _rows;

    public PhaseSurrogates(StepSeries series, ulong seed, int stream)
    {
        (_series, _seed, _stream) = (series, seed, stream);
        _fourier = new RowFourier(RowFourier.LengthFor(series.Count), series.Columns);
        _spectrum = new double[_fourier.Length * series.Columns];
        series.Values.CopyTo(_spectrum);
        _fourier.Transform(_spectrum, isInverse: false);
        RowMath.Scale(_spectrum, 1.0 / _fourier.Length);
        _rows = new double[_spectrum.Length];
    }

    /// <inheritdoc/>
    public override void Draw(int number, Span<double> destination)
    {
        int half = _fourier.Length / 2;
        var draws = new SurrogateDraws(_seed, _stream, checked(number * (half + 1)));
        _spectrum.CopyTo(_rows, 0);
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
        _rows.AsSpan(0, destination.Length).CopyTo(destination);
    }

    void Turn(int row, double cosine, double sine)
    {
        int columns = _series.Columns;
        Span<double> values = _rows.AsSpan(row * columns, columns);
        RowMath.Turn(values[..(columns / 2)], values[(columns / 2)..], cosine, sine);
    }
}
