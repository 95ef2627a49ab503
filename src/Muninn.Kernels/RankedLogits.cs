using System;
using System.Numerics;
using V = System.Runtime.Intrinsics.Vector512;

namespace Muninn.Kernels;

/// <summary>
/// The order in which tokens are taken: larger logits first, of equal ones the lower id. A token's rank is one whole number, lower
/// for what comes first; no two tokens share one.
/// </summary>
public static unsafe class RankedLogits
{
    /// <summary>The rank of a token with this logit and id. Zeros of either sign are equal.</summary>
    /// <param name="logit">Any number.</param>
    /// <param name="id">At least 0.</param>
    public static ulong RankOf(float logit, int id)
    {
        var bits = BitConverter.SingleToUInt32Bits(logit + 0f);
        // Ascending as the logit falls: numbers above zero have all bits but the sign turned, those below none.
        var falling = (bits & 0x80000000) == 0 ? bits ^ 0x7FFFFFFF : bits;
        return ((ulong)falling << 32) | (uint)id;
    }

    /// <summary>The id of which this is the rank.</summary>
    /// <param name="rank">What <see cref="RankOf"/> gave.</param>
    public static int IdOf(ulong rank) => (int)(uint)rank;

    /// <summary>The logit of which this is the rank.</summary>
    /// <param name="rank">What <see cref="RankOf"/> gave.</param>
    public static float LogitOf(ulong rank)
    {
        var falling = (uint)(rank >> 32);
        return BitConverter.UInt32BitsToSingle((falling & 0x80000000) == 0 ? falling ^ 0x7FFFFFFF : falling);
    }

    /// <summary>Writes the ranks of all least ≤ x[i] &lt; above, in order of i; returns how many.</summary>
    /// <param name="logits">x, <c>[vocabulary]</c>.</param>
    /// <param name="least">The lowest logit that is meant.</param>
    /// <param name="above">The lowest logit that is not meant any more.</param>
    /// <param name="ranks">As many as there are such logits, at most <c>[vocabulary]</c>; overwritten.</param>
    /// <exception cref="ArgumentException">The ranks are shorter than the logits.</exception>
    public static int Gather(ReadOnlySpan<float> logits, float least, float above, Span<ulong> ranks)
    {
        Guard.Holds(ranks.Length, logits.Length, "[vocabulary]");
        var count = 0;
        var i = 0;
        fixed (float* x = logits)
        {
            for (; i + Lanes.Count <= logits.Length; i += Lanes.Count)
            {
                var lanes = V.Load(x + i);
                var isMeant = V.GreaterThanOrEqual(lanes, V.Create(least)) & V.LessThan(lanes, V.Create(above));
                var bits = V.ExtractMostSignificantBits(isMeant);
                for (; bits != 0; bits &= bits - 1)
                {
                    var id = i + BitOperations.TrailingZeroCount(bits);
                    ranks[count++] = RankOf(x[id], id);
                }
            }
        }

        for (; i < logits.Length; i++)
        {
            if (logits[i] >= least && logits[i] < above) ranks[count++] = RankOf(logits[i], i);
        }

        return count;
    }
}
