using System;
using Muninn.Kernels;

namespace Muninn.Engine.Generation;

/// <summary>A token and how likely the model itself held it.</summary>
/// <param name="Token">Its id.</param>
/// <param name="LogProbability">Natural logarithm of its probability: softmax of the raw logits.</param>
public readonly record struct TokenLogProbability(int Token, float LogProbability);

/// <summary>Logarithms of the probabilities that raw logits give: no bias, penalty, temperature or filter.</summary>
public static class LogProbabilities
{
    /// <summary>logits[token] − ln Σ eˣ; NaN where a logit is NaN or +∞, or all are −∞.</summary>
    /// <param name="logits">Raw logits, <c>[vocabulary]</c>.</param>
    /// <param name="token">Its id.</param>
    public static float Of(ReadOnlySpan<float> logits, int token)
    {
        float logit = logits[token];
        float largest = Softmax.Largest(logits);
        return float.IsFinite(largest) ? (float)((double)logit - largest - Math.Log(Softmax.Total(logits, largest))) : float.NaN;
    }

    /// <summary>The most likely tokens, the likeliest first, of equally likely ones the lower id.</summary>
    /// <param name="logits">Raw logits, <c>[vocabulary]</c>.</param>
    /// <param name="top">How many are wanted; overwritten.</param>
    /// <returns>
    /// How many there are: fewer than wanted if fewer tokens are above −∞, none where a logit is NaN or +∞.
    /// </returns>
    /// <remarks>Cost: two passes over the logits, and for each of few thousand insertions at most a move within the list.</remarks>
    public static int Top(ReadOnlySpan<float> logits, Span<TokenLogProbability> top)
    {
        float largest = Softmax.Largest(logits);
        if (!float.IsFinite(largest) || top.IsEmpty) return 0;

        // Logits first; what is at the end of the list decides what else comes into it.
        int count = 0;
        float bar = float.NegativeInfinity;
        for (int id = 0; id < logits.Length; id++)
        {
            int next = Softmax.IndexAbove(logits[id..], bar);
            if (next < 0) break;
            id += next;
            if (count < top.Length) count++;
            Insert(top[..count], new(id, logits[id]));
            if (count == top.Length) bar = top[^1].LogProbability;
        }

        double logarithm = Math.Log(Softmax.Total(logits, largest));
        foreach (ref var entry in top[..count])
            entry = entry with { LogProbability = (float)((double)entry.LogProbability - largest - logarithm) };
        return count;
    }

    /// <summary>Puts an entry in its place, behind those that are as large; the last one is lost.</summary>
    static void Insert(Span<TokenLogProbability> sorted, TokenLogProbability entry)
    {
        int place = sorted.Length - 1;
        while (place > 0 && sorted[place - 1].LogProbability < entry.LogProbability) place--;
        sorted[place..^1].CopyTo(sorted[(place + 1)..]);
        sorted[place] = entry;
    }
}
