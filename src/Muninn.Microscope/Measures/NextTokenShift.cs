using System;

namespace Muninn.Microscope.Measures;

/// <summary>How the distribution of the next token differs between two sets of logits. NaN where a logit is no number.</summary>
/// <param name="Divergence">Σ p · ln(p / q), in nats: p of the first, q of the second.</param>
/// <param name="Before">Token that the first holds the likeliest; of equal ones the lower id.</param>
/// <param name="After">Token that the second holds the likeliest.</param>
/// <param name="LogProbabilityBefore">ln p of <paramref name="Before"/>.</param>
/// <param name="LogProbabilityAfter">ln q of the same token, <paramref name="Before"/>.</param>
public readonly record struct NextTokenShift(
    double Divergence, int Before, int After, double LogProbabilityBefore, double LogProbabilityAfter)
{
    /// <summary>Compares two sets of logits.</summary>
    /// <param name="before">The first, <c>[vocabulary]</c>.</param>
    /// <param name="after">The second, <c>[vocabulary]</c>.</param>
    /// <exception cref="ArgumentException">They are of different vocabularies.</exception>
    public static NextTokenShift Of(ReadOnlySpan<float> before, ReadOnlySpan<float> after)
    {
        if (before.Length != after.Length || before.IsEmpty)
            throw new ArgumentException($"{before.Length} and {after.Length} logits cannot be compared; give those of one vocabulary.", nameof(after));
        var (largestBefore, sumBefore) = Partition(before);
        var (largestAfter, sumAfter) = Partition(after);
        double logSumBefore = Math.Log(sumBefore);
        double logSumAfter = Math.Log(sumAfter);
        double divergence = 0;
        for (int token = 0; token < before.Length; token++)
        {
            double logP = before[token] - (double)before[largestBefore] - logSumBefore;
            double logQ = after[token] - (double)after[largestAfter] - logSumAfter;
            divergence += Math.Exp(logP) * (logP - logQ);
        }

        return new NextTokenShift(
            // Rounding can leave less than nothing of no difference.
            divergence < 0 ? 0 : divergence, largestBefore, largestAfter, -logSumBefore,
            after[largestBefore] - (double)after[largestAfter] - logSumAfter);
    }

    static (int Largest, double Sum) Partition(ReadOnlySpan<float> logits)
    {
        int largest = 0;
        for (int token = 1; token < logits.Length; token++)
        {
            if (logits[token] > logits[largest]) largest = token;
        }

        double sum = 0;
        foreach (float logit in logits) sum += Math.Exp(logit - (double)logits[largest]);
        return (largest, sum);
    }
}
