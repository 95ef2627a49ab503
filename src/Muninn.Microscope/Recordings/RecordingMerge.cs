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
            Dynamics = Dynamics(first.Dynamics, second.Dynamics),
            Classes = Classes(first.Classes, second.Classes),
            Exits = Exits(first.Exits, second.Exits),
            Patterns = Patterns(first.Patterns, second.Patterns),
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

    static RecordedDynamics? Dynamics(RecordedDynamics? first, RecordedDynamics? second)
    {
        if (first is null || second is null)
            return first ?? second;
        Require("the seed of the dynamics", Text(first.Seed), Text(second.Seed));
        Require("the eigenvalues of a token", Text(first.Count), Text(second.Count));
        Require("the Lyapunov exponents of a token", Text(first.ExponentCount), Text(second.ExponentCount));
        Require("the singular values", Measured(first.Stretch), Measured(second.Stretch));
        Require("the ε of the dynamics", Text(first.Epsilon), Text(second.Epsilon));
        RequireSame("rates", first.Rate, second.Rate);
        RequireSame("eigenvalues", first.Eigenvalues, second.Eigenvalues);
        RequireSame("singular values", first.Stretch, second.Stretch);
        RequireSame("Lyapunov exponents", first.Exponents, second.Exponents);
        return first;

        static string Measured(float[]? values) => values is null ? "not measured" : "measured";
    }

    static RecordedClasses? Classes(RecordedClasses? first, RecordedClasses? second)
    {
        if (first is null || second is null)
            return first ?? second;
        Require("the seed of the surrogates", Text(first.Seed), Text(second.Seed));
        Require("the iterations of the classes", Text(first.Iterations), Text(second.Iterations));
        Require("the significance of the classes", Text(first.Significance), Text(second.Significance));
        Require("the blocks of random phases", Text(first.PhaseBlocks), Text(second.PhaseBlocks));
        Require("the classes", string.Join(", ", first.Class), string.Join(", ", second.Class));
        RequireSame("p-values", first.P, second.P);
        return first;
    }

    static RecordedExits? Exits(RecordedExits? first, RecordedExits? second)
    {
        if (first is null || second is null)
            return first ?? second;
        Require("the exit rules", string.Join(", ", first.Candidates), string.Join(", ", second.Candidates));
        RequireSame("exits' divergences", first.Divergence, second.Divergence);
        if (!first.Iterations.AsSpan().SequenceEqual(second.Iterations))
            throw Unlike("exits' iterations");
        return first;
    }

    static RecordedPatterns? Patterns(RecordedPatterns? first, RecordedPatterns? second)
    {
        if (first is null || second is null)
            return first ?? second;
        Require("the iterations of attention", RecordedStates.Listed(first.Iterations), RecordedStates.Listed(second.Iterations));
        Require("the block of attention", Text(first.Block), Text(second.Block));
        RequireSame("attention weights", first.Weights, second.Weights);
        return first;
    }

    /// <summary>NaN equals NaN here.</summary>
    static void RequireSame(string what, float[]? first, float[]? second)
    {
        if (!first.AsSpan().SequenceEqual(second))
            throw Unlike(what);
    }

    static ArgumentException Unlike(string what) => new(
        $"The recordings say the same of how they were made, but their {what} differ: one of them was made otherwise. Leave that section out of one.");

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

    static string Text<T>(T value)
        where T : IFormattable => value.ToString(null, CultureInfo.InvariantCulture);
}
