using System;
using System.Runtime.CompilerServices;
using MathNet.Numerics.Distributions;

namespace Muninn.Microscope.Measures.Motion;

/// <summary>The trend of ln ‖d_i‖, judged by the sizes alone: what noise whose strength comes and goes does without any rest.</summary>
static class SizeTrend
{
    const int Series = 3;

    /// <summary>At a memory of twenty steps in a window of 64, p ≤ 0.01 came up in 2.2 % of runs: half of it is believed.</summary>
    const double Care = 2;

    /// <summary>Long memories are as many as short ones: a careful prior.</summary>
    static readonly double[] _memories = [0, 0.2, 0.4, 0.6, 0.7, 0.8, 0.85, 0.9, 0.93, 0.95, 0.97, 0.98, 0.99, 0.995, 0.998];

    static readonly double[] _shares = [0.1, 0.3, 0.5, 0.7, 0.9, 1];

    /// <summary>
    /// p of a falling line in ln ‖d_i‖ against white noise plus noise with a memory (AR(1)): the t-test of generalised least squares,
    /// averaged over a grid of memories and of shares of the two by their restricted likelihood, for the memory is not known; doubled.
    /// </summary>
    /// <param name="logs">ln ‖d_i‖, at least four.</param>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static double Falling(ReadOnlySpan<double> logs)
    {
        int cells = _memories.Length * _shares.Length;
        double[] likelihoods = new double[cells];
        double[] chances = new double[cells];
        double most = double.NegativeInfinity;
        for (int i = 0; i < cells; i++)
        {
            (likelihoods[i], chances[i]) = Fit(logs, _memories[i % _memories.Length], _shares[i / _memories.Length]);
            most = Math.Max(most, likelihoods[i]);
        }

        double weights = 0;
        double sum = 0;
        for (int i = 0; i < cells; i++)
        {
            double weight = Math.Exp(likelihoods[i] - most);
            weights += weight;
            sum += weight * chances[i];
        }

        return Math.Min(1, Care * sum / weights);
    }

    /// <summary>Change of ln ‖d_i‖ over all steps along the line, and half the width of its interval.</summary>
    /// <param name="logs">ln ‖d_i‖, at least four.</param>
    /// <remarks>
    /// Least squares; the error allows for memory up to a quarter of the steps (Bartlett weights), its quantile for that being estimated:
    /// 99 % on each side (Kiefer and Vogelsang, "A new asymptotic theory for heteroskedasticity-autocorrelation robust tests", 2005).
    /// </remarks>
    public static (double Change, double HalfWidth) Change(ReadOnlySpan<double> logs)
    {
        const double Quantile = 3.386;
        int count = logs.Length;
        double middle = (count - 1) / 2.0;
        double slope = Statistics.Line(logs).Slope;
        double mean = 0;
        foreach (double value in logs)
            mean += value / count;
        double[] scores = new double[count];
        double spread = 0;
        for (int i = 0; i < count; i++)
        {
            scores[i] = (i - middle) * (logs[i] - mean - slope * (i - middle));
            spread += (i - middle) * (i - middle);
        }

        int lags = Math.Max(2, count / 4);
        double variance = RowMath.Dot(scores, scores);
        for (int lag = 1; lag < lags; lag++)
            variance += 2 * (1 - (double)lag / lags) * RowMath.Dot(scores.AsSpan(lag), scores.AsSpan(0, count - lag));
        return (slope * count, Quantile * Math.Sqrt(Math.Max(0, variance)) / spread * count);
    }

    // A Kalman filter whitens the series, the constant and the line alike; the rest is least squares.
    static (double Likelihood, double P) Fit(ReadOnlySpan<double> logs, double memory, double share)
    {
        int count = logs.Length;
        Span<double> values = stackalloc double[Series];
        Span<double> means = stackalloc double[Series];
        Span<double> products = stackalloc double[Series * Series];
        products.Clear();
        means.Clear();
        double variance = share;
        double determinants = 0;
        for (int i = 0; i < count; i++)
        {
            (values[0], values[1], values[2]) = (logs[i], 1, (i - (count - 1) / 2.0) / count);
            double open = variance + 1 - share;
            double gain = variance / open;
            determinants += Math.Log(open);
            for (int s = 0; s < Series; s++)
            {
                values[s] -= means[s];
                means[s] = memory * (means[s] + gain * values[s]);
            }

            for (int a = 0; a < Series; a++)
            {
                for (int b = 0; b < Series; b++)
                    products[a * Series + b] += values[a] * values[b] / open;
            }

            variance = memory * memory * variance * (1 - gain) + share * (1 - memory * memory);
        }

        double determinant = products[4] * products[8] - products[5] * products[5];
        double slope = (products[4] * products[2] - products[5] * products[1]) / determinant;
        double constant = (products[8] * products[1] - products[5] * products[2]) / determinant;
        double rest = products[0] - constant * products[1] - slope * products[2];
        rest = Math.Max(rest, 1e-12 * Math.Max(products[0], 1e-6));
        double error = Math.Sqrt(rest / (count - 2) * products[4] / determinant);
        double likelihood = -determinants / 2 - Math.Log(determinant) / 2 - (count - 2) / 2.0 * Math.Log(rest);
        return (likelihood, StudentT.CDF(0, 1, count - 2, slope / error));
    }
}
