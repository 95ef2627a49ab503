using System;
using System.Runtime.CompilerServices;
using MathNet.Numerics.Distributions;

namespace Muninn.Microscope.Measures.Geometry;

/// <summary>
/// Two one-sided t-tests: is the mean distance of two rest states inside ±margin? The sample are disjoint pairs of runs, (0, 1),
/// (2, 3), …, which are independent where all pairs are not. A distance is never negative, so the upper test decides.
/// </summary>
/// <remarks>
/// The t-test wants a mean that is near to normal: with few pairs and two basins of which one is rare it is too sure, which is why
/// the basins stand beside it.
/// </remarks>
static class Equivalence
{
    /// <summary>Mean distance as a share of <paramref name="norm"/>, the upper end of its interval and p.</summary>
    /// <param name="distances">Between all runs, <c>[runs, runs]</c>.</param>
    /// <param name="runs">How many.</param>
    /// <param name="norm">‖ln_f(s*)‖.</param>
    /// <param name="settings">Margin and significance.</param>
    public static (double Mean, double Bound, double P) Of(double[] distances, int runs, double norm, PathSettings settings)
    {
        int pairs = runs / 2;
        double mean = 0;
        for (int i = 0; i < pairs; i++)
            mean += Share(i) / pairs;
        if (runs < PathIndependence.RunsMin || !(norm > 0))
            return (mean, double.NaN, double.NaN);
        double squares = 0;
        for (int i = 0; i < pairs; i++)
            squares += (Share(i) - mean) * (Share(i) - mean);
        double error = Math.Sqrt(squares / (pairs - 1) / pairs);
        // Runs that agree to the last bit still have the rounding of a state between them.
        error = Math.Max(error, settings.RoundingShare / Math.Sqrt(pairs));
        return Tests(mean, error, pairs - 1, settings);

        double Share(int i) => distances[2 * i * runs + 2 * i + 1] / norm;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    static (double Mean, double Bound, double P) Tests(double mean, double error, int freedom, PathSettings settings)
    {
        double upper = StudentT.CDF(0, 1, freedom, (mean - settings.Margin) / error);
        double lower = StudentT.CDF(0, 1, freedom, -(mean + settings.Margin) / error);
        double bound = mean + error * StudentT.InvCDF(0, 1, freedom, 1 - settings.Significance);
        return (mean, bound, Math.Max(upper, lower));
    }
}
