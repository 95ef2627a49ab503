using System;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Muninn.Engine.Recurrence;

/// <summary>The distribution p = softmax(logits) of one row of logits, measured once so that it can be compared with others.</summary>
/// <remarks>Sums run in double, in the order of the exit rules' own, the same on every machine.</remarks>
public readonly record struct LogitDistribution
{
    readonly LogitMeasure _measure;

    LogitDistribution(LogitMeasure measure) => _measure = measure;

    /// <summary>Measures a row.</summary>
    /// <param name="logits">Raw logits, <c>[vocabulary]</c>, at least one.</param>
    public static LogitDistribution Of(ReadOnlySpan<float> logits)
    {
        if (logits.IsEmpty)
            throw new ArgumentException("There are no logits; give one for every token.", nameof(logits));
        return new LogitDistribution(LogitMeasure.Of(logits, 0));
    }

    /// <summary>Whether every logit is finite; where one is not there is no distribution, and all numbers of it are NaN.</summary>
    public bool IsFinite => double.IsFinite(_measure.LogSum);

    /// <summary>ln p of a token, in nats.</summary>
    /// <param name="logit">Its logit.</param>
    public double LogProbability(float logit) => logit - _measure.LogSum;

    /// <summary>H = −Σ p ln p, in nats.</summary>
    /// <param name="logits">The row that was measured.</param>
    public double Entropy(ReadOnlySpan<float> logits) =>
        IsFinite ? -LogitSums.Sum(logits, logits, new Surprise(_measure)) : double.NaN;

    /// <summary>Σ r (ln r − ln p), in nats, at least 0: what it costs to expect p where r is right (Kullback and Leibler 1951).</summary>
    /// <param name="logits">The row that was measured.</param>
    /// <param name="reference">r.</param>
    /// <param name="referenceLogits">The row that <paramref name="reference"/> was measured from, as long.</param>
    public double DivergenceOf(ReadOnlySpan<float> logits, LogitDistribution reference, ReadOnlySpan<float> referenceLogits)
    {
        if (logits.Length != referenceLogits.Length)
            throw new ArgumentException(
                $"{logits.Length} logits cannot be compared with {referenceLogits.Length}; both rows need the same vocabulary.", nameof(referenceLogits));
        if (!IsFinite || !reference.IsFinite)
            return double.NaN;
        // Rounding can leave less than nothing of no difference.
        return Math.Max(0, LogitSums.Sum(logits, referenceLogits, new Excess(_measure, reference._measure)));
    }

    /// <summary>p ln p.</summary>
    readonly struct Surprise(LogitMeasure measure) : ILogitTerm
    {
        readonly LogitMeasure _measure = measure;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector512<double> Of(Vector512<double> logits, Vector512<double> before)
        {
            var logarithm = _measure.LogProbability(logits);
            return Vector512.Exp(logarithm) * logarithm;
        }
    }

    /// <summary>r (ln r − ln p).</summary>
    readonly struct Excess(LogitMeasure measure, LogitMeasure reference) : ILogitTerm
    {
        readonly LogitMeasure _measure = measure;
        readonly LogitMeasure _reference = reference;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector512<double> Of(Vector512<double> logits, Vector512<double> before)
        {
            var logarithm = _reference.LogProbability(before);
            return Vector512.Exp(logarithm) * (logarithm - _measure.LogProbability(logits));
        }
    }
}
