using System;
using System.Linq;
using MathNet.Numerics.Distributions;

namespace Muninn.Microscope.Measures.Joint;

/// <summary>Spearman's rank correlation, with ties at their mean rank.</summary>
/// <param name="Count">Pairs.</param>
/// <param name="Coefficient">−1 … 1; NaN where one of the two is the same everywhere.</param>
/// <param name="P">Of no correlation, both sides, by Student's t with two degrees of freedom fewer than pairs; NaN below <see cref="PairsMin"/> pairs.</param>
public sealed record RankCorrelation(int Count, double Coefficient, double P)
{
    /// <summary>Fewest pairs of which p is told.</summary>
    public const int PairsMin = 8;

    /// <summary>The correlation of two lists.</summary>
    /// <param name="x">Finite values.</param>
    /// <param name="y">As many finite values.</param>
    /// <exception cref="ArgumentException">Lists of other lengths.</exception>
    public static RankCorrelation Of(double[] x, double[] y)
    {
        ArgumentNullException.ThrowIfNull(x);
        ArgumentNullException.ThrowIfNull(y);
        if (x.Length != y.Length)
            throw new ArgumentException($"There are {x.Length} values and {y.Length} to hold against them; give pairs.", nameof(y));
        double coefficient = Pearson(Ranks(x), Ranks(y));
        return new RankCorrelation(x.Length, coefficient, x.Length < PairsMin || double.IsNaN(coefficient) ? double.NaN : Chance(coefficient, x.Length));
    }

    static double Chance(double coefficient, int count)
    {
        double rest = 1 - coefficient * coefficient;
        return rest <= 0 ? 0 : 2 * StudentT.CDF(0, 1, count - 2, -Math.Abs(coefficient) * Math.Sqrt((count - 2) / rest));
    }

    /// <summary>Ranks from 1; equal values share the mean of theirs.</summary>
    static double[] Ranks(double[] values)
    {
        int[] order = [.. Enumerable.Range(0, values.Length).OrderBy(i => values[i])];
        var ranks = new double[values.Length];
        for (int first = 0; first < order.Length;)
        {
            int end = first + 1;
            while (end < order.Length && values[order[end]].Equals(values[order[first]]))
                end++;
            for (int i = first; i < end; i++)
                ranks[order[i]] = (first + 1 + end) / 2.0;
            first = end;
        }

        return ranks;
    }

    static double Pearson(double[] x, double[] y)
    {
        if (x.Length == 0)
            return double.NaN;
        double meanX = x.Average();
        double meanY = y.Average();
        double xx = 0;
        double xy = 0;
        double yy = 0;
        for (int i = 0; i < x.Length; i++)
        {
            xx += (x[i] - meanX) * (x[i] - meanX);
            xy += (x[i] - meanX) * (y[i] - meanY);
            yy += (y[i] - meanY) * (y[i] - meanY);
        }

        return xx > 0 && yy > 0 ? xy / Math.Sqrt(xx * yy) : double.NaN;
    }
}
