using System;

namespace Muninn.Microscope.Measures.Motion;

/// <summary>Correction for having tested often.</summary>
static class FalseDiscovery
{
    /// <summary>
    /// Benjamini–Hochberg adjusted values: rejecting those below α keeps the expected share of false ones among the rejected
    /// below α, for independent or positively dependent tests.
    /// </summary>
    /// <param name="p">Values in (0, 1].</param>
    /// <remarks>Source: Benjamini and Hochberg, "Controlling the false discovery rate", 1995.</remarks>
    public static double[] Adjust(ReadOnlySpan<double> p)
    {
        int[] order = new int[p.Length];
        for (int i = 0; i < order.Length; i++)
            order[i] = i;
        double[] sorted = p.ToArray();
        Array.Sort(sorted, order);
        double[] adjusted = new double[p.Length];
        double least = 1;
        for (int rank = p.Length; rank >= 1; rank--)
        {
            least = Math.Min(least, sorted[rank - 1] * p.Length / rank);
            adjusted[order[rank - 1]] = least;
        }

        return adjusted;
    }
}
