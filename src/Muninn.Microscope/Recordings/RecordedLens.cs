using System;
using System.Collections.Generic;
using System.Linq;

namespace Muninn.Microscope.Recordings;

/// <summary>What the coda reads from the states of some iterations: the likeliest next tokens at every position.</summary>
public sealed record RecordedLens
{
    /// <summary>Most tokens that are listed at a place.</summary>
    public const int TopMax = 1000;

    /// <summary>Iterations, ascending, <c>[m]</c>; the last one is the end to which the others are compared.</summary>
    public required int[] Iterations { get; init; }

    /// <summary>Positions of the prompt (T).</summary>
    public required int Positions { get; init; }

    /// <summary>Tokens listed at a place (k).</summary>
    public required int Top { get; init; }

    /// <summary>The likeliest next tokens, likeliest first, equals by id, <c>[m, T, k]</c>; −1 where logits were not finite.</summary>
    public required int[] Tokens { get; init; }

    /// <summary>ln p of those tokens, <c>[m, T, k]</c>.</summary>
    public required float[] LogProbabilities { get; init; }

    /// <summary>−Σ p ln p in nats, <c>[m, T]</c>.</summary>
    public required float[] Entropy { get; init; }

    /// <summary>Σ p ln(p / q) in nats, p at the last iteration of the table, q at this one, <c>[m, T]</c>.</summary>
    public required float[] Divergence { get; init; }

    /// <summary>Rank at this iteration of the token that is the likeliest at the last, 1: the likeliest, <c>[m, T]</c>; 0 where it has none.</summary>
    public required int[] Rank { get; init; }

    /// <summary>What to call the tokens that occur.</summary>
    public required IReadOnlyDictionary<int, string> Labels { get; init; }

    /// <summary>Writes logits of one iteration.</summary>
    /// <param name="iteration">The iteration.</param>
    /// <param name="logits"><c>[T, vocabulary]</c>, overwritten.</param>
    public delegate void FillLogits(int iteration, Span<float> logits);

    /// <summary>Reads the coda at some iterations.</summary>
    /// <param name="iterations">Iterations, in any order, at least one.</param>
    /// <param name="positions">Positions (T).</param>
    /// <param name="vocabulary">Tokens of the vocabulary.</param>
    /// <param name="top">Tokens listed at a place, 1 … <see cref="TopMax"/>; cut to the vocabulary.</param>
    /// <param name="logits">Gives the logits of an iteration; the last one is asked for first.</param>
    /// <param name="label">What to call a token.</param>
    public static RecordedLens Of(
        IReadOnlyList<int> iterations, int positions, int vocabulary, int top, FillLogits logits, Func<int, string> label)
    {
        ArgumentNullException.ThrowIfNull(iterations);
        ArgumentNullException.ThrowIfNull(logits);
        ArgumentNullException.ThrowIfNull(label);
        ArgumentOutOfRangeException.ThrowIfZero(iterations.Count, nameof(iterations));
        ArgumentOutOfRangeException.ThrowIfLessThan(top, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(top, TopMax);
        int[] ordered = [.. iterations.Distinct().Order()];
        top = Math.Min(top, vocabulary);
        int places = ordered.Length * positions;
        var table = new RecordedLens
        {
            Iterations = ordered,
            Positions = positions,
            Top = top,
            Tokens = new int[checked(places * top)],
            LogProbabilities = new float[places * top],
            Entropy = new float[places],
            Divergence = new float[places],
            Rank = new int[places],
            Labels = new Dictionary<int, string>(),
        };
        var last = new float[checked(positions * vocabulary)];
        var now = ordered.Length > 1 ? new float[last.Length] : last;
        logits(ordered[^1], last);
        for (int m = ordered.Length - 1; m >= 0; m--)
        {
            if (m < ordered.Length - 1)
                logits(ordered[m], now);
            ReadOnlySpan<float> values = m < ordered.Length - 1 ? now : last;
            for (int t = 0; t < positions; t++)
                table.Fill(m * positions + t, values.Slice(t * vocabulary, vocabulary), last.AsSpan(t * vocabulary, vocabulary));
        }

        return table with { Labels = table.Tokens.Where(static id => id >= 0).Distinct().Order().ToDictionary(static id => id, label) };
    }

    void Fill(int place, ReadOnlySpan<float> logits, ReadOnlySpan<float> final)
    {
        double normalizer = LogOfSum(logits);
        double finalNormalizer = LogOfSum(final);
        Span<int> tokens = Tokens.AsSpan(place * Top, Top);
        if (!double.IsFinite(normalizer))
        {
            tokens.Fill(-1);
            LogProbabilities.AsSpan(place * Top, Top).Fill(float.NaN);
            (Entropy[place], Divergence[place], Rank[place]) = (float.NaN, float.NaN, 0);
            return;
        }

        Likeliest(logits, tokens);
        for (int k = 0; k < Top; k++)
            LogProbabilities[place * Top + k] = (float)(logits[tokens[k]] - normalizer);
        double entropy = 0;
        double divergence = 0;
        int best = 0;
        for (int v = 0; v < logits.Length; v++)
        {
            double log = logits[v] - normalizer;
            double p = Math.Exp(log);
            entropy -= p > 0 ? p * log : 0;
            double finalLog = final[v] - finalNormalizer;
            double finalP = Math.Exp(finalLog);
            divergence += finalP > 0 ? finalP * (finalLog - log) : 0;
            best = final[v] > final[best] ? v : best;
        }

        Entropy[place] = (float)entropy;
        Divergence[place] = double.IsFinite(finalNormalizer) ? (float)Math.Max(0, divergence) : float.NaN;
        if (!double.IsFinite(finalNormalizer))
            return;
        int rank = 1;
        for (int v = 0; v < logits.Length; v++)
            rank += logits[v] > logits[best] || (logits[v].Equals(logits[best]) && v < best) ? 1 : 0;
        Rank[place] = rank;
    }

    /// <summary>ln Σ exp(x); NaN where a logit is NaN or +∞, or none is finite.</summary>
    static double LogOfSum(ReadOnlySpan<float> logits)
    {
        double largest = double.NegativeInfinity;
        foreach (float logit in logits)
        {
            if (float.IsNaN(logit))
                return double.NaN;
            largest = Math.Max(largest, logit);
        }

        if (!double.IsFinite(largest))
            return double.NaN;
        double sum = 0;
        foreach (float logit in logits)
            sum += Math.Exp(logit - largest);
        return largest + Math.Log(sum);
    }

    /// <summary>The ids of the largest logits, largest first, equals by id.</summary>
    static void Likeliest(ReadOnlySpan<float> logits, Span<int> tokens)
    {
        int count = 0;
        for (int v = 0; v < logits.Length; v++)
        {
            if (count == tokens.Length && !(logits[v] > logits[tokens[^1]]))
                continue;
            int at = count < tokens.Length ? count++ : count - 1;
            while (at > 0 && logits[v] > logits[tokens[at - 1]])
            {
                tokens[at] = tokens[at - 1];
                at--;
            }

            tokens[at] = v;
        }
    }
}
