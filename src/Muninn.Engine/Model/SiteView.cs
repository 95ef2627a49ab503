using System;
using Muninn.Engine.Checkpoints;
using Muninn.Engine.Recurrence;

namespace Muninn.Engine.Model;

/// <summary>What a block computes on its way, in the order in which it does.</summary>
public enum BlockSite
{
    /// <summary>What goes into the block, and into its first residual sum, <c>[rows, width]</c>.</summary>
    Input,

    /// <summary>Queries as attention sees them, bias and rotation applied, <c>[rows, heads, headWidth]</c>.</summary>
    Query,

    /// <summary>Keys as attention sees them, bias and rotation applied, <c>[rows, heads, headWidth]</c>.</summary>
    Key,

    /// <summary>Values, <c>[rows, heads, headWidth]</c>.</summary>
    Value,

    /// <summary>
    /// Softmax weights, <c>[rows, heads, places]</c>: as many places as the row that sees most of them, 0 beyond those that a
    /// row sees. Computed only where it is wanted.
    /// </summary>
    Pattern,

    /// <summary>Attention branch after its projection, before the residual sum, <c>[rows, width]</c>.</summary>
    Attention,

    /// <summary>norm₂ of the sum of input and attention branch, <c>[rows, width]</c>.</summary>
    AfterAttention,

    /// <summary>Branch of the gated MLP after its projection, before the residual sum, <c>[rows, width]</c>.</summary>
    Mlp,

    /// <summary>What the block hands on: norm₄ of the second sum, <c>[rows, width]</c>.</summary>
    Output,
}

/// <summary>One site of one block.</summary>
/// <param name="Part">Prelude, core or coda.</param>
/// <param name="Block">Number of the block in its part, from 0.</param>
/// <param name="Site">What the block computes there.</param>
public readonly record struct SitePlace(ModelPart Part, int Block, BlockSite Site);

/// <summary>What an observer sees at one site of one block: read-only, valid only during the call.</summary>
/// <param name="place">Which site.</param>
/// <param name="rows">The rows of the pass; row r of <paramref name="values"/> is row r of this batch.</param>
/// <param name="columns">Values of a row.</param>
/// <param name="values">The values, <c>[rows, columns]</c>.</param>
public readonly ref struct SiteView(SitePlace place, RowBatch rows, int columns, ReadOnlySpan<float> values)
{
    /// <summary>Which site.</summary>
    public SitePlace Place { get; } = place;

    /// <summary>The rows of the pass.</summary>
    public RowBatch Rows { get; } = rows;

    /// <summary>Values of a row: the width, or heads · places for a pattern.</summary>
    public int Columns { get; } = columns;

    /// <summary>The values, <c>[rows, columns]</c>; where they are edited, after it.</summary>
    public ReadOnlySpan<float> Values { get; } = values;

    /// <summary>The iteration that a row of the core computes: i for the pass from s_{i−1} to s_i, so from 1; 0 outside the core.</summary>
    /// <param name="place">The site.</param>
    /// <param name="rows">The rows of the pass.</param>
    /// <param name="row">Which of them.</param>
    public static int IterationOf(SitePlace place, RowBatch rows, int row)
    {
        ArgumentNullException.ThrowIfNull(rows);
        return place.Part == ModelPart.Core ? rows.Iterations[row] + 1 : 0;
    }
}

/// <summary>Whether a site is wanted in a pass of these rows; asked before it is shown, and before a pattern is computed.</summary>
public delegate bool SiteFilter(SitePlace place, RowBatch rows);

/// <summary>Called at the sites that are wanted. Observation is never intervention: the view is read-only.</summary>
public delegate void SiteObserver(in SiteView site);

/// <summary>Called at the sites that shall change, before anything reads them.</summary>
/// <param name="place">Which site.</param>
/// <param name="rows">The rows of <paramref name="values"/>: (sequence, position, iteration) addresses the edit.</param>
/// <param name="columns">Values of a row.</param>
/// <param name="values">The values, <c>[rows, columns]</c>, changed in place.</param>
/// <remarks>A pattern that changes replaces what attention read, for the rows and heads that changed, by its weights times the values.</remarks>
public delegate void SiteEdit(SitePlace place, RowBatch rows, int columns, Span<float> values);

/// <summary>Sites to be shown, and to whom.</summary>
/// <param name="Wants">Which ones.</param>
/// <param name="Observer">Sees them.</param>
public sealed record SiteWatch(SiteFilter Wants, SiteObserver Observer);

/// <summary>Sites to be changed, and by whom.</summary>
/// <param name="Wants">Which ones.</param>
/// <param name="Edit">Changes them.</param>
public sealed record SiteChange(SiteFilter Wants, SiteEdit Edit);
