using System;

namespace Muninn.Microscope.Measures.Exits;

/// <summary>Points that no other point beats in one number without losing in the other; less is better in both.</summary>
public static class ParetoFront
{
    /// <summary>Whether each point is on the front; points that are equal in both numbers are on it together.</summary>
    /// <param name="cost">First number of each point; NaN: never on the front.</param>
    /// <param name="loss">Second number of each point, as many.</param>
    public static bool[] Of(ReadOnlySpan<double> cost, ReadOnlySpan<double> loss)
    {
        if (cost.Length != loss.Length)
            throw new ArgumentException($"{cost.Length} costs do not go with {loss.Length} losses; give one of each for every point.", nameof(loss));
        var front = new bool[cost.Length];
        for (int i = 0; i < front.Length; i++)
        {
            front[i] = !double.IsNaN(cost[i]) && !double.IsNaN(loss[i]);
            for (int j = 0; j < front.Length && front[i]; j++)
                front[i] = !(cost[j] <= cost[i] && loss[j] <= loss[i] && (cost[j] < cost[i] || loss[j] < loss[i]));
        }

        return front;
    }
}
