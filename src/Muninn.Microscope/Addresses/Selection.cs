using System;
using System.Collections.Generic;
using Muninn.Engine.Checkpoints;
using Muninn.Engine.Model;
using Muninn.Engine.Recurrence;

namespace Muninn.Microscope.Addresses;

/// <summary>
/// What an address chooses in one run. Its values stand as <c>[iterations, blocks, positions, heads, columns]</c>, where an
/// axis that the address does not have is 1: iterations outside the core, blocks of a state, heads of a whole row.
/// </summary>
public sealed class Selection
{
    readonly int[] _iterations;
    readonly int[] _blocks;
    readonly int[] _positions;
    readonly int[] _heads;

    internal Selection(Address address, RunShape shape)
    {
        ArgumentNullException.ThrowIfNull(shape);
        Address = address;
        Shape = shape;
        _positions = address.Positions.Among(0, shape.Positions - 1, "position", address);
        _heads = [0];
        HeadColumns = shape.Width;
        if (address is BlockAddress block)
        {
            RequireSense(block);
            _iterations = block.Part == ModelPart.Core ? block.Iterations.Among(1, shape.Limit, "iteration", address) : [0];
            _blocks = block.Blocks.Among(0, shape.BlocksOf(block.Part) - 1, $"{block.Part.ToString().ToLowerInvariant()} block", address);
            if (BlockAddress.HasHeads(block.Site))
            {
                _heads = block.Heads.Among(0, shape.Heads - 1, "head", address);
                HeadColumns = block.Site == BlockSite.Pattern ? shape.Positions : shape.HeadWidth;
            }
        }
        else
        {
            _iterations = ((StateAddress)address).Iterations.Among(0, shape.Limit, "state", address);
            _blocks = [0];
        }
    }

    /// <summary>The address.</summary>
    public Address Address { get; }

    /// <summary>The run in which it chooses.</summary>
    public RunShape Shape { get; }

    /// <summary>Iterations, ascending; 0 alone outside the core.</summary>
    public ReadOnlySpan<int> Iterations => _iterations;

    /// <summary>Blocks, ascending; 0 alone for a state.</summary>
    public ReadOnlySpan<int> Blocks => _blocks;

    /// <summary>Positions, ascending.</summary>
    public ReadOnlySpan<int> Positions => _positions;

    /// <summary>Heads, ascending; 0 alone where the site has none.</summary>
    public ReadOnlySpan<int> Heads => _heads;

    /// <summary>Values of a head: its width, or the positions of the prompt for a pattern; the whole width where there are no heads.</summary>
    public int HeadColumns { get; }

    /// <summary>Values of one position at one block of one iteration.</summary>
    public int Columns => _heads.Length * HeadColumns;

    /// <summary>Values of all rows.</summary>
    public long Count => (long)Groups * _positions.Length * Columns;

    /// <summary>Iterations · blocks.</summary>
    public int Groups => _iterations.Length * _blocks.Length;

    /// <summary>Whether the values stand head by head.</summary>
    public bool HasHeads => Address is BlockAddress block && BlockAddress.HasHeads(block.Site);

    /// <summary>Sizes of the values without the axes that the address does not have: as they are written to files.</summary>
    public IReadOnlyList<int> Sizes =>
    [
        .. Address is StateAddress or BlockAddress { Part: ModelPart.Core } ? [_iterations.Length] : Array.Empty<int>(),
        .. Address is BlockAddress ? [_blocks.Length] : Array.Empty<int>(),
        _positions.Length,
        .. HasHeads ? [_heads.Length] : Array.Empty<int>(),
        HeadColumns,
    ];

    /// <summary>The address of one iteration and block of this selection, all positions and heads of it.</summary>
    /// <param name="group">Its number: iteration by iteration, the blocks of each.</param>
    public Address GroupAddress(int group)
    {
        int iteration = _iterations[group / _blocks.Length];
        return Address switch
        {
            BlockAddress block => block with
            {
                Iterations = block.Part == ModelPart.Core ? IndexChoice.Of(iteration) : block.Iterations,
                Blocks = IndexChoice.Of(_blocks[group % _blocks.Length]),
            },
            StateAddress state => state with { Iterations = IndexChoice.Of(iteration) },
            _ => Address,
        };
    }

    /// <summary>Number of an iteration and block in this selection; −1 where they are not chosen.</summary>
    internal int GroupOf(int iteration, int block)
    {
        int i = Array.BinarySearch(_iterations, iteration);
        int b = Array.BinarySearch(_blocks, block);
        return i >= 0 && b >= 0 ? i * _blocks.Length + b : -1;
    }

    /// <summary>Number of a position in this selection; below 0 where it is not chosen.</summary>
    internal int RowOf(int position) => Array.BinarySearch(_positions, position);

    /// <summary>Whether a site is chosen for any row of a pass.</summary>
    internal bool Wants(SitePlace place, RowBatch rows)
    {
        if (Address is not BlockAddress address || address.Part != place.Part || address.Site != place.Site
            || Array.BinarySearch(_blocks, place.Block) < 0)
            return false;
        for (int row = 0; row < rows.Count; row++)
        {
            if (Array.BinarySearch(_iterations, SiteView.IterationOf(place, rows, row)) >= 0 && RowOf(rows.Positions[row]) >= 0)
                return true;
        }

        return false;
    }

    /// <summary>The chosen heads of a whole row.</summary>
    /// <param name="row">A row as the pass has it; a pattern may see fewer places than the prompt has.</param>
    /// <param name="chosen"><c>[heads, columns]</c>, overwritten.</param>
    internal void Take(ReadOnlySpan<float> row, Span<float> chosen)
    {
        int own = OwnColumns(row.Length);
        chosen.Clear();
        for (int i = 0; i < _heads.Length; i++)
            row.Slice(_heads[i] * own, own).CopyTo(chosen[(i * HeadColumns)..]);
    }

    /// <summary>Puts chosen heads back into their row.</summary>
    /// <param name="chosen"><c>[heads, columns]</c>.</param>
    /// <param name="row">The row; heads that are not chosen stay.</param>
    internal void Put(ReadOnlySpan<float> chosen, Span<float> row)
    {
        int own = OwnColumns(row.Length);
        for (int i = 0; i < _heads.Length; i++)
            chosen.Slice(i * HeadColumns, own).CopyTo(row[(_heads[i] * own)..]);
    }

    int OwnColumns(int rowLength) => HasHeads ? rowLength / Shape.Heads : rowLength;

    static void RequireSense(BlockAddress address)
    {
        if (address.Part != ModelPart.Core && !address.Iterations.IsAll)
            throw new AddressException(
                $"{address} names iterations {address.Iterations}, but prelude and coda are not iterated; name iterations of the core alone.");
        if (!BlockAddress.HasHeads(address.Site) && !address.Heads.IsAll)
            throw new AddressException(
                $"{address} names heads, but {BlockAddress.NameOf(address.Site)} has none; the sites with heads are q, k, v and pattern.");
    }
}
