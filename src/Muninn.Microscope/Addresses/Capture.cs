using System;
using System.Collections.Generic;
using System.Linq;
using Muninn.Engine.Model;
using Muninn.Engine.Recurrence;

namespace Muninn.Microscope.Addresses;

/// <summary>The values of one address in one run.</summary>
public sealed class CapturedValues
{
    readonly float[] _values;
    readonly bool[] _seen;

    internal CapturedValues(Selection selection)
    {
        if (selection.Count > Array.MaxLength)
            throw new AddressException(
                $"{selection.Address} chooses {selection.Count} values; at most {Array.MaxLength} fit in one piece. Choose fewer iterations, " +
                "blocks or positions.");
        Selection = selection;
        _values = new float[selection.Count];
        _seen = new bool[selection.Groups * selection.Positions.Length];
    }

    /// <summary>Where the values come from, and their axes.</summary>
    public Selection Selection { get; }

    /// <summary>All values, <c>[iterations, blocks, positions, heads, columns]</c>.</summary>
    public ReadOnlyMemory<float> Values => _values;

    internal int Missing => _seen.Count(static seen => !seen);

    /// <summary>The values of one position, <c>[heads, columns]</c>.</summary>
    /// <param name="group">Number of the iteration and block: iteration by iteration, the blocks of each.</param>
    /// <param name="row">Number of the position in the selection.</param>
    public ReadOnlySpan<float> Row(int group, int row) =>
        _values.AsSpan((group * Selection.Positions.Length + row) * Selection.Columns, Selection.Columns);

    internal void Keep(int iteration, int block, int position, ReadOnlySpan<float> row)
    {
        int group = Selection.GroupOf(iteration, block);
        int number = Selection.RowOf(position);
        if (group < 0 || number < 0)
            return;
        int at = group * Selection.Positions.Length + number;
        if (_seen[at])
            throw new InvalidOperationException(
                $"{Selection.GroupAddress(group)} came a second time at position {position}; make a capture for each run, and ask for " +
                "logits once.");
        _seen[at] = true;
        Selection.Take(row, _values.AsSpan(at * Selection.Columns, Selection.Columns));
    }
}

/// <summary>
/// Keeps the values of some addresses during one run of one prompt. Hand <see cref="Sites"/> and <see cref="Observe"/> to the
/// run; where values are edited, what is kept is what the model went on with.
/// </summary>
public sealed class Capture
{
    readonly CapturedValues[] _values;
    readonly bool _hasStates;

    /// <summary>Room for the values, allocated at once.</summary>
    /// <param name="shape">What the run has.</param>
    /// <param name="addresses">What to keep.</param>
    /// <exception cref="AddressException">An address names something that the run does not have, or too much.</exception>
    public Capture(RunShape shape, IEnumerable<Address> addresses)
    {
        ArgumentNullException.ThrowIfNull(shape);
        ArgumentNullException.ThrowIfNull(addresses);
        Shape = shape;
        // All are looked up before memory is taken for the first.
        Selection[] selections = [.. addresses.Select(address => address.In(shape))];
        _values = [.. selections.Select(static selection => new CapturedValues(selection))];
        _hasStates = selections.Any(static selection => selection.Address is StateAddress);
        if (selections.Any(static selection => selection.Address is BlockAddress))
            Sites = new SiteWatch(Wants, Keep);
    }

    /// <summary>The run that it is made for.</summary>
    public RunShape Shape { get; }

    /// <summary>What is kept, in the order of the addresses; whole when the run is over.</summary>
    public IReadOnlyList<CapturedValues> Values => _values;

    /// <summary>For the run's sites; null where no address needs any.</summary>
    public SiteWatch? Sites { get; }

    /// <summary>Keeps states; an observer of the run.</summary>
    public void Observe(in IterationView iteration)
    {
        if (!_hasStates)
            return;
        for (int row = 0; row < iteration.Rows.Count; row++)
        {
            foreach (var values in _values)
            {
                if (values.Selection.Address is StateAddress)
                    values.Keep(iteration.Iteration, 0, iteration.Rows.Positions[row], iteration.State.Slice(row * iteration.Width, iteration.Width));
            }
        }
    }

    /// <summary>Checks that the run had all that was asked for.</summary>
    /// <exception cref="InvalidOperationException">It ended too early, or logits were never computed.</exception>
    public void RequireWhole()
    {
        foreach (var values in _values)
        {
            if (values.Missing > 0)
                throw new InvalidOperationException(
                    $"{values.Missing} rows of {values.Selection.Address} were never computed; run all {Shape.Limit} iterations without exits, " +
                    "and the logits where the coda is asked for.");
        }
    }

    bool Wants(SitePlace place, RowBatch rows)
    {
        foreach (var values in _values)
        {
            if (values.Selection.Wants(place, rows))
                return true;
        }

        return false;
    }

    void Keep(in SiteView view)
    {
        foreach (var values in _values)
        {
            if (values.Selection.Address is not BlockAddress address || address.Part != view.Place.Part || address.Site != view.Place.Site)
                continue;
            for (int row = 0; row < view.Rows.Count; row++)
                values.Keep(
                    SiteView.IterationOf(view.Place, view.Rows, row), view.Place.Block, view.Rows.Positions[row],
                    view.Values.Slice(row * view.Columns, view.Columns));
        }
    }
}
