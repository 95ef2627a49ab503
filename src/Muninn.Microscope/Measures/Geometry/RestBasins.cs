using System;
using System.Collections.Generic;

namespace Muninn.Microscope.Measures.Geometry;

/// <summary>Groups of rest states by single linkage: whoever is near to one member of a group belongs to it.</summary>
static class RestBasins
{
    /// <summary>The groups, numbered by their first member.</summary>
    /// <param name="distances">Between all, <c>[count, count]</c>, symmetric.</param>
    /// <param name="count">How many.</param>
    /// <param name="link">Distance up to which two are linked.</param>
    /// <returns>Group of each, size of each group, and the smallest distance of two groups over <paramref name="link"/>.</returns>
    public static (int[] Basins, int[] Sizes, double Separation) Of(double[] distances, int count, double link)
    {
        int[] basins = new int[count];
        Array.Fill(basins, -1);
        var sizes = new List<int>();
        var open = new Stack<int>();
        for (int first = 0; first < count; first++)
        {
            if (basins[first] >= 0)
                continue;
            basins[first] = sizes.Count;
            sizes.Add(0);
            open.Push(first);
            while (open.TryPop(out int member))
            {
                sizes[^1]++;
                for (int other = 0; other < count; other++)
                {
                    if (basins[other] >= 0 || distances[member * count + other] > link)
                        continue;
                    basins[other] = basins[first];
                    open.Push(other);
                }
            }
        }

        double nearest = double.PositiveInfinity;
        for (int a = 0; a < count; a++)
        {
            for (int b = 0; b < a; b++)
            {
                if (basins[a] != basins[b])
                    nearest = Math.Min(nearest, distances[a * count + b]);
            }
        }

        return (basins, [.. sizes], nearest / link);
    }
}
