using System;
using System.Collections.Generic;
using System.Linq;

namespace Muninn.Microscope.Measures.Lenses;

/// <summary>What is read, and what counts as settled.</summary>
public sealed record LensSettings
{
    /// <summary>The iteration whose distribution is the end, with which all others are compared; at least 0.</summary>
    public required int Horizon { get; init; }

    /// <summary>Iterations that are read, ascending; the horizon is read in any case. Null: all of 0 … horizon.</summary>
    /// <remarks>A commit iteration is known only among those that are read; read all to be sure of it.</remarks>
    public IReadOnlyList<int>? Iterations { get; init; }

    /// <summary>Likeliest tokens that are kept of each reading (k), at least 1.</summary>
    public int TopCount { get; init; } = 5;

    /// <summary>A token has settled when its divergence from the end stays below this, in nats; above 0.</summary>
    public double DivergenceBound { get; init; } = 0.01;

    /// <summary>The iterations that are read, the horizon included.</summary>
    /// <exception cref="ArgumentException">They do not ascend, or lie beyond the horizon.</exception>
    internal int[] Read()
    {
        ArgumentOutOfRangeException.ThrowIfNegative(Horizon);
        if (Iterations is null)
            return [.. Enumerable.Range(0, Horizon + 1)];
        for (int i = 0; i < Iterations.Count; i++)
        {
            if (Iterations[i] < 0 || Iterations[i] > Horizon || (i > 0 && Iterations[i] <= Iterations[i - 1]))
                throw new ArgumentException(
                    $"Iteration {Iterations[i]} stands at place {i} of those to be read; give ascending ones from 0 to the horizon, {Horizon}.");
        }

        return Iterations is [.., var last] && last == Horizon ? [.. Iterations] : [.. Iterations, Horizon];
    }

    internal void Require(int vocabulary)
    {
        if (TopCount < 1 || TopCount > vocabulary)
            throw new ArgumentException(
                $"The likeliest {TopCount} tokens are to be kept of a vocabulary of {vocabulary}; give 1 to {vocabulary}.");
        if (!(DivergenceBound > 0) || double.IsInfinity(DivergenceBound))
            throw new ArgumentException($"The divergence bound is {DivergenceBound} nats; give a finite number above 0.");
    }
}
