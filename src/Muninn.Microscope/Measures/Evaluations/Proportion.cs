using System;

namespace Muninn.Microscope.Measures.Evaluations;

/// <summary>A share of independent trials with the interval of Wilson (1927) that covers the true one in about 95 of 100 cases.</summary>
/// <param name="Right">Trials that succeeded.</param>
/// <param name="Count">Trials, at least 1.</param>
/// <param name="Low">Lower end, 0 … 1.</param>
/// <param name="High">Upper end, 0 … 1.</param>
public readonly record struct Proportion(int Right, int Count, double Low, double High)
{
    /// <summary>The 0.975 quantile of a normal distribution.</summary>
    const double Quantile = 1.959963984540054;

    /// <summary>The share.</summary>
    public double Value => (double)Right / Count;

    /// <summary>Share and interval of some trials.</summary>
    /// <param name="right">Trials that succeeded, from 0 to <paramref name="count"/>.</param>
    /// <param name="count">Trials, at least 1.</param>
    public static Proportion Of(int right, int count)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(right);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(right, count);
        double share = (double)right / count;
        double square = Quantile * Quantile / count;
        double middle = (share + square / 2) / (1 + square);
        double half = Quantile / (1 + square) * Math.Sqrt(share * (1 - share) / count + square / (4 * count));
        return new Proportion(right, count, Math.Max(0, middle - half), Math.Min(1, middle + half));
    }
}
