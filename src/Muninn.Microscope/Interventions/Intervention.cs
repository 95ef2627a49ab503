using System;
using System.Collections.Generic;
using System.Linq;
using Muninn.Engine.Checkpoints;
using Muninn.Engine.Model;
using Muninn.Engine.Recurrence;
using Muninn.Microscope.Addresses;

namespace Muninn.Microscope.Interventions;

/// <summary>
/// Edits of one run of one prompt. Hand <see cref="Sites"/> and <see cref="States"/> to the run. Edits of the same values are
/// made in the order given; of different values, in the order in which the model computes them.
/// </summary>
public sealed class Intervention
{
    readonly ActiveEdit[] _edits;

    /// <summary>Looks up all addresses; nothing is changed yet.</summary>
    /// <param name="shape">What the run has.</param>
    /// <param name="edits">What to do, in order.</param>
    /// <exception cref="AddressException">An address names something that the run does not have, or something cannot be done there.</exception>
    public Intervention(RunShape shape, IReadOnlyList<Edit> edits)
    {
        ArgumentNullException.ThrowIfNull(shape);
        ArgumentNullException.ThrowIfNull(edits);
        Shape = shape;
        Edits = [.. edits];
        _edits = [.. edits.Select(edit => new ActiveEdit(edit, shape))];
        if (edits.Any(static edit => edit.At is BlockAddress))
            Sites = new SiteChange(Wants, Change);
        if (edits.Any(static edit => edit.At is StateAddress))
            States = Change;
    }

    /// <summary>The run that it is made for.</summary>
    public RunShape Shape { get; }

    /// <summary>What is done, in order.</summary>
    public IReadOnlyList<Edit> Edits { get; }

    /// <summary>For the run's sites; null where no edit needs any.</summary>
    public SiteChange? Sites { get; }

    /// <summary>For the run's states; null where no edit needs any.</summary>
    public StateEdit? States { get; }

    /// <summary>
    /// Whether the last pass through the core is edited, or what is injected into it: then what the run comes to rest at, if it
    /// does, is a fixed point of the edited model.
    /// </summary>
    public bool ActsToTheEnd => _edits.Any(edit => edit.Selection.Address is BlockAddress address
        && (address.Part == ModelPart.Prelude
            || (address.Part == ModelPart.Core && edit.Selection.Iterations[^1] == Shape.Limit)));

    /// <summary>Checks that every row of every edit was changed.</summary>
    /// <exception cref="InvalidOperationException">The run ended too early, or logits were never computed.</exception>
    public void RequireDone()
    {
        foreach (var edit in _edits)
        {
            int rows = edit.Selection.Groups * edit.Selection.Positions.Length;
            if (edit.Done != rows)
                throw new InvalidOperationException(
                    $"{edit.Edit} changed {edit.Done} rows in place of {rows}; run all {Shape.Limit} iterations once, without exits, and the " +
                    "logits where the coda is changed.");
        }
    }

    bool Wants(SitePlace place, RowBatch rows)
    {
        foreach (var edit in _edits)
        {
            if (edit.Selection.Wants(place, rows))
                return true;
        }

        return false;
    }

    void Change(SitePlace place, RowBatch rows, int columns, Span<float> values)
    {
        foreach (var edit in _edits)
        {
            if (edit.Selection.Wants(place, rows))
                edit.Apply(place, rows, columns, values);
        }
    }

    void Change(int iteration, RowBatch rows, Span<float> state)
    {
        foreach (var edit in _edits)
        {
            if (edit.Selection.Address is StateAddress && edit.Selection.GroupOf(iteration, 0) >= 0)
                edit.Apply(null, rows, state.Length / rows.Count, state);
        }
    }
}

/// <summary>An edit whose address was looked up.</summary>
sealed class ActiveEdit
{
    readonly float[] _row;
    readonly double[] _mean;

