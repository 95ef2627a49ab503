using System;
using System.Numerics;
using Muninn.Kernels;

namespace Muninn.Engine.Generation;

/// <summary>
/// Finds the last token that top-k, top-p and min-p leave. Each of them keeps a beginning of the tokens in the order of
/// <see cref="RankedLogits"/>, so all three together do: the shortest.
/// </summary>
/// <remarks>
/// Nothing is sorted. A few passes find how far below the largest logit the border lies, the tokens above that are gathered, usually
/// some dozens, and the border is found among them by partitioning.
/// </remarks>
static class TokenHead
{
    /// <summary>Distances below the largest logit, in temperatures, at which the border is looked for; beyond, e^−x is 0 in float.</summary>
    const float NearestBand = 2;
    const float FarthestBand = 128;

    /// <summary>The rank of the last token that stays.</summary>
    /// <param name="sampler">The three steps.</param>
    /// <param name="logits"><c>[vocabulary]</c>.</param>
    /// <param name="largest">The largest of them.</param>
    /// <param name="weights">e^((logit − largest) / temperature), <c>[vocabulary]</c>.</param>
    /// <param name="total">Their sum.</param>
    /// <param name="memory">Room for ranks, <c>[vocabulary]</c>.</param>
    internal static ulong Last(
        FilteredSampler sampler, ReadOnlySpan<float> logits, float largest, ReadOnlySpan<float> weights, double total, Span<ulong> memory)
    {
        ulong last = ulong.MaxValue;
        bool hasNucleus = sampler.TopP < 1;
        if (sampler.TopK > 0 && sampler.TopK < logits.Length)
        {
            var ranks = Gather(sampler, logits, largest, weights, sampler.TopK, 0, memory);
            // Whatever has the logit of the k-th stays, too.
            last = LastOf(ranks, [], sampler.TopK, NucleusRule.KeepCrossing) | uint.MaxValue;
            if (hasNucleus)
            {
                ranks = Until(ranks, last);
                double left = sampler.Nucleus == NucleusRule.DropCrossing ? total : SumOf(ranks, weights);
                last = LastOf(ranks, weights, sampler.TopP * left, sampler.Nucleus);
            }
        }
        else if (hasNucleus)
        {
            double target = sampler.TopP * total;
            last = LastOf(Gather(sampler, logits, largest, weights, 0, target, memory), weights, target, sampler.Nucleus);
        }

        return sampler.MinP > 0 ? Math.Min(last, RankedLogits.RankOf(LeastLogit(sampler, largest), -1)) : last;
    }

    /// <summary>The lowest logit with e^((logit − largest) / temperature) ≥ min-p.</summary>
    static float LeastLogit(FilteredSampler sampler, float largest)
    {
        double border = largest + sampler.Temperature * Math.Log(sampler.MinP);
        float least = (float)border;
        return least < border ? MathF.BitIncrement(least) : least;
    }

    /// <summary>The ranks of all tokens down to a logit by which there are enough of them, by number and by weight.</summary>
    static Span<ulong> Gather(
        FilteredSampler sampler, ReadOnlySpan<float> logits, float largest, ReadOnlySpan<float> weights, int count, double sum, Span<ulong> memory)
    {
        // More than enough, because sums in another order differ in their last digits.
        double enough = sum * (1 + 1e-9);
        for (float band = NearestBand; band <= FarthestBand; band *= 2)
        {
            float least = (float)(largest - (double)band * sampler.Temperature);
            var found = Softmax.From(logits, weights, least);
            if (found.Count >= count && found.Sum > enough)
                return memory[..RankedLogits.Gather(logits, least, memory)];
        }

        return memory[..RankedLogits.Gather(logits, float.NegativeInfinity, memory)];
    }

    /// <summary>The last rank of the beginning that a rule keeps: the first at least.</summary>
    /// <param name="ranks">In any order; partly ordered here.</param>
    /// <param name="weights">By token id; empty if every token counts 1.</param>
    /// <param name="target">Up to which sum.</param>
    /// <param name="rule">What becomes of the token that crosses it.</param>
    static ulong LastOf(Span<ulong> ranks, ReadOnlySpan<float> weights, double target, NucleusRule rule)
    {
        int from = 0;
        int to = ranks.Length;
        double before = 0;
        int rounds = 2 * BitOperations.Log2((uint)ranks.Length) + 4;
        while (from < to)
        {
            // Unlucky pivots: sorted, the middle ones are the best.
            if (rounds-- == 0) ranks[from..to].Sort();
            int pivot = from + Partition(ranks[from..to]);
            double sum = before + (weights.IsEmpty ? pivot - from : SumOf(ranks[from..pivot], weights));
            double weight = weights.IsEmpty ? 1 : weights[RankedLogits.IdOf(ranks[pivot])];
            bool isKept = rule == NucleusRule.DropCrossing ? sum + weight <= target : sum < target;
            if (isKept)
            {
                before = sum + weight;
                from = pivot + 1;
            }
            else
            {
                to = pivot;
            }
        }

        // Everything before "from" is kept; what partitioning put last there is the largest of it.
        return from == 0 ? Smallest(ranks) : ranks[from - 1];
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

    static double SumOf(ReadOnlySpan<ulong> ranks, ReadOnlySpan<float> weights)
    {
        double sum = 0;
        foreach (ulong rank in ranks) sum += weights[RankedLogits.IdOf(rank)];
        return sum;
    }

    /// <summary>Moves the ranks up to <paramref name="last"/> to the front.</summary>
    static Span<ulong> Until(Span<ulong> ranks, ulong last)
    {
        int count = 0;
        foreach (ulong rank in ranks)
        {
            if (rank <= last) ranks[count++] = rank;
        }

        return ranks[..count];
    }

    static ulong Smallest(ReadOnlySpan<ulong> ranks)
    {
        ulong smallest = ulong.MaxValue;
        foreach (ulong rank in ranks) smallest = Math.Min(smallest, rank);
        return smallest;
    }
}
