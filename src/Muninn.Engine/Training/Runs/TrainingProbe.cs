using System;
using System.Collections.Generic;

namespace Muninn.Engine.Training.Runs;

/// <summary>What may be wrong with a model that is trained.</summary>
public enum TrainingAlarm
{
    /// <summary>A loss, a state or a weight is infinite or NaN.</summary>
    NotFinite,

    /// <summary>The states of all tokens have become one.</summary>
    TokensAlike,

    /// <summary>Iterating changes nothing.</summary>
    RecurrenceIgnored,

    /// <summary>Iterating does not come to rest.</summary>
    Restless,
}

/// <summary>Whether a model still thinks: what its iterations do to the loss and to the states.</summary>
/// <remarks>The published model's first two runs died of states that were alike for all tokens, and of a recurrence that was ignored.</remarks>
public sealed record TrainingProbe
{
    /// <summary>Tokens whose states are so much alike have nothing left to tell apart.</summary>
    const double CorrelationMost = 0.95;

    /// <summary>Less than this share of the loss gained by iterating is nothing.</summary>
    const double GainLeast = 0.01;

    /// <summary>Steps below this share of the states are rounding.</summary>
    const double RoundingShare = 1e-6;

    /// <summary>r̄, the iterations that the others are compared with.</summary>
    public required int Mean { get; init; }

    /// <summary>The loss after one iteration, in nats.</summary>
    public required double LossAtOne { get; init; }

    /// <summary>The loss after r̄ iterations.</summary>
    public required double LossAtMean { get; init; }

    /// <summary>The loss after 2 r̄ iterations.</summary>
    public required double LossAtTwice { get; init; }

    /// <summary>√ mean s², over all entries of the states after 2 r̄ iterations.</summary>
    public required double StateScale { get; init; }

    /// <summary>‖s_i − s_{i−1}‖ / ‖s_i‖ over all rows, at 2 r̄.</summary>
    public required double Residual { get; init; }

    /// <summary>
    /// (‖s_2r̄ − s_2r̄₋₁‖ / ‖s_r̄ − s_r̄₋₁‖)^(1 / r̄): by what the step of all states shrinks in an iteration, which is the spectral radius ρ where
    /// one direction leads; NaN where the steps are all rounding.
    /// </summary>
    public required double Contraction { get; init; }

    /// <summary>The mean cosine between states of two tokens of one document; NaN where no document has two.</summary>
    public required double Correlation { get; init; }

    /// <summary>What is wrong, in words; empty where nothing is.</summary>
    public IEnumerable<(TrainingAlarm Alarm, string Text)> Alarms()
    {
        if (!double.IsFinite(LossAtMean))
            yield return (TrainingAlarm.NotFinite, FormattableString.Invariant(
                $"the loss is {LossAtMean}: a state or a weight is no longer finite; take an earlier checkpoint and a smaller rate"));
        if (Correlation > CorrelationMost)
            yield return (TrainingAlarm.TokensAlike, FormattableString.Invariant(
                $"states of different tokens have a cosine of {Correlation:F3}: they have collapsed into one; lower the rate, or look at norms and initialisation"));
        if (LossAtOne - LossAtMean < GainLeast * LossAtMean)
            yield return (TrainingAlarm.RecurrenceIgnored, FormattableString.Invariant(
                $"{Mean} iterations gain {LossAtOne - LossAtMean:F4} nats over one: the recurrence is ignored; early in a run this passes"));
        if (Contraction >= 1)
            yield return (TrainingAlarm.Restless, FormattableString.Invariant(
                $"steps of the states shrink by {Contraction:F3} an iteration, which is not at all: some states do not come to rest"));
    }

    internal static TrainingProbe Of(GradientPass pass, TrainingBatch batch, ReadOnlySpan<float> start, int mean, int width)
    {
        double one = pass.Evaluate(batch, start, 1);
        double atMean = pass.Evaluate(batch, start, mean);
        double early = Step(pass);
        double atTwice = pass.Evaluate(batch, start, 2 * mean);
        double late = Step(pass);
        double norm = Norm(pass.State);
        return new TrainingProbe
        {
            Mean = mean,
            LossAtOne = one,
            LossAtMean = atMean,
            LossAtTwice = atTwice,
            StateScale = norm / Math.Sqrt(pass.State.Length),
            Residual = late / norm,
            Contraction = late > RoundingShare * norm ? Math.Pow(late / early, 1.0 / mean) : double.NaN,
            Correlation = MeanCosine(pass.State, batch.Lengths.Span, width),
        };
    }

    static double Step(GradientPass pass)
    {
        double sum = 0;
        for (int i = 0; i < pass.State.Length; i++)
        {
            double difference = (double)pass.State[i] - pass.PreviousState[i];
            sum += difference * difference;
        }

        return Math.Sqrt(sum);
    }

    static double Norm(ReadOnlySpan<float> values)
    {
        double sum = 0;
        foreach (float value in values)
            sum += (double)value * value;
        return Math.Sqrt(sum);
    }

    /// <summary>Over all pairs of a document, from the length of the sum of its n unit vectors: (‖Σ‖² − n) / (n (n − 1)).</summary>
    static double MeanCosine(ReadOnlySpan<float> states, ReadOnlySpan<int> lengths, int width)
    {
        double sum = 0, pairs = 0;
        double[] direction = new double[width];
        int row = 0;
        foreach (int length in lengths)
        {
            Array.Clear(direction);
            for (int end = row + length; row < end; row++)
            {
                var state = states.Slice(row * width, width);
                double norm = Norm(state);
                for (int i = 0; i < width; i++)
                    direction[i] += state[i] / norm;
            }

            double squared = 0;
            foreach (double value in direction)
                squared += value * value;
            sum += squared - length;
            pairs += (double)length * (length - 1);
        }

        return pairs > 0 ? sum / pairs : double.NaN;
    }
}
