using System;

namespace Muninn.Microscope.Measures.Dynamics;

/// <summary>Means and lines through series whose neighbouring values agree, with standard errors that know it.</summary>
static class SerialMean
{
    /// <summary>Mean and its standard error; infinite values make the mean infinite and its error NaN.</summary>
    public static (double Mean, double StandardError) Of(ReadOnlySpan<double> series)
    {
        double mean = 0;
        foreach (double value in series)
            mean += value;
        mean /= series.Length;
        if (!double.IsFinite(mean) || series.Length < 3)
            return (mean, double.NaN);
        double[] rest = series.ToArray();
        double squares = 0;
        for (int i = 0; i < rest.Length; i++)
        {
            rest[i] -= mean;
            squares += rest[i] * rest[i];
        }

        return (mean, Math.Sqrt(squares / (rest.Length - 1) / rest.Length) * Widening(rest));
    }

    /// <summary>Least-squares line through y over x = 0, 1, …: slope with standard error, and the value at x = 0.</summary>
    public static (double Slope, double StandardError, double Start) Line(ReadOnlySpan<double> y)
    {
        (double slope, double squares) = Statistics.Line(y);
        double meanX = (y.Length - 1) / 2.0;
        double meanY = 0;
        foreach (double value in y)
            meanY += value;
        meanY /= y.Length;
        double start = meanY - slope * meanX;
        if (y.Length < 3)
            return (slope, double.NaN, start);
        var rest = new double[y.Length];
        double spread = 0;
        for (int i = 0; i < rest.Length; i++)
        {
            rest[i] = y[i] - start - slope * i;
            spread += (i - meanX) * (i - meanX);
        }

        return (slope, Math.Sqrt(squares / (y.Length - 2) / spread) * Widening(rest), start);
    }

    /// <summary>√((1 + φ) / (1 − φ)) with φ the correlation of neighbours, 0 … 0.95: as many independent values as a first-order autoregression has.</summary>
    static double Widening(double[] rest)
    {
        double together = 0;
        double squares = 0;
        for (int i = 0; i < rest.Length; i++)
        {
            squares += rest[i] * rest[i];
            if (i > 0)
                together += rest[i] * rest[i - 1];
        }

        double correlation = squares > 0 ? Math.Clamp(together / squares, 0, 0.95) : 0;
        return Math.Sqrt((1 + correlation) / (1 - correlation));
    }
}
