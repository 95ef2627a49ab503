using System;

namespace Muninn.Microscope.Measures.Geometry;

/// <summary>
/// An exact test of the share of all starts that end within the margin of where the first run ended. Given the first, the other runs
/// are independent draws: how many of them end near it is binomial, whatever the distances are like.
/// </summary>
/// <remarks>Source: Clopper and Pearson, "The use of confidence or fiducial limits illustrated in the case of the binomial", 1934.</remarks>
static class Equivalence
{
    const int Halvings = 60;

    /// <summary>Runs within the margin of the first, the lower end of the share's exact interval, and p.</summary>
    /// <param name="distances">Between all runs, <c>[runs, runs]</c>.</param>
    /// <param name="runs">How many.</param>
    /// <param name="norm">‖ln_f(s*)‖.</param>
    /// <param name="settings">Margin, share and significance.</param>
    /// <returns>p is NaN where no outcome of so few runs could pass.</returns>
    public static (int Near, double Bound, double P) Of(double[] distances, int runs, double norm, PathSettings settings)
    {
        int near = 0;
        for (int run = 1; run < runs; run++)
            near += distances[run * runs] <= settings.Margin * norm ? 1 : 0;
        int trials = runs - 1;
        double bound = LowerBound(near, trials, settings.Significance);
        return (near, bound, runs < settings.RunsMin || !(norm > 0) ? double.NaN : Tail(near, trials, settings.ShareMin));
    }

    /// <summary>Chance of at least <paramref name="hits"/> in <paramref name="trials"/>.</summary>
    public static double Tail(int hits, int trials, double share)
    {
        if (hits <= 0 || share >= 1)
            return 1;
        if (share <= 0)
            return 0;
        // From the last term down: k → k − 1 multiplies by k / (n − k + 1) · (1 − share) / share.
        double log = trials * Math.Log(share);
        double sum = 0;
        for (int k = trials; k >= hits; k--)
        {
            sum += Math.Exp(log);
            log += Math.Log(k / (trials - k + 1.0)) + Math.Log((1 - share) / share);
        }

        return Math.Min(1, sum);
    }

    /// <summary>The share at which so many hits would be as rare as <paramref name="significance"/>.</summary>
    static double LowerBound(int hits, int trials, double significance)
    {
        double low = 0;
        double high = 1;
        for (int i = 0; i < Halvings; i++)
        {
            double middle = (low + high) / 2;
            if (Tail(hits, trials, middle) < significance)
                low = middle;
            else
                high = middle;
        }

        return low;
    }
}
