using System;

namespace Muninn.Microscope.Measures;

/// <summary>
/// The factor by which steps shrink at rest, read off a fall that may end in rounding before its ratios have settled. Where a map bends,
/// ln(‖d_{i+1}‖ / ‖d_i‖) = ln q + c · ‖d_i‖ + …: a line through the ratios over the lengths of the steps, taken at length 0.
/// </summary>
/// <remarks>
/// Told of the longest end of a fall whose line is sure; not told where ratios approach their limit slower than steps shrink (directions of
/// nearly one rate, Jordan blocks): there the limit cannot be seen before rounding. A slow direction that has not shown at all is not seen either.
/// </remarks>
/// <param name="Ratio">q per iteration, below 1.</param>
/// <param name="StandardError">Of q.</param>
public sealed record RestRatio(double Ratio, double StandardError)
{
    /// <summary>Fewest ratios that a line is drawn through.</summary>
    const int RatiosMin = 8;

    /// <summary>Lines are taken whose value at 0 is as sure as this, and the same within this for a parabola: four of them are 1 %.</summary>
    const double ErrorMax = 0.0025;

    /// <summary>A slower law, over the root of the length, is better where a line over the length leaves this many times as many squares …</summary>
    const double BetterFit = 1.5;

    /// <summary>… and refuted where itself it leaves this many times as many.</summary>
    const double WorseFit = 4;

    /// <summary>Steps must fall below this share of the first one: a line is not prolonged far.</summary>
    const double FallMin = 0.25;

    /// <summary>Squares of so little are rounding of double.</summary>
    const double LeastSquares = 1e-28;

    /// <summary>Reads the ratio; null where it cannot be told.</summary>
    /// <param name="lengths">‖d_i‖ of steps above the rounding, in order.</param>
    public static RestRatio? Of(ReadOnlySpan<double> lengths)
    {
        int count = lengths.Length - 1;
        if (count < RatiosMin)
            return null;
        var logs = new double[count];
        var roots = new double[count];
        for (int i = 0; i < count; i++)
        {
            logs[i] = Math.Log(lengths[i + 1] / lengths[i]);
            roots[i] = Math.Sqrt(lengths[i]);
            if (!double.IsFinite(logs[i]))
                return null;
        }

        for (int first = 0; count - first >= RatiosMin && lengths[count] < FallMin * lengths[first]; first++)
        {
            var x = lengths[first..count];
            var y = logs.AsSpan(first);
            var line = Line.Through(x, y);
            if (!(line.StartError <= ErrorMax))
                continue;
            var slower = Line.Through(roots.AsSpan(first), y);
            bool isRefuted = slower.Squares >= WorseFit * line.Squares;
            if (line.Squares > BetterFit * slower.Squares + LeastSquares || !isRefuted && !(Math.Abs(slower.Start - line.Start) <= ErrorMax))
                return null;
            if (!(Math.Abs(ParabolaStart(x, y) - line.Start) <= ErrorMax))
                continue;
            double ratio = Math.Exp(line.Start);
            return ratio < 1 ? new RestRatio(ratio, ratio * line.StartError) : null;
        }

        return null;
    }

    /// <summary>The value at 0 of a least-squares parabola.</summary>
    static double ParabolaStart(ReadOnlySpan<double> x, ReadOnlySpan<double> y)
    {
        // x² less its line over x is at right angles to constant and line: what it takes of y is the parabola's own.
        var squares = new double[x.Length];
        for (int i = 0; i < x.Length; i++)
            squares[i] = x[i] * x[i];
        var line = Line.Through(x, y);
        var bend = Line.Through(x, squares);
        double own = 0;
        double shared = 0;
        for (int i = 0; i < x.Length; i++)
        {
            double rest = squares[i] - bend.Start - bend.Slope * x[i];
            own += rest * rest;
            shared += rest * (y[i] - line.Start - line.Slope * x[i]);
        }

        return line.Start - shared / own * bend.Start;
    }

    /// <summary>A least-squares line: its value at 0 with standard error, its slope, and the squares that it leaves.</summary>
    readonly record struct Line(double Start, double StartError, double Slope, double Squares)
    {
        public static Line Through(ReadOnlySpan<double> x, ReadOnlySpan<double> y)
        {
            double meanX = 0;
            double meanY = 0;
            for (int i = 0; i < x.Length; i++)
            {
                meanX += x[i] / x.Length;
                meanY += y[i] / x.Length;
            }

            double xx = 0;
            double xy = 0;
            for (int i = 0; i < x.Length; i++)
            {
                xx += (x[i] - meanX) * (x[i] - meanX);
                xy += (x[i] - meanX) * (y[i] - meanY);
            }

            double slope = xy / xx;
            double start = meanY - slope * meanX;
            double squares = 0;
            for (int i = 0; i < x.Length; i++)
            {
                double rest = y[i] - start - slope * x[i];
                squares += rest * rest;
            }

            double variance = squares / (x.Length - 2);
            return new Line(start, Math.Sqrt(variance * (1.0 / x.Length + meanX * meanX / xx)), slope, squares);
        }
    }
}
