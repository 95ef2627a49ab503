using System;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Muninn.Engine.Recurrence;

/// <summary>One term of a sum over a row of logits, eight entries at a time.</summary>
interface ILogitTerm
{
    /// <summary>The terms of eight entries.</summary>
    /// <param name="logits">Eight logits.</param>
    /// <param name="before">The logits of the same tokens at the check before.</param>
    Vector512<double> Of(Vector512<double> logits, Vector512<double> before);
}

/// <summary>Passes over a row of logits, summed in double in an order of our own, the same on every machine.</summary>
static class LogitSums
{
    const int Lanes = 16;

    /// <summary>The largest logit; NaN where any is not finite.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static float Largest(ReadOnlySpan<float> logits)
    {
        var largest = Vector512.Create(float.NegativeInfinity);
        // x − x is 0 for finite numbers alone, and a sum that was NaN once remains so.
        var spoiled = Vector512<float>.Zero;
        int i = 0;
        for (; i + Lanes <= logits.Length; i += Lanes)
        {
            var x = Vector512.Create(logits.Slice(i, Lanes));
            largest = Vector512.ConditionalSelect(Vector512.GreaterThan(x, largest), x, largest);
            spoiled += x - x;
        }

        float best = float.NegativeInfinity;
        float bad = 0;
        for (int lane = 0; lane < Lanes; lane++)
        {
            best = Math.Max(best, largest[lane]);
            bad += spoiled[lane];
        }

        for (; i < logits.Length; i++)
        {
            best = Math.Max(best, logits[i]);
            bad += logits[i] - logits[i];
        }

        return bad + best;
    }

    /// <summary>Σ term(logits[t], before[t]) over the vocabulary.</summary>
    /// <param name="logits">Finite logits, <c>[vocabulary]</c>.</param>
    /// <param name="before">Finite logits of the check before, <c>[vocabulary]</c>.</param>
    /// <param name="term">What is summed.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static double Sum<TTerm>(ReadOnlySpan<float> logits, ReadOnlySpan<float> before, TTerm term)
        where TTerm : struct, ILogitTerm
    {
        var lower = Vector512<double>.Zero;
        var upper = Vector512<double>.Zero;
        int i = 0;
        for (; i + Lanes <= logits.Length; i += Lanes)
        {
            var x = Vector512.Create(logits.Slice(i, Lanes));
            var y = Vector512.Create(before.Slice(i, Lanes));
            lower += term.Of(Vector512.WidenLower(x), Vector512.WidenLower(y));
            upper += term.Of(Vector512.WidenUpper(x), Vector512.WidenUpper(y));
        }

        if (i < logits.Length)
        {
            Span<float> rest = stackalloc float[2 * Lanes];
            rest.Clear();
            logits[i..].CopyTo(rest);
            before[i..].CopyTo(rest[Lanes..]);
            var x = Vector512.Create(rest[..Lanes]);
            var y = Vector512.Create(rest[Lanes..]);
            var count = Vector512.Create((double)(logits.Length - i));
            var index = Vector512.Create(0.0, 1, 2, 3, 4, 5, 6, 7);
            lower += Below(index, count, term.Of(Vector512.WidenLower(x), Vector512.WidenLower(y)));
            upper += Below(index + Vector512.Create(8.0), count, term.Of(Vector512.WidenUpper(x), Vector512.WidenUpper(y)));
        }

        var eight = lower + upper;
        var four = eight.GetLower() + eight.GetUpper();
        var two = four.GetLower() + four.GetUpper();
        return two[0] + two[1];
    }

    static Vector512<double> Below(Vector512<double> index, Vector512<double> count, Vector512<double> terms) =>
        Vector512.ConditionalSelect(Vector512.LessThan(index, count), terms, Vector512<double>.Zero);
}

/// <summary>
/// What turns a row of logits into the distribution that a rule compares: p = softmax(logits), or, where a share is given, p
/// with every entry below that share of the largest replaced by 1 / vocabulary, and rescaled.
/// </summary>
/// <param name="LogSum">ln Σ exp(logit).</param>
/// <param name="Border">Logits below this are replaced; −∞: none.</param>
/// <param name="LogFloor">Logarithm of what replaces them, before rescaling.</param>
/// <param name="LogScale">Logarithm of the sum after replacing: 0 where nothing was.</param>
readonly record struct LogitMeasure(double LogSum, double Border, double LogFloor, double LogScale)
{
    /// <summary>
    /// Of no logits at all: every value that is computed with it is NaN, that of a logit which is NaN itself, and so below every
    /// border, included.
    /// </summary>
    internal static LogitMeasure None { get; } = new(double.NaN, double.NegativeInfinity, 0, double.NaN);

    /// <summary>Of logits that are all 0: the uniform distribution.</summary>
    internal static LogitMeasure Uniform(int vocabulary) => new(Math.Log(vocabulary), double.NegativeInfinity, 0, 0);

    /// <summary>Of a row; <see cref="None"/> where a logit is not finite.</summary>
    /// <param name="logits"><c>[vocabulary]</c>.</param>
    /// <param name="share">Entries below this share of the largest are replaced; 0: none.</param>
    internal static LogitMeasure Of(ReadOnlySpan<float> logits, double share)
    {
        double largest = LogitSums.Largest(logits);
        if (double.IsNaN(largest))
            return None;
        double logSum = largest + Math.Log(LogitSums.Sum(logits, logits, new ShareOfLargest(largest)));
        var plain = new LogitMeasure(logSum, double.NegativeInfinity, 0, 0);
        if (share <= 0)
            return plain;
        var replaced = plain with { Border = largest + Math.Log(share), LogFloor = -Math.Log(logits.Length) };
        return replaced with { LogScale = Math.Log(LogitSums.Sum(logits, logits, new Probability(replaced))) };
    }

    /// <summary>ln p of eight tokens.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal Vector512<double> LogProbability(Vector512<double> logits) => Vector512.ConditionalSelect(
        Vector512.GreaterThanOrEqual(logits, Vector512.Create(Border)),
        logits - Vector512.Create(LogSum), Vector512.Create(LogFloor)) - Vector512.Create(LogScale);

    /// <summary>exp(logit − largest).</summary>
    readonly struct ShareOfLargest(double largest) : ILogitTerm
    {
        readonly double _largest = largest;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector512<double> Of(Vector512<double> logits, Vector512<double> before) =>
            Vector512.Exp(logits - Vector512.Create(_largest));
    }

    /// <summary>p.</summary>
    readonly struct Probability(LogitMeasure measure) : ILogitTerm
    {
        readonly LogitMeasure _measure = measure;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public Vector512<double> Of(Vector512<double> logits, Vector512<double> before) =>
            Vector512.Exp(_measure.LogProbability(logits));
    }
}
