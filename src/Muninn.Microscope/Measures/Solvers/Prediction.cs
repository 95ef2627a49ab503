using System;

namespace Muninn.Microscope.Measures.Solvers;

/// <summary>Two predictions of the next token, held against each other.</summary>
static class Prediction
{
    /// <summary>Σ p · ln(p / q) in nats, sums in double, and whether both have the same likeliest token (the first of equals).</summary>
    /// <param name="reference">Logits of p.</param>
    /// <param name="other">Logits of q, as many.</param>
    /// <returns>NaN and false where a logit is not finite.</returns>
    public static (double Divergence, bool SameToken) Compare(ReadOnlySpan<float> reference, ReadOnlySpan<float> other)
    {
        var (largestP, sumP) = Partition(reference);
        var (largestQ, sumQ) = Partition(other);
        double divergence = 0;
        for (int token = 0; token < reference.Length; token++)
        {
            double logP = reference[token] - (double)reference[largestP] - Math.Log(sumP);
            double logQ = other[token] - (double)other[largestQ] - Math.Log(sumQ);
            divergence += Math.Exp(logP) * (logP - logQ);
        }

        if (!double.IsFinite(divergence))
            return (double.NaN, false);
        // Rounding can leave less than nothing of no difference.
        return (Math.Max(0, divergence), largestP == largestQ);
    }

    static (int Largest, double Sum) Partition(ReadOnlySpan<float> logits)
    {
        int largest = 0;
        for (int token = 1; token < logits.Length; token++)
        {
            if (logits[token] > logits[largest])
                largest = token;
        }

        double sum = 0;
        foreach (float logit in logits)
            sum += Math.Exp(logit - (double)logits[largest]);
        return (largest, sum);
    }
}
