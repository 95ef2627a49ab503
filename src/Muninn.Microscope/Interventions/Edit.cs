using System;
using System.Globalization;
using System.Linq;
using Muninn.Microscope.Addresses;

namespace Muninn.Microscope.Interventions;

/// <summary>One change to the values of an address while a prompt is run: a record of what was done, and complete before the run begins.</summary>
/// <param name="At">Which values.</param>
public abstract record Edit(Address At)
{
    /// <summary>What is done, as it is typed: e.g. <c>scale(0.5)</c>.</summary>
    public abstract string Operation { get; }

    /// <summary>Refuses what cannot be done there.</summary>
    /// <param name="selection">What the address chooses.</param>
    /// <exception cref="AddressException">The message says why not.</exception>
    internal virtual void Require(Selection selection)
    {
    }

    /// <summary>The edit as it is typed.</summary>
    public sealed override string ToString() => $"{At}={Operation}";

    private protected static string Text(float number) => number.ToString("R", CultureInfo.InvariantCulture);

    private protected static void RequireFinite(Selection selection, float factor)
    {
        if (!float.IsFinite(factor))
            throw new AddressException($"{selection.Address}: the factor is {Text(factor)}; give a finite one.");
    }
}

/// <summary>x ← 0.</summary>
/// <param name="At">Which values.</param>
public sealed record ZeroEdit(Address At) : Edit(At)
{
    /// <inheritdoc/>
    public override string Operation => "zero";
}

/// <summary>x ← the mean of x over all positions of the prompt, at the same iteration and block, as they stand when their turn comes.</summary>
/// <param name="At">Which values; not of a pattern, whose rows see different numbers of places.</param>
/// <remarks>The mean tells a position of those behind it: what follows is no longer causal.</remarks>
public sealed record MeanEdit(Address At) : Edit(At)
{
    /// <inheritdoc/>
    public override string Operation => "mean";

    internal override void Require(Selection selection)
    {
        if (selection.Address is BlockAddress { Site: Engine.Model.BlockSite.Pattern })
            throw new AddressException(
                $"{selection.Address}: a mean over positions would look at places that a position does not see; use zero, scale or replace.");
    }
}

/// <summary>x ← factor · x.</summary>
/// <param name="At">Which values.</param>
/// <param name="Factor">Finite.</param>
public sealed record ScaleEdit(Address At, float Factor) : Edit(At)
{
    /// <inheritdoc/>
    public override string Operation => $"scale({Text(Factor)})";

    internal override void Require(Selection selection) => RequireFinite(selection, Factor);
}

/// <summary>x ← x + factor · given.</summary>
/// <param name="At">Which values.</param>
/// <param name="Given">What is added: one row for all, or all rows.</param>
/// <param name="Factor">Finite.</param>
public sealed record AddEdit(Address At, GivenValues Given, float Factor = 1) : Edit(At)
{
    /// <inheritdoc/>
    public override string Operation => Factor.Equals(1) ? $"add({Given.Origin})" : $"add({Given.Origin},{Text(Factor)})";

    internal override void Require(Selection selection)
    {
        RequireFinite(selection, Factor);
        Given.Require(selection);
    }
}

/// <summary>x ← given.</summary>
/// <param name="At">Which values.</param>
/// <param name="Given">What takes their place: one row for all, or all rows.</param>
public sealed record ReplaceEdit(Address At, GivenValues Given) : Edit(At)
{
    /// <inheritdoc/>
    public override string Operation => $"replace({Given.Origin})";

    internal override void Require(Selection selection) => Given.Require(selection);
}

/// <summary>x ← what another run computed at the same site, iterations, blocks and heads.</summary>
/// <param name="At">Which values.</param>
/// <param name="Map">Which position of the other run stands for which one here.</param>
/// <param name="Donor">The other run's values, captured at <see cref="DonorAddress"/>.</param>
public sealed record SwapEdit(Address At, PositionMap Map, CapturedValues Donor) : Edit(At)
{
    /// <inheritdoc/>
    public override string Operation => "swap";

    /// <summary>What to capture in the other run, so that its values can be put here.</summary>
    /// <param name="at">Which values are to be changed here.</param>
    /// <param name="map">Which position of the other run stands for which one here.</param>
    /// <param name="shape">What the run here has.</param>
    /// <param name="donor">What the other run has.</param>
    /// <exception cref="AddressException">A position has none to take from; the message says what the other run has.</exception>
    public static Address DonorAddress(Address at, PositionMap map, RunShape shape, RunShape donor)
    {
        ArgumentNullException.ThrowIfNull(at);
        ArgumentNullException.ThrowIfNull(map);
        ArgumentNullException.ThrowIfNull(shape);
        ArgumentNullException.ThrowIfNull(donor);
        var there = at.In(shape).Positions.ToArray().Select(here => map.There(here, shape.Positions, donor.Positions, at));
        return at with { Positions = IndexChoice.Of(there) };
    }

    internal override void Require(Selection selection)
    {
        var donor = Donor.Selection;
        // Iterations, blocks and heads are those of the same address: what may differ is where the other run was taken.
        if (!donor.Iterations.SequenceEqual(selection.Iterations) || !donor.Blocks.SequenceEqual(selection.Blocks)
            || !donor.Heads.SequenceEqual(selection.Heads) || donor.HasHeads != selection.HasHeads)
            throw new AddressException(
                $"{selection.Address} cannot take its values from {donor.Address}; capture the other run at the address that DonorAddress gives.");
        foreach (int position in selection.Positions)
        {
            int there = Map.There(position, selection.Shape.Positions, donor.Shape.Positions, At);
            if (donor.RowOf(there) < 0)
                throw new AddressException($"{At} takes position {position} from position {there}, which was not captured ({donor.Address}).");
        }
    }
}
