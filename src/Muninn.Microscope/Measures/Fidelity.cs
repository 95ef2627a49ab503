using System;
using System.Collections.Generic;
using System.Linq;
using Muninn.Microscope.Trajectories;

namespace Muninn.Microscope.Measures;

/// <summary>What a model did with one prompt: states on the way, and logits at the end.</summary>
/// <param name="Trajectory">Raw states of some iterations.</param>
/// <param name="Logits">Logits after the last one, <c>[positions, vocabulary]</c>.</param>
public sealed record PromptOutcome(Trajectory Trajectory, float[] Logits);

/// <summary>How near the states of two models are after one iteration, over all tokens.</summary>
/// <param name="Iteration">The iteration.</param>
/// <param name="DistanceMean">Mean over tokens of ‖s − r‖ / ‖r‖, r the reference.</param>
/// <param name="DistanceWorst">The largest of them.</param>
/// <param name="CosineMean">Mean over tokens of the cosine between s and r.</param>
/// <param name="CosineWorst">The smallest of them.</param>
public sealed record StateFidelity(int Iteration, double DistanceMean, double DistanceWorst, double CosineMean, double CosineWorst)
{
    /// <summary>Tokens whose two states are equal to the bit; no quartile counts them.</summary>
    public int Equal { get; init; }

    /// <summary>The middle half of ‖s − r‖ / ‖r‖, of the tokens whose states differ.</summary>
    public Quartiles Distance { get; init; }

    /// <summary>The middle half of 1 − cosine, 0 or more, of the same tokens.</summary>
    public Quartiles CosineDistance { get; init; }
}

/// <summary>How faithfully one model follows another that started at the same states with the same prompts.</summary>
public sealed record Fidelity
{
    /// <summary>States, by iteration, ascending.</summary>
    public required IReadOnlyList<StateFidelity> States { get; init; }

    /// <summary>Tokens compared, over all prompts.</summary>
    public required int Tokens { get; init; }

    /// <summary>Mean over tokens of Σ p · ln(p / q), in nats: p the reference's distribution of the next token, q the other's.</summary>
    public required double DivergenceMean { get; init; }

    /// <summary>The largest divergence of a token.</summary>
    public required double DivergenceWorst { get; init; }

    /// <summary>Share of tokens, 0 … 1, after which both find the same next token the likeliest.</summary>
    public required double TopAgreement { get; init; }

