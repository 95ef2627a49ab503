using System;
using System.Numerics;
using Muninn.Engine.Randomness;

namespace Muninn.Engine.Training.Data;

/// <summary>An order of the numbers from 0 to below a count, drawn from (seed, epoch) and never written down.</summary>
/// <remarks>
/// A Feistel network over the next power of four, whose rounds are Philox; where it leaves the range it is applied again until it is back
/// (cycle walking; Black and Rogaway, 2002). A bijection for any round function; on average it is applied less than four times.
/// </remarks>
public readonly struct DocumentOrder
{
    const int Rounds = 6;

    readonly ulong _seed;
    readonly ulong _epoch;
    readonly ulong _count;
    readonly int _halfBits;

    /// <summary>The order of an epoch.</summary>
    /// <param name="seed">Which of all sequences of orders.</param>
    /// <param name="epoch">How often all have been gone through before, below 2⁵⁶.</param>
    /// <param name="count">How many numbers, 1 … 2⁶².</param>
    public DocumentOrder(ulong seed, long epoch, long count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(epoch);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(epoch, (1L << 56) - 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, 1L << 62);
        (_seed, _epoch, _count) = (seed, (ulong)epoch, (ulong)count);
        int bits = 64 - BitOperations.LeadingZeroCount(_count - 1);
        _halfBits = Math.Max(1, (bits + 1) / 2);
    }

    /// <summary>Which number comes at a place.</summary>
    /// <param name="place">From 0 to below the count.</param>
    public long At(long place)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(place);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((ulong)place, _count, nameof(place));
        ulong number = (ulong)place;
        do number = Shuffle(number);
        while (number >= _count);
        return (long)number;
    }

    ulong Shuffle(ulong number)
    {
        ulong mask = (1UL << _halfBits) - 1;
        ulong left = number >> _halfBits, right = number & mask;
        for (uint round = 0; round < Rounds; round++)
        {
            var drawn = CounterRandom.Philox(_seed, (uint)right, (uint)_epoch, (uint)RandomStream.Documents, round | (uint)(_epoch >> 32) << 8);
            (left, right) = (right, (left ^ drawn.X0) & mask);
        }

        return left << _halfBits | right;
    }
}
