using System;

namespace Muninn.Engine.Caching;

/// <summary>Caches of the original implementation that count blocks where ours count iterations.</summary>
/// <remarks>
/// With C blocks in the core, the original's <c>full</c> is <see cref="CachePolicy.PerIteration"/> with
/// <see cref="MissingEntries.LeftOut"/>, its <c>compress-s{n}</c> is <see cref="CachePolicy.Shared"/> with n / C slots, and
/// <c>compress-anchor</c> is <see cref="CachePolicy.Anchored"/> with 8 and 1. What stays is <c>compress-r{n}</c>.
/// </remarks>
public static class ReferenceCache
{
    /// <summary>The original's <c>compress-r{n}</c>: neighbouring blocks of the unrolled core share an entry, and show the last one's.</summary>
    /// <param name="blocks">Blocks that share, at least 1.</param>
    public static CachePolicy BlocksTogether(int blocks)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(blocks, 1);
        return new GroupedCache(blocks) { Missing = MissingEntries.LeftOut };
    }

    sealed record GroupedCache(int Size) : CachePolicy
    {
        internal override bool SharesBetweenBlocks => true;

        public override int Slots(int limit) => limit;

        public override string ToString() => $"reference:compress-r{Size}";

        protected override int Slot(int iteration) => iteration;

        internal override int Entries(int limit, int blocks) => checked((limit * blocks + Size - 1) / Size);

        internal override int Entry(int iteration, int block, int blocks) => (iteration * blocks + block) / Size;

        internal override int FirstIteration(int entry, int blocks) => entry * Size / blocks;
    }
}
