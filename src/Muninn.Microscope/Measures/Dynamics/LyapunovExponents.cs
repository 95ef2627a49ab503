using System;
using System.Collections.Generic;
using System.Linq;

namespace Muninn.Microscope.Measures.Dynamics;

/// <summary>Which exponents are measured.</summary>
public sealed record LyapunovSettings
{
    /// <summary>How many, from the largest on.</summary>
    public int Count { get; init; } = 1;

    /// <summary>Iterations at the beginning in which the random directions only turn to where they grow most.</summary>
    public int Discarded { get; init; } = 8;

    /// <summary>Seed of the directions.</summary>
    public ulong Seed { get; init; }
}

/// <summary>
/// Finite-time Lyapunov exponents along a trajectory: mean of ln |growth| per iteration of the k directions that grow most, from
/// products of the Jacobians at s_i, made orthogonal again after each (Benettin et al., 1980).
/// </summary>
/// <param name="Exponents">Largest first, in 1 / iteration, <c>[count]</c>: below 0 neighbours approach; −∞ where a direction is lost.</param>
/// <param name="StandardErrors">Of the mean over iterations, widened where neighbouring iterations agree, <c>[count]</c>.</param>
/// <param name="Growth">ln growth at each iteration, <c>[iterations, count]</c>, the discarded ones included.</param>
/// <param name="Iterations">Iterations that were averaged.</param>
public sealed record LyapunovExponents(double[] Exponents, double[] StandardErrors, double[] Growth, int Iterations)
{
    /// <summary>Of the blocks on the diagonal of maps in which no block moves another, side by side; one block for a map as a whole.</summary>
    /// <param name="steps">J at s₀, s₁, …; each is used before the next is asked for.</param>
    /// <param name="blocks">How many, at least 1.</param>
    /// <param name="width">Numbers of a block, at least the count.</param>
    /// <param name="settings">How many exponents.</param>
    /// <exception cref="ArgumentException">There are no more maps than are discarded.</exception>
    public static LyapunovExponents[] OfBlocks(IEnumerable<TangentStep> steps, int blocks, int width, LyapunovSettings settings)
    {
        ArgumentNullException.ThrowIfNull(steps);
        ArgumentNullException.ThrowIfNull(settings);
        ArgumentOutOfRangeException.ThrowIfLessThan(blocks, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(settings.Count, 1, nameof(settings));
        ArgumentOutOfRangeException.ThrowIfLessThan(width, settings.Count);
        ArgumentOutOfRangeException.ThrowIfNegative(settings.Discarded, nameof(settings));
        int count = settings.Count;
        int dimension = checked(blocks * width);
        var directions = new double[count * dimension];
        var products = new double[count * dimension];
        for (int k = 0; k < count; k++)
        {
            for (int block = 0; block < blocks; block++)
                Vectors.Random(settings.Seed, block * count + k, directions.AsSpan(k * dimension + block * width, width));
        }

        var growth = new List<double>[blocks];
        for (int block = 0; block < blocks; block++)
        {
            growth[block] = [];
            _ = Separate(directions, block, width, dimension, count);
        }

        foreach (var step in steps)
        {
            step(directions, count, products);
            for (int block = 0; block < blocks; block++)
                growth[block].AddRange(Separate(products, block, width, dimension, count));
            (directions, products) = (products, directions);
        }

        return [.. growth.Select(rows => Averaged([.. rows], settings))];
    }

    /// <summary>Makes the directions of a block orthonormal; returns ln of what each was long by then.</summary>
    static double[] Separate(double[] directions, int block, int width, int dimension, int count)
    {
        var logs = new double[count];
        var basis = new double[]?[count];
        var parts = new double[count];
        for (int k = 0; k < count; k++)
        {
            var direction = directions.AsSpan(k * dimension + block * width, width);
            double length = Vectors.Norm(direction);
            double rest = Vectors.Orthogonalize(basis, k, direction, parts);
            logs[k] = Math.Log(rest);
            // A direction that is lost stays lost.
            bool isLost = rest <= 1e-300 || rest <= 1e-15 * length;
            if (isLost)
                logs[k] = double.NegativeInfinity;
            if (isLost)
                direction.Clear();
            else
                Vectors.Scale(1 / rest, direction);
            basis[k] = isLost ? null : direction.ToArray();
        }

        return logs;
    }

    static LyapunovExponents Averaged(double[] growth, LyapunovSettings settings)
    {
        int count = settings.Count;
        int used = growth.Length / count - settings.Discarded;
        if (used < 1)
            throw new ArgumentException(
                $"There are {growth.Length / count} iterations, of which the first {settings.Discarded} are discarded; give more, or discard fewer.",
                nameof(settings));
        var exponents = new double[count];
        var errors = new double[count];
        var series = new double[used];
        for (int k = 0; k < count; k++)
        {
            for (int i = 0; i < used; i++)
                series[i] = growth[(i + settings.Discarded) * count + k];
            (exponents[k], errors[k]) = SerialMean.Of(series);
        }

        return new LyapunovExponents(exponents, errors, growth, used);
    }
}
