using System;

namespace Muninn.Microscope.Measures.Motion;

/// <summary>What is computed from the sizes of steps, observed and surrogate alike.</summary>
static class MotionStatistics
{
    /// <summary>A step smaller than this share of the largest counts as this, in energy: ln needs a number.</summary>
    const double LeastEnergy = 1e-24;

    /// <summary>Minus the slope of ln ‖d_i‖ per iteration, by least squares, smoothed over three neighbours.</summary>
    /// <param name="rows">Coordinates, <c>[count, columns]</c>.</param>
    /// <param name="energies">Scratch, <c>[count]</c>.</param>
    public static double Shrinking(ReadOnlySpan<double> rows, double[] energies)
    {
        int columns = rows.Length / energies.Length;
        for (int i = 0; i < energies.Length; i++)
            energies[i] = RowMath.NormSquared(rows.Slice(i * columns, columns));
        return Shrinking(energies);
    }

    /// <summary>Minus the slope of ln ‖d_i‖ per iteration, by least squares, smoothed over three neighbours.</summary>
    /// <param name="energies">‖d_i‖², <c>[count]</c>, at least three.</param>
    public static double Shrinking(ReadOnlySpan<double> energies)
    {
        double least = Least(energies);
        double[] logs = new double[energies.Length - 2];
        for (int i = 0; i < logs.Length; i++)
            logs[i] = Math.Log(Math.Max(least, energies[i] + energies[i + 1] + energies[i + 2])) / 2;
        return -Statistics.Line(logs).Slope;
    }

    /// <summary>ln ‖d_i‖.</summary>
    /// <param name="energies">‖d_i‖².</param>
    public static double[] Logs(ReadOnlySpan<double> energies)
    {
        double least = Least(energies);
        double[] logs = new double[energies.Length];
        for (int i = 0; i < logs.Length; i++)
            logs[i] = Math.Log(Math.Max(least, energies[i])) / 2;
        return logs;
    }

    static double Least(ReadOnlySpan<double> energies)
    {
        double largest = 0;
        foreach (double energy in energies)
            largest = Math.Max(largest, energy);
        return Math.Max(largest * LeastEnergy, double.Epsilon);
    }

    /// <summary>Share of the energy along the mean step that the mean holds; 0 where there is none.</summary>
    /// <param name="series">The steps.</param>
    public static double Evenness(StepSeries series)
    {
        double[] mean = new double[series.Columns];
        for (int i = 0; i < series.Count; i++)
            RowMath.AddScaled(mean, series.Step(i), 1.0 / series.Count);
        double size = RowMath.NormSquared(mean);
        double sum = 0;
        for (int i = 0; i < series.Count; i++)
        {
            double along = RowMath.Dot(series.Step(i), mean);
            sum += along * along;
        }

        return sum > 0 ? series.Count * size * size / sum : 0;
    }

    /// <summary>ln of the energy of the second half against the first; the middle step of an odd number is left out.</summary>
    public static double LogEnergyRatio(ReadOnlySpan<double> energies)
    {
        int half = energies.Length / 2;
        double early = 0;
        double late = 0;
        for (int i = 0; i < half; i++)
        {
            early += energies[i];
            late += energies[energies.Length - 1 - i];
        }

        // The halves' middles are as far apart as a half and what is left out: brought to the whole.
        return Math.Log(Math.Max(late, double.Epsilon) / Math.Max(early, double.Epsilon)) * (energies.Length / 2.0 / (energies.Length - half));
    }
}
