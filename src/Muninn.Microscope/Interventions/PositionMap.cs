using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using Muninn.Microscope.Addresses;

namespace Muninn.Microscope.Interventions;

/// <summary>Which position of another prompt stands for which one here.</summary>
public abstract record PositionMap
{
    /// <summary>The same numbers: the prompts begin together.</summary>
    public static PositionMap Start { get; } = new StartMap();

    /// <summary>Counted from the last one: the prompts end together.</summary>
    public static PositionMap End { get; } = new EndMap();

    /// <summary>As listed.</summary>
    /// <param name="pairs">Here → there.</param>
    public static PositionMap Of(IReadOnlyDictionary<int, int> pairs) => new ListedMap(pairs.ToImmutableSortedDictionary());

    /// <summary>The map as it is typed: <c>start</c>, <c>end</c> or <c>3=5,4=6</c>.</summary>
    public abstract override string ToString();

    /// <summary>The position of the other prompt.</summary>
    /// <param name="here">A position here.</param>
    /// <param name="positions">Positions here.</param>
    /// <param name="donorPositions">Positions of the other prompt.</param>
    /// <param name="address">Who asks, for messages.</param>
    /// <exception cref="AddressException">There is none.</exception>
    internal int There(int here, int positions, int donorPositions, Address address)
    {
        int there = Of(here, positions, donorPositions, address);
        return there >= 0 && there < donorPositions
            ? there
            : throw new AddressException(
                $"{address} takes position {here} from position {there} of the other prompt, whose positions are 0 to {donorPositions - 1}; " +
                "name other positions, align the ends, or give a map.");
    }

    private protected abstract int Of(int here, int positions, int donorPositions, Address address);
}

sealed record StartMap : PositionMap
{
    public override string ToString() => "start";

    private protected override int Of(int here, int positions, int donorPositions, Address address) => here;
}

sealed record EndMap : PositionMap
{
    public override string ToString() => "end";

    private protected override int Of(int here, int positions, int donorPositions, Address address) => here - positions + donorPositions;
}

sealed record ListedMap(ImmutableSortedDictionary<int, int> Pairs) : PositionMap
{
    public override string ToString() => string.Join(',', Pairs.Select(static pair => $"{pair.Key}={pair.Value}"));

    private protected override int Of(int here, int positions, int donorPositions, Address address) => Pairs.TryGetValue(here, out int there)
        ? there
        : throw new AddressException($"{address} changes position {here}, but the map has only {this}; name that position, or add it to the map.");
}
