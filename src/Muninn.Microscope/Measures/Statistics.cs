using System;
using System.Collections.Generic;

namespace Muninn.Microscope.Measures;

/// <summary>Order statistics and straight lines, over finite values only.</summary>
public static class Statistics
{
    /// <summary>Factor that makes the median absolute deviation of normal data its standard deviation.</summary>
    public const double NormalConsistency = 1.4826;

    /// <summary>Median of finite values, which are sorted on the way; allocates nothing.</summary>
    /// <param name="values">At least one, all finite; sorted afterwards.</param>
    public static double MedianInPlace(Span<double> values)
    {
        values.Sort();
        int middle = values.Length / 2;
        return values.Length % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
    }

    /// <summary>Median of the finite values; NaN where there are none.</summary>
    public static double Median(ReadOnlySpan<float> values)
    {
        var finite = new List<double>(values.Length);
        foreach (float value in values)
            finite.Add(value);
        return Median(finite);
    }

    /// <summary>Median of the finite values; NaN where there are none.</summary>
    public static double Median(IEnumerable<double> values)
    {
        var finite = new List<double>();
        foreach (double value in values)
        {
            if (double.IsFinite(value))
                finite.Add(value);
        }

        if (finite.Count == 0)
            return double.NaN;
        finite.Sort();
        int middle = finite.Count / 2;
        return finite.Count % 2 == 1 ? finite[middle] : (finite[middle - 1] + finite[middle]) / 2;
    }

    /// <summary>1.4826 · median |x − median(x)|: a deviation that outliers do not move.</summary>
    public static double RobustDeviation(IReadOnlyList<double> values)
    {
        double median = Median(values);
        var deviations = new double[values.Count];
        for (int i = 0; i < deviations.Length; i++)
            deviations[i] = Math.Abs(values[i] - median);
        return NormalConsistency * Median(deviations);
    }

    /// <summary>Least-squares slope and squared error of y over x = first, first + 1, ….</summary>
    /// <param name="y">At least two finite values.</param>
    public static (double Slope, double SquaredError) Line(ReadOnlySpan<double> y)
    {
        double meanX = (y.Length - 1) / 2.0;
        double meanY = 0;
        foreach (double value in y)
            meanY += value;
        meanY /= y.Length;
        double xx = 0;
        double xy = 0;
        double yy = 0;
        for (int i = 0; i < y.Length; i++)
        {
            double dx = i - meanX;
            double dy = y[i] - meanY;
            xx += dx * dx;
            xy += dx * dy;
            yy += dy * dy;
        }

        double slope = xy / xx;
        return (slope, Math.Max(0, yy - slope * xy));
    }
}
