using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Globalization;
using System.Linq;

namespace Muninn.Microscope.Addresses;

/// <summary>Neighbouring numbers, both ends included; an end may be counted from the last one, which is <c>^1</c>.</summary>
/// <param name="First">The first.</param>
/// <param name="Last">The last.</param>
public readonly record struct IndexRange(Index First, Index Last)
{
    /// <inheritdoc/>
    public override string ToString() => First.Equals(Last) ? Text(First) : $"{Text(First)}-{Text(Last)}";

    static string Text(Index index) => !index.IsFromEnd
        ? index.Value.ToString(CultureInfo.InvariantCulture)
        : index.Value == 1 ? "last" : $"last-{(index.Value - 1).ToString(CultureInfo.InvariantCulture)}";
}

/// <summary>Some of the numbers that a run has, chosen before it is known how many: all, or ranges. A set: order and repeats do not matter.</summary>
public sealed class IndexChoice
{
    IndexChoice(ImmutableArray<IndexRange> ranges) => Ranges = ranges;

    /// <summary>Every number there is.</summary>
    public static IndexChoice All { get; } = new([]);

    /// <summary>The last number alone.</summary>
    public static IndexChoice Last { get; } = new([new IndexRange(^1, ^1)]);

    /// <summary>The ranges; empty: all.</summary>
    public ImmutableArray<IndexRange> Ranges { get; }

    /// <summary>Whether every number is chosen, however many there are.</summary>
    public bool IsAll => Ranges.IsEmpty;

    /// <summary>Single numbers.</summary>
    /// <param name="indices">At least one.</param>
    public static IndexChoice Of(params IEnumerable<int> indices) => Of(indices.Select(static i => new IndexRange(i, i)));

    /// <summary>Ranges.</summary>
    /// <param name="ranges">At least one.</param>
    /// <exception cref="ArgumentException">There is none.</exception>
    public static IndexChoice Of(IEnumerable<IndexRange> ranges)
    {
        ImmutableArray<IndexRange> all = [.. ranges];
        return !all.IsEmpty ? new IndexChoice(all) : throw new ArgumentException("No number is chosen; choose one at least.", nameof(ranges));
    }

    /// <inheritdoc/>
    public override string ToString() => IsAll ? "*" : string.Join(',', Ranges);

    /// <summary>The numbers chosen among first … last, ascending, each once.</summary>
    /// <param name="first">The smallest that exists.</param>
    /// <param name="last">The largest that exists; below <paramref name="first"/> where there is none.</param>
    /// <param name="noun">What is counted, in the singular.</param>
    /// <param name="address">Whose choice it is, for messages.</param>
    /// <exception cref="AddressException">A number does not exist.</exception>
    internal int[] Among(int first, int last, string noun, Address address)
    {
        if (last < first)
            throw new AddressException($"{address} asks for {noun}s, and there are none.");
        if (IsAll)
            return [.. Enumerable.Range(first, last - first + 1)];
        var chosen = new SortedSet<int>();
        foreach (var range in Ranges)
        {
            int from = Resolve(range.First, last);
            int to = Resolve(range.Last, last);
            if (from < first || to > last || from > to)
            {
                string exists = first == last ? $"the only one here is {first}" : $"here they are {first} to {last}";
                throw new AddressException(
                    from > to && from <= last && to >= first
                        ? $"{address}: the range {range} runs backwards, because the last {noun} is {last}; {exists}."
                        : $"{address} asks for {noun} {(from == to ? $"{from}" : $"{from} to {to}")}; {exists}.");
            }

            for (int index = from; index <= to; index++)
                chosen.Add(index);
        }

        return [.. chosen];
    }

    static int Resolve(Index index, int last) => index.IsFromEnd ? last + 1 - index.Value : index.Value;
}
