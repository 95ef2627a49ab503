using System;

namespace Muninn.Microscope.Measures;

/// <summary>
/// How the steps ‖s_i − s_{i−1}‖ of one token shrink at the end of a run: the contraction ratio q, and a bound on the sum of all
/// steps that are still to come.
/// </summary>
/// <remarks>
/// Read from the last steps that stand ten times above the floor, at most 64 of them. log q is the median of
/// (log d_{i+h} − log d_i) / h over the pairs half the window apart, which a few odd steps do not move; its error follows from the
/// scatter of those slopes. Where the second half of the window shrinks otherwise than the first by more than three errors, only
/// the second half is read: a fast beginning must not hide a slow tail. The upper end of q is two errors up, or one error above the
/// second half's where that is more. The bound holds if the steps go on to shrink at least by
/// the upper end of q: it assumes what no finite run can prove.
/// </remarks>
/// <param name="Ratio">q, a step as a share of the one before; NaN where it cannot be read.</param>
/// <param name="RatioMost">q at the upper end of its error (two errors); at least 1 where the steps do not shrink as far as can be told.</param>
/// <param name="Tail">Σ of the steps after the last one, at most; infinite where they do not shrink, NaN where nothing can be read.</param>
/// <param name="Count">Steps that were read.</param>
public readonly record struct StepDecay(double Ratio, double RatioMost, double Tail, int Count)
{
    /// <summary>Steps are read only this many times above the floor.</summary>
    public const double FloorMargin = RoundingFloor.Margin;

    /// <summary>Most steps that are read.</summary>
    public const int WindowMax = 64;

    const int WindowMin = 8;
    const double ErrorsApart = 3;
    const double ErrorsUp = 2;

    /// <summary>Factor that makes the mean absolute deviation of normal data its standard deviation.</summary>
    const double MeanConsistency = 1.2533;

    /// <summary>Standard error of a median over that of a mean, for normal data.</summary>
    const double MedianError = 1.2533;

    /// <summary>Reads the steps of one token.</summary>
    /// <param name="steps">‖s_i − s_{i−1}‖ for i = 1, 2, … H, in this order.</param>
    /// <param name="floor">The step that rounding alone makes; at least 0.</param>
    public static StepDecay Read(ReadOnlySpan<float> steps, double floor)
    {
        double readable = floor * FloorMargin;
        int end = steps.Length;
        while (end > 0 && !(steps[end - 1] > readable))
            end--;
        int start = end;
        while (start > 0 && end - start < WindowMax && steps[start - 1] > readable && float.IsFinite(steps[start - 1]))
            start--;
        if (end == start)
            return new StepDecay(double.NaN, double.NaN, double.NaN, 0);
        Span<double> logs = stackalloc double[end - start];
        for (int i = 0; i < logs.Length; i++)
            logs[i] = Math.Log(steps[start + i]);
        if (logs.Length < 4)
            return Short(logs, end < steps.Length ? Math.Max(steps[end], readable) : double.NaN, steps.Length - end);

        ReadOnlySpan<double> window = logs;
        while (window.Length >= 2 * WindowMin && IsBent(window))
            window = window[(window.Length / 2)..];
        var (slope, error) = SlopeOf(window);
        double most = slope + ErrorsUp * error;
        // A tail that grows slower too gradually to be told apart still counts for the bound.
        if (window.Length >= 4 * WindowMin && SlopeOf(window[(window.Length / 2)..]) is var later && later.Slope + later.Error > most)
            most = later.Slope + later.Error;
        return Bound(slope, most, window, steps.Length - end);
    }

    /// <summary>Σ of the steps after the last one as a multiple of it: q / (1 − q).</summary>
    /// <param name="ratio">q.</param>
    public static double TailShare(double ratio) => ratio < 1 ? ratio / (1 - ratio) : ratio >= 1 ? double.PositiveInfinity : double.NaN;

    /// <summary>Two or three readable steps: their mean ratio; one: what the next, unreadable one is at most.</summary>
    static StepDecay Short(ReadOnlySpan<double> logs, double next, int behind)
    {
        if (logs.Length == 1)
        {
            if (double.IsNaN(next))
                return new StepDecay(double.NaN, double.NaN, double.NaN, 1);
            double most = next > 0 ? Math.Log(next) - logs[0] : double.NegativeInfinity;
            return Bound(most, most, logs, behind);
        }

        double mean = (logs[^1] - logs[0]) / (logs.Length - 1);
        double largest = mean;
        for (int i = 1; i < logs.Length; i++)
            largest = Math.Max(largest, logs[i] - logs[i - 1]);
        return Bound(mean, largest, logs, behind);
    }

    /// <summary>What a slope and its error say.</summary>
    /// <param name="slope">log q.</param>
    /// <param name="most">log q at the upper end of its error.</param>
    /// <param name="window">Logarithms of the steps that were read.</param>
    /// <param name="behind">Steps between the last one read and the end of the run.</param>
    static StepDecay Bound(double slope, double most, ReadOnlySpan<double> window, int behind)
    {
        if (double.IsNegativeInfinity(most))
            return new StepDecay(0, 0, 0, window.Length);
        // The line of slope q through the step that lies highest above it: steps may scatter around their trend.
        double envelope = double.NegativeInfinity;
        for (int i = 0; i < window.Length; i++)
            envelope = Math.Max(envelope, window[i] + most * (window.Length - 1 - i));
        double ratio = Math.Exp(most);
        return new StepDecay(
            Math.Exp(slope), ratio, Math.Exp(envelope + most * behind) * TailShare(ratio), window.Length);
    }

    static bool IsBent(ReadOnlySpan<double> window)
    {
        int half = window.Length / 2;
        var (before, errorBefore) = SlopeOf(window[..half]);
        var (after, errorAfter) = SlopeOf(window[half..]);
        return Math.Abs(after - before) > ErrorsApart * Math.Sqrt(errorBefore * errorBefore + errorAfter * errorAfter);
    }

    static (double Slope, double Error) SlopeOf(ReadOnlySpan<double> logs)
    {
        int apart = logs.Length / 2;
        Span<double> slopes = stackalloc double[logs.Length - apart];
        for (int i = 0; i < slopes.Length; i++)
            slopes[i] = (logs[i + apart] - logs[i]) / apart;
        double median = Statistics.MedianInPlace(slopes);
        double mean = 0;
        foreach (ref double slope in slopes)
        {
            slope = Math.Abs(slope - median);
            mean += slope / slopes.Length;
        }

        // Steps of a few units in the last place take few values, and half of the slopes may be equal: the mean then tells more.
        double deviation = Math.Max(Statistics.NormalConsistency * Statistics.MedianInPlace(slopes), MeanConsistency * mean);
        return (median, MedianError * deviation / Math.Sqrt(slopes.Length));
    }
}