    internal ActiveEdit(Edit edit, RunShape shape)
    {
        ArgumentNullException.ThrowIfNull(edit);
        Edit = edit;
        Selection = edit.At.In(shape);
        edit.Require(Selection);
        _row = new float[Selection.Columns];
        _mean = edit is MeanEdit ? new double[Selection.Columns] : [];
    }

    internal Edit Edit { get; }

    internal Selection Selection { get; }

    /// <summary>Rows that were changed so far.</summary>
    internal int Done { get; private set; }

    /// <summary>Changes the chosen rows of a pass.</summary>
    /// <param name="place">Which site; null: the state.</param>
    /// <param name="rows">The rows of the pass.</param>
    /// <param name="columns">Values of a row.</param>
    /// <param name="values"><c>[rows, columns]</c>, changed in place.</param>
    internal void Apply(SitePlace? place, RowBatch rows, int columns, Span<float> values)
    {
        if (Edit is MeanEdit)
            TakeMean(rows.Count, columns, values);
        for (int row = 0; row < rows.Count; row++)
        {
            int iteration = place is { } site ? SiteView.IterationOf(site, rows, row) : rows.Iterations[row];
            int group = Selection.GroupOf(iteration, place?.Block ?? 0);
            int number = Selection.RowOf(rows.Positions[row]);
            if (group < 0 || number < 0)
                continue;
            var whole = values.Slice(row * columns, columns);
            Selection.Take(whole, _row);
            Change(group, number);
            Selection.Put(_row, whole);
            Done++;
        }
    }

    /// <summary>Changes one row, <c>[heads, columns]</c>.</summary>
    void Change(int group, int number)
    {
        switch (Edit)
        {
            case ZeroEdit:
                _row.AsSpan().Clear();
                break;
            case MeanEdit:
                for (int i = 0; i < _row.Length; i++)
                    _row[i] = (float)_mean[i];
                break;
            case ScaleEdit scale:
                foreach (ref float value in _row.AsSpan())
                    value *= scale.Factor;
                break;
            case AddEdit add:
                var added = add.Given.Row(Selection, group, number);
                for (int i = 0; i < _row.Length; i++)
                    _row[i] += add.Factor * added[i];
                break;
            case ReplaceEdit replace:
                replace.Given.Row(Selection, group, number).CopyTo(_row);
                break;
            case SwapEdit swap:
                TakeFromDonor(swap, group, number);
                break;
            default:
                throw new InvalidOperationException($"{Edit.GetType().Name} has no arithmetic; add it here.");
        }
    }

    /// <summary>A pattern of the other prompt may have more places or fewer: what is not there is 0.</summary>
    void TakeFromDonor(SwapEdit swap, int group, int number)
    {
        var donor = swap.Donor.Selection;
        int there = swap.Map.There(Selection.Positions[number], Selection.Shape.Positions, donor.Shape.Positions, swap.At);
        var row = swap.Donor.Row(group, donor.RowOf(there));
        int heads = Selection.Heads.Length;
        int columns = Math.Min(Selection.HeadColumns, donor.HeadColumns);
        _row.AsSpan().Clear();
        for (int head = 0; head < heads; head++)
        {
            var own = row.Slice(head * donor.HeadColumns, donor.HeadColumns);
            if (own[columns..].IndexOfAnyExcept(0f) >= 0)
                throw new AddressException(
                    $"{swap.At}: position {there} of the other prompt looks at places that this prompt of {Selection.Shape.Positions} does not have.");
            own[..columns].CopyTo(_row.AsSpan(head * Selection.HeadColumns));
        }
    }

    void TakeMean(int rows, int columns, ReadOnlySpan<float> values)
    {
        Array.Clear(_mean);
        for (int row = 0; row < rows; row++)
        {
            Selection.Take(values.Slice(row * columns, columns), _row);
            for (int i = 0; i < _row.Length; i++)
                _mean[i] += _row[i];
        }

        foreach (ref double mean in _mean.AsSpan())
            mean /= rows;
    }
}
