using System;
using Muninn.Engine.Recurrence;

namespace Muninn.Microscope.Trajectories;

/// <summary>Watches that an observer sees what it was made for: every iteration of one run of one prompt, all rows, in order.</summary>
/// <param name="observer">What to call the observer in messages.</param>
/// <param name="positions">Positions of the prompt, at least 1.</param>
/// <param name="width">Width of a state, at least 1.</param>
sealed class WholePrompt(string observer, int positions, int width)
{
    /// <summary>The iteration that must come next: as many as were seen, s₀ included.</summary>
    public int Next { get; private set; }

    /// <summary>Refuses an iteration that does not belong.</summary>
    /// <exception cref="InvalidOperationException">
    /// The run is not of one whole prompt, rows have left it, or it is another run than the one that was begun.
    /// </exception>
    public void Require(in IterationView iteration)
    {
        if (iteration.Rows.Count != positions || iteration.Width != width)
            throw new InvalidOperationException(
                $"The {observer} was made for {positions} positions of width {width}, but iteration {iteration.Iteration} has " +
                $"{iteration.Rows.Count} rows of width {iteration.Width}; observe runs of one prompt without exits.");
        if (iteration.Iteration != Next)
            throw new InvalidOperationException(
                $"Iteration {iteration.Iteration} came where {Next} was next; make a {observer} for each run.");
        if (iteration.Rows.Sequences[^1] != 0)
            throw new InvalidOperationException(
                $"The rows belong to {iteration.Rows.Sequences[^1] + 1} sequences; observe one prompt at a time.");
        Next++;
    }
}
