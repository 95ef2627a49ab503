using System;
using System.Collections.Generic;
using System.Linq;

namespace Muninn.Microscope.Trajectories;

/// <summary>
/// Raw iterates of one prompt: s_i of every position at the iterations that were asked for. Nothing is smoothed, padded,
/// sorted or dropped.
/// </summary>
public sealed class Trajectory
{
    readonly SortedDictionary<int, float[]> _states;

    internal Trajectory(int positions, int width, SortedDictionary<int, float[]> states)
    {
        Positions = positions;
        Width = width;
        _states = states;
    }

    /// <summary>Positions of the prompt.</summary>
    public int Positions { get; }

    /// <summary>Width of a state.</summary>
    public int Width { get; }

    /// <summary>Iterations held, ascending; 0 is s₀.</summary>
    public IEnumerable<int> Iterations => _states.Keys;

    /// <summary>Raw s_i, <c>[positions, width]</c>.</summary>
    /// <param name="iteration">An iteration that was recorded.</param>
    /// <exception cref="ArgumentOutOfRangeException">That iteration was not recorded.</exception>
    public ReadOnlySpan<float> State(int iteration) => _states.TryGetValue(iteration, out float[]? state)
        ? state
        : throw new ArgumentOutOfRangeException(nameof(iteration),
            $"Iteration {iteration} was not recorded; this trajectory holds {(_states.Count > 0 ? string.Join(", ", _states.Keys.Take(12)) : "none")}" +
            (_states.Count > 12 ? $", … {_states.Keys.Last()}." : "."));

    /// <summary>The same states of some of the iterations; nothing is copied.</summary>
    /// <param name="iterations">Iterations that were recorded, in any order; one that stands twice counts once.</param>
    /// <exception cref="ArgumentOutOfRangeException">One was not recorded.</exception>
    public Trajectory Only(IEnumerable<int> iterations)
    {
        ArgumentNullException.ThrowIfNull(iterations);
        var states = new SortedDictionary<int, float[]>();
        foreach (int iteration in iterations)
        {
            _ = State(iteration);
            states[iteration] = _states[iteration];
        }

        return new Trajectory(Positions, Width, states);
    }
}
