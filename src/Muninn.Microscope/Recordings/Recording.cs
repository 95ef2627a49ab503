using System;
using System.Collections.Generic;
using System.Linq;
using Muninn.Microscope.Measures;
using Muninn.Microscope.Trajectories;

namespace Muninn.Microscope.Recordings;

/// <summary>
/// One prompt read by one model, with what was measured and, where it was asked for, the states themselves: what a <c>.muninn</c> file
/// holds, and what pictures, findings and tables are drawn from. Nothing in it changes.
/// </summary>
public sealed record Recording
{
    /// <summary>The model and the run.</summary>
    public required RecordingHeader Header { get; init; }

    /// <summary>What was read.</summary>
    public required RecordedTokens Tokens { get; init; }

    /// <summary>Distances, residuals and certificates of all tokens.</summary>
    public required Convergence Convergence { get; init; }

    /// <summary>Raw s*, <c>[T, width]</c>; null where a run kept none. A file always has it.</summary>
    public float[]? Rest { get; init; }

    /// <summary>The states that were kept; null: none.</summary>
    public RecordedStates? States { get; init; }

    /// <summary>What the coda reads from the states of some iterations; null: not recorded.</summary>
    public RecordedLens? Lens { get; init; }

    /// <summary>Rates, eigenvalues and exponents of all tokens; null: not recorded.</summary>
    public RecordedDynamics? Dynamics { get; init; }

    /// <summary>Classes of motion of all tokens; null: not recorded.</summary>
    public RecordedClasses? Classes { get; init; }

    /// <summary>What exit rules would have done; null: not recorded.</summary>
    public RecordedExits? Exits { get; init; }

    /// <summary>Where tokens look; null: not recorded.</summary>
    public RecordedPatterns? Patterns { get; init; }

    /// <summary>Tensors of the file that this version does not know, as <c>name dtype [shape]</c>.</summary>
    public IReadOnlyList<string> OtherTensors { get; init; } = [];

    /// <summary>Raw states of <see cref="RecordedStates.Positions"/>, where they were recorded and read.</summary>
    public Trajectory? Trajectory => States?.Trajectory;

    /// <summary>What the distances show, in words.</summary>
    public IReadOnlyList<Finding> Findings => field ??= Measures.Findings.Describe(Convergence, Tokens.Labels);

    /// <summary>What dynamics, classes and exits were found to show, in words, section after section.</summary>
    public IReadOnlyList<string> SectionFindings => [.. Dynamics?.Findings ?? [], .. Classes?.Findings ?? [], .. Exits?.Findings ?? []];

    /// <summary>The same recording with fewer states. Tokens, measures and sections stay whole: they are small, and findings speak of all tokens.</summary>
    /// <param name="iterations">Iterations to keep, in any order; null: all.</param>
    /// <param name="positions">Positions to keep, in any order; null: all.</param>
    /// <exception cref="ArgumentException">States that were not recorded, or not read.</exception>
    public Recording Slice(IReadOnlyList<int>? iterations, IReadOnlyList<int>? positions)
    {
        if (iterations is null && positions is null)
            return this;
        if (States is not { Trajectory: { } trajectory } states)
            throw new ArgumentException("The recording holds no states to choose from: record them, or leave the choice out.");
        int[] keptIterations = Chosen("iteration", iterations, states.Iterations);
        int[] keptPositions = Chosen("position", positions, states.Positions);
        int[] rows = [.. keptPositions.Select(position => IndexOf(states.Positions, position))];
        int width = trajectory.Width;
        var kept = new SortedDictionary<int, float[]>();
        foreach (int iteration in keptIterations)
        {
            var state = new float[rows.Length * width];
            for (int row = 0; row < rows.Length; row++)
                trajectory.State(iteration).Slice(rows[row] * width, width).CopyTo(state.AsSpan(row * width));
            kept.Add(iteration, state);
        }

        return this with
        {
            States = states with
            {
                Iterations = keptIterations,
                Positions = keptPositions,
                Trajectory = new Trajectory(rows.Length, width, kept),
            },
        };
    }

    static int[] Chosen(string what, IReadOnlyList<int>? wanted, IReadOnlyList<int> recorded)
    {
        if (wanted is null)
            return [.. recorded];
        foreach (int index in wanted)
        {
            if (IndexOf(recorded, index) < 0)
                throw new ArgumentException(
                    $"States of {what} {index} were not recorded; the recording holds {what}s {RecordedStates.Listed(recorded)}.");
        }

        return [.. wanted.Distinct().Order()];
    }

    static int IndexOf(IReadOnlyList<int> list, int value)
    {
        for (int i = 0; i < list.Count; i++)
        {
            if (list[i] == value)
                return i;
        }

        return -1;
    }
}
