using System;
using System.Collections.Generic;
using System.Linq;
using Xunit;

namespace Muninn.Tests.Oracle;

/// <summary>Pearson's test of counts against a distribution.</summary>
static class ChiSquare
{
    /// <summary>Cells that expect fewer are thrown together.</summary>
    const double LeastExpected = 8;

    /// <summary>Deviations of a normal that one in ten thousand exceeds.</summary>
    const double Deviations = 3.719;

    /// <summary>Fails where the counts would fit so badly once in ten thousand times, or where something impossible was counted.</summary>
    public static void RequireFit(IReadOnlyDictionary<int, double> probabilities, IReadOnlyDictionary<int, int> counts)
    {
        Assert.All(counts.Keys, cell => Assert.True(probabilities.ContainsKey(cell), $"Cell {cell} cannot be."));
        double draws = counts.Values.Sum();
        double sum = 0;
        int cells = 0;
        double restExpected = 0;
        double rest = 0;
        foreach (var (cell, probability) in probabilities)
        {
            double expected = probability * draws;
            double count = counts.GetValueOrDefault(cell);
            if (expected < LeastExpected)
            {
                (restExpected, rest) = (restExpected + expected, rest + count);
                continue;
            }

            sum += (count - expected) * (count - expected) / expected;
            cells++;
        }

        if (restExpected >= LeastExpected)
        {
            sum += (rest - restExpected) * (rest - restExpected) / restExpected;
            cells++;
        }

        // Wilson and Hilferty, 1931.
        double freedom = cells - 1;
        double border = freedom * Math.Pow(1 - 2 / (9 * freedom) + Deviations * Math.Sqrt(2 / (9 * freedom)), 3);
        Assert.True(cells > 10 && sum < border, $"χ² = {sum:F1} with {freedom} degrees of freedom; {border:F1} is exceeded once in ten thousand times.");
    }
}
