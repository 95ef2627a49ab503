using System;
using Muninn.Microscope.Addresses;

namespace Muninn.Microscope.Interventions;

/// <summary>Values that come from outside a run: a vector to steer by, or what was captured in another run.</summary>
public sealed class GivenValues
{
    /// <summary>Values to be added or put in place.</summary>
    /// <param name="values">One row, <c>[heads, columns]</c>, for every row of an address, or all of them, <c>[iterations, blocks, positions, heads, columns]</c>.</param>
    /// <param name="origin">Where they come from, for the record of what was done.</param>
    /// <exception cref="ArgumentException">A value is not finite.</exception>
    public GivenValues(ReadOnlyMemory<float> values, string origin)
    {
        ArgumentException.ThrowIfNullOrEmpty(origin);
        for (int i = 0; i < values.Length; i++)
        {
            if (!float.IsFinite(values.Span[i]))
                throw new ArgumentException($"{origin}: value {i} is {values.Span[i]}; give finite values.", nameof(values));
        }

        Values = values;
        Origin = origin;
    }

    /// <summary>The values.</summary>
    public ReadOnlyMemory<float> Values { get; }

    /// <summary>Where they come from.</summary>
    public string Origin { get; }

    /// <summary>The values of a row.</summary>
    internal ReadOnlySpan<float> Row(Selection selection, int group, int row) => Values.Length == selection.Columns
        ? Values.Span
        : Values.Span.Slice((group * selection.Positions.Length + row) * selection.Columns, selection.Columns);

    internal void Require(Selection selection)
    {
        if (Values.Length != selection.Columns && Values.Length != selection.Count)
            throw new AddressException(
                $"{Origin} has {Values.Length} values, but {selection.Address} wants {selection.Columns}, one row for all, or {selection.Count}, " +
                $"[{string.Join(", ", selection.Sizes)}].");
    }
}
