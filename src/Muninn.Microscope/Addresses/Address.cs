using System;
using Muninn.Engine.Checkpoints;
using Muninn.Engine.Model;

namespace Muninn.Microscope.Addresses;

/// <summary>
/// Values of a run by where they are computed: iterations, blocks, a site, heads and positions. The same address serves to
/// capture and to change them.
/// </summary>
public abstract record Address
{
    /// <summary>Which positions.</summary>
    public IndexChoice Positions { get; init; } = IndexChoice.All;

    /// <summary>What the address chooses in a run.</summary>
    /// <param name="shape">What the run has.</param>
    /// <exception cref="AddressException">It names something that the run does not have; the message says what it has.</exception>
    public Selection In(RunShape shape) => new(this, shape);

    /// <summary>The address as it is typed; positions only where not all are meant.</summary>
    public sealed override string ToString() => Positions.IsAll ? Place : $"{Place}@{Positions}";

    /// <summary>The address without its positions.</summary>
    internal abstract string Place { get; }
}

/// <summary><c>state[i]</c>: raw s_i, i from 0, which is the start.</summary>
public sealed record StateAddress : Address
{
    /// <summary>Which iterations, from 0.</summary>
    public required IndexChoice Iterations { get; init; }

    internal override string Place => $"state[{Iterations}]";
}

/// <summary><c>prelude[b]</c>, <c>core[i].block[b]</c> or <c>coda[b]</c>, and one of its sites.</summary>
public sealed record BlockAddress : Address
{
    /// <summary>Which part of the model.</summary>
    public required ModelPart Part { get; init; }

    /// <summary>Which iterations, for the core alone: i is the pass that computes s_i from s_{i−1}, so from 1.</summary>
    public IndexChoice Iterations { get; init; } = IndexChoice.All;

    /// <summary>Which blocks of the part, from 0.</summary>
    public required IndexChoice Blocks { get; init; }

    /// <summary>What of a block.</summary>
    public required BlockSite Site { get; init; }

    /// <summary>Which heads, from 0, for sites that have heads alone.</summary>
    public IndexChoice Heads { get; init; } = IndexChoice.All;

    /// <summary>Whether the values of a site stand head by head: q, k, v and pattern.</summary>
    /// <param name="site">The site.</param>
    public static bool HasHeads(BlockSite site) => site is BlockSite.Query or BlockSite.Key or BlockSite.Value or BlockSite.Pattern;

    /// <summary>What a site is called in addresses.</summary>
    /// <param name="site">The site.</param>
    public static string NameOf(BlockSite site) => site switch
    {
        BlockSite.Input => "input",
        BlockSite.Query => "q",
        BlockSite.Key => "k",
        BlockSite.Value => "v",
        BlockSite.Pattern => "pattern",
        BlockSite.Attention => "attention",
        BlockSite.AfterAttention => "afterAttention",
        BlockSite.Mlp => "mlp",
        BlockSite.Output => "output",
        _ => throw new ArgumentOutOfRangeException(nameof(site)),
    };

    internal override string Place
    {
        get
        {
            string block = Part switch
            {
                ModelPart.Prelude => $"prelude[{Blocks}]",
                ModelPart.Core => $"core[{Iterations}].block[{Blocks}]",
                _ => $"coda[{Blocks}]",
            };
            return $"{block}.{NameOf(Site)}{(Heads.IsAll ? "" : $"[{Heads}]")}";
        }
    }
}
