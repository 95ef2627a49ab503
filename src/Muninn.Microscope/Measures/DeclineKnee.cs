using System;

namespace Muninn.Microscope.Measures;

/// <summary>Where the rapid decline of a row of log₁₀ distances ends.</summary>
/// <param name="Iteration">The iteration that ends the rapid part; null: the decline has no bend.</param>
/// <param name="SlopeBefore">log₁₀ per iteration up to it.</param>
/// <param name="SlopeAfter">log₁₀ per iteration after it; NaN without a bend.</param>
/// <param name="FloorIteration">First iteration at the floor; null: the floor is not reached.</param>
/// <param name="Last">Last iteration of the row.</param>
public sealed record DeclineKnee(int? Iteration, double SlopeBefore, double SlopeAfter, int? FloorIteration, int Last)
{
    /// <summary>A segment needs this many points to have a slope.</summary>
    const int PointsMin = 3;

    /// <summary>The bend counts only where the decline before it is this many times steeper.</summary>
    const double SteeperMin = 1.5;

    /// <summary>Rounding makes a row level off a little above the floor itself.</summary>
    const double FloorMargin = 3;

    /// <summary>
    /// Fits two straight lines to the row, down to the floor, at the break with the smallest squared error.
    /// </summary>
    /// <param name="logs">log₁₀ distance at iterations 0 … N.</param>
    /// <param name="floor">Distance below which values are rounding.</param>
    /// <returns>Null where fewer than six values lie above the floor.</returns>
    public static DeclineKnee? Find(ReadOnlySpan<double> logs, double floor)
    {
        double bottom = Math.Log10(floor * FloorMargin);
        int count = 0;
        while (count < logs.Length && double.IsFinite(logs[count]) && logs[count] > bottom)
            count++;
        int last = logs.Length - 1;
        int? floorIteration = count < logs.Length && logs[count] <= bottom ? count : null;
        if (count < 2 * PointsMin)
            return null;
        ReadOnlySpan<double> readable = logs[..count];
        int best = PointsMin;
        double smallest = double.PositiveInfinity;
        for (int split = PointsMin; split <= count - PointsMin; split++)
        {
            double error = Statistics.Line(readable[..split]).SquaredError + Statistics.Line(readable[split..]).SquaredError;
            if (error < smallest)
                (smallest, best) = (error, split);
        }

        double before = Statistics.Line(readable[..best]).Slope;
        double after = Statistics.Line(readable[best..]).Slope;
        bool bends = before < 0 && before < SteeperMin * Math.Min(after, 0);
        return bends
            ? new DeclineKnee(best - 1, before, after, floorIteration, last)
            : new DeclineKnee(null, Statistics.Line(readable).Slope, double.NaN, floorIteration, last);
    }

    /// <summary>The knee in one sentence.</summary>
    public string Describe()
    {
        string floor = FloorIteration is { } iteration
            ? $"; it meets the rounding floor at iteration {iteration}"
            : $"; it has not met the rounding floor by iteration {Last}";
        return Iteration is { } end
            ? $"Rapid decline of the median row ends near iteration {end}: {Findings.Number(SlopeBefore)} log₁₀ per iteration before, " +
              $"{Findings.Number(SlopeAfter)} after{floor}."
            : $"The median row shows no bend from fast to slow; it falls by {Findings.Number(-SlopeBefore)} log₁₀ per iteration on average{floor}.";
    }
}
