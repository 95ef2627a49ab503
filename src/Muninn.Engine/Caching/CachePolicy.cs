using System;

namespace Muninn.Engine.Caching;

/// <summary>What a row reads of an earlier position that has stopped before it wrote the entry the row asks for.</summary>
public enum MissingEntries
{
    /// <summary>The entry of the last iteration that the position ran: it has come to rest there.</summary>
    LatestAvailable,

    /// <summary>Nothing: the position is left out of attention. The original's <c>full</c> and <c>skip</c>.</summary>
    LeftOut,

    /// <summary>As soon as one position lacks its entry, of every position the last one. The original's <c>always-last</c>.</summary>
    AlwaysLatest,
}

/// <summary>
/// Which entries of the core's attention a sequence keeps: iteration → slot. Each block of a slot has its own entry.
/// A later iteration overwrites what an earlier one wrote to the same slot.
/// </summary>
/// <remarks>
/// Prelude and coda keep one entry for each position and block, whatever the policy. Iterations count from 0 here, as steps
/// of a pass do: iteration i turns s_i into s_{i+1}. A slot is first written by the iteration of its own number.
/// </remarks>
public abstract record CachePolicy
{
    /// <summary>Every iteration keeps its own entries: what the model is trained with. Memory grows with the limit.</summary>
    public static CachePolicy PerIteration { get; } = new PerIterationCache();

    /// <summary>One slot, overwritten by every iteration: the smallest memory, whatever the limit.</summary>
    public static CachePolicy LatestOnly { get; } = new SharedCache(1);

    /// <summary>What is read of a position that stopped early.</summary>
    public MissingEntries Missing { get; init; } = MissingEntries.LatestAvailable;

    /// <summary>Iteration i writes slot i mod <paramref name="slots"/>.</summary>
    /// <param name="slots">At least 1.</param>
    public static CachePolicy Shared(int slots) => new SharedCache(slots);

    /// <summary>The first iterations keep slots of their own, all later ones take turns in the others.</summary>
    /// <param name="first">Iterations with a slot of their own, at least 1.</param>
    /// <param name="slots">Slots of the rest, at least 1.</param>
    public static CachePolicy Anchored(int first, int slots) => new AnchoredCache(first, slots);

    /// <summary>Whether blocks share entries: then no other rows may stand beside its own.</summary>
    internal virtual bool SharesBetweenBlocks => false;

    /// <summary>Slots that a sequence needs at most.</summary>
    /// <param name="limit">Most iterations of a row, at least 0.</param>
    public abstract int Slots(int limit);

    /// <summary>Slot of an iteration.</summary>
    /// <param name="iteration">Iterations behind the row, from 0.</param>
    protected abstract int Slot(int iteration);

    /// <summary>Entries of all blocks that a sequence needs at most.</summary>
    internal virtual int Entries(int limit, int blocks) => checked(Slots(limit) * blocks);

    /// <summary>The entry that a block writes and reads in an iteration, 0 … <see cref="Entries"/> − 1.</summary>
    internal virtual int Entry(int iteration, int block, int blocks) => Slot(iteration) * blocks + block;

    /// <summary>The first iteration that writes an entry.</summary>
    internal virtual int FirstIteration(int entry, int blocks) => entry / blocks;
}

/// <summary>A slot for every iteration.</summary>
sealed record PerIterationCache : CachePolicy
{
    public override int Slots(int limit) => limit;

    public override string ToString() => "per-iteration";

    protected override int Slot(int iteration) => iteration;
}

/// <summary>Slots in turn.</summary>
sealed record SharedCache : CachePolicy
{
    readonly int _count;

    internal SharedCache(int count)
    {
        if (count < 1)
            throw new ArgumentOutOfRangeException(nameof(count), $"A shared cache has {count} slots; give it at least 1.");
        _count = count;
    }

    public override int Slots(int limit) => Math.Min(limit, _count);

    public override string ToString() => _count == 1 ? "latest" : $"shared:{_count}";

    protected override int Slot(int iteration) => iteration % _count;
}

/// <summary>Own slots first, then slots in turn.</summary>
sealed record AnchoredCache : CachePolicy
{
    readonly int _first;
    readonly int _count;

    internal AnchoredCache(int first, int count)
    {
        if (first < 1 || count < 1)
            throw new ArgumentOutOfRangeException(nameof(first),
                $"An anchored cache of {first} first slots and {count} others does not exist; give at least 1 of each.");
        _first = first;
        _count = count;
    }

    public override int Slots(int limit) => (int)Math.Min(limit, (long)_first + _count);

    public override string ToString() => $"anchored:{_first},{_count}";

    protected override int Slot(int iteration) => iteration < _first ? iteration : _first + (iteration - _first) % _count;
}
