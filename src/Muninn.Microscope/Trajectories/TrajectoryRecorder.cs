using System;
using System.Collections.Generic;
using System.Linq;
using Muninn.Engine.Recurrence;

namespace Muninn.Microscope.Trajectories;

/// <summary>Keeps the raw states of chosen iterations; hand <see cref="Observe"/> to a run as its observer.</summary>
public sealed class TrajectoryRecorder
{
    readonly int _width;
    readonly int[]? _kept;
    readonly int _rows;
    readonly WholePrompt _prompt;
    readonly SortedDictionary<int, float[]> _states = [];

    /// <summary>Room for the states of the chosen iterations, allocated at once: recording allocates nothing.</summary>
    /// <param name="positions">Positions of the prompt, at least 1.</param>
    /// <param name="width">Width of a state, at least 1.</param>
    /// <param name="iterations">Iterations to keep, each at least 0; 0 is s₀.</param>
    /// <param name="kept">Positions to keep, in this order; null: all.</param>
    public TrajectoryRecorder(int positions, int width, IEnumerable<int> iterations, IReadOnlyList<int>? kept = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(positions, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        ArgumentNullException.ThrowIfNull(iterations);
        _width = width;
        _kept = kept is null ? null : [.. kept];
        _rows = _kept?.Length ?? positions;
        foreach (int position in _kept ?? [])
        {
            ArgumentOutOfRangeException.ThrowIfNegative(position, nameof(kept));
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(position, positions, nameof(kept));
        }

        _prompt = new WholePrompt("recorder", positions, width);
        foreach (int iteration in iterations.Distinct())
        {
            ArgumentOutOfRangeException.ThrowIfNegative(iteration, nameof(iterations));
            _states.Add(iteration, new float[checked(_rows * width)]);
        }

        Missing = _states.Count;
    }

    /// <summary>Chosen iterations that have not been seen yet.</summary>
    public int Missing { get; private set; }

    /// <summary>Keeps the state if its iteration was chosen.</summary>
    /// <exception cref="InvalidOperationException">
    /// The run is not of one whole prompt, rows have left it, or it is a second run.
    /// </exception>
    public void Observe(in IterationView iteration)
    {
        _prompt.Require(iteration);
        if (!_states.TryGetValue(iteration.Iteration, out float[]? state))
            return;
        if (_kept is null)
            iteration.State.CopyTo(state);
        else
            for (int row = 0; row < _kept.Length; row++)
                iteration.State.Slice(_kept[row] * _width, _width).CopyTo(state.AsSpan(row * _width));
        Missing--;
    }

    /// <summary>What was recorded; the recorder must not be used for another run.</summary>
    /// <exception cref="InvalidOperationException">A chosen iteration was never reached.</exception>
    public Trajectory ToTrajectory() => Missing == 0
        ? new Trajectory(_rows, _width, _states)
        : throw new InvalidOperationException(
            $"{Missing} of {_states.Count} chosen iterations were not reached; the last one is {_states.Keys.Last()}. Raise the limit.");
}