    /// <summary>Iterations at which states are worth comparing: 1, 2, 4 … and the horizon.</summary>
    /// <param name="horizon">The last one, at least 1.</param>
    public static IReadOnlyList<int> Iterations(int horizon)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(horizon, 1);
        var iterations = new List<int>();
        for (long iteration = 1; iteration < horizon; iteration *= 2) iterations.Add((int)iteration);
        return [.. iterations, horizon];
    }

    /// <summary>
    /// Iterations for a curve, every one at first and then four to a doubling: 1 … 8, 10, 11, 13, 16 … and the horizon. All of
    /// <see cref="Iterations"/> are among them; states of three times as many are held.
    /// </summary>
    /// <param name="horizon">The last one, at least 1.</param>
    public static IReadOnlyList<int> CurveIterations(int horizon)
    {
        const int ToDoubling = 4;
        ArgumentOutOfRangeException.ThrowIfLessThan(horizon, 1);
        var iterations = new SortedSet<int>(Iterations(horizon));
        for (int i = 0; Math.Pow(2, i / (double)ToDoubling) < horizon; i++)
            iterations.Add((int)Math.Round(Math.Pow(2, i / (double)ToDoubling)));
        return [.. iterations];
    }

    /// <summary>Compares what two models did with the same prompts. NaN where a state or a logit is no number.</summary>
    /// <param name="reference">The model that is right.</param>
    /// <param name="other">The model that follows it.</param>
    /// <exception cref="ArgumentException">None, or not the same prompts, iterations, widths or vocabularies.</exception>
    public static Fidelity Of(IReadOnlyList<PromptOutcome> reference, IReadOnlyList<PromptOutcome> other)
    {
        ArgumentNullException.ThrowIfNull(reference);
        ArgumentNullException.ThrowIfNull(other);
        Check(reference, other);
        var states = new List<StateFidelity>();
        foreach (int iteration in reference[0].Trajectory.Iterations)
        {
            var tokens = reference.Zip(other).SelectMany(pair => CompareStates(pair.First.Trajectory, pair.Second.Trajectory, iteration)).ToList();
            var apart = tokens.FindAll(static t => t.Distance != 0);
            states.Add(new StateFidelity(
                iteration, tokens.Average(static t => t.Distance), Worst(tokens.Select(static t => t.Distance)),
                tokens.Average(static t => t.Cosine), -Worst(tokens.Select(static t => -t.Cosine)))
            {
                Equal = tokens.Count - apart.Count,
                Distance = Quartiles.Of(apart.Select(static t => t.Distance)),
                // Rounding alone can lift a cosine above one.
                CosineDistance = Quartiles.Of(apart.Select(static t => Math.Max(0, 1 - t.Cosine))),
            });
        }

        var ends = reference.Zip(other).SelectMany(static pair => CompareLogits(pair.First, pair.Second)).ToList();
        return new Fidelity
        {
            States = states,
            Tokens = ends.Count,
            DivergenceMean = ends.Average(static end => end.Divergence),
            DivergenceWorst = Worst(ends.Select(static end => end.Divergence)),
            TopAgreement = ends.Average(static end => end.Agrees ? 1.0 : 0),
        };
    }

    static void Check(IReadOnlyList<PromptOutcome> reference, IReadOnlyList<PromptOutcome> other)
    {
        if (reference.Count == 0 || reference.Count != other.Count)
            throw new ArgumentException($"{reference.Count} and {other.Count} prompts cannot be compared; give the same, at least one.", nameof(other));
        foreach (var (a, b) in reference.Zip(other))
        {
            if (a.Trajectory.Positions != b.Trajectory.Positions || a.Trajectory.Width != b.Trajectory.Width || a.Logits.Length != b.Logits.Length
                || !a.Trajectory.Iterations.SequenceEqual(b.Trajectory.Iterations)
                || !a.Trajectory.Iterations.SequenceEqual(reference[0].Trajectory.Iterations))
                throw new ArgumentException(
                    $"[{a.Trajectory.Positions}, {a.Trajectory.Width}] states with {a.Logits.Length} logits and [{b.Trajectory.Positions}, "
                    + $"{b.Trajectory.Width}] states with {b.Logits.Length} logits cannot be compared; run the same prompts and iterations.", nameof(other));
        }
    }

    static IEnumerable<(double Distance, double Cosine)> CompareStates(Trajectory reference, Trajectory other, int iteration)
    {
        for (int position = 0; position < reference.Positions; position++)
        {
            var r = reference.State(iteration).Slice(position * reference.Width, reference.Width);
            var s = other.State(iteration).Slice(position * reference.Width, reference.Width);
            double squares = 0, otherSquares = 0, product = 0, difference = 0;
            for (int i = 0; i < r.Length; i++)
            {
                squares += (double)r[i] * r[i];
                otherSquares += (double)s[i] * s[i];
                product += (double)r[i] * s[i];
                difference += ((double)s[i] - r[i]) * ((double)s[i] - r[i]);
            }

            // Two states of zero agree.
            yield return difference == 0 ? (0, 1) : (Math.Sqrt(difference / squares), product / Math.Sqrt(squares * otherSquares));
        }
    }

    static IEnumerable<(double Divergence, bool Agrees)> CompareLogits(PromptOutcome reference, PromptOutcome other)
    {
        int vocabulary = reference.Logits.Length / reference.Trajectory.Positions;
        for (int position = 0; position < reference.Trajectory.Positions; position++)
        {
            var shift = NextTokenShift.Of(
                reference.Logits.AsSpan(position * vocabulary, vocabulary), other.Logits.AsSpan(position * vocabulary, vocabulary));
            yield return (shift.Divergence, shift.Before == shift.After);
        }
    }

    // Math.Max, unlike Enumerable.Max, keeps what is not a number, which is the worst of all.
    static double Worst(IEnumerable<double> values) => values.Aggregate(double.NegativeInfinity, static (worst, value) => Math.Max(worst, value));
}
