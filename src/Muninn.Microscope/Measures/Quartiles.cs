using System.Collections.Generic;

namespace Muninn.Microscope.Measures;

/// <summary>The middle half of some values.</summary>
/// <param name="Low">A quarter lies at or below it; NaN where there is no finite value.</param>
/// <param name="Median">Half lies at or below it.</param>
/// <param name="High">Three quarters lie at or below it.</param>
/// <param name="Count">Finite values; all others are left out.</param>
public readonly record struct Quartiles(double Low, double Median, double High, int Count)
{
    /// <summary>Those of the finite values; between two of them on the straight line through both.</summary>
    public static Quartiles Of(IEnumerable<double> values)
    {
        var finite = new List<double>();
        foreach (double value in values)
        {
            if (double.IsFinite(value))
                finite.Add(value);
        }

        finite.Sort();
        return new Quartiles(At(finite, 0.25), At(finite, 0.5), At(finite, 0.75), finite.Count);
    }

    static double At(List<double> sorted, double share)
    {
        if (sorted.Count == 0)
            return double.NaN;
        double place = share * (sorted.Count - 1);
        int below = (int)place;
        return below == sorted.Count - 1 ? sorted[below] : sorted[below] + (place - below) * (sorted[below + 1] - sorted[below]);
    }
}
