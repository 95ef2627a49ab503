using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using Muninn.Microscope.Trajectories;

namespace Muninn.Microscope.Recordings;

/// <summary>Two recordings of the same run made one: states of other iterations, or of other positions, side by side.</summary>
public static class RecordingMerge
{
    /// <summary>Both in one.</summary>
    /// <param name="first">A recording with its states read.</param>
    /// <param name="second">Another of the same model, prompt, start and measures.</param>
    /// <exception cref="ArgumentException">They do not fit; the message has both values.</exception>
    public static Recording Of(Recording first, Recording second)
    {
        ArgumentNullException.ThrowIfNull(first);
        ArgumentNullException.ThrowIfNull(second);
        Require("the model (fingerprint)", first.Header.Fingerprint, second.Header.Fingerprint);
        Require("the tokens", Ids(first), Ids(second));
        if (!first.Tokens.Ids.AsSpan().SequenceEqual(second.Tokens.Ids))
            throw new ArgumentException("The recordings differ in their tokens behind the first 40. Only recordings of one run can be merged.");
        Require("the start", Start(first), Start(second));
        Require("the rotary table", first.Header.Rotary, second.Header.Rotary);
        Require("the iterations", Text(first.Convergence.Settings.Iterations), Text(second.Convergence.Settings.Iterations));
        Require("the horizon", Text(first.Convergence.Settings.Horizon), Text(second.Convergence.Settings.Horizon));
        if (!first.Convergence.Distance.AsSpan().SequenceEqual(second.Convergence.Distance))
            throw new ArgumentException(
                "The recordings say the same model, tokens and start, but their distances differ: one of them was made otherwise. Record again.");
        return first with
        {
            Header = first.Header with { Limit = Math.Max(first.Header.Limit, second.Header.Limit) },
            States = States(first.States, second.States),
            Lens = Lens(first.Lens, second.Lens),
        };
    }

    static RecordedStates? States(RecordedStates? first, RecordedStates? second)
    {
        if (first is null || second is null)
            return first ?? second;
        Require("the type of the states", first.Type.ToString(), second.Type.ToString());
        bool sameIterations = first.Iterations.SequenceEqual(second.Iterations);
        if (!sameIterations && !first.Positions.SequenceEqual(second.Positions))
            throw new ArgumentException(
                $"The states are of iterations {RecordedStates.Listed(first.Iterations)} at positions {RecordedStates.Listed(first.Positions)}, and of iterations " +
                $"{RecordedStates.Listed(second.Iterations)} at positions {RecordedStates.Listed(second.Positions)}: together they would have gaps. Merge " +
                "recordings of the same iterations or of the same positions; slice one of them first.");
        var (one, other) = (Read(first), Read(second));
        int[] iterations = [.. first.Iterations.Union(second.Iterations).Order()];
        int[] positions = [.. first.Positions.Union(second.Positions).Order()];
        int[] rowsOfOne = [.. first.Positions];
        int[] rowsOfOther = [.. second.Positions];
        var merged = new SortedDictionary<int, float[]>();
        foreach (int iteration in iterations)
        {
            var state = new float[positions.Length * one.Width];
            var ofOne = StateOf(first, one, iteration);
            var ofOther = StateOf(second, other, iteration);
            for (int row = 0; row < positions.Length; row++)
            {
                var a = RowOf(ofOne, rowsOfOne, positions[row], one.Width);
                var b = RowOf(ofOther, rowsOfOther, positions[row], one.Width);
                if (!a.IsEmpty && !b.IsEmpty && !a.SequenceEqual(b))
                    throw new ArgumentException(
                        $"Both recordings hold the state of iteration {iteration} at position {positions[row]}, and they differ: one was made otherwise.");
                (a.IsEmpty ? b : a).CopyTo(state.AsSpan(row * one.Width));
            }

            merged.Add(iteration, state);
        }

        return first with
        {
            Iterations = iterations,
            Positions = positions,
            Rounding = Math.Max(first.Rounding, second.Rounding),
            Trajectory = new Trajectory(positions.Length, one.Width, merged),
        };
    }

    static Trajectory Read(RecordedStates states) =>
        states.Trajectory ?? throw new ArgumentException("The states of a recording were not read, so it cannot be merged.");

    static ReadOnlySpan<float> StateOf(RecordedStates states, Trajectory trajectory, int iteration) =>
        states.Iterations.Contains(iteration) ? trajectory.State(iteration) : default;

    static ReadOnlySpan<float> RowOf(ReadOnlySpan<float> state, int[] positions, int position, int width)
    {
        int row = Array.BinarySearch(positions, position);
        return row < 0 || state.IsEmpty ? default : state.Slice(row * width, width);
    }

    static RecordedLens? Lens(RecordedLens? first, RecordedLens? second)
    {
        if (first is null || second is null)
            return first ?? second;
        Require("the iterations of the lens", RecordedStates.Listed(first.Iterations), RecordedStates.Listed(second.Iterations));
        Require("the tokens that the lens lists at a place", Text(first.Top), Text(second.Top));
        return first;
    }

    static void Require(string what, string first, string second)
    {
        if (!string.Equals(first, second, StringComparison.Ordinal))
            throw new ArgumentException($"The recordings differ in {what}: {first} and {second}. Only recordings of one run can be merged.");
    }

    static string Ids(Recording recording) =>
        $"{recording.Tokens.Ids.Length} tokens {string.Join(',', recording.Tokens.Ids.Take(40))}" +
        (recording.Tokens.Ids.Length > 40 ? $",… (sum {recording.Tokens.Ids.Sum(static id => (long)id)})" : "");

    static string Start(Recording recording) =>
        recording.Header.StartText + (recording.Header.StartHash is { } hash ? $" ({hash})" : "");

    static string Text(int value) => value.ToString(CultureInfo.InvariantCulture);
}
