using System;
using System.Numerics;
using Muninn.Kernels;

namespace Muninn.Engine.Generation;

/// <summary>
/// Finds the last token that top-k, top-p and min-p leave. Each of them keeps a beginning of the tokens in the order of
/// <see cref="RankedLogits"/>, so all three together do: the shortest.
/// </summary>
/// <remarks>
/// Nothing is sorted. Passes over the logits narrow down between which two of them the border lies; when few are left in between,
/// they are gathered, and the border is found among them by partitioning.
/// </remarks>
ref struct TokenHead(ReadOnlySpan<float> logits, float largest, float temperature, ReadOnlySpan<float> weights, Span<ulong> memory)
{
    /// <summary>Distances below the largest logit, in temperatures, at which the border is looked for; beyond, e^−x is 0 in float.</summary>
    const float NearestBand = 2;
    const float FarthestBand = 128;

    /// <summary>So few ranks are gathered and partitioned in the time of a pass over the logits.</summary>
    const int FewRanks = 512;

    /// <summary>Sums in another order agree to this; a sum so near to its target decides nothing.</summary>
    const double SumTolerance = 1e-11;

    readonly ReadOnlySpan<float> _logits = logits;
    readonly ReadOnlySpan<float> _weights = weights;
    readonly Span<ulong> _memory = memory;

    /// <summary>All logits from here on stay.</summary>
    float _above;

    /// <summary>How many those are, and what they sum up to.</summary>
    int _countAbove;
    double _sumAbove;

    /// <summary>The border lies from here on.</summary>
    float _least;
    int _countFromLeast;

    /// <summary>What a step sums up to its target.</summary>
    enum Measure
    {
        Tokens,
        Weights,
    }

    /// <summary>The rank of the last token that stays; an id of −1 stands for all tokens with its logit.</summary>
    /// <param name="sampler">The three steps.</param>
    /// <param name="total">Sum of the weights.</param>
    internal ulong Last(FilteredSampler sampler, double total)
    {
        ulong last = ulong.MaxValue;
        double left = total;
        if (sampler.TopK > 0 && sampler.TopK < _logits.Length)
        {
            // Whatever has the logit of the k-th stays, too.
            last = LastUpTo(sampler.TopK, Measure.Tokens, NucleusRule.KeepCrossing) | uint.MaxValue;
            if (sampler.Nucleus == NucleusRule.KeepCrossing && sampler.TopP < 1)
                left = Softmax.From(_logits, _weights, RankedLogits.LogitOf(last)).Sum;
        }

        if (sampler.TopP < 1)
            last = Math.Min(last, LastUpTo(sampler.TopP * left, Measure.Weights, sampler.Nucleus));
        return sampler.MinP > 0 ? Math.Min(last, RankOfAll(LeastLogit(sampler.MinP))) : last;
    }

    /// <summary>The lowest logit with e^((logit − largest) / temperature) ≥ min-p.</summary>
    readonly float LeastLogit(double minP)
    {
        double border = largest + temperature * Math.Log(minP);
        float least = (float)border;
        return least < border ? MathF.BitIncrement(least) : least;
    }

    /// <summary>The last rank of the beginning that a rule keeps: the first at least.</summary>
    ulong LastUpTo(double target, Measure measure, NucleusRule rule)
    {
        _above = MathF.BitIncrement(largest);
        (_countAbove, _sumAbove) = (0, 0);
        _least = float.NegativeInfinity;
        _countFromLeast = _logits.Length;
        for (float band = NearestBand; band <= FarthestBand && float.IsNegativeInfinity(_least); band *= 2)
            Look((float)(largest - (double)band * temperature), target, measure);
        while (_countFromLeast - _countAbove > FewRanks && !float.IsNegativeInfinity(_least))
        {
            float middle = _least / 2 + _above / 2;
            if (!(middle > _least && middle < _above) || !Look(middle, target, measure)) break;
        }

        var ranks = _memory[..RankedLogits.Gather(_logits, _least, _above, _memory)];
        return LastWithin(ranks, target, measure, rule) ?? (_countAbove > 0 ? RankOfAll(_above) : Smallest(ranks));
    }

    /// <summary>Puts one of the two limits here; false if this logit is too near the border to say which.</summary>
    bool Look(float logit, double target, Measure measure)
    {
        var (count, weight) = Softmax.From(_logits, _weights, logit);
        double sum = measure == Measure.Tokens ? count : weight;
        if (sum > target * (1 + SumTolerance))
            (_least, _countFromLeast) = (logit, count);
        else if (sum < target * (1 - SumTolerance))
            (_above, _countAbove, _sumAbove) = (logit, count, sum);
        else
            return false;
        return true;
    }

    /// <summary>The last rank that a rule keeps, of those between the two limits; null if it keeps none of them.</summary>
    /// <param name="ranks">In any order; partly ordered here.</param>
    /// <param name="target">Up to which sum.</param>
    /// <param name="measure">Of what.</param>
    /// <param name="rule">What becomes of the token that crosses it.</param>
    readonly ulong? LastWithin(Span<ulong> ranks, double target, Measure measure, NucleusRule rule)
    {
        int from = 0;
        int to = ranks.Length;
        double before = _sumAbove;
        int rounds = 2 * BitOperations.Log2((uint)ranks.Length) + 4;
        while (from < to)
        {
            // Unlucky pivots: sorted, the middle ones are the best.
            if (rounds-- == 0) ranks[from..to].Sort();
            int pivot = from + Partition(ranks[from..to]);
            double sum = before + SumOf(ranks[from..pivot], measure);
            double with = sum + SumOf(ranks[pivot..(pivot + 1)], measure);
            bool isKept = rule == NucleusRule.DropCrossing ? with <= target : sum < target;
            if (isKept)
                (before, from) = (with, pivot + 1);
            else
                to = pivot;
        }

        // Everything before "from" is kept; what partitioning put last there is the largest of it.
        return from == 0 ? null : ranks[from - 1];
    }

    readonly double SumOf(ReadOnlySpan<ulong> ranks, Measure measure)
    {
        if (measure == Measure.Tokens) return ranks.Length;
        double sum = 0;
        foreach (ulong rank in ranks) sum += _weights[RankedLogits.IdOf(rank)];
        return sum;
    }

    /// <summary>Smaller ranks before the median of three, larger behind it; returns its place.</summary>
    static int Partition(Span<ulong> ranks)
    {
        ulong a = ranks[0];
        ulong b = ranks[ranks.Length / 2];
        ulong c = ranks[^1];
        ulong pivot = Math.Max(Math.Min(a, b), Math.Min(Math.Max(a, b), c));
        int low = 0;
        int high = ranks.Length - 1;
        // No rank comes twice: the two meet at the pivot.
        while (true)
        {
            while (ranks[low] < pivot) low++;
            while (ranks[high] > pivot) high--;
            if (low >= high) return low;
            (ranks[low], ranks[high]) = (ranks[high], ranks[low]);
        }
    }

    static ulong RankOfAll(float logit) => RankedLogits.RankOf(logit, -1);

    static ulong Smallest(ReadOnlySpan<ulong> ranks)
    {
        ulong smallest = ulong.MaxValue;
        foreach (ulong rank in ranks) smallest = Math.Min(smallest, rank);
        return smallest;
    }
}
